#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/heidelberg.hpp>

#include "tests/fuzz/targets.hpp"
#include "tests/support/heidelberg_file.hpp"
#include "tests/support/own_bytes.hpp"
#include "tests/support/scratch.hpp"

namespace retrograde::fuzz {

namespace {

std::vector<test::SpokenSample> few_samples() {
  std::vector<test::SpokenSample> samples(4);
  for (std::size_t k = 0; k < samples.size(); ++k) {
    for (std::size_t e = 0; e < 5 * k; ++e) {
      samples[k].seconds.push_back(0.01 * static_cast<double>(e));
      samples[k].units.push_back(static_cast<std::uint32_t>(100 * e % 700));
    }
    samples[k].label = static_cast<int>(k % 2);
  }
  return samples;
}

}  // namespace

void heidelberg(std::span<const std::uint8_t> bytes) {
  static const test::ScratchFolder folder;
  static const std::filesystem::path path = folder / "shd_train.h5";
  static const test::OwnBytes good = [] {
    test::write_heidelberg(path, few_samples(), {"zero", "one"});
    return test::own_bytes(path);
  }();
  test::Bytes changed = good.file;
  for (std::size_t k = 0; k + 3 <= bytes.size(); k += 3)
    changed[good.places[(bytes[k] * 256u + bytes[k + 1]) % good.places.size()]] = bytes[k + 2];
  test::put(path, changed);
  try {
    const auto set = open_heidelberg({{path, Part::train}}, "fuzz");
    for (std::size_t k = 0; k < set->size(); ++k) {
      EventSample sample = set->sample(k);
      if (!put_in_order(sample) || !time_fault(sample).empty())
        throw InternalError("the events of an accepted sample are not in order");
      for (const std::uint32_t unit : sample.units)
        if (unit >= heidelberg_units) throw InternalError("a unit that there is not");
    }
  } catch (const Error&) {
  }
}

}  // namespace retrograde::fuzz

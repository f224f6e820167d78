#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/event_file.hpp>
#include <retrograde/scenarios/data/trials/convert.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

#include "tests/fuzz/targets.hpp"
#include "tests/support/scratch.hpp"

namespace retrograde::fuzz {

namespace {

void write_described(std::span<const std::uint8_t> bytes, const std::filesystem::path& path) {
  static const std::map<std::string, bool> keys = {
      {"format", true}, {"class_names", true}, {"speaker_names", true}, {"version", false},
      {"times", false}, {"units", false},      {"offsets", false},      {"labels", false},
      {"parts", false}, {"speakers", false},   {"unit_count", false}};
  static const std::set<std::string> scalars = {"format", "version", "unit_count"};
  std::istringstream lines(std::string(bytes.begin(), bytes.end()));
  hdf5::Writer out(path);
  std::set<std::string> written;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string key;
    if (!(words >> key) || !keys.contains(key) || !written.insert(key).second) continue;
    std::vector<std::string> texts;
    std::vector<double> numbers;
    for (std::string word; words >> word;) {
      numbers.push_back(std::strtod(word.c_str(), nullptr));
      texts.push_back(key == "format" ? line.substr(line.find(word)) : word);
    }
    const bool scalar = scalars.contains(key) && !texts.empty();
    const auto size = scalar ? std::size_t{1} : texts.size();
    const hdf5::Shape shape = scalar ? hdf5::Shape{} : hdf5::Shape{size};
    if (keys.at(key)) {
      out.texts("/" + key, std::span(texts).first(size), shape);
    } else if (key == "times") {
      out.numbers("/times", numbers, shape);
    } else {
      std::vector<std::int64_t> whole;
      for (const double x : numbers)
        whole.push_back(x > -9e18 && x < 9e18 ? static_cast<std::int64_t>(x) : -5);
      out.numbers("/" + key, std::span(whole).first(size), shape);
    }
  }
}

}  // namespace

void event_file(std::span<const std::uint8_t> bytes) {
  static const test::ScratchFolder folder;
  const std::filesystem::path path = folder / "set.h5";
  write_described(bytes, path);
  std::shared_ptr<const EventSet> set;
  try {
    set = open_event_file(path);
    for (std::size_t k = 0; k < set->size(); ++k) {
      EventSample sample = set->sample(k);
      if (!put_in_order(sample) || !time_fault(sample).empty())
        throw InternalError("the events of an accepted sample are not in order");
      for (const std::uint32_t unit : sample.units)
        if (unit >= set->info().units) throw InternalError("a unit that there is not");
    }
    convert_events(*set, folder / "again.h5", {});
  } catch (const Error&) {
    return;
  }
  const auto again = open_event_file(folder / "again.h5");
  if (again->size() != set->size()) throw InternalError("a converted set has other samples");
  for (std::size_t k = 0; k < set->size(); ++k)
    if (again->sample(k) != set->sample(k) || again->label(k) != set->label(k) ||
        again->part(k) != set->part(k) || again->speaker(k) != set->speaker(k))
      throw InternalError("a sample comes back from our own format as another one");
}

}  // namespace retrograde::fuzz

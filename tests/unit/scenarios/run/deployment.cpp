// What a check knows of cores, time and energy beyond hardware/: which published measurement
// belongs to a network, and that threads never show.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <tbb/global_control.h>

#include <retrograde/scenarios/read/chips/chip_profile.hpp>
#include <retrograde/scenarios/read/library.hpp>
#include <retrograde/scenarios/run/deployment.hpp>
#include <retrograde/scenarios/show/json/deployment.hpp>
#include <retrograde/scenarios/show/page/sections.hpp>
#include <retrograde/scenarios/show/text/deployment.hpp>

#include "tests/support/chip_network.hpp"
#include "tests/support/markup.hpp"
#include "tests/support/shipped_chip.hpp"

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

class Ramps final : public LabelledTrials {
 public:
  std::size_t size() const override { return 9; }
  Trial trial(std::size_t k) const override {
    Trial trial;
    trial.duration = 60;
    for (std::uint32_t t = 0; t < 60; ++t)
      trial.inputs.push_back({double(t), static_cast<NeuronId>((t * (k + 3)) % 12)});
    return trial;
  }
  int label(std::size_t) const override { return 0; }
};

Deployment deployment(const ChipProfile& profile) {
  loihi2::ChipNetwork chip = test::dense_chip({12, 90, 4}, {1});
  for (loihi2::CubaLif& n : chip.neurons) n.vth = 200;
  return deploy(profile, loihi2::Emulator(chip), {}, {}, Ramps(), Part::validation);
}

std::string as_json(const Deployment& d) { return nlohmann::ordered_json(d).dump(); }

}  // namespace

TEST_CASE("published measurements belong to networks of the same shape and length") {
  const Comparison jetson = read_comparison(library_comparisons().at(0));
  const auto rows = matching(jetson, test::dense_chip({700, 512, 20}, {1}), 1000);
  REQUIRE(rows.size() == 5);
  CHECK(rows[0].latency == 26.04);
  CHECK(matching(jetson, test::dense_chip({700, 512, 20}, {1}), 999).empty());
  CHECK(matching(jetson, test::dense_chip({700, 512, 20}), 1000).empty());
  CHECK(matching(jetson, test::dense_chip({700, 300, 20}, {1}), 1000).empty());
  CHECK(matching(jetson, test::dense_chip({700, 512, 20, 5}, {1}), 1000).empty());
}

TEST_CASE("a deployment is the same for one thread and for many") {
  ChipProfile profile = test::shipped_chip("loihi2");
  profile.core.limits.neurons->value = {10, 10};
  const std::string one = [&] {
    const tbb::global_control control(tbb::global_control::max_allowed_parallelism, 1);
    return as_json(deployment(profile));
  }();
  CHECK(as_json(deployment(profile)) == one);
}

TEST_CASE("a report shows mapping, intervals, findings and on what they rest") {
  Deployment d = deployment(test::shipped_chip("loihi2"));
  REQUIRE(d.forecast);
  CHECK(d.forecast->trials == 9);
  CHECK(verdict_text(d) == "fits Loihi 2; 2 of 120 cores");
  d.fit.findings.push_back(
      {Finding::Severity::problem, "chip", "", 0, 0, "<too> large", "make it smaller"});
  const std::string html = mapping_section(d);
  CHECK(test::markup_fault(html) == "");
  CHECK_THAT(html, Contains("Cores of Loihi 2") && Contains("Time of a trial") &&
                       Contains("Energy of a trial") && Contains("layer1") && Contains("layer2") &&
                       Contains("&lt;too&gt; large: make it smaller") &&
                       Contains("means of 9 validation trials") &&
                       Contains("5 points of 3 published workloads"));
}

TEST_CASE("a network that no chip holds has a verdict and no forecast") {
  ChipProfile profile = test::shipped_chip("loihi2");
  profile.core.limits.neurons->value = {1, 1};
  profile.mesh.columns.value = profile.mesh.rows.value = {1, 1};
  profile.mesh.usable_cores.value = {4, 4};
  const Deployment d = deployment(profile);
  CHECK_FALSE(d.forecast);
  CHECK_THAT(verdict_text(d), Contains("does not fit Loihi 2: 1 problem"));
  CHECK(test::markup_fault(mapping_section(d)) == "");
  CHECK_THAT(as_json(d), Contains("\"forecast\":null"));
}

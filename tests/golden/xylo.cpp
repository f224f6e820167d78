// Runs of Xylo's SNN core, one file each in tests/golden/xylo: five small random networks as xylosim
// 0.1.3 ran them (tests/xylo/compare.py --golden wrote them), and nine steps of three neurons as a
// Xylo Audio 3 board printed them (board.json says where).
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/support/xylo_run.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

XyloRun recorded(const std::string& name) {
  return read_xylo_run(RETROGRADE_SOURCE_DIR "/tests/golden/xylo/" + name + ".json");
}

}  // namespace

TEST_CASE("every V, current and event of the recorded xylosim runs is reproduced", "[xylo]") {
  for (const char* name : {"usual", "extreme", "saturating", "aliases", "biases"}) {
    const XyloComparison c = compare_with_recorded(recorded(name));
    INFO(name << ": " << c.first);
    CHECK(c.differences == 0);
    CHECK(c.neuron_steps == 13 * 60);
    CHECK(c.values == 60 * (3 * 13 + 10));
    CHECK(c.events > 200);
  }
}

TEST_CASE("the 108 states and 54 event counts that a Xylo Audio 3 board printed are reproduced",
          "[xylo]") {
  const XyloComparison c = compare_with_recorded(recorded("board"));
  INFO(c.first);
  CHECK(c.differences == 0);
  CHECK(c.values == 108 + 54);
}

TEST_CASE("a recorded xylosim run notices one unit of weight, threshold, decay, bias or shift",
          "[xylo]") {
  const XyloRun run = recorded("aliases");
  const auto differs = [&](auto change) {
    XyloRun changed = run;
    change(changed.network);
    return compare_with_recorded(changed).differences > 0;
  };
  REQUIRE_FALSE(differs([](xylo::XyloNetwork&) {}));
  const auto step = [](std::int32_t weight) { return weight > 0 ? weight - 1 : weight + 1; };
  CHECK(differs([&](auto& n) { n.input[0][0].weight = step(n.input[0][0].weight); }));
  CHECK(differs([&](auto& n) { n.recurrent[1][0].weight = step(n.recurrent[1][0].weight); }));
  CHECK(differs([&](auto& n) { n.readout[2][0].weight = step(n.readout[2][0].weight); }));
  CHECK(differs([](auto& n) { n.input[0][0].synapse ^= 1; }));
  CHECK(differs([](auto& n) {
    for (xylo::Neuron& h : n.hidden) ++h.threshold;
  }));
  CHECK(differs([](auto& n) { ++n.hidden[4].dash_mem; }));
  CHECK(differs([](auto& n) { ++n.hidden[4].dash_syn[0]; }));
  CHECK(differs([](auto& n) { ++n.outputs[0].dash_syn[0]; }));
  CHECK(differs([](auto& n) { n.outputs[0].bias += 2; }));
  CHECK(differs([](auto& n) { n.recurrent_shift ^= 1; }));
  CHECK(differs([](auto& n) {
    for (xylo::Neuron& h : n.hidden) h.alias.reset();
  }));
}

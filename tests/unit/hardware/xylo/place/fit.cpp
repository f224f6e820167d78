// Limits, cycles, time and energy. Cycles by hand from the model that Rockpool 3.1.0 publishes for
// SYNS65302 (syns63300/power_cycles_model.py), whose constants the shipped profile has.
#include <catch2/catch.hpp>

#include <retrograde/hardware/xylo/place/fit.hpp>
#include <retrograde/hardware/xylo/place/forecast.hpp>
#include <retrograde/scenarios/read/chips/xylo_profile.hpp>
#include <retrograde/scenarios/read/library.hpp>

using namespace retrograde;
using namespace retrograde::xylo;

namespace {

const Profile& shipped() {
  static const Profile profile = read_xylo_profile(library_chip("xylo_audio3"));
  return profile;
}

// Channels to hidden neurons, all to all to outputs.
Quantized network(std::uint32_t channels, std::uint32_t hidden, std::uint32_t outputs,
                  bool recurrent = false) {
  NetworkBuilder b;
  const auto all = [](std::uint32_t from, std::uint32_t to, Time delay) {
    std::vector<SynapseSpec> synapses;
    for (std::uint32_t i = 0; i < from; ++i)
      for (std::uint32_t j = 0; j < to; ++j) synapses.push_back({i, j, 1.0, delay});
    return synapses;
  };
  const auto in = b.add({.name = "in", .model = Model::input, .size = channels});
  const auto h = b.add({.name = "hidden", .size = hidden});
  const auto o = b.add({.name = "out", .size = outputs});
  b.connect(in, h, all(channels, hidden, 0.0));
  if (recurrent) b.connect(h, h, all(hidden, hidden, 1.0));
  b.connect(h, o, all(hidden, outputs, 1.0));
  return quantize(b.build(), 1.0);
}

const Finding* about(const std::vector<Finding>& findings, const std::string& resource) {
  for (const Finding& f : findings)
    if (f.resource == resource) return &f;
  return nullptr;
}

}  // namespace

TEST_CASE("a small network fits, and its uses are counted") {
  const Quantized q = network(5, 100, 3);
  CHECK(judge(q, shipped().limits).empty());
  const std::vector<ChipUse> u = uses(q, shipped().limits);
  CHECK(u[0].used == 5);
  CHECK(u[0].limit == 16);
  CHECK(u[1].used == 100);
  CHECK(u[1].limit == 992);
  CHECK(u[2].limit == 32);
  CHECK(u[3].used == 100);
  CHECK(u[3].limit == 128);
  CHECK(u[5].used == 3);  // fan-out
  CHECK(u[6].used == 0);
}

TEST_CASE("what is too much of is a problem with its number, its limit and a remedy") {
  const auto problem = [](const Quantized& q, const char* resource, double wanted, double limit) {
    const std::vector<Finding> findings = judge(q, shipped().limits);
    const Finding* f = about(findings, resource);
    REQUIRE(f);
    CHECK(f->severity == Finding::Severity::problem);
    CHECK(f->wanted == wanted);
    CHECK(f->limit == limit);
    CHECK_FALSE(f->remedy.empty());
  };
  problem(network(17, 10, 3), "input channels", 17, 16);
  problem(network(2, 1000, 3), "hidden neurons", 1000, 992);
  problem(network(2, 10, 33), "output neurons", 33, 32);
  problem(network(2, 129, 3), "neurons up to the last that inputs reach", 129, 128);
  problem(network(2, 129, 3), "neurons from the first that outputs read", 129, 128);
  problem(network(2, 200, 3, true), "recurrent synapses", 40000, 31744);
}

TEST_CASE("what is exactly all that there is fits") {
  CHECK(fits(judge(network(16, 128, 32), shipped().limits)));
}

TEST_CASE("a limit that is near is a warning") {
  const std::vector<Finding> findings = judge(network(2, 120, 3), shipped().limits);
  const Finding* f = about(findings, "neurons up to the last that inputs reach");
  REQUIRE(f);
  CHECK(f->severity == Finding::Severity::warning);
}

TEST_CASE("sums that saturated and spikes that did not get in are told") {
  Conformance seen({"in", "hidden"}, 0);
  seen.registers = {{1, "i", 16, -5, 32767, 3}, {1, "v", 16, -5, 100, 0}};
  seen.input_collisions = 2;
  const std::vector<Finding> findings = judge(seen);
  REQUIRE(findings.size() == 2);
  CHECK_THAT(findings[0].message, Catch::Contains("hidden: 3 sums of i"));
  CHECK_THAT(findings[1].message, Catch::Contains("2 input spikes"));
}

TEST_CASE("cycles of a step are those of the published model") {
  const Shape s = shape_of(network(3, 10, 2, true).chip);
  CHECK(s.input_neurons == 10);
  CHECK(s.readout_neurons == 10);
  CHECK(s.synapses == 100);
  // Nobody fires: 3 channels, 10 x (3 + 19), 2 x 12.
  CHECK(mean_cycles(s, shipped().cycles, {.steps = 1}) == 3 + 220 + 24);
  // Everybody: 3 x 3.5 x 10 more, 10 x 10 x 7, 10 x (1 + 8 x 2), 10 x 3.
  CHECK(most_cycles(s, shipped().cycles) == 247 + 105 + 700 + 170 + 30);
  // Half of the channels, a fifth of the neurons.
  CHECK(mean_cycles(s, shipped().cycles,
                    {.steps = 10,
                     .active_channels = 15,
                     .hidden_spikes = 20,
                     .synapses = 200,
                     .readout_spikes = 20}) == Approx(247 + 52.5 + 140 + 34 + 6));
}

TEST_CASE("the clock that is wanted has the margin, and a network too large for it is told") {
  const Shape s = shape_of(network(3, 10, 2, true).chip);
  CHECK(clock_wanted(s, shipped(), 1.0) == Approx(1252 * 1.2 / 1000));
  CHECK(judge_clock(s, shipped(), 1.0).empty());
  const std::vector<Finding> findings = judge_clock(s, shipped(), 0.02);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].wanted == Approx(75.12));
  CHECK(findings[0].limit == 50);
}

TEST_CASE("energy is power times real time, and what nobody published is absent with a reason") {
  const Shape s = shape_of(network(3, 10, 2, true).chip);
  const ChipForecast f = forecast(s, shipped(), {.steps = 200}, 2, 1.0);
  CHECK(f.steps == 100);
  // 247 cycles a step at 50 MHz.
  CHECK(f.time.value == Approx(100 * 247 / 50e3));
  CHECK(f.time.range.high == Approx(100 * 1252 / 50e3));
  REQUIRE(f.parts.size() == 6);
  CHECK(f.parts[0].value->value == Approx(141e-6 * 100));
  CHECK(f.parts[0].evidence == Evidence::measured);
  CHECK(f.parts[1].value->range.low == Approx(25.2e-6 * 6.25 * 100));  // the lowest clock is enough
  CHECK(f.parts[1].value->range.high == Approx(33.5e-6 * 6.25 * 100));
  CHECK_FALSE(f.parts[5].value);
  CHECK_THAT(f.parts[5].source, Catch::Contains("nobody has published"));
  double low = 0.0;
  for (const ChipFigure& part : f.parts) low += part.value ? part.value->range.low : 0.0;
  CHECK(f.energy.range.low == Approx(low));
}

TEST_CASE("a power that a profile does not have is absent, never 0") {
  Profile profile = shipped();
  profile.powers.core.reset();
  const ChipForecast f =
      forecast(shape_of(network(3, 10, 2).chip), profile, {.steps = 100}, 1, 1.0);
  CHECK_FALSE(f.parts[0].value);
  CHECK_FALSE(f.parts[0].source.empty());
}

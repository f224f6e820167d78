// Quantised networks, by hand from what quantize.hpp defines; time constants are such that shifts are
// exact unless a test says otherwise.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/xylo/deploy/decays.hpp>
#include <retrograde/hardware/xylo/deploy/quantize.hpp>

using namespace retrograde;
using namespace retrograde::xylo;

namespace {

const Time tau_mem = represented_tau(4, 1.0), tau_syn = represented_tau(2, 1.0);

// Two channels, two hidden neurons, one readout.
struct Spec {
  PopulationSpec hidden{.name = "hidden", .size = 2, .tau_mem = {tau_mem}, .tau_syn = {tau_syn}};
  PopulationSpec out{.name = "out",
                     .model = Model::cuba_li,
                     .size = 2,
                     .tau_mem = {tau_mem},
                     .tau_syn = {tau_syn}};
  double weights[4] = {1.0, -0.5, 0.25, 2.0};  // of channel 0, then 1
  Time delay = 0.0;                            // of the last of them
  unsigned receptor = 0;

  Network build() const {
    NetworkBuilder b;
    const auto in = b.add({.name = "in", .model = Model::input, .size = 2});
    const auto h = b.add(hidden), o = b.add(out);
    b.connect(in, h,
              {{0, 0, weights[0], 0.0},
               {0, 1, weights[1], 0.0},
               {1, 0, weights[2], 0.0},
               {1, 1, weights[3], delay}},
              "in->hidden", receptor);
    b.connect(h, o, {{0, 0, 0.5, 1.0}, {1, 0, -1.0, 1.0}, {1, 1, 0.25, 1.0}}, "hidden->out");
    return b.build();
  }
};

const Finding* finding(const Quantized& q, const std::string& resource) {
  for (const Finding& f : q.findings)
    if (f.resource == resource) return &f;
  return nullptr;
}

}  // namespace

TEST_CASE("each neuron's largest weight is near 127, and its threshold a whole number of units") {
  const Quantized q = quantize(Spec{}.build(), 1.0);
  CHECK(q.findings.empty());
  const double x = gain(tau_mem, tau_syn, 4, 2, 1.0);
  REQUIRE(q.chip.input.size() == 2);
  for (std::uint32_t n = 0; n < 2; ++n) {
    const double largest = n == 0 ? 1.0 : 2.0;
    // Threshold over unit, in the bits that the shift adds.
    const double threshold = 127.0 / (largest * x) * (1 << q.chip.input_shift);
    CHECK(q.chip.hidden[n].threshold <= threshold);
    CHECK(q.chip.hidden[n].threshold > threshold - (1 << q.chip.input_shift));
    CHECK(q.chip.hidden[n].threshold * q.units[2 + n] == Approx(1.0));
    CHECK(q.chip.hidden[n].threshold <= 16384);
    CHECK(q.chip.hidden[n].dash_mem == 4);
    CHECK(q.chip.hidden[n].dash_syn[0] == 2);
  }
  CHECK(q.chip.hidden[0].threshold > 8192);  // one bit more would be too many
  CHECK(q.chip.input[0][0].weight >= 126);
  CHECK(q.chip.input[1][0].weight == Approx(0.25 * q.chip.input[0][0].weight).margin(0.6));
  CHECK(q.chip.input[0][1].weight == Approx(-0.25 * q.chip.input[1][1].weight).margin(0.6));
}

TEST_CASE("weights are shifted no further than their sums have room") {
  // Four sources of the largest weight, three of them below 0: 3 x 127 x 2^6 is the most in 16 bits.
  const auto shift = [](double inhibition) {
    NetworkBuilder b;
    const auto in = b.add({.name = "in", .model = Model::input, .size = 4});
    PopulationSpec hidden = Spec{}.hidden;
    hidden.size = 1;
    hidden.v_threshold = {0.01};  // far below what it receives
    const auto h = b.add(hidden);
    b.connect(in, h,
              {{0, 0, 1.0, 0.0},
               {1, 0, inhibition, 0.0},
               {2, 0, inhibition, 0.0},
               {3, 0, inhibition, 0.0}});
    return quantize(b.build(), 1.0).chip.input_shift;
  };
  // One input alone: its V is below 127 x 2.5, its current 127.
  CHECK(shift(0.0) == 8);
  const double v = 3 * 127 * largest_response(4, 2);
  CHECK(shift(-1.0) == std::ilogb(32767 / v));
  CHECK(shift(-1.0) < 8);
  CHECK(shift(-0.5) >= shift(-1.0));
}

TEST_CASE("neurons of a readout share a unit, have no threshold in reach and no shift") {
  const Quantized q = quantize(Spec{}.build(), 1.0);
  CHECK(q.chip.outputs[0].threshold == 32767);
  CHECK(q.chip.readout_shift == 0);
  CHECK(q.chip.readout[1][0].weight == -127);
  CHECK(q.chip.readout[0][0].weight == 64);  // of 63.5, half to even
  CHECK(q.chip.readout[1][1].weight == 32);
  CHECK(q.units[5] == q.units[4]);
  CHECK(q.units[4] == Approx(gain(tau_mem, tau_syn, 4, 2, 1.0) / 127.0));
}

TEST_CASE("a bias lets V rest where it should") {
  Spec spec;
  spec.hidden.bias = {0.4};
  const Quantized q = quantize(spec.build(), 1.0);
  for (std::uint32_t n = 0; n < 2; ++n)
    CHECK(q.chip.hidden[n].bias * 16.0 * q.units[2 + n] == Approx(0.4).margin(0.01));
  CHECK(finding(q, "bias") == nullptr);
}

TEST_CASE("a second receptor is the second synapse of a hidden neuron") {
  Spec spec;
  spec.hidden.receptors = {SynapseShape::exponential, SynapseShape::exponential};
  spec.hidden.tau_syn_2 = {represented_tau(3, 1.0)};
  spec.receptor = 1;
  const Quantized q = quantize(spec.build(), 1.0);
  CHECK(q.chip.hidden[0].dash_syn[1] == 3);
  for (const auto& row : q.chip.input)
    for (const auto& s : row) CHECK(s.synapse == 1);
}

TEST_CASE("weights of two projections between the same neurons are one on the chip") {
  const auto joined = [](double second) {
    NetworkBuilder b;
    const auto in = b.add({.name = "in", .model = Model::input, .size = 2});
    const auto h = b.add(Spec{}.hidden);
    b.connect(in, h, {{0, 0, 0.25, 0.0}, {0, 1, 1.0, 0.0}, {1, 0, 1.0, 0.0}}, "one");
    b.connect(in, h, {{0, 0, second, 0.0}}, "two");
    return quantize(b.build(), 1.0);
  };
  const Quantized q = joined(0.5);
  REQUIRE(q.chip.input[0].size() == 2);
  CHECK(q.chip.input[0][0].target == 0);
  CHECK(q.chip.input[0][0].weight == Approx(0.75 * q.chip.input[1][0].weight).margin(1.1));
  CHECK(finding(q, "weight") == nullptr);
  // Too large together.
  const Quantized clipped = joined(1.0);
  CHECK(clipped.chip.input[0][0].weight == 127);
  REQUIRE(finding(clipped, "weight"));
  CHECK(finding(clipped, "weight")->severity == Finding::Severity::problem);
}

TEST_CASE("delays that differ are a problem that says what to change") {
  Spec spec;
  spec.delay = 3.0;
  const Quantized q = quantize(spec.build(), 1.0);
  const Finding* f = finding(q, "delays");
  REQUIRE(f);
  CHECK(f->severity == Finding::Severity::problem);
  CHECK(f->where == "in->hidden");
  CHECK(f->wanted == 3.0);
  CHECK_THAT(f->message, Catch::Contains("1 of 4 synapses") && Catch::Contains("3 of"));
  CHECK_THAT(f->remedy, Catch::Contains("without delays") && Catch::Contains("loihi2"));
}

TEST_CASE("a reset elsewhere and a refractory period are problems") {
  Spec spec;
  spec.hidden.v_reset = {-0.2};
  spec.hidden.t_ref = {2.0};
  const Quantized q = quantize(spec.build(), 1.0);
  REQUIRE(finding(q, "v_reset"));
  CHECK(finding(q, "v_reset")->severity == Finding::Severity::problem);
  REQUIRE(finding(q, "t_ref"));
  CHECK(finding(q, "t_ref")->severity == Finding::Severity::problem);
  spec.hidden.v_reset = {0.0};
  spec.hidden.t_ref = {0.4};  // rounds to no step
  CHECK(quantize(spec.build(), 1.0).findings.empty());
}

TEST_CASE("a time constant that no shift stands for is a warning with the step that fits") {
  Spec spec;
  spec.hidden.tau_mem = {20.0};
  const Quantized q = quantize(spec.build(), 1.0);
  REQUIRE(finding(q, "dash"));
  CHECK(finding(q, "dash")->severity == Finding::Severity::warning);
  CHECK_THAT(finding(q, "dash")->message, Catch::Contains("20 ms by a factor of 1.29"));
  CHECK_THAT(finding(q, "dash")->remedy, Catch::Contains("1.29 ms"));
}

TEST_CASE("what the chip does not have at all is refused, with what to use") {
  const auto refused = [](auto change, const char* field, const char* message) {
    Spec spec;
    change(spec);
    try {
      quantize(spec.build(), 1.0);
      FAIL("accepted");
    } catch (const DeploymentError& error) {
      CHECK(error.field == field);
      CHECK_THAT(error.what(), Catch::Contains(message));
    }
  };
  refused([](Spec& s) { s.hidden.model = Model::lif; }, "neuron model", "Train with cuba_lif");
  refused([](Spec& s) { s.hidden.model = Model::alif; }, "neuron model", "alif");
  refused([](Spec& s) { s.hidden.receptors = {SynapseShape::alpha}; }, "receptors", "two");
  refused(
      [](Spec& s) {
        s.out.receptors = {SynapseShape::exponential, SynapseShape::exponential};
      },
      "receptors", "one for an output");
  CHECK_THROWS_AS(quantize(Spec{}.build(), 0.0), NetworkError);
}

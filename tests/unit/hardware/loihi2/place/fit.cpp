// Bounds of registers, and the verdict: what does not fit is found, with the numbers and the
// remedy.
#include <catch2/catch.hpp>

#include <retrograde/events/random.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>
#include <retrograde/hardware/loihi2/place/fit.hpp>

#include "tests/support/chip_network.hpp"
#include "tests/support/shipped_chip.hpp"

using namespace retrograde;
using namespace retrograde::loihi2;

namespace {

using Severity = Finding::Severity;

const ChipProfile& profile() {
  static const ChipProfile loihi2 = test::shipped_chip("loihi2");
  return loihi2;
}

Fit verdict(const ChipNetwork& chip, const Conformance& seen = {},
            const QuantizationReport& quantization = {},
            const ChipProfile& chip_profile = profile()) {
  const Mapping mapping = partition(chip, chip_profile.core, Mesh(chip_profile.mesh));
  return assess(chip, mapping, chip_profile, quantization, seen);
}

Conformance seen_register(const char* name, int bits, std::int64_t low, std::int64_t high,
                          std::uint64_t overflows) {
  Conformance c;
  c.samples = c.agreed = 7;
  c.registers.push_back({1, name, bits, low, high, overflows});
  return c;
}

// A network of one input neuron and one neuron.
ChipNetwork pair_with(std::int16_t weight, std::int32_t u_decay, std::int32_t v_decay,
                      Model model = Model::cuba_li) {
  ChipNetwork chip = test::dense_chip({1, 1});
  chip.populations[1].model = model;
  chip.neurons[1].du = u_decay - 1;
  chip.neurons[1].dv = v_decay;
  chip.projections[0].format.sign = weight >= 0 ? SignMode::excitatory : SignMode::inhibitory;
  chip.projections[0].synapses[0].weight = weight;
  return chip;
}

Emulation constant_drive(const ChipNetwork& chip, std::uint32_t steps) {
  Trial trial;
  trial.duration = steps;
  for (NeuronId n = 0; n < chip.populations[0].size; ++n)
    for (std::uint32_t t = 0; t < steps; ++t) trial.inputs.push_back({double(t), n});
  std::sort(trial.inputs.begin(), trial.inputs.end(), [](const Spike& a, const Spike& b) {
    return std::tie(a.time, a.neuron) < std::tie(b.time, b.neuron);
  });
  return Emulator(chip).run(trial);
}

}  // namespace

// An input that fires in every step drives u to 64 w / d_u and v to that over d_v, less the
// rounding.
TEST_CASE("bounds of registers are reached by a constant drive, but for rounding",
          "[loihi2][bounds]") {
  for (const std::int16_t weight : {std::int16_t{200}, std::int16_t{-200}}) {
    const ChipNetwork chip = pair_with(weight, 512, 128);
    const PopulationBounds bounds = register_bounds(chip)[1];
    const PopulationActivity activity = constant_drive(chip, 2000).populations[1];
    const double sign = weight > 0 ? 1.0 : -1.0;
    const auto far = [&](const RegisterBound& b) { return weight > 0 ? b.high : b.low; };
    const auto end = [&](const Extent& e) { return double(weight > 0 ? e.max : e.min); };
    CHECK(far(bounds.a) == 200 * sign);
    CHECK(far(bounds.u) == 64 * 200 * 8 * sign);
    CHECK(far(bounds.v) == 64 * 200 * 8 * 32 * sign);
    CHECK(end(activity.a) == far(bounds.a));
    CHECK(sign * end(activity.u) <= sign * far(bounds.u));
    CHECK(sign * end(activity.u) > sign * far(bounds.u) - 10);
    CHECK(sign * end(activity.v) <= sign * far(bounds.v));
    CHECK(sign * end(activity.v) > sign * 0.999 * far(bounds.v));
    CHECK(bounds.v_proven());
  }
}

TEST_CASE("random networks under the strongest drive stay within their bounds",
          "[loihi2][bounds]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed, "bounds");
    ChipNetwork chip = test::dense_chip({8, 6, 3}, {1});
    for (ChipProjection& p : chip.projections) {
      p.format.exponent = static_cast<int>(random.index(4)) - 2;
      for (ChipSynapse& s : p.synapses) {
        s.weight = static_cast<std::int16_t>(2 * random.index(256)) - 256;
        s.delay = static_cast<std::uint8_t>(random.index(4));
      }
    }
    for (loihi2::CubaLif& n : chip.neurons) {
      n.du = 300 + static_cast<std::int32_t>(random.index(3000));
      n.dv = 300 + static_cast<std::int32_t>(random.index(3000));
      n.vth = 1 + static_cast<std::int32_t>(random.index(3000));
      n.bias_mantissa = static_cast<std::int32_t>(random.index(2000)) - 1000;
    }
    const auto bounds = register_bounds(chip);
    const Emulation run = constant_drive(chip, 300);
    for (std::uint32_t p = 1; p < 3; ++p) {
      const PopulationActivity& seen = run.populations[p];
      const auto inside = [](const RegisterBound& b, const Extent& e) {
        return b.low <= double(e.min) && double(e.max) <= b.high;
      };
      CHECK(inside(bounds[p].a, seen.a));
      if (bounds[p].u_proven()) CHECK(inside(bounds[p].u, seen.u));
      if (bounds[p].v_proven()) CHECK(inside(bounds[p].v, seen.v));
    }
  }
}

TEST_CASE("a u that may wrap leaves v unproven", "[loihi2][bounds]") {
  const PopulationBounds bounds = register_bounds(pair_with(255, 1, 4095))[1];
  CHECK(bounds.a_proven());
  CHECK_FALSE(bounds.u_proven());  // 64 x 255 x 4096
  CHECK_FALSE(bounds.v_proven());
}

TEST_CASE("an a that may overflow leaves u and v unproven", "[loihi2][bounds]") {
  ChipNetwork chip = pair_with(255, 4096, 4095);
  chip.projections[0].format.exponent = 7;
  chip.projections.push_back(chip.projections[0]);
  const PopulationBounds bounds = register_bounds(chip)[1];
  CHECK(bounds.a.high == 65280.0);       // 2 x 255 x 2^7, and 16 bits end at 32767
  CHECK(bounds.u.high == 64 * 65280.0);  // which u could hold
  CHECK_FALSE(bounds.a_proven());
  CHECK_FALSE(bounds.u_proven());
  CHECK_FALSE(bounds.v_proven());
}

TEST_CASE("a network that fits has no problems and its registers are proven", "[loihi2][fit]") {
  Conformance seen = seen_register("u", 24, -10, 9000, 0);
  seen.registers.push_back({1, "a", 16, -3, 200, 0});
  const Fit fit = verdict(pair_with(200, 512, 128), seen);
  CHECK(fit.fits());
  CHECK(fit.findings.empty());
  CHECK(fit.cores == 1);
  CHECK(fit.all_cores == 128);
  CHECK(fit.usable_cores == 120);
  REQUIRE(fit.registers.size() == 2);
  CHECK(fit.registers[0].safety == Safety::proven);
  CHECK(fit.registers[1].safety == Safety::proven);
}

TEST_CASE("a neuron with too many sources: the problem names it, the limit and the remedy",
          "[loihi2][fit]") {
  const Fit fit = verdict(test::dense_chip({16001, 2}));
  CHECK_FALSE(fit.fits());
  const Finding& f = fit.findings.at(0);
  CHECK(f.severity == Severity::problem);
  CHECK(f.where == "layer1");
  CHECK(f.resource == "input axons");
  CHECK(f.limit == 16000);
  CHECK(f.wanted == 16001);
  CHECK_THAT(f.message, Catch::Contains("layer1[0]") && Catch::Contains("16001"));
  CHECK_THAT(f.remedy, Catch::Contains("density"));
}

TEST_CASE("more cores than the chip has: the problem names the layer and what fills it",
          "[loihi2][fit]") {
  ChipProfile small = profile();
  small.mesh.columns.value = small.mesh.rows.value = {1, 1};
  small.mesh.usable_cores.value = {2, 4};
  ChipNetwork chip = test::dense_chip({784, 300, 10});
  for (std::size_t k = 0; k < chip.projections[0].synapses.size(); k += 4)
    chip.projections[0].synapses[k].weight = 0;
  const Fit fit = verdict(chip, {}, {}, small);
  CHECK_FALSE(fit.fits());
  const Finding& f = fit.findings.at(0);
  CHECK(f.resource == "cores");
  CHECK(f.limit == 4);
  CHECK(f.wanted == 6);
  CHECK_THAT(f.remedy, Catch::Contains("layer1 takes 5") && Catch::Contains("synapse words") &&
                           Catch::Contains("are 0"));
  // Between what all and what some systems have: it may fit.
  const Fit near = verdict(test::dense_chip({784, 128, 10}), {}, {}, small);
  CHECK(near.fits());
  CHECK(near.findings.at(0).severity == Severity::warning);
}

TEST_CASE("neurons of too many kinds are a warning with the remedy", "[loihi2][fit]") {
  ChipNetwork chip = test::dense_chip({4, 64, 2});
  for (std::uint32_t k = 0; k < 64; ++k)
    chip.neurons[4 + k].dv = 100 + static_cast<std::int32_t>(k);
  const Fit fit = verdict(chip);
  CHECK(fit.fits());
  CHECK(fit.findings.at(0).resource == "neuron groups");
  CHECK_THAT(fit.findings.at(0).remedy, Catch::Contains("tau_mem"));
}

TEST_CASE("registers that overflowed: a and u are problems, a saturated v is a warning",
          "[loihi2][fit]") {
  const ChipNetwork chip = pair_with(255, 1, 4095);
  for (const char* name : {"a", "u"}) {
    const Fit fit = verdict(chip, seen_register(name, name[0] == 'a' ? 16 : 24, -5, 1 << 23, 3));
    CHECK_FALSE(fit.fits());
    CHECK_THAT(fit.findings.at(0).message, Catch::Contains("3 times in 7 trials"));
    CHECK_THAT(fit.findings.at(0).remedy, Catch::Contains("clip_percentile"));
    CHECK(fit.registers.at(0).safety == Safety::overflows);
  }
  CHECK(verdict(chip, seen_register("v", 24, -5, (1 << 23) - 1, 3)).fits());
}

TEST_CASE("a register with little room that nothing proves safe is a warning", "[loihi2][fit]") {
  const ChipNetwork chip = pair_with(255, 1, 4095);
  const Fit near = verdict(chip, seen_register("u", 24, 0, 5'000'000, 0));
  CHECK(near.fits());
  CHECK(near.registers.at(0).safety == Safety::seen);
  CHECK_THAT(near.findings.at(0).message, Catch::Contains("60 %"));
  CHECK(verdict(chip, seen_register("u", 24, 0, 1'000'000, 0)).findings.empty());
}

TEST_CASE("warnings of the quantisation and dropped input spikes are findings", "[loihi2][fit]") {
  QuantizationReport report;
  report.warnings = {"in->n: 3 of 9 weights are clipped"};
  Conformance seen;
  seen.input_collisions = 4;
  const Fit fit = verdict(test::dense_chip({2, 2}), seen, report);
  CHECK(fit.fits());
  REQUIRE(fit.findings.size() == 2);
  CHECK(fit.findings[0].message == report.warnings[0]);
  CHECK_THAT(fit.findings[1].message, Catch::Contains("4 input spikes"));
  CHECK_THAT(fit.findings[1].remedy, Catch::Contains("chip.step"));
}

TEST_CASE("spikes, neurons and decisions that the chip changes by more than a tenth are findings",
          "[loihi2][fit]") {
  const ChipNetwork chip = pair_with(200, 512, 128);
  Conformance seen({"in", "n"}, 2);
  seen.samples = 200;
  seen.agreed = 190;  // Wilson's interval: 91.0 to 97.3 %
  seen.spikes_exact = {500, 555};
  seen.spikes_chip = {400, 500};  // inputs that collide are a finding of their own
  seen.shifts[1].neurons = 90;
  seen.shifts[1].one_sided = 10;
  CHECK(verdict(chip, seen).fidelity == Fidelity::same);
  CHECK(verdict(chip, seen).findings.empty());

  const auto finding = [&](const char* resource, double exact, double on_chip) {
    const Fit fit = verdict(chip, seen);
    CHECK(fit.fits());
    CHECK(fit.fidelity == (resource == std::string("decisions") ? Fidelity::other_decisions
                                                                : Fidelity::other_spikes));
    REQUIRE(fit.findings.size() == 1);
    const Finding& f = fit.findings[0];
    CHECK(f.severity == Severity::warning);
    CHECK(f.resource == resource);
    CHECK(f.limit == exact);
    CHECK(f.wanted == on_chip);
    CHECK_THAT(f.remedy, Catch::Contains("shorter chip.step") && Catch::Contains("groups") &&
                             Catch::Contains("weight_exponent") && Catch::Contains("fine_tune"));
    return f.message;
  };
  const Conformance right = seen;
  seen.spikes_chip[1] = 360;
  CHECK(finding("spikes", 555, 360) == "layer1: 555 spikes become 360 on the chip, in 200 trials");
  seen.spikes_chip[1] = 700;  // more of them is as wrong
  CHECK(finding("spikes", 555, 700) == "layer1: 555 spikes become 700 on the chip, in 200 trials");
  seen = right;
  seen.shifts[1].one_sided = 30;
  CHECK(finding("neurons", 120, 90) ==
        "layer1: 30 of 120 neurons that fire in a trial do so on one side only, in 200 trials");
  seen = right;
  seen.agreed = 0;
  CHECK(finding("decisions", 200, 0) ==
        "the chip decides 0 of 200 trials as the exact network does");
  // A population that is silent exactly and fires on the chip.
  seen = right;
  seen.spikes_exact[1] = 0;
  CHECK(finding("spikes", 0, 500) == "layer1: 0 spikes become 500 on the chip, in 200 trials");
}

// Wilson's interval of 19 of 20 is 76.4 to 99.1 %, of 16 of 20 58.4 to 91.9 %: both hold 90 %. Of 100 of
// 100 it is 96.3 to 100 %, of 60 of 100 50.2 to 69.1 %.
TEST_CASE("decisions are judged by the interval of their share", "[loihi2][fit]") {
  const ChipNetwork chip = pair_with(200, 512, 128);
  Conformance seen({"in", "n"}, 2);
  seen.spikes_exact = seen.spikes_chip = {20, 20};
  const auto fidelity = [&](std::uint64_t agreed, std::uint64_t samples) {
    seen.agreed = agreed;
    seen.samples = samples;
    return verdict(chip, seen).fidelity;
  };
  CHECK(fidelity(19, 20) == Fidelity::open);
  CHECK(fidelity(16, 20) == Fidelity::open);
  CHECK(fidelity(1, 1) == Fidelity::open);
  CHECK(fidelity(0, 1) == Fidelity::other_decisions);
  CHECK(fidelity(100, 100) == Fidelity::same);
  CHECK(fidelity(60, 100) == Fidelity::other_decisions);
  CHECK(verdict(chip).fidelity == Fidelity::not_seen);
}

TEST_CASE("neurons that never fire on the chip, and spikes at other times, are findings",
          "[loihi2][fit]") {
  const ChipNetwork chip = test::dense_chip({1, 11});
  Conformance seen({"in", "n"}, 0);
  seen.samples = 2;
  seen.spikes_exact = seen.spikes_chip = {2, 30};
  seen.by_neuron_exact = {2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 0};  // the last is silent on both sides
  seen.by_neuron_chip = {2, 0, 0, 6, 6, 3, 3, 3, 3, 3, 3, 0};
  const Fit silent = verdict(chip, seen);
  CHECK(silent.fidelity == Fidelity::other_spikes);
  REQUIRE(silent.findings.size() == 1);
  CHECK(silent.findings[0].message ==
        "layer1: 2 of the 10 neurons that fire exactly never do on the chip, which loses their 6 "
        "spikes in 2 trials");
  CHECK(silent.findings[0].limit == 0);
  CHECK(silent.findings[0].wanted == 2);
  // One of ten is told, and is no other behaviour.
  seen.by_neuron_chip[1] = 1;
  CHECK(verdict(chip, seen).fidelity == Fidelity::same);
  CHECK(verdict(chip, seen).findings.size() == 1);

  // First spikes far off: two of twenty, then three.
  seen.by_neuron_chip = seen.by_neuron_exact;
  seen.shifts[1] = {20, 100, 500, 0, 2};
  CHECK(verdict(chip, seen).findings.empty());
  seen.shifts[1] = {20, 100, 500, 0, 3};
  const Fit late = verdict(chip, seen);
  CHECK(late.fidelity == Fidelity::other_spikes);
  REQUIRE(late.findings.size() == 1);
  CHECK(
      late.findings[0].message ==
      "layer1: the first spikes of 3 of 20 neurons that fire in a trial are more than 10 steps off "
      "on the chip");
}

TEST_CASE("a check of nothing says so", "[loihi2][fit]") {
  const ChipNetwork chip = pair_with(200, 512, 128);
  Conformance silent({"in", "n"}, 0);
  silent.samples = 3;
  silent.spikes_exact = silent.spikes_chip = {9, 0};
  CHECK(verdict(chip, silent).fidelity == Fidelity::not_seen);
  CHECK_THAT(verdict(chip, silent).findings.at(0).message,
             Catch::Contains("nothing fires in 3 trials"));
  Conformance undecided({"in", "n"}, 2);
  undecided.samples = undecided.agreed = 200;
  undecided.undecided = 50;
  CHECK_THAT(verdict(chip, undecided).findings.at(0).message,
             Catch::Contains("neither side decides anything in 50 of 200 trials"));
  CHECK(verdict(chip, undecided).fidelity == Fidelity::same);
  // One decision of 200 trials is one.
  undecided.undecided = 199;
  CHECK(verdict(chip, undecided).fidelity == Fidelity::open);
  CHECK(verdict(chip, undecided).decisions.whole == 1);
  undecided.undecided = 200;
  CHECK(verdict(chip, undecided).fidelity == Fidelity::not_seen);
  // What was lost on the way is graver than that nobody decides.
  undecided.spikes_exact = {9, 12};
  CHECK(verdict(chip, undecided).fidelity == Fidelity::other_spikes);
  // A network that is its own reference is held against nothing.
  undecided.own_reference = true;
  CHECK(verdict(chip, undecided).fidelity == Fidelity::not_seen);
  CHECK(verdict(chip, undecided).findings.empty());
}

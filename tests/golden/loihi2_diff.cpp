// `retro diff` on what others recorded: Lava's runs in tests/golden/lava, and the 1000 steps of a
// real chip (neuromorphs/NIR 7232ada, paper/01_lif/lif_lava_loihi_fixed.csv, columns input spike,
// membrane register, output spike; du = 4095, dv = 163, vth = 25, one synapse of weight 10).
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <retrograde/hardware/loihi2/diagnose/capture_diff.hpp>
#include <retrograde/scenarios/exchange/trace_file.hpp>

#include "tests/skip.hpp"
#include "tests/support/lava_run.hpp"
#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::loihi2;

namespace {

// What Lava recorded, as a capture: u, v and messages of all populations but inputs.
Capture lava_capture(const test::LavaRun& run) {
  Capture capture;
  capture.steps = run.steps;
  for (const ChipPopulation& p : run.network.populations) {
    CapturedPopulation population{p.name, std::vector<CapturedNeuron>(p.size), 0, run.steps};
    if (p.model == ChipModel::input)
      for (CapturedNeuron& n : population.neurons) n.messages.assign(run.steps, 0);
    capture.populations.push_back(std::move(population));
  }
  for (const ChipSpike& s : run.inputs) {
    const std::uint32_t p = run.network.population_of(s.neuron);
    capture.populations[p].neurons[s.neuron - run.network.populations[p].first].messages[s.step] =
        s.payload;
  }
  std::size_t at = 0;
  const auto take = [&](std::vector<std::int32_t>& list) {
    REQUIRE(at + run.steps <= run.recorded.size());
    list.assign(run.recorded.begin() + static_cast<std::ptrdiff_t>(at),
                run.recorded.begin() + static_cast<std::ptrdiff_t>(at + run.steps));
    at += run.steps;
  };
  for (const test::LavaRun::Population& p : run.populations) {
    auto& neurons = capture.populations[p.index].neurons;
    if (p.compared[0])
      for (CapturedNeuron& n : neurons) take(n.u);
    if (p.compared[1])
      for (CapturedNeuron& n : neurons) take(n.v);
    for (CapturedNeuron& n : neurons) take(n.messages);
  }
  REQUIRE(at == run.recorded.size());
  return capture;
}

}  // namespace

TEST_CASE("diff: Lava's recorded runs, written as traces and read again, are the emulator's",
          "[loihi2]") {
  const test::ScratchFolder folder;
  const std::string file = (folder / "lava.csv").string();
  int followed = 0;
  for (const char* name :
       {"delays", "exponents", "graded", "integrator", "lif_reset", "overflows", "recurrent_lif",
        "refractory", "resonate_fire", "sigma_delta", "sparse_delays", "ternary_lif"}) {
    const test::LavaRun run = test::read_lava_run(
        std::string(RETROGRADE_SOURCE_DIR "/tests/golden/lava/") + name + ".run");
    INFO(name);
    write_trace(file, lava_capture(run), 1.0);
    const TraceFile lava = read_trace(file);
    REQUIRE(lava.steps);
    CHECK(lava.step == 1.0);
    TraceOptions traced;
    for (const ChipPopulation& p : run.network.populations)
      if (p.model != ChipModel::input)
        for (NeuronId n = p.first; n < p.first + p.size; ++n) traced.neurons.push_back(n);
    const Emulation emulation =
        Emulator(run.network).run(run.inputs, run.steps, {.readout = {}, .trace = traced});
    const Capture ours = captured(run.network, emulation, traced);
    const CaptureDiff diff = compare({*lava.steps, &run.network}, {ours, &run.network});
    CHECK_FALSE(diff.first);
    CHECK_FALSE(diff.broken_a);
    CHECK_FALSE(diff.broken_b);
    for (const PairedPopulation& p : diff.populations) {
      CHECK(p.shift == 0);
      CHECK(p.messages == std::uint64_t{p.size} * run.steps);
    }
    const bool lif =
        std::any_of(run.network.populations.begin(), run.network.populations.end(),
                    [](const ChipPopulation& p) {
                      return p.model == ChipModel::cuba_lif || p.model == ChipModel::cuba_li;
                    });
    CHECK(diff.checked_a == lif);
    followed += lif;

    // One unit in one register of the trace is found where it is.
    for (std::uint32_t p = 0; p < lava.steps->populations.size(); ++p) {
      Capture wrong = *lava.steps;
      auto& v = wrong.populations[p].neurons[0].v;
      if (v.empty()) continue;
      const std::uint32_t step = run.steps / 2;
      ++v[step];
      const CaptureDiff found = compare({wrong, &run.network}, {ours, &run.network});
      REQUIRE(found.first);
      CHECK(found.populations[found.first->population].name == wrong.populations[p].name);
      CHECK(found.first->neuron == 0);
      CHECK(found.first->step == step);
    }
  }
  CHECK(followed >= 8);
}

TEST_CASE("diff: the recorded chip run differs from the emulator in nothing but its counter",
          "[loihi2]") {
  const char* data = std::getenv("RETROGRADE_DATA");
  if (!data) RETROGRADE_SKIP("RETROGRADE_DATA is not set");
  const auto file = std::filesystem::path(data) / "loihi2" / "lif_lava_loihi_fixed.csv";
  if (!std::filesystem::exists(file))
    RETROGRADE_SKIP("RETROGRADE_DATA does not hold loihi2/lif_lava_loihi_fixed.csv");
  ChipNetwork network;
  network.populations = {{"in", Model::input, 0, 1}, {"lif", Model::cuba_lif, 1, 1}};
  network.neurons = {{}, {.du = 4095, .dv = 163, .vth = 25}};
  network.projections = {{"in->lif", 0, 1, {SignMode::excitatory, 8, 0}, {{0, 0, 10, 0}}}};

  const TraceFile chip = read_trace(file.string(), "in[0].spike, lif[0].v, lif[0].spike");
  REQUIRE(chip.steps);
  REQUIRE(chip.steps->steps == 1000);
  std::vector<ChipSpike> inputs;
  for (std::uint32_t t = 0; t < 1000; ++t)
    if (chip.steps->populations[0].neurons[0].messages[t] != 0) inputs.push_back({t, 0});
  CHECK(inputs.size() == 34);
  const TraceOptions traced{{1}};
  const auto emulated = [&](const ChipNetwork& of) {
    return captured(of, Emulator(of).run(inputs, 1000, {.readout = {}, .trace = traced}), traced);
  };
  const CaptureDiff diff = compare({*chip.steps, &network}, {emulated(network), &network});
  CHECK_FALSE(diff.first);
  CHECK(diff.checked_a);
  CHECK_FALSE(diff.broken_a);
  CHECK(diff.populations[1].counters == 4);
  CHECK(diff.populations[1].v == 1000);
  CHECK(diff.populations[1].u == 0);

  // Another network would have been noticed, and why.
  const auto against = [&](auto change) {
    ChipNetwork other = network;
    change(other);
    const CaptureDiff found = compare({*chip.steps, &other}, {emulated(other), &other});
    REQUIRE(found.first);
    CHECK(found.first->wrong_a);
    CHECK_FALSE(found.first->wrong_b);
    return found.first->why.at(0);
  };
  CHECK(against([](ChipNetwork& n) { n.neurons[1].dv = 162; }).cause == Cause::v_decay);
  CHECK(against([](ChipNetwork& n) { n.neurons[1].vth = 24; }).cause == Cause::threshold);
  const Explanation weight =
      against([](ChipNetwork& n) { n.projections[0].synapses[0].weight = 12; });
  CHECK(weight.cause == Cause::weight);
  CHECK(weight.explained == 1000);
  CHECK_THAT(weight.text, Catch::Contains("the record adds 10 where the weight is 12"));
  // One neuron that hears one synapse: its delay moves the whole population.
  ChipNetwork late = network;
  late.projections[0].synapses[0].delay = 1;
  const CaptureDiff moved = compare({*chip.steps, &late}, {emulated(late), &late});
  CHECK_FALSE(moved.first);
  CHECK(moved.populations[1].shift == 1);
}

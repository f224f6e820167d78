// Every shape of network with every kind of delay: its gradient is that of differences and tangents,
// and a short training of these delays alone, all weights fixed, lowers the loss on trials that it
// was not trained on. Yin-Yang points, Kriener et al. 2022 (scenarios/data/yin_yang.hpp).
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/adjoint/evaluate.hpp>
#include <retrograde/adjoint/train/trainer.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/training.hpp>

using namespace retrograde;

namespace {

std::string population(const std::string& name, int size, const std::string& more) {
  return "[[population]]\nname = \"" + name + "\"\nsize = " + std::to_string(size) + "\n" + more;
}

std::string projection(const std::string& from, const std::string& to, const std::string& weight,
                       bool synaptic) {
  return "[[projection]]\nfrom = \"" + from + "\"\nto = \"" + to +
         "\"\nweight = { distribution = \"normal\", " + weight +
         " }\ndelay = \"1 ms\"\ndelay_min = \"0.5 ms\"\ndelay_max = \"20 ms\"\n" +
         (synaptic ? "learn = [\"delay\"]\n" : "");
}

// `layers` hidden layers in a row; the last one hears itself if it is `recurrent`. `learned`: delay,
// axonal_delay or dendritic_delay, of everything that has one.
std::string scenario_of(int layers, bool recurrent, const std::string& learned) {
  const bool synaptic = learned == "delay";
  const std::string learn = synaptic ? "" : "learn = [\"" + learned + "\"]\n";
  std::string text = "[scenario]\nduration = \"60 ms\"\nseed = 2\n";
  // Inputs have no dendrites, readouts no axons.
  text += population("in", 5, "model = \"input\"\n" + (learned == "axonal_delay" ? learn : ""));
  std::string before = "in", projections;
  for (int k = 1; k <= layers; ++k) {
    const std::string name = "hidden" + std::to_string(k);
    text += population(name, 16, "tau_mem = \"15 ms\"\n" + learn);
    projections += projection(before, name,
                              k == 1 ? "mean = 2.5, std = 1.5" : "mean = 0.8, std = 0.8", synaptic);
    before = name;
  }
  if (recurrent) projections += projection(before, before, "mean = 0.0, std = 0.2", synaptic);
  projections += projection(before, "out", "mean = 0.0, std = 0.3", synaptic);
  text += population(
      "out", 3,
      "model = \"cuba_li\"\ntau_mem = \"15 ms\"\n" + (learned == "dendritic_delay" ? learn : ""));
  return text + projections +
         "[data]\nkind = \"yin_yang\"\npopulation = \"in\"\nt_early = \"1 ms\"\nt_late = \"30 "
         "ms\"\n"
         "bias_spike = \"1 ms\"\ntrain = 300\ntest = 20\n"
         "[loss]\nkind = \"voltage_cross_entropy\"\npopulation = \"out\"\ntau_weight = "
         "\"duration\"\n"
         "gain = 10.0\n[train]\nbatch = 20\ndelay_rate = 0.2\n";
}

}  // namespace

TEST_CASE("feed-forward and recurrent networks of one and two layers learn by each kind of delay") {
  for (const int layers : {1, 2})
    for (const bool recurrent : {false, true})
      for (const std::string learned : {"delay", "axonal_delay", "dendritic_delay"}) {
        CAPTURE(layers, recurrent, learned);
        const Scenario s = parse_scenario(scenario_of(layers, recurrent, learned), "shape.toml");
        const Dataset data = load_dataset(s, "");
        GradientCheckOptions options;
        options.sample = 80;
        options.tolerance = 1e-6;
        const GradientCheck check = check_gradient(s.network, data.trial(Part::test, 3), *s.loss,
                                                   data.label(Part::test, 3), options);
        CHECK(check.passed());
        CHECK(check.silent.empty());

        Trainer trainer(s.network, s.learning, data.part(Part::train), *s.loss,
                        trainer_options(s, 0));
        const auto loss = [&] {
          return evaluate(*s.machine(trainer.network()), data.part(Part::validation), *s.loss)
              .loss();
        };
        const double before = loss();
        for (int epoch = 0; epoch < 6; ++epoch) trainer.run_epoch();
        CHECK(loss() < 0.99 * before);
      }
}

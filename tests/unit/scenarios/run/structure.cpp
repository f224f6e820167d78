// A run whose structure is learned: what its folder keeps, what is deployed of it. References: the trainer
// itself, the same run without a stop, and the lists of the chip's synapses.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <vector>

#include <retrograde/hardware/loihi2/place/mapping.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/fine_tuning.hpp>
#include <retrograde/scenarios/run/on_chip.hpp>
#include <retrograde/scenarios/run/trained.hpp>
#include <retrograde/scenarios/run/training.hpp>

#include "tests/support/scratch.hpp"
#include "tests/support/shipped_chip.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

const std::string text = R"(
[scenario]
name = "small"
duration = "60 ms"
seed = 4
[[population]]
name = "in"
size = 5
[[population]]
name = "hidden"
size = 30
tau_mem = "15 ms"
tau_syn = "5 ms"
dropout = 0.1
[[population]]
name = "out"
size = 3
model = "cuba_li"
tau_mem = "15 ms"
tau_syn = "5 ms"
[[projection]]
from = "in"
to = "hidden"
weight = { distribution = "normal", mean = 2.5, std = 1.5 }
delay = { distribution = "uniform", low = "1 ms", high = "5 ms" }
delay_max = "20 ms"
learn = ["weight", "delay"]
[[projection]]
from = "hidden"
to = "out"
weight = { distribution = "normal", mean = 0.0, std = 0.2 }
learn = ["weight"]
[data]
kind = "yin_yang"
population = "in"
t_early = "2 ms"
t_late = "40 ms"
bias_spike = "2 ms"
train = 200
test = 100
[loss]
kind = "voltage_cross_entropy"
population = "out"
gain = 10.0
[train]
epochs = 4
batch = 20
weight_rate = 0.05
delay_rate = 0.3
[structure]
rule = "deep_r_rigl"
density = 0.5
signs = "synapse"
excitatory = 0.8
)";

struct Run {
  ScratchFolder scratch;
  Scenario scenario;
  Dataset dataset;
  RunFolder folder{scratch.path()};
  TrainingOptions options;

  explicit Run(const std::string& of = text)
      : scenario(parse_scenario(of, "small.toml")), dataset(load_dataset(scenario, "")) {
    write_file(folder.scenario(), scenario.text);
  }
  TrainingResult go() const { return train(scenario, dataset, folder, options); }
};

// The same scenario with a synapse for every pair.
Network with_all_pairs() {
  return parse_scenario(text.substr(0, text.find("[structure]")), "small.toml").network;
}

bool same(const Network& a, const Network& b) {
  return a.layout() == b.layout() &&
         std::equal(a.parameters().begin(), a.parameters().end(), b.parameters().begin());
}

}  // namespace

TEST_CASE("a run keeps the structure of its best epoch and of the last, within the budget") {
  const Run run;
  const TrainingResult result = run.go();
  REQUIRE(result.finished);
  const Checkpoint& checkpoint = result.checkpoint;
  CHECK(checkpoint.layout == run.scenario.network.layout());
  CHECK(checkpoint.pairs == 150 + 90);
  CHECK(checkpoint.trainer.synapses.size() == 75 + 45);
  CHECK(checkpoint.best_synapses.size() == 75 + 45);
  std::uint64_t moved = 0;
  for (const EpochMetrics& m : checkpoint.history) {
    CHECK(m.removed == m.grown);
    moved += m.grown;
  }
  CHECK(moved > 20);
  CHECK(checkpoint.trainer.synapses != run.scenario.structure->taken());

  const Trained best = open_trained(run.folder.path().string(), "");
  CHECK(best.network.projections()[0].size == 75);
  CHECK(best.network.projections()[1].size == 45);
  CHECK(same(best.network, trained_network(run.scenario, checkpoint)));
  CHECK(best.scenario.structure->pairs().taken_by(best.network) == checkpoint.best_synapses);
  const Trained last = open_trained(run.folder.path().string(), "", ChosenEpoch::last);
  CHECK(last.scenario.structure->pairs().taken_by(last.network) == checkpoint.trainer.synapses);
  // What is learned of them is as long as they are.
  CHECK(best.scenario.learned_of(best.network).learned.size() == best.network.layout().size());
  const std::string metrics = get(run.folder.metrics());
  CHECK(metrics.find("removed_synapses,grown_synapses") != std::string::npos);
}

TEST_CASE("a checkpoint with moments of other values than are learned is not gone on with") {
  for (const std::string& of : {text, text.substr(0, text.find("[structure]"))}) {
    Run run(of);
    TrainingResult result = run.go();
    REQUIRE(result.finished);
    Adam::State& adam = result.checkpoint.trainer.adam;
    // Weights, and delays of the first of two projections.
    const std::size_t first = run.scenario.structure ? 75 : 150, second = first * 3 / 5;
    CHECK(adam.first_moment.size() == 2 * first + second);
    adam.first_moment.pop_back();
    adam.second_moment.pop_back();
    write_checkpoint(run.folder.checkpoint(), result.checkpoint);
    run.options.resume = true;
    CHECK_THROWS_AS(run.go(), UsageError);
  }
}

TEST_CASE("a run with a structure that is stopped and resumed equals one that was not") {
  const Run whole;
  const TrainingResult result = whole.go();
  Run parts;
  int batches = 0;
  parts.options.on_progress = [&](double) { return ++batches < 13; };
  REQUIRE_FALSE(parts.go().finished);
  parts.options.on_progress = {};
  parts.options.resume = true;
  const TrainingResult resumed = parts.go();
  REQUIRE(resumed.finished);
  CHECK(resumed.checkpoint.trainer.values == result.checkpoint.trainer.values);
  CHECK(resumed.checkpoint.trainer.synapses == result.checkpoint.trainer.synapses);
  CHECK(resumed.checkpoint.best_values == result.checkpoint.best_values);
  CHECK(resumed.checkpoint.best_synapses == result.checkpoint.best_synapses);
}

TEST_CASE(
    "the chip has the synapses of a rewired network, word for word, and fewer of a pruned one") {
  const Run run;
  run.go();
  const Trained trained = open_trained(run.folder.path().string(), "");
  const auto deployed = [&](const Network& network) {
    return put_on_chip(trained.scenario, network, run.dataset).quantized.chip;
  };
  const loihi2::ChipNetwork chip = deployed(trained.network), full = deployed(with_all_pairs());
  const ChipProfile profile = shipped_chip("loihi2");
  for (std::size_t p = 0; p < 2; ++p) {
    const Projection& projection = trained.network.projections()[p];
    std::set<std::pair<std::uint32_t, std::uint32_t>> here, there;
    for (SynapseId k = 0; k < projection.size; ++k)
      here.insert({projection.source_of(k), projection.targets[k]});
    for (const loihi2::ChipSynapse& s : chip.projections[p].synapses)
      there.insert({s.source, s.target});
    CHECK(here == there);
    CHECK(chip.projections[p].synapses.size() == projection.size);
    CHECK(full.projections[p].synapses.size() == (p == 0 ? 150 : 90));
  }
  // Words by the formula of the mapping, source by source: everything is on one core.
  const auto words = [&](const loihi2::ChipNetwork& of) {
    std::uint64_t sum = 0;
    for (const loihi2::ChipProjection& p : of.projections) {
      std::vector<std::uint64_t> row(of.populations[p.source].size, 0);
      for (const loihi2::ChipSynapse& s : p.synapses) ++row[s.source];
      for (const std::uint64_t synapses : row)
        if (synapses > 0) sum += loihi2::synapse_words(profile.core.encoding, p, synapses);
    }
    return sum;
  };
  const auto mapped = [&](const loihi2::ChipNetwork& of) {
    std::uint64_t sum = 0;
    for (const auto& core : partition(of, profile.core, Mesh(profile.mesh)).cores)
      sum += core.use.synapse_words;
    return sum;
  };
  CHECK(mapped(chip) == words(chip));
  CHECK(mapped(full) == words(full));
  CHECK(mapped(chip) < mapped(full));
}

TEST_CASE(
    "a rewired network is judged on the chip, and fine-tuned there with the synapses it has") {
  const Run run(text + "[chip]\nstep = \"2 ms\"\nfine_tune = { epochs = 1, rate = 0.3 }\n");
  run.go();
  Trained trained = open_trained(run.folder.path().string(), "");
  const TuningResult tuned =
      fine_tune(trained.scenario, trained.network, run.dataset, run.folder, run.options);
  CHECK(tuned.failure.empty());
  REQUIRE(tuned.finished);
  CHECK(tuned.tuning.training.layout == trained.network.layout());
  trained = open_trained(run.folder.path().string(), "");
  REQUIRE(trained.tuning);
  const OnChip chip = put_on_chip(trained, run.dataset);
  CHECK(chip.network.layout() == trained.network.layout());
  const Evaluation evaluation = evaluate_network(trained, run.dataset, shipped_chip("loihi2"));
  REQUIRE(evaluation.chip);
}

TEST_CASE("fine-tuning begins at the trained values, also where folding in has turned signs") {
  // At so small a rate a step is far below the spacing of doubles around any weight but 0: whatever
  // moves has been put into bounds that were not those of the trained network.
  const Run run(text + "[chip]\nstep = \"2 ms\"\nfine_tune = { epochs = 1, rate = 1e-30 }\n");
  run.go();
  const Trained trained = open_trained(run.folder.path().string(), "");
  // Batch normalisation with a negative gain turns all weights onto a neuron.
  std::vector<double> values(trained.network.parameters().begin(),
                             trained.network.parameters().end());
  const Projection& onto_hidden = trained.network.projections()[0];
  for (SynapseId k = 0; k < onto_hidden.size; ++k)
    if (onto_hidden.targets[k] % 3 == 0) values[onto_hidden.first + k] *= -1.5;
  const Network folded = trained.network.with_parameters(std::move(values));
  REQUIRE(trained.scenario.structure->turned(folded)[0] > 10);
  const TuningResult tuned =
      fine_tune(trained.scenario, folded, run.dataset, run.folder, run.options);
  CHECK(tuned.failure.empty());
  REQUIRE(tuned.finished);
  const std::vector<double>& after = tuned.tuning.training.trainer.values;
  REQUIRE(after.size() == folded.parameters().size());
  for (SynapseId s = 0; s < folded.synapse_count(); ++s) {
    CAPTURE(s, folded.weight(s));
    if (folded.weight(s) == 0.0)
      CHECK(std::fabs(after[s]) < 1e-25);
    else
      CHECK(after[s] == folded.weight(s));
  }
}

TEST_CASE("fine-tuning widens bounds that trained weights exceed, and does not clamp them") {
  std::string bounded = text.substr(0, text.find("[structure]")) +
                        "[chip]\nstep = \"2 ms\"\nfine_tune = { epochs = 1, rate = 1e-30 }\n";
  const std::string key = "delay_max = \"20 ms\"\n";
  bounded.replace(bounded.find(key), key.size(), key + "weight_min = -1.0\nweight_max = 3.0\n");
  const std::string normal = "{ distribution = \"normal\", mean = 2.5, std = 1.5 }";
  bounded.replace(bounded.find(normal), normal.size(),
                  "{ distribution = \"uniform\", low = -0.9, high = 2.9 }");
  const Run run(bounded);
  run.go();
  const Trained trained = open_trained(run.folder.path().string(), "");
  std::vector<double> values(trained.network.parameters().begin(),
                             trained.network.parameters().end());
  const Projection& onto_hidden = trained.network.projections()[0];
  for (SynapseId k = 0; k < onto_hidden.size; ++k) values[onto_hidden.first + k] *= 1.5;
  REQUIRE(*std::max_element(values.begin(), values.begin() + onto_hidden.size) > 3.0);
  const Network folded = trained.network.with_parameters(std::move(values));
  const TuningResult tuned =
      fine_tune(trained.scenario, folded, run.dataset, run.folder, run.options);
  CHECK(tuned.failure.empty());
  REQUIRE(tuned.finished);
  for (SynapseId k = 0; k < onto_hidden.size; ++k)
    CHECK(tuned.tuning.training.trainer.values[onto_hidden.first + k] ==
          folded.weight(onto_hidden.first + k));
}

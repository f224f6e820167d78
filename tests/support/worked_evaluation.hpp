// The results of a training that never happened, written down by hand, with a different number in
// every place: what a text, a document or a page shows in the wrong place is seen.
#pragma once

#include <cmath>
#include <memory>

#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/trained.hpp>
#include <retrograde/scenarios/show/page/report.hpp>

#include "tests/support/chip_network.hpp"
#include "tests/support/shipped_chip.hpp"

namespace retrograde::test {

// Empty trials with labels 0, 1, 2, 0, ... or none.
class CountedTrials final : public LabelledTrials {
 public:
  CountedTrials(std::size_t size, bool labelled) : size_(size), labelled_(labelled) {}
  std::size_t size() const override { return size_; }
  Trial trial(std::size_t) const override { return {40.0, {}}; }
  int label(std::size_t k) const override { return labelled_ ? static_cast<int>(k % 3) : -1; }

 private:
  std::size_t size_;
  bool labelled_;
};

struct WorkedEvaluation {
  Trained trained;
  Dataset dataset;
  Evaluation evaluation;

  Report report() const { return {trained, dataset, evaluation}; }
};

inline Dataset counted_dataset(std::size_t train, std::size_t validation, std::size_t test,
                               bool labelled = true) {
  const auto part = [&](std::size_t size) {
    return std::make_shared<const CountedTrials>(size, labelled);
  };
  DatasetInfo info{"counted", 4, {"yin", "yang", "dot"}, 40.0};
  if (!labelled) info.class_names.clear();
  return Dataset(info, part(train), part(validation), part(test));
}

// Four inputs, five hidden neurons, three outputs; delays begin at 0.
inline Network worked_network(double weight, Time delay) {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 4});
  const auto hidden = builder.add({.name = "hidden", .size = 5});
  const auto out = builder.add({.name = "out", .size = 3});
  builder.connect(in, hidden, {{0, 0, weight, delay}, {3, 4, weight + 1, delay}}, "in->hidden");
  builder.connect(hidden, out, {{0, 0, weight + 2, delay + 1}, {4, 2, weight + 3, delay + 1}},
                  "hidden->out");
  return builder.build();
}

inline std::vector<EpochMetrics> worked_history(std::uint32_t epochs) {
  std::vector<EpochMetrics> history;
  for (std::uint32_t e = 1; e <= epochs; ++e) {
    EpochMetrics m;
    m.epoch = e;
    m.train_loss = 1.0 / e;
    m.validation_loss = 1.1 / e;
    m.train_accuracy = 1 - 0.5 / e;
    m.validation_accuracy = 0.98 - 0.5 / e;
    m.spikes_per_neuron = 1.1;
    m.rate_factor = std::pow(0.99, e);
    m.grazing.smallest_slope = 1e-3;
    m.forward_rate = 31.4e6;
    m.backward_rate = 22.1e6;
    m.seconds = 252.0 / epochs;
    history.push_back(m);
  }
  return history;
}

inline SampleRun worked_sample(std::size_t index, int label, int decision) {
  SampleRun sample;
  sample.index = index;
  sample.label = label;
  sample.decision = decision;
  sample.tape.duration = 40.0;
  sample.tape.spikes.resize(3);
  sample.tape.spikes[0].time = 7.2;
  sample.tape.spikes[1].time = 14.7;
  sample.tape.spikes[1].neuron = 1;
  sample.tape.spikes[2].time = 21.4;
  sample.tape.spikes[2].neuron = 10;  // out[1]
  sample.probes = {{{10}, 20.0}};
  sample.recordings = {{{0, 20, 40}, {{0, 0.9, 0.2}}, {{0, 0, 0}}}};
  return sample;
}

inline ChipEvaluation worked_chip() {
  ChipEvaluation chip;

  // Exactly 976 of 1000 are right, on the chip 972, 984 are decided alike.
  Conformance& c = chip.conformance;
  c = Conformance({"in", "hidden", "out"}, 3);
  c.samples = c.labelled = 1000;
  c.exact_correct = 976;
  c.chip_correct = 972;
  c.agreed = 984;
  c.spikes_exact = {4000, 33210, 1020};
  c.spikes_chip = {4000, 32430, 990};
  c.shifts.resize(3);
  c.shifts[1] = {8, 2.0, 1.0, 0};
  c.gains = {{1000, 0, 0}, {1000, -780, 2000}, {1000, -30, 30}};
  c.confusion_exact = {341, 5, 4, 0, 6, 308, 2, 0, 3, 4, 327, 0};
  c.confusion_chip = {339, 6, 4, 1, 7, 306, 3, 0, 4, 4, 327, 0};
  c.registers = {{1, "u", 24, -120344, 734112, 0}, {1, "v", 24, 0, 8388607, 3}};
  c.input_collisions = 1;
  c.synaptic_operations = 960000;
  c.weights = 2100;
  c.weights_clipped = 3;

  // What quantisation and calibration did.
  loihi2::PopulationReport hidden;
  hidden.name = "hidden";
  hidden.scale = 0.00125;
  hidden.groups = 1;
  hidden.threshold_max = 935;
  hidden.u_decay_max = 390;
  hidden.v_decay_max = 101;
  chip.quantization.populations = {{.name = "in"}, hidden, {.name = "out"}};
  loihi2::ProjectionReport projection;
  projection.name = "in->hidden";
  projection.synapses = 2100;
  projection.weights_clipped = 3;
  projection.weights_zeroed = 17;
  projection.sqnr_db = 30.5;
  projection.delays_clipped = 0;
  projection.max_delay = 56;
  chip.quantization.projections = {projection};
  chip.quantization.warnings = {"3 weights were clipped"};
  chip.calibration.clip_percentile = {100, 99.5, 100};
  chip.calibration.fraction = {0, 0.25, 0.375};

  // Of 900 trials 780 are right exactly; approximation k costs k + 1 of them alone and 2 k + 3
  // added to those before.
  loihi2::ErrorBudget& b = chip.budget;
  b.trials = b.labelled = 900;
  b.exact_correct = 780;
  for (std::uint64_t k = 0; k < loihi2::approximations.size(); ++k) {
    b.alone.push_back({779 - k, k + 1, 0.01 * static_cast<double>(k + 1)});
    b.cumulative.push_back({777 - 2 * k, 2 * k + 3, 0.02 * static_cast<double>(k + 1)});
  }

  chip.deployment = deploy(shipped_chip("loihi2"), loihi2::Emulator(dense_chip({4, 5, 3})),
                           chip.quantization, {}, CountedTrials(2, true), Part::validation);
  chip.deployment.fit.registers.resize(2);
  chip.deployment.fit.registers[0].safety = loihi2::Safety::proven;
  chip.deployment.fit.registers[1].safety = loihi2::Safety::overflows;
  return chip;
}

inline WorkedEvaluation worked_evaluation() {
  Trained trained;
  Scenario& scenario = trained.scenario;
  scenario.name = "yin_yang_delays";
  scenario.title = "Yin-Yang with learned delays";
  scenario.text = "[scenario]\nname = \"yin_yang_delays\"\n";
  scenario.duration = 40.0;
  scenario.seed = 7;
  scenario.train.epochs = 60;
  scenario.chip.step = 0.1;
  scenario.network = worked_network(1.0, 0.0);
  scenario.learning = Learning::none(scenario.network);
  scenario.learning.learned.fill(0, 2, 1);
  trained.network = worked_network(1.5, 0.5);
  trained.checkpoint.emplace();
  trained.checkpoint->trainer.epoch = 60;
  trained.checkpoint->best_epoch = 52;
  trained.checkpoint->history = worked_history(60);

  Evaluation evaluation;
  evaluation.exact.trials = evaluation.exact.labelled = 1000;
  evaluation.exact.correct = 976;
  evaluation.exact.loss_sum = 123.0;
  evaluation.exact.confusion = {341, 5, 4, 0, 6, 308, 2, 0, 3, 4, 327, 0};
  // Four inputs; five hidden neurons, three of them silent; three outputs.
  evaluation.exact.spikes = {1000, 1000, 1000, 1000, 20'000, 13'210, 0, 0, 0, 340, 341, 339};
  evaluation.worst = {{17, 2, 0, 3.25, -1.5}, {4, 1, 1, 0.125, 0.75}};
  evaluation.chip = worked_chip();
  evaluation.samples = {worked_sample(0, 1, 1), worked_sample(17, 2, 0)};
  return {std::move(trained), counted_dataset(500, 100, 1000), std::move(evaluation)};
}

// The same without labels: decisions can be compared, but nothing is right or wrong.
inline WorkedEvaluation unlabelled_evaluation() {
  WorkedEvaluation worked = worked_evaluation();
  worked.dataset = counted_dataset(500, 100, 1000, false);
  Evaluation& e = worked.evaluation;
  e.exact.labelled = e.exact.correct = 0;
  e.chip->conformance.labelled = 0;
  e.chip->conformance.exact_correct = e.chip->conformance.chip_correct = 0;
  e.chip->budget.labelled = e.chip->budget.exact_correct = 0;
  e.samples = {worked_sample(0, no_decision, 1)};
  e.worst = {{17, no_decision, 0, 3.25}};
  for (EpochMetrics& m : worked.trained.checkpoint->history)
    m.train_accuracy = m.validation_accuracy = std::nullopt;
  return worked;
}

}  // namespace retrograde::test

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <functional>
#include <limits>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/run/folder/archive.hpp>
#include <retrograde/scenarios/run/folder/checkpoint.hpp>

namespace retrograde {

namespace {

using Writer = ArchiveWriter;
using Reader = ArchiveReader;

constexpr ArchiveFormat checkpoint_format = {"RETROCKP", 7, "checkpoint"};
constexpr ArchiveFormat tuning_format = {"RETROCHP", 6, "fine-tuning"};

// One description for both directions.
template <typename Archive, typename Counts>
void grazing(Archive& a, Counts& c) {
  a.value(c.grazing);
  a.value(c.spike_ties);
  a.value(c.arrival_ties);
  a.value(c.smallest_slope);
}

// None is one NaN of many; another one is not what the writer has written.
constexpr double no_accuracy = std::numeric_limits<double>::quiet_NaN();

void accuracy(Writer& a, const std::optional<double>& value) {
  a.value(value.value_or(no_accuracy));
}
void accuracy(Reader& a, std::optional<double>& value) {
  double stored = 0.0;
  a.value(stored);
  if (std::isnan(stored) &&
      std::bit_cast<std::uint64_t>(stored) != std::bit_cast<std::uint64_t>(no_accuracy))
    a.fail("an accuracy is no number");
  value = std::isnan(stored) ? std::nullopt : std::optional(stored);
}

template <typename Archive, typename Metrics>
void metrics(Archive& a, Metrics& m) {
  a.value(m.epoch);
  for (auto* d : {&m.train_loss, &m.validation_loss, &m.spikes_per_neuron, &m.rate_factor,
                  &m.delay_rate_factor, &m.neuron_rate_factor, &m.silent_per_batch, &m.forward_rate,
                  &m.backward_rate, &m.seconds})
    a.value(*d);
  accuracy(a, m.train_accuracy);
  accuracy(a, m.validation_accuracy);
  a.value(m.silent_neurons);
  a.value(m.delays);
  a.value(m.zero_delays);
  a.value(m.removed);
  a.value(m.grown);
  a.list(m.silent_populations);
  grazing(a, m.grazing);
}

template <typename Archive, typename Result>
void set_result(Archive& a, Result& r) {
  a.value(r.trials);
  a.value(r.labelled);
  a.value(r.loss_sum);
  a.value(r.correct);
  a.list(r.spikes);
  a.value(r.forward_deliveries);
  a.value(r.backward_deliveries);
  grazing(a, r.grazing);
  a.value(r.batches);
  a.value(r.silent_in_batches);
  a.value(r.zero_gradients);
  a.value(r.removed);
  a.value(r.grown);
}

// Of the schedules, in their order.
template <typename Archive, typename State>
void schedule_state(Archive& a, State& s) {
  for (auto* d : {&s.factor, &s.fast, &s.slow}) a.value(*d);
  a.value(s.watched);
  a.value(s.changed);
}
void schedule_states(Writer& a, const std::vector<ScheduleState>& states) {
  a.value(std::uint64_t{states.size()});
  for (const ScheduleState& state : states) schedule_state(a, state);
}
void schedule_states(Reader& a, std::vector<ScheduleState>& states) {
  std::uint64_t count = 0;
  a.value(count);
  for (std::uint64_t k = 0; k < count; ++k) schedule_state(a, states.emplace_back());
}

template <typename Archive, typename State>
void body(Archive& a, State& c) {
  a.value(c.scenario_identity);
  a.value(c.data_identity);
  a.value(c.layout.synapses);
  a.value(c.layout.neurons);
  a.value(c.pairs);
  a.value(c.trainer.epoch);
  a.value(c.trainer.next_trial);
  a.list(c.trainer.values);
  a.list(c.trainer.synapses);
  a.list(c.trainer.remembered);
  a.list(c.trainer.source);
  a.value(c.trainer.adam.steps);
  a.list(c.trainer.adam.first_moment);
  a.list(c.trainer.adam.second_moment);
  set_result(a, c.trainer.epoch_result);
  schedule_states(a, c.trainer.schedules);
  a.value(c.best_epoch);
  accuracy(a, c.best_accuracy);
  a.value(c.best_loss);
  a.list(c.best_values);
  a.list(c.best_synapses);
  a.list(c.folded_values);
}

// Everything of a checkpoint.
void write_all(Writer& content, const Checkpoint& checkpoint) {
  body(content, checkpoint);
  content.value(std::uint64_t{checkpoint.history.size()});
  for (const EpochMetrics& row : checkpoint.history) metrics(content, row);
}

// Ascending, of so many pairs.
bool are_pairs(const std::vector<PairId>& some, std::uint64_t pairs) {
  return std::adjacent_find(some.begin(), some.end(), std::greater_equal<>()) == some.end() &&
         (some.empty() || some.back() < pairs);
}

// How many values a network of these synapses has; those of the scenario's where structure stays.
std::size_t value_count(const Checkpoint& c, const std::vector<PairId>& synapses) {
  if (c.pairs == 0) return c.layout.size();
  return ParameterLayout{static_cast<SynapseId>(synapses.size()), c.layout.neurons}.size();
}

void read_all(Reader& content, Checkpoint& c) {
  body(content, c);
  std::vector<PairId> remembered;
  for (const Remembered& r : c.trainer.remembered) remembered.push_back(r.pair);
  if (!are_pairs(c.trainer.synapses, c.pairs) || !are_pairs(c.best_synapses, c.pairs) ||
      !are_pairs(remembered, c.pairs))
    content.fail("its synapses are none of its network");
  const std::vector<PairId>& synapses = c.trainer.synapses;
  if (std::any_of(remembered.begin(), remembered.end(), [&](PairId pair) {
        return std::binary_search(synapses.begin(), synapses.end(), pair);
      }))
    content.fail("it remembers a synapse as if there were none");
  const std::size_t now = value_count(c, c.trainer.synapses);
  const Adam::State& adam = c.trainer.adam;  // has moments of what is learned only
  if (c.trainer.values.size() != now || adam.first_moment.size() > now ||
      adam.second_moment.size() != adam.first_moment.size() ||
      (!c.best_values.empty() && c.best_values.size() != value_count(c, c.best_synapses)) ||
      (!c.folded_values.empty() && c.folded_values.size() != now) ||
      c.trainer.epoch_result.spikes.size() != c.layout.neurons)
    content.fail("the number of parameters contradicts itself");
  std::uint64_t rows = 0;
  content.value(rows);
  for (std::uint64_t k = 0; k < rows; ++k) metrics(content, c.history.emplace_back());
}

}  // namespace

double total_seconds(const std::vector<EpochMetrics>& history) {
  double sum = 0.0;
  for (const EpochMetrics& m : history) sum += m.seconds;
  return sum;
}

double mean_of(const std::vector<EpochMetrics>& history, double EpochMetrics::*metric) {
  double sum = 0.0;
  for (const EpochMetrics& m : history) sum += m.*metric;
  return history.empty() ? 0.0 : sum / static_cast<double>(history.size());
}

std::string checkpoint_bytes(const Checkpoint& checkpoint) {
  Writer content;
  write_all(content, checkpoint);
  return framed(checkpoint_format, content.text());
}

void write_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  write_file(path, checkpoint_bytes(checkpoint));
}

Checkpoint read_checkpoint(const std::string& path) {
  return parse_checkpoint(read_file(path), path);
}

Checkpoint parse_checkpoint(const std::vector<std::uint8_t>& bytes, const std::string& file) {
  Reader content = unframed(checkpoint_format, bytes, file);
  Checkpoint c;
  read_all(content, c);
  if (!content.at_end()) content.fail("something follows the last entry");
  return c;
}

void write_tuning(const std::string& path, const ChipTuning& tuning) {
  Writer content;
  write_all(content, tuning.training);
  content.value(tuning.start);
  content.list(tuning.scales);
  content.list(tuning.threshold_drop);
  content.value(tuning.weight_exponent);
  write_file(path, framed(tuning_format, content.text()));
}

ChipTuning read_tuning(const std::string& path) {
  const std::vector<std::uint8_t> bytes = read_file(path);
  Reader content = unframed(tuning_format, bytes, path);
  ChipTuning tuning;
  read_all(content, tuning.training);
  content.value(tuning.start);
  content.list(tuning.scales);
  content.list(tuning.threshold_drop);
  content.value(tuning.weight_exponent);
  if (tuning.scales.size() != tuning.training.layout.neurons)
    content.fail("the number of weight units contradicts itself");
  if (!content.at_end()) content.fail("something follows the last entry");
  return tuning;
}

}  // namespace retrograde

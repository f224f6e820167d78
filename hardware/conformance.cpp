#include <algorithm>
#include <cmath>
#include <limits>

#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/conformance.hpp>

namespace retrograde {

namespace {

// Samples that are held at once before they are summed: enough to keep all threads busy, few enough
// for little memory.
constexpr std::size_t block = 256;

void add_to(SpikeShift& total, const SpikeShift& part) {
  total.neurons += part.neurons;
  total.sum += part.sum;
  total.sum_of_squares += part.sum_of_squares;
  total.one_sided += part.one_sided;
  total.far += part.far;
}

void add_to(std::vector<std::uint64_t>& totals, const std::vector<std::uint64_t>& parts) {
  for (std::size_t k = 0; k < totals.size(); ++k) totals[k] += parts[k];
}

void count(std::vector<std::uint64_t>& confusion, std::uint32_t classes, int label, int decision) {
  const auto row = static_cast<std::size_t>(label);
  const std::size_t column = decision == no_decision ? classes : static_cast<std::size_t>(decision);
  ++confusion[row * (classes + 1) + column];
}

}  // namespace

double RegisterUse::utilisation() const {
  if (empty()) return 0.0;
  const double largest =
      std::max(std::fabs(static_cast<double>(min)), std::fabs(static_cast<double>(max)));
  return std::ldexp(largest, 1 - bits);
}

void SpikeShift::add(Time exact, Time chip, Time step) {
  if (exact == never && chip == never) return;
  if (exact == never || chip == never) {
    ++one_sided;
    return;
  }
  const double difference = chip - exact;
  ++neurons;
  sum += difference;
  sum_of_squares += difference * difference;
  far += std::fabs(difference) > far_steps * step;
}

double SpikeShift::deviation() const {
  return neurons ? std::sqrt(sum_of_squares / static_cast<double>(neurons)) : 0.0;
}

double SpikeGain::uncertainty() const {
  if (samples < 2) return std::numeric_limits<double>::infinity();
  const double n = static_cast<double>(samples);
  const double variance = std::max(0.0, sum_of_squares - sum * sum / n) / (n - 1);
  return deviations_of_95_percent * std::sqrt(variance / n);
}

Conformance::Conformance(std::vector<std::string> population_names, std::uint32_t class_count)
    : populations(std::move(population_names)),
      classes(class_count),
      spikes_exact(populations.size(), 0),
      spikes_chip(populations.size(), 0),
      gains(populations.size()),
      shifts(populations.size()),
      confusion_exact(std::size_t{classes} * (classes + 1), 0),
      confusion_chip(std::size_t{classes} * (classes + 1), 0) {}

void Conformance::add(const ConformanceSample& sample) {
  const std::size_t count_of_populations = populations.size();
  if (sample.spikes_exact.size() != count_of_populations ||
      sample.spikes_chip.size() != count_of_populations ||
      sample.shifts.size() != count_of_populations)
    throw InternalError("Conformance::add: a sample of other populations");
  const auto limit = static_cast<std::int64_t>(classes);
  const auto known = [limit](int value) { return value >= no_decision && value < limit; };
  if (!known(sample.label) || !known(sample.exact) || !known(sample.chip))
    throw InternalError("Conformance::add: a label or decision beyond the classes");
  if (samples == 0) {
    registers = sample.registers;
    by_neuron_exact.assign(sample.by_neuron_exact.size(), 0);
    by_neuron_chip.assign(sample.by_neuron_chip.size(), 0);
  } else {
    if (registers.size() != sample.registers.size())
      throw InternalError("Conformance::add: a sample of other registers");
    if (by_neuron_exact.size() != sample.by_neuron_exact.size() ||
        by_neuron_chip.size() != sample.by_neuron_chip.size())
      throw InternalError("Conformance::add: a sample of other neurons");
    for (std::size_t k = 0; k < registers.size(); ++k) {
      RegisterUse& total = registers[k];
      const RegisterUse& part = sample.registers[k];
      if (total.population != part.population || total.name != part.name || total.bits != part.bits)
        throw InternalError("Conformance::add: a sample of other registers");
      total.min = std::min(total.min, part.min);
      total.max = std::max(total.max, part.max);
      total.overflows += part.overflows;
    }
  }

  ++samples;
  decisions.push_back({sample.label, sample.exact, sample.chip});
  agreed += sample.exact == sample.chip;
  undecided += sample.exact == no_decision && sample.chip == no_decision;
  if (sample.label != no_decision) {
    ++labelled;
    exact_correct += sample.exact == sample.label;
    chip_correct += sample.chip == sample.label;
    count(confusion_exact, classes, sample.label, sample.exact);
    count(confusion_chip, classes, sample.label, sample.chip);
  }
  for (std::size_t p = 0; p < count_of_populations; ++p) {
    spikes_exact[p] += sample.spikes_exact[p];
    spikes_chip[p] += sample.spikes_chip[p];
    const double more =
        static_cast<double>(sample.spikes_chip[p]) - static_cast<double>(sample.spikes_exact[p]);
    ++gains[p].samples;
    gains[p].sum += more;
    gains[p].sum_of_squares += more * more;
    add_to(shifts[p], sample.shifts[p]);
  }
  add_to(by_neuron_exact, sample.by_neuron_exact);
  add_to(by_neuron_chip, sample.by_neuron_chip);
  input_collisions += sample.input_collisions;
  synaptic_operations += sample.synaptic_operations;
  steps += sample.steps;
}

void add_samples(Conformance& conformance, std::size_t count,
                 const std::function<ConformanceSample(std::size_t)>& sample,
                 const std::function<bool(std::size_t)>& progress) {
  std::vector<ConformanceSample> results(std::min(block, count));
  for (std::size_t begin = 0; begin < count; begin += block) {
    const std::size_t size = std::min(block, count - begin);
    for_each_trial(size, [&](std::size_t k) { results[k] = sample(begin + k); });
    for (std::size_t k = 0; k < size; ++k) conformance.add(results[k]);
    if (progress && !progress(begin + size)) throw Interrupted("the comparison was stopped");
  }
}

}  // namespace retrograde

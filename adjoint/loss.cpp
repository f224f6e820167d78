#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/adjoint/loss.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

const Population& population_of(const Network& network, std::uint32_t index) {
  return network.populations()[index];
}

void check_label(const Population& p, int label) {
  if (label < 0 || static_cast<std::uint32_t>(label) >= p.size)
    throw NetworkError(
        p.name,
        fmt::format("label {} has no neuron: the readout has {}; give it one neuron per class",
                    label, p.size));
}

// A list of a loss has one entry per neuron of its population.
void check_count(const Population& p, std::size_t count, const char* what) {
  if (count != p.size)
    throw NetworkError(p.name, fmt::format("the loss has {} for {} neurons, the population has {}; "
                                           "give one per neuron",
                                           what, count, p.size));
}

// softmax(x), and -log of its entry `label`.
double cross_entropy(std::vector<double>& x, int label) {
  const double top = *std::max_element(x.begin(), x.end());
  const double wanted = x[static_cast<std::size_t>(label)] - top;
  double sum = 0.0;
  for (double& value : x) {
    value = std::exp(value - top);
    sum += value;
  }
  for (double& value : x) value /= sum;
  return std::log(sum) - wanted;
}

// First spike of each neuron of a population: its place on the tape, or -1.
std::vector<std::int64_t> first_spikes(const Population& p, const Tape& tape) {
  std::vector<std::int64_t> first(p.size, -1);
  for (std::size_t k = 0; k < tape.spikes.size(); ++k) {
    const NeuronId n = tape.spikes[k].neuron;
    if (n >= p.first && n < p.first + p.size && first[n - p.first] < 0)
      first[n - p.first] = static_cast<std::int64_t>(k);
  }
  return first;
}

Time time_of(const Tape& tape, std::int64_t spike) {
  return spike < 0 ? tape.duration : tape.spikes[static_cast<std::size_t>(spike)].time;
}

class FirstSpikeCrossEntropy final : public Loss {
 public:
  explicit FirstSpikeCrossEntropy(const FirstSpikeCrossEntropySpec& spec) : spec_(spec) {}
  std::string_view name() const override { return "first_spike_cross_entropy"; }
  Readout readout() const override { return {Readout::Kind::first_spike, spec_.population, never}; }

  LossValue evaluate(const Network& network, const Tape& tape, int label) const override {
    const Population& p = population_of(network, spec_.population);
    check_label(p, label);
    const auto first = first_spikes(p, tape);
    std::vector<double> sigma(p.size);
    for (std::uint32_t j = 0; j < p.size; ++j) sigma[j] = -time_of(tape, first[j]) / spec_.tau0;
    LossValue loss;
    loss.value = cross_entropy(sigma, label);
    const auto l = static_cast<std::size_t>(label);
    // Without alpha there is no late term, also where its exponential would overflow.
    const double late =
        spec_.alpha == 0.0 ? 0.0 : spec_.alpha * std::exp(time_of(tape, first[l]) / spec_.tau1);
    loss.value += late - spec_.alpha;
    loss.spike_times.assign(tape.spikes.size(), 0.0);
    for (std::size_t j = 0; j < p.size; ++j) {
      if (first[j] < 0) continue;
      double d = -sigma[j] / spec_.tau0;
      if (j == l) d += 1.0 / spec_.tau0 + late / spec_.tau1;
      loss.spike_times[static_cast<std::size_t>(first[j])] = d;
    }
    return loss;
  }

 private:
  FirstSpikeCrossEntropySpec spec_;
};

class VoltageCrossEntropy final : public Loss {
 public:
  explicit VoltageCrossEntropy(const VoltageCrossEntropySpec& spec) : spec_(spec) {}
  std::string_view name() const override { return "voltage_cross_entropy"; }
  Readout readout() const override {
    return {Readout::Kind::voltage_integral, spec_.population, spec_.tau_weight};
  }

  LossValue evaluate(const Network& network, const Tape& tape, int label) const override {
    const Population& p = population_of(network, spec_.population);
    check_label(p, label);
    const double scale = spec_.gain / tape.duration;
    std::vector<double> sigma(p.size);
    for (std::uint32_t j = 0; j < p.size; ++j)
      sigma[j] = scale * tape.voltage_integrals[p.first + j];
    LossValue loss;
    loss.value = cross_entropy(sigma, label);
    sigma[static_cast<std::size_t>(label)] -= 1.0;
    loss.integrals.assign(network.neuron_count(), 0.0);
    for (std::uint32_t j = 0; j < p.size; ++j) loss.integrals[p.first + j] = scale * sigma[j];
    return loss;
  }

 private:
  VoltageCrossEntropySpec spec_;
};

class SpikeTimeTarget final : public Loss {
 public:
  explicit SpikeTimeTarget(SpikeTimeTargetSpec spec) : spec_(std::move(spec)) {}
  std::string_view name() const override { return "spike_time_target"; }
  Readout readout() const override { return {Readout::Kind::first_spike, spec_.population, never}; }

  LossValue evaluate(const Network& network, const Tape& tape, int) const override {
    const Population& p = population_of(network, spec_.population);
    check_count(p, spec_.targets.size(), "targets");
    LossValue loss;
    loss.spike_times.assign(tape.spikes.size(), 0.0);
    std::vector<std::size_t> seen(p.size, 0);
    const double per_scale = 1.0 / spec_.scale;
    for (std::size_t k = 0; k < tape.spikes.size(); ++k) {
      const TapeSpike& s = tape.spikes[k];
      if (s.neuron < p.first || s.neuron >= p.first + p.size) continue;
      const std::size_t j = s.neuron - p.first;
      if (seen[j] == spec_.targets[j].size()) continue;
      const double miss = (s.time - spec_.targets[j][seen[j]++]) * per_scale;
      loss.value += 0.5 * miss * miss;
      loss.spike_times[k] = miss * per_scale;
    }
    for (std::size_t j = 0; j < p.size; ++j)
      for (std::size_t k = seen[j]; k < spec_.targets[j].size(); ++k) {
        const double miss = (tape.duration - spec_.targets[j][k]) * per_scale;
        loss.value += 0.5 * miss * miss;
      }
    return loss;
  }

 private:
  SpikeTimeTargetSpec spec_;
};

class FirstSpikeMargin final : public Loss {
 public:
  explicit FirstSpikeMargin(const FirstSpikeMarginSpec& spec) : spec_(spec) {}
  std::string_view name() const override { return "first_spike_margin"; }
  Readout readout() const override { return {Readout::Kind::first_spike, spec_.population, never}; }

  LossValue evaluate(const Network& network, const Tape& tape, int label) const override {
    const Population& p = population_of(network, spec_.population);
    check_label(p, label);
    const auto first = first_spikes(p, tape);
    const auto l = static_cast<std::size_t>(label);
    const double per_scale = 1.0 / spec_.scale;
    LossValue loss;
    loss.spike_times.assign(tape.spikes.size(), 0.0);
    const auto add = [&](std::size_t j, double d) {
      if (first[j] >= 0) loss.spike_times[static_cast<std::size_t>(first[j])] += d;
    };
    for (std::size_t j = 0; j < p.size; ++j) {
      if (j == l) continue;
      const double miss =
          (time_of(tape, first[j]) - time_of(tape, first[l]) - spec_.margin) * per_scale;
      loss.value += 0.5 * miss * miss;
      add(j, miss * per_scale);
      add(l, -miss * per_scale);
    }
    return loss;
  }

 private:
  FirstSpikeMarginSpec spec_;
};

class SpikeTimePower final : public Loss {
 public:
  explicit SpikeTimePower(SpikeTimePowerSpec spec) : spec_(std::move(spec)) {}
  std::string_view name() const override { return "spike_time_power"; }
  Readout readout() const override {
    const auto kind =
        spec_.integral.empty() ? Readout::Kind::first_spike : Readout::Kind::voltage_integral;
    return {kind, spec_.population, spec_.tau_weight};
  }

  LossValue evaluate(const Network& network, const Tape& tape, int) const override {
    const Population& p = population_of(network, spec_.population);
    LossValue loss;
    if (!spec_.coefficient.empty()) {
      check_count(p, spec_.coefficient.size(), "coefficients");
      loss.spike_times.assign(tape.spikes.size(), 0.0);
      for (std::size_t k = 0; k < tape.spikes.size(); ++k) {
        const TapeSpike& s = tape.spikes[k];
        if (s.neuron < p.first || s.neuron >= p.first + p.size) continue;
        const double c = spec_.coefficient[s.neuron - p.first];
        if (c == 0.0) continue;
        const double t = s.time / spec_.scale;
        loss.value += c * std::pow(t, spec_.power);
        loss.spike_times[k] = c * spec_.power * std::pow(t, spec_.power - 1.0) / spec_.scale;
      }
    }
    if (!spec_.integral.empty()) {
      check_count(p, spec_.integral.size(), "integrals");
      loss.integrals.assign(network.neuron_count(), 0.0);
      for (std::uint32_t j = 0; j < p.size; ++j) {
        loss.value += spec_.integral[j] * tape.voltage_integrals[p.first + j];
        loss.integrals[p.first + j] = spec_.integral[j];
      }
    }
    return loss;
  }

 private:
  SpikeTimePowerSpec spec_;
};

}  // namespace

std::unique_ptr<Loss> make_loss(const FirstSpikeCrossEntropySpec& spec) {
  return std::make_unique<FirstSpikeCrossEntropy>(spec);
}
std::unique_ptr<Loss> make_loss(const VoltageCrossEntropySpec& spec) {
  return std::make_unique<VoltageCrossEntropy>(spec);
}
std::unique_ptr<Loss> make_loss(const SpikeTimeTargetSpec& spec) {
  return std::make_unique<SpikeTimeTarget>(spec);
}
std::unique_ptr<Loss> make_loss(const FirstSpikeMarginSpec& spec) {
  return std::make_unique<FirstSpikeMargin>(spec);
}
std::unique_ptr<Loss> make_loss(const SpikeTimePowerSpec& spec) {
  return std::make_unique<SpikeTimePower>(spec);
}

}  // namespace retrograde

#include <algorithm>
#include <array>
#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/engine/neuron/quadrature.hpp>
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

// -log of the entry `label` of softmax(x), and its derivatives in place of x: softmax(x) with the
// label's entry less 1. That is minus the sum of the others, which keeps its digits where the label
// wins clearly.
double cross_entropy(std::vector<double>& x, int label) {
  const auto l = static_cast<std::size_t>(label);
  const double top = *std::max_element(x.begin(), x.end());
  const double wanted = x[l] - top;
  double others = 0.0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    x[k] = std::exp(x[k] - top);
    if (k != l) others += x[k];
  }
  const double sum = x[l] + others;
  for (double& value : x) value /= sum;
  x[l] = -others / sum;
  return wanted == 0.0 ? std::log1p(others) : std::log(sum) - wanted;
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
  Readout readout() const override { return {Readout::Kind::first_spike, spec_.population}; }

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
      if (j == l) d += late / spec_.tau1;
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
    return {Readout::Kind::voltage_integral, spec_.population, spec_.weighting};
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
    loss.integrals.assign(network.neuron_count(), 0.0);
    for (std::uint32_t j = 0; j < p.size; ++j) loss.integrals[p.first + j] = scale * sigma[j];
    return loss;
  }

 private:
  VoltageCrossEntropySpec spec_;
};

// Maxima over time and V at single instants are those of a neuron that is never reset.
void check_without_threshold(const Population& p, std::string_view loss) {
  if (p.model->fires() || !p.model->has_voltage())
    throw NetworkError(p.name, fmt::format("{} reads V of a population without a threshold; read a "
                                           "cuba_li population that this one projects to",
                                           loss));
}

class VoltageMaximumCrossEntropy final : public Loss {
 public:
  explicit VoltageMaximumCrossEntropy(const VoltageMaximumCrossEntropySpec& spec) : spec_(spec) {}
  std::string_view name() const override { return "voltage_maximum_cross_entropy"; }
  Readout readout() const override { return {Readout::Kind::voltage_maximum, spec_.population}; }

  LossValue evaluate(const Network& network, const Tape& tape, int label) const override {
    const Population& p = population_of(network, spec_.population);
    check_without_threshold(p, name());
    check_label(p, label);
    std::vector<double> sigma(p.size);
    for (std::uint32_t j = 0; j < p.size; ++j)
      sigma[j] = spec_.gain * tape.voltage_maxima[p.first + j].v;
    LossValue loss;
    loss.value = cross_entropy(sigma, label);
    for (std::uint32_t j = 0; j < p.size; ++j) {
      const VoltageMaximum& top = tape.voltage_maxima[p.first + j];
      const double d = spec_.gain * sigma[j];
      loss.samples.push_back({top.time, p.first + j, d});
      if (top.spike != VoltageMaximum::nobody)
        loss.arrivals.push_back({top.spike, top.synapse, d * top.slope});
    }
    std::stable_sort(loss.samples.begin(), loss.samples.end(),
                     [](const auto& a, const auto& b) { return a.time < b.time; });
    return loss;
  }

 private:
  VoltageMaximumCrossEntropySpec spec_;
};

class VoltageOverTimeCrossEntropy final : public Loss {
 public:
  explicit VoltageOverTimeCrossEntropy(const VoltageOverTimeCrossEntropySpec& spec) : spec_(spec) {}
  std::string_view name() const override { return "voltage_over_time_cross_entropy"; }
  Readout readout() const override {
    return {Readout::Kind::voltage_integral, spec_.population, {}, true};
  }

  LossValue evaluate(const Network& network, const Tape& tape, int label) const override {
    const Population& p = population_of(network, spec_.population);
    check_without_threshold(p, name());
    check_label(p, label);
    Panels panels{network, p, static_cast<std::size_t>(label), spec_.gain, tape.duration};
    panels.integrate(tape);
    return std::move(panels.loss);
  }

 private:
  // 15 nodes of Kronrod, every other one of which is one of 7 of Gauss. What the two sums of a
  // panel differ by is about the error of the smaller rule; where it is 1e-11 of the integrands,
  // that of the larger one is below 1e-13 (QUADPACK's estimate, (200 difference)^1.5).
  struct Panels {
    using Kronrod = boost::math::quadrature::gauss_kronrod<double, 15>;
    using Gauss = boost::math::quadrature::gauss<double, 7>;
    static constexpr std::size_t nodes = 15;
    static constexpr double agreement = 1e-11, rounding = 1e-15;

    const Network& network;
    const Population& population;
    std::size_t label;
    double gain;
    Time duration;
    LossValue loss = {};
    const Dynamics& dynamics = *network.dynamics(network.population_of(population.first));
    std::size_t state_size = dynamics.state_size();
    std::vector<Time> since = {};     // of each neuron: its latest arrival
    std::vector<double> states = {};  // and its state after it
    std::vector<double> state = {};   // at a node
    // Of the panel at hand, [node][neuron]: softmax - target; and the cross-entropies.
    std::vector<std::vector<double>> sigma = {};
    std::array<double, nodes> entropy = {};
    double largest = 0.0;  // of its logits

    void integrate(const Tape& tape) {
      double fastest = 0.0;
      since.assign(population.size, 0.0);
      states.resize(population.size * state_size);
      state.resize(state_size);
      for (std::uint32_t j = 0; j < population.size; ++j) {
        dynamics.start(j, &states[j * state_size]);
        fastest = std::fmax(fastest, dynamics.fastest_rate(j));
      }
      sigma.assign(nodes, std::vector<double>(population.size));
      Time from = 0.0;
      const auto stretch = [&](Time to) {
        for_each_panel(to - from, fastest, duration,
                       [&](Time begin, Time end) { panel(from + begin, from + end); });
        from = to;
      };
      for (const TracePoint& point : tape.trace) {
        stretch(point.time);
        const std::size_t j = point.neuron - population.first;
        since[j] = point.time;
        std::copy_n(&tape.trace_states[point.state], state_size, &states[j * state_size]);
      }
      stretch(duration);
    }

    double voltage(std::uint32_t j, Time t) {
      std::copy_n(&states[j * state_size], state_size, state.begin());
      dynamics.flow(j, state.data(), t - since[j]);
      return dynamics.voltage(j, state.data());
    }

    static double node(std::size_t k) {  // ascending in [-1, 1]
      constexpr std::size_t half = nodes / 2;
      return k < half ? -Kronrod::abscissa()[half - k] : Kronrod::abscissa()[k - half];
    }
    static std::size_t from_middle(std::size_t k) {
      return k < nodes / 2 ? nodes / 2 - k : k - nodes / 2;
    }

    void panel(Time begin, Time end) {
      const Time middle = 0.5 * (begin + end), half = 0.5 * (end - begin);
      largest = 1.0;
      for (std::size_t k = 0; k < nodes; ++k) {
        const Time t = middle + half * node(k);
        for (std::uint32_t j = 0; j < population.size; ++j) sigma[k][j] = gain * voltage(j, t);
        for (const double x : sigma[k]) largest = std::fmax(largest, std::fabs(x));
        entropy[k] = cross_entropy(sigma[k], static_cast<int>(label));
      }
      const bool can_be_halved = begin < middle && middle < end && half > 1e-14 * duration;
      if (can_be_halved && !agrees()) {
        panel(begin, middle);
        panel(middle, end);
        return;
      }
      for (std::size_t k = 0; k < nodes; ++k) {
        const double w = half * Kronrod::weights()[from_middle(k)] / duration;
        loss.value += w * entropy[k];
        for (std::uint32_t j = 0; j < population.size; ++j)
          loss.samples.push_back(
              {middle + half * node(k), population.first + j, w * gain * sigma[k][j]});
      }
    }

    // Do the two rules agree on the cross-entropy and on every derivative?
    bool agrees() const {
      const auto check = [&](const auto& value) {
        double apart = 0.0, size = 0.0;
        for (std::size_t k = 0; k < nodes; ++k) {
          const std::size_t m = from_middle(k);
          apart += Kronrod::weights()[m] * value(k);
          if (m % 2 == 0) apart -= Gauss::weights()[m / 2] * value(k);
          size = std::fmax(size, std::fabs(value(k)));
        }
        return std::fabs(apart) <= agreement * size + rounding * largest;
      };
      if (!check([&](std::size_t k) { return entropy[k]; })) return false;
      for (std::size_t j = 0; j < population.size; ++j)
        if (!check([&](std::size_t k) { return sigma[k][j]; })) return false;
      return true;
    }
  };

  VoltageOverTimeCrossEntropySpec spec_;
};

class SpikeTimeTarget final : public Loss {
 public:
  explicit SpikeTimeTarget(SpikeTimeTargetSpec spec) : spec_(std::move(spec)) {}
  std::string_view name() const override { return "spike_time_target"; }
  Readout readout() const override { return {Readout::Kind::first_spike, spec_.population}; }

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

class VanRossumDistance final : public Loss {
 public:
  explicit VanRossumDistance(VanRossumDistanceSpec spec) : spec_(std::move(spec)) {}
  std::string_view name() const override { return "van_rossum_distance"; }
  Readout readout() const override { return {Readout::Kind::first_spike, spec_.population}; }

  // f - f* jumps by 1 at spikes and by -1 at targets. Where it is d just after an event, it adds
  // d^2/2 (1 - e^(-2 h/tau)) until the next one, h later: no sum of kernels that cancel. Twice the
  // distance is the sum over all pairs of events of sign sign e^(-|t - t'|/tau), so that
  // dL/dt = sign (what decays towards the event from behind - from before)/tau.
  LossValue evaluate(const Network& network, const Tape& tape, int) const override {
    const Population& p = population_of(network, spec_.population);
    check_count(p, spec_.targets.size(), "targets");
    LossValue loss;
    loss.spike_times.assign(tape.spikes.size(), 0.0);
    std::vector<std::vector<Event>> events(p.size);
    for (std::size_t j = 0; j < p.size; ++j)
      for (const Time t : spec_.targets[j]) events[j].push_back({t, -1.0, target});
    for (std::size_t k = 0; k < tape.spikes.size(); ++k) {
      const TapeSpike& s = tape.spikes[k];
      if (s.neuron >= p.first && s.neuron < p.first + p.size)
        events[s.neuron - p.first].push_back({s.time, 1.0, k});
    }
    for (std::vector<Event>& train : events) {
      std::stable_sort(train.begin(), train.end(),
                       [](const Event& a, const Event& b) { return a.time < b.time; });
      loss.value += distance(train);
      add_gradient(train, 1.0, loss);
      std::reverse(train.begin(), train.end());
      add_gradient(train, -1.0, loss);
    }
    return loss;
  }

 private:
  static constexpr auto target = static_cast<std::size_t>(-1);
  struct Event {
    Time time;
    double sign;        // of its jump
    std::size_t spike;  // on the tape, or `target`
  };

  double distance(const std::vector<Event>& train) const {
    double sum = 0.0, apart = 0.0;
    for (std::size_t k = 0; k < train.size(); ++k) {
      apart += train[k].sign;
      const bool last = k + 1 == train.size();
      const double h = last ? never : train[k + 1].time - train[k].time;
      sum += 0.5 * apart * apart * -std::expm1(-2.0 * h / spec_.tau);
      apart *= std::exp(-h / spec_.tau);
    }
    return sum;
  }

  // What the events before each spike do to it; with the train in reverse, those after it.
  void add_gradient(const std::vector<Event>& train, double direction, LossValue& loss) const {
    double before = 0.0,
           now = 0.0;  // decayed to the event at hand: earlier ones, simultaneous ones
    for (std::size_t k = 0; k < train.size(); ++k) {
      if (const double h = k == 0 ? 0.0 : std::fabs(train[k].time - train[k - 1].time); h > 0.0) {
        before = (before + now) * std::exp(-h / spec_.tau);
        now = 0.0;
      }
      now += train[k].sign;
      if (train[k].spike != target)
        loss.spike_times[train[k].spike] -= direction * before / spec_.tau;
    }
  }

  VanRossumDistanceSpec spec_;
};

class FirstSpikeMargin final : public Loss {
 public:
  explicit FirstSpikeMargin(const FirstSpikeMarginSpec& spec) : spec_(spec) {}
  std::string_view name() const override { return "first_spike_margin"; }
  Readout readout() const override { return {Readout::Kind::first_spike, spec_.population}; }

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
    return {kind, spec_.population, spec_.weighting};
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

std::vector<std::vector<LossValue::Sample>> LossValue::samples_by_neuron(
    std::size_t neurons) const {
  std::vector<std::vector<Sample>> of(samples.empty() ? 0 : neurons);
  for (const Sample& sample : samples) of[sample.neuron].push_back(sample);
  return of;
}

std::unique_ptr<Loss> make_loss(const FirstSpikeCrossEntropySpec& spec) {
  return std::make_unique<FirstSpikeCrossEntropy>(spec);
}
std::unique_ptr<Loss> make_loss(const VoltageCrossEntropySpec& spec) {
  return std::make_unique<VoltageCrossEntropy>(spec);
}
std::unique_ptr<Loss> make_loss(const VoltageMaximumCrossEntropySpec& spec) {
  return std::make_unique<VoltageMaximumCrossEntropy>(spec);
}
std::unique_ptr<Loss> make_loss(const VoltageOverTimeCrossEntropySpec& spec) {
  return std::make_unique<VoltageOverTimeCrossEntropy>(spec);
}
std::unique_ptr<Loss> make_loss(const SpikeTimeTargetSpec& spec) {
  return std::make_unique<SpikeTimeTarget>(spec);
}
std::unique_ptr<Loss> make_loss(const VanRossumDistanceSpec& spec) {
  return std::make_unique<VanRossumDistance>(spec);
}
std::unique_ptr<Loss> make_loss(const FirstSpikeMarginSpec& spec) {
  return std::make_unique<FirstSpikeMargin>(spec);
}
std::unique_ptr<Loss> make_loss(const SpikeTimePowerSpec& spec) {
  return std::make_unique<SpikeTimePower>(spec);
}

}  // namespace retrograde

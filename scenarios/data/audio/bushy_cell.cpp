#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/engine/neuron/alif.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/audio/bushy_cell.hpp>

namespace retrograde {

namespace {

// The synapses: what the fibres of one channel cause. Once a frame.
struct Synapses {
  double keep, rest, drive;

  Synapses(const BushyCell& cell, Time frame)
      : keep(std::exp(-frame / cell.tau_syn)),
        rest(cell.fibre_rest / 1000),
        drive(cell.drive / 1000) {}

  // In V, for a fibre that goes on at `rate` (1/s).
  double lasting(double rate) const { return drive * rate / (1 + rate * rest); }
  double next(double current, double rate) const {
    const double goal = lasting(rate);
    return goal + (current - goal) * keep;
  }
};

Alif<double> neuron_of(const BushyCell& cell) {
  NeuronValues<double> values;
  values.values.fill(1);
  const auto set = [&](ParameterKind kind, double value) {
    values.values[static_cast<std::size_t>(kind)] = value;
  };
  set(ParameterKind::tau_mem, cell.tau_mem);
  set(ParameterKind::v_threshold, cell.threshold);
  set(ParameterKind::v_reset, 0);
  set(ParameterKind::bias, 0);
  set(ParameterKind::tau_adapt, cell.tau_adapt);
  set(ParameterKind::adaptation, cell.adaptation);
  return Alif<double>(values);
}

// Neurons side by side. Within a frame the distance to the threshold,
//   b + (V - b) e^(-t/tau_mem) - threshold - A e^(-t/tau_adapt),
// has at most one extremum, a minimum, where b <= V; where b > V it grows. So a neuron that is below
// the threshold at the start of a frame crosses it within if and only if it is at or above it at the
// end. Only such neurons, and those in their refractory period, are asked for times; all others
// flow together.
class Neurons {
 public:
  Neurons(const BushyCell& cell, double spontaneous, Time frame)
      : synapses_(cell, frame),
        neuron_(neuron_of(cell)),
        frame_(frame),
        t_ref_(cell.t_ref),
        threshold_(cell.threshold),
        keep_v_(exp_difference(frame, -neuron_.rate_mem)),
        keep_a_(exp_difference(frame, -neuron_.rate_adapt)) {
    for (std::size_t k = 0; k < ear_lanes; ++k) {
      current_.of[k] = v_.of[k] = synapses_.lasting(spontaneous);
      a_.of[k] = held_.of[k] = 0;
    }
  }

  void next(Time start, const Lanes& rates, std::vector<ChannelSpike>& spikes) {
    Lanes v, a;
    bool alone = false;
    for (std::size_t k = 0; k < ear_lanes; ++k) {
      current_.of[k] = synapses_.next(current_.of[k], rates.of[k]);
      v.of[k] = current_.of[k] + (v_.of[k] - current_.of[k]) * keep_v_;
      a.of[k] = a_.of[k] * keep_a_;
      alone |= (v.of[k] >= threshold_ + a.of[k]) | (held_.of[k] > 0);
    }
    if (alone)
      for (std::size_t k = 0; k < ear_lanes; ++k)
        if (v.of[k] >= threshold_ + a.of[k] || held_.of[k] > 0)
          follow(k, start, v.of[k], a.of[k], spikes);
    v_ = v;
    a_ = a;
  }

 private:
  // One neuron through one frame, event by event; its state at the end comes in v and a.
  void follow(std::size_t k, Time start, double& v, double& a, std::vector<ChannelSpike>& spikes) {
    double x[Alif<double>::max_state] = {v_.of[k], a_.of[k]};
    neuron_.bias = current_.of[k];
    Time at = 0, held = held_.of[k];
    while (at < frame_) {
      if (held > 0) {
        const Time step = std::min(held, frame_ - at);
        neuron_.flow_held(x, step);
        held = held > step ? held - step : 0;
        at += step;
        continue;
      }
      const Time s = neuron_.next_spike(x, frame_ - at);
      if (!(s <= frame_ - at)) {
        neuron_.flow(x, frame_ - at);
        break;
      }
      neuron_.flow(x, s);
      neuron_.reset(x);
      at += s;
      held = t_ref_;
      spikes.push_back({start + at, static_cast<std::uint32_t>(k)});
    }
    v = x[0];
    a = x[1];
    held_.of[k] = held;
  }

  Synapses synapses_;
  Alif<double> neuron_;
  Time frame_, t_ref_;
  double threshold_, keep_v_, keep_a_;
  Lanes current_, v_, a_, held_;
};

}  // namespace

void check(const BushyCell& cell) {
  const auto above = [](const char* key, double value) {
    if (!(value > 0) || !std::isfinite(value))
      throw ScenarioError("front end", 0, 0, key, fmt::format("{}; it has to be above 0", value));
  };
  above("tau_mem", cell.tau_mem);
  above("tau_syn", cell.tau_syn);
  above("t_ref", cell.t_ref);
  above("drive", cell.drive);
  above("threshold", cell.threshold);
  above("tau_adapt", cell.tau_adapt);
  if (!(cell.adaptation >= 0) || !std::isfinite(cell.adaptation))
    throw ScenarioError("front end", 0, 0, "adaptation",
                        fmt::format("{}; it cannot be negative", cell.adaptation));
}

void bushy_spikes(const BushyCell& cell, double spontaneous, Time frame,
                  std::span<const Lanes> rates, std::vector<ChannelSpike>& spikes) {
  Neurons neurons(cell, spontaneous, frame);
  for (std::size_t f = 0; f < rates.size(); ++f)
    neurons.next(static_cast<double>(f) * frame, rates[f], spikes);
}

std::vector<double> bushy_currents(const BushyCell& cell, double spontaneous, Time frame,
                                   std::span<const double> rates) {
  const Synapses synapses(cell, frame);
  std::vector<double> currents;
  double current = synapses.lasting(spontaneous);
  for (const double rate : rates) currents.push_back(current = synapses.next(current, rate));
  return currents;
}

}  // namespace retrograde

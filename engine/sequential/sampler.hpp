// Takes down V and I of probed neurons (engine/trial/probe.hpp) as their membranes move on.
#pragma once

#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/sequential/membrane.hpp>
#include <retrograde/engine/trial/probe.hpp>

namespace retrograde {

class Sampler {
 public:
  Sampler(const Network& network, std::span<const Probe> probes, Time end,
          std::vector<Recording>* recordings)
      : recordings_(recordings), of_neuron_(recordings ? network.neuron_count() : 0) {
    if (!recordings) return;
    // 3 * 0.1 is above 0.3: what exceeds the end by no more than rounding is meant to be the end.
    constexpr double rounding = 1.0 + 4.0 * std::numeric_limits<double>::epsilon();
    recordings->assign(probes.size(), {});
    for (std::size_t p = 0; p < probes.size(); ++p) {
      Recording& r = (*recordings)[p];
      for (std::size_t k = 0;; ++k) {
        const Time t = static_cast<double>(k) * probes[p].interval;
        if (t > end * rounding) break;
        r.times.push_back(std::fmin(t, end));
      }
      r.v.resize(probes[p].neurons.size());
      r.i.resize(probes[p].neurons.size());
      for (std::size_t n = 0; n < probes[p].neurons.size(); ++n)
        of_neuron_[probes[p].neurons[n]].push_back({p, n});
    }
  }

  // Called before the membrane of `neuron` moves to `to`.
  void advance(NeuronId neuron, const Membrane& membrane, Time to) {
    if (!recordings_) return;
    for (const auto& [p, n] : of_neuron_[neuron]) {
      Recording& r = (*recordings_)[p];
      for (std::size_t k = r.v[n].size(); k < r.times.size() && r.times[k] <= to; ++k) {
        double v = 0.0, i = 0.0;
        if (membrane.dynamics) {
          membrane.at(r.times[k], state_);
          v = membrane.dynamics->voltage(membrane.index, state_.data());
          i = membrane.dynamics->current(membrane.index, state_.data());
        }
        r.v[n].push_back(v);
        r.i[n].push_back(i);
      }
    }
  }

 private:
  struct Place {
    std::size_t probe, position;
  };
  std::vector<Recording>* recordings_;
  std::vector<std::vector<Place>> of_neuron_;
  std::vector<double> state_;
};

}  // namespace retrograde

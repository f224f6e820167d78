// A readout that never fires is linear: its weighted voltage integral is a sum over all that
// reaches it, w H(t) for an arrival of weight w at t, plus what its bias and the state it begins in do
// alone. The same
// function is the gradient by w, and its derivative that by t.
//
//   H(t) = integral from t to T of weighting(x) K(x - t) dx
//   R(t) = integral from t to T of weighting(x) e^(-rate_mem (x - t)) dx
//   dH/dt = rate_syn H - rate_mem R                    (K' = rate_mem e^(-rate_mem s) - rate_syn K)
//
// With the weight of the stretch from t to T (time_weight.hpp), rates shifted by its own, A =
// rate_mem + rate and B = rate_syn + rate, and [..] the divided differences of the exponential:
//
//   R = level [-A,0] + fall [-A,0,0]       H = rate_mem (level [-A,-B,0] + fall [-A,-B,0,0])
//   [-A,0] = (1 - e^(-A s))/A   [-A,0,0] = (s - [-A,0])/A   [-A,-B,0] = ([-A,0] - [-A,-B])/B   ...
//
// and by the time constants, since d/dA of a divided difference is minus the one with -A twice:
//
//   dH/drate_mem = H/rate_mem - rate_mem (level [-A,-A,-B,0] + fall [-A,-A,-B,0,0])
//   dH/drate_syn =            - rate_mem (level [-A,-B,-B,0] + fall [-A,-B,-B,0,0])
//
// which loses digits only where the result is small against its largest value. tests/unit/engine/
// windowed/linear_readout.cpp compares with the exact differences.
#pragma once

#include <cstddef>

#include <retrograde/engine/neuron/time_weight.hpp>
#include <retrograde/engine/trial/initial_state.hpp>
#include <retrograde/engine/windowed/readout_response.hpp>
#include <retrograde/engine/windowed/short_flow.hpp>
#include <retrograde/engine/windowed/window_plan.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

class LinearReadout {
 public:
  // The neurons of one population under a weighting with a closed form.
  LinearReadout(const Network& network, std::uint32_t population, const TimeWeight& weighting,
                Time duration);

  // H and R for the arrivals of one spike at `time` over a row, at most `most` synapses of it.
  // Arrivals at or after the end have 0.
  static constexpr std::size_t most = 256;
  void respond(Time time, const WindowRow& row, double* h, double* r) const;
  // The same, and dH/dtau_mem and dH/dtau_syn.
  void respond(Time time, const WindowRow& row, double* h, double* r, double* by_tau_mem,
               double* by_tau_syn) const;
  // What bias and initial state add to the integral of a neuron.
  double of_start(std::uint32_t n, const NeuronStart& start) const;
  // The derivatives of what the integral of a neuron is without arrivals.
  struct OwnSlopes {
    double by_bias, by_tau_mem, by_tau_syn, by_initial_v;
  };
  OwnSlopes own_slopes(std::uint32_t n, const NeuronStart& start) const;

  // What `respond` is made of.
  bool exponential() const { return weighting_.kind() == TimeWeight::Kind::exponential; }
  ResponseWeight weight() const;
  ResponseRates rates(std::uint32_t n) const;
  double rate_mem(std::uint32_t n) const { return flows_.rate_mem[n]; }
  double rate_syn(std::uint32_t n) const { return rate_syn_[n]; }

 private:
  template <bool dense, bool weighed, bool full>
  void respond_to(Time time, const WindowRow& row, double* h, double* r, double* by_tau_mem,
                  double* by_tau_syn) const;
  template <bool full>
  void respond_to(Time time, const WindowRow& row, double* h, double* r, double* by_tau_mem,
                  double* by_tau_syn) const;

  TimeWeight weighting_;
  Time duration_;
  std::vector<CubaLif> models_;
  ShortFlows flows_;
  std::vector<double> rate_syn_, span_mem_, span_syn_;  // 1/ms; ms: 1/A, 1/B
};

}  // namespace retrograde

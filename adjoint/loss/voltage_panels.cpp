#include <algorithm>
#include <array>
#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <cmath>

#include <retrograde/adjoint/loss/checks.hpp>
#include <retrograde/adjoint/loss/voltage_panels.hpp>
#include <retrograde/engine/neuron/quadrature.hpp>
#include <retrograde/engine/trial/timeline.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// 15 nodes of Kronrod, every other one of which is one of 7 of Gauss. What the two sums of a
// panel differ by is about the error of the smaller rule; where it is 1e-11 of the integrands,
// that of the larger one is below 1e-13 (QUADPACK's estimate, (200 difference)^1.5).
class Panels {
 public:
  Panels(const Network& network, const Population& population, const Tape& tape,
         const VoltagePanels& panels)
      : population_(population),
        panels_(panels),
        duration_(tape.duration),
        dynamics_(*network.dynamics(network.population_of(population.first))),
        state_size_(dynamics_.state_size()),
        since_(population.size, 0.0),
        states_(population.size * state_size_),
        state_(state_size_) {
    check_timeline(network, tape.timeline.get());
    for (std::uint32_t j = 0; j < population.size; ++j) {
      start_neuron(dynamics_, j, start_of(tape.initial.get(), population.first + j),
                   &states_[j * state_size_]);
      fastest_ = std::fmax(fastest_, dynamics_.fastest_rate(j));
    }
    integrate(tape);
  }

 private:
  // The trace has what arrives, and nothing of what else happens to a readout.
  void check_timeline(const Network& network, const Timeline* timeline) const {
    if (!timeline) return;
    const NeuronId first = population_.first, end = first + population_.size;
    const auto any = [&](const std::vector<NeuronId>& neurons) {
      return std::ranges::any_of(neurons, [&](NeuronId n) { return n >= first && n < end; });
    };
    bool touched = false;
    for (const Silence& silence : timeline->silences) touched |= any(silence.neurons);
    for (const Stimulation& stimulation : timeline->stimulations)
      touched |= any(stimulation.neurons);
    for (const ValueChange& change : timeline->changes)
      for (const ParameterKind kind : neuron_parameter_kinds)
        touched |=
            !std::ranges::equal(change.network->parameters(kind).subspan(first, population_.size),
                                network.parameters(kind).subspan(first, population_.size));
    if (touched)
      throw NetworkError(population_.name,
                         "an event is about this readout, whose voltage over time is the loss; "
                         "leave the event out, or choose voltage_cross_entropy");
  }

  using Kronrod = boost::math::quadrature::gauss_kronrod<double, 15>;
  using Gauss = boost::math::quadrature::gauss<double, 7>;
  static constexpr std::size_t nodes = 15;
  static constexpr double agreement = 1e-11, rounding = 1e-15;
  // Where logits change by less within half a panel, everything is smooth, and what the two sums
  // still differ by is rounding.
  static constexpr double smooth = 1e-2;

  // Panels end at the arrivals, where V has its kinks.
  void integrate(const Tape& tape) {
    Time from = 0.0;
    const auto stretch = [&](Time to) {
      for_each_panel(to - from, fastest_, duration_,
                     [&](Time begin, Time end) { panel(from + begin, from + end); });
      from = to;
    };
    for (const TracePoint& point : tape.trace) {
      stretch(point.time);
      const std::size_t j = point.neuron - population_.first;
      since_[j] = point.time;
      std::copy_n(&tape.trace_states[point.state], state_size_, &states_[j * state_size_]);
    }
    stretch(duration_);
  }

  void panel(Time begin, Time end) {
    const Time middle = 0.5 * (begin + end), half = 0.5 * (end - begin);
    largest_ = 1.0;
    for (std::size_t k = 0; k < nodes; ++k) evaluate_node(k, middle + half * node(k));
    const bool can_be_halved =
        begin < middle && middle < end && half * fastest_ * largest_ > smooth;
    if (can_be_halved && !agrees()) {
      panel(begin, middle);
      panel(middle, end);
      return;
    }
    for (std::size_t k = 0; k < nodes; ++k)
      panels_.visit(middle + half * node(k), half * Kronrod::weights()[from_middle(k)], f_[k]);
  }

  // f at a node, at time t.
  void evaluate_node(std::size_t k, Time t) {
    std::vector<double>& x = f_[k];
    x.resize(population_.size);
    std::uint32_t furthest = 0;
    for (std::uint32_t j = 0; j < population_.size; ++j) {
      x[j] = panels_.gain * voltage(j, t);
      if (!(std::fabs(x[j]) <= std::fabs(x[furthest]))) furthest = j;
    }
    panels_.f(x);
    // No panel is short enough for what is not finite.
    if (!std::all_of(x.begin(), x.end(), [](double each) { return std::isfinite(each); }))
      throw_loss_not_finite(panels_.loss, population_.first + furthest, t);
  }

  double voltage(std::uint32_t j, Time t) {
    std::copy_n(&states_[j * state_size_], state_size_, state_.begin());
    dynamics_.flow(j, state_.data(), t - since_[j]);
    // V may be what is left of large terms that cancel; its rounding is theirs.
    double terms = 0.0;
    for (const double x : state_) terms += std::fabs(x);
    largest_ = std::fmax(largest_, panels_.gain * terms);
    return dynamics_.voltage(j, state_.data());
  }

  // Do the two rules agree on every entry?
  bool agrees() const {
    for (std::size_t entry = 0; entry < f_[0].size(); ++entry) {
      double apart = 0.0, size = 0.0;
      for (std::size_t k = 0; k < nodes; ++k) {
        const std::size_t m = from_middle(k);
        const double value = f_[k][entry];
        apart += Kronrod::weights()[m] * value;
        if (m % 2 == 0) apart -= Gauss::weights()[m / 2] * value;
        size = std::fmax(size, std::fabs(value));
      }
      if (!(std::fabs(apart) <= agreement * size + rounding * largest_)) return false;
    }
    return true;
  }

  static double node(std::size_t k) {  // ascending in [-1, 1]
    constexpr std::size_t half = nodes / 2;
    return k < half ? -Kronrod::abscissa()[half - k] : Kronrod::abscissa()[k - half];
  }
  static std::size_t from_middle(std::size_t k) {
    return k < nodes / 2 ? nodes / 2 - k : k - nodes / 2;
  }

  const Population& population_;
  const VoltagePanels& panels_;
  const Time duration_;
  const Dynamics& dynamics_;
  const std::size_t state_size_;
  double fastest_ = 0.0;                      // rate of V (1/ms)
  std::vector<Time> since_;                   // of each neuron: its latest arrival
  std::vector<double> states_;                // and its state after it
  std::vector<double> state_;                 // at a node
  std::array<std::vector<double>, nodes> f_;  // of the panel at hand
  double largest_ = 0.0;                      // of the terms of its logits
};

}  // namespace

void integrate_voltages(const Network& network, const Population& population, const Tape& tape,
                        const VoltagePanels& panels) {
  Panels(network, population, tape, panels);
}

}  // namespace retrograde

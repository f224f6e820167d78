#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include <retrograde/adjoint/loss/checks.hpp>
#include <retrograde/adjoint/loss/decision_margin.hpp>
#include <retrograde/adjoint/loss/first_spikes.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

class DecisionMargin final : public Loss {
 public:
  explicit DecisionMargin(const Loss& loss) : loss_(loss) {}
  std::string_view name() const override { return "decision_margin"; }
  Readout readout() const override { return loss_.readout(); }

 private:
  LossValue measure(const Network& network, const Population& p, const Tape& tape,
                    int label) const override {
    const Readout::Kind kind = loss_.readout().kind;
    if (kind == Readout::Kind::none || p.size < 2)
      throw NetworkError(p.name,
                         fmt::format("a margin is between two classes, and {} decides between {}",
                                     loss_.name(), kind == Readout::Kind::none ? 0 : p.size));
    check_label(p, label);
    LossValue own = loss_.evaluate(network, tape, label);
    if (own.decision) return of_losses(network, p, tape, label, own);
    switch (kind) {
      case Readout::Kind::first_spike:
        return of_first_spikes(p, tape, label);
      case Readout::Kind::voltage_integral:
        return of_integrals(network, p, tape, label);
      default:
        return of_maxima(p, tape, label);
    }
  }

  // The best of the others.
  template <typename Score>
  static std::uint32_t rival(const Population& p, std::uint32_t l, const Score& score) {
    std::uint32_t best = l == 0 ? 1 : 0;
    for (std::uint32_t j = 0; j < p.size; ++j)
      if (j != l && score(j) > score(best)) best = j;
    return best;
  }

  static LossValue of_first_spikes(const Population& p, const Tape& tape, int label) {
    const FirstSpikes first(p, tape);
    const auto l = static_cast<std::uint32_t>(label);
    const std::uint32_t j = rival(p, l, [&](std::uint32_t k) { return -first.time(k); });
    LossValue margin;
    margin.value = first.time(j) - first.time(l);
    margin.spike_times.assign(tape.spikes.size(), 0.0);
    first.add_gradient(j, 1.0, margin.spike_times);
    first.add_gradient(l, -1.0, margin.spike_times);
    return margin;
  }

  static LossValue of_integrals(const Network& network, const Population& p, const Tape& tape,
                                int label) {
    const auto integrals = voltage_integrals_of(p, tape);
    const auto l = static_cast<std::uint32_t>(label);
    const std::uint32_t j = rival(p, l, [&](std::uint32_t k) { return integrals[k]; });
    LossValue margin;
    margin.value = (integrals[l] - integrals[j]) / tape.duration;
    margin.integrals.assign(network.neuron_count(), 0.0);
    margin.integrals[p.first + l] = 1.0 / tape.duration;
    margin.integrals[p.first + j] = -1.0 / tape.duration;
    return margin;
  }

  // A maximum moves with the arrival that it sits on (voltage_maximum_cross_entropy.hpp).
  static LossValue of_maxima(const Population& p, const Tape& tape, int label) {
    const auto maxima = voltage_maxima_of(p, tape);
    const auto l = static_cast<std::uint32_t>(label);
    const std::uint32_t j = rival(p, l, [&](std::uint32_t k) { return maxima[k].v; });
    LossValue margin;
    margin.value = maxima[l].v - maxima[j].v;
    for (const auto& [k, sign] : {std::pair{l, 1.0}, std::pair{j, -1.0}}) {
      const VoltageMaximum& top = maxima[k];
      margin.samples.push_back({top.time, p.first + k, sign});
      if (top.spike != VoltageMaximum::nobody)
        margin.deliveries.push_back({top.spike, top.synapse, sign * top.slope});
    }
    std::stable_sort(margin.samples.begin(), margin.samples.end(),
                     [](const auto& a, const auto& b) { return a.time < b.time; });
    return margin;
  }

  // loss(j) - loss(l) of the best other one, derivatives and all.
  LossValue of_losses(const Network& network, const Population& p, const Tape& tape, int label,
                      const LossValue& own) const {
    std::optional<LossValue> best;
    for (int j = 0; j < static_cast<int>(p.size); ++j) {
      if (j == label) continue;
      LossValue other = loss_.evaluate(network, tape, j);
      if (!best || other.value < best->value) best = std::move(other);
    }
    best->value -= own.value;
    subtract(best->spike_times, own.spike_times);
    subtract(best->integrals, own.integrals);
    for (LossValue::Sample s : own.samples) {
      s.gradient = -s.gradient;
      best->samples.push_back(s);
    }
    std::stable_sort(best->samples.begin(), best->samples.end(),
                     [](const auto& a, const auto& b) { return a.time < b.time; });
    for (LossValue::Delivery d : own.deliveries) {
      d.gradient = -d.gradient;
      best->deliveries.push_back(d);
    }
    return std::move(*best);
  }

  static void subtract(std::vector<double>& from, const std::vector<double>& what) {
    if (from.empty()) from.assign(what.size(), 0.0);
    for (std::size_t k = 0; k < what.size(); ++k) from[k] -= what[k];
  }

  const Loss& loss_;
};

}  // namespace

std::unique_ptr<Loss> decision_margin(const Loss& loss) {
  return std::make_unique<DecisionMargin>(loss);
}

}  // namespace retrograde

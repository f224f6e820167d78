#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include <retrograde/hardware/behaviour.hpp>

namespace retrograde {

namespace {

using Severity = Finding::Severity;

class Judge {
 public:
  Judge(const Conformance& seen, const std::vector<JudgedPopulation>& populations,
        const std::string& remedy)
      : seen_(seen), populations_(populations), remedy_(remedy) {}

  Behaviour run() {
    if (seen_.samples == 0 || seen_.own_reference) return {};
    result_.fidelity = Fidelity::same;
    check_spikes();
    check_times();
    check_silenced();
    check_decisions();
    check_silence();
    return std::move(result_);
  }

 private:
  // Populations that fire, as the exact network's do but for `little_change`: as often, and the
  // same neurons.
  void check_spikes() {
    for (std::uint32_t p = 0; p < seen_.populations.size(); ++p) {
      if (populations_[p].is_input) continue;
      const std::uint64_t exact = seen_.spikes_exact[p], chip = seen_.spikes_chip[p];
      const SpikeShift& shift = seen_.shifts[p];
      if (differ(exact, chip))
        add_unfaithful(Fidelity::other_spikes, populations_[p].name, "spikes", exact, chip,
                       fmt::format("{}: {} become{} {} on the chip, in {}", populations_[p].name,
                                   counted(exact, "spike"), exact == 1 ? "s" : "", chip,
                                   counted(seen_.samples, "trial")));
      else if (differ(shift.neurons + shift.one_sided, shift.neurons))
        add_unfaithful(
            Fidelity::other_spikes, populations_[p].name, "neurons",
            shift.neurons + shift.one_sided, shift.neurons,
            fmt::format("{}: {} of {} that fire in a trial do so on one side only, in {}",
                        populations_[p].name, shift.one_sided,
                        counted(shift.neurons + shift.one_sided, "neuron"),
                        counted(seen_.samples, "trial")));
    }
  }

  // Spikes that come at another time, though as many of them and of the same neurons.
  void check_times() {
    for (std::uint32_t p = 0; p < seen_.populations.size(); ++p) {
      const SpikeShift& shift = seen_.shifts[p];
      if (populations_[p].is_input || !differ(shift.neurons, shift.neurons - shift.far)) continue;
      add_unfaithful(Fidelity::other_spikes, populations_[p].name, "first spikes", shift.neurons,
                     shift.neurons - shift.far,
                     fmt::format("{}: the first spikes of {} of {} that fire in a trial are more "
                                 "than {:g} steps off on the chip",
                                 populations_[p].name, shift.far, counted(shift.neurons, "neuron"),
                                 far_steps));
    }
  }

  // Neurons that some trial makes fire, and none does on the chip.
  void check_silenced() {
    for (const JudgedPopulation& population : populations_) {
      if (population.is_input || seen_.by_neuron_exact.empty()) continue;
      std::uint64_t firing = 0, silenced = 0, lost = 0;
      for (NeuronId n = population.first; n < population.first + population.size; ++n) {
        firing += seen_.by_neuron_exact[n] > 0;
        if (seen_.by_neuron_exact[n] == 0 || seen_.by_neuron_chip[n] > 0) continue;
        ++silenced;
        lost += seen_.by_neuron_exact[n];
      }
      if (silenced == 0) continue;
      const Fidelity fidelity =
          differ(firing, firing - silenced) ? Fidelity::other_spikes : Fidelity::same;
      add_unfaithful(fidelity, population.name, "silent neurons", std::uint64_t{0}, silenced,
                     fmt::format("{}: {} of the {} that fire exactly never {} on the chip, which "
                                 "loses their {} in {}",
                                 population.name, silenced, counted(firing, "neuron"),
                                 silenced == 1 ? "does" : "do", counted(lost, "spike"),
                                 counted(seen_.samples, "trial")));
    }
  }

  void check_decisions() {
    result_.decisions = seen_.same_decision();
    const auto [agreed, decided] = result_.decisions;
    if (decided == 0) return;
    const Interval same = result_.decisions.range();
    if (same.high < 1 - little_change)
      add_unfaithful(Fidelity::other_decisions, "chip", "decisions", decided, agreed,
                     fmt::format("the chip decides {} of {} as the exact network does", agreed,
                                 counted(decided, "trial")));
    else if (same.low < 1 - little_change)
      result_.fidelity = std::max(result_.fidelity, Fidelity::open);
  }

  // A comparison of nothing proves nothing.
  void check_silence() {
    std::uint64_t spikes = 0;
    bool could_fire = !seen_.decides();
    for (std::uint32_t p = 0; p < seen_.populations.size(); ++p) {
      if (populations_[p].is_input) continue;
      spikes += seen_.spikes_exact[p] + seen_.spikes_chip[p];
      could_fire |= populations_[p].fires;
    }
    bool nothing = false;
    if (seen_.decides() && seen_.undecided > 0) {
      result_.findings.push_back({Severity::warning, "chip", "undecided", 0,
                                  static_cast<double>(seen_.undecided),
                                  fmt::format("neither side decides anything in {} of {}",
                                              seen_.undecided, counted(seen_.samples, "trial")),
                                  "let the population that decides fire: stronger weights or "
                                  "input, or a longer training"});
      nothing = seen_.undecided == seen_.samples;
    } else if (could_fire && !seen_.populations.empty() && spikes == 0) {
      result_.findings.push_back(
          {Severity::warning, "chip", "spikes", 0, 0,
           fmt::format("nothing fires in {}, exactly or on the chip, so that nothing is compared",
                       counted(seen_.samples, "trial")),
           "give the network input that makes it fire: [[population]] spikes, or [data]"});
      nothing = true;
    } else if (one_for_all()) {
      result_.findings.push_back(
          {Severity::warning, "chip", "decisions", 0, 0,
           fmt::format("all {} are decided for class {}, exactly and on the chip, so that their "
                       "decisions say nothing of it",
                       counted(seen_.samples, "trial"), seen_.decisions.front().exact),
           "train on, or look at what the readout receives; trials of one class alone say as "
           "little"});
      nothing = true;
    }
    if (nothing && result_.fidelity < Fidelity::other_spikes) result_.fidelity = Fidelity::not_seen;
  }

  // Whether both sides decide for one and the same class whatever comes in; of a few trials it may be chance.
  static constexpr std::size_t few_trials = 8;
  bool one_for_all() const {
    if (seen_.classes < 2 || seen_.decisions.size() < few_trials) return false;
    const int first = seen_.decisions.front().exact;
    return first != no_decision &&
           std::ranges::all_of(seen_.decisions, [&](const TrialDecisions& d) {
             return d.exact == first && d.chip == first;
           });
  }

  static bool differ(std::uint64_t exact, std::uint64_t chip) {
    const double change = static_cast<double>(chip) - static_cast<double>(exact);
    return std::fabs(change) > little_change * static_cast<double>(exact);
  }

  static std::string counted(std::uint64_t count, const char* what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
  }

  template <typename Number>
  void add_unfaithful(Fidelity fidelity, const std::string& where, const char* resource,
                      Number exact, Number chip, std::string message) {
    result_.fidelity = std::max(result_.fidelity, fidelity);
    result_.findings.push_back({Severity::warning, where, resource, static_cast<double>(exact),
                                static_cast<double>(chip), std::move(message), remedy_});
  }

  const Conformance& seen_;
  const std::vector<JudgedPopulation>& populations_;
  const std::string& remedy_;
  Behaviour result_;
};

}  // namespace

std::vector<JudgedPopulation> judged_populations(const Network& network) {
  std::vector<JudgedPopulation> all;
  for (const Population& p : network.populations())
    all.push_back({p.name, p.first, p.size, p.model->is_input(), p.model->fires()});
  return all;
}

Behaviour behaviour_of(const Conformance& seen, const std::vector<JudgedPopulation>& populations,
                       const std::string& remedy) {
  return Judge(seen, populations, remedy).run();
}

const char* name(Fidelity fidelity) {
  switch (fidelity) {
    case Fidelity::not_seen:
      break;
    case Fidelity::same:
      return "same";
    case Fidelity::open:
      return "open";
    case Fidelity::other_spikes:
      return "other spikes";
    case Fidelity::other_decisions:
      return "other decisions";
  }
  return "not seen";
}

}  // namespace retrograde

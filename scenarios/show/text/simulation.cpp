#include <algorithm>
#include <fmt/format.h>
#include <string_view>

#include <retrograde/engine/trial/signal.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/text/simulation.hpp>

namespace retrograde {

namespace {

constexpr std::size_t most_spikes_printed = 100;

template <typename Events>
std::string count_text(const Network& network, const Events& events,
                       const std::vector<char>& signals, std::string_view one) {
  const auto changes = static_cast<std::uint64_t>(std::count_if(
      events.begin(), events.end(),
      [&](const auto& event) { return signals[network.population_of(event.neuron)] != 0; }));
  const std::string spikes = plural(events.size() - changes, one);
  if (changes == 0) return spikes;
  return fmt::format("{} and {}", spikes,
                     plural(changes, "change of a signal", "changes of signals"));
}

using Times = std::vector<std::vector<Time>>;  // per neuron

// A row per population, of spikes or of changes of signals.
std::string counts_text(const Network& network, const Times& times,
                        const std::vector<char>& signals, bool of_signals) {
  const std::string what = of_signals ? "changes" : "spikes";
  std::string text = fmt::format("{:<16} {:>8} {:>10} {:>14} {:>12} {:>12}\n",
                                 of_signals ? "signal" : "population", "neurons", what,
                                 what + "/neuron", "first (ms)", "last (ms)");
  for (std::size_t at = 0; at < network.populations().size(); ++at) {
    if ((signals[at] != 0) != of_signals) continue;
    const Population& p = network.populations()[at];
    std::size_t count = 0;
    Time first = never, last = 0;
    for (NeuronId n = p.first; n < p.first + p.size; ++n) {
      count += times[n].size();
      if (times[n].empty()) continue;
      first = std::min(first, times[n].front());
      last = std::max(last, times[n].back());
    }
    text +=
        fmt::format("{:<16} {:>8} {:>10} {:>14.3g} {:>12} {:>12}\n", p.name, p.size, count,
                    static_cast<double>(count) / p.size, count ? fmt::format("{:.6g}", first) : "-",
                    count ? fmt::format("{:.6g}", last) : "-");
  }
  return text;
}

// A line per neuron.
std::string times_text(const Network& network, const Times& times, const std::vector<char>& signals,
                       bool of_signals) {
  std::string text;
  for (NeuronId n = 0; n < network.neuron_count(); ++n) {
    if (!network.model_of(n)->fires()) continue;
    if ((signals[network.population_of(n)] != 0) != of_signals) continue;
    std::string line;
    for (const Time t : times[n]) line += fmt::format(" {:.17g}", t);
    if (line.empty()) line = of_signals ? " constant" : " silent";
    text += fmt::format("  {:<16}{}\n", network.neuron_name(n), line);
  }
  return text;
}

std::string spikes_text(const Network& network, const Tape& tape) {
  Times times(network.neuron_count());
  for (const TapeSpike& s : tape.spikes) times[s.neuron].push_back(s.time);
  const std::vector<char> signals = signal_populations(network, tape);
  const bool analogue = std::find(signals.begin(), signals.end(), char{1}) != signals.end();
  std::string text = counts_text(network, times, signals, false);
  if (analogue) text += "\n" + counts_text(network, times, signals, true);
  if (tape.spikes.size() > most_spikes_printed)
    return text +
           fmt::format("({}: --json FILE writes them all)\n", spike_count_text(network, tape));
  text += "\nspike times (ms)\n" + times_text(network, times, signals, false);
  if (analogue) text += "\nchange times (ms)\n" + times_text(network, times, signals, true);
  return text;
}

}  // namespace

std::string spike_count_text(const Network& network, const Tape& tape) {
  return count_text(network, tape.spikes, signal_populations(network, tape), "spike");
}

std::string input_count_text(const Network& network, const Trial& trial) {
  return count_text(network, trial.inputs, signal_populations(network, trial), "input spike");
}

std::string simulation_text(const Scenario& scenario, const Network& network, const Simulation& s) {
  std::string text = fmt::format("{}, {}: {:g} ms simulated in {}\n\n", scenario.name, s.trial,
                                 s.tape.duration, duration_text(s.seconds));
  text += spikes_text(network, s.tape);
  if (s.loss) {
    text += fmt::format("\nloss {} = {:.17g}", scenario.loss->name(), *s.loss);
    if (s.decision != no_decision) text += fmt::format(", decision {}", s.decision);
    text += "\n";
  }
  return text + fmt::format("\n{} deliveries, fingerprint {}\n", s.tape.deliveries, s.fingerprint);
}

}  // namespace retrograde

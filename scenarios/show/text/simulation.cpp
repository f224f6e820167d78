#include <algorithm>
#include <fmt/format.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/text/simulation.hpp>

namespace retrograde {

namespace {

constexpr std::size_t most_spikes_printed = 100;

std::string spikes_text(const Network& network, const Tape& tape) {
  std::vector<std::vector<Time>> times(network.neuron_count());
  for (const TapeSpike& s : tape.spikes) times[s.neuron].push_back(s.time);
  std::string text = fmt::format("{:<16} {:>8} {:>10} {:>14} {:>12} {:>12}\n", "population",
                                 "neurons", "spikes", "spikes/neuron", "first (ms)", "last (ms)");
  for (const Population& p : network.populations()) {
    std::size_t spikes = 0;
    Time first = never, last = 0;
    for (NeuronId n = p.first; n < p.first + p.size; ++n) {
      spikes += times[n].size();
      if (times[n].empty()) continue;
      first = std::min(first, times[n].front());
      last = std::max(last, times[n].back());
    }
    text += fmt::format("{:<16} {:>8} {:>10} {:>14.3g} {:>12} {:>12}\n", p.name, p.size, spikes,
                        static_cast<double>(spikes) / p.size,
                        spikes ? fmt::format("{:.6g}", first) : "-",
                        spikes ? fmt::format("{:.6g}", last) : "-");
  }
  if (tape.spikes.size() > most_spikes_printed) {
    return text + fmt::format("({} spikes: --json FILE writes them all)\n", tape.spikes.size());
  }
  text += "\nspike times (ms)\n";
  for (NeuronId n = 0; n < network.neuron_count(); ++n) {
    if (!network.model_of(n)->fires()) continue;
    std::string line;
    for (const Time t : times[n]) line += fmt::format(" {:.17g}", t);
    text += fmt::format("  {:<16}{}\n", network.neuron_name(n), line.empty() ? " silent" : line);
  }
  return text;
}

}  // namespace

std::string simulation_text(const Scenario& scenario, const Network& network, const Simulation& s) {
  std::string text = fmt::format("{}, {}: {:g} ms simulated in {}\n\n", scenario.name, s.trial,
                                 scenario.duration, duration_text(s.seconds));
  text += spikes_text(network, s.tape);
  if (s.loss) {
    text += fmt::format("\nloss {} = {:.17g}", scenario.loss->name(), *s.loss);
    if (s.decision != no_decision) text += fmt::format(", decision {}", s.decision);
    text += "\n";
  }
  return text + fmt::format("\n{} deliveries, fingerprint {}\n", s.tape.deliveries, s.fingerprint);
}

}  // namespace retrograde

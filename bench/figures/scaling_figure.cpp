// What a delivery costs when the network grows, and when its delays do, each beside the bare
// memory traffic over the same synapses: that one pays for the cache misses too.
#include <algorithm>
#include <fmt/format.h>
#include <memory>

#include <retrograde/bench/figures/bare_traffic.hpp>
#include <retrograde/bench/figures/figures.hpp>
#include <retrograde/bench/figures/host.hpp>
#include <retrograde/bench/figures/workload.hpp>
#include <retrograde/engine/windowed/windowed.hpp>

namespace retrograde::bench {

namespace {

struct Pair {
  Workload w;
  WindowedMachine machine{w.network};
  Tape tape;
  BareTraffic bare;

  explicit Pair(Workload workload)
      : w(std::move(workload)),
        tape(machine.run(w.trial, {.readout = w.readout})),
        bare(w.network, tape, BareTraffic::Placement::staggered) {}
};

// Both rates are of the deliveries that arrive within the trial.
void add_pair(Figure& f, const std::string& label, Workload workload) {
  const auto p = std::make_shared<Pair>(std::move(workload));
  const std::size_t at = f.contestants.size();
  f.contestants.push_back({"windowed, " + label, "deliveries", [p] {
                             return static_cast<double>(
                                 p->machine.run(p->w.trial, {.readout = p->w.readout}).deliveries);
                           }});
  f.contestants.push_back({"bare, " + label, "deliveries", [p] {
                             p->bare.run();
                             return static_cast<double>(p->tape.deliveries);
                           }});
  f.ratios.push_back({label + ", windowed to bare", {at}, {at + 1}, {}});
  std::size_t fired = 0, neurons = 0;
  for (const TapeSpike& s : p->tape.spikes) fired += !p->w.network.is_input(s.neuron);
  for (const Population& q : p->w.network.populations())
    if (!q.model->is_input() && q.model->fires()) neurons += q.size;
  f.notes.push_back(fmt::format(
      "{}: {:.1f} spikes/s per neuron, {} deliveries", label,
      1000.0 * static_cast<double>(fired) / static_cast<double>(neurons) / p->w.trial.duration,
      p->tape.deliveries));
}

// How the cost of the last pair compares with that of the first.
void add_growth(Figure& f, const std::string& what, double goal) {
  const std::size_t last = f.contestants.size() - 2;
  if (last == 0) return;
  f.ratios.push_back({"cost of a delivery, " + what + ", windowed", {0}, {last}});
  f.ratios.push_back({"cost of a delivery, " + what + ", bare", {1}, {last + 1}});
  f.ratios.push_back({"the former over the latter", {0, last + 1}, {last, 1}, Bound{goal, false}});
}

}  // namespace

Figure scaling_figure(const FigureOptions& options) {
  Figure f;
  f.name = "scaling";
  f.question = "large sparse networks, fan-out 100, delays 1 to 30 ms";
  const std::vector<std::uint32_t> sizes =
      options.full ? std::vector<std::uint32_t>{1000, 10'000, 100'000, 1'000'000}
                   : std::vector<std::uint32_t>{1000, 10'000};
  std::uint32_t last = 0;
  for (const std::uint32_t size : sizes) {
    const auto neurons = std::max(100u, static_cast<std::uint32_t>(size * options.size));
    const double available = available_memory();
    if (available > 0.0 && available < sparse_memory(neurons)) {
      f.notes.push_back(fmt::format(
          "{} neurons: skipped, {:.1f} GB of free memory are needed and there are {:.1f}", neurons,
          sparse_memory(neurons) * 1e-9, available * 1e-9));
      continue;
    }
    add_pair(f, fmt::format("{} neurons", neurons),
             sparse({.neurons = neurons, .duration = std::max(10.0, 200.0 * options.size)}));
    last = neurons;
  }
  add_growth(f, fmt::format("at {} neurons", last), 1.5);
  return f;
}

Figure delay_range_figure(const FigureOptions& options) {
  Figure f;
  f.name = "delay_range";
  f.question = "a keyword, feed-forward, delays from 0 to 10 .. 500 ms";
  for (const double range : {10.0, 30.0, 100.0, 250.0, 500.0})
    if (options.full || range != 250.0)
      add_pair(f, fmt::format("{:g} ms", range),
               keyword({.max_delay = range, .size = options.size, .quiet = 500.0 * options.size}));
  add_growth(f, "at 500 ms", 1.15);
  return f;
}

}  // namespace retrograde::bench

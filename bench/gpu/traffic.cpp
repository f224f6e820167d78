// What a trial moves, counted: how often from runs of the kernels themselves with teams that count
// (counting_device.hpp), how much each time from their source, function by function. In layout A, which is
// not built, from the same trial (README.md says what both layouts are).
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fmt/format.h>
#include <vector>

#include <retrograde/adjoint/device/device_backward.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/bench/gpu/counting_device.hpp>
#include <retrograde/bench/gpu/step.hpp>
#include <retrograde/engine/device/device_machine.hpp>

namespace retrograde::bench {

namespace {

constexpr double number = sizeof(double), both_ways = 2.0 * number, index = sizeof(std::uint32_t);

// Bytes of one piece of work. What all threads of a block read at one place (the spike, its growths, the
// frame), and what a thread meets again and again (flows of its neuron) are left out.
struct Bytes {
  // engine/device/forward_pass.hpp. bring: delay, weight or the co-moving pair, lane.
  static double deliver(bool co_moving) {
    return number + (co_moving ? 2.0 : 1.0) * number + 2.0 * sizeof(Lane);
  }
  // close: V, I and their errors, the lane and what it is put back to, flow, frame, release, threshold.
  static constexpr double close =
      4.0 * both_ways + 2.0 * sizeof(Lane) + sizeof(WindowFlow) + index + 2.0 * number;
  // seek: neuron and source, time, delay.
  static constexpr double seek = 2.0 * index + 2.0 * number;
  // integrate: delay, weight, the response and its sum.
  static constexpr double integrate = 2.0 * number + both_ways;

  // adjoint/device/backward_pass.hpp. read: delay, weight, lane, g; gradients of both, dendritic sum,
  // those of the time constants. send: g.
  static double gather(bool full) {
    return 4.0 * number + (full ? 6.0 : 2.0) * number + (full ? 5.0 : 3.0) * both_ways;
  }
  // close: costates and what is kept of them, lane, rates, flow, frame; the bias.
  static double close_back(bool full) {
    return 3.0 * sizeof(Costates) + (full ? 6.0 : 2.0) * number + 2.0 * number + sizeof(WayBack) +
           index + (full ? both_ways + number : 0.0);
  }
  // reverse_readout: delay, weight, what is read and read again; gradients of both, dendritic sum.
  static double readout_back(bool full) {
    return 2.0 * number + 2.0 * sizeof(ReadoutReads) + (full ? 5.0 : 3.0) * both_ways;
  }

  // Layout A. Forward {target, delay, pair}, backward the synapse as well; four sums of a target in shared
  // memory. Each spike under way and window: cursor, time, source, the delay that ends the slice.
  static constexpr double record = index + 3.0 * number, of_id = index, in_shared = 4.0 * both_ways,
                          cursor = 3.0 * index + 2.0 * number;
  // Sorting 64-bit keys with their synapse, 8 bits a pass, and writing the records; once a step.
  static constexpr double sort = 8.0 * 2.0 * (number + index) + record + of_id;
};

// Double operations of a delivery, a fused one counted once.
constexpr double of_polynomial = 9.0, of_exp = 1.0 + of_polynomial;
constexpr double forward_operations = 8.0;  // co-moving
constexpr double backward_operations = 15.0 + 2.0 * of_exp,
                 full_operations = backward_operations + 14.0;

struct Counted {
  Workload workload;
  WindowPlan plan;
  Tape tape;
  CallsOf forward, backward, full;
  double deliveries = 0.0, readouts = 0.0;  // as kernels make them
  double window_neurons = 0.0, windows = 0.0, spikes_under_way = 0.0;
  std::size_t lanes = 0, scratch = 0, back_scratch = 0;

  Counted(const GpuOptions& options, std::uint32_t hidden)
      : workload(keyword_of(options, hidden)), plan(make_plan(workload.network)) {
    const Network& network = workload.network;
    const auto device = std::make_shared<CountingDevice>();
    const DeviceMachine machine(device, network);
    const auto loss = make_loss(VoltageCrossEntropySpec{workload.readout.population});
    tape = machine.run(workload.trial, {.readout = loss->readout()});
    const std::vector<LossValue> losses{loss->evaluate(network, tape, 0)};
    for (const bool all : {false, true}) {
      std::vector<std::vector<double>> sums(1);
      std::vector<BackwardStatistics> statistics(1);
      backward_on_device(machine, {std::span(&tape, 1), losses, std::vector<std::size_t>{0, 1}},
                         loss->readout(), {.neuron_parameters = all, .spike_kick = {}},
                         GradientLayout(network.layout()), {}, sums, statistics);
    }
    forward = device->forward;
    backward = device->backward;
    full = device->full_backward;

    std::vector<double> spikes(network.populations().size(), 0.0);
    for (const TapeSpike& s : tape.spikes) ++spikes[network.population_of(s.neuron)];
    for (const WindowLayer& layer : plan.layers) {
      const double count = std::ceil(tape.duration / layer.window);
      windows += count;
      window_neurons += count * static_cast<double>(layer.size());
      lanes += layer.slots * layer.size() * sizeof(Lane);
      for (const WindowFeed& feed : layer.feeds) {
        deliveries += spikes[feed.source] * feed.row_size;
        spikes_under_way += spikes[feed.source] * feed.max_delay / layer.window;
      }
    }
    for (const WindowReadout& readout : plan.readouts)
      for (const WindowFeed& feed : readout.feeds) readouts += spikes[feed.source] * feed.row_size;
  }
  bool co_moving() const { return plan.layers[0].frames[0].co_moving; }
  double items(const CallsOf& of, const char* function) const {
    const auto at = of.find(function);
    return at == of.end() ? 0.0 : static_cast<double>(at->second.items);
  }
  double barriers(const CallsOf& of) const {
    double sum = 0.0;
    for (const auto& [name, calls] : of) sum += static_cast<double>(calls.barriers);
    return sum;
  }
};

struct Phase {
  std::string pass, name;
  double count, bytes;
};

std::vector<Phase> phases_of(const Counted& c) {
  std::vector<Phase> phases = {
      {"forward", "deliver", c.deliveries, Bytes::deliver(c.co_moving())},
      {"forward", "close a neuron's window", c.window_neurons, Bytes::close},
      {"forward", "seek arrivals for a replay", c.items(c.forward, "seek"), Bytes::seek},
      {"forward", "read out", c.readouts, Bytes::integrate}};
  for (const bool full : {false, true}) {
    const std::string pass = full ? "backward, all parameters" : "backward";
    phases.push_back({pass, "gather", c.deliveries, Bytes::gather(full)});
    phases.push_back({pass, "close a neuron's window", c.window_neurons, Bytes::close_back(full)});
    phases.push_back({pass, "read out", c.readouts, Bytes::readout_back(full)});
    phases.push_back({pass, "clear and sum an entry of the gradient",
                      static_cast<double>(GradientLayout(c.workload.network.layout()).size()),
                      both_ways});
  }
  return phases;
}

double bytes_of(const std::vector<Phase>& phases, const std::string& pass) {
  double sum = 0.0;
  for (const Phase& p : phases)
    if (p.pass == pass) sum += p.count * p.bytes;
  return sum;
}

void print_phases(const Counted& c) {
  const std::vector<Phase> phases = phases_of(c);
  fmt::print(
      "| pass | what | times a trial | bytes each | MB a trial | of the pass |\n"
      "| --- | --- | --- | --- | --- | --- |\n");
  for (const Phase& p : phases)
    fmt::print("| {} | {} | {:.4g} | {:.0f} | {:.3g} | {:.0f} % |\n", p.pass, p.name, p.count,
               p.bytes, 1e-6 * p.count * p.bytes,
               100.0 * p.count * p.bytes / bytes_of(phases, p.pass));
}

void print_barriers(const Counted& c) {
  fmt::print(
      "\n| function | barriers a window, forward | | function | backward |\n"
      "| --- | --- | --- | --- | --- |\n");
  auto f = c.forward.begin();
  auto b = c.backward.begin();
  while (f != c.forward.end() || b != c.backward.end()) {
    const auto cell = [&](auto& at, const CallsOf& of) {
      if (at == of.end()) return std::string(" | ");
      const std::string text = fmt::format("{} | {:.2f}", at->first,
                                           static_cast<double>(at->second.barriers) / c.windows);
      ++at;
      return text;
    };
    const std::string left = cell(f, c.forward);
    fmt::print("| {} | | {} |\n", left, cell(b, c.backward));
  }
}

// G deliveries/s if nothing but this many bytes of a trial had to pass.
double bound(const Counted& c, double bytes, double bandwidth) {
  return 1e-9 * (c.deliveries + c.readouts) * bandwidth / bytes;
}

void print_bounds(const Counted& c, std::uint32_t hidden) {
  const std::vector<Phase> phases = phases_of(c);
  for (const char* pass : {"forward", "backward", "backward, all parameters"}) {
    const double bytes = bytes_of(phases, pass), each = bytes / (c.deliveries + c.readouts);
    const CallsOf& calls = std::string(pass) == "forward"    ? c.forward
                           : std::string(pass) == "backward" ? c.backward
                                                             : c.full;
    fmt::print("| {} | {} | {:.3g} M | {:.3g} | {:.3g} | {:.3g} | {:.3g} | {:.1f} |\n", hidden,
               pass, 1e-6 * (c.deliveries + c.readouts), each, bound(c, bytes, 3.35e12),
               bound(c, bytes, 4.8e12), bound(c, bytes, 5e12), c.barriers(calls) / c.windows);
  }
}

void print_layout_a(const Counted& c) {
  const double slice = c.deliveries / std::max(1.0, c.spikes_under_way);
  const double of_cursors = Bytes::cursor / slice;
  const double a = Bytes::record + of_cursors, b = Bytes::deliver(c.co_moving());
  const double gradients = 2.0 * both_ways;
  const auto synapses = static_cast<double>(c.workload.network.layout().synapses);
  fmt::print("\n| bytes a delivery | A | B |\n| --- | --- | --- |\n");
  fmt::print("| forward: synapse | {:.0f} | {:.0f} |\n", Bytes::record, b - 2.0 * sizeof(Lane));
  fmt::print("| forward: cursors, slices of {:.1f} synapses | {:.1f} | 0 |\n", slice, of_cursors);
  fmt::print("| forward: sums, in A in shared memory | ({:.0f}) | {:.0f} |\n", Bytes::in_shared,
             2.0 * static_cast<double>(sizeof(Lane)));
  fmt::print("| forward, without shared memory | {:.1f} | {:.0f} |\n", a, b);
  fmt::print("| backward: synapse, cursors | {:.1f} | {:.0f} |\n",
             Bytes::record - number + Bytes::of_id + of_cursors, 2.0 * number);
  fmt::print("| backward: costates, in A in shared memory (full) | (16, 48) | 16, 48 |\n");
  fmt::print("| backward: gradients of weight and delay | {:.0f} | {:.0f} |\n", gradients,
             gradients);
  fmt::print(
      "| a trial's state: A, cursors of spikes under way; B, lanes | {:.3g} MB | {:.3g} MB |\n",
      1e-6 * index * c.spikes_under_way / c.windows, 1e-6 * static_cast<double>(c.lanes));
  fmt::print("| sorting, once a step | {:.3g} MB | 0 |\n", 1e-6 * synapses * Bytes::sort);
}

}  // namespace

bool traffic_step(const GpuOptions& options) {
  std::vector<std::pair<std::uint32_t, Counted>> all;
  for (const std::uint32_t hidden : {256u, 512u, 1024u}) {
    if (options.dry() && hidden > 256) break;
    all.emplace_back(hidden, Counted(options, hidden));
  }
  const Counted& c = all[0].second;
  const WindowLayer& layer = c.plan.layers[0];
  std::size_t spikes = 0;
  for (const TapeSpike& s : c.tape.spikes) spikes += !c.workload.network.is_input(s.neuron);
  fmt::print(
      "700-256r-20, one trial: {:.0f} windows of {:g} ms, {} slots, {}, {} hidden spikes, {:.0f} "
      "replays, lanes {:.3g} MB\n\n",
      c.windows, layer.window, layer.slots, c.co_moving() ? "co-moving frames" : "polynomials",
      spikes, c.items(c.forward, "replay") / 2.0, 1e-6 * static_cast<double>(c.lanes));
  print_phases(c);
  print_barriers(c);
  fmt::print(
      "\n| hidden | pass | deliveries | bytes a delivery, all phases | G/s at 3.35 TB/s | at 4.8 | "
      "L2, 5 | barriers a window |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n");
  for (const auto& [hidden, counted] : all) print_bounds(counted, hidden);
  print_layout_a(c);
  // 34 TFLOP/s count a fused operation as two.
  fmt::print(
      "\ndouble operations a delivery: {:.0f}, {:.0f}, {:.0f}; G/s at 17 T a second: {:.3g}, "
      "{:.3g}, "
      "{:.3g}\n",
      forward_operations, backward_operations, full_operations, 17e3 / forward_operations,
      17e3 / backward_operations, 17e3 / full_operations);
  return true;
}

}  // namespace retrograde::bench

// Deliveries per second forward and backward at keyword size, in kernels alone and with the host's share, and
// beside the windowed machine on the CPU; and how much memory of the device they take.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <memory>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/adjoint/batch_groups.hpp>
#include <retrograde/adjoint/device/device_backward.hpp>
#include <retrograde/adjoint/grazing.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/windowed/layer_back.hpp>
#include <retrograde/bench/gpu/step.hpp>
#include <retrograde/engine/device/device_machine.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/engine/windowed/windowed.hpp>

namespace retrograde::bench {

namespace {

struct Took {
  double whole = never, kernels = 0.0, copies = 0.0;  // s

  std::string rate_of_kernels(std::uint64_t deliveries) const {
    return fmt::format("{:.3g} G/s", 1e-9 * static_cast<double>(deliveries) / kernels);
  }
  std::string rate(std::uint64_t deliveries) const {
    return fmt::format("{:.3g} G/s", 1e-9 * static_cast<double>(deliveries) / whole);
  }
};

// The fastest of a few runs, after one that does not count.
Took fastest(MeteredDevice& device, double seconds, const std::function<void()>& run) {
  Took best;
  const double start = seconds_now();
  run();
  for (int k = 0; k < 5; ++k) {
    device.meter = {};
    const double begin = seconds_now();
    run();
    const double whole = seconds_now() - begin;
    if (whole < best.whole) best = {whole, device.meter.kernels, device.meter.copies};
    if (seconds_now() - start > seconds) break;
  }
  return best;
}

struct Batch {
  Workload workload;
  std::unique_ptr<const Loss> loss;
  std::vector<Trial> trials;
  std::vector<Tape> tapes;
  std::vector<LossValue> losses;
  std::vector<std::size_t> groups;
  std::uint64_t deliveries = 0;

  Batch(const GpuOptions& options, std::uint32_t hidden, std::size_t count)
      : workload(keyword_of(options, hidden)),
        loss(make_loss(VoltageCrossEntropySpec{workload.readout.population})),
        trials(keyword_trials(options, count)),
        tapes(count),
        losses(count) {
    const BatchGroups by = batch_groups(count, workload.network.layout(), 0);
    for (std::size_t g = 0; g <= by.count(); ++g) groups.push_back(by.begin(g));
  }
  RunOptions run() const { return {.readout = loss->readout()}; }
  void forward(const Machine& machine) {
    machine.run_all(
        trials.size(), [&](std::size_t k) { return trials[k]; }, run(),
        [&](std::size_t k, Tape tape) { tapes[k] = std::move(tape); });
  }
  void judge() {
    deliveries = 0;
    for (std::size_t k = 0; k < tapes.size(); ++k) {
      losses[k] = loss->evaluate(workload.network, tapes[k], static_cast<int>(k % 20));
      deliveries += tapes[k].deliveries;
    }
  }
  double spikes_a_neuron() const {
    std::size_t spikes = 0, neurons = 0;
    for (const Tape& tape : tapes)
      for (const TapeSpike& s : tape.spikes) spikes += !workload.network.is_input(s.neuron);
    for (const Population& p : workload.network.populations())
      neurons += p.model->fires() && !p.model->is_input() ? p.size : 0;
    return static_cast<double>(spikes) / static_cast<double>(neurons * tapes.size());
  }
  // False: the device left it to the CPU.
  bool backward(const DeviceMachine& machine, bool all) {
    std::vector<std::vector<double>> sums(groups.size() - 1);
    std::vector<BackwardStatistics> statistics(tapes.size());
    return backward_on_device(machine, {tapes, losses, groups}, loss->readout(),
                              {.neuron_parameters = all, .spike_kick = {}},
                              GradientLayout(workload.network.layout()), {}, sums, statistics);
  }
  void backward(const WindowedMachine& machine, bool all) {
    for_each_trial(groups.size() - 1, [&](std::size_t g) {
      const GradientLayout layout(workload.network.layout());
      Gradient gradient{layout, std::vector<double>(layout.size(), 0.0), {}};
      for (std::size_t k = groups[g]; k < groups[g + 1]; ++k)
        retrograde::backward(machine, tapes[k], losses[k], loss->readout(),
                             {.neuron_parameters = all, .spike_kick = {}}, gradient);
    });
  }
};

std::string case_of(std::uint32_t hidden, std::size_t count) {
  return fmt::format("{} recurrent, batch {}", hidden, count);
}

std::string megabytes(std::size_t bytes) {
  return fmt::format("{:.4g} MB", 1e-6 * static_cast<double>(bytes));
}

void measure(const GpuOptions& options, const std::shared_ptr<MeteredDevice>& device,
             std::uint32_t hidden, std::size_t count, double seconds) {
  Batch batch(options, hidden, count);
  const DeviceMachine machine(device, batch.workload.network);
  const std::string of = case_of(hidden, count);
  const Took forward = fastest(*device, seconds, [&] { batch.forward(machine); });
  batch.judge();
  row(options, "forward", of, forward.rate_of_kernels(batch.deliveries),
      forward.rate(batch.deliveries),
      fmt::format("{:.1f} spikes a neuron, {:.3g} M deliveries a trial; {:.3g} ms, kernels {:.3g}, "
                  "copies {:.3g}",
                  batch.spikes_a_neuron(),
                  1e-6 * static_cast<double>(batch.deliveries) / static_cast<double>(count),
                  1e3 * forward.whole, 1e3 * forward.kernels, 1e3 * forward.copies));
  for (const bool all : {false, true}) {
    bool done = true;
    const Took back =
        fastest(*device, seconds, [&] { done = batch.backward(machine, all) && done; });
    row(options, all ? "backward, all parameters" : "backward", of,
        done ? back.rate_of_kernels(batch.deliveries) : "left to the CPU",
        done ? back.rate(batch.deliveries) : "",
        fmt::format("{:.3g} ms, kernels {:.3g}, copies {:.3g}", 1e3 * back.whole,
                    1e3 * back.kernels, 1e3 * back.copies));
  }
}

}  // namespace

bool rates_step(const GpuOptions& options) {
  const auto device = open_device(options);
  const std::vector<std::uint32_t> sizes =
      options.dry() ? std::vector<std::uint32_t>{256} : std::vector<std::uint32_t>{256, 512, 1024};
  const std::vector<std::size_t> counts =
      options.dry() ? std::vector<std::size_t>{1, 4} : std::vector<std::size_t>{1, 32, 256};
  const double each = options.seconds / static_cast<double>(3 * sizes.size() * counts.size());
  for (const std::uint32_t hidden : sizes)
    for (const std::size_t count : counts) measure(options, device, hidden, count, each);
  return true;
}

// What one trial takes, and how a batch shares out what the host has to do.
bool memory_step(const GpuOptions& options) {
  const auto device = open_device(options);
  for (const std::uint32_t hidden : {256u, 512u, 1024u}) {
    if (options.dry() && hidden > 256) break;
    for (const std::size_t count :
         {std::size_t{1}, options.dry() ? std::size_t{4} : std::size_t{256}}) {
      Batch batch(options, hidden, count);
      const std::size_t before = device->taken;
      const DeviceMachine machine(device, batch.workload.network);
      const std::size_t network = device->taken - before;
      const auto most_during = [&](const std::function<void()>& run) {
        device->most_taken = device->taken;
        run();
        return device->most_taken - network - before;
      };
      const std::size_t forward = most_during([&] { batch.forward(machine); });
      batch.judge();
      const std::size_t back = most_during([&] { batch.backward(machine, false); });
      const std::size_t full = most_during([&] { batch.backward(machine, true); });
      row(options, "memory", case_of(hidden, count),
          megabytes(network + std::max({forward, back, full})), "",
          fmt::format("network {}; a trial forward {}, backward {}, with all parameters {}",
                      megabytes(network), megabytes(forward / count), megabytes(back / count),
                      megabytes(full / count)));
    }
  }
  return true;
}

bool host_step(const GpuOptions& options) {
  const auto device = open_device(options);
  const std::size_t count = options.dry() ? 4 : 32;
  Batch batch(options, 256, count);
  std::unique_ptr<DeviceMachine> machine;
  const double each = options.seconds / 12.0;
  const auto milliseconds = [](double s) { return fmt::format("{:.3g} ms", 1e3 * s); };
  const std::string of = case_of(256, count);
  const auto hosts = [](const Took& took) { return took.whole - took.kernels - took.copies; };

  const Took planned = fastest(*device, each, [&] { make_plan(batch.workload.network); });
  row(options, "host, a batch", of, "", milliseconds(planned.whole), "make_plan");
  const Took made = fastest(*device, each, [&] {
    machine = std::make_unique<DeviceMachine>(device, batch.workload.network);
  });
  row(options, "host, a batch", of, "", milliseconds(made.whole),
      fmt::format("DeviceMachine: plan, packing, upload of {} in {}",
                  megabytes(device->meter.uploaded), milliseconds(made.copies)));
  const Took forward = fastest(*device, each, [&] { batch.forward(*machine); });
  row(options, "host, a trial", of, milliseconds(forward.kernels / static_cast<double>(count)),
      milliseconds(hosts(forward) / static_cast<double>(count)),
      fmt::format("forward: splitting inputs, packing, tapes; copies {}",
                  milliseconds(forward.copies / static_cast<double>(count))));
  const Took judged = fastest(*device, each, [&] { batch.judge(); });
  row(options, "host, a trial", of, "", milliseconds(judged.whole / static_cast<double>(count)),
      "loss");
  const Took back = fastest(*device, each, [&] { batch.backward(*machine, false); });
  row(options, "host, a trial", of, milliseconds(back.kernels / static_cast<double>(count)),
      milliseconds(hosts(back) / static_cast<double>(count)),
      fmt::format("backward: events, packing; copies {}, {} a batch back",
                  milliseconds(back.copies / static_cast<double>(count)),
                  megabytes(device->meter.fetched)));

  // Of that, on threads: what is sought on each tape.
  const auto a_trial = [&](const std::string& what, const std::function<void(const Tape&)>& run) {
    const Took took = fastest(*device, each, [&] {
      for (const Tape& tape : batch.tapes) run(tape);
    });
    row(options, "host, a trial", of, "", milliseconds(took.whole / static_cast<double>(count)),
        "of backward: " + what);
  };
  const Network& network = batch.workload.network;
  const WindowPlan& plan = machine->plan();
  std::vector<TapeTrain> trains;
  a_trial("spikes by population", [&](const Tape& tape) { trains = trains_of(network, tape); });
  a_trial("events in windows", [&](const Tape& tape) {
    trains = trains_of(network, tape);
    for (const WindowLayer& layer : plan.layers) events_of(network, layer, trains, tape.duration);
  });
  a_trial("ties", [&](const Tape& tape) { count_spike_ties(network, tape); });

  // The windowed machine on the same trials, in turns with nothing else.
  const WindowedMachine windowed(batch.workload.network);
  const Took cpu = fastest(*device, each, [&] { batch.forward(windowed); });
  const Took cpu_back = fastest(*device, each, [&] { batch.backward(windowed, false); });
  const Took cpu_full = fastest(*device, each, [&] { batch.backward(windowed, true); });
  const Took full = fastest(*device, each, [&] { batch.backward(*machine, true); });
  const auto beside = [&](const std::string& what, const Took& on_device, const Took& on_cpu) {
    row(options, "device beside the windowed machine, " + what, of,
        on_device.rate_of_kernels(batch.deliveries), on_device.rate(batch.deliveries),
        fmt::format("the windowed machine {}: {:.3g} times that, whole",
                    on_cpu.rate(batch.deliveries), on_cpu.whole / on_device.whole));
  };
  beside("forward", forward, cpu);
  beside("backward", back, cpu_back);
  beside("backward, all parameters", full, cpu_full);
  return true;
}

bool small_step(const GpuOptions& options) {
  GpuOptions small = options;
  small.scale = 0.1;
  const auto device = open_device(small);
  Batch batch(small, 64, 2);
  const DeviceMachine machine(device, batch.workload.network);
  batch.forward(machine);
  batch.judge();
  const bool done = batch.backward(machine, false) && batch.backward(machine, true);
  fmt::print("{} deliveries forward and backward, twice\n", batch.deliveries);
  return done;
}

}  // namespace retrograde::bench

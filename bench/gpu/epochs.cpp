// Epochs of training as Trainer makes them, Adam on the host: synthetic trials of the statistic of the
// Heidelberg digits, and of MNIST coded by the time of single spikes.
#include <algorithm>
#include <fmt/format.h>

#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/train/optimizer.hpp>
#include <retrograde/adjoint/train/trainer.hpp>
#include <retrograde/bench/gpu/step.hpp>
#include <retrograde/engine/trial/labelled_trials.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde::bench {

namespace {

struct Task {
  std::string name;
  Network network;
  std::uint32_t out = 0;
  std::vector<Trial> pool;  // that trials are drawn from, in turns
  std::size_t trials = 0;   // of an epoch
  std::uint32_t batch = 256;
  Time most_delay = 30.0;
  double weight_rate = 1e-3, delay_rate = 0.05, gain = 1.0;
};

// Weights and delays; those of cycles keep the window they begin with.
Learning learning_of(const Task& task) {
  const Network& network = task.network;
  const ParameterLayout& layout = network.layout();
  Learning learning = Learning::none(network);
  learning.learned.fill(0, 2 * std::size_t{layout.synapses}, 1);
  const std::size_t delays = layout.offset(ParameterKind::delay);
  learning.upper.fill(delays, layout.synapses, task.most_delay);
  for (const Projection& p : network.projections())
    if (p.source == p.target) learning.lower.fill(delays + p.first, p.size, 1.0);
  return learning;
}

// Seconds of a step of Adam over the values of a network, and of the checks of a network with other
// values: what a batch takes on the host beside its gradient.
std::string step_text(const Task& task) {
  const Learning learning = learning_of(task);
  AdamSpec spec;
  spec.rate[static_cast<std::size_t>(ParameterKind::weight)] = 1e-3;
  spec.rate[static_cast<std::size_t>(ParameterKind::delay)] = 1e-3;
  Adam adam(task.network.layout(), learning, spec);
  std::vector<double> values(task.network.parameters().begin(), task.network.parameters().end());
  const std::vector<double> gradient(values.size(), 1e-3);
  double step = never, check = never;
  for (int k = 0; k < 5; ++k) {
    const double start = seconds_now();
    adam.step(values, gradient, RateFactors{});
    const double stepped = seconds_now();
    const Network other = task.network.with_parameters(values);
    step = std::min(step, stepped - start);
    check = std::min(check, seconds_now() - stepped);
  }
  return fmt::format("Adam {:.3g} ms and checks {:.3g} ms a batch of {} values", 1e3 * step,
                     1e3 * check, learning.count());
}

void epoch(const GpuOptions& options, const Task& task) {
  const auto device = open_device(options);
  const MadeTrials trials(
      task.trials, [&](std::size_t k) { return task.pool[k % task.pool.size()]; },
      [](std::size_t k) { return static_cast<int>(k % 10); });
  const auto loss = make_loss(VoltageCrossEntropySpec{.population = task.out, .gain = task.gain});
  TrainerOptions trainer_options;
  trainer_options.batch = task.batch;
  trainer_options.adam.rate[static_cast<std::size_t>(ParameterKind::weight)] = task.weight_rate;
  trainer_options.adam.rate[static_cast<std::size_t>(ParameterKind::delay)] = task.delay_rate;
  trainer_options.device = device;
  Trainer trainer(task.network, learning_of(task), trials, *loss, trainer_options);
  const double start = seconds_now();
  trainer.run_epoch([&](const SetResult&) { return seconds_now() - start < options.seconds; });
  const double whole = seconds_now() - start;
  const bool complete = trainer.epoch() == 1;
  const std::uint64_t done = complete ? task.trials : trainer.trials_done();
  const double factor = static_cast<double>(task.trials) / static_cast<double>(done);
  const SetResult& result = complete ? trainer.last_epoch() : trainer.epoch_so_far();
  std::uint64_t spikes = 0;
  for (NeuronId n = 0; n < task.network.neuron_count(); ++n)
    if (!task.network.is_input(n)) spikes += result.spikes[n];
  const double forward = trainer.forward_seconds(), backward = trainer.backward_seconds();
  const MeteredDevice::Meter& meter = device->meter;
  const auto percent = [&](double s) { return fmt::format("{:.0f} %", 100.0 * s / whole); };
  row(options, "epoch", fmt::format("{}, {} trials, batch {}", task.name, task.trials, task.batch),
      fmt::format("{:.3g} s", factor * meter.kernels), fmt::format("{:.3g} s", factor * whole),
      fmt::format("{}forward {} and backward {} with the host, the rest {}; kernels {}, copies {}; "
                  "{:.1f} hidden spikes a trial; {}; left to the CPU: {} of {} trials",
                  complete ? "" : fmt::format("from {} of the trials; ", done), percent(forward),
                  percent(backward), percent(whole - forward - backward), percent(meter.kernels),
                  percent(meter.copies), static_cast<double>(spikes) / static_cast<double>(done),
                  step_text(task), device->work.left_to_cpu.load(), device->work.trials.load()));
}

// Digits of 784 pixels, of which as many are bright enough to fire once, early or late, as in MNIST: about
// a hundred.
Trial digit(std::uint64_t seed) {
  Random random(seed, "digit");
  Trial trial{60.0, {}};
  for (NeuronId pixel = 0; pixel < 784; ++pixel)
    if (random.uniform() < 100.0 / 784.0)
      trial.inputs.push_back({random.uniform(1.0, 30.0), pixel});
  std::sort(trial.inputs.begin(), trial.inputs.end());
  return trial;
}

Task digits_task(const GpuOptions& options, std::uint32_t batch) {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "pixels", .model = Model::input, .size = 784});
  const auto hidden = builder.add({.name = "hidden", .size = 350});
  const auto out = builder.add({.name = "out", .model = Model::cuba_li, .size = 10});
  const auto connect = [&](std::uint32_t from, std::uint32_t to, std::uint32_t sources,
                           std::uint32_t targets, double mean, const std::string& name) {
    Random random(1, name);
    std::vector<SynapseSpec> synapses;
    for (std::uint32_t i = 0; i < sources; ++i)
      for (std::uint32_t j = 0; j < targets; ++j)
        synapses.push_back({i, j, random.normal(mean, 0.1), random.uniform(0.0, 20.0)});
    builder.connect(from, to, std::move(synapses), name);
  };
  connect(in, hidden, 784, 350, 0.08, "pixels->hidden");
  connect(hidden, out, 350, 10, 0.0, "hidden->out");
  Task task{"784-350-10, digits",
            std::move(builder).build(),
            out,
            {},
            options.scaled(60000),
            batch,
            20.0};
  task.weight_rate = 0.004;
  task.delay_rate = 0.1;
  task.gain = 10.0;
  for (std::uint64_t k = 0; k < 1000; ++k) task.pool.push_back(digit(k));
  return task;
}

}  // namespace

bool keyword_epoch_step(const GpuOptions& options) {
  Workload workload = keyword_of(options, 256);
  Task task{"700-256r-20, keyword", std::move(workload.network), workload.readout.population,
            keyword_trials(options, std::min<std::size_t>(512, options.scaled(8156))),
            options.scaled(8156)};
  if (options.dry()) task.batch = 16;
  epoch(options, task);
  return true;
}

bool mnist_epoch_step(const GpuOptions& options) {
  for (const std::uint32_t batch : {50u, 256u}) epoch(options, digits_task(options, batch));
  return true;
}

}  // namespace retrograde::bench

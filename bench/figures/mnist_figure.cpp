// An epoch of MNIST by either scheduler, from a few hundred digits.
#include <algorithm>
#include <fmt/format.h>
#include <memory>

#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/train/trainer.hpp>
#include <retrograde/bench/figures/figures.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/data/mnist.hpp>

namespace retrograde::bench {

namespace {

// As scenarios/library/mnist_latency.toml has it, with 350 hidden neurons.
Network mnist_network() {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "pixels", .model = Model::input, .size = 784});
  const auto hidden = builder.add({.name = "hidden", .size = 350});
  const auto out = builder.add({.name = "out", .model = Model::cuba_li, .size = 10});
  const auto connect = [&](std::uint32_t from, std::uint32_t to, std::uint32_t sources,
                           std::uint32_t targets, double mean, const std::string& name) {
    Random weights(1, name);
    std::vector<SynapseSpec> synapses;
    for (std::uint32_t i = 0; i < sources; ++i)
      for (std::uint32_t j = 0; j < targets; ++j)
        synapses.push_back({i, j, weights.normal(mean, 0.1), 0.0});
    builder.connect(from, to, std::move(synapses), name);
  };
  connect(in, hidden, 784, 350, 0.08, "pixels->hidden");
  connect(hidden, out, 350, 10, 0.0, "hidden->out");
  return builder.build();
}

struct Training {
  Dataset data;
  std::unique_ptr<Loss> loss;
  std::unique_ptr<Trainer> sequential, windowed;
};

}  // namespace

Figure mnist_figure(const FigureOptions& options) {
  Figure f;
  f.name = "mnist";
  f.question = "training on MNIST, 784-350-10, latency code";
  if (options.mnist.empty()) {
    f.skipped =
        "MNIST is needed: name the folder with its four files by --data, or put it into "
        "$RETROGRADE_DATA/mnist";
    return f;
  }
  LatencyEncoding encoding;
  encoding.t_early = 1.0;
  encoding.t_late = 30.0;
  encoding.duration = 60.0;
  encoding.threshold = 0.4;
  const auto digits = std::max<std::size_t>(10, static_cast<std::size_t>(200 * options.size));
  const auto t = std::make_shared<Training>(
      Training{load_mnist(options.mnist, encoding, 5000).limited(digits, 1, 1), nullptr, {}, {}});
  t->loss = make_loss(VoltageCrossEntropySpec{.population = 2, .gain = 10.0});

  const Network network = mnist_network();
  const ParameterLayout& layout = network.layout();
  Learning learning = Learning::none(network);
  learning.learned.fill(0, 2 * std::size_t{layout.synapses}, 1);
  TrainerOptions trainer;
  trainer.batch = 50;
  trainer.adam.rate[static_cast<std::size_t>(ParameterKind::weight)] = 0.004;
  trainer.adam.rate[static_cast<std::size_t>(ParameterKind::delay)] = 0.1;
  const auto make = [&](Scheduler scheduler) {
    trainer.scheduler = scheduler;
    return std::make_unique<Trainer>(network, learning, t->data.part(Part::train), *t->loss,
                                     trainer);
  };
  t->sequential = make(Scheduler::sequential);
  t->windowed = make(Scheduler::windowed);
  const auto epoch = [digits](Trainer& one) {
    one.run_epoch();
    return static_cast<double>(digits);
  };
  f.contestants = {{"sequential", "digits", [t, epoch] { return epoch(*t->sequential); }},
                   {"windowed", "digits", [t, epoch] { return epoch(*t->windowed); }}};
  f.ratios = {{"windowed to sequential", {1}, {0}}};
  f.notes.emplace_back("one thread; an epoch of 60,000 digits takes 60,000 over the rate");
  return f;
}

}  // namespace retrograde::bench

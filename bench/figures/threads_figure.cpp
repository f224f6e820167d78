// What a second thread brings.
#include <algorithm>
#include <memory>
#include <tbb/global_control.h>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/bench/figures/figures.hpp>
#include <retrograde/bench/figures/workload.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/engine/windowed/windowed.hpp>

namespace retrograde::bench {

namespace {

bool two_threads(Figure& f) {
  if (tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism) >= 2)
    return true;
  f.skipped = "two threads are needed: two cores, and no --threads 1";
  return false;
}

// The same work by one thread and by two.
void add_both(Figure& f, const std::function<double()>& work, double goal) {
  f.contestants.push_back({"one thread", "deliveries", work, 1, true});
  f.contestants.push_back({"two threads", "deliveries", work, 2, true});
  f.ratios.push_back({"two threads to one", {1}, {0}, Bound{goal, true}});
}

}  // namespace

Figure batch_threads_figure(const FigureOptions& options) {
  Figure f;
  f.name = "batch_threads";
  f.question = "a batch of 16 keywords, forward and backward";
  if (!two_threads(f)) return f;

  struct Batch {
    Workload w;
    std::unique_ptr<const Machine> machine;
    LossValue loss;
    std::vector<Trial> trials;
  };
  const KeywordSpec spec{.size = options.size};
  const auto b = std::make_shared<Batch>();
  b->w = keyword(spec);
  b->machine = make_machine(b->w.network);
  b->loss = integral_loss(b->w);
  for (std::uint64_t k = 0; k < 16; ++k) {
    KeywordSpec other = spec;
    other.seed = k + 1;
    b->trials.push_back(keyword_trial(other));
  }
  add_both(
      f,
      [b] {
        std::vector<std::uint64_t> deliveries(b->trials.size());
        for_each_trial(b->trials.size(), [&](std::size_t k) {
          const Network& network = b->w.network;
          const Tape tape = b->machine->run(b->trials[k], {.readout = b->w.readout});
          Gradient gradient{
              network.layout(), std::vector<double>(network.layout().size(), 0.0), {}};
          BackwardOptions backward_options;
          backward_options.neuron_parameters = false;
          deliveries[k] = tape.deliveries + backward(*b->machine, tape, b->loss, b->w.readout,
                                                     backward_options, gradient)
                                                .deliveries;
        });
        double sum = 0.0;
        for (const std::uint64_t d : deliveries) sum += static_cast<double>(d);
        return sum;
      },
      1.85);
  return f;
}

Figure trial_threads_figure(const FigureOptions& options) {
  Figure f;
  f.name = "trial_threads";
  f.question = "one trial of 100,000 neurons, forward";
  if (!two_threads(f)) return f;
  const auto neurons = std::max(100u, static_cast<std::uint32_t>(100'000 * options.size));
  struct Large {
    Workload w;
    WindowedMachine machine;
    explicit Large(Workload workload) : w(std::move(workload)), machine(w.network) {}
  };
  const auto large = std::make_shared<Large>(
      sparse({.neurons = neurons, .duration = std::max(10.0, 200.0 * options.size)}));
  add_both(
      f, [large] { return static_cast<double>(large->machine.run(large->w.trial).deliveries); },
      1.6);
  return f;
}

}  // namespace retrograde::bench

// Exact gradients against those of a dilated convolution in steps of 1 ms, on the same network and
// trials; and against the coarse setting that is published, 10 ms and a fifth of the inputs.
#include <fmt/format.h>
#include <memory>
#include <numeric>
#include <optional>
#include <string>

#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/stepped/stepped_gradients.hpp>
#include <retrograde/adjoint/tape_gradients.hpp>
#include <retrograde/bench/figures/figures.hpp>
#include <retrograde/bench/figures/workload.hpp>

namespace retrograde::bench {

namespace {

// A batch of one network, by any source.
struct Batch {
  Workload w;
  TrialList trials;
  std::vector<std::uint32_t> which;
  std::unique_ptr<Loss> loss;
  std::unique_ptr<GradientSource> source;
  GradientOptions options;
  BatchGradient gradient;

  Batch(const DeepKeywordSpec& spec, std::uint32_t size) : w(deep_keyword(spec)), which(size) {
    std::vector<Trial> all;
    std::vector<int> labels;
    for (std::uint32_t k = 0; k < size; ++k) {
      DeepKeywordSpec other = spec;
      other.seed = k + 1;
      all.push_back(deep_keyword_trial(other));
      labels.push_back(static_cast<int>(k % 20));
    }
    trials = TrialList(std::move(all), std::move(labels));
    std::iota(which.begin(), which.end(), 0u);
    loss = make_loss(VoltageCrossEntropySpec{.population = w.readout.population});
    options.run.readout = w.readout;
    options.neuron_parameters = false;
  }
  double run() {
    source->make(w.network, trials, which, *loss, options, gradient);
    return static_cast<double>(which.size());
  }
};

Contestant exact(const DeepKeywordSpec& spec, const std::string& name) {
  const auto batch = std::make_shared<Batch>(spec, 4);
  batch->source = std::make_unique<TapeGradients>(Scheduler::windowed);
  return {name, "trials", [batch] { return batch->run(); }};
}

// `width` of the kernels in steps.
Contestant dilated(const DeepKeywordSpec& spec, Time step, double width, const std::string& name) {
  const auto batch = std::make_shared<Batch>(spec, 16);
  SteppedSpec steps;
  steps.step = step;
  steps.kernel.begin = steps.kernel.end = width;
  const std::size_t projections = batch->w.network.projections().size();
  steps.dilated.assign(projections, 1);
  steps.longest.assign(projections, static_cast<std::uint32_t>(spec.max_delay / step));
  batch->source = std::make_unique<SteppedGradients>(batch->w.network, steps);
  return {name, "trials", [batch] { return batch->run(); }};
}

}  // namespace

Figure dilated_figure(const FigureOptions& options) {
  Figure f;
  f.name = "dilated";
  f.question =
      "a training step with learned delays, 700-256-256-20: exact gradients against a dilated "
      "convolution in steps of 1 ms";
  std::size_t exactly = 0;
  for (const Time range : {64.0, 128.0, 250.0}) {
    const DeepKeywordSpec spec{.max_delay = range, .size = options.size};
    exactly = f.contestants.size();
    f.contestants.push_back(exact(spec, fmt::format("exact, delays to {:g} ms", range)));
    const auto against = [&](double width, const char* taps, std::optional<Bound> wanted) {
      f.ratios.push_back({fmt::format("exact to dilated, {}, {:g} ms", taps, range),
                          {exactly},
                          {f.contestants.size()},
                          wanted});
      f.contestants.push_back(
          dilated(spec, 1.0, width, fmt::format("dilated, {}, to {:g} ms", taps, range)));
    };
    if (range == 64.0 || options.full) against(0.23, "seven taps", std::nullopt);
    if (options.full) against(0.5 * range, "all taps", Bound{20.0, true});
  }
  const DeepKeywordSpec coarse{.inputs = 140, .max_delay = 250.0, .size = options.size};
  f.ratios.push_back({"exact to the published coarse setting", {exactly}, {f.contestants.size()}});
  f.contestants.push_back(dilated(coarse, 10.0, 12.5, "dilated, 10 ms, 140 inputs, all taps"));
  f.notes.emplace_back(
      "seven taps: kernels as they are after annealing; all taps: as in the first epoch, "
      "and as a convolution over the whole kernel computes in every epoch");
  return f;
}

}  // namespace retrograde::bench

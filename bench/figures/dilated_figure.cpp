// Exact gradients against those of a dilated convolution in steps of 1 ms, on the same network and
// trials; and against the coarse setting that is published, 10 ms and a fifth of the inputs.
#include <fmt/format.h>
#include <memory>
#include <numeric>
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
  std::vector<Time> ranges = {64.0};
  if (options.full) ranges = {64.0, 128.0, 250.0};
  for (const Time range : ranges) {
    const DeepKeywordSpec spec{.max_delay = range, .size = options.size};
    const std::size_t first = f.contestants.size();
    f.contestants.push_back(exact(spec, fmt::format("exact, delays to {:g} ms", range)));
    f.contestants.push_back(
        dilated(spec, 1.0, 0.23, fmt::format("dilated, narrow, to {:g} ms", range)));
    f.ratios.push_back(
        {fmt::format("exact to dilated at its narrowest, {:g} ms", range), {first}, {first + 1}});
    if (!options.full) continue;
    f.contestants.push_back(
        dilated(spec, 1.0, 0.5 * range, fmt::format("dilated, all taps, to {:g} ms", range)));
    f.ratios.push_back({fmt::format("exact to dilated with all taps, {:g} ms", range),
                        {first},
                        {first + 2},
                        Bound{20.0, true}});
  }
  const DeepKeywordSpec fine{.max_delay = 250.0, .size = options.size};
  DeepKeywordSpec coarse = fine;
  coarse.inputs = 140;
  const std::size_t first = f.contestants.size();
  f.contestants.push_back(exact(fine, "exact, delays to 250 ms, beside the coarse one"));
  f.contestants.push_back(dilated(coarse, 10.0, 12.5, "dilated, 10 ms, 140 inputs, all taps"));
  f.ratios.push_back({"exact to the published coarse setting", {first}, {first + 1}});
  f.notes.emplace_back(
      "narrow: kernels as they are after annealing, seven taps; all taps: as in the first epoch, "
      "and as a convolution over the whole kernel computes in every epoch");
  return f;
}

}  // namespace retrograde::bench

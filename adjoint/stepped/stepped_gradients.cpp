#include <algorithm>
#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include <retrograde/adjoint/loss/checks.hpp>
#include <retrograde/adjoint/stepped/batch_norm.hpp>
#include <retrograde/adjoint/stepped/step_batch.hpp>
#include <retrograde/adjoint/stepped/step_plan.hpp>
#include <retrograde/adjoint/stepped/stepped_gradients.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

constexpr std::size_t width = lanes::width;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Of delays that are rounded: the longest of each projection.
std::vector<LinkKernel> rounded_kernels(const Network& network, Time step) {
  std::vector<LinkKernel> kernels(network.projections().size());
  for (std::size_t k = 0; k < kernels.size(); ++k) {
    const Projection& p = network.projections()[k];
    double longest = 0.0;
    for (SynapseId s = p.first; s < p.first + p.size; ++s)
      longest = std::max(longest, network.total_delay(s));
    kernels[k].longest = static_cast<std::uint32_t>(std::min(std::round(longest / step), 1e9));
  }
  return kernels;
}

std::vector<LinkKernel> kernels_of(const Network& network, const SteppedSpec& spec,
                                   std::uint32_t epoch) {
  std::vector<LinkKernel> kernels = rounded_kernels(network, spec.step);
  for (std::size_t k = 0; k < kernels.size(); ++k) {
    if (k >= spec.dilated.size() || !spec.dilated[k]) continue;
    LinkKernel& kernel = kernels[k];
    if (k < spec.longest.size()) kernel.longest = std::max(kernel.longest, spec.longest[k]);
    kernel.dilated = true;
    kernel.shape = spec.kernel.shape;
    kernel.width = spec.kernel.width(epoch, kernel.longest);
  }
  return kernels;
}

// What trials of a batch came to, as the loss sees the readouts; `back`: with dL/dV for the way back.
std::vector<TrialResult> judge(const Network& network, const StepPlan& plan, const Loss& loss,
                               std::span<const int> labels, Time step, StepBatch& batch,
                               bool back) {
  const std::uint32_t read = loss.readout().population;
  const Population& population = population_of(network, loss.readout());
  const StepPopulation& cells = plan.populations[read];
  if (cells.input || cells.fires)
    throw NetworkError(
        population.name,
        "surrogate gradients need a readout without a threshold; take cuba_li or li");
  const std::size_t points = batch.points() - 1;
  std::vector<TrialResult> results(labels.size());
  for_each_trial(labels.size(), [&](std::size_t k) {
    StepTraces& traces = batch.chunks()[k / width].populations[read];
    const std::size_t lane = k % width;
    std::vector<double> v(points * cells.size);
    for (std::uint32_t j = 0; j < cells.size; ++j)
      for (std::size_t n = 0; n < points; ++n)
        v[n * cells.size + j] = static_cast<double>(traces.v.at(j, n + 1)[lane]);
    for (std::size_t x = 0; x < v.size(); ++x)
      if (!std::isfinite(v[x])) {
        const std::size_t point = x / cells.size + 1;
        throw_loss_not_finite(loss.name(), population.first + static_cast<NeuronId>(x % cells.size),
                              step * static_cast<double>(point));
      }
    const StepLoss value = loss.evaluate_steps(network, {step, cells.size, v}, labels[k]);
    if (!std::isfinite(value.value))
      throw_loss_not_finite(loss.name(), population.first, step * static_cast<double>(points));
    results[k].loss = value.value;
    results[k].label = labels[k];
    results[k].decision = value.decision;
    for (std::uint32_t j = 0; back && j < cells.size; ++j) {
      traces.back.at(j, 0)[lane] = 0.0f;
      for (std::size_t n = 0; n < points; ++n)
        traces.back.at(j, n + 1)[lane] = static_cast<float>(value.gradient[n * cells.size + j]);
    }
  });
  return results;
}

// Spikes per neuron over all trials, and the deliveries of each.
void count(const Network& network, const StepPlan& plan, std::span<const StepChunk> chunks,
           std::vector<std::uint64_t>& spikes, std::vector<TrialResult>& results) {
  for (std::size_t k = 0; k < results.size(); ++k)
    for (std::size_t p = 0; p < plan.populations.size(); ++p) {
      const StepPopulation& cells = plan.populations[p];
      const auto& counts = chunks[k / width].populations[p].spikes;
      for (std::uint32_t i = 0; i < cells.size; ++i) {
        const std::uint64_t n = counts[i * width + k % width];
        spikes[cells.first + i] += n;
        results[k].forward_deliveries += n * network.synapses_of(cells.first + i).size();
      }
    }
}

}  // namespace

struct SteppedGradients::Parts {
  Parts(const Network& network, SteppedSpec given)
      : spec(std::move(given)),
        plan(network, spec.step),
        norm(network, plan, spec.batch_norm),
        batch(plan, spec.step) {}

  SteppedSpec spec;
  StepPlan plan;
  BatchNorm norm;
  StepBatch batch;
  std::size_t trials = 0;  // of the last batch
};

SteppedGradients::SteppedGradients(const Network& network, SteppedSpec spec)
    : parts_(std::make_unique<Parts>(network, std::move(spec))) {}
SteppedGradients::~SteppedGradients() = default;

void SteppedGradients::make(const Network& network, const LabelledTrials& trials,
                            std::span<const std::uint32_t> batch, const Loss& loss,
                            const GradientOptions& options, BatchGradient& result) {
  if (batch.empty()) throw InternalError("SteppedGradients: a batch without trials");
  if (options.inspect)
    throw InternalError("SteppedGradients: surrogate gradients have no identities to check");
  const auto started = std::chrono::steady_clock::now();
  std::vector<Trial> shown(batch.size());
  std::vector<int> labels(batch.size());
  for_each_trial(batch.size(), [&](std::size_t k) {
    shown[k] = trials.shown(batch[k], options.epoch);
    labels[k] = trials.label(batch[k]);
  });
  StepNormaliser* norm = parts_->norm.none() ? nullptr : &parts_->norm;
  StepBatch& steps = parts_->batch;
  parts_->plan = StepPlan(network, parts_->spec.step);
  steps.begin(network, kernels_of(network, parts_->spec, options.epoch), shown, true);
  steps.forward(norm);
  if (options.run.progress && !options.run.progress(0.0))
    throw Interrupted("the batch was stopped");
  result.results = judge(network, parts_->plan, loss, labels, parts_->spec.step, steps, true);
  result.spikes.assign(network.neuron_count(), 0);
  count(network, parts_->plan, steps.chunks(), result.spikes, result.results);
  result.forward_seconds = seconds_since(started);

  const auto turned = std::chrono::steady_clock::now();
  std::vector<double> kick;
  if (options.regulariser.strength > 0.0)
    for (const std::uint64_t n : result.spikes)
      kick.push_back(options.regulariser.strength *
                     (static_cast<double>(n) / static_cast<double>(batch.size()) -
                      options.regulariser.target));
  steps.backward(parts_->spec.surrogate, norm, kick);
  result.layout = {network.layout(), options.delays};
  result.sum.assign(result.layout.size(), 0.0);
  steps.add_gradient(result.layout, result.sum);
  result.candidates.resize(options.candidates.size());
  constexpr std::size_t together = 64;  // of a task
  for_each_trial((options.candidates.size() + together - 1) / together, [&](std::size_t t) {
    const std::size_t end = std::min(options.candidates.size(), (t + 1) * together);
    for (std::size_t k = t * together; k < end; ++k)
      result.candidates[k] = steps.gradient_of(options.candidates[k]);
  });
  for (TrialResult& trial : result.results) trial.backward_deliveries = trial.forward_deliveries;
  parts_->trials = batch.size();
  result.backward_seconds = seconds_since(turned);
}

void SteppedGradients::step(double factor, std::optional<double> momentum) {
  parts_->norm.step(factor, momentum, parts_->trials);
}
std::vector<double> SteppedGradients::state() const { return parts_->norm.state(); }
void SteppedGradients::restore(std::span<const double> state) { parts_->norm.restore(state); }
Network SteppedGradients::folded(const Network& network) const {
  return parts_->norm.folded(network);
}

SetResult evaluate_stepped(const Network& network, const LabelledTrials& trials, const Loss& loss,
                           const SteppedSpec& spec,
                           const std::function<bool(std::size_t done)>& progress) {
  const StepPlan plan(network, spec.step);
  StepBatch steps(plan, spec.step);
  SetResult result(network);
  const std::uint32_t classes = network.populations()[loss.readout().population].size;
  result.confusion.assign(std::size_t{classes} * (classes + 1), 0);
  constexpr std::size_t stretch = 128;  // bounds the memory
  for (std::size_t begin = 0; begin < trials.size(); begin += stretch) {
    const std::size_t size = std::min(stretch, trials.size() - begin);
    std::vector<Trial> shown(size);
    std::vector<int> labels(size);
    for_each_trial(size, [&](std::size_t k) {
      shown[k] = trials.trial(begin + k);
      labels[k] = trials.label(begin + k);
    });
    steps.begin(network, rounded_kernels(network, spec.step), shown, false);
    steps.forward(nullptr);
    std::vector<TrialResult> results = judge(network, plan, loss, labels, spec.step, steps, false);
    count(network, plan, steps.chunks(), result.spikes, results);
    for (const TrialResult& each : results) {
      result.add(each);
      result.count_decision(classes, each);
    }
    if (progress && !progress(begin + size)) break;
  }
  return result;
}

}  // namespace retrograde

// A case that PyTorch has gone through, and how far our numbers are from what came out there;
// tests/torch/compare.py says how such a file comes to be, and what its networks are.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include <retrograde/adjoint/loss/softmax_sum_cross_entropy.hpp>
#include <retrograde/adjoint/stepped/stepped_gradients.hpp>
#include <retrograde/adjoint/train/optimizer.hpp>
#include <retrograde/engine/trial/signal.hpp>

namespace retrograde::test {

// The largest difference between two lists, as a share of the largest number of the reference.
struct TorchDifference {
  std::string what;
  double relative = 0.0;
  std::size_t numbers = 0;
};

struct TorchComparison {
  std::vector<TorchDifference> differences;
  std::uint64_t spikes = 0;  // of neurons that are no inputs

  double largest() const {
    double most = 0.0;
    for (const TorchDifference& d : differences)
      most = std::isfinite(d.relative) ? std::max(most, d.relative) : HUGE_VAL;
    return most;
  }
  std::size_t numbers() const {
    std::size_t all = 0;
    for (const TorchDifference& d : differences) all += d.numbers;
    return all;
  }
  void compare(const std::string& what, const std::vector<double>& ours,
               const std::vector<double>& reference) {
    if (ours.size() != reference.size() || ours.empty())
      throw std::runtime_error(what + ": " + std::to_string(ours.size()) + " numbers instead of " +
                               std::to_string(reference.size()));
    double scale = 0.0, difference = 0.0;
    for (std::size_t k = 0; k < ours.size(); ++k) {
      scale = std::max(scale, std::fabs(reference[k]));
      difference = std::isfinite(ours[k]) ? std::max(difference, std::fabs(ours[k] - reference[k]))
                                          : HUGE_VAL;
    }
    differences.push_back({what, scale > 0.0 ? difference / scale : difference, ours.size()});
  }
};

using TorchJson = nlohmann::json;
inline TorchJson read_torch_case(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error(path + " cannot be opened");
  return TorchJson::parse(in);
}

inline std::vector<double> numbers_of(const TorchJson& json) {
  std::vector<double> all;
  if (json.is_number()) return {json.get<double>()};
  for (const auto& entry : json) {
    const std::vector<double> part = numbers_of(entry);
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}
// [target][source] in the order of our synapses.
inline std::vector<double> by_source(const TorchJson& rows) {
  std::vector<double> all;
  for (std::size_t i = 0; i < rows.at(0).size(); ++i)
    for (const auto& row : rows) all.push_back(row.at(i));
  return all;
}

inline Network torch_network(const TorchJson& json) {
  NetworkBuilder builder;
  for (const auto& p : json.at("populations")) {
    PopulationSpec spec;
    spec.name = p.at("name");
    spec.size = p.at("size");
    const std::string model = p.at("model");
    spec.model = model == "input"      ? Model::input
                 : model == "cuba_lif" ? Model::cuba_lif
                 : model == "cuba_li"  ? Model::cuba_li
                                       : Model::li;
    if (p.contains("receptor")) spec.receptors = {SynapseShape::step};
    if (p.contains("tau_mem")) spec.tau_mem = numbers_of(p["tau_mem"]);
    if (p.contains("tau_syn")) spec.tau_syn = numbers_of(p["tau_syn"]);
    if (p.contains("bias")) spec.bias = numbers_of(p["bias"]);
    if (p.contains("t_ref")) spec.t_ref = numbers_of(p["t_ref"]);
    builder.add(spec);
  }
  for (const auto& p : json.at("projections")) {
    std::vector<SynapseSpec> synapses;
    const auto &weights = p.at("weights"), &delays = p.at("delays");
    for (std::uint32_t j = 0; j < weights.size(); ++j)
      for (std::uint32_t i = 0; i < weights[j].size(); ++i)
        synapses.push_back({i, j, weights[j][i], delays[j][i]});
    builder.connect(p.at("source"), p.at("target"), std::move(synapses));
  }
  return builder.build();
}

inline std::vector<Trial> torch_trials(const TorchJson& json) {
  const double step = json.at("step");
  const bool analogue = json.contains("frames");
  std::vector<Trial> trials;
  for (const auto& frames : json.at(analogue ? "frames" : "spikes")) {
    Trial trial{.duration = step * json.at("points").get<double>(), .inputs = {}};
    std::vector<SignalChange> changes;
    for (std::size_t n = 0; n < frames.size(); ++n)
      for (std::uint32_t i = 0; i < frames[n].size(); ++i) {
        const double value = frames[n][i], time = step * static_cast<double>(n);
        if (analogue)
          changes.push_back({time, i, value});
        else if (value > 0.0)
          trial.inputs.push_back({time, i});
      }
    if (analogue) add_signals(trial, std::move(changes));
    if (json.contains("muted"))
      trial.muted = json["muted"].at(trials.size()).get<std::vector<char>>();
    trials.push_back(std::move(trial));
  }
  return trials;
}

inline SteppedSpec torch_spec(const TorchJson& json, const Network& network) {
  SteppedSpec spec;
  spec.step = json.at("step");
  const std::string surrogate = json.at("surrogate"), kernel = json.at("kernel");
  spec.surrogate = {surrogate == "arctangent"     ? SurrogateShape::arctangent
                    : surrogate == "fast_sigmoid" ? SurrogateShape::fast_sigmoid
                                                  : SurrogateShape::superspike,
                    json.at("slope")};
  spec.kernel.shape = kernel == "gaussian"   ? KernelShape::gaussian
                      : kernel == "triangle" ? KernelShape::triangle
                                             : KernelShape::bilinear;
  spec.kernel.share = 0.0;  // of this width from the beginning
  spec.kernel.end = json.at("width");
  spec.dilated.assign(network.projections().size(), 1);
  spec.longest.assign(network.projections().size(), json.at("longest").get<std::uint32_t>());
  if (json.contains("batch_norm")) {
    const auto& norm = json["batch_norm"];
    spec.batch_norm.populations.assign(network.populations().size(), 0);
    spec.batch_norm.populations.at(norm.at("population").get<std::size_t>()) = 1;
    spec.batch_norm.epsilon = norm.at("epsilon");
    spec.batch_norm.rate = norm.at("rate");
  }
  return spec;
}

// A loss of trials whose label is their index, which keeps the V that it is asked about.
class TorchLoss final : public Loss {
 public:
  TorchLoss(std::unique_ptr<Loss> loss, std::vector<int> labels)
      : v(labels.size()), loss_(std::move(loss)), labels_(std::move(labels)) {}
  std::string_view name() const override { return loss_->name(); }
  Readout readout() const override { return loss_->readout(); }
  bool goes_in_steps() const override { return true; }
  StepLoss evaluate_steps(const Network& network, const VoltageSteps& voltages,
                          int label) const override {
    v[static_cast<std::size_t>(label)].assign(voltages.v.begin(), voltages.v.end());
    return loss_->evaluate_steps(network, voltages, labels_[static_cast<std::size_t>(label)]);
  }
  mutable std::vector<std::vector<double>> v;  // every trial writes its own

 private:
  LossValue measure(const Network&, const Population&, const Tape&, int) const override {
    return {};
  }
  std::unique_ptr<Loss> loss_;
  std::vector<int> labels_;
};

// Gain, offset, running mean and variance and the moments of gain and offset of the one population
// that is normalised, in the order of GradientSource::state, which begins with the number of steps.
struct TorchNorm {
  std::vector<double> gain, offset, mean, variance, gain_m, gain_v, offset_m, offset_v;

  explicit TorchNorm(const std::vector<double>& state) {
    const auto size = static_cast<std::ptrdiff_t>((state.size() - 1) / 8);
    auto from = state.begin() + 1;
    for (auto* values :
         {&gain, &offset, &mean, &variance, &gain_m, &gain_v, &offset_m, &offset_v}) {
      values->assign(from, from + size);
      from += size;
    }
  }
};

inline void compare_norm(SteppedGradients& source, const TorchJson& norm, double trials,
                         TorchComparison& result) {
  source.step(1.0, {});
  TorchNorm after(source.state());
  // The first moments after a first step are a tenth of the mean gradients.
  for (auto* moments : {&after.gain_m, &after.offset_m})
    for (double& m : *moments) m *= trials / 0.1;
  result.compare("gradient of gains", after.gain_m, numbers_of(norm.at("gain_gradient")));
  result.compare("gradient of offsets", after.offset_m, numbers_of(norm.at("offset_gradient")));
  result.compare("gains after a step", after.gain, numbers_of(norm.at("gain_after")));
  result.compare("offsets after a step", after.offset, numbers_of(norm.at("offset_after")));
  result.compare("running means", after.mean, numbers_of(norm.at("mean_after")));
  result.compare("running variances", after.variance, numbers_of(norm.at("variance_after")));
}

inline TorchComparison compare_network(const TorchJson& json) {
  const Network network = torch_network(json);
  const std::vector<int> labels = json.at("labels").get<std::vector<int>>();
  std::vector<int> indices(labels.size());
  std::iota(indices.begin(), indices.end(), 0);
  const TrialList trials(torch_trials(json), indices);
  const auto readout = static_cast<std::uint32_t>(network.populations().size() - 1);
  const TorchLoss loss(
      make_loss(SoftmaxSumCrossEntropySpec{.population = readout, .unit = json.at("step")}),
      labels);
  SteppedGradients source(network, torch_spec(json, network));
  if (json.contains("batch_norm")) {
    std::vector<double> state = source.state();
    const std::vector<double> gain = numbers_of(json["batch_norm"].at("gain")),
                              offset = numbers_of(json["batch_norm"].at("offset"));
    std::copy(gain.begin(), gain.end(), state.begin() + 1);
    std::copy(offset.begin(), offset.end(),
              state.begin() + 1 + static_cast<std::ptrdiff_t>(gain.size()));
    source.restore(state);
  }
  const std::vector<std::uint32_t> batch(indices.begin(), indices.end());
  BatchGradient gradient;
  source.make(network, trials, batch, loss, {}, gradient);

  TorchComparison result;
  for (NeuronId n = 0; n < network.neuron_count(); ++n)
    if (!network.is_input(n)) result.spikes += gradient.spikes[n];
  const auto& expected = json.at("expected");
  std::vector<double> losses, v;
  for (const TrialResult& r : gradient.results) losses.push_back(r.loss);
  for (const std::vector<double>& each : loss.v) v.insert(v.end(), each.begin(), each.end());
  result.compare("losses", losses, numbers_of(expected.at("loss")));
  result.compare("V of the readout", v, numbers_of(expected.at("v")));
  for (std::size_t p = 0; p < network.projections().size(); ++p) {
    const Projection& projection = network.projections()[p];
    const auto of = [&](ParameterKind kind) {
      const auto first =
          gradient.sum.begin() +
          static_cast<std::ptrdiff_t>(network.layout().offset(kind) + projection.first);
      return std::vector<double>(first, first + projection.size);
    };
    const std::string name = "projection " + std::to_string(p);
    result.compare("dL/dweight of " + name, of(ParameterKind::weight),
                   by_source(expected.at("weight_gradient").at(p)));
    result.compare("dL/ddelay of " + name, of(ParameterKind::delay),
                   by_source(expected.at("delay_gradient").at(p)));
  }
  if (expected.contains("bias_gradient")) {
    const auto first = gradient.sum.begin() +
                       static_cast<std::ptrdiff_t>(network.layout().offset(ParameterKind::bias));
    result.compare("dL/dbias", {first, first + network.neuron_count()},
                   numbers_of(expected["bias_gradient"]));
  }
  if (json.contains("batch_norm"))
    compare_norm(source, json["batch_norm"], static_cast<double>(batch.size()), result);
  return result;
}

inline TorchComparison compare_taps(const TorchJson& json) {
  TorchComparison result;
  const std::uint32_t longest = json.at("longest");
  for (const auto& row : json.at("taps")) {
    const std::string kernel = row.at("kernel");
    const KernelShape shape = kernel == "gaussian"   ? KernelShape::gaussian
                              : kernel == "triangle" ? KernelShape::triangle
                                                     : KernelShape::bilinear;
    Taps taps;
    make_taps(shape, row.at("width"), row.at("delay"), longest, taps);
    std::vector<double> h(longest + 1, 0.0), slope(longest + 1, 0.0);
    for (std::size_t g = 0; g < taps.h.size(); ++g) {
      h.at(taps.first + g) = static_cast<double>(taps.h[g]);
      slope.at(taps.first + g) = static_cast<double>(taps.slope[g]);
    }
    const std::string name = kernel + " kernel at " + std::to_string(row.at("delay").get<double>());
    result.compare(name, h, numbers_of(row.at("h")));
    if (!row.at("slope").empty())
      result.compare("slope of " + name, slope, numbers_of(row["slope"]));
  }
  return result;
}

inline TorchComparison compare_widths(const TorchJson& json) {
  DilatedKernel kernel;
  kernel.epochs = json.at("epochs");
  std::vector<double> effective;
  for (std::uint32_t epoch = 0; epoch < kernel.epochs; ++epoch)
    effective.push_back(kernel.width(epoch, json.at("longest")) + 0.27);
  TorchComparison result;
  result.compare("effective widths", effective, numbers_of(json.at("effective")));
  return result;
}

inline TorchComparison compare_adam(const TorchJson& json) {
  const std::vector<double> weights = numbers_of(json.at("weights")),
                            delays = numbers_of(json.at("delays"));
  NetworkBuilder builder;
  const auto in = builder.add(
      {.name = "in", .model = Model::input, .size = static_cast<std::uint32_t>(weights.size())});
  const auto out = builder.add({.name = "out", .size = 1});
  std::vector<SynapseSpec> synapses;
  for (std::uint32_t k = 0; k < weights.size(); ++k)
    synapses.push_back({k, 0, weights[k], delays[k]});
  builder.connect(in, out, std::move(synapses));
  const Network network = builder.build();
  const std::size_t count = weights.size(), delay = network.layout().offset(ParameterKind::delay);

  Learning learning = Learning::none(network);
  learning.learned.fill(0, 2 * count, 1);
  learning.lower.fill(delay, count, 0.0);
  learning.upper.fill(delay, count, json.at("longest"));
  AdamSpec spec;
  const auto weight_kind = static_cast<std::size_t>(ParameterKind::weight);
  spec.rate[weight_kind] = json.at("rates").at(0);
  spec.rate[static_cast<std::size_t>(ParameterKind::delay)] = json.at("rates").at(1);
  spec.decay[weight_kind] = json.at("decay");
  spec.l1[weight_kind] = json.at("l1");
  Adam adam(network.layout(), learning, spec);
  std::vector<double> values(network.parameters().begin(), network.parameters().end());
  TorchComparison result;
  for (std::size_t step = 0; step < json.at("gradients").size(); ++step) {
    std::vector<double> gradient = numbers_of(json["gradients"][step]);
    gradient.resize(values.size(), 0.0);
    adam.step(values, gradient, {});
    const std::string name = " after step " + std::to_string(step + 1);
    const auto first = values.begin(), second = first + static_cast<std::ptrdiff_t>(delay);
    const auto size = static_cast<std::ptrdiff_t>(count);
    result.compare("weights" + name, {first, first + size},
                   numbers_of(json.at("after").at(step).at(0)));
    result.compare("delays" + name, {second, second + size}, numbers_of(json["after"][step].at(1)));
  }
  return result;
}

inline TorchComparison compare_with_torch(const TorchJson& json) {
  const std::string kind = json.at("kind");
  if (kind == "network") return compare_network(json);
  if (kind == "taps") return compare_taps(json);
  if (kind == "widths") return compare_widths(json);
  if (kind == "adam") return compare_adam(json);
  throw std::runtime_error("no such kind of case: " + kind);
}

}  // namespace retrograde::test

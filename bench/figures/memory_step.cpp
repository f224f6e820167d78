#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <malloc.h>
#include <memory>

#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/stepped/stepped_gradients.hpp>
#include <retrograde/adjoint/train/trainer.hpp>
#include <retrograde/bench/figures/memory_step.hpp>
#include <retrograde/bench/figures/workload.hpp>
#include <retrograde/engine/windowed/window_plan.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde::bench {

namespace {

constexpr std::uint32_t batch = 32;

// "VmRSS" or "VmHWM" of this process in bytes. Not getrusage: its peak outlives exec, so that a
// child starts with that of its parent.
double status_bytes(const std::string& key) {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);)
    if (line.rfind(key + ":", 0) == 0) return 1024.0 * std::atof(line.c_str() + key.size() + 1);
  throw IoError("/proc/self/status",
                fmt::format("{} is not in there; the memory figure needs Linux", key));
}

// From here on VmHWM is the peak.
void forget_peak() {
  std::ofstream out("/proc/self/clear_refs");
  out << "5" << std::flush;
  if (!out)
    throw IoError("/proc/self/clear_refs",
                  "cannot be written; the memory figure needs Linux with /proc");
}

double allocated() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks) + static_cast<double>(info.hblkhd);
}

struct Case {
  std::function<Workload()> make;
  std::function<Trial(std::uint64_t)> trial;
  std::function<std::unique_ptr<GradientSource>(const Network&)> source = {};  // none: exact
};

// Learned delays up to 250 ms behind two hidden layers, exactly or by dilated convolution in steps of
// 1 ms, whose kernels are as narrow as they get.
Case deep_case(bool dilated, double size) {
  const DeepKeywordSpec spec{.size = size};
  Case deep{[=] { return deep_keyword(spec); },
            [=](std::uint64_t seed) {
              DeepKeywordSpec other = spec;
              other.seed = seed;
              return deep_keyword_trial(other);
            }};
  if (dilated)
    deep.source = [=](const Network& network) {
      SteppedSpec steps;
      steps.kernel.begin = steps.kernel.end;
      steps.dilated.assign(network.projections().size(), 1);
      steps.longest.assign(network.projections().size(),
                           static_cast<std::uint32_t>(spec.max_delay));
      return std::make_unique<SteppedGradients>(network, steps);
    };
  return deep;
}

Case case_named(std::string_view name, double size) {
  if (name == "keyword") {
    const KeywordSpec spec{.recurrent = true, .size = size};
    return {[=] { return keyword(spec); },
            [=](std::uint64_t seed) {
              KeywordSpec other = spec;
              other.seed = seed;
              return keyword_trial(other);
            }};
  }
  if (name == "deep" || name == "deep_dilated") return deep_case(name == "deep_dilated", size);
  LayeredSpec spec;
  if (name == "wide") {
    spec.hidden = std::max(10u, static_cast<std::uint32_t>(1000 * size));
  } else if (name == "tiny") {
    spec.inputs = spec.hidden = 2;
  } else {
    throw UsageError(fmt::format("--memory {}: no such network; there are {}", name,
                                 fmt::join(memory_steps(), ", ")));
  }
  return {[=] { return layered(spec); },
          [=](std::uint64_t seed) {
            LayeredSpec other = spec;
            other.seed = seed;
            return layered_trial(other);
          }};
}

Workload make_network(const Case& of, double& bytes) {
  const double before = allocated();
  Workload w = of.make();
  w.trial = {};
  const WindowPlan plan = make_plan(w.network);
  bytes = allocated() - before;
  return w;
}

MemoryStep step(std::string_view name, double size) {
  const Case of = case_named(name, size);
  MemoryStep result;
  result.name = name;
  result.batch = batch;
  const Workload w = make_network(of, result.network);

  const ParameterLayout& layout = w.network.layout();
  Learning learning = Learning::none(w.network);
  for (const ParameterKind kind : synapse_parameter_kinds)
    learning.learned.fill(layout.offset(kind), layout.count(kind), 1);
  TrainerOptions options;
  options.batch = batch;
  options.adam.rate[static_cast<std::size_t>(ParameterKind::weight)] = 1e-4;
  options.adam.rate[static_cast<std::size_t>(ParameterKind::delay)] = 1e-3;
  const std::unique_ptr<Loss> loss =
      make_loss(VoltageCrossEntropySpec{.population = w.readout.population});
  // Made when they are asked for, as data sets do.
  const MadeTrials trials(
      batch, [&](std::size_t k) { return of.trial(k + 1); },
      [](std::size_t k) { return static_cast<int>(k % 10); });
  result.optimizer = 2.0 * sizeof(double) * static_cast<double>(learning.count());

  Trainer trainer(w.network, std::move(learning), trials, *loss, options,
                  of.source ? of.source(w.network) : nullptr);
  malloc_trim(0);
  forget_peak();
  trainer.run_epoch();
  result.peak = status_bytes("VmHWM");
  for (const std::uint64_t spikes : trainer.last_epoch().spikes) result.spikes += spikes;
  return result;
}

}  // namespace

std::vector<std::string> memory_steps() { return {"keyword", "wide", "deep", "deep_dilated"}; }

MemoryStep measure_memory_step(std::string_view name, double size) {
  case_named(name, size);
  step("tiny", 1.0);  // threads, code and whatever else comes with the first step
  malloc_trim(0);
  const double before = status_bytes("VmRSS");
  MemoryStep result = step(name, size);
  result.peak -= before;
  return result;
}

}  // namespace retrograde::bench

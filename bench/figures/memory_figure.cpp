#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>

#include <retrograde/bench/figures/child.hpp>
#include <retrograde/bench/figures/figures.hpp>
#include <retrograde/bench/figures/memory_step.hpp>

namespace retrograde::bench {

Figure memory_figure(const FigureOptions& options) {
  Figure f;
  f.name = "memory";
  f.question =
      "a training step at batch 32: keyword of 256 recurrent neurons; wide 784-1000-10; deep "
      "700-256-256-20 with delays up to 250 ms, exactly and by dilated convolution";
  if (options.executable.empty()) {
    f.skipped = "the command `retro` is needed, to measure in a process of its own";
    return f;
  }
  std::map<std::string, double> peaks;
  for (const std::string& name : memory_steps()) {
    const auto d =
        run_bench(options.executable, {"--memory", name, "--size", fmt::format("{}", options.size)})
            .at("memory");
    MemoryStep step;
    step.peak = d.at("peak_bytes");
    step.network = d.at("network_bytes");
    step.optimizer = d.at("optimizer_bytes");
    step.spikes = d.at("spikes");
    peaks[name] = step.peak;
    f.rows.push_back({.name = name + ", peak", .unit = "bytes", .value = step.peak});
    f.rows.push_back({.name = name + ", network", .unit = "bytes", .value = step.network});
    f.rows.push_back(
        {.name = name + ", optimiser state", .unit = "bytes", .value = step.optimizer});
    f.rows.push_back({.name = name + ", 40 bytes per spike",
                      .unit = "bytes",
                      .value = 40.0 * static_cast<double>(step.spikes)});
    if (name == "deep_dilated") continue;  // it keeps points, not spikes
    const double ratio = step.peak / step.yardstick();
    f.known.push_back(
        {name + ", peak to the sum of the others", ratio, ratio, ratio, Bound{1.5, false}});
  }
  const double share = peaks.at("deep") / peaks.at("deep_dilated");
  f.known.push_back({"deep, exact to dilated convolution", share, share, share, Bound{0.1, false}});
  return f;
}

}  // namespace retrograde::bench

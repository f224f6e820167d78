#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <fmt/format.h>
#include <stdexcept>

#include <retrograde/bench/gpu/step.hpp>
#include <retrograde/engine/device/cpu_device.hpp>
#include <retrograde/engine/device/cuda_device.hpp>
#include <retrograde/engine/parallel.hpp>

namespace retrograde::bench {

namespace {

// A dry run keeps trials long enough for delays to matter.
KeywordSpec spec_of(const GpuOptions& options, std::uint32_t hidden, std::uint64_t seed) {
  return {.hidden = hidden,
          .recurrent = true,
          .size = options.dry() ? std::max(0.1, options.scale) : 1.0,
          .seed = seed};
}

}  // namespace

std::size_t GpuOptions::scaled(std::size_t count) const {
  return std::max<std::size_t>(
      1, static_cast<std::size_t>(std::lround(std::min(1.0, scale) * static_cast<double>(count))));
}

std::shared_ptr<MeteredDevice> open_device(const GpuOptions& options) {
  const std::string& name = options.device;
  if (name == "emulated")
    return std::make_shared<MeteredDevice>(make_cpu_device(std::size_t{8} << 30));
  int index = 0;
  if (name != "gpu") {
    const char *begin = name.data() + 4, *end = name.data() + name.size();
    if (!name.starts_with("gpu:") || std::from_chars(begin, end, index).ptr != end || begin == end)
      throw std::invalid_argument("--device is gpu, gpu:N or emulated, not '" + name + "'");
  }
  return std::make_shared<MeteredDevice>(make_gpu_device(index));
}

void row(const GpuOptions& options, const std::string& what, const std::string& of,
         const std::string& kernels, const std::string& whole, const std::string& remark) {
  const std::string line =
      fmt::format("| {} | {} | {} | {} | {} |\n", what, of, kernels, whole, remark);
  fmt::print("{}", line);
  std::fflush(stdout);
  if (options.table.empty()) return;
  std::FILE* const file = std::fopen(options.table.c_str(), "a");
  if (!file) throw std::runtime_error("cannot write " + options.table);
  fmt::print(file, "{}", line);
  std::fclose(file);
}

Workload keyword_of(const GpuOptions& options, std::uint32_t hidden) {
  return keyword(spec_of(options, hidden, 1));
}

std::vector<Trial> keyword_trials(const GpuOptions& options, std::size_t count) {
  std::vector<Trial> trials(count);
  for_each_trial(count,
                 [&](std::size_t k) { trials[k] = keyword_trial(spec_of(options, 256, k + 1)); });
  return trials;
}

}  // namespace retrograde::bench

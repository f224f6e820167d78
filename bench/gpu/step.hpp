// The steps of gpu_bench: what each is asked, and where its rows go.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <retrograde/bench/figures/workload.hpp>
#include <retrograde/bench/gpu/metered_device.hpp>

namespace retrograde::bench {

struct GpuOptions {
  std::string device = "gpu";  // gpu, gpu:N, emulated
  double scale = 1.0;          // of trials and their number; below 1: a dry run
  double seconds = 60.0;       // about so long a step may measure
  std::string table;           // a file that rows are added to; empty: none

  bool dry() const { return scale < 1.0; }
  // Of a number that is 1 at least.
  std::size_t scaled(std::size_t count) const;
};

std::shared_ptr<MeteredDevice> open_device(const GpuOptions& options);

// One row of the table, printed and kept at once: a step that is cut short leaves those before.
// `kernels` is what the device needed alone, `whole` with the host's share.
void row(const GpuOptions& options, const std::string& what, const std::string& of,
         const std::string& kernels, const std::string& whole, const std::string& remark = "");

// The keyword of bench/figures, recurrent, and trials of its statistic.
Workload keyword_of(const GpuOptions& options, std::uint32_t hidden);
std::vector<Trial> keyword_trials(const GpuOptions& options, std::size_t count);

// Each returns whether what it saw is as promised.
bool equality_step(const GpuOptions& options);
bool rates_step(const GpuOptions& options);
bool keyword_epoch_step(const GpuOptions& options);
bool mnist_epoch_step(const GpuOptions& options);
bool memory_step(const GpuOptions& options);
bool host_step(const GpuOptions& options);
bool traffic_step(const GpuOptions& options);
bool small_step(
    const GpuOptions& options);  // a short run of all kernels, for tools that watch them

}  // namespace retrograde::bench

// A device that keeps account of what another one does for it: seconds in kernels and in copies, bytes that
// were moved, memory that was taken. It waits for every kernel. Limits make it look smaller than it is.
// Used by one thread at a time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include <retrograde/engine/device/device.hpp>

namespace retrograde::bench {

// Seconds of processor time and not of the wall: for one thread on a machine with other work, and a device
// that is emulated.
inline bool processor_time = false;

inline double seconds_now() {
  if (processor_time) return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

class MeteredDevice : public Device {
 public:
  struct Meter {
    double kernels = 0.0, copies = 0.0;       // s
    std::uint64_t uploaded = 0, fetched = 0;  // bytes
    std::map<std::string, double> of_kernel;  // s
  };

  explicit MeteredDevice(std::shared_ptr<Device> inner) : inner_(std::move(inner)) {}

  Meter meter;
  std::size_t taken = 0, most_taken = 0;  // bytes
  std::size_t most_room = std::numeric_limits<std::size_t>::max();
  std::uint32_t most_blocks = std::numeric_limits<std::uint32_t>::max();

  std::string name() const override { return inner_->name(); }
  std::size_t room() const override {
    const std::size_t left = most_room > taken ? most_room - taken : 0;
    return std::min(inner_->room(), left);
  }
  std::uint32_t blocks() const override { return std::min(inner_->blocks(), most_blocks); }
  std::uint32_t threads(const KernelEntry& kernel, std::uint32_t wanted) const override {
    return inner_->threads(kernel, wanted);
  }
  void* allocate(std::size_t bytes) override {
    void* const memory = inner_->allocate(bytes);
    sizes_[memory] = bytes;
    taken += bytes;
    most_taken = std::max(most_taken, taken);
    return memory;
  }
  void release(void* memory) noexcept override {
    const auto at = sizes_.find(memory);
    taken -= at->second;
    sizes_.erase(at);
    inner_->release(memory);
  }
  void upload(void* to, const void* from, std::size_t bytes) override {
    const double start = seconds_now();
    inner_->upload(to, from, bytes);
    inner_->finish();
    meter.copies += seconds_now() - start;
    meter.uploaded += bytes;
  }
  void download(void* to, const void* from, std::size_t bytes) override {
    const double start = seconds_now();
    inner_->download(to, from, bytes);
    meter.copies += seconds_now() - start;
    meter.fetched += bytes;
  }
  void clear(void* memory, std::size_t bytes) override {
    timed("clear", [&] { inner_->clear(memory, bytes); });
  }
  void launch(const KernelEntry& entry, const void* kernel, std::size_t size, std::uint32_t blocks,
              std::uint32_t threads) override {
    timed(entry.name, [&] { inner_->launch(entry, kernel, size, blocks, threads); });
  }
  void finish() override { inner_->finish(); }

 private:
  template <typename F>
  void timed(const char* what, const F& f) {
    inner_->finish();
    const double start = seconds_now();
    f();
    inner_->finish();
    const double took = seconds_now() - start;
    meter.kernels += took;
    meter.of_kernel[what] += took;
  }

  const std::shared_ptr<Device> inner_;
  std::unordered_map<void*, std::size_t> sizes_;
};

}  // namespace retrograde::bench

// A device: memory of its own, and kernels that run there in blocks, each on many threads (team.hpp).
// GPUs are devices (cuda_device.hpp), and so is the processor itself (cpu_device.hpp), on which kernels
// can be tested, sanitized and compared where there is no GPU.
//
// A kernel is a value, K, which a device copies: pointers into its memory and numbers. Its work is
// `template <typename Team> void operator()(Team&, std::uint32_t block) const`.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace retrograde {

class ThreadTeam;

// How a kernel K is run, whatever K is.
struct KernelEntry {
  const char* name;
  void (*on_cpu)(const void* kernel, std::uint32_t block);  // by one thread
  void (*on_threads)(const void* kernel, std::uint32_t block,
                     ThreadTeam& team);  // by each of a team
  const void* on_gpu;  // what CUDA launches; null where the program was built without it
};

// Specialised for each kernel where it is compiled for CPUs.
template <typename K>
const KernelEntry& entry_of();

class Device {
 public:
  virtual ~Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  virtual std::string name() const = 0;
  // Bytes that can still be taken.
  virtual std::size_t room() const = 0;
  // How many blocks it runs at a time, of as many threads as `threads` says: more are of no use.
  virtual std::uint32_t blocks() const = 0;
  virtual std::uint32_t threads(const KernelEntry& kernel, std::uint32_t wanted) const = 0;

  // Of a size above 0. Throws LimitError with what was wanted and what there is.
  virtual void* allocate(std::size_t bytes) = 0;
  virtual void release(void* memory) noexcept = 0;
  // These are in order with each other and with launches; `download` and `finish` wait, and `upload` has read
  // all of `from` when it returns. Throw DeviceError, for what went wrong in launches before them, too.
  virtual void upload(void* to, const void* from, std::size_t bytes) = 0;
  virtual void download(void* to, const void* from, std::size_t bytes) = 0;
  virtual void clear(void* memory, std::size_t bytes) = 0;
  virtual void launch(const KernelEntry& entry, const void* kernel, std::size_t size,
                      std::uint32_t blocks, std::uint32_t threads) = 0;
  virtual void finish() = 0;

  // Launches, trials that it was given, and those of them that were left to the CPU
  // (device_machine.hpp); networks that could not come here.
  struct Work {
    std::atomic<std::uint64_t> launches = 0, trials = 0, left_to_cpu = 0, networks_elsewhere = 0;
  };
  Work work;
  // Held by whoever asks what room there is and then takes it: several may use one device.
  std::mutex taking;

  template <typename K>
  void launch(const K& kernel, std::uint32_t blocks, std::uint32_t threads) {
    static_assert(std::is_trivially_copyable_v<K>);
    launch(entry_of<K>(), &kernel, sizeof(K), blocks, threads);
    ++work.launches;
  }

 protected:
  Device() = default;
};

// Memory of a device, for a number of values that is known when it is made.
template <typename T>
class DeviceArray {
 public:
  static_assert(std::is_trivially_copyable_v<T>);

  DeviceArray() = default;
  DeviceArray(std::shared_ptr<Device> device, std::size_t size)
      : device_(std::move(device)), size_(size) {
    if (size > 0) data_ = static_cast<T*>(device_->allocate(size * sizeof(T)));
  }
  DeviceArray(std::shared_ptr<Device> device, std::span<const T> values)
      : DeviceArray(std::move(device), values.size()) {
    if (size_ > 0) device_->upload(data_, values.data(), size_ * sizeof(T));
  }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;
  DeviceArray(DeviceArray&& other) noexcept
      : device_(std::move(other.device_)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  DeviceArray& operator=(DeviceArray&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~DeviceArray() {
    if (data_) device_->release(data_);
  }

  T* data() const { return data_; }
  std::size_t size() const { return size_; }
  void clear() {
    if (size_ > 0) device_->clear(data_, size_ * sizeof(T));
  }
  void download(std::span<T> to) const {
    if (!to.empty()) device_->download(to.data(), data_, to.size() * sizeof(T));
  }

 private:
  std::shared_ptr<Device> device_;
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace retrograde

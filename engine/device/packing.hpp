// Many arrays as one stretch of a device's memory: allocated at once, uploaded at once.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include <retrograde/engine/device/device.hpp>
#include <retrograde/engine/parallel.hpp>

namespace retrograde {

class Packing {
 public:
  // The place of an array on the device, where these values will be; null for none.
  template <typename T>
  T* put(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (values.empty()) return nullptr;
    if (host_) std::memcpy(host_ + taken_, values.data(), values.size_bytes());
    return next<T>(values.size());
  }
  template <typename T>
  T* put(const std::vector<T>& values) {
    return put(std::span<const T>(values));
  }
  // The same of values that outlive `make`, however many they are: threads copy them at the end.
  template <typename T>
  T* put_large(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (values.empty()) return nullptr;
    if (host_) copies_.push_back({host_ + taken_, values.data(), values.size_bytes()});
    return next<T>(values.size());
  }
  template <typename T>
  T* put_large(const std::vector<T>& values) {
    return put_large(std::span<const T>(values));
  }
  // Of an array of zeros.
  template <typename T>
  T* zeros(std::size_t count) {
    if (count == 0) return nullptr;
    if (host_) std::memset(host_ + taken_, 0, count * sizeof(T));
    return next<T>(count);
  }

  // `build(packing)` is called twice: to count, and to fill.
  template <typename Build>
  static DeviceArray<std::byte> make(const std::shared_ptr<Device>& device, const Build& build) {
    Packing count;
    build(count);
    std::vector<std::byte> staging(count.taken_);
    DeviceArray<std::byte> memory(device, count.taken_);
    Packing packing;
    packing.host_ = staging.data();
    packing.device_ = memory.data();
    build(packing);
    for_each_trial(packing.copies_.size(), [&](std::size_t k) {
      const Copy& copy = packing.copies_[k];
      std::memcpy(copy.to, copy.from, copy.bytes);
    });
    if (!staging.empty()) device->upload(memory.data(), staging.data(), staging.size());
    return memory;
  }

 private:
  template <typename T>
  T* next(std::size_t count) {
    constexpr std::size_t line = 32;
    T* const at = device_ ? reinterpret_cast<T*>(device_ + taken_) : nullptr;
    taken_ += (count * sizeof(T) + line - 1) / line * line;
    return at;
  }

  struct Copy {
    std::byte* to;
    const void* from;
    std::size_t bytes;
  };

  std::byte *host_ = nullptr, *device_ = nullptr;
  std::vector<Copy> copies_;
  std::size_t taken_ = 0;
};

}  // namespace retrograde

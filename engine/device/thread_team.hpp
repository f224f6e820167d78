// A team of threads of the processor, which share a block as those of a GPU do: what it is for is to show,
// under a sanitizer, that nothing is read and written between two barriers (team.hpp).
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace retrograde {

// Where `size` threads meet.
class Meeting {
 public:
  explicit Meeting(std::uint32_t size) : size_(size) {}

  void wait() {
    std::unique_lock lock(mutex_);
    if (++here_ == size_) {
      here_ = 0;
      ++meetings_;
      all_.notify_all();
      return;
    }
    all_.wait(lock, [&, now = meetings_] { return meetings_ != now; });
  }

 private:
  const std::uint32_t size_;
  std::uint32_t here_ = 0;
  std::uint64_t meetings_ = 0;
  std::mutex mutex_;
  std::condition_variable all_;
};

class ThreadTeam {
 public:
  // Thread `index` of `size`, which meet at `barrier`.
  ThreadTeam(std::uint32_t index, std::uint32_t size, Meeting& barrier)
      : index_(index), size_(size), barrier_(barrier) {}

  template <typename N, typename F>
  void each(N count, const F& f) {
    for (N k = index_; k < count; k += size_) f(k);
    wait();
  }
  template <typename F>
  void one(const F& f) {
    if (index_ == 0) f();
    wait();
  }
  void wait() { barrier_.wait(); }
  static std::uint32_t append(std::uint32_t& counter) {
    return std::atomic_ref(counter).fetch_add(1);
  }
  template <typename T>
  static void raise(T& maximum, T value) {
    const std::atomic_ref shared(maximum);
    T seen = shared.load();
    while (seen < value && !shared.compare_exchange_weak(seen, value)) {
    }
  }
  static void lower(double& minimum, double value) {
    const std::atomic_ref shared(minimum);
    double seen = shared.load();
    while (value < seen && !shared.compare_exchange_weak(seen, value)) {
    }
  }

 private:
  const std::uint32_t index_, size_;
  Meeting& barrier_;
};

}  // namespace retrograde

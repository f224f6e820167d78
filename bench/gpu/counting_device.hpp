// The processor as a device whose teams count: how often threads meet, and how many pieces of work
// they share, for each function of a kernel. Passes are counted, all else runs as always.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <retrograde/adjoint/device/backward_pass.hpp>
#include <retrograde/bench/gpu/metered_device.hpp>
#include <retrograde/engine/device/cpu_device.hpp>
#include <retrograde/engine/device/forward_pass.hpp>
#include <retrograde/engine/device/team.hpp>

namespace retrograde::bench {

struct Calls {
  std::uint64_t barriers = 0, items = 0;
};
using CallsOf = std::map<std::string, Calls>;  // by function

// As SoloTeam.
class CountingTeam {
 public:
  explicit CountingTeam(CallsOf& calls) : calls_(calls) {}
  // Where a call stands. std::source_location is not in every library that clang-tidy reads.
  struct At {
    const char* function;
    unsigned line;
    static At current(const char* f = __builtin_FUNCTION(), unsigned l = __builtin_LINE()) {
      return {f, l};
    }
  };

  template <typename N, typename F>
  void each(N count, const F& f, const At& at = At::current()) {
    Calls& calls = of(at);
    ++calls.barriers;
    calls.items += count;
    for (N k = 0; k < count; ++k) f(k);
  }
  template <typename F>
  void one(const F& f, const At& at = At::current()) {
    ++of(at).barriers;
    f();
  }
  void wait(const At& at = At::current()) { ++of(at).barriers; }
  static std::uint32_t append(std::uint32_t& counter) { return SoloTeam::append(counter); }
  template <typename T>
  static void raise(T& maximum, T value) {
    SoloTeam::raise(maximum, value);
  }
  static void lower(double& minimum, double value) { SoloTeam::lower(minimum, value); }

 private:
  // "seek<..>" is of seek.
  Calls& of(const At& at) {
    Calls*& known = lines_[at.line];
    if (!known) {
      const std::string_view name = at.function;
      known = &calls_[std::string(name.substr(0, name.find('<')))];
    }
    return *known;
  }

  CallsOf& calls_;
  std::map<std::uint32_t, Calls*> lines_;
};

class CountingDevice final : public MeteredDevice {
 public:
  CountingDevice() : MeteredDevice(make_cpu_device(std::size_t{8} << 30)) {}

  CallsOf forward, backward, full_backward;

  void launch(const KernelEntry& entry, const void* kernel, std::size_t size, std::uint32_t blocks,
              std::uint32_t threads) override {
    if (counts<ForwardPass>(entry, kernel, blocks, forward) ||
        counts<BackwardPass<false>>(entry, kernel, blocks, backward) ||
        counts<BackwardPass<true>>(entry, kernel, blocks, full_backward))
      return;
    MeteredDevice::launch(entry, kernel, size, blocks, threads);
  }

 private:
  template <typename K>
  static bool counts(const KernelEntry& entry, const void* kernel, std::uint32_t blocks,
                     CallsOf& calls) {
    if (&entry != &entry_of<K>()) return false;
    for (std::uint32_t block = 0; block < blocks; ++block) {
      CountingTeam team(calls);
      (*static_cast<const K*>(kernel))(team, block);
    }
    return true;
  }
};

}  // namespace retrograde::bench

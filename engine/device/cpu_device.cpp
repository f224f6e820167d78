#include <algorithm>
#include <atomic>
#include <cstring>
#include <fmt/format.h>
#include <new>
#include <thread>
#include <vector>

#include <retrograde/engine/device/cpu_device.hpp>
#include <retrograde/engine/device/thread_team.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

class CpuDevice final : public Device {
 public:
  CpuDevice(std::size_t room, std::uint32_t team) : room_(room), team_(team) {}

  std::string name() const override { return "emulated"; }
  std::size_t room() const override { return room_ - std::min(room_, taken_.load()); }
  std::uint32_t blocks() const override { return 64; }
  std::uint32_t threads(const KernelEntry&, std::uint32_t) const override { return 1; }

  // Before the memory stands how much it is.
  void* allocate(std::size_t bytes) override {
    const std::size_t taken = taken_.fetch_add(bytes);
    if (bytes > room_ - std::min(room_, taken)) {
      taken_ -= bytes;
      const std::size_t left = room();
      throw LimitError(
          "device memory", static_cast<double>(left), static_cast<double>(bytes),
          fmt::format("{} bytes of device memory are wanted, {} are left", bytes, left));
    }
    auto* memory = static_cast<std::byte*>(::operator new (bytes + head, std::align_val_t{head}));
    std::memcpy(memory, &bytes, sizeof(bytes));
    return memory + head;
  }
  void release(void* memory) noexcept override {
    std::byte* begin = static_cast<std::byte*>(memory) - head;
    std::size_t bytes = 0;
    std::memcpy(&bytes, begin, sizeof(bytes));
    taken_ -= bytes;
    ::operator delete (begin, std::align_val_t{head});
  }
  void upload(void* to, const void* from, std::size_t bytes) override {
    std::memcpy(to, from, bytes);
  }
  void download(void* to, const void* from, std::size_t bytes) override {
    std::memcpy(to, from, bytes);
  }
  void clear(void* memory, std::size_t bytes) override { std::memset(memory, 0, bytes); }
  void launch(const KernelEntry& entry, const void* kernel, std::size_t, std::uint32_t blocks,
              std::uint32_t) override {
    if (team_ > 1) {
      launch_teams(entry, kernel, blocks);
      return;
    }
    for_each_trial(blocks, [&](std::size_t block) {
      entry.on_cpu(kernel, static_cast<std::uint32_t>(block));
    });
  }
  void finish() override {}

 private:
  void launch_teams(const KernelEntry& entry, const void* kernel, std::uint32_t blocks) const {
    Meeting barrier(team_);
    std::vector<std::jthread> threads;
    for (std::uint32_t t = 0; t < team_; ++t)
      threads.emplace_back([&, t] {
        ThreadTeam team(t, team_, barrier);
        for (std::uint32_t block = 0; block < blocks; ++block) {
          entry.on_threads(kernel, block, team);
          team.wait();
        }
      });
  }

  static constexpr std::size_t head = 64;

  const std::size_t room_;
  const std::uint32_t team_;
  std::atomic<std::size_t> taken_ = 0;
};

}  // namespace

std::shared_ptr<Device> make_cpu_device(std::size_t room, std::uint32_t team) {
  return std::make_shared<CpuDevice>(room, team);
}

}  // namespace retrograde

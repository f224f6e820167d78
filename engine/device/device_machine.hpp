// The windowed machine on a device: many trials at a time, a block of threads each (forward_pass.hpp).
//
// It has the spikes of the windowed machine, in the same order. On the CPU as a device times have the
// same bits too, where all projections into a layer are dense or there is only one; on a GPU they agree
// to 1e-12, since its exponentials and logarithms are not the CPU's in their last bit (docs/gpu.md). On
// one kind of device they are the same bits from run to run, for any number of trials at a time.
//
// A trial in which rounding leaves a decision open, which the arbiter (engine/exact) has to take, is run
// again by the windowed machine here, from its beginning; so is one that ends with an error, which is then
// the same, and one that is too crowded for kernels: with more than 4096 arrivals at one neuron in one
// window, more than two spikes per neuron in one, or 64 times the spikes that there is room for at first
// (docs/gpu.md). Device::work says how many.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <retrograde/engine/device/device.hpp>
#include <retrograde/engine/device/device_network.hpp>
#include <retrograde/engine/windowed/windowed.hpp>

namespace retrograde {

// Throws LimitError: `what` takes more memory than there is.
[[noreturn]] void throw_no_room(const Device& device, const char* what, std::size_t wanted,
                                std::size_t room);
// The size of the largest layer, 1 at least: the threads that are of use.
std::uint32_t widest(std::span<const LayerView> layers);

class DeviceMachine final : public Machine {
 public:
  // Throws NetworkError if the network cannot be run in windows, LimitError if the device has no room
  // for it. O(synapses).
  DeviceMachine(std::shared_ptr<Device> device, const Network& network);

  std::string_view name() const override { return "device"; }
  const Network& network() const override { return windowed_.network(); }
  // The windowed machine of the same plan, for one trial at a time and the way back event by event.
  const Machine& chosen(Time duration, std::size_t inputs) const override;
  void run_all(std::size_t count, const std::function<Trial(std::size_t)>& trial,
               const RunOptions& options,
               const std::function<void(std::size_t, Tape)>& take) const override;

  const std::shared_ptr<Device>& device() const { return device_; }
  const DeviceNetwork& on_device() const { return on_device_; }
  const WindowPlan& plan() const { return windowed_.plan(); }

 private:
  DeviceMachine(std::shared_ptr<Device> device, const Network& network,
                std::vector<std::uint32_t> ranks);
  Tape run_checked(const Trial& trial, const RunOptions& options, std::span<const Probe> probes,
                   std::vector<Recording>* recordings) const override;
  std::vector<std::size_t> run_some(std::span<const Trial> trials,
                                    std::span<const std::size_t> some, double room_factor,
                                    const RunOptions& options,
                                    const std::function<void(std::size_t, Tape)>& take) const;

  const std::shared_ptr<Device> device_;
  const std::vector<std::uint32_t> ranks_;
  const WindowedMachine windowed_;
  const DeviceNetwork on_device_;
};

}  // namespace retrograde

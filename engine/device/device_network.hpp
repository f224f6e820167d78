// A network and the plan of its windows in memory of a device.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include <retrograde/engine/device/device.hpp>
#include <retrograde/engine/device/network_view.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/windowed/window_plan.hpp>

namespace retrograde {

class DeviceNetwork {
 public:
  // `ranks` as instant_ranks. Throws LimitError if there is no room for it. O(synapses).
  DeviceNetwork(const std::shared_ptr<Device>& device, const Network& network,
                const WindowPlan& plan, std::span<const std::uint32_t> ranks);

  NetworkView view() const { return view_; }
  // Those of view(), to be read here; what they point to is on the device.
  std::span<const LayerView> layers() const { return layers_; }
  // The feeds of a readout of the plan, on the device.
  const FeedView* readout_feeds(std::size_t readout) const { return readout_feeds_[readout]; }

 private:
  DeviceArray<std::byte> memory_;
  NetworkView view_ = {};
  std::vector<LayerView> layers_;
  std::vector<const FeedView*> readout_feeds_;
};

}  // namespace retrograde

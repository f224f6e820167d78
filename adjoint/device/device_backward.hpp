// The way back of a batch on a device, over the plan of a DeviceMachine (backward_pass.hpp): the mirror of
// engine/device/device_machine.hpp.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/engine/device/device_machine.hpp>

namespace retrograde {

// Some trials that were run, group after group: group g has trials [groups[g], groups[g + 1]).
struct BackwardBatch {
  std::span<const Tape> tapes;
  std::span<const LossValue> losses;
  std::span<const std::size_t> groups;
};

// sums[g] := the sum over group g of dL/dparameters, laid out as `layout`; one entry of `statistics` per
// trial. What the CPU does is done in the same order, but for this: where a group has several trials
// they have buffers of their own, which are summed in order afterwards. So with one trial a group sums are
// those of `backward`.
//
// False: nothing was done, because the loss looks at more than spikes and voltage integrals with a closed
// form, or because something is to be refused, of which the CPU knows how to tell. Throws Interrupted
// when `progress` says so, LimitError if the device has no room for one trial.
bool backward_on_device(const DeviceMachine& machine, const BackwardBatch& batch,
                        const Readout& readout, const BackwardOptions& options,
                        const GradientLayout& layout, const std::function<bool(Time)>& progress,
                        std::vector<std::vector<double>>& sums,
                        std::span<BackwardStatistics> statistics);

}  // namespace retrograde

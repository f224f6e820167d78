// A chip of the Xylo family as a target (hardware/chip_target.hpp).
//
// A trial: an input spike at t is an event in step round(t / dt) of its channel, the last step at most;
// events beyond 15 in a step are dropped and counted. The chip takes the steps of the trial, and as
// many more as its latest population lags behind (layout.hpp). The host reads V of the readout after
// each step, as Xylo's Accelerated-Time mode lets it, t the end of the step that it stands for, and sums
// or compares as engine/trial/readout.hpp says; or it takes the first event.
#pragma once

#include <memory>
#include <string>

#include <retrograde/hardware/chip_target.hpp>
#include <retrograde/hardware/xylo/place/profile.hpp>

namespace retrograde::xylo {

class Target final : public ChipTarget {
 public:
  explicit Target(Profile profile) : profile_(std::move(profile)) {}

  const Profile& profile() const { return profile_; }
  const std::string& name() const override { return profile_.name; }
  std::string finer() const override {
    return "take another chip.step, time constants that shifts of bits have, or weights into a "
           "neuron "
           "that are nearer to each other";
  }
  PutOnChip put(const Network& network, const Readout& readout, Time step) const override;

 private:
  Profile profile_;
};

}  // namespace retrograde::xylo

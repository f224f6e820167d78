// A Loihi as a target (hardware/chip_target.hpp): what quantize, the emulator, assess and forecast do,
// behind the interface that every chip has.
//
// What `retro check` does beyond it is Loihi 2's own: calibration and fine-tuning, which need trials to
// choose by; the error budget; cores on a mesh, layer by layer; networks of integers. None of it has a
// counterpart on other chips, so it is not part of the interface. `options` may be calibrated ones.
#pragma once

#include <string>
#include <utility>

#include <retrograde/hardware/chip_profile.hpp>
#include <retrograde/hardware/chip_target.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>
#include <retrograde/hardware/loihi2/model/semantics.hpp>
#include <retrograde/hardware/loihi2/place/fit.hpp>

namespace retrograde::loihi2 {

class Target final : public ChipTarget {
 public:
  // The step of the options is not looked at: put() has one.
  explicit Target(ChipProfile profile, QuantizeOptions options = {},
                  const Semantics& semantics = {})
      : profile_(std::move(profile)), options_(std::move(options)), semantics_(semantics) {}

  const std::string& name() const override { return profile_.name; }
  std::string finer() const override { return loihi2::finer; }
  PutOnChip put(const Network& network, const Readout& readout, Time step) const override;

 private:
  ChipProfile profile_;
  QuantizeOptions options_;
  Semantics semantics_;
};

}  // namespace retrograde::loihi2

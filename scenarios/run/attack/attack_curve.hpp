// Accuracy against the size of an attack (adjoint/attack/attack.hpp), of any classifier: a network of
// spiking neurons, whose input is the times of its input spikes, or a pursuit, whose input is a
// signal. A curve is one classifier, or one way to attack it; what it says at each radius is counted
// over the same inputs.
//
// An attack that fails says nothing unless it is a good one: a gradient that vanishes or misleads
// makes a classifier look robust ("gradient masking"; Athalye, Carlini, Wagner 2018,
// arXiv:1802.00420). So each radius also says what weaker attacks of the same size do, and `signs` are
// those of masking.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/adjoint/attack/attack.hpp>
#include <retrograde/hardware/share.hpp>

namespace retrograde {

struct AttackRadius {
  double epsilon = 0.0;
  Share right;  // of the inputs, after the attack
  // After one step of the whole length, from the same starts; and after as many random points of the
  // ball as the attack has looked at, without any gradient. None: not tried.
  std::optional<Share> one_step, random;
  Share vanished;       // inputs with a start whose gradient became 0
  double margin = 0.0;  // mean, after the attack (decision_margin.hpp)
  double change = 0.0;  // of a value of the input, mean of its size
};

struct AttackCurve {
  std::string name;                 // "exact", "Loihi 2", "GBP"
  bool transferred = false;         // attacked by what the gradient of another one has found
  std::vector<AttackRadius> radii;  // ascending, the first one 0
};

// What an attack that works does not show. A hundredth of the inputs more or less is no sign.
enum class MaskingSign : std::uint8_t {
  rises,     // more are right than at the radius before
  one_step,  // one step does more than many
  random,    // random points do as much as the gradient, or more
  vanished,  // the gradient is 0 for more than a tenth of the inputs
};
struct MaskingWarning {
  MaskingSign sign = MaskingSign::rises;
  double epsilon = 0.0;  // the first radius with it
};
// Ascending by sign. Of a transferred curve nothing is said: its attack is another's.
std::vector<MaskingWarning> signs_of_masking(const AttackCurve& curve);

// The first radius at which inputs that were found elsewhere mislead more than the attack on `own` does: a
// sign of masking as well.
std::optional<std::size_t> outdone_at(const AttackCurve& own, const AttackCurve& transferred);

struct Robustness {
  AttackSpec spec;
  std::string unit;       // of radii and changes: "ms", or empty
  std::string inputs;     // what was attacked, as a count says it: "test trial"
  std::string attacked;   // what the attack moves: "times of input spikes"
  std::string of_margin;  // what a margin is, with its unit: "first spikes (ms)"
  std::uint64_t count = 0;
  std::vector<AttackCurve> curves;
  std::vector<std::string> remarks;  // what else has to be said, whole sentences
};

}  // namespace retrograde

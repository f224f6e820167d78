#include <cmath>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/audio/front_end.hpp>

#include "tests/fuzz/targets.hpp"

namespace retrograde::fuzz {

void sound(std::span<const std::uint8_t> bytes) {
  Sound accepted;
  try {
    accepted = parse_sound(bytes, "fuzz.wav");
  } catch (const Error&) {
    return;
  }
  if (accepted.samples.empty() || accepted.samples.size() > most_sound_frames)
    throw InternalError("an accepted recording has no samples, or too many");
  for (const double x : accepted.samples)
    if (!std::isfinite(x)) throw InternalError("a sample of an accepted recording is no number");
  if (accepted.seconds() > 1) return;
  FrontEnd front_end;
  front_end.cochlea.channels = 2;
  for (const Time t : heard(front_end, std::move(accepted)).times)
    if (!std::isfinite(t) || t < 0)
      throw InternalError("a spike of an accepted recording is nowhere");
}

}  // namespace retrograde::fuzz

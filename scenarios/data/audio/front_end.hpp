// From a recording to spikes: what makes of a spoken word what the Heidelberg sets made of theirs.
//
//   recording -> mono at 16 kHz -> cut, faded, equally loud (loudness.hpp)
//             -> membrane and hair cells (cochlea.hpp) -> adapting neurons (bushy_cell.hpp) -> spikes
//
// Nothing is random. The same recording gives the same bits, alone or beside others, on any number
// of threads. Costs about 40 ms of a core per second of sound at 700 channels.
#pragma once

#include <retrograde/scenarios/data/audio/bushy_cell.hpp>
#include <retrograde/scenarios/data/audio/cochlea.hpp>
#include <retrograde/scenarios/data/audio/loudness.hpp>
#include <retrograde/scenarios/data/audio/sound.hpp>
#include <retrograde/scenarios/data/events/event_set.hpp>

namespace retrograde {

struct FrontEnd {
  Loudness loudness;
  Cochlea cochlea;
  BushyCell cell;
  Time longest = 0;  // ms: what comes later is left out; 0: nothing is

  // All of the above and the version of the program text behind it, as words: what two front ends
  // that give the same spikes have in common.
  std::string description() const;
};

// Throws ScenarioError for a number that cannot be.
void check(const FrontEnd& front_end);

// Spikes in order of (time, channel), one unit per channel, ms from the start of what is left of the
// recording. No spikes for silence.
EventSample heard(const FrontEnd& front_end, Sound sound);

}  // namespace retrograde

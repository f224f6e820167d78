// What is done to a recording before anybody listens: silence around the word is cut off, the ends
// are faded so that a cut is no click, and the whole is made equally loud.
//
// The recordings of the Heidelberg sets were cut and aligned before; lauscher, their tool, then
// scales to an RMS of 0.3 of full scale and applies a Hann window. Ours has the same RMS. Its window
// covers the whole recording, rising over the first half and falling over the second, which takes
// the beginning of a word away with its end; ours fades a few milliseconds.
#pragma once

#include <retrograde/events/time.hpp>
#include <retrograde/scenarios/data/audio/sound.hpp>

namespace retrograde {

struct Loudness {
  double rms = 0.3;     // of full scale (lauscher/transformations/wave2spike.py)
  double silence = 40;  // dB below the loudest 10 ms: quieter ends are cut off; 0: nothing is
  Time margin = 20;     // ms that are kept before and after what is not silent
  Time fade = 5;        // ms at either end, half a Hann window each
};

// Digital silence comes back as it is.
Sound prepared(Sound sound, const Loudness& loudness);

}  // namespace retrograde

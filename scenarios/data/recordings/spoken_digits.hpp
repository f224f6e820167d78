// Synthetic spoken digits: espeak-ng, a program that speaks (Debian package espeak-ng), says the digits
// 0 to 9 in English and German, with 12 of its voices, at varied speed, pitch and amplitude. As many
// samples as in the Heidelberg digits, 8,156 to train and 2,264 to test, in the same 20 classes; but two
// voices, one of each kind, speak in the test part alone, and no other voice speaks there. (In the
// Heidelberg sets the test part has the two speakers that are held out and some of the others.)
//
// It is no recording of people and is always called synthetic: its voices are far more alike from one
// time to the next than those of a person. It is there so that the whole way from sound to a chip can
// be gone on any machine. The same version of espeak-ng says the same bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <retrograde/scenarios/data/recordings/sound_set.hpp>

namespace retrograde {

struct SpokenDigits {
  std::size_t train = 8156, test = 2264;
  std::string program = "espeak-ng";
};

// How one sample is said.
struct Utterance {
  int label = 0;                                                 // 0 to 9 English, 10 to 19 German
  std::uint32_t speaker = 0;                                     // 0 to 11
  unsigned words_per_minute = 175, pitch = 50, amplitude = 100;  // as espeak-ng takes them
};
Utterance utterance(const SpokenDigits& set, std::size_t index);

// Asks the program for its version. Throws IoError with the name of the package if it cannot be
// started.
std::shared_ptr<const SoundSet> spoken_digits(const SpokenDigits& set = {});

}  // namespace retrograde

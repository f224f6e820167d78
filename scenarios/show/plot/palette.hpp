// One colour per meaning in all pictures: numbers of the colours that plot.css defines. What has no
// meaning of its own (layers, values of a study) takes them in order.
#pragma once

namespace retrograde::palette {

inline constexpr int exact = 0;       // the exact network
inline constexpr int chip = 1;        // the same on the chip
inline constexpr int validation = 2;  // trials that choose the epoch
inline constexpr int training = 3;    // trials that are learned from, and what learning is like
inline constexpr int learned = 4;     // values after training
inline constexpr int wrong = 5;       // mistakes
inline constexpr int other = 6;       // grey: what the rest is held against

inline constexpr int size = 7;

}  // namespace retrograde::palette

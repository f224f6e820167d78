// The inner ear: from sound to the rate at which the fibres of the auditory nerve would fire, channel
// by channel. It follows the model that made the Heidelberg sets,
//
//   Cramer, Stradmann, Schemmel, Zenke, "The Heidelberg Spiking Data Sets for the Systematic
//   Evaluation of Spiking Neural Networks", IEEE TNNLS 33, 2022, doi 10.1109/TNNLS.2020.3044364,
//
// as its published program lauscher states it (github.com/electronicvisions/lauscher, files of
// lauscher/transformations): "[L]" below. The numbers of the paper itself could not be compared.
//
// 1. Where a channel listens [L basilar_membrane.py, after Sieroka, Dosch, Rupp, J. Acoust. Soc. Am.
//    120, 297, 2006]. Stiffness falls along the membrane, so that the place c (cm) resonates at
//        f(c) = sqrt((C0 e^(-alpha c) - a) / m) / 2 pi,  C0 = 1e8, alpha = 3 / cm, a = 3500, m = 0.05
//    from 7118 Hz at c = 0 to 0 at 3.42 cm. Channels lie evenly in c; channel 0 is the highest, as in
//    [L] and hence in the Heidelberg sets. [L] takes 0 to 3.5 cm, whose last places resonate with
//    nothing; ours end at `lowest`.
//
// 2. How sharply. [L] solves the shallow-water wave on the membrane, an inverse Fourier transform per
//    channel over the whole recording: minutes for a word. Ours is an all-pole gammatone filter
//    (Katsiamis, Drakakis, Lyon, EURASIP J. Audio Speech Music Process. 2007, 63685), four equal
//    resonances one after the other, as wide as the auditory filters of people (Glasberg, Moore, Hear.
//    Res. 47, 103, 1990: a rectangle of 24.7 (4.37 f / kHz + 1) Hz), all of one height. A high-pass at
//    20 Hz takes away what is no sound.
//      The membrane of [L] is wider. Its formulas, evaluated from 60 to 6500 Hz, give the same shape
//    at every place: a peak at 0.9 f(c), as wide as a rectangle of 0.35 of that (ours: 0.13 at 1
//    kHz), 8 to 11 dB down an octave below and 46 to 58 dB down at 1.5 times the peak, and heights
//    from 226 at 61 Hz to 74 at 3.5 kHz. Filters that wide (`sharpness` 0.35) let a word's formants
//    run into each other: of recordings of the Free Spoken Digit Dataset that were held out of its
//    training part a kernel classifier told 84 % from their spikes in 64 channels, and 92 % with ours.
//
// 3. What the hair cell makes of it [L hair_cell.py: Meddis, J. Acoust. Soc. Am. 79, 702, 1986, with
//    the parameters of 83, 1056, 1988]. Transmitter q is released into the cleft c at the rate
//    k = g u / (u + B), u = max(0, x + A), taken up again by w, and the firing rate of a fibre is h c:
//        dq/dt = y (1 - q) + x w - k q     dc/dt = k q - (l + r) c     dw/dt = r c - x w
//    It rectifies, compresses and adapts. [L] takes Euler steps at the rate of the sound; ours are
//    that for q and w, and exact for c, which is too fast for them at 16 kHz.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include <retrograde/events/time.hpp>

namespace retrograde {

struct Cochlea {
  std::uint32_t channels = 700;  // [L]
  double highest = 7118,
         lowest = 50;    // Hz, of the resonances; the highest is [L]'s, the lowest ours
  double rate = 16'000;  // samples per second: twice what the highest channel hears
  double sharpness = 1;  // of the filters; 1: those of people
  double gain = 1000;    // of a full-scale sine at the peak, in the units of A and B; ours
  // Transduction [L hair_cell.py]: rates in 1/s, A and B in the units of the membrane.
  double A = 5, B = 300, g = 2000, y = 5.05, l = 2500, r = 6580, x = 66.3, h = 50'000;
  std::uint32_t samples_per_frame = 4;  // the rate is averaged over so many: 0.25 ms

  Time frame() const { return samples_per_frame * 1000.0 / rate; }
};

// Throws ScenarioError for a number that cannot be: no channels or more than most_channels, lowest >=
// highest, one above half of the rate, anything not positive.
void check(const Cochlea& cochlea);
inline constexpr std::uint32_t most_cochlea_channels = 16'384;

// Resonance of every channel (Hz), highest first.
std::vector<double> channel_frequencies(const Cochlea& cochlea);

// Channels are computed side by side, as many as fit into a register of the processor: wider vectors
// than that are six times slower (GCC 12).
#ifdef __AVX__
inline constexpr std::size_t ear_lanes = 4;
#else
inline constexpr std::size_t ear_lanes = 2;
#endif
struct Lanes {
  alignas(ear_lanes * sizeof(double)) double of[ear_lanes];
};

// The sound without what is slower than 20 Hz; `rate` is its own.
std::vector<double> without_drift(std::span<const double> sound, double rate);

// The firing rate (1/s) of a fibre in the channels first .. first + ear_lanes - 1 of `sound`, which is at
// cochlea.rate: a mean per frame, the last one filled up with silence. Channels beyond the last are
// those of the last. Same bits whatever else is computed beside.
void fibre_rates(const Cochlea& cochlea, std::span<const double> frequencies, std::size_t first,
                 std::span<const double> sound, std::vector<Lanes>& rates);

// In silence.
double spontaneous_rate(const Cochlea& cochlea);

// |H| of the filter of a channel with that resonance at a frequency (Hz), height included.
double filter_gain(const Cochlea& cochlea, double resonance, double frequency);

}  // namespace retrograde

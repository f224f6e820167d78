// What training sees instead of a sample itself, another variation each time it is shown. In this order:
//
//   blend     extra samples, each made of two of one class: both are moved so that their centres of mass,
//             in units and in time, meet half way (whole units), then each spike stays with
//             probability 1/2
//   shift     all units move by one number, uniform in the whole numbers from -shift to shift
//   dilation  all times are multiplied by one factor, uniform in [1 - dilation, 1 + dilation)
//   jitter    each time moves by a normal number of this standard deviation; what would come before the
//             start is mirrored at it
//   deletion  each spike goes with this probability
//
// Spikes that leave the units or come before the start are dropped. Shift and blend are those of
// the papers on exact gradients for the Heidelberg digits (Nowotny, Turner, Knight, arXiv:2212.01232;
// Meszaros, Knight, Nowotny, arXiv:2501.07331).
//
// Numbers are drawn by (seed, kind of change, epoch, sample): the same for any number of threads, and
// one change does not depend on whether another is switched on.
#pragma once

#include <cstdint>

#include <retrograde/scenarios/data/events/event_set.hpp>

namespace retrograde {

struct Augmentation {
  std::uint32_t blend = 0;  // extra samples in an epoch
  std::uint32_t shift = 0;  // units
  double dilation = 0;      // in [0, 1)
  Time jitter = 0;          // ms
  double deletion = 0;      // in [0, 1)

  bool any() const { return blend > 0 || shift > 0 || dilation > 0 || jitter > 0 || deletion > 0; }
};

// What is shown when, by whose numbers.
struct Showing {
  std::uint64_t seed = 1;
  std::uint32_t epoch = 0;
  std::uint32_t index = 0;  // of the trial

  std::uint64_t entity() const { return std::uint64_t{epoch} << 32 | index; }
};

// All of it but blend.
EventSample augmented(EventSample sample, const Augmentation& how, std::uint32_t units,
                      const Showing& showing);
EventSample blended(const EventSample& a, const EventSample& b, std::uint32_t units,
                    const Showing& showing);

}  // namespace retrograde

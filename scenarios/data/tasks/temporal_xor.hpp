// Temporal exclusive or: two bits arrive one after the other on the same two inputs, and the class
// is whether they differ. Input b fires for a bit b: near t_early for the first one, near t_late
// for the second, each moved by an offset that is uniform in [-jitter, jitter).
//
// What the task asks for is memory. If nothing of the first bit is left when the second arrives,
// whatever a network adds up over the trial is F(first bit) + G(second bit), and such a sum S has
// S(0,0) + S(1,1) = S(0,1) + S(1,0): no threshold on it has both of the first on one side and both
// of the second on the other, so that at most three of the four cases are right.
//
// The trials are generated: balanced over the four cases, the offsets drawn anew per trial and
// part, the same in every run.
#pragma once

#include <cstddef>

#include <retrograde/scenarios/data/data_kind.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/data/encoding.hpp>

namespace retrograde {

struct TemporalXorParts {
  std::size_t train = 400, validation = 200, test = 400;
};

// Two inputs, from encoding.first on. jitter in ms. Throws ScenarioError for an encoding that
// cannot be, and for a jitter that moves a spike out of the trial or the second bit before the
// first.
Dataset load_temporal_xor(const LatencyEncoding& encoding, Time jitter,
                          const TemporalXorParts& parts = {});

// kind = "temporal_xor" of [data].
DataKind temporal_xor_kind();

}  // namespace retrograde

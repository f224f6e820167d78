// Every sample of a set, or of some of them, read in parallel.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

#include <retrograde/engine/parallel.hpp>
#include <retrograde/scenarios/data/events/event_set.hpp>
#include <retrograde/scenarios/io/work_progress.hpp>

namespace retrograde {

// Calls body(k, sample) for the sample indices[k], on several threads and in any order. Throws what
// reading the first bad one of them throws; `progress` may be empty.
template <typename Body>
void for_each_sample(const EventSet& set, std::span<const std::uint32_t> indices,
                     const WorkProgress& progress, const Body& body) {
  constexpr std::size_t at_once = 256;  // between two messages about progress
  const std::string what = "reading " + set.info().source;
  for (std::size_t begin = 0; begin < indices.size(); begin += at_once) {
    const std::size_t count = std::min(at_once, indices.size() - begin);
    for_each_trial(count, [&](std::size_t k) { body(begin + k, set.sample(indices[begin + k])); });
    if (progress) progress(begin + count, indices.size(), what);
  }
}

}  // namespace retrograde

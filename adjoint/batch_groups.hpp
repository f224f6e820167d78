// In which order the trials of a batch are summed: in groups, one group's trials into one buffer,
// one after the other, then the buffers in order. How many groups follows from the network and the
// batch alone, or is said (GradientOptions::groups), so that the order of additions depends neither
// on threads nor on ranks (ranks/ranks.hpp): both share groups, and no group is ever divided.
#pragma once

#include <algorithm>
#include <cstddef>

#include <retrograde/engine/parameters.hpp>

namespace retrograde {

struct BatchGroups {
  std::size_t trials = 0, size = 1;  // of a group; the last may have fewer

  std::size_t count() const { return (trials + size - 1) / size; }
  // The first trial of a group, whose end is where the next one begins.
  std::size_t begin(std::size_t group) const { return std::min(trials, group * size); }
};

// `wanted` groups, or fewer where there are fewer trials; 0: eight of at least four trials, down to
// two where buffers of `layout` are large.
BatchGroups batch_groups(std::size_t trials, const ParameterLayout& layout, std::size_t wanted);

// Things [first, last) of some.
struct Portion {
  std::size_t first = 0, last = 0;
  std::size_t size() const { return last - first; }
};

// What the `index`-th of `of` gets of `count` things: they follow each other, and of the sizes, which
// differ by one at most, the last is never 0.
inline Portion share_of(std::size_t count, std::size_t index, std::size_t of) {
  return {count * index / of, count * (index + 1) / of};
}

}  // namespace retrograde

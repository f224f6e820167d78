// The values of a network by name: ("h", tau_mem) are those of a population, ("in->h", weight) those of
// a projection. Whatever lies like the parameters is cut by the same blocks: values, a gradient, the
// moments of an optimiser.
//
// A projection is called by its name, which is "in->h" unless its maker gave it another; two between
// one pair of populations have names of their own. Written as "in -> h", with blanks or without, it is
// also found by the populations that it joins, as long as it is the only one between them. Weights and
// delays of a projection are in the order of its synapses (Projection), values of a population in the
// order of its neurons. Times are in ms, all else in units of V.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/parameters.hpp>

namespace retrograde {

// The values of one kind of one population or projection: entries [begin, begin + size) of the layout.
struct ParameterBlock {
  std::string owner;  // name of the population or projection
  ParameterKind kind = ParameterKind::weight;
  std::size_t begin = 0, size = 0;

  // As scenarios, --set and exported arrays spell it: "population.h.tau_mem".
  std::string key() const;
  // Of whatever lies like the parameters.
  template <typename T>
  std::span<T> of(std::span<T> flat) const {
    return flat.subspan(begin, size);
  }
};

// All values that influence the network, ascending by population, then by projection; within them by
// kind. O(populations + projections).
std::vector<ParameterBlock> parameter_blocks(const Network& network);

// The one of that owner and kind. Throws NetworkError, which says what there is, where there is no
// such owner or it has no such kind. O(populations + projections).
ParameterBlock parameter_block(const Network& network, std::string_view owner, ParameterKind kind);

// The kind of that name; throws NetworkError, which lists them.
ParameterKind parameter_kind(std::string_view name);

// Position of the projection of that name, as said above. Throws NetworkError.
std::uint32_t projection_named(const Network& network, std::string_view name);
// Position of a population; throws NetworkError.
std::uint32_t population_named(const Network& network, std::string_view name);

// Values now. As long as the network stands.
std::span<const double> values_of(const Network& network, std::string_view owner,
                                  ParameterKind kind);

// Other values: one for each, or one for all.
struct NamedValues {
  std::string owner;
  ParameterKind kind = ParameterKind::weight;
  std::vector<double> values;
};
// The same network with them; where two mean the same entry the last one counts. Throws NetworkError
// as parameter_block and Network::with_parameters do, and for a number of values that does not fit.
// O(parameters).
Network with_values(const Network& network, std::span<const NamedValues> changes);
inline Network with_values(const Network& network, std::initializer_list<NamedValues> changes) {
  return with_values(network, std::span(changes.begin(), changes.size()));
}

}  // namespace retrograde

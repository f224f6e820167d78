#include <algorithm>
#include <fmt/format.h>
#include <tuple>

#include <retrograde/engine/network/placing.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

[[noreturn]] void refuse_ends(const std::string& projection, const ProjectionSizes& sizes,
                              std::uint32_t source, std::uint32_t target) {
  throw NetworkError(
      fmt::format("{}[{}, {}]", projection, target, source),
      fmt::format("the projection has {} targets and {} sources", sizes.targets, sizes.sources));
}

// Where the synapses of one source lie.
SynapsePlaces row_of(const Projection& projection, std::uint32_t source,
                     const SynapsePlaces& places) {
  const SynapseId begin = projection.rows[source], size = projection.rows[source + 1] - begin;
  return {places.targets.subspan(begin, size), places.weights.subspan(begin, size),
          places.delays.subspan(begin, size)};
}

void put(std::span<const RowSynapse> synapses, const SynapsePlaces& row) {
  for (std::size_t k = 0; k < synapses.size(); ++k) {
    row.targets[k] = synapses[k].target;
    row.weights[k] = synapses[k].weight;
    row.delays[k] = synapses[k].delay;
  }
}

void sort_by_target(std::span<RowSynapse> row) {
  const auto before = [](const RowSynapse& a, const RowSynapse& b) { return a.target < b.target; };
  if (!std::is_sorted(row.begin(), row.end(), before)) std::sort(row.begin(), row.end(), before);
}

void refuse_twins(const Projection& projection, std::uint32_t source,
                  std::span<const std::uint32_t> targets) {
  const auto twin = std::adjacent_find(targets.begin(), targets.end());
  if (twin != targets.end())
    throw NetworkError(fmt::format("{}[{}, {}]", projection.name, *twin, source),
                       "given twice; join two synapses of one pair by a second projection");
}

// Sources that one task handles together.
constexpr std::uint32_t sources_together = 256;

std::size_t tasks_of(std::uint32_t count, std::uint32_t together) {
  return count / together + (count % together != 0);
}

}  // namespace

std::uint64_t add_up(std::vector<SynapseId>& rows) {
  std::uint64_t sum = 0;
  for (SynapseId& row : rows) row = static_cast<SynapseId>(sum += row);
  return sum;
}

std::vector<SynapseId> row_sizes(const std::string& projection, const ProjectionSizes& sizes,
                                 std::span<const SynapseSpec> synapses) {
  std::vector<SynapseId> rows(std::size_t{sizes.sources} + 1, 0);
  const SynapseSpec* outside = nullptr;  // the first in the order of (source, target)
  for (const SynapseSpec& s : synapses) {
    if (s.source < sizes.sources && s.target < sizes.targets)
      ++rows[s.source + 1];
    else if (!outside || std::tie(s.source, s.target) < std::tie(outside->source, outside->target))
      outside = &s;
  }
  if (outside) refuse_ends(projection, sizes, outside->source, outside->target);
  return rows;
}

std::vector<SynapseId> row_sizes(const ProjectionSizes& sizes, const SynapseRule& rule) {
  std::vector<SynapseId> rows(std::size_t{sizes.sources} + 1, 0);
  for_each_trial(tasks_of(sizes.sources, sources_together), [&](std::size_t task) {
    const std::size_t first = task * sources_together;
    const std::size_t end = std::min<std::size_t>(first + sources_together, sizes.sources);
    for (std::size_t i = first; i < end; ++i)
      rows[i + 1] = rule.size(static_cast<std::uint32_t>(i));
  });
  return rows;
}

void place(const Projection& projection, std::span<const SynapseSpec> synapses,
           const SynapsePlaces& places) {
  std::vector<SynapseId> next(projection.rows.begin(), projection.rows.end() - 1);
  for (const SynapseSpec& s : synapses) {
    const SynapseId k = next[s.source]++;
    places.targets[k] = s.target;
    places.weights[k] = s.weight;
    places.delays[k] = s.delay;
  }
  std::vector<RowSynapse> sorted;
  for (std::uint32_t i = 0; i < next.size(); ++i) {
    const SynapsePlaces row = row_of(projection, i, places);
    if (!std::is_sorted(row.targets.begin(), row.targets.end())) {
      sorted.clear();
      sorted.reserve(row.targets.size());
      for (std::size_t k = 0; k < row.targets.size(); ++k)
        sorted.push_back({row.targets[k], row.weights[k], row.delays[k]});
      sort_by_target(sorted);
      put(sorted, row);
    }
    refuse_twins(projection, i, row.targets);
  }
}

void place(const Projection& projection, const ProjectionSizes& sizes, const SynapseRule& rule,
           const SynapsePlaces& places) {
  for_each_trial(tasks_of(sizes.sources, sources_together), [&](std::size_t task) {
    const auto first = static_cast<std::uint32_t>(task * sources_together);
    const std::uint32_t end = first + std::min(sources_together, sizes.sources - first);
    std::vector<RowSynapse> drawn;
    for (std::uint32_t i = first; i < end; ++i) {
      const SynapsePlaces row = row_of(projection, i, places);
      if (row.targets.empty()) continue;
      drawn.resize(row.targets.size());
      rule.draw(i, drawn);
      sort_by_target(drawn);
      if (drawn.back().target >= sizes.targets)
        refuse_ends(projection.name, sizes, i, drawn.back().target);
      put(drawn, row);
      refuse_twins(projection, i, row.targets);
    }
  });
}

}  // namespace retrograde

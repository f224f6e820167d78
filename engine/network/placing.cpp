#include <algorithm>
#include <atomic>
#include <bit>
#include <fmt/format.h>
#include <limits>
#include <tuple>

#include <retrograde/engine/network/placing.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// A synapse while its row is sorted.
struct RowSynapse {
  std::uint32_t target;
  double weight, delay;
};

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

// By target; those of one pair by their values, of which equal ones may change places. By their bits:
// values that are not numbers are refused later.
struct BeforeInRow {
  bool operator()(const RowSynapse& a, const RowSynapse& b) const {
    if (a.target != b.target) return a.target < b.target;
    const auto bits = [](double x) { return std::bit_cast<std::uint64_t>(x); };
    if (bits(a.delay) != bits(b.delay)) return bits(a.delay) < bits(b.delay);
    return bits(a.weight) < bits(b.weight);
  }
};

void refuse_twins(const Projection& projection, std::uint32_t source,
                  std::span<const std::uint32_t> targets) {
  if (projection.multapses) return;
  const auto twin = std::adjacent_find(targets.begin(), targets.end());
  if (twin != targets.end())
    throw NetworkError(fmt::format("{}[{}, {}]", projection.name, *twin, source),
                       "given twice; join two synapses of one pair by a second projection, or "
                       "allow multapses");
}

// Orders a row; `room` is for that.
void sort_row(const Projection& projection, std::uint32_t source, const SynapsePlaces& row,
              std::vector<RowSynapse>& room) {
  const auto unordered = [&](std::uint32_t a, std::uint32_t b) {
    return projection.multapses ? a >= b : a > b;
  };
  if (std::adjacent_find(row.targets.begin(), row.targets.end(), unordered) != row.targets.end()) {
    room.clear();
    for (std::size_t k = 0; k < row.targets.size(); ++k)
      room.push_back({row.targets[k], row.weights[k], row.delays[k]});
    std::sort(room.begin(), room.end(), BeforeInRow());
    for (std::size_t k = 0; k < room.size(); ++k) {
      row.targets[k] = room[k].target;
      row.weights[k] = room[k].weight;
      row.delays[k] = room[k].delay;
    }
  }
  refuse_twins(projection, source, row.targets);
}

// body(i) for i < count, many of them in one task.
template <typename Body>
void for_each_together(std::size_t count, const Body& body) {
  constexpr std::size_t together = 256;
  for_each_trial(count / together + (count % together != 0), [&](std::size_t task) {
    const std::size_t end = std::min(count, (task + 1) * together);
    for (std::size_t i = task * together; i < end; ++i) body(static_cast<std::uint32_t>(i));
  });
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

std::vector<SynapseId> row_sizes(const std::string& projection, const ProjectionSizes& sizes,
                                 const SynapseRule& rule) {
  std::vector<SynapseId> rows(std::size_t{sizes.sources} + 1, 0);
  std::atomic<std::uint64_t> count = 0;
  for_each_together(rule.pieces, [&](std::uint32_t piece) {
    std::uint64_t met = 0;
    rule.visit(piece, [&](const RuleSynapse& s) {
      if (s.source >= sizes.sources || s.target >= sizes.targets)
        refuse_ends(projection, sizes, s.source, s.target);
      std::atomic_ref(rows[s.source + 1]).fetch_add(1, std::memory_order_relaxed);
      ++met;
    });
    // A row that went beyond a SynapseId would look small.
    if ((count += met) > std::numeric_limits<SynapseId>::max())
      throw LimitError("synapses", std::numeric_limits<SynapseId>::max(),
                       static_cast<double>(count.load()),
                       fmt::format("{}: more than 2^32 synapses in one network", projection));
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
  std::vector<RowSynapse> room;
  for (std::uint32_t i = 0; i < next.size(); ++i)
    sort_row(projection, i, row_of(projection, i, places), room);
}

void place(const Projection& projection, const SynapseRule& rule, const SynapsePlaces& places) {
  std::vector<SynapseId> next(projection.rows.begin(), projection.rows.end() - 1);
  for_each_together(rule.pieces, [&](std::uint32_t piece) {
    rule.visit(piece, [&](const RuleSynapse& s) {
      // In the order of the moment; the rows are sorted afterwards.
      const SynapseId k = std::atomic_ref(next[s.source]).fetch_add(1, std::memory_order_relaxed);
      places.targets[k] = s.target;
      rule.values(s, places.weights[k], places.delays[k]);
    });
  });
  for_each_together(next.size(), [&](std::uint32_t i) {
    thread_local std::vector<RowSynapse> room;
    sort_row(projection, i, row_of(projection, i, places), room);
  });
}

}  // namespace retrograde

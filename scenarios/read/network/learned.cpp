#include <algorithm>
#include <fmt/format.h>
#include <limits>

#include <retrograde/engine/network/analysis.hpp>
#include <retrograde/scenarios/read/network/learned.hpp>
#include <retrograde/scenarios/read/network/values.hpp>

namespace retrograde {

namespace {

std::string key_of(ParameterKind kind, const char* end) { return std::string(name(kind)) + end; }

// learn = ["weight", "delay"]: one flag per name.
std::vector<char> read_flags(TomlTable& table, const std::vector<std::string>& names) {
  std::vector<char> learned(names.size(), 0);
  const auto learn = table.find("learn");
  if (!learn) return learned;
  for (const TomlValue& value : learn->list()) {
    char& flag = learned[value.choice(names)];
    if (flag) value.fail(fmt::format("{} is listed twice; once is enough", value.found()));
    flag = 1;
  }
  return learned;
}

// Learned delays need not be longer than a trial.
void read_bounds(TomlTable& table, LearnedKind& learned, Time duration) {
  const ParameterKind kind = learned.kind;
  const std::string low_key = key_of(kind, "_min"), high_key = key_of(kind, "_max");
  if (const auto low = table.find(low_key))
    learned.low = read_value(*low, is_time(kind), range_of(kind));
  if (const auto high = table.find(high_key))
    learned.high = read_value(*high, is_time(kind), range_of(kind));
  else if (kind == ParameterKind::delay && learned.learned)
    learned.high = duration;
  const Range bounds = learned.bounds();
  if (bounds.low > bounds.high)
    table.fail_at_key(table.has(high_key) ? high_key : low_key,
                      fmt::format("{} {} lies above {} {}; exchange or widen them", low_key,
                                  bounds.low, high_key, bounds.high));
}

// Where a table says of a kind what cannot be: at its bound, or where it is said to be learned.
[[noreturn]] void fail_at_bound(const TomlTable& table, ParameterKind kind, const char* end,
                                const std::string& message) {
  const std::string key = key_of(kind, end);
  table.fail_at_key(table.has(key) || !table.has("learn") ? key : "learn", message);
}

// Writes bounds and flags of one kind into `learning`, for `count` parameters from `begin` on; `what`
// says whose a parameter is.
template <typename What>
void set(Learning& learning, const Network& network, const TomlTable& table,
         const LearnedKind& learned, std::size_t begin, std::size_t count, const What& what) {
  const std::span<const double> values = network.parameters();
  for (std::size_t k = begin; k < begin + count; ++k) {
    if (learned.low) learning.lower[k] = *learned.low;
    if (learned.high) learning.upper[k] = *learned.high;
    learning.learned[k] = learned.learned ? 1 : 0;
    // What is not learned may have any value that the network takes, unless bounds are written.
    const bool below = values[k] < learning.lower[k] && (learned.learned || learned.low);
    const bool above = values[k] > learning.upper[k] && (learned.learned || learned.high);
    if (!below && !above) continue;
    fail_at_bound(
        table, learned.kind, below ? "_min" : "_max",
        fmt::format("{} starts with {} {}, but learning keeps it between {} and {}; start within, "
                    "or write other bounds ({}, {})",
                    what(k - begin), name(learned.kind), values[k], learning.lower[k],
                    learning.upper[k], key_of(learned.kind, "_min"), key_of(learned.kind, "_max")));
  }
}

// The smallest value that a delay parameter may come to, and whether it is learned.
struct Lowest {
  Time value;
  bool learned;
};

Lowest lowest(const Network& network, const Learning& learning, ParameterKind kind,
              std::size_t index) {
  const std::size_t k = network.layout().offset(kind) + index;
  return learning.learned[k] ? Lowest{learning.lower[k], true}
                             : Lowest{network.parameters()[k], false};
}

[[noreturn]] void fail_on_cycle(const TomlTable& table, const char* entity, ParameterKind kind) {
  const std::string key = key_of(kind, "_min");
  fail_at_bound(
      table, kind, "_min",
      fmt::format("this {0} lies on a cycle and its {1} is learned: {2} must be above 0, so that "
                  "a neuron never hears itself at the instant it fires; write {2} = \"0.1 ms\"",
                  entity, name(kind), key));
}

// A learned delay that may shrink to 0 on a cycle would let cause and effect share an instant.
void check_cycles(const Network& network, const Learning& learning,
                  const std::vector<LearnedEntity>& populations,
                  const std::vector<LearnedEntity>& projections) {
  constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> component(network.neuron_count(), none);
  const NetworkAnalysis analysis = analyse(network, 0);
  for (std::uint32_t c = 0; c < analysis.recurrent.size(); ++c)
    for (const NeuronId n : analysis.recurrent[c].neurons) component[n] = c;

  for (std::size_t p = 0; p < projections.size(); ++p) {
    const Projection& projection = network.projections()[p];
    const NeuronId first_source = network.populations()[projection.source].first;
    const NeuronId first_target = network.populations()[projection.target].first;
    for (SynapseId k = 0; k < projection.size; ++k) {
      // A synapse on a cycle,
      const NeuronId source = first_source + projection.sources[k];
      const NeuronId target = first_target + projection.targets[k];
      if (component[source] == none || component[source] != component[target]) continue;
      // whose three delays may add up to 0, and one of them is learned.
      const Lowest own = lowest(network, learning, ParameterKind::delay, projection.first + k);
      const Lowest axonal = lowest(network, learning, ParameterKind::axonal_delay, source);
      const Lowest dendritic = lowest(network, learning, ParameterKind::dendritic_delay, target);
      if (own.value + axonal.value + dendritic.value > 0.0) continue;
      if (own.learned) fail_on_cycle(*projections[p].table, "projection", ParameterKind::delay);
      if (axonal.learned)
        fail_on_cycle(*populations[projection.source].table, "population",
                      ParameterKind::axonal_delay);
      if (dendritic.learned)
        fail_on_cycle(*populations[projection.target].table, "population",
                      ParameterKind::dendritic_delay);
    }
  }
}

}  // namespace

Range LearnedKind::bounds() const {
  Range range = range_of(kind);
  if (low) range.low = *low, range.low_open = false;
  if (high) range.high = *high;
  return range;
}

Range range_of(ParameterKind kind) {
  const ParameterRange& range = traits(kind).range;
  return {range.low, range.high, range.above, false};
}

void add_learned_keys(std::vector<std::string>& keys, std::span<const ParameterKind> kinds) {
  keys.emplace_back("learn");
  for (const ParameterKind kind : kinds) {
    keys.push_back(key_of(kind, "_min"));
    keys.push_back(key_of(kind, "_max"));
  }
}

std::vector<LearnedKind> read_learned(TomlTable& table, std::span<const ParameterKind> kinds,
                                      Time duration) {
  std::vector<std::string> names;
  for (const ParameterKind kind : kinds) names.emplace_back(name(kind));
  const std::vector<char> flags = read_flags(table, names);
  std::vector<LearnedKind> all;
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    all.push_back({kinds[k], flags[k] != 0, {}, {}});
    read_bounds(table, all.back(), duration);
  }
  return all;
}

Learning learning_of(const Network& network, const std::vector<LearnedEntity>& populations,
                     const std::vector<LearnedEntity>& projections) {
  Learning learning = Learning::none(network);
  const ParameterLayout& layout = network.layout();
  for (std::size_t p = 0; p < projections.size(); ++p)
    for (const LearnedKind& kind : *projections[p].kinds) {
      const Projection& projection = network.projections()[p];
      const std::size_t begin = layout.offset(kind.kind) + projection.first;
      set(learning, network, *projections[p].table, kind, begin, projection.size,
          [&](std::size_t k) {
            return fmt::format("synapse (target {}, source {})", projection.targets[k],
                               projection.sources[k]);
          });
    }
  for (std::size_t p = 0; p < populations.size(); ++p)
    for (const LearnedKind& kind : *populations[p].kinds) {
      const Population& population = network.populations()[p];
      const std::size_t begin = layout.offset(kind.kind) + population.first;
      set(learning, network, *populations[p].table, kind, begin, population.size,
          [](std::size_t k) { return fmt::format("neuron {}", k); });
    }
  check_cycles(network, learning, populations, projections);
  return learning;
}

}  // namespace retrograde

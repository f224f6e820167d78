#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <numeric>

#include <retrograde/engine/network/analysis.hpp>
#include <retrograde/events/random.hpp>
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

// How it is learned. What is not learned cannot be.
void read_manner(TomlTable& table, LearnedKind& learned) {
  const auto find = [&](const char* end) -> std::optional<TomlValue> {
    const std::string key = key_of(learned.kind, end);
    const auto value = table.find(key);
    if (value && !learned.learned)
      value->fail(
          fmt::format("{0} is not learned here, so {1} has no effect; add \"{0}\" to learn, "
                      "or remove {1}",
                      name(learned.kind), key));
    return value;
  };
  const auto number = [&](const char* end, std::optional<double>& to) {
    if (const auto value = find(end)) to = value->number(Range::not_negative());
  };
  number("_rate", learned.rate);
  if (learned.kind == ParameterKind::weight) number("_decay", learned.decay);
  if (learned.kind == ParameterKind::weight || is_delay(learned.kind)) number("_l1", learned.l1);
  if (!is_delay(learned.kind)) return;
  if (const auto share = find("_share")) learned.share = share->number({0.0, 1.0, true, false});
  if (const auto choice = find("_choice")) {
    learned.random_share = choice->choice({"largest", "random"}) == 1;
    if (!learned.share)
      choice->fail(fmt::format("{} is missing; write {} = 0.2, or remove {}",
                               key_of(learned.kind, "_share"), key_of(learned.kind, "_share"),
                               key_of(learned.kind, "_choice")));
  }
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
  if (count == 0) return;
  if (learned.low) learning.lower.fill(begin, count, *learned.low);
  if (learned.high) learning.upper.fill(begin, count, *learned.high);
  learning.learned.fill(begin, count, learned.learned ? 1 : 0);
  const double lower = learning.lower[begin], upper = learning.upper[begin];  // of all of them
  for (std::size_t k = begin; k < begin + count; ++k) {
    // What is not learned may have any value that the network takes, unless bounds are written.
    const bool below = values[k] < lower && (learned.learned || learned.low);
    const bool above = values[k] > upper && (learned.learned || learned.high);
    if (!below && !above) continue;
    fail_at_bound(
        table, learned.kind, below ? "_min" : "_max",
        fmt::format("{} starts with {} {}, but learning keeps it between {} and {}; start within, "
                    "or write other bounds ({}, {})",
                    what(k - begin), name(learned.kind), values[k], lower, upper,
                    key_of(learned.kind, "_min"), key_of(learned.kind, "_max")));
  }
}

// What makes a group of these parameters, which begin at `begin`, those of the entity `of`.
void add_group(Learning& learning, const TomlTable& table, const LearnedKind& kind,
               std::size_t begin, std::size_t count, const std::string& of, std::uint64_t seed) {
  if (!kind.rate && !kind.decay && !kind.l1 && !kind.share) return;
  LearningGroup group{begin, begin + count, kind.rate, kind.decay, kind.l1};
  if (kind.share) {
    // What rounding leaves below a whole number means that number.
    group.most = static_cast<std::size_t>(*kind.share * static_cast<double>(count) * (1 + 1e-12));
    if (group.most == 0)
      table.fail_at_key(
          key_of(kind.kind, "_share"),
          fmt::format("this share of {} is less than one; write at least {:g}, or do "
                      "not learn {}",
                      count, std::ceil(1e6 / static_cast<double>(count)) / 1e6, name(kind.kind)));
    if (kind.random_share) {
      std::vector<std::size_t> order(count);
      std::iota(order.begin(), order.end(), begin);
      Random(seed, key_of(kind.kind, "_share/") + of).shuffle(order);
      const auto fixed = order.begin() + static_cast<std::ptrdiff_t>(*group.most);
      std::sort(fixed, order.end());
      learning.learned.change(begin, begin + count,
                              [next = fixed, &order](std::size_t k, char old) mutable {
                                return next != order.end() && *next == k ? (++next, char{0}) : old;
                              });
    }
  }
  learning.groups.push_back(group);
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
                  const std::vector<LearnedEntity>& projections, const DenseProjections& dense) {
  const auto learns = [&](ParameterKind kind) { return learning.any(network.layout(), kind); };
  if (std::ranges::none_of(parameter_kinds, [&](auto k) { return is_delay(k) && learns(k); }))
    return;
  const std::vector<std::size_t> groups = recurrent_groups(network, dense);
  for (std::size_t p = 0; p < projections.size(); ++p) {
    const Projection& projection = network.projections()[p];
    const NeuronId first_source = network.populations()[projection.source].first;
    const NeuronId first_target = network.populations()[projection.target].first;
    std::uint32_t i = 0;  // source of synapse k
    for (SynapseId k = 0; k < projection.size; ++k) {
      while (k >= projection.rows[i + 1]) ++i;
      // A synapse on a cycle,
      const NeuronId source = first_source + i, target = first_target + projection.targets[k];
      if (groups[source] == 0 || groups[source] != groups[target]) continue;
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
    for (const char* end : {"_min", "_max", "_rate"}) keys.push_back(key_of(kind, end));
    if (kind == ParameterKind::weight)
      for (const char* end : {"_decay", "_l1"}) keys.push_back(key_of(kind, end));
    if (is_delay(kind))
      for (const char* end : {"_l1", "_share", "_choice"}) keys.push_back(key_of(kind, end));
  }
}

std::vector<LearnedKind> read_learned(TomlTable& table, std::span<const ParameterKind> kinds,
                                      Time duration) {
  std::vector<std::string> names;
  for (const ParameterKind kind : kinds) names.emplace_back(name(kind));
  const std::vector<char> flags = read_flags(table, names);
  std::vector<LearnedKind> all;
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    all.push_back({kinds[k], flags[k] != 0});
    read_bounds(table, all.back(), duration);
    read_manner(table, all.back());
  }
  return all;
}

Learning learning_of(const Network& network, const std::vector<LearnedEntity>& populations,
                     const std::vector<LearnedEntity>& projections, const DenseProjections& dense,
                     std::uint64_t seed) {
  Learning learning = Learning::none(network);
  const ParameterLayout& layout = network.layout();
  for (std::size_t p = 0; p < projections.size(); ++p)
    for (const LearnedKind& kind : *projections[p].kinds) {
      const Projection& projection = network.projections()[p];
      const std::size_t begin = layout.offset(kind.kind) + projection.first;
      set(learning, network, *projections[p].table, kind, begin, projection.size,
          [&](std::size_t k) {
            return fmt::format("synapse (target {}, source {})", projection.targets[k],
                               projection.source_of(k));
          });
      add_group(learning, *projections[p].table, kind, begin, projection.size, projection.name,
                seed);
    }
  for (std::size_t p = 0; p < populations.size(); ++p)
    for (const LearnedKind& kind : *populations[p].kinds) {
      const Population& population = network.populations()[p];
      const std::size_t begin = layout.offset(kind.kind) + population.first;
      set(learning, network, *populations[p].table, kind, begin, population.size,
          [](std::size_t k) { return fmt::format("neuron {}", k); });
      add_group(learning, *populations[p].table, kind, begin, population.size, population.name,
                seed);
    }
  check_cycles(network, learning, populations, projections, dense);
  return learning;
}

Network with_shares(Network network, const Learning& learning) {
  const auto limited = [](const LearningGroup& group) { return group.most.has_value(); };
  if (std::none_of(learning.groups.begin(), learning.groups.end(), limited)) return network;
  std::vector<double> values = network.take_parameters();
  for (const LearningGroup& group : learning.groups)
    if (group.most)
      learning.for_each_alike(group.begin, group.end,
                              [&](std::size_t k, std::size_t end, const ValueRange& range) {
                                for (; !range.learned && k < end; ++k) values[k] = range.lower;
                              });
  keep_largest(learning, values);
  return network.with_parameters(std::move(values));
}

}  // namespace retrograde

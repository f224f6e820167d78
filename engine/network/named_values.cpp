#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include <retrograde/engine/network/named_values.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// "a, b, c and 7 more": as many as a message takes.
template <typename List, typename Text>
std::string list_of(const List& list, const Text& text) {
  constexpr std::size_t most = 12;
  std::string all;
  for (std::size_t k = 0; k < list.size() && k < most; ++k)
    all += fmt::format("{}{}", k ? ", " : "", text(list[k]));
  if (list.size() > most) all += fmt::format(" and {} more", list.size() - most);
  return all;
}
template <typename List>
std::string names_of(const List& list) {
  return list.empty() ? "none" : list_of(list, [](const auto& each) { return each.name; });
}
std::string kinds_text(std::span<const ParameterKind> kinds) {
  return kinds.empty() ? "no parameters"
                       : list_of(kinds, [](ParameterKind kind) { return name(kind); });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// The populations that `written` joins: at whichever of its arrows there is one on both sides.
std::optional<std::pair<std::uint32_t, std::uint32_t>> ends_of(const Network& network,
                                                               std::string_view written) {
  for (std::size_t at = written.find("->"); at != std::string_view::npos;
       at = written.find("->", at + 1)) {
    const auto from = network.find_population(trimmed(written.substr(0, at))),
               to = network.find_population(trimmed(written.substr(at + 2)));
    if (from && to) return std::pair(*from, *to);
  }
  return std::nullopt;
}

ParameterBlock block(const Network& network, const Population& p, ParameterKind kind) {
  return {p.name, kind, network.layout().offset(kind) + p.first, p.size};
}
ParameterBlock block(const Network& network, const Projection& p, ParameterKind kind) {
  return {p.name, kind, network.layout().offset(kind) + p.first, p.size};
}

}  // namespace

std::string ParameterBlock::key() const {
  return fmt::format("{}.{}.{}", belongs_to_synapse(kind) ? "projection" : "population", owner,
                     name(kind));
}

std::vector<ParameterBlock> parameter_blocks(const Network& network) {
  std::vector<ParameterBlock> all;
  for (const Population& p : network.populations())
    for (const ParameterKind kind : p.model.parameters(p.receptors))
      all.push_back(block(network, p, kind));
  for (const Projection& p : network.projections())
    for (const ParameterKind kind : synapse_parameter_kinds) all.push_back(block(network, p, kind));
  return all;
}

ParameterKind parameter_kind(std::string_view wanted) {
  for (const ParameterKind kind : parameter_kinds)
    if (name(kind) == wanted) return kind;
  std::string all;
  for (const ParameterKind kind : parameter_kinds)
    all += fmt::format("{}{}", all.empty() ? "" : ", ", name(kind));
  throw NetworkError(std::string(wanted),
                     fmt::format("there is no such kind of parameter; the kinds are {}", all));
}

std::uint32_t population_named(const Network& network, std::string_view wanted) {
  if (const auto p = network.find_population(wanted)) return *p;
  const bool projection = network.find_projection(wanted) || ends_of(network, wanted);
  throw NetworkError(std::string(wanted),
                     fmt::format("{}; the populations are {}",
                                 projection ? "is a projection, and a population is wanted here"
                                            : "there is no population of this name",
                                 names_of(network.populations())));
}

std::uint32_t projection_named(const Network& network, std::string_view wanted) {
  if (const auto p = network.find_projection(wanted)) return *p;
  const std::vector<Projection>& all = network.projections();
  if (const auto ends = ends_of(network, wanted)) {
    std::vector<std::uint32_t> between;
    for (std::uint32_t p = 0; p < all.size(); ++p)
      if (all[p].source == ends->first && all[p].target == ends->second) between.push_back(p);
    if (between.size() == 1) return between[0];
    if (between.size() > 1)
      throw NetworkError(
          std::string(wanted),
          fmt::format("{} projections join these populations; choose one by its name: {}",
                      between.size(), list_of(between, [&](auto p) { return all[p].name; })));
  }
  throw NetworkError(
      std::string(wanted),
      fmt::format("{}; the projections are {}",
                  network.find_population(wanted)
                      ? "is a population, and a projection is wanted here"
                      : "there is no projection of this name, and none between such populations",
                  names_of(all)));
}

ParameterBlock parameter_block(const Network& network, std::string_view owner, ParameterKind kind) {
  if (belongs_to_synapse(kind))
    return block(network, network.projections()[projection_named(network, owner)], kind);
  if (!network.find_population(owner) &&
      (network.find_projection(owner) || ends_of(network, owner)))
    throw NetworkError(std::string(owner),
                       fmt::format("{} is of neurons, and this is a projection, which has {}; "
                                   "name a population",
                                   name(kind), kinds_text(synapse_parameter_kinds)));
  const Population& p = network.populations()[population_named(network, owner)];
  if (!p.has(kind))
    throw NetworkError(
        p.name,
        fmt::format("it has no {}; a population of {} with these receptors has {}", name(kind),
                    name(p.model), kinds_text(p.model.parameters(p.receptors))));
  return block(network, p, kind);
}

std::span<const double> values_of(const Network& network, std::string_view owner,
                                  ParameterKind kind) {
  return parameter_block(network, owner, kind).of(network.parameters());
}

Network with_values(const Network& network, std::span<const NamedValues> changes) {
  std::vector<double> values(network.parameters().begin(), network.parameters().end());
  for (const NamedValues& change : changes) {
    const ParameterBlock block = parameter_block(network, change.owner, change.kind);
    const std::span<double> at = block.of(std::span(values));
    if (change.values.size() == 1)
      std::fill(at.begin(), at.end(), change.values[0]);
    else if (change.values.size() == at.size())
      std::copy(change.values.begin(), change.values.end(), at.begin());
    else
      throw NetworkError(block.owner,
                         fmt::format("{} has {} values, and {} are given; give one for all, or "
                                     "one for each",
                                     name(change.kind), at.size(), change.values.size()));
  }
  return network.with_parameters(std::move(values));
}

}  // namespace retrograde

#include <algorithm>
#include <utility>

#include <retrograde/adjoint/train/structure/pairs.hpp>
#include <retrograde/engine/network/analysis.hpp>
#include <retrograde/engine/network/with_synapses.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// Dense projections lead over one neuron each, which comes after all others: who reaches whom
// stays.
Network with_detours(const Network& outline, const DenseProjections& dense) {
  NetworkBuilder builder = with_neurons_of(outline);
  for (std::uint32_t p = 0; p < outline.projections().size(); ++p) {
    const Projection& projection = outline.projections()[p];
    if (!dense[p]) {
      builder.connect(projection.source, projection.target, synapses_of(outline, projection),
                      projection.name, projection.receptor);
      continue;
    }
    // No user's name has a control character.
    const std::uint32_t over = builder.add({.name = "\x1f" + projection.name, .size = 1});
    std::vector<SynapseSpec> to, from;
    for (std::uint32_t n = 0; n < outline.populations()[projection.source].size; ++n)
      to.push_back({n, 0, 0.0, 1.0});
    for (std::uint32_t n = 0; n < outline.populations()[projection.target].size; ++n)
      from.push_back({0, n, 0.0, 1.0});
    builder.connect(projection.source, over, std::move(to), projection.name + "\x1f to");
    builder.connect(over, projection.target, std::move(from), projection.name + "\x1f on",
                    projection.receptor);
  }
  return std::move(builder).build();
}

SynapseId place_of(std::span<const PairId> taken, PairId pair) {
  return static_cast<SynapseId>(std::lower_bound(taken.begin(), taken.end(), pair) - taken.begin());
}

}  // namespace

std::vector<std::size_t> recurrent_groups(const Network& outline, const DenseProjections& dense) {
  const bool any = std::any_of(dense.begin(), dense.end(), [](const auto& p) { return !!p; });
  const std::vector<RecurrentComponent> recurrent =
      analyse(any ? with_detours(outline, dense) : outline, 0).recurrent;
  std::vector<std::size_t> groups(outline.neuron_count(), 0);
  for (std::size_t g = 0; g < recurrent.size(); ++g)
    for (const NeuronId n : recurrent[g].neurons)
      if (n < groups.size()) groups[n] = g + 1;
  return groups;
}

Pairs::Pairs(Network outline, Learning learning, DenseProjections dense)
    : outline_(std::move(outline)),
      learning_(with_open_cycles(std::move(learning), outline_)),
      dense_(std::move(dense)),
      begin_{0} {
  const auto projections = static_cast<std::uint32_t>(outline_.projections().size());
  if (!dense_.empty() && dense_.size() != projections)
    throw InternalError("Pairs: projections of another network");
  for (std::uint32_t p = 0; p < projections; ++p) begin_.push_back(begin_.back() + pairs_of(p));
}

std::uint32_t Pairs::row(std::uint32_t projection) const {
  const std::uint32_t target = outline_.projections()[projection].target;
  return outline_.populations()[target].size - (dense(projection)->self ? 0u : 1u);
}

PairId Pairs::pairs_of(std::uint32_t projection) const {
  const Projection& p = outline_.projections()[projection];
  const DensePairs* const all = dense(projection);
  if (!all) return p.size;
  if (p.size != 1 || (!all->self && p.source != p.target))
    throw InternalError("Pairs: a dense projection with a list of its own, or without a diagonal");
  return PairId{outline_.populations()[p.source].size} * row(projection);
}

std::uint32_t Pairs::projection_of(PairId pair) const {
  const auto after = std::upper_bound(begin_.begin(), begin_.end(), pair);
  return static_cast<std::uint32_t>(after - begin_.begin() - 1);
}

PairEnds Pairs::ends(PairId pair) const {
  const std::uint32_t projection = projection_of(pair);
  const Projection& p = outline_.projections()[projection];
  const PairId k = pair - begin(projection);
  const DensePairs* const all = dense(projection);
  if (!all) return {p.source_of(static_cast<SynapseId>(k)), p.targets[k]};
  const auto source = static_cast<std::uint32_t>(k / row(projection));
  const auto target = static_cast<std::uint32_t>(k % row(projection));
  return {source, target + (!all->self && target >= source ? 1u : 0u)};
}

SynapseSpec Pairs::synapse(PairId pair) const {
  const std::uint32_t projection = projection_of(pair);
  const auto [source, target] = ends(pair);
  const DensePairs* const all = dense(projection);
  const double weight = all ? all->weight(source, target)
                            : outline_.weight(outline_.projections()[projection].first +
                                              static_cast<SynapseId>(pair - begin(projection)));
  return {source, target, weight, delay(pair)};
}

Time Pairs::delay(PairId pair) const {
  const std::uint32_t projection = projection_of(pair);
  if (const DensePairs* const all = dense(projection)) {
    const PairEnds ends = this->ends(pair);
    return all->delay(ends.source, ends.target);
  }
  return outline_.delay(outline_.projections()[projection].first +
                        static_cast<SynapseId>(pair - begin(projection)));
}

ValueRange Pairs::range(PairId pair, ParameterKind kind) const {
  const std::uint32_t projection = projection_of(pair);
  const std::size_t k = outline_.layout().offset(kind) + outline_.projections()[projection].first +
                        (dense(projection) ? 0 : pair - begin(projection));
  return learning_[k];
}

Time Pairs::shortest_delay(PairId pair) const {
  if (const ValueRange range = delay_range(pair); range.learned) return range.lower;
  const DensePairs* const all = dense(projection_of(pair));
  return all ? all->shortest : delay(pair);
}

PairId Pairs::find(std::uint32_t projection, std::uint32_t source, std::uint32_t target) const {
  const Projection& p = outline_.projections()[projection];
  const std::uint32_t targets = outline_.populations()[p.target].size;
  const auto refuse_if = [](bool wrong) {
    if (wrong) throw InternalError("Pairs::find: these neurons are no pair of the projection");
  };
  refuse_if(source >= outline_.populations()[p.source].size || target >= targets);
  if (const DensePairs* const all = dense(projection)) {
    refuse_if(!all->self && source == target);
    return begin(projection) + PairId{source} * row(projection) + target -
           (!all->self && target > source);
  }
  const auto first = p.targets.begin() + p.rows[source],
             last = p.targets.begin() + p.rows[source + 1];
  const auto found = std::lower_bound(first, last, target);
  refuse_if(found == last || *found != target);
  return begin(projection) + static_cast<PairId>(found - p.targets.begin());
}

Network Pairs::network(std::span<const PairId> taken, std::span<const double> values) const {
  const ParameterLayout layout{static_cast<SynapseId>(taken.size()), outline_.neuron_count()};
  if (values.size() != layout.size() || (!taken.empty() && taken.back() >= count()))
    throw InternalError("Pairs::network: values of another layout");
  std::vector<std::vector<SynapseSpec>> synapses(outline_.projections().size());
  for (SynapseId k = 0; k < taken.size(); ++k) {
    const PairEnds pair = ends(taken[k]);
    synapses[projection_of(taken[k])].push_back({pair.source, pair.target,
                                                 values[layout.offset(ParameterKind::weight) + k],
                                                 values[layout.offset(ParameterKind::delay) + k]});
  }
  // Values of neurons are those of the listed network, unless they were learned.
  return with_synapses(outline_, std::move(synapses))
      .with_parameters({values.begin(), values.end()});
}

std::vector<PairId> Pairs::taken_by(const Network& network) const {
  std::vector<PairId> taken;
  taken.reserve(network.synapse_count());
  for (std::uint32_t p = 0; p < network.projections().size(); ++p) {
    const Projection& some = network.projections()[p];
    for (std::uint32_t i = 0; i + 1 < some.rows.size(); ++i)
      for (SynapseId k = some.rows[i]; k < some.rows[i + 1]; ++k)
        taken.push_back(find(p, i, some.targets[k]));
  }
  return taken;
}

std::vector<double> Pairs::beginning(std::span<const PairId> taken) const {
  const ParameterLayout some{static_cast<SynapseId>(taken.size()), outline_.neuron_count()};
  std::vector<double> values(some.size());
  for (SynapseId k = 0; k < taken.size(); ++k) {
    const SynapseSpec synapse = this->synapse(taken[k]);
    values[some.offset(ParameterKind::weight) + k] = synapse.weight;
    values[some.offset(ParameterKind::delay) + k] = synapse.delay;
  }
  const std::span<const double> given = outline_.parameters();
  std::copy(given.begin() + 2 * std::ptrdiff_t{outline_.synapse_count()}, given.end(),
            values.begin() + 2 * static_cast<std::ptrdiff_t>(taken.size()));
  return values;
}

Learning Pairs::learning(std::span<const PairId> taken) const {
  Learning learning;
  const auto add = [&](std::size_t count, const ValueRange& range) {
    learning.learned.append(count, range.learned ? 1 : 0);
    learning.lower.append(count, range.lower);
    learning.upper.append(count, range.upper);
  };
  for (const ParameterKind kind : synapse_parameter_kinds)
    for (const PairId pair : taken) add(1, range(pair, kind));
  learning_.for_each_alike(2 * std::size_t{outline_.synapse_count()}, learning_.size(),
                           [&](std::size_t begin, std::size_t end, const ValueRange& range) {
                             add(end - begin, range);
                           });
  add_groups(taken, learning);
  return learning;
}

// Groups without a synapse are left out.
void Pairs::add_groups(std::span<const PairId> taken, Learning& learning) const {
  const ParameterLayout& from = outline_.layout();
  const ParameterLayout to{static_cast<SynapseId>(taken.size()), from.neurons};
  const auto add = [&](LearningGroup group, std::size_t begin, std::size_t end) {
    if (begin == end) return;
    group.begin = begin;
    group.end = end;
    learning.groups.push_back(group);
  };
  // The pairs of a synapse of the outline: one, or all of a dense projection.
  const auto pairs_at = [&](std::size_t synapse) -> PairRange {
    const auto after = std::upper_bound(
        outline_.projections().begin(), outline_.projections().end(), synapse,
        [](std::size_t s, const Projection& projection) { return s < projection.first; });
    const auto p = static_cast<std::uint32_t>(after - outline_.projections().begin() - 1);
    if (dense(p)) return {begin(p), end(p)};
    const PairId pair = begin(p) + (synapse - outline_.projections()[p].first);
    return {pair, pair + 1};
  };
  for (const LearningGroup& group : learning_.groups) {
    if (group.begin == group.end) continue;
    for (const ParameterKind kind : parameter_kinds) {
      const std::size_t offset = from.offset(kind);
      if (group.begin < offset || group.begin >= offset + from.count(kind)) continue;
      const std::size_t begin = group.begin - offset, last = group.end - 1 - offset;
      if (belongs_to_synapse(kind))
        add(group, to.offset(kind) + place_of(taken, pairs_at(begin).begin),
            to.offset(kind) + place_of(taken, pairs_at(last).end));
      else
        add(group, to.offset(kind) + begin, to.offset(kind) + last + 1);
      break;
    }
  }
}

}  // namespace retrograde

#include <algorithm>
#include <utility>

#include <retrograde/adjoint/train/structure/slots.hpp>
#include <retrograde/engine/network/with_synapses.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// Calls action(place in the full layout, place in the layout of `taken`) for each value of both.
template <typename Action>
void for_each_value(const ParameterLayout& full, std::span<const SynapseId> taken,
                    const Action& action) {
  const ParameterLayout some{static_cast<SynapseId>(taken.size()), full.neurons};
  for (const ParameterKind kind : parameter_kinds)
    for (std::size_t k = 0; k < some.count(kind); ++k)
      action(full.offset(kind) + (belongs_to_synapse(kind) ? taken[k] : k), some.offset(kind) + k);
}

template <typename Values>
auto gather(const ParameterLayout& full, std::span<const SynapseId> taken, const Values& all) {
  std::vector<typename Values::value_type> some(
      ParameterLayout{static_cast<SynapseId>(taken.size()), full.neurons}.size());
  for_each_value(full, taken, [&](std::size_t from, std::size_t to) { some[to] = all[from]; });
  return some;
}

}  // namespace

Slots::Slots(Network full, Learning learning)
    : full_(std::move(full)), learning_(with_open_cycles(std::move(learning), full_)) {}

std::uint32_t Slots::projection_of(SynapseId slot) const {
  std::uint32_t p = 0;
  while (slot >= full_.projections()[p].first + full_.projections()[p].size) ++p;
  return p;
}

Network Slots::network(std::span<const SynapseId> taken, std::span<const double> values) const {
  if (values.size() != full_.layout().size())
    throw InternalError("Slots::network: values of another layout");
  const ParameterLayout& layout = full_.layout();
  const double* const delays = values.data() + layout.offset(ParameterKind::delay);
  std::vector<std::vector<SynapseSpec>> synapses;
  auto next = taken.begin();
  for (const Projection& p : full_.projections()) {
    std::vector<SynapseSpec>& own = synapses.emplace_back();
    for (; next != taken.end() && *next < p.first + p.size; ++next) {
      const SynapseId k = *next - p.first;
      own.push_back({p.sources[k], p.targets[k], values[*next], delays[*next]});
    }
  }
  // Values of neurons are those that the full network was made with, unless they were learned.
  return with_synapses(full_, std::move(synapses)).with_parameters(gathered(taken, values));
}

std::vector<SynapseId> Slots::taken_by(const Network& network) const {
  std::vector<SynapseId> taken;
  taken.reserve(network.synapse_count());
  for (std::size_t p = 0; p < full_.projections().size(); ++p) {
    const Projection &all = full_.projections()[p], &some = network.projections()[p];
    SynapseId k = 0;
    for (SynapseId s = 0; s < all.size && k < some.size; ++s) {
      if (all.sources[s] != some.sources[k] || all.targets[s] != some.targets[k]) continue;
      taken.push_back(all.first + s);
      ++k;
    }
  }
  if (taken.size() != network.synapse_count())
    throw InternalError("Slots::taken_by: a network of other slots");
  return taken;
}

Learning Slots::learning(std::span<const SynapseId> taken) const {
  const ParameterLayout& full = full_.layout();
  Learning learning;
  learning.learned = gather(full, taken, learning_.learned);
  learning.lower = gather(full, taken, learning_.lower);
  learning.upper = gather(full, taken, learning_.upper);
  const ParameterLayout some{static_cast<SynapseId>(taken.size()), full.neurons};
  for (LearningGroup group : learning_.groups) {
    for (const ParameterKind kind : parameter_kinds) {
      const std::size_t offset = full.offset(kind);
      if (group.begin < offset || group.begin >= offset + full.count(kind)) continue;
      const auto moved = [&](std::size_t at) {
        if (!belongs_to_synapse(kind)) return some.offset(kind) + at - offset;
        const auto before = std::lower_bound(taken.begin(), taken.end(), at - offset);
        return some.offset(kind) + static_cast<std::size_t>(before - taken.begin());
      };
      group = {moved(group.begin), moved(group.end), group.rate, group.decay, group.l1, group.most};
      break;
    }
    learning.groups.push_back(group);
  }
  return learning;
}

std::vector<double> Slots::gathered(std::span<const SynapseId> taken,
                                    std::span<const double> all) const {
  return gather(full_.layout(), taken, all);
}

std::vector<double> Slots::scattered(std::span<const SynapseId> taken,
                                     std::span<const double> some) const {
  std::vector<double> all(full_.layout().size(), 0.0);
  for_each_value(full_.layout(), taken,
                 [&](std::size_t to, std::size_t from) { all[to] = some[from]; });
  return all;
}

}  // namespace retrograde

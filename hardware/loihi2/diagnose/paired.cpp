#include <algorithm>
#include <cstdlib>
#include <map>

#include <retrograde/hardware/loihi2/diagnose/paired.hpp>

namespace retrograde::loihi2 {

namespace {

std::uint64_t differences(const CapturedPopulation& a, const CapturedPopulation& b,
                          std::uint32_t size, std::int32_t shift) {
  std::uint64_t count = 0;
  const auto [begin, end] = common_steps(a, b, shift);
  for (std::uint32_t k = 0; k < size; ++k) {
    const CapturedNeuron &x = a.neurons[k], &y = b.neurons[k];
    if (x.empty() || y.empty()) continue;
    for (std::int64_t t = begin; t < end; ++t)
      for (const auto list : {&CapturedNeuron::messages, &CapturedNeuron::u, &CapturedNeuron::v})
        count += Both{value_at(x.*list, t), value_at(y.*list, t + shift)}.differ();
  }
  return count;
}

// The first step in which a neuron shows anything but 0, by registers that both recorded.
std::int64_t awakening(const CapturedNeuron& own, const CapturedNeuron& other, std::uint32_t end) {
  std::int64_t first = -1;
  const auto look = [&](const std::vector<std::int32_t>& list, const std::vector<std::int32_t>& o) {
    if (o.empty()) return;
    for (std::uint32_t t = 0; t < std::min<std::size_t>(end, list.size()); ++t)
      if (list[t] != 0 && list[t] != unknown) {
        if (first < 0 || t < first) first = t;
        return;
      }
  };
  look(own.messages, other.messages);
  look(own.u, other.u);
  look(own.v, other.v);
  return first;
}

}  // namespace

std::vector<PairedPopulation> paired(const Capture& a, const Capture& b,
                                     const ChipNetwork* network) {
  std::vector<PairedPopulation> pairs;
  const auto add = [&](std::string_view name) {
    const auto in_a = a.find(name), in_b = b.find(name);
    if (!in_a || !in_b) return;
    for (const PairedPopulation& p : pairs)
      if (p.name == name) return;
    pairs.push_back({std::string(name), *in_a, *in_b,
                     static_cast<std::uint32_t>(std::min(a.populations[*in_a].neurons.size(),
                                                         b.populations[*in_b].neurons.size()))});
  };
  if (network)
    for (const bool inputs : {true, false})
      for (const ChipPopulation& p : network->populations)
        if ((p.model == ChipModel::input) == inputs) add(p.name);
  for (const CapturedPopulation& p : a.populations) add(p.name);
  return pairs;
}

std::pair<std::uint32_t, std::uint32_t> common_steps(const CapturedPopulation& a,
                                                     const CapturedPopulation& b,
                                                     std::int32_t shift) {
  const std::int64_t begin = std::max<std::int64_t>(a.begin, std::int64_t{b.begin} - shift),
                     end = std::min<std::int64_t>(a.end, std::int64_t{b.end} - shift);
  return {static_cast<std::uint32_t>(std::max<std::int64_t>(begin, 0)),
          static_cast<std::uint32_t>(std::max<std::int64_t>(end, 0))};
}

std::int32_t shift_of(const CapturedPopulation& a, const CapturedPopulation& b,
                      std::uint32_t size) {
  std::map<std::int64_t, std::uint32_t> votes;
  std::uint32_t awake = 0;
  for (std::uint32_t k = 0; k < size; ++k) {
    const std::int64_t in_a = awakening(a.neurons[k], b.neurons[k], a.end),
                       in_b = awakening(b.neurons[k], a.neurons[k], b.end);
    if (in_a < 0 || in_b < 0) continue;
    ++awake;
    ++votes[in_b - in_a];
  }
  if (awake == 0 || (awake == 1 && size > 1)) return 0;
  for (const auto& [shift, count] : votes)
    if (shift != 0 && std::abs(shift) <= largest_shift && 5 * count >= 4 * awake) {
      const auto moved = static_cast<std::int32_t>(shift);
      if (2 * differences(a, b, size, moved) < differences(a, b, size, 0)) return moved;
    }
  return 0;
}

Capture moved(const Capture& capture, const std::vector<std::int32_t>& moves) {
  Capture result = capture;
  for (std::size_t p = 0; p < moves.size(); ++p) {
    if (moves[p] == 0) continue;
    CapturedPopulation& population = result.populations[p];
    const auto at = [&](std::uint32_t step) {
      return static_cast<std::uint32_t>(std::max<std::int64_t>(std::int64_t{step} + moves[p], 0));
    };
    for (CapturedNeuron& n : population.neurons)
      for (const auto list : {&CapturedNeuron::messages, &CapturedNeuron::u, &CapturedNeuron::v}) {
        std::vector<std::int32_t>& values = n.*list;
        if (values.empty()) continue;
        const std::int32_t nothing = list == &CapturedNeuron::messages ? 0 : unknown;
        if (moves[p] > 0)
          values.insert(values.begin(), static_cast<std::size_t>(moves[p]), nothing);
        else
          values.erase(values.begin(),
                       values.begin() + std::min<std::ptrdiff_t>(
                                            -moves[p], static_cast<std::ptrdiff_t>(values.size())));
      }
    population.begin = at(population.begin);
    population.end = at(population.end);
  }
  return result;
}

}  // namespace retrograde::loihi2

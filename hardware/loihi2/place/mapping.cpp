#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <tuple>

#include <retrograde/hardware/loihi2/place/mapping.hpp>

namespace retrograde::loihi2 {

namespace {

std::uint64_t whole(const Constant& constant) {
  return static_cast<std::uint64_t>(std::llround(constant.value.middle()));
}

std::uint64_t divided_up(std::uint64_t value, std::uint64_t by) { return (value + by - 1) / by; }

int delay_bits(const ChipProjection& projection) {
  unsigned longest = 0;
  for (const ChipSynapse& s : projection.synapses) longest = std::max<unsigned>(longest, s.delay);
  if (projection.convolution)
    for (const std::uint8_t delay : projection.convolution->delays)
      longest = std::max<unsigned>(longest, delay);
  return static_cast<int>(std::bit_width(longest));
}

// Words of one axon by its number of synapses, with what does not change worked out once.
class AxonWords {
 public:
  AxonWords(const SynapseEncoding& encoding, const ChipProjection& projection)
      : word_(whole(encoding.word_bits)),
        header_(whole(encoding.header_bits)),
        block_(encoding.block ? whole(*encoding.block) : 0),
        synapse_(whole(encoding.index_bits) +
                 static_cast<std::uint64_t>(projection.format.bits + delay_bits(projection))) {}

  std::uint64_t operator()(std::uint64_t synapses) const {
    if (synapses == 0) return 0;
    if (block_ == 0) return divided_up(synapses * synapse_ + header_, word_);
    const std::uint64_t full = synapses / block_, rest = synapses % block_;
    return full * divided_up(block_ * synapse_ + header_, word_) +
           (rest ? divided_up(rest * synapse_ + header_, word_) : 0);
  }

 private:
  std::uint64_t word_, header_, block_, synapse_;
};

// The synapses of one projection, ordered by the place of their target in its population's order.
struct Incoming {
  AxonWords words;
  std::uint32_t sources = 0;
  const Convolution* convolution = nullptr;  // then there are no lists
  std::vector<std::uint64_t> begin;          // by place, and one past the end
  std::vector<std::uint32_t> source;         // local to the population that sends

  // Which list of synapses on a core a source of a convolution shares: with all of its channel whose place
  // within a stride is the same.
  std::uint64_t list_of(std::uint32_t of) const {
    const Convolution& c = *convolution;
    const std::uint64_t x = of % c.in.width, y = of / c.in.width % c.in.height,
                        channel = of / c.in.width / c.in.height;
    return (channel * c.stride[0] + y % c.stride[0]) * c.stride[1] + x % c.stride[1];
  }
  std::uint64_t lists() const {
    return convolution ? convolution->in.channels * convolution->stride[0] * convolution->stride[1]
                       : 0;
  }
};

// One population's neurons in the order in which they are dealt out, with all that reaches them.
struct Layer {
  std::uint32_t population = 0;
  NeuronId first = 0;
  std::vector<NeuronId> order;
  std::vector<std::uint32_t> group;  // by place
  std::vector<Incoming> incoming;
  std::uint32_t parts = 1;

  std::uint32_t size() const { return static_cast<std::uint32_t>(order.size()); }
  // First place of part k of `count`; part `count` begins at the end.
  std::uint32_t begin(std::uint32_t k, std::uint32_t count) const {
    const std::uint32_t quotient = size() / count, rest = size() % count;
    return k * quotient + std::min(k, rest);
  }
};

// The first that leads to a population.
const Convolution* convolution_onto(const ChipNetwork& chip, std::uint32_t population) {
  for (const ChipProjection& projection : chip.projections)
    if (projection.target == population && projection.convolution) return &*projection.convolution;
  return nullptr;
}

Layer make_layer(const ChipNetwork& chip, std::uint32_t index, const SynapseEncoding& encoding) {
  const ChipPopulation& population = chip.populations[index];
  Layer layer;
  layer.population = index;
  layer.first = population.first;
  layer.order.resize(population.size);
  std::iota(layer.order.begin(), layer.order.end(), population.first);
  const auto key = [&](NeuronId n) {
    const CubaLif& neuron = chip.neurons[n];
    return std::tuple(neuron.du, neuron.dv, neuron.vth);
  };
  // Those of a picture are dealt out as (width, height, channels), so that their sources lie close
  // together.
  const Convolution* const picture = convolution_onto(chip, index);
  const auto column = [&](NeuronId n) -> std::uint64_t {
    if (!picture) return 0;
    const std::uint64_t k = n - population.first, width = picture->out.width,
                        height = picture->out.height;
    return (k % width * height + k / width % height) * picture->out.channels + k / width / height;
  };
  std::stable_sort(layer.order.begin(), layer.order.end(), [&](NeuronId a, NeuronId b) {
    return std::pair(key(a), column(a)) < std::pair(key(b), column(b));
  });
  std::vector<std::uint32_t> place(population.size);
  layer.group.resize(population.size);
  std::uint32_t group = 0;
  for (std::uint32_t k = 0; k < population.size; ++k) {
    place[layer.order[k] - population.first] = k;
    if (k > 0 && key(layer.order[k]) != key(layer.order[k - 1])) ++group;
    layer.group[k] = group;
  }
  for (const ChipProjection& projection : chip.projections) {
    if (projection.target != index || projection.synapse_count() == 0) continue;
    if (projection.convolution) {
      layer.incoming.push_back({AxonWords(encoding, projection),
                                chip.populations[projection.source].size,
                                &*projection.convolution,
                                {},
                                {}});
      continue;
    }
    Incoming in{AxonWords(encoding, projection), chip.populations[projection.source].size, nullptr,
                std::vector<std::uint64_t>(std::size_t{population.size} + 1, 0),
                std::vector<std::uint32_t>(projection.synapses.size())};
    for (const ChipSynapse& s : projection.synapses) ++in.begin[place[s.target] + 1];
    std::partial_sum(in.begin.begin(), in.begin.end(), in.begin.begin());
    auto next = in.begin;
    for (const ChipSynapse& s : projection.synapses) in.source[next[place[s.target]]++] = s.source;
    layer.incoming.push_back(std::move(in));
  }
  return layer;
}

// Counts, per source, the synapses of a range of places; calls visit(source, synapses).
class SourceCounter {
 public:
  template <typename Visit>
  void count(const Layer& layer, const Incoming& in, std::uint32_t begin, std::uint32_t end,
             const Visit& visit) {
    synapses_.resize(std::max<std::size_t>(synapses_.size(), in.sources), 0);
    touched_.clear();
    const auto add = [&](std::uint32_t source) {
      if (synapses_[source]++ == 0) touched_.push_back(source);
    };
    if (in.convolution)
      for (std::uint32_t k = begin; k < end; ++k)
        in.convolution->for_each_source(
            layer.order[k] - layer.first,
            [&](std::uint64_t source, std::uint64_t) { add(static_cast<std::uint32_t>(source)); });
    else
      for (std::uint64_t k = in.begin[begin]; k < in.begin[end]; ++k) add(in.source[k]);
    for (const std::uint32_t source : touched_) {
      visit(source, synapses_[source]);
      synapses_[source] = 0;
    }
  }

 private:
  std::vector<std::uint32_t> synapses_, touched_;
};

// What places begin .. end - 1 take together. `receivers` is by neuron: cores its spikes go to.
CoreUse use_of(const Layer& layer, std::uint32_t begin, std::uint32_t end, const CoreModel& core,
               const std::vector<std::uint32_t>& receivers, SourceCounter& counter) {
  CoreUse use;
  use.neurons = end - begin;
  use.neuron_groups = begin < end ? layer.group[end - 1] - layer.group[begin] + 1 : 0;
  for (const Incoming& in : layer.incoming) {
    // A list that is shared is as long as its longest user needs.
    std::vector<std::uint64_t> longest(in.lists(), 0);
    counter.count(layer, in, begin, end, [&](std::uint32_t source, std::uint64_t synapses) {
      ++use.input_axons;
      if (!in.convolution) {
        use.synapse_words += in.words(synapses);
        return;
      }
      std::uint64_t& list = longest[in.list_of(source)];
      list = std::max(list, synapses);
    });
    for (const std::uint64_t synapses : longest) use.synapse_words += in.words(synapses);
  }
  const std::uint64_t base = whole(core.axon_map_base), least = whole(core.axon_map_least);
  for (std::uint32_t k = begin; k < end; ++k)
    use.axon_map += std::max<std::uint64_t>(least, base + receivers[layer.order[k]]);
  use.pool_words = use.input_axons + use.neurons + use.synapse_words + divided_up(use.axon_map, 2) +
                   use.neuron_groups;
  return use;
}

bool exceeds(const CoreUse& use, const CoreLimits& limits) {
  const auto all = resources(use, limits);
  return std::any_of(all.begin(), all.end(), [](const ResourceUse& r) { return r.exceeded(); });
}

// Splits layers until each part fits, given how many cores every neuron's spikes go to.
class Splitter {
 public:
  Splitter(const CoreModel& core, const std::vector<std::uint32_t>& receivers)
      : core_(core), receivers_(receivers) {}

  // Fewest parts >= layer.parts that fit; a shortfall where there are none.
  std::uint32_t parts(const Layer& layer, std::vector<Shortfall>* shortfalls) {
    const std::uint32_t low = std::max(layer.parts, at_least(layer));
    if (fits(layer, low)) return low;
    if (const auto shortfall = alone(layer)) {
      shortfalls->push_back(*shortfall);
      return low;
    }
    std::uint32_t below = low, above = low;
    while (!fits(layer, above)) {
      below = above;
      above = std::min(layer.size(), 2 * above);
    }
    while (above - below > 1) {
      const std::uint32_t middle = below + (above - below) / 2;
      (fits(layer, middle) ? above : below) = middle;
    }
    return above;
  }

 private:
  bool fits(const Layer& layer, std::uint32_t count) {
    for (std::uint32_t k = 0; k < count; ++k)
      if (exceeds(use_of(layer, layer.begin(k, count), layer.begin(k + 1, count), core_, receivers_,
                         counter_),
                  core_.limits))
        return false;
    return true;
  }

  // Splitting never makes the sum of what is used smaller, input axons apart, which are counted
  // once per core that receives them.
  std::uint32_t at_least(const Layer& layer) {
    const CoreUse use = use_of(layer, 0, layer.size(), core_, receivers_, counter_);
    std::uint64_t least = 1;
    for (const ResourceUse& r : resources(use, core_.limits))
      if (r.limit > 0 && r.name != resource_name_input_axons)
        least = std::max(least, divided_up(r.used, r.limit));
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(least, layer.size()));
  }

  std::optional<Shortfall> alone(const Layer& layer) {
    for (std::uint32_t k = 0; k < layer.size(); ++k) {
      const CoreUse use = use_of(layer, k, k + 1, core_, receivers_, counter_);
      for (const ResourceUse& r : resources(use, core_.limits))
        if (r.exceeded()) return Shortfall{layer.population, layer.order[k], r};
    }
    return std::nullopt;
  }

  static constexpr std::string_view resource_name_input_axons = "input axons";
  const CoreModel& core_;
  const std::vector<std::uint32_t>& receivers_;
  SourceCounter counter_;
};

// Fills destinations for the present number of parts of every layer.
void find_destinations(const ChipNetwork& chip, const std::vector<Layer>& layers,
                       Mapping& mapping) {
  struct Entry {
    NeuronId source;
    Destination destination;
  };
  // Core after core: which sources reach it, over how many synapses.
  std::vector<Entry> entries;
  SourceCounter counter;
  std::vector<std::uint32_t> source_population;
  for (const Layer& layer : layers) {
    source_population.clear();
    for (const ChipProjection& projection : chip.projections)
      if (projection.target == layer.population && projection.synapse_count() > 0)
        source_population.push_back(projection.source);
    for (std::uint32_t part = 0; part < layer.parts; ++part)
      for (std::size_t k = 0; k < layer.incoming.size(); ++k) {
        const NeuronId first = chip.populations[source_population[k]].first;
        const Incoming& in = layer.incoming[k];
        counter.count(layer, in, layer.begin(part, layer.parts), layer.begin(part + 1, layer.parts),
                      [&](std::uint32_t source, std::uint32_t synapses) {
                        entries.push_back({first + source,
                                           {mapping.first_core[layer.population] + part, synapses,
                                            static_cast<std::uint32_t>(in.words(synapses))}});
                      });
      }
  }

  // Cores come in ascending order, so that grouping by source, in this order, is all that is
  // needed.
  std::vector<std::uint64_t> next(std::size_t{chip.neuron_count()} + 1, 0);
  for (const Entry& e : entries) ++next[e.source + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  std::vector<Destination> grouped(entries.size());
  for (const Entry& e : entries) grouped[next[e.source]++] = e.destination;

  // Several projections may lead from a neuron to one core.
  mapping.destinations.clear();
  mapping.destination_begin.assign(1, 0);
  std::uint64_t at = 0;
  for (NeuronId n = 0; n < chip.neuron_count(); ++n) {
    for (; at < next[n]; ++at) {
      const bool first = mapping.destinations.size() == mapping.destination_begin.back();
      if (!first && mapping.destinations.back().core == grouped[at].core) {
        mapping.destinations.back().operations += grouped[at].operations;
        mapping.destinations.back().words += grouped[at].words;
      } else {
        mapping.destinations.push_back(grouped[at]);
      }
    }
    mapping.destination_begin.push_back(mapping.destinations.size());
  }
}

}  // namespace

std::vector<ResourceUse> resources(const CoreUse& use, const CoreLimits& limits) {
  return {{"neurons", use.neurons, limit_of(limits.neurons)},
          {"neuron groups", use.neuron_groups, limit_of(limits.neuron_groups)},
          {"input axons", use.input_axons, limit_of(limits.input_axons)},
          {"axon map", use.axon_map, limit_of(limits.axon_map)},
          {"synapse words", use.synapse_words, limit_of(limits.synapse_words)},
          {"pool words", use.pool_words, limit_of(limits.pool_words)}};
}

ResourceUse fullest(const CoreUse& use, const CoreLimits& limits) {
  const auto all = resources(use, limits);
  return *std::max_element(all.begin(), all.end(), [](const ResourceUse& a, const ResourceUse& b) {
    return a.share() < b.share();
  });
}

std::uint64_t synapse_words(const SynapseEncoding& encoding, const ChipProjection& projection,
                            std::uint64_t synapses) {
  return AxonWords(encoding, projection)(synapses);
}

Mapping partition(const ChipNetwork& chip, const CoreModel& core, const Mesh& mesh) {
  std::vector<Layer> layers;
  for (std::uint32_t p = 0; p < chip.populations.size(); ++p)
    if (chip.populations[p].model != Model::input)
      layers.push_back(make_layer(chip, p, core.encoding));

  // How many parts each takes, and where the spikes of its neurons go.
  Mapping mapping;
  std::vector<std::uint32_t> receivers(chip.neuron_count(), 1);
  // More parts of a population are more receivers for those that send to it, which may have to be
  // split further. Parts only ever grow, so this ends.
  for (bool changed = true; changed;) {
    changed = false;
    mapping.shortfalls.clear();
    Splitter splitter(core, receivers);
    for (Layer& layer : layers) {
      const std::uint32_t parts = splitter.parts(layer, &mapping.shortfalls);
      changed = changed || parts != layer.parts;
      layer.parts = parts;
    }
    mapping.first_core.assign(chip.populations.size() + 1, 0);
    for (const Layer& layer : layers) mapping.first_core[layer.population + 1] = layer.parts;
    std::partial_sum(mapping.first_core.begin(), mapping.first_core.end(),
                     mapping.first_core.begin());
    find_destinations(chip, layers, mapping);
    for (NeuronId n = 0; n < chip.neuron_count(); ++n) {
      const auto count = static_cast<std::uint32_t>(mapping.destinations_of(n).size());
      changed = changed || receivers[n] != count;
      receivers[n] = count;
    }
  }

  // The cores, part after part.
  mapping.core_of.assign(chip.neuron_count(), Mapping::no_core);
  SourceCounter counter;
  for (const Layer& layer : layers)
    for (std::uint32_t part = 0; part < layer.parts; ++part) {
      const std::uint32_t begin = layer.begin(part, layer.parts),
                          end = layer.begin(part + 1, layer.parts);
      MappedCore mapped;
      mapped.population = layer.population;
      mapped.neurons.assign(layer.order.begin() + begin, layer.order.begin() + end);
      mapped.use = use_of(layer, begin, end, core, receivers, counter);
      mapped.slot = static_cast<std::uint32_t>(mapping.cores.size());
      mapped.tile = mesh.tile(mapped.slot);
      for (const NeuronId n : mapped.neurons) mapping.core_of[n] = mapped.slot;
      mapping.cores.push_back(std::move(mapped));
    }
  return mapping;
}

}  // namespace retrograde::loihi2

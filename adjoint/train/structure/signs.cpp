#include <retrograde/adjoint/train/structure/signs.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde {

std::vector<std::int8_t> draw_signs(const Network& full, const StructureSpec& spec,
                                    std::uint64_t seed) {
  std::vector<std::int8_t> signs(full.synapse_count(), 0);
  if (spec.signs == Signs::free) return signs;
  const auto drawn = [&](Random random) -> std::int8_t {
    return random.uniform() < spec.excitatory ? 1 : -1;
  };
  for (std::uint32_t p = 0; p < full.projections().size(); ++p) {
    if (!spec.projections[p]) continue;
    const Projection& projection = full.projections()[p];
    const std::uint64_t targets = full.populations()[projection.target].size;
    const NeuronId first = full.populations()[projection.source].first;
    for (SynapseId k = 0; k < projection.size; ++k) {
      const std::uint64_t source = projection.sources[k];
      signs[projection.first + k] = spec.signs == Signs::neuron
                                        ? drawn(Random(seed, "sign", first + source))
                                        : drawn(Random(seed, "sign/" + projection.name,
                                                       source * targets + projection.targets[k]));
    }
  }
  return signs;
}

}  // namespace retrograde

#include <retrograde/adjoint/train/structure/signs.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde {

namespace {

std::int8_t drawn(Random random, double excitatory) {
  return random.uniform() < excitatory ? 1 : -1;
}

}  // namespace

DrawnSigns::DrawnSigns(const Network& network, const StructureSpec& spec, std::uint64_t seed)
    : signs_(spec.signs), excitatory_(spec.excitatory), seed_(seed) {
  for (std::uint32_t p = 0; p < network.projections().size(); ++p) {
    Drawn& own = drawn_.emplace_back();
    if (!spec.projections[p]) continue;
    const Projection& projection = network.projections()[p];
    own = {"sign/" + projection.name, network.populations()[projection.target].size,
           network.populations()[projection.source].first};
  }
  if (signs_ != Signs::neuron) return;
  for (NeuronId n = 0; n < network.neuron_count(); ++n)
    of_neurons_.push_back(drawn(Random(seed, "sign", n), excitatory_));
}

int DrawnSigns::of(std::uint32_t projection, std::uint32_t source, std::uint32_t target) const {
  const Drawn& own = drawn_[projection];
  if (signs_ == Signs::free || own.purpose.empty()) return 0;
  if (signs_ == Signs::neuron) return of_neurons_[own.first + source];
  return drawn(Random(seed_, own.purpose, source * own.targets + target), excitatory_);
}

}  // namespace retrograde

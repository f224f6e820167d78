#include <retrograde/events/random.hpp>
#include <retrograde/hardware/loihi2/emulator/chip_faults.hpp>

namespace retrograde::loihi2 {

bool LostMessages::lose(NeuronId neuron, std::uint32_t step, std::uint64_t ordinal,
                        std::uint64_t draw) const {
  if (neuron < first || neuron >= end || step < from || step >= until) return false;
  return share >= 1.0 || Random(seed, purpose, draw << 32 | neuron, ordinal).uniform() < share;
}

std::int16_t with_stuck_bit(std::int16_t weight, const WeightFormat& format, int bit, bool value) {
  const auto stuck = [&](int stored) { return value ? stored | (1 << bit) : stored & ~(1 << bit); };
  switch (format.sign) {
    case SignMode::excitatory:
      return static_cast<std::int16_t>(stuck(weight));
    case SignMode::inhibitory:
      return static_cast<std::int16_t>(-stuck(-weight));
    case SignMode::mixed:
      break;
  }
  const int half = stuck((weight / 2) & 0xff);
  return static_cast<std::int16_t>(2 * (half < 128 ? half : half - 256));
}

}  // namespace retrograde::loihi2

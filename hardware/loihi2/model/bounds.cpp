#include <algorithm>
#include <cmath>
#include <limits>

#include <retrograde/hardware/loihi2/model/bounds.hpp>

namespace retrograde::loihi2 {

namespace {

constexpr double unit = 1 << state_shift;

bool within(const RegisterBound& bound, double low, double high) {
  return bound.low >= low && bound.high <= high;
}

// The limit of x := x (1 - decay) + gain.
double settled(double gain, double decay) {
  if (gain == 0.0) return 0.0;
  return decay > 0.0 ? gain / decay : gain * std::numeric_limits<double>::infinity();
}

void include(RegisterBound& bound, double low, double high) {
  bound.low = std::min(bound.low, low);
  bound.high = std::max(bound.high, high);
}

}  // namespace

bool PopulationBounds::a_proven() const {
  return within(a, -static_cast<double>(accumulator_limit),
                static_cast<double>(accumulator_limit - 1));
}
// What a register makes of its overflow is not looked at: one that wraps makes the bounds on those
// it feeds void.
bool PopulationBounds::u_proven() const {
  return a_proven() &&
         within(u, -static_cast<double>(state_limit - 1), static_cast<double>(state_limit));
}
bool PopulationBounds::v_proven() const {
  return u_proven() && within(v, -static_cast<double>(v_limit), static_cast<double>(v_limit));
}

std::vector<PopulationBounds> register_bounds(const ChipNetwork& chip) {
  std::vector<double> low(chip.neuron_count(), 0.0), high(chip.neuron_count(), 0.0);
  for (const ChipProjection& projection : chip.projections) {
    const NeuronId first = chip.populations[projection.target].first;
    projection.for_each_synapse([&](const ChipSynapse& s) {
      const double weight = std::ldexp(static_cast<double>(s.weight), projection.format.exponent);
      (weight < 0.0 ? low : high)[first + s.target] += weight;
    });
  }
  std::vector<PopulationBounds> all(chip.populations.size());
  for (std::size_t p = 0; p < all.size(); ++p) {
    const ChipPopulation& population = chip.populations[p];
    if (population.model == Model::input) continue;
    // Every projection rounds its sum down: by less than one.
    double rounding = 0.0;
    for (const ChipProjection& projection : chip.projections)
      rounding += projection.target == p && projection.format.exponent < 0 ? 1.0 : 0.0;
    for (NeuronId n = population.first; n < population.first + population.size; ++n) {
      const CubaLif& neuron = chip.neurons[n];
      const double decay_u = (neuron.du + 1) / 4096.0, decay_v = neuron.dv / 4096.0;
      const double a_low = std::floor(low[n]) - (low[n] < 0.0 ? rounding : 0.0);
      const double a_high = std::ceil(high[n]);
      const double u_low = settled(unit * a_low, decay_u), u_high = settled(unit * a_high, decay_u);
      const auto bias = static_cast<double>(neuron.bias());
      double v_high = settled(u_high + std::max(bias, 0.0), decay_v);
      if (population.model == Model::cuba_lif)
        v_high =
            std::min(v_high, unit * neuron.vth * (1.0 - decay_v) + u_high + std::max(bias, 0.0));
      include(all[p].a, a_low, a_high);
      include(all[p].u, u_low, u_high);
      include(all[p].v, settled(u_low + std::min(bias, 0.0), decay_v), v_high);
    }
  }
  return all;
}

}  // namespace retrograde::loihi2

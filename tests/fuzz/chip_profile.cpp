#include <cmath>
#include <optional>
#include <string>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/read/chips/chip_profile.hpp>
#include <retrograde/scenarios/read/chips/xylo_profile.hpp>

#include "tests/fuzz/targets.hpp"

namespace retrograde::fuzz {

namespace {

void hold(const Constant& constant) {
  const Interval& i = constant.value;
  if (!std::isfinite(i.low) || !std::isfinite(i.high) || i.low < 0.0 || i.low > i.high ||
      constant.source.empty())
    throw InternalError("a constant of an accepted profile is none");
}
void hold(const std::optional<Constant>& constant) {
  if (constant) hold(*constant);
}

void xylo_profile(std::span<const std::uint8_t> bytes) {
  xylo::Profile p;
  try {
    p = parse_xylo_profile(std::string(bytes.begin(), bytes.end()), "fuzz.toml");
  } catch (const Error&) {
    return;
  }
  for (const auto* limit : {&p.limits.input_neurons, &p.limits.readout_neurons, &p.limits.fanout,
                            &p.limits.synapses, &p.powers.core, &p.powers.core_per_mhz,
                            &p.powers.io, &p.powers.io_per_mhz, &p.powers.analogue})
    hold(*limit);
  for (const Constant* constant :
       {&p.limits.channels, &p.limits.hidden, &p.limits.outputs, &p.cycles.channel,
        &p.cycles.input_synapse, &p.cycles.hidden_arrival, &p.cycles.synapse, &p.cycles.readout,
        &p.cycles.output_synapse, &p.cycles.hidden_update, &p.cycles.hidden_spike,
        &p.cycles.output_update, &p.clock.mhz, &p.clock.margin})
    hold(*constant);
}

}  // namespace

void chip_profile(std::span<const std::uint8_t> bytes) {
  xylo_profile(bytes);
  ChipProfile accepted;
  try {
    accepted = parse_chip_profile(std::string(bytes.begin(), bytes.end()), "fuzz.toml");
  } catch (const Error&) {
    return;
  }
  const ChipProfile& p = accepted;
  const CoreLimits& limits = p.core.limits;
  for (const auto* limit :
       {&limits.neurons, &limits.neuron_groups, &limits.input_axons, &limits.axon_map,
        &limits.synapse_words, &limits.pool_words, &p.core.encoding.block, &p.time.word_read,
        &p.time.message, &p.energy.static_power, &p.energy.io_power})
    hold(*limit);
  for (const Constant* constant :
       {&p.core.encoding.word_bits, &p.core.encoding.index_bits, &p.core.encoding.header_bits,
        &p.core.axon_map_base, &p.core.axon_map_least, &p.mesh.columns, &p.mesh.rows,
        &p.mesh.cores_per_router, &p.mesh.usable_cores, &p.time.neuron_update,
        &p.time.synaptic_operation, &p.time.barrier, &p.energy.neuron_update,
        &p.energy.synaptic_operation, &p.energy.message, &p.energy.hop_x, &p.energy.hop_y})
    hold(*constant);
  if (p.mesh.cores() == 0 || p.mesh.cores() > 1024)
    throw InternalError("an accepted profile has a mesh that cannot be");
  for (const CalibrationPoint& point : p.points)
    if (point.source.empty() || !(point.step_time > 0.0) || !std::isfinite(point.step_time))
      throw InternalError("a point of an accepted profile is none");
}

}  // namespace retrograde::fuzz

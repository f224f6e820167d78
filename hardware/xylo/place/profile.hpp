// What is known of a chip of the Xylo family apart from its arithmetic. A profile is data
// (scenarios/chips/xylo_audio3.toml); every constant says where it comes from (chip_profile.hpp). What
// is not known is absent and never 0.
#pragma once

#include <optional>
#include <string>

#include <retrograde/hardware/chip_profile.hpp>

namespace retrograde::xylo {

// The most that there is of everything.
struct Limits {
  Constant channels, hidden, outputs;
  std::optional<Constant> input_neurons;    // hidden neurons that channels reach, the first ones
  std::optional<Constant> readout_neurons;  // that reach outputs, the last ones
  std::optional<Constant> fanout;           // of a hidden neuron
  std::optional<Constant> synapses;         // between hidden neurons, into one of the two synapses
};

// Cycles of the main clock, as the published model counts them for a step (forecast.hpp).
struct Cycles {
  Constant channel;         // per channel
  Constant input_synapse;   // per channel with events and hidden neuron that channels reach
  Constant hidden_arrival;  // per hidden neuron, to look for arrivals
  Constant synapse;         // per synapse of a hidden neuron that fired
  Constant readout;         // per hidden neuron that fired and reaches an output
  Constant output_synapse;  // the same, and per output
  Constant hidden_update;   // per hidden neuron
  Constant hidden_spike;    // per hidden neuron that fires
  Constant output_update;   // per output neuron
};

// MHz of the main clock, and by what share more than needed is recommended.
struct Clock {
  Constant mhz;
  Constant margin;
};

// Powers in W, those per MHz of the main clock.
struct Powers {
  std::optional<Constant> core, core_per_mhz;  // of the digital core, neurons and audio front end
  std::optional<Constant> io, io_per_mhz;
  std::optional<Constant> analogue;  // of the analogue front end
};

struct Profile {
  std::string name;  // "Xylo Audio 3"
  Limits limits;
  Cycles cycles;
  Clock clock;
  Powers powers;
};

}  // namespace retrograde::xylo

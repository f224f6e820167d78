// The JSON documents of --json: what other programs read. docs/json.md is their manual; a document
// names its schema in the field "schema", and within one schema version fields are only ever added.
// Numbers round-trip: reading one gives the same double.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/engine/trial/probe.hpp>
#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/show/json/document.hpp>

namespace retrograde {

// Spike times (ms) per population and neuron.
nlohmann::ordered_json json_spikes(const Network& network, const Tape& tape);

// Values in the layout of Network::parameters, in the shape of the parameters: per population a
// list per kind, per projection a matrix with targets as rows and null where there is no synapse.
nlohmann::ordered_json json_parameters(const Network& network, std::span<const double> values);

nlohmann::ordered_json json_recordings(const Network& network, const std::vector<Probe>& probes,
                                       const std::vector<Recording>& recordings);

nlohmann::ordered_json json_gradcheck(const Network& network, const Trial& trial,
                                      const GradientCheck& check);

// "hidden[3].tau_mem", "in->hidden[2, 0].weight" ([target, source]), "in[1] spike 4"
std::string parameter_name(const Network& network, const Trial& trial,
                           const GradientCheckEntry& entry);

}  // namespace retrograde

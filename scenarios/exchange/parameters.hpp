// All values of a network as arrays and as a table, for other programs: weights, delays and every
// parameter of neurons, with names and units. Keys are those of --set: "population.hidden.tau_mem" has
// a value per neuron; "projection.in->hidden.weight" one per synapse, in the order of
// "projection.in->hidden.source" and "...target", numbers of neurons within their populations.
//
// Units: times are in ms, all else is in units of V, in which a threshold is 1 unless it says otherwise.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <retrograde/engine/network/network.hpp>

namespace retrograde {

// NPZ, with one more entry, description.json, which says the unit of every array. `of` says whose
// values they are: "runs/demo, epoch 12".
std::string parameters_npz(const Network& network, const std::string& of);

// CSV with a row per value: kind ("population" or "projection"), name, parameter, source and target
// (neurons; no source for what is of a neuron), value, unit. Piece by piece.
void write_parameters_csv(const Network& network,
                          const std::function<void(std::string_view)>& write);

}  // namespace retrograde

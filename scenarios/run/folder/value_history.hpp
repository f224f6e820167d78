// Values over training: what is learned, as it was before the first epoch and after every so many, a file
// of numpy (NPZ) each, in the folder values/ of a run: values/000000.npz, values/000005.npz ...
//
//   PROJECTION/weight, PROJECTION/delay   those that are learned, one per synapse
//   PROJECTION/source, PROJECTION/target  the neurons of each synapse, within their populations: in the first
//                                         file, and in all where structure is learned
//   POPULATION/tau_mem ...                neuron parameters that are learned, one per neuron
//
// A file appears whole or not at all, and depends on its epoch alone: a run that is killed and resumed has
// the same files.
#pragma once

#include <cstdint>
#include <filesystem>

#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/engine/network/network.hpp>

namespace retrograde {

std::filesystem::path values_file(const std::filesystem::path& run, std::uint32_t epoch);

// `learning` is of the network. Throws IoError.
void write_values(const std::filesystem::path& run, std::uint32_t epoch, const Network& network,
                  const Learning& learning, bool with_synapses);

// Removes these files and, where nothing else is in it, their folder.
void remove_values(const std::filesystem::path& run);

}  // namespace retrograde

// What [[probe]] tables take, in a file for other programs. The ending of the name says which kind.
// Times are in ms; neurons are numbered within their population. Quantities are called v, i, i_1, i_2 ...
// (what comes from a receptor) and threshold.
//
//   .csv         a line per neuron and instant: population, neuron, time_ms, and a column for each
//                quantity that any probe takes, empty where this one does not; of several trials trial
//   .npz, .h5    of the k-th probe, from 0: probe_k/POPULATION/times, neurons, and a matrix for each
//                quantity, with a row per neuron; of several trials trial_n/ stands before
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/probe.hpp>

namespace retrograde {

// `recordings`: of each trial those of the probes, which have neurons of one population each; none is
// changed. `path` has been checked (spike_recording.hpp). Throws IoError.
void write_samples(const std::filesystem::path& path, const Network& network,
                   std::span<const Probe> probes, std::span<std::vector<Recording>> recordings);

}  // namespace retrograde

// Networks as NIR, the Neuromorphic Intermediate Representation: an HDF5 file with one graph,
//
//   /version, /node/type = "NIRGraph", /node/nodes/NAME/{type, ...}, /node/edges, /node/metadata
//
// as the Python package nir (1.0) reads and writes it. docs/exchange.md is the manual.
//
//   here                             NIR
//   population of input              Input
//   population of cuba_lif, cuba_li  CubaLIF, CubaLI
//   projection                       Linear, float64, (targets, sources), between two edges
//   delays of one per source         Delay in front of the Linear (behind it: one per target)
//   axonal_delay, dendritic_delay    Delay behind, in front of the neurons
//   population that is read          an edge to an Output
//
// Equations. NIR's time is in s, a spike is a Dirac impulse, and
//   tau_syn dI/dt = -I + w_in S        tau_mem dv/dt = v_leak - v + r I
// so an impulse of weight W moves r I by r w_in W / tau_syn. Written are r = 1 and w_in = tau_syn:
// then r I is our I, v_leak our bias, and W our weight, exactly. Read is any r and w_in: weights
// are multiplied by r w_in / tau_syn of their target. Tools that count in steps of dt take S for 1
// during one step, an impulse of dt instead of 1 s: spike_width says so.
//
// Bits. Times in ms do not survive the way through s; where times 1000 does not bring a value back,
// metadata hold it in ms as well (tau_mem_ms ..). A reader takes it only where it gives the value
// in s. So a network comes back bit for bit, and what another tool has changed counts.
//
// Metadata, which other tools ignore: the order of populations and projections, which synapses a
// Linear has (mask), delays that differ from synapse to synapse (delay_ms), and what the chip would
// hold (loihi2).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/hardware/loihi2/model/chip_network.hpp>
#include <retrograde/scenarios/io/limits.hpp>

namespace retrograde {

// How delays are written that differ from synapse to synapse, for which NIR has no node.
enum class NirDelays : std::uint8_t {
  metadata,  // exactly, in the metadata of the Linear, where only Retrograde looks for them
  branches,  // a Delay and a Linear for each different delay, at most nir_branches of them
};

inline constexpr std::size_t nir_branches = 64;

struct NirOptions {
  NirDelays delays = NirDelays::metadata;
  std::vector<std::uint32_t> outputs = {};    // populations that are read
  const loihi2::ChipNetwork* chip = nullptr;  // the same network on the chip, for the metadata
};

struct NirFile {
  std::string bytes;
  std::vector<std::string> warnings;  // what other tools will not see
};

// Throws NetworkError, with the remedy, for what NIR cannot say: other models, more than one
// receptor, alpha currents, t_ref, names that are no names of HDF5. O(sources targets) memory per
// projection.
NirFile write_nir(const Network& network, const NirOptions& options = {});

// The network of a file, as a builder takes it.
struct NirNetwork {
  struct Projection {
    std::string name;
    std::uint32_t source = 0, target = 0;
    std::vector<SynapseSpec> synapses;
  };
  std::vector<PopulationSpec> populations;
  std::vector<Projection> projections;
  std::vector<std::string> warnings;  // what is not exactly what the file says
};

struct NirReading {
  Time spike_width = 1000.0;  // ms, the area of a spike in S
  ScenarioLimits limits = {};
};

// Supported: Input, Output, CubaLIF, CubaLI, and between them Linear, Affine, Delay and Flatten,
// one Linear or Affine (or none: one to one) on each way from neuron to neuron. Each such way is a
// projection, named like its Linear. Signals of more than one dimension are taken in C order. The
// constant b of an Affine becomes a bias of r w_in b, where its current has settled; a warning says
// so. `file` is what messages call it. Throws FormatError with the path of the node, for nodes that
// are not supported with a list of them; LimitError.
NirNetwork read_nir(std::span<const std::uint8_t> bytes, const std::string& file,
                    const NirReading& reading = {});

}  // namespace retrograde

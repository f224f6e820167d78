// Networks as NIR, the Neuromorphic Intermediate Representation: an HDF5 file with one graph,
//
//   /version, /node/type = "NIRGraph", /node/nodes/NAME/{type, ...}, /node/edges, /node/metadata
//
// as the Python package nir (1.0) reads and writes it. docs/exchange.md is the manual.
//
//   here                             NIR
//   population of input              Input
//   of cuba_lif, cuba_li             CubaLIF, CubaLI
//   of lif, li                       LIF, LI
//   of if, integrator                IF, I
//   projection                       Linear, float64, (targets, sources), between two edges
//   delays of one per source         Delay in front of the Linear (behind it: one per target)
//   axonal_delay, dendritic_delay    Delay behind, in front of the neurons
//   population that is read          an edge to an Output
//
// Equations. NIR's time is in s, a spike is a Dirac impulse, and
//   CubaLIF, CubaLI   tau_syn dI/dt = -I + w_in S        tau_mem dv/dt = v_leak - v + r I
//   LIF, LI           tau dv/dt = v_leak - v + r S       IF, I   dv/dt = r S
// so an impulse of weight W moves r I by r w_in W / tau_syn, or v by r W / tau, or by r W. Written are
// r = 1 and w_in = tau_syn, or r = tau: then r I is our I, v_leak our bias, and W our weight, exactly.
// Read is any r and w_in. Tools that count in steps of dt take S for 1 during one step, an impulse of
// dt instead of 1 s: spike_width says so.
//
// Steps. The same file may also be read as the recursion that such a tool runs, with 1 during a step
// for a spike, c = dt/tau (forward Euler) or 1 - e^(-dt/tau), and new currents before voltages:
//   I := (1 - a) I + a w_in (W s + b),  v := (1 - c) v + c (v_leak + r I),  spike: v at v_threshold
//   v := (1 - c) v + c (v_leak + r (W s + b))          v := v + dt r (W s + b)
// What goes back to neurons that it came from acts one step later. The network that comes out has the
// time constants that decay as much in a step, and weights with which SteppedMachine (engine/stepped,
// StepOrder::layers) computes the recursion. tests/golden/nir_steps.cpp holds it against recordings of
// snnTorch and Norse.
//
// A constant b of an Affine or a convolution is a bias of r w_in b; where its current takes tau_syn to
// settle, a spike at the start of the trial takes away what is not there yet: an input population of
// one neuron, "NAME.start". Weights between the last neurons and an Output are kept: the Output
// becomes an integrator, which adds up what reaches it.
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
#include <optional>
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

// How a step decays: 1 - dt/tau or e^(-dt/tau).
enum class NirDecay : std::uint8_t { euler, exponential };

// Whether a neuron fires where v has come to its threshold, or only above it. Above it is at the next
// number that a double has, and that becomes the threshold: exactly so, but that a reset by subtraction
// takes off this number, 2^-52 of it more.
enum class NirFire : std::uint8_t { at, above };

struct NirSteps {
  Time dt = 0.0;  // ms; 0: that of the file's metadata
  NirDecay decay = NirDecay::euler;
  NirFire fire = NirFire::at;
};

// The network of a file, as a builder takes it.
struct NirNetwork {
  struct Projection {
    std::string name;
    std::uint32_t source = 0, target = 0;
    std::vector<SynapseSpec> synapses;
    bool delayed = false;  // the file says a delay
  };
  std::vector<PopulationSpec> populations;
  std::vector<Projection> projections;
  std::vector<std::uint32_t> starts;   // inputs of one neuron that fires at 0 ms, and not again
  std::vector<std::uint32_t> outputs;  // populations that are read, ascending
  Time step = 0.0;                     // ms, of a network of steps
  std::vector<std::string> warnings;   // what is not exactly what the file says
};

struct NirReading {
  // ms, the area of a spike in S; none: 1 s, in steps one of them.
  std::optional<Time> spike_width = {};
  std::optional<NirSteps> steps = {};  // none: continuous time
  ScenarioLimits limits = {};
};

// Every node of nir 1.0.8: Input, Output, LIF, LI, IF, I, CubaLIF, CubaLI, Threshold (in steps),
// Linear, Affine, Scale, Conv1d, Conv2d, SumPool2d, AvgPool2d, Flatten, Delay, NIRGraph. Each way from
// neurons to neurons is a projection, named like the one node with weights on it; several such nodes
// are multiplied. `file` is what messages call it. Throws FormatError with the path of the node and
// the remedy; LimitError.
NirNetwork read_nir(std::span<const std::uint8_t> bytes, const std::string& file,
                    const NirReading& reading = {});

}  // namespace retrograde

// What is known of a chip apart from its arithmetic: the size of a core, the mesh, what events
// cost, and measurements of whole systems. A profile is data (scenarios/chips/*.toml); every
// constant says where it comes from and whether it was measured, published or inferred, and is an
// interval where sources differ.
//
// Units: ms, mJ and W, so that a power times a time is an energy (W ms = mJ).
// Invariants: those of Interval; what is not known is absent and never 0.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/events/time.hpp>
#include <retrograde/hardware/interval.hpp>

namespace retrograde {

enum class Evidence : std::uint8_t {
  measured,   // on the chip: read from raw data or printed by a tool that ran there
  published,  // stated in a paper, by the vendor, or in published code
  inferred,   // concluded from the above; the source says how
};

struct Constant {
  Interval value;
  Evidence evidence = Evidence::inferred;
  std::string source;
};

// The most that one core holds. Absent: no limit is known.
struct CoreLimits {
  std::optional<Constant> neurons;
  std::optional<Constant> neuron_groups;  // sets of neurons with the same decays and threshold
  std::optional<Constant> input_axons;    // sources whose spikes the core receives
  std::optional<Constant> axon_map;       // entries that say where the neurons' spikes go
  std::optional<Constant> synapse_words;
  std::optional<Constant> pool_words;  // one memory that all of the above share
};

// How synapses lie in memory: an axon's synapses onto a core take
//   words = ceil((n (index_bits + weight bits + delay bits) + h headers) / word_bits),
// with one header for the axon or, where blocks are limited, per block of so many synapses. Delay
// bits are as many as the largest delay of the projection needs.
struct SynapseEncoding {
  Constant word_bits, index_bits, header_bits;
  std::optional<Constant> block;  // synapses under one header
};

// What a core is, as the resource model of loihi2/place/mapping.hpp sees it.
struct CoreModel {
  CoreLimits limits;
  SynapseEncoding encoding;
  // Entries of the axon map per neuron: so many, and one for every core that its spikes go to, but
  // at least the least.
  Constant axon_map_base, axon_map_least;
};

// Routers in a rectangle, each with the same number of cores; spikes go along x first, then y.
struct MeshShape {
  Constant columns, rows, cores_per_router;
  // Cores that a network can use: sources differ for some chips.
  Constant usable_cores;

  std::uint32_t cores() const;  // columns * rows * cores_per_router
};

// Durations in ms. What is absent never decides.
struct TimeCosts {
  Constant neuron_update;             // per neuron of a core and step
  Constant synaptic_operation;        // per weight that is added
  std::optional<Constant> word_read;  // per word of synaptic memory
  std::optional<Constant> message;    // per spike over one link
  Constant barrier;                   // the shortest step
};

// Energies in mJ, powers in W.
struct EnergyCosts {
  Constant neuron_update, synaptic_operation;
  Constant message;       // per spike that a core sends to another
  Constant hop_x, hop_y;  // per spike and link of the mesh
  std::optional<Constant> static_power;
  std::optional<Constant> io_power;
};

// A whole system that somebody measured, or what follows from a published statement about one: the
// load of one step and what it took. Points of one workload are not independent of each other and
// count as one.
struct CalibrationPoint {
  std::string name, workload;
  Evidence evidence = Evidence::inferred;
  std::string source;
  // Of the core with the largest number, per step.
  double largest_neurons = 0, largest_operations = 0;
  // Of the whole chip, per step.
  double neurons = 0, operations = 0;
  Time step_time = 0;                 // ms
  std::optional<double> step_energy;  // mJ, everything included
};

// Measurements of another machine on a workload that is known by its shape: input, recurrent hidden
// and output neurons.
struct ComparisonRow {
  std::uint32_t inputs = 0, hidden = 0, outputs = 0;
  std::uint32_t steps = 0;  // per sample
  std::uint32_t batch = 1;
  Time latency = 0;           // ms, of a batch
  double energy = 0;          // mJ per sample, everything included
  double dynamic_energy = 0;  // mJ per sample, without what the idle machine takes
};
struct Comparison {
  std::string name;  // "Jetson Orin Nano"
  Evidence evidence = Evidence::published;
  std::string source;
  std::vector<ComparisonRow> rows;
};

struct ChipProfile {
  std::string name;  // "Loihi 2"
  CoreModel core;
  MeshShape mesh;
  TimeCosts time;
  EnergyCosts energy;
  std::vector<CalibrationPoint> points;
};

// The limit as a number of things; 0 with no limit.
std::uint64_t limit_of(const std::optional<Constant>& constant);

const char* name(Evidence evidence);  // "measured"

}  // namespace retrograde

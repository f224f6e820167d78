// Where the synapses of a network lie in space and time, before training and after it: for each
// projection the maps of its target neurons (synapse_map.hpp), and whether like synapses lie together
// (clustering.hpp).
//
// A delay is what a spike takes from its neuron to its arrival, axonal and dendritic delays included,
// rounded to steps. Channels have neighbours where their order means something, as that of frequency
// bands does. The neurons of a hidden population have no order: of a projection from a population that
// is no input, delays alone say which synapses are neighbours.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <retrograde/scenarios/run/analysis/clustering.hpp>
#include <retrograde/scenarios/run/trained.hpp>

namespace retrograde {

struct AnalysisOptions {
  std::string projection;             // empty: all
  std::optional<Time> step;           // ms; none: usual_map_step
  ClusteringOptions clustering = {};  // ordered_channels: of each projection, by analyse
};

// The maps of one network, and what is said of them.
struct MappedProjection {
  std::vector<SynapseMap> maps;  // per neuron of the target
  Clustering clustering;
};

struct ProjectionAnalysis {
  std::string name, source, target;
  std::uint32_t channels = 0;
  bool from_input = false;  // whose neurons have an order; else neighbours are by delay alone
  MappedProjection before;
  std::optional<MappedProjection> after;  // none: nothing has been trained
};

struct Analysis {
  Time step = 0.0;  // ms
  AnalysisOptions options;
  std::vector<ProjectionAnalysis> projections;
};

// That of surrogate gradients where the scenario is trained with them. Else the least of 1, 2 and 5
// times the powers of ten with which the longest delay of the network, of all projections, is 25 steps
// at most: it is 10 to 25 steps. 1 ms without delays.
Time usual_map_step(const Scenario& scenario, const Network& network);

// The maps of all neurons that a projection reaches.
std::vector<SynapseMap> maps_of(const Network& network, std::uint32_t projection, Time step);

// Throws UsageError for a projection that there is not, LimitError for delays of too many steps,
// Interrupted.
Analysis analyse(const Trained& trained, const AnalysisOptions& options);

}  // namespace retrograde

// A network: populations of neurons, projections of synapses between them, and the values of all
// their parameters. Immutable once built and shared by all threads; training makes a new network
// with other values (`with_parameters`) that shares everything but the values.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <retrograde/engine/network/incoming.hpp>
#include <retrograde/engine/network/outgoing.hpp>
#include <retrograde/engine/network/projection.hpp>
#include <retrograde/engine/network/synapse_rule.hpp>
#include <retrograde/engine/neuron/model.hpp>
#include <retrograde/engine/parameters.hpp>
#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// What every neuron has unless a user gives another value.
inline std::vector<double> usual(ParameterKind kind) { return {traits(kind).usual}; }

// What a user gives for a population. A vector of length 1 holds for every neuron, one of length
// `size` holds a value per neuron; times in ms. What the model does not have is ignored.
struct PopulationSpec {
  std::string name;
  Model model = Model::cuba_lif;
  std::uint32_t size = 0;
  std::vector<double> tau_mem = usual(ParameterKind::tau_mem);
  std::vector<double> tau_syn = usual(ParameterKind::tau_syn);
  std::vector<double> v_threshold = usual(ParameterKind::v_threshold);
  std::vector<double> v_reset = usual(ParameterKind::v_reset);
  std::vector<double> bias = usual(ParameterKind::bias);
  std::vector<double> t_ref = usual(ParameterKind::t_ref);
  // The receptors, whose time constants are tau_syn, tau_syn_2, ...; projections choose among them.
  std::vector<SynapseShape> receptors = {SynapseShape::exponential};
  std::vector<double> tau_syn_2 = usual(ParameterKind::tau_syn_2);
  std::vector<double> tau_syn_3 = usual(ParameterKind::tau_syn_3);
  std::vector<double> tau_syn_4 = usual(ParameterKind::tau_syn_4);
  std::vector<double> tau_adapt = usual(ParameterKind::tau_adapt);
  std::vector<double> adaptation = usual(ParameterKind::adaptation);
  std::vector<double> axonal_delay = usual(ParameterKind::axonal_delay);
  std::vector<double> dendritic_delay = usual(ParameterKind::dendritic_delay);

  // The field of a neuron parameter.
  std::vector<double>& values(ParameterKind kind);
  const std::vector<double>& values(ParameterKind kind) const;
};

struct Population {
  std::string name;
  Model model;
  NeuronId first;  // neurons first .. first + size - 1
  std::uint32_t size;
  std::vector<SynapseShape> receptors;

  bool has(ParameterKind kind) const { return model.has(kind, receptors); }
};

class Network {
 public:
  // A placeholder to assign to; only NetworkBuilder makes networks that may be asked anything.
  Network() = default;

  const std::vector<Population>& populations() const { return topology_->populations; }
  const std::vector<Projection>& projections() const { return topology_->projections; }
  // Position of the population or projection of that name.
  std::optional<std::uint32_t> find_population(std::string_view name) const;
  std::optional<std::uint32_t> find_projection(std::string_view name) const;

  NeuronId neuron_count() const { return topology_->layout.neurons; }
  SynapseId synapse_count() const { return topology_->layout.synapses; }
  // Population that holds a neuron; O(1).
  std::uint32_t population_of(NeuronId neuron) const { return topology_->population_of[neuron]; }
  Model model_of(NeuronId neuron) const {
    return topology_->populations[topology_->population_of[neuron]].model;
  }
  bool is_input(NeuronId neuron) const { return model_of(neuron)->is_input(); }
  // "hidden[3]", for messages.
  std::string neuron_name(NeuronId neuron) const;

  const ParameterLayout& layout() const { return topology_->layout; }
  // All values, in that layout.
  std::span<const double> parameters() const { return parameters_; }
  // All values of a kind, indexed by SynapseId or NeuronId.
  std::span<const double> parameters(ParameterKind kind) const {
    return parameters_.subspan(layout().offset(kind), layout().count(kind));
  }
  double parameter(ParameterKind kind, std::size_t index) const { return parameters(kind)[index]; }
  double weight(SynapseId s) const { return parameters(ParameterKind::weight)[s]; }
  // Its own delay; see total_delay.
  Time delay(SynapseId s) const { return parameters(ParameterKind::delay)[s]; }
  // From a spike to its arrival: axonal, synaptic and dendritic delay. O(1) where no neuron has an
  // axonal or dendritic one, else O(log (projections x sources)).
  Time total_delay(SynapseId s) const {
    return neuron_delays_ ? delay_with_neurons(s) : delay(s) + 0.0;
  }
  // Whether some neuron has an axonal or a dendritic delay.
  bool has_neuron_delays() const { return neuron_delays_; }

  // The projection of a synapse; O(log projections).
  const Projection& projection_of(SynapseId s) const;
  // What a spike of neuron `source` meets as synapse s, which leaves it; O(log projections).
  Synapse synapse(NeuronId source, SynapseId s) const;
  // The synapses that leave a neuron, ordered by (delay, target, id). The first call on a network
  // sorts them all; many threads may ask.
  OutgoingSynapses outgoing(NeuronId neuron) const {
    const auto& begin = topology_->outgoing_begin;
    return {*this, neuron, outgoing().subspan(begin[neuron], begin[neuron + 1] - begin[neuron])};
  }
  // The same, ascending, without delays and for nothing.
  SynapseIds synapses_of(NeuronId neuron) const {
    const std::uint32_t p = population_of(neuron);
    const auto& begin = topology_->outgoing_begin;
    return {projections(), topology_->projections_from[p], neuron - populations()[p].first,
            begin[neuron + 1] - begin[neuron]};
  }
  // The synapses of a projection by target. The first call sorts them, for all networks with these
  // synapses; many threads may ask.
  const IncomingSynapses& incoming(std::size_t projection) const;
  // The neuron that a synapse reaches; O(log projections).
  NeuronId target_of(SynapseId s) const;
  // The receptor that a synapse reaches; O(log projections), O(1) where all reach the first.
  unsigned receptor_of(SynapseId s) const {
    return topology_->several_receptors ? projection_of(s).receptor : 0;
  }
  // The neurons of a population; null for inputs.
  const Dynamics* dynamics(std::uint32_t population) const { return dynamics_[population].get(); }

  // Leaves the network without values, good for nothing but with_parameters: so that an optimiser
  // need not hold them twice. Values that copies of it have are copied.
  std::vector<double> take_parameters();
  // The same network with other values; throws NetworkError as the builder does.
  Network with_parameters(std::vector<double> values) const;

 private:
  friend class NetworkBuilder;
  // Not everybody who holds a network asks for it, nor for the order below.
  struct Incoming {
    std::once_flag made;
    IncomingSynapses synapses;
  };
  struct Topology {
    std::vector<Population> populations;
    std::vector<Projection> projections;
    ParameterLayout layout;
    std::vector<std::uint32_t> population_of;                  // per neuron
    std::vector<std::vector<std::uint32_t>> projections_from;  // per population
    // Per neuron, and one past the end: how many synapses leave those before it.
    std::vector<SynapseId> outgoing_begin;
    std::unique_ptr<Incoming[]> incoming;  // per projection
    bool several_receptors = false;        // some projection reaches another than the first
    bool cyclic = false;                   // some population can influence itself
  };
  void check_synapses() const;
  void check_neurons() const;
  void prepare();  // checks the values and derives dynamics_ from them
  Time delay_with_neurons(SynapseId s) const;
  std::span<const SynapseId> outgoing() const;

  struct Outgoing {
    std::once_flag made;
    std::vector<SynapseId> order;  // neuron after neuron
  };

  void hold(std::vector<double> values);

  std::shared_ptr<const Topology> topology_;
  // Copies of a network share its values, which never change: of 10^8 synapses they are the most.
  std::shared_ptr<std::vector<double>> values_;
  std::span<const double> parameters_;                     // all of them
  std::vector<std::shared_ptr<const Dynamics>> dynamics_;  // per population
  std::shared_ptr<Outgoing> outgoing_;
  bool neuron_delays_ = false;  // has_neuron_delays()
};

struct ProjectionSizes;

// Builds a network step by step; every call throws NetworkError with the name and the remedy when
// what it is given cannot be.
class NetworkBuilder {
 public:
  // Returns the population's index.
  std::uint32_t add(PopulationSpec spec);
  // Source and target are population indices; synapses may come in any order, unless `multapses` at
  // most one per pair of neurons in one projection (several projections may join the same
  // populations). `receptor` is one of the target's. Returns the projection's index.
  std::uint32_t connect(std::uint32_t source, std::uint32_t target,
                        std::vector<SynapseSpec> synapses, std::string name = {},
                        unsigned receptor = 0, bool multapses = false);
  // The same by rule. Synapses are counted now and placed by build(), on all threads, straight to
  // where they stay: nothing is ever listed.
  std::uint32_t connect_by_rule(std::uint32_t source, std::uint32_t target, SynapseRule rule,
                                std::string name = {}, unsigned receptor = 0);
  // Rejects cycles whose delays sum to zero: cause and effect would share an instant. O(synapses).
  // A builder that is not needed any more gives its lists away and is empty afterwards; the network
  // and its lists are never in memory together then.
  Network build() const& { return NetworkBuilder(*this).take(); }
  Network build() && { return take(); }

 private:
  // What synapses of a projection begin with: as listed, or by rule.
  struct Values {
    std::vector<double> weights, delays;
    SynapseRule rule;
  };
  // A projection that may be, without synapses.
  Projection projection(std::uint32_t source, std::uint32_t target, std::string name,
                        unsigned receptor) const;
  ProjectionSizes sizes(const Projection& projection) const;
  void set_rows(Projection& projection, std::vector<SynapseId> sizes) const;
  std::uint32_t add(Projection projection, Values values);
  Network take();
  void place_neurons(Network::Topology& topology) const;
  void place_synapses(Network::Topology& topology, std::span<double> parameters);
  static void place_rows(Network::Topology& topology);
  void place_neuron_values(const ParameterLayout& layout, std::span<double> parameters) const;

  std::vector<PopulationSpec> populations_;
  std::vector<Projection> projections_;
  std::vector<Values> values_;  // per projection
  SynapseId synapses_ = 0;      // so far
};

}  // namespace retrograde

#include <algorithm>
#include <string>

#include <retrograde/engine/neuron/model.hpp>
#include <retrograde/engine/neuron/shipped.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

Model add(std::vector<Model>& models, const NeuronModel& model) {
  for (const Model other : models)
    if (other->name() == model.name())
      throw NetworkError(std::string(model.name()),
                         "another neuron model has this name already; give it one of its own");
  return models.emplace_back(model);
}

// Shipped models come in by the door of all others, before them.
std::vector<Model>& registry() {
  static std::vector<Model> models = [] {
    std::vector<Model> shipped;
    for (const NeuronModel* model : shipped_models()) add(shipped, *model);
    return shipped;
  }();
  return models;
}

}  // namespace

std::string_view name(SynapseShape shape) {
  switch (shape) {
    case SynapseShape::alpha:
      return "alpha";
    case SynapseShape::step:
      return "step";
    case SynapseShape::exponential:
      break;
  }
  return "exponential";
}

std::vector<ParameterKind> Model::parameters(std::span<const SynapseShape> receptors) const {
  std::vector<ParameterKind> kinds;
  for (const ParameterKind kind : neuron_parameter_kinds)
    if (has(kind, receptors)) kinds.push_back(kind);
  return kinds;
}

bool Model::has(ParameterKind kind, std::span<const SynapseShape> receptors) const {
  const auto owns = [&](ParameterKind k) {
    const std::span<const ParameterKind> own = model_->parameters();
    return std::find(own.begin(), own.end(), k) != own.end();
  };
  const std::size_t receptor = receptor_of(kind);
  if (receptor < receptors.size() && !decays(receptors[receptor])) return false;
  switch (traits(kind).owner) {
    case ParameterOwner::synapse:
      return false;
    case ParameterOwner::axon:
      return model_->fires();
    case ParameterOwner::dendrite:
      return !model_->is_input();
    case ParameterOwner::receptor:  // the first one's stands for all
      return receptor < receptors.size() && owns(receptor_kinds[0]);
    case ParameterOwner::membrane:
      break;
  }
  return owns(kind);
}

std::vector<Model> all_models() { return registry(); }

Model register_model(const NeuronModel& model) { return add(registry(), model); }

}  // namespace retrograde

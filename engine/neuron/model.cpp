#include <fmt/format.h>

#include <retrograde/engine/neuron/alif.hpp>
#include <retrograde/engine/neuron/cuba_lif_dynamics.hpp>
#include <retrograde/engine/neuron/model.hpp>
#include <retrograde/engine/neuron/qif.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

class Input final : public NeuronModel {
 public:
  std::string_view name() const override { return "input"; }
  bool is_input() const override { return true; }
  bool fires() const override { return true; }
  bool has_voltage() const override { return false; }
  bool has_receptors() const override { return false; }
  std::span<const ParameterKind> parameters() const override { return {}; }
  std::shared_ptr<const Dynamics> dynamics(const PopulationView&) const override { return nullptr; }
};

// cuba_lif and cuba_li.
class Cuba final : public NeuronModel {
 public:
  explicit constexpr Cuba(bool fires) : fires_(fires) {}
  std::string_view name() const override { return fires_ ? "cuba_lif" : "cuba_li"; }
  bool fires() const override { return fires_; }
  bool has_voltage() const override { return true; }
  bool has_receptors() const override { return true; }
  std::span<const ParameterKind> parameters() const override {
    static constexpr std::array all = {ParameterKind::tau_mem, ParameterKind::tau_syn,
                                       ParameterKind::bias,    ParameterKind::v_threshold,
                                       ParameterKind::v_reset, ParameterKind::t_ref};
    return fires_ ? std::span(all) : std::span(all).first(3);
  }
  std::shared_ptr<const Dynamics> dynamics(const PopulationView& p) const override {
    if (p.receptors.size() == 1 && p.receptors[0] == SynapseShape::exponential)
      return std::make_shared<CubaLifDynamics>(p, fires_);
    return std::make_shared<DynamicsOf<Alif>>(p, fires_);
  }

 private:
  bool fires_;
};

constinit const Input input_model;
constinit const Cuba cuba_lif_model(true), cuba_li_model(false);
constinit const ModelOf<Alif> alif_model;
constinit const ModelOf<Qif> qif_model;

std::vector<Model>& registry() {
  static std::vector<Model> models = {Model::input, Model::cuba_lif, Model::cuba_li, Model::alif,
                                      Model::qif};
  return models;
}

}  // namespace

constinit const Model Model::input(input_model);
constinit const Model Model::cuba_lif(cuba_lif_model);
constinit const Model Model::cuba_li(cuba_li_model);
constinit const Model Model::alif(alif_model);
constinit const Model Model::qif(qif_model);

std::vector<ParameterKind> Model::parameters(std::size_t receptors) const {
  std::vector<ParameterKind> kinds;
  for (const ParameterKind kind : neuron_parameter_kinds)
    if (has(kind, receptors)) kinds.push_back(kind);
  return kinds;
}

bool Model::has(ParameterKind kind, std::size_t receptors) const {
  const auto owns = [&](ParameterKind k) {
    const std::span<const ParameterKind> own = model_->parameters();
    return std::find(own.begin(), own.end(), k) != own.end();
  };
  switch (traits(kind).owner) {
    case ParameterOwner::synapse:
      return false;
    case ParameterOwner::axon:
      return model_->fires();
    case ParameterOwner::dendrite:
      return !model_->is_input();
    case ParameterOwner::receptor:  // the first one's stands for all
      return receptor_of(kind) < receptors && owns(receptor_kinds[0]);
    case ParameterOwner::membrane:
      break;
  }
  return owns(kind);
}

std::vector<Model> all_models() { return registry(); }

Model register_model(const NeuronModel& model) {
  for (const Model other : registry())
    if (other->name() == model.name())
      throw NetworkError(std::string(model.name()),
                         "another neuron model has this name already; give it one of its own");
  registry().emplace_back(model);
  return registry().back();
}

}  // namespace retrograde

#include <retrograde/engine/neuron/alif.hpp>
#include <retrograde/engine/neuron/cuba_lif_dynamics.hpp>
#include <retrograde/engine/neuron/input.hpp>
#include <retrograde/engine/neuron/lif.hpp>
#include <retrograde/engine/neuron/qif.hpp>
#include <retrograde/engine/neuron/shipped.hpp>

namespace retrograde {

namespace {

constinit const InputModel input_model;
constinit const CubaLifModel cuba_lif_model(true), cuba_li_model(false);
constinit const ModelOf<Alif> alif_model;
constinit const ModelOf<Qif> qif_model;
constinit const LifModel lif_model(true, true), li_model(false, true), if_model(true, false),
    integrator_model(false, false);

constexpr const NeuronModel* shipped[] = {&input_model, &cuba_lif_model, &cuba_li_model,
                                          &alif_model,  &qif_model,      &lif_model,
                                          &li_model,    &if_model,       &integrator_model};

}  // namespace

constinit const Model Model::input(input_model);
constinit const Model Model::cuba_lif(cuba_lif_model);
constinit const Model Model::cuba_li(cuba_li_model);
constinit const Model Model::alif(alif_model);
constinit const Model Model::qif(qif_model);
constinit const Model Model::lif(lif_model);
constinit const Model Model::li(li_model);
constinit const Model Model::integrate_fire(if_model);
constinit const Model Model::integrator(integrator_model);

std::span<const NeuronModel* const> shipped_models() { return shipped; }

}  // namespace retrograde

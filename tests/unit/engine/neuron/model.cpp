// The register of neuron models: shipped ones and a user's come in by one door.
#include <catch2/catch.hpp>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/adjoint/neuron/register.hpp>
#include <retrograde/engine/neuron/qif.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/events/error.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

// Of a name of its own. Not in an unnamed namespace: templates over it are used elsewhere.
namespace retrograde::test {
template <typename T>
struct Renamed : Qif<T> {
  static constexpr std::string_view model_name = "renamed";
  using Qif<T>::Qif;
};
}  // namespace retrograde::test
using test::Renamed;

namespace {

std::vector<std::string> names() {
  std::vector<std::string> list;
  for (const Model model : all_models()) list.emplace_back(model->name());
  return list;
}

}  // namespace

TEST_CASE("shipped models are registered first, in the order that users are told") {
  const std::vector<std::string> all = names();
  const std::vector<std::string> shipped = {"input", "cuba_lif", "cuba_li", "alif", "qif"};
  REQUIRE(all.size() >= shipped.size());
  CHECK(std::vector<std::string>(all.begin(), all.begin() + 5) == shipped);
  CHECK(all_models()[1] == Model::cuba_lif);
  CHECK(all_models()[4] == Model::qif);
}

TEST_CASE("a model's name and its sides are given once, the shipped ones' are taken") {
  static const ModelOf<Qif> second;
  CHECK_THROWS_WITH(register_model(second), Contains("qif: another neuron model has this name"));
  for (const Model model : {Model::cuba_lif, Model::cuba_li, Model::alif, Model::qif})
    CHECK_THROWS_AS(register_sides(model, sides_by<Qif>()), InternalError);
}

TEST_CASE("a model runs without a backward pass, and asking for one says how to add it") {
  static const ModelOf<Renamed> forward_only;
  const Model model = register_model(forward_only);
  CHECK(names().back() == "renamed");
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  builder.connect(in, builder.add({.name = "n", .model = model, .size = 1}), {{0, 0, 30.0, 1.0}});
  const Network network = builder.build();
  const SequentialMachine machine(network);
  const Tape tape = machine.run({50.0, {{1.0, 0}}});
  CHECK(tape.spikes.size() > 1);
  LossValue loss;
  loss.spike_times.assign(tape.spikes.size(), 1.0);
  Gradient gradient{network.layout(), std::vector<double>(network.layout().size(), 0.0), {}};
  CHECK_THROWS_WITH(backward(machine, tape, loss, {}, {}, gradient),
                    Contains("renamed") && Contains("register_neuron"));
  // Its sides given, the gradient is that of the model it is a copy of.
  register_sides(model, sides_by<Renamed>());
  backward(machine, tape, loss, {}, {}, gradient);
  NetworkBuilder again;
  again.add({.name = "in", .model = Model::input, .size = 1});
  again.connect(in, again.add({.name = "n", .model = Model::qif, .size = 1}), {{0, 0, 30.0, 1.0}});
  const Network original = again.build();
  Gradient expected{original.layout(), std::vector<double>(original.layout().size(), 0.0), {}};
  backward(SequentialMachine(original), tape, loss, {}, {}, expected);
  CHECK(gradient.parameters == expected.parameters);
  CHECK(gradient.of(ParameterKind::weight)[0] != 0.0);
}

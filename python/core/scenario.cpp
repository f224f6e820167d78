// Scenarios: read by the same reader as files, with arrays in memory where they name some.
#include <cmath>
#include <map>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>
#include <numeric>

#include <retrograde/scenarios/io/units.hpp>
#include <retrograde/scenarios/read/library.hpp>
#include <retrograde/scenarios/read/scenario_loss.hpp>
#include <retrograde/scenarios/run/timeline/timeline_of.hpp>

#include "arrays.hpp"
#include "bind.hpp"
#include "calls.hpp"
#include "types.hpp"

namespace retrograde::python {

namespace {

using Text = std::string;
// By the name that the scenario calls them by: one array without a name, or several with names.
using GivenArrays = std::map<Text, std::vector<std::pair<Text, Doubles>>>;
using GivenSettings = std::vector<std::pair<Text, Text>>;

NumericArray copied_array(const Doubles& given) {
  NumericArray result;
  for (std::size_t k = 0; k < given.ndim(); ++k) result.shape.push_back(given.shape(k));
  result.values = copied(given);
  return result;
}

std::shared_ptr<const MemoryArrays> memory(const GivenArrays& given) {
  if (given.empty()) return nullptr;
  MemoryArrays all;
  for (const auto& [name, arrays] : given)
    for (const auto& [inner, values] : arrays) all[name].push_back({inner, copied_array(values)});
  return std::make_shared<const MemoryArrays>(std::move(all));
}

ScenarioOverrides overrides(const GivenSettings& settings, std::optional<std::uint64_t> seed,
                            std::optional<std::uint32_t> epochs, const GivenArrays& arrays) {
  ScenarioOverrides all;
  all.seed = seed;
  all.epochs = epochs;
  // As the words of --set are: what is no TOML is a string.
  for (const auto& [key, value] : settings)
    all.settings.push_back(parse_setting(key + "=" + value));
  all.arrays = memory(arrays);
  return all;
}

ScenarioPtr read(const Text& path, const GivenSettings& settings, std::optional<std::uint64_t> seed,
                 std::optional<std::uint32_t> epochs, const GivenArrays& arrays) {
  const ScenarioOverrides given = overrides(settings, seed, epochs, arrays);
  ScenarioPtr result;
  call([&](Stop&) { result = std::make_shared<Scenario>(read_scenario(path, given)); });
  return result;
}

ScenarioPtr parse(const Text& text, const Text& file, const GivenSettings& settings,
                  std::optional<std::uint64_t> seed, std::optional<std::uint32_t> epochs,
                  const GivenArrays& arrays) {
  const ScenarioOverrides given = overrides(settings, seed, epochs, arrays);
  ScenarioPtr result;
  call([&](Stop&) { result = std::make_shared<Scenario>(parse_scenario(text, file, given)); });
  return result;
}

NetworkPtr network(const ScenarioPtr& self) {
  require_network(*self);
  require_values(*self, "Python");
  return std::make_shared<PyNetwork>(self->network, self->learning, self);
}

std::map<Text, std::vector<std::pair<Text, View<double>>>> arrays(const ScenarioPtr& self) {
  std::map<Text, std::vector<std::pair<Text, View<double>>>> all;
  if (!self->arrays) return all;
  for (const auto& [name, arrays] : *self->arrays)
    for (const NamedArray& each : arrays)
      all[name].emplace_back(each.name,
                             view(each.array.values.data(), each.array.shape, self->arrays));
  return all;
}

// train, validation, test; names of classes; notes
using Data = std::tuple<std::vector<TrialsPtr>, std::vector<Text>, std::vector<Text>, Text>;

Data data(const ScenarioPtr& self, const Text& path) {
  std::optional<Dataset> set;
  call([&](Stop&) { set = load_dataset(*self, path); });
  std::vector<TrialsPtr> parts;
  const auto kept = std::make_shared<const Dataset>(std::move(*set));
  for (const Part part : {Part::train, Part::validation, Part::test}) {
    auto trials = std::make_shared<PyTrials>();
    trials->trials = {kept, &kept->part(part)};
    if (!events_in_trials(*self).empty()) trials->scenario = self;
    trials->numbers.resize(trials->trials->size());
    std::iota(trials->numbers.begin(), trials->numbers.end(), trials_before(*kept, part));
    trials->longest = kept->info().duration;
    parts.push_back(std::move(trials));
  }
  return {std::move(parts), kept->info().class_names, kept->info().notes, kept->info().name};
}

LossPtr loss_of(const ScenarioPtr& self) {
  if (!self->loss) return nullptr;
  return std::make_shared<PyLoss>(
      PyLoss{std::shared_ptr<const Loss>(self, self->loss.get()), self->label});
}

// A [loss] for a network, by the reader of scenarios.
LossPtr make_loss(const NetworkPtr& network, const Text& text, double duration, bool labelled) {
  const Text file = "loss";
  const toml::table document = parse_toml(text, file);
  TomlTable root(file, document, "");
  ScenarioLoss loss =
      read_loss(*root.single("loss"), network->network(), {duration, labelled, 0, labelled});
  return std::make_shared<PyLoss>(PyLoss{std::move(loss.loss), loss.label});
}

}  // namespace

void bind_scenario(nb::module_& m) {
  nb::class_<PyLoss>(m, "Loss").def_prop_ro(
      "name", [](const PyLoss& self) { return Text(self.loss->name()); });
  nb::class_<Scenario>(m, "Scenario")
      .def_ro("file", &Scenario::file)
      .def_ro("text", &Scenario::text)
      .def_ro("name", &Scenario::name)
      .def_ro("title", &Scenario::title)
      .def_ro("seed", &Scenario::seed)
      .def_ro("warnings", &Scenario::warnings)
      .def_prop_ro("duration", [](const Scenario& self) { return self.longest_trial(); })
      .def_prop_ro("epochs", [](const Scenario& self) { return self.train.epochs; })
      .def_prop_ro("batch", [](const Scenario& self) { return self.train.batch; })
      .def_prop_ro("surrogate", [](const Scenario& self) { return self.surrogate.has_value(); })
      .def_prop_ro("has_data", [](const Scenario& self) { return !self.data.none(); })
      .def_prop_ro("structured", [](const Scenario& self) { return self.structure != nullptr; })
      .def(
          "without_events",
          [](const Scenario& self, const Text& what) { return without_events(self, what); },
          nb::arg("what"))
      .def("resolved_text", [](const Scenario& self) { return resolved_text(self); })
      .def("arrays", arrays)
      .def("network", network)
      .def("loss", loss_of, nb::sig("def loss(self) -> Loss | None"))
      .def("data", data, nb::arg("path"));
  m.def("read_scenario", read, nb::arg("path"), nb::arg("settings"), nb::arg("seed").none(),
        nb::arg("epochs").none(), nb::arg("arrays"));
  m.def(
      "milliseconds",
      [](const Text& text, const Text& what) {
        const ParsedQuantity parsed = parse_time(text);
        if (!parsed.problem.empty())
          throw UsageError(fmt::format("{}: \"{}\": {}", what, text, parsed.problem));
        return parsed.value;
      },
      nb::arg("text"), nb::arg("what"));
  m.def("library_scenario", library_scenario, nb::arg("file"));
  m.def("parse_scenario", parse, nb::arg("text"), nb::arg("file"), nb::arg("settings"),
        nb::arg("seed").none(), nb::arg("epochs").none(), nb::arg("arrays"));
  m.def("make_loss", make_loss, nb::arg("network"), nb::arg("text"), nb::arg("duration"),
        nb::arg("labelled"));
}

}  // namespace retrograde::python

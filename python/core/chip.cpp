// A network on the chip: its integers, trials of it integer for integer, and what it takes there.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>
#include <nlohmann/json.hpp>
#include <tuple>
#include <variant>

#include <retrograde/engine/parallel.hpp>
#include <retrograde/hardware/loihi2/emulator/capture.hpp>
#include <retrograde/scenarios/exchange/chip/chip_fields.hpp>
#include <retrograde/scenarios/run/chips/check.hpp>
#include <retrograde/scenarios/run/chips/network_deployment.hpp>
#include <retrograde/scenarios/run/on_chip.hpp>
#include <retrograde/scenarios/run/timeline/chip_faults_of.hpp>
#include <retrograde/scenarios/run/timeline/timeline_of.hpp>
#include <retrograde/scenarios/show/chips/json.hpp>
#include <retrograde/scenarios/show/chips/text.hpp>
#include <retrograde/scenarios/show/json/deployment.hpp>
#include <retrograde/scenarios/show/json/document.hpp>
#include <retrograde/scenarios/show/json/hardware.hpp>
#include <retrograde/scenarios/show/text/deployment.hpp>

#include "arrays.hpp"
#include "bind.hpp"
#include "document.hpp"
#include "happening.hpp"
#include "subject.hpp"

namespace retrograde::python {

namespace {

using Text = std::string;
using loihi2::ChipNetwork;
using loihi2::ChipPopulation;
using loihi2::ChipProjection;
using loihi2::Emulation;

// Values of one kind, one per neuron or synapse.
struct Column {
  Text owner, kind;
  std::vector<double> reals;           // of "scale"
  std::vector<std::int32_t> integers;  // of all else
};

struct PyOnChip {
  SubjectPtr subject;
  std::shared_ptr<const Trained> trained;
  std::shared_ptr<const Dataset> dataset;  // null: integers, which need none
  OnChip on_chip;
  std::unique_ptr<const loihi2::Emulator> emulator;
  std::vector<Column> columns;
  std::vector<Text> warnings;

  const ChipNetwork& chip() const { return emulator->network(); }
};
using OnChipPtr = std::shared_ptr<PyOnChip>;

// ---- integers ----

template <typename Cell>
void add_cells(std::vector<Column>& columns, const Text& owner, const Cell* cells,
               std::uint32_t count) {
  for (const ChipField<Cell>& field : chip_fields::of(cells)) {
    Column column{owner, field.name, {}, {}};
    for (std::uint32_t k = 0; k < count; ++k) column.integers.push_back(field.get(cells[k]));
    columns.push_back(std::move(column));
  }
}

void add_columns(std::vector<Column>& columns, const ChipNetwork& chip, const ChipPopulation& p) {
  if (p.model == loihi2::ChipModel::input) return;
  Column scale{p.name, "scale", {}, {}};
  for (std::uint32_t k = 0; k < p.size; ++k) scale.reals.push_back(p.scale(k));
  columns.push_back(std::move(scale));
  if (p.model.has_cuba_neurons())
    return add_cells(columns, p.name, chip.neurons.data() + p.first, p.size);
  std::visit(
      [&](const auto& cells) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(cells)>, std::monostate>)
          add_cells(columns, p.name, cells.data(), p.size);
      },
      p.cells);
}

void add_columns(std::vector<Column>& columns, const ChipProjection& p) {
  Column source{p.name, "source", {}, {}}, target{p.name, "target", {}, {}},
      weight{p.name, "weight", {}, {}}, delay{p.name, "delay", {}, {}};
  p.for_each_synapse([&](const loihi2::ChipSynapse& s) {
    source.integers.push_back(static_cast<std::int32_t>(s.source));
    target.integers.push_back(static_cast<std::int32_t>(s.target));
    weight.integers.push_back(s.weight);
    delay.integers.push_back(s.delay);
  });
  for (Column* column : {&source, &target, &weight, &delay}) columns.push_back(std::move(*column));
}

OnChipPtr put(const SubjectPtr& subject, const nb::object& progress) {
  auto result = std::make_shared<PyOnChip>();
  call_interruptibly([&](Stop& stop) {
    Teller teller(stop, progress);
    result->subject = subject;
    auto trained = std::make_shared<const Trained>(subject->open());
    const Scenario& scenario = trained->scenario;
    result->dataset =
        std::make_shared<const Dataset>(data_of(*subject, *trained, teller.reading()));
    result->warnings = warnings_of(*subject, *trained, *result->dataset);
    result->on_chip = put_on_chip(*trained, *result->dataset);
    result->emulator = std::make_unique<const loihi2::Emulator>(
        emulator_of(scenario, trained->network, result->on_chip.quantized.chip));
    const ChipNetwork& chip = result->chip();
    for (const ChipPopulation& p : chip.populations) add_columns(result->columns, chip, p);
    for (const ChipProjection& p : chip.projections) add_columns(result->columns, p);
    for (const Text& warning : result->on_chip.quantized.report.warnings)
      result->warnings.push_back(warning);
    result->trained = std::move(trained);
  });
  return result;
}

// What became of each population and projection, as a document.
Text summary(const PyOnChip& self) {
  const ChipNetwork& chip = self.chip();
  const loihi2::QuantizationReport& report = self.on_chip.quantized.report;
  auto populations = nlohmann::ordered_json::array(), projections = populations;
  for (std::size_t k = 0; k < chip.populations.size(); ++k) {
    const ChipPopulation& p = chip.populations[k];
    const loihi2::PopulationReport& r = report.populations[k];
    // Inputs and networks that came in integers have none.
    const auto known = [&](const auto& value) { return value_if(r.scale > 0.0, value); };
    populations.push_back({{"population", p.name},
                           {"model", loihi2::name(p.model)},
                           {"neurons", p.size},
                           {"lag", p.lag},
                           {"scale", known(r.scale)},
                           {"scales", known(r.groups)},
                           {"threshold", known(r.threshold_max)},
                           {"u_decay", known(r.u_decay_max)},
                           {"v_decay", known(r.v_decay_max)},
                           {"threshold_error", known(r.threshold_error)},
                           {"bias_error", known(r.bias_error)}});
  }
  for (std::size_t k = 0; k < chip.projections.size(); ++k) {
    const ChipProjection& p = chip.projections[k];
    nlohmann::ordered_json row = report.projections[k];
    row["from"] = chip.populations[p.source].name;
    row["to"] = chip.populations[p.target].name;
    row["sign"] = chip_fields::sign_names[static_cast<std::size_t>(p.format.sign)];
    row["weight_bits"] = p.format.bits;
    row["weight_exponent"] = p.format.exponent;
    projections.push_back(std::move(row));
  }
  return text_of({{"step_ms", chip.step},
                  {"spike_phase", chip.spike_phase},
                  {"weight_exponent", self.on_chip.options.weight_exponent},
                  {"fine_tuned", self.trained->tuning.has_value()},
                  {"populations", populations},
                  {"projections", projections}});
}

// ---- what it takes ----

PyDocument deploy_there(const OnChipPtr& self, const Text& chip, const nb::object& progress) {
  PyDocument result;
  call_interruptibly([&](Stop& stop) {
    Teller teller(stop, progress);
    const ChosenChip chosen = choose_chip(chip);
    const ChipProfile& profile = loihi_profile(chosen, "these are integers of Loihi 2");
    const Deployment d =
        deploy_network(*self->trained, self->on_chip, *self->dataset, profile, teller.progress());
    result = {text_of(nlohmann::ordered_json(d)), deployment_text(d), d.fit.fits()};
  });
  return result;
}

// Of a chip with other arithmetic: the same fields, none of cores.
PyDocument deploy_on_target(const PySubject& subject, const ChipTarget& target, Teller& teller) {
  const Trained trained = subject.open();
  const Dataset dataset = data_of(subject, trained, teller.reading());
  const ChipCheck check = put_on_target(trained, dataset, target);
  nlohmann::ordered_json all = json_chip_check(trained, check);
  PyDocument made{text_of({{"verdict", all["verdict"]}, {"forecast", all["forecast"]}}),
                  verdict_text(check), check.fits()};
  made.warnings = warnings_of(subject, trained, dataset);
  return made;
}

// None: it has the arithmetic of Loihi 2, and the integers say more.
std::optional<PyDocument> deploy_elsewhere(const SubjectPtr& subject, const Text& chip,
                                           const nb::object& progress) {
  std::optional<PyDocument> result;
  call_interruptibly([&](Stop& stop) {
    Teller teller(stop, progress);
    const ChosenChip chosen = choose_chip(chip);
    if (!chosen.target) return;
    result = deploy_on_target(*subject, *chosen.target, teller);
  });
  return result;
}

// ---- trials ----

// A row of u and v for each step of a neuron that is traced; more would not fit into memory.
constexpr double most_registers = 3e8;

struct PyEmulation {
  OnChipPtr on_chip;
  TrialsPtr trials;
  Readout readout;
  std::vector<NeuronId> traced;
  std::vector<Emulation> runs;
  // Of all trials, one after the other.
  std::vector<std::uint32_t> steps, neurons;
  std::vector<std::int32_t> payloads;
  std::vector<double> times;
  std::vector<std::uint64_t> offsets;
};
using EmulationPtr = std::shared_ptr<PyEmulation>;

const ChipPopulation& population_named(const ChipNetwork& chip, const Text& wanted) {
  Text names;
  for (const ChipPopulation& p : chip.populations) {
    if (p.name == wanted) return p;
    names += (names.empty() ? "" : ", ") + p.name;
  }
  throw NetworkError(wanted, "there is no such population; there are " + names);
}

void trace(PyEmulation& result, const std::vector<Text>& populations) {
  const ChipNetwork& chip = result.on_chip->chip();
  for (const Text& name : populations) {
    const ChipPopulation& p = population_named(chip, name);
    if (p.model == loihi2::ChipModel::input)
      throw UsageError(fmt::format("registers: {} is of inputs, which have none", name));
    for (NeuronId n = p.first; n < p.first + p.size; ++n) result.traced.push_back(n);
  }
  const double wanted = 2.0 * static_cast<double>(result.traced.size()) *
                        static_cast<double>(result.trials->trials->size()) *
                        std::ceil(result.trials->longest / chip.step);
  if (wanted > most_registers)
    throw LimitError("values of registers", most_registers, wanted,
                     "name fewer populations, or take fewer trials");
}

void take_spikes(PyEmulation& result) {
  const loihi2::Emulator& emulator = *result.on_chip->emulator;
  result.offsets.assign(1, 0);
  for (const Emulation& run : result.runs) {
    for (const loihi2::ChipSpike& s : run.spikes) {
      result.steps.push_back(s.step);
      result.neurons.push_back(s.neuron);
      result.payloads.push_back(s.payload);
      result.times.push_back(emulator.time_of(s));
    }
    result.offsets.push_back(result.steps.size());
  }
}

EmulationPtr emulate(const OnChipPtr& on_chip, const TrialsPtr& trials,
                     const std::vector<Text>& registers, const nb::object& progress) {
  auto result = std::make_shared<PyEmulation>();
  result->on_chip = on_chip;
  result->trials = trials;
  trace(*result, registers);
  const Trained& trained = *on_chip->trained;
  if (trained.scenario.loss) result->readout = trained.scenario.loss->readout();
  call_interruptibly([&](Stop& stop) {
    Teller teller(stop, progress);
    const EvaluationProgress tell = teller.progress();
    const Happening happening(*trials, trained.scenario, trained.network);
    std::atomic<std::size_t> done = 0;
    result->runs.resize(trials->trials->size());
    for_each_trial(result->runs.size(), [&](std::size_t k) {
      if (!stop.go_on()) throw Interrupted("the emulation was stopped");
      result->runs[k] = on_chip->emulator->run(
          happening.trial(k), {.readout = result->readout, .trace = {result->traced}});
      tell("emulation", ++done, result->runs.size());
    });
    take_spikes(*result);
  });
  return result;
}

// u and v of a population in a trial, [neuron][step].
std::pair<View<std::int32_t>, View<std::int32_t>> registers(const PyEmulation& self,
                                                            std::size_t trial, const Text& name) {
  const ChipPopulation& p = population_named(self.on_chip->chip(), name);
  const auto first = std::find(self.traced.begin(), self.traced.end(), p.first);
  if (p.model == loihi2::ChipModel::input)
    throw UsageError(fmt::format("registers: {} is of inputs, which have none", name));
  if (first == self.traced.end())
    throw UsageError(fmt::format(
        "the registers of {0} were not taken down; emulate with registers=[\"{0}\"]", name));
  const loihi2::Trace& trace = self.runs.at(trial).trace;
  const auto begin = static_cast<std::size_t>(first - self.traced.begin());
  const auto flat = [&](const std::vector<std::vector<std::int32_t>>& lists) {
    std::vector<std::int32_t> all;
    for (std::size_t k = begin; k < begin + p.size; ++k)
      all.insert(all.end(), lists[k].begin(), lists[k].end());
    const std::size_t steps = all.size() / p.size;
    return array(std::move(all), {p.size, steps});
  };
  return {flat(trace.u), flat(trace.v)};
}

View<double> read_out(const PyEmulation& self, Readout::Kind kind,
                      std::vector<double> Emulation::*values) {
  std::vector<double> all;
  if (self.readout.kind != kind) return array(std::move(all), {self.runs.size(), 0});
  const ChipPopulation& p = self.on_chip->chip().populations[self.readout.population];
  for (const Emulation& run : self.runs)
    all.insert(all.end(), (run.*values).begin() + p.first,
               (run.*values).begin() + p.first + p.size);
  return array(std::move(all), {self.runs.size(), p.size});
}

nlohmann::ordered_json json_of(const loihi2::Extent& extent) {
  if (extent.empty()) return nullptr;
  return {extent.min, extent.max};
}

// What each population did in all trials.
Text activity(const PyEmulation& self) {
  const ChipNetwork& chip = self.on_chip->chip();
  auto rows = nlohmann::ordered_json::array();
  for (std::size_t p = 0; p < chip.populations.size(); ++p) {
    loihi2::PopulationActivity sum;
    for (const Emulation& run : self.runs) {
      const loihi2::PopulationActivity& one = run.populations[p];
      sum.spikes += one.spikes;
      sum.a.include(one.a);
      sum.u.include(one.u);
      sum.v.include(one.v);
      sum.a_overflows += one.a_overflows;
      sum.u_wraps += one.u_wraps;
      sum.v_saturations += one.v_saturations;
    }
    rows.push_back({{"population", chip.populations[p].name},
                    {"spikes", sum.spikes},
                    {"a", json_of(sum.a)},
                    {"u", json_of(sum.u)},
                    {"v", json_of(sum.v)},
                    {"a_overflows", sum.a_overflows},
                    {"u_wraps", sum.u_wraps},
                    {"v_saturations", sum.v_saturations}});
  }
  return text_of(rows);
}

}  // namespace

void bind_chip(nb::module_& m) {
  nb::class_<PyOnChip>(m, "OnChip")
      .def_prop_ro("step", [](const PyOnChip& self) { return self.chip().step; })
      .def_ro("warnings", &PyOnChip::warnings)
      .def("summary", summary)
      .def("populations",
           [](const PyOnChip& self) {
             std::vector<std::tuple<Text, Text, std::uint32_t, std::uint32_t>> rows;
             for (const ChipPopulation& p : self.chip().populations)
               rows.emplace_back(p.name, loihi2::name(p.model), p.first, p.size);
             return rows;
           })
      .def("columns",
           [](const PyOnChip& self) {
             std::vector<std::pair<Text, Text>> names;
             for (const Column& c : self.columns) names.emplace_back(c.owner, c.kind);
             return names;
           })
      .def(
          "integers",
          [](const OnChipPtr& self, std::size_t k) {
            return view(self->columns.at(k).integers, self);
          },
          nb::arg("column"))
      .def(
          "reals",
          [](const OnChipPtr& self, std::size_t k) {
            return view(self->columns.at(k).reals, self);
          },
          nb::arg("column"))
      .def("deploy", deploy_there, nb::arg("chip"), nb::arg("progress").none())
      .def("emulate", emulate, nb::arg("trials"), nb::arg("registers"), nb::arg("progress").none());
  nb::class_<PyEmulation>(m, "Emulation")
      .def_prop_ro("size", [](const PyEmulation& self) { return self.runs.size(); })
      .def("steps", [](const EmulationPtr& self) { return view(self->steps, self); })
      .def("neurons", [](const EmulationPtr& self) { return view(self->neurons, self); })
      .def("payloads", [](const EmulationPtr& self) { return view(self->payloads, self); })
      .def("times", [](const EmulationPtr& self) { return view(self->times, self); })
      .def("offsets", [](const EmulationPtr& self) { return view(self->offsets, self); })
      .def("decisions",
           [](const PyEmulation& self) {
             std::vector<std::int64_t> all;
             for (const Emulation& run : self.runs) all.push_back(run.decision);
             return array(std::move(all));
           })
      .def("lengths",
           [](const PyEmulation& self) {
             std::vector<std::uint32_t> all;
             for (const Emulation& run : self.runs) all.push_back(run.total_steps);
             return array(std::move(all));
           })
      .def("integrals",
           [](const PyEmulation& self) {
             return read_out(self, Readout::Kind::voltage_integral, &Emulation::voltage_integrals);
           })
      .def("maxima",
           [](const PyEmulation& self) {
             return read_out(self, Readout::Kind::voltage_maximum, &Emulation::voltage_maxima);
           })
      .def_prop_ro("synaptic_operations",
                   [](const PyEmulation& self) {
                     std::uint64_t sum = 0;
                     for (const Emulation& run : self.runs) sum += run.synaptic_operations;
                     return sum;
                   })
      .def_prop_ro("input_collisions",
                   [](const PyEmulation& self) {
                     std::uint64_t sum = 0;
                     for (const Emulation& run : self.runs) sum += run.input_collisions;
                     return sum;
                   })
      .def("activity", activity)
      .def("registers", registers, nb::arg("trial"), nb::arg("population"));
  m.def("put_on_chip", put, nb::arg("subject"), nb::arg("progress").none());
  m.def("deploy_elsewhere", deploy_elsewhere, nb::arg("subject"), nb::arg("chip"),
        nb::arg("progress").none());
}

}  // namespace retrograde::python

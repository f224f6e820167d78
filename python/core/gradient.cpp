// The way back: from derivatives by spike times and readouts, or from a built-in loss, to gradients by all
// parameters and by what went in.
#include <algorithm>
#include <cmath>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>

#include <retrograde/adjoint/trials_backward.hpp>
#include <retrograde/engine/parallel.hpp>

#include "arrays.hpp"
#include "bind.hpp"
#include "calls.hpp"
#include "types.hpp"

namespace retrograde::python {

namespace {

using MaybeDoubles = std::optional<Doubles>;

// A loss of the user's, of which its derivatives are all there is.
struct Derivatives {
  const double* times = nullptr;      // per spike of all trials
  const double* integrals = nullptr;  // [trial][neuron of the readout]
  const double* maxima = nullptr;
};

void add_maxima(const Population& p, const Tape& tape, const double* gradient, LossValue& value) {
  for (std::uint32_t j = 0; j < p.size; ++j) {
    const VoltageMaximum& top = tape.voltage_maxima[p.first + j];
    value.samples.push_back({top.time, p.first + j, gradient[j]});
    if (top.spike != VoltageMaximum::nobody)
      value.deliveries.push_back({top.spike, top.synapse, gradient[j] * top.slope});
  }
  std::stable_sort(value.samples.begin(), value.samples.end(),
                   [](const auto& a, const auto& b) { return a.time < b.time; });
}

LossValue value_of(const PyRun& run, std::size_t k, const Derivatives& given) {
  const Network& network = run.network->network();
  LossValue value;
  if (given.times)
    value.spike_times.assign(given.times + run.offsets[k], given.times + run.offsets[k + 1]);
  if (!given.integrals && !given.maxima) return value;
  const Population& p = population_of(network, run.readout);
  if (given.integrals) {
    value.integrals.assign(network.neuron_count(), 0.0);
    std::copy_n(given.integrals + k * p.size, p.size, value.integrals.begin() + p.first);
  }
  if (given.maxima) add_maxima(p, run.tapes[k], given.maxima + k * p.size, value);
  return value;
}

// [trial][input] to the order that Python gave.
std::vector<double> as_given(const std::vector<std::vector<double>>& per_trial,
                             const std::vector<std::size_t>& order) {
  std::vector<double> sorted;
  for (const std::vector<double>& each : per_trial)
    sorted.insert(sorted.end(), each.begin(), each.end());
  if (order.empty() || sorted.empty()) return sorted;
  std::vector<double> all(sorted.size());
  for (std::size_t k = 0; k < sorted.size(); ++k) all[order[k]] = sorted[k];
  return all;
}

// One trial is one thread's work.
void by_size(const PyRun& run, const std::function<void(Stop&)>& work) {
  if (run.size() == 1)
    call_here(work);
  else
    call(work);
}

struct Wanted {
  bool neuron_parameters, initial_v;
};

void go_back(const PyRun& run, const std::vector<LossValue>& losses, const Wanted& wanted,
             Stop& stop, PyGradient& result) {
  BackwardOptions options;
  options.neuron_parameters = wanted.neuron_parameters;
  TrialsGradient gradient = backward_all(*run.machine, run.tapes, losses, run.readout, options,
                                         wanted.initial_v, stop.progress());
  result.values = std::move(gradient.sum);
  result.input_times = as_given(gradient.input_times, run.trials->order);
  result.input_payloads = as_given(gradient.input_payloads, run.trials->order);
  for (const std::vector<double>& each : gradient.initial_v)
    result.initial_v.insert(result.initial_v.end(), each.begin(), each.end());
}

// Throws UsageError for what is no number.
const double* finite(const Doubles& given, const char* name) {
  const double* const data = given.data();
  const double* const bad =
      std::find_if_not(data, data + given.size(), [](double d) { return std::isfinite(d); });
  if (bad != data + given.size())
    throw UsageError(
        fmt::format("{}: value {} is {}; derivatives are finite", name, bad - data, *bad));
  return data;
}

GradientPtr backward(const RunPtr& run, const MaybeDoubles& times, const MaybeDoubles& integrals,
                     const MaybeDoubles& maxima, bool neuron_parameters, bool initial_v) {
  if (!times && !integrals && !maxima)
    throw UsageError(
        "backward goes back from derivatives of a loss; give times, integrals or maxima");
  const auto read = [&](const MaybeDoubles& given, Readout::Kind wanted, const char* name,
                        const char* kind) -> const double* {
    if (!given) return nullptr;
    if (run->readout.kind != wanted)
      throw UsageError(fmt::format(
          "{}: the run took none down; run with readout=dict(kind=\"{}\", population=...)", name,
          kind));
    want_shape(*given, {run->size(), run->read_neurons()}, name, "(trials, neurons)");
    return finite(*given, name);
  };
  Derivatives given;
  if (times) {
    want_shape(*times, {run->times.size()}, "times", "one for each spike of the run");
    given.times = finite(*times, "times");
  }
  given.integrals =
      read(integrals, Readout::Kind::voltage_integral, "integrals", "voltage_integral");
  given.maxima = read(maxima, Readout::Kind::voltage_maximum, "maxima", "voltage_maximum");
  auto result = std::make_shared<PyGradient>();
  result->network = run->network;
  by_size(*run, [&](Stop& stop) {
    std::vector<LossValue> losses(run->size());
    for_each_trial(run->size(), [&](std::size_t k) { losses[k] = value_of(*run, k, given); });
    go_back(*run, losses, {neuron_parameters, initial_v}, stop, *result);
  });
  return result;
}

// The mean over trials, as a step of training takes it.
void average(PyGradient& gradient, std::size_t trials) {
  const auto count = static_cast<double>(trials);
  for (std::vector<double>* all :
       {&gradient.values, &gradient.input_times, &gradient.input_payloads, &gradient.initial_v})
    for (double& d : *all) d /= count;
}

GradientPtr gradient_of(const RunPtr& run, const LossPtr& loss, bool neuron_parameters,
                        bool initial_v) {
  if (run->size() == 0) throw UsageError("there is no trial; a mean gradient needs one at least");
  auto result = std::make_shared<PyGradient>();
  result->network = run->network;
  by_size(*run, [&](Stop& stop) {
    const Network& network = run->network->network();
    std::vector<LossValue> losses(run->size());
    for_each_trial(run->size(), [&](std::size_t k) {
      losses[k] =
          loss->loss->evaluate(network, run->tapes[k], loss->of(run->trials->trials->label(k)));
    });
    for (std::size_t k = 0; k < losses.size(); ++k) {
      result->losses.push_back(losses[k].value);
      result->decisions.push_back(
          losses[k].decision.value_or(decide(network, run->readout, run->tapes[k])));
    }
    go_back(*run, losses, {neuron_parameters, initial_v}, stop, *result);
    average(*result, run->size());
  });
  return result;
}

// Of a run, without the way back: losses and decisions.
std::pair<View<double>, View<std::int64_t>> judge(const RunPtr& run, const LossPtr& loss) {
  std::vector<double> losses(run->size());
  std::vector<std::int64_t> decisions(run->size());
  call([&](Stop&) {
    const Network& network = run->network->network();
    for_each_trial(run->size(), [&](std::size_t k) {
      const LossValue value =
          loss->loss->evaluate(network, run->tapes[k], loss->of(run->trials->trials->label(k)));
      losses[k] = value.value;
      decisions[k] = value.decision.value_or(decide(network, run->readout, run->tapes[k]));
    });
  });
  return {array(std::move(losses)), array(std::move(decisions))};
}

}  // namespace

void bind_gradient(nb::module_& m) {
  nb::class_<PyGradient>(m, "Gradient")
      .def_prop_ro("network", [](const PyGradient& self) { return self.network; })
      .def("values", [](const GradientPtr& self) { return view(self->values, self); })
      .def("input_times", [](const GradientPtr& self) { return view(self->input_times, self); })
      .def("input_payloads",
           [](const GradientPtr& self) { return view(self->input_payloads, self); })
      .def("initial_v",
           [](const GradientPtr& self) {
             const std::size_t n = self->network->network().neuron_count();
             return view(self->initial_v.data(), {n ? self->initial_v.size() / n : 0, n}, self);
           })
      .def("losses", [](const GradientPtr& self) { return view(self->losses, self); })
      .def("decisions", [](const GradientPtr& self) { return view(self->decisions, self); });
  m.def("backward", backward, nb::arg("run"), nb::arg("times").none(), nb::arg("integrals").none(),
        nb::arg("maxima").none(), nb::arg("neuron_parameters"), nb::arg("initial_v"));
  m.def("gradient_of", gradient_of, nb::arg("run"), nb::arg("loss"), nb::arg("neuron_parameters"),
        nb::arg("initial_v"));
  m.def("judge", judge, nb::arg("run"), nb::arg("loss"));
}

}  // namespace retrograde::python

// Runs: trials go in, spikes and what a readout takes down come out, and tapes stay for the way back.
#include <algorithm>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>
#include <tuple>

#include <retrograde/engine/network/named_values.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/engine/trial/spike_fingerprint.hpp>

#include "arrays.hpp"
#include "bind.hpp"
#include "calls.hpp"
#include "device.hpp"
#include "happening.hpp"
#include "types.hpp"

namespace retrograde::python {

namespace {

using Text = std::string;

template <typename All>
auto named(const All& all, const Text& wanted, const char* what) {
  Text names;
  for (const auto& each : all) {
    if (name(each) == wanted) return each;
    names += (names.empty() ? "" : ", ") + Text(name(each));
  }
  throw UsageError(fmt::format("{} \"{}\": choose one of {}", what, wanted, names));
}

// A readout of the user's: what is taken down of a population. `tau`: of an exponential weighting;
// infinity: constant.
Readout readout_of(const NetworkPtr& network, const Text& kind, const Text& population,
                   const Text& weighting, double tau, double from, double to) {
  Readout readout;
  readout.population = population_named(network->network(), population);
  if (kind == "first_spike")
    readout.kind = Readout::Kind::first_spike;
  else if (kind == "voltage_integral")
    readout.kind = Readout::Kind::voltage_integral;
  else if (kind == "voltage_maximum")
    readout.kind = Readout::Kind::voltage_maximum;
  else
    throw UsageError(fmt::format(
        "readout kind \"{}\": choose first_spike, voltage_integral or voltage_maximum", kind));
  if (weighting == "exponential")
    readout.weighting = TimeWeight(tau);
  else if (weighting == "linear")
    readout.weighting = TimeWeight::linear();
  else if (weighting == "sigmoid")
    readout.weighting = TimeWeight::sigmoid();
  else if (weighting == "window")
    readout.weighting = TimeWeight::window(from, to);
  else if (weighting == "instant")
    readout.weighting = TimeWeight::instant(to);
  else if (weighting != "constant")
    throw UsageError(
        fmt::format("readout weighting \"{}\": choose constant, exponential, linear, sigmoid, "
                    "window or instant",
                    weighting));
  return readout;
}

// What a run asks for besides network and trials.
struct Asked {
  Readout readout;
  std::vector<Probe> probes;
  Scheduler scheduler = Scheduler::automatic;
  std::optional<double> max_rate;
  Text device;
};

// Integrals or maxima of the population that is read.
void take_readout(const Network& network, PyRun& run) {
  using Kind = Readout::Kind;
  const bool sums = run.readout.kind == Kind::voltage_integral,
             tops = run.readout.kind == Kind::voltage_maximum;
  if (!sums && !tops) return;
  const Population& p = population_of(network, run.readout);
  std::vector<double>& all = sums ? run.integrals : run.maxima;
  for (const Tape& tape : run.tapes)
    for (NeuronId n = p.first; n < p.first + p.size; ++n)
      all.push_back(sums ? tape.voltage_integrals[n] : tape.voltage_maxima[n].v);
}

void take_spikes(PyRun& run) {
  run.offsets.assign(1, 0);
  for (const Tape& tape : run.tapes) run.offsets.push_back(run.offsets.back() + tape.spikes.size());
  run.times.resize(run.offsets.back());
  run.neurons.resize(run.offsets.back());
  for_each_trial(run.size(), [&](std::size_t k) {
    std::size_t at = run.offsets[k];
    for (const TapeSpike& spike : run.tapes[k].spikes) {
      run.times[at] = spike.time;
      run.neurons[at++] = spike.neuron;
    }
  });
}

RunOptions options_of(const PyNetwork& network, const Asked& asked, Stop& stop) {
  RunOptions options = network.scenario()->run_options();
  options.readout = asked.readout;
  if (asked.max_rate) {
    if (!(*asked.max_rate > 0.0))
      throw UsageError(fmt::format("max_rate is {} spikes per ms; it is above 0", *asked.max_rate));
    options.max_rate = *asked.max_rate;
  }
  options.progress = stop.progress();
  return options;
}

void run_all(PyRun& run, const Asked& asked, Stop& stop) {
  const Network& network = run.network->network();
  // Probes look at one trial at a time, on the CPU.
  device_choice(asked.device);
  if (asked.probes.empty()) run.device = lasting_device(asked.device, *run.network);
  run.machine = run.network->machine(asked.scheduler, run.device);
  run.readout = asked.readout;
  const PyTrials& given = *run.trials;
  const Happening happening(given, *run.network->scenario(), network);
  const auto trial = [&](std::size_t k) {
    if (!stop.go_on()) throw Interrupted("the run was stopped");
    return happening.trial(k);
  };
  const RunOptions options = options_of(*run.network, asked, stop);
  run.tapes.resize(given.trials->size());
  if (asked.probes.empty()) {
    run.machine->run_all(run.size(), trial, options,
                         [&](std::size_t k, Tape tape) { run.tapes[k] = std::move(tape); });
  } else {
    run.recordings.resize(run.size());
    for_each_trial(run.size(), [&](std::size_t k) {
      run.tapes[k] = run.machine->run(trial(k), options, asked.probes, &run.recordings[k]);
    });
  }
  take_spikes(run);
  take_readout(network, run);
}

RunPtr run(const NetworkPtr& network, const TrialsPtr& trials, const Readout& readout,
           const std::vector<Probe>& probes, const std::optional<Text>& scheduler,
           std::optional<double> max_rate, const Text& device) {
  Asked asked{readout, probes, Scheduler::automatic, max_rate, device};
  if (scheduler)
    asked.scheduler = named(schedulers, *scheduler, "scheduler");
  else
    asked.scheduler = network->scenario()->scheduler;
  auto result = std::make_shared<PyRun>();
  result->network = network;
  result->trials = trials;
  const auto work = [&](Stop& stop) { run_all(*result, asked, stop); };
  if (trials->trials->size() == 1)
    call_here(work);
  else
    call(work);
  return result;
}

Probe probe_of(std::vector<NeuronId> neurons, double interval, double from, double to,
               std::vector<double> times, bool v, bool i, std::vector<std::uint32_t> receptors,
               bool threshold) {
  return {std::move(neurons),   interval, from, to, std::move(times), v, i,
          std::move(receptors), threshold};
}

// [neuron][sample], as one array.
View<double> samples(const Samples& samples, std::size_t points) {
  std::vector<double> flat;
  for (const std::vector<double>& of : samples) flat.insert(flat.end(), of.begin(), of.end());
  return array(std::move(flat), {samples.size(), points});
}

// times, v, i, receptors, threshold; empty where the probe does not ask for it
using RecordingArrays =
    std::tuple<View<double>, View<double>, View<double>, std::vector<View<double>>, View<double>>;

RecordingArrays recording(const PyRun& self, std::size_t trial, std::size_t probe) {
  if (trial >= self.recordings.size() || probe >= self.recordings[trial].size())
    throw nb::index_error("there is no such recording");
  const Recording& r = self.recordings[trial][probe];
  const std::size_t points = r.times.size();
  std::vector<View<double>> receptors;
  for (const Samples& each : r.receptors) receptors.push_back(samples(each, points));
  return {array(std::vector<double>(r.times)), samples(r.v, points), samples(r.i, points),
          std::move(receptors), samples(r.threshold, points)};
}

View<std::int64_t> decisions(const PyRun& self) {
  std::vector<std::int64_t> all;
  for (const Tape& tape : self.tapes)
    all.push_back(decide(self.network->network(), self.readout, tape));
  return array(std::move(all));
}

Text fingerprint(const PyRun& self, std::size_t trial) {
  return spike_fingerprint(self.tapes.at(trial));
}

View<double> read_values(const RunPtr& self, const std::vector<double>& values,
                         Readout::Kind kind) {
  const std::size_t neurons = self->readout.kind == kind ? self->read_neurons() : 0;
  return view(values.data(), {self->size(), neurons}, self);
}

}  // namespace

void bind_run(nb::module_& m) {
  nb::class_<Probe>(m, "Probe")
      .def(
          "__init__",
          [](Probe* self, std::vector<NeuronId> neurons, double interval, double from, double to,
             std::vector<double> times, bool v, bool i, std::vector<std::uint32_t> receptors,
             bool threshold) {
            new (self) Probe(probe_of(std::move(neurons), interval, from, to, std::move(times), v,
                                      i, std::move(receptors), threshold));
          },
          nb::arg("neurons"), nb::arg("interval"), nb::arg("from_"), nb::arg("to"),
          nb::arg("times"), nb::arg("v"), nb::arg("i"), nb::arg("receptors"), nb::arg("threshold"))
      .def_ro("neurons", &Probe::neurons);
  nb::class_<Readout>(m, "Readout").def(nb::init<>());
  m.def("readout", readout_of, nb::arg("network"), nb::arg("kind"), nb::arg("population"),
        nb::arg("weighting"), nb::arg("tau"), nb::arg("from_"), nb::arg("to"));
  m.def(
      "readout_of_loss", [](const PyLoss& loss) { return loss.loss->readout(); }, nb::arg("loss"));
  m.def(
      "scenario_probes", [](const Scenario& scenario) { return scenario.probes; },
      nb::arg("scenario"));

  nb::class_<PyRun>(m, "Run")
      .def_prop_ro("size", &PyRun::size)
      .def_prop_ro("network", [](const PyRun& self) { return self.network; })
      .def_prop_ro("trials", [](const PyRun& self) { return self.trials; })
      .def_prop_ro("readout", [](const PyRun& self) { return self.readout; })
      .def_prop_ro("device",
                   [](const PyRun& self) { return self.device ? self.device->name() : "cpu"; })
      .def_prop_ro("scheduler", [](const PyRun& self) { return Text(self.machine->name()); })
      .def("times", [](const RunPtr& self) { return view(self->times, self); })
      .def("neurons", [](const RunPtr& self) { return view(self->neurons, self); })
      .def("offsets", [](const RunPtr& self) { return view(self->offsets, self); })
      .def("integrals",
           [](const RunPtr& self) {
             return read_values(self, self->integrals, Readout::Kind::voltage_integral);
           })
      .def("maxima",
           [](const RunPtr& self) {
             return read_values(self, self->maxima, Readout::Kind::voltage_maximum);
           })
      .def("decisions", decisions)
      .def("fingerprint", fingerprint, nb::arg("trial"))
      .def("deliveries",
           [](const PyRun& self) {
             std::uint64_t sum = 0;
             for (const Tape& tape : self.tapes) sum += tape.deliveries;
             return sum;
           })
      .def("recording", recording, nb::arg("trial"), nb::arg("probe"));
  m.def("run", run, nb::arg("network"), nb::arg("trials"), nb::arg("readout"), nb::arg("probes"),
        nb::arg("scheduler").none(), nb::arg("max_rate").none(), nb::arg("device"));
}

}  // namespace retrograde::python

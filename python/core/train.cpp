// Training: whole runs in a folder, as `retro train` makes them, and single steps of its optimiser.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <retrograde/adjoint/train/optimizer.hpp>
#include <retrograde/scenarios/read/chips/chip_profile.hpp>
#include <retrograde/scenarios/read/library.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/fine_tuning.hpp>
#include <retrograde/scenarios/run/folder/folder_claim.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/trained.hpp>
#include <retrograde/scenarios/run/training.hpp>
#include <retrograde/scenarios/show/results.hpp>

#include "arrays.hpp"
#include "bind.hpp"
#include "calls.hpp"
#include "types.hpp"

namespace retrograde::python {

namespace {

using Text = std::string;

nb::dict dict_of(const EpochMetrics& m) {
  nb::dict row;
  row["epoch"] = m.epoch;
  row["train_loss"] = m.train_loss;
  row["train_accuracy"] = m.train_accuracy;
  row["validation_loss"] = m.validation_loss;
  row["validation_accuracy"] = m.validation_accuracy;
  row["spikes_per_neuron"] = m.spikes_per_neuron;
  row["silent_neurons"] = m.silent_neurons;
  row["rate_factor"] = m.rate_factor;
  row["delays"] = m.delays;
  row["zero_delays"] = m.zero_delays;
  row["removed"] = m.removed;
  row["grown"] = m.grown;
  row["seconds"] = m.seconds;
  return row;
}

nb::dict dict_of(const EpochProgress& p) {
  nb::dict row;
  row["epoch"] = p.epoch;
  row["epochs"] = p.epochs;
  row["share"] = p.share;
  row["loss"] = p.loss;
  row["accuracy"] = p.accuracy;
  row["spikes_per_neuron"] = p.activity.spikes_per_neuron;
  row["silent_neurons"] = p.activity.silent;
  row["seconds_left"] = p.seconds_left;
  return row;
}

// Calls what the user gave, in the thread that called us. What returns False asks to stop.
class Callbacks final : public TrainingObserver {
 public:
  Callbacks(Stop& stop, const nb::object& on_batch, const nb::object& on_epoch)
      : stop_(stop), on_batch_(on_batch), on_epoch_(on_epoch) {}

  bool due() const override { return !on_batch_.is_none(); }
  void epoch_progress(const EpochProgress& progress) override { tell(on_batch_, progress); }
  void epoch_ended(const EpochReport& report) override {
    if (!on_epoch_.is_none()) tell(on_epoch_, report.metrics);
  }
  bool goes_on() const { return stop_.go_on() && !enough_; }

 private:
  template <typename Row>
  void tell(const nb::object& callback, const Row& row) {
    stop_.ask([&] {
      const nb::object answer = callback(dict_of(row));
      enough_ |= answer.is(nb::bool_(false));
    });
  }

  Stop& stop_;
  const nb::object &on_batch_, &on_epoch_;
  bool enough_ = false;
};

// What a training is asked for.
struct Order {
  ScenarioPtr scenario;
  std::vector<TrialsPtr> parts;  // empty: the scenario's data
  Text data, out, called;
  bool overwrite = false, resume = false, report = false;
  TrainingOptions options;
};

Dataset dataset_of(const Order& order, const Scenario& scenario) {
  if (order.parts.empty()) return load_dataset(scenario, order.data);
  DatasetInfo info;
  info.name = "python";
  info.duration = scenario.longest_trial();
  int classes = 0;
  for (const TrialsPtr& part : order.parts)
    for (std::size_t k = 0; k < part->trials->size(); ++k)
      classes = std::max(classes, part->trials->label(k) + 1);
  for (int c = 0; c < classes; ++c) info.class_names.push_back(fmt::format("{}", c));
  return {info, order.parts[0]->trials, order.parts[1]->trials, order.parts[2]->trials};
}

struct PyTraining {
  NetworkPtr network;
  std::vector<EpochMetrics> history;
  bool finished = false, early = false;
  std::uint32_t best_epoch = 0;
  std::optional<double> best_accuracy;
  Text folder;
};
using TrainingPtr = std::shared_ptr<PyTraining>;

// Fine-tunes for the chip where the scenario says so; false: it was stopped.
bool tuned(Trained& trained, const Dataset& dataset, const TrainingOptions& options) {
  if (!trained.scenario.chip.fine_tune) return true;
  TuningResult result =
      fine_tune(trained.scenario, trained.network, dataset, *trained.folder, options);
  trained.untuned = std::move(result.failure);
  if (trained.untuned.empty() && !result.finished) return false;
  if (trained.untuned.empty()) trained.tuning = std::move(result.tuning);
  return true;
}

void train_in_folder(const Order& order, Callbacks& callbacks, PyTraining& result) {
  FolderClaim claim(order.out, {{"train", order.called, "--out", order.out},
                                std::filesystem::current_path().string(),
                                order.data});
  const RunFolder folder(claim.folder());
  const auto scenario = std::make_shared<Scenario>(order.resume ? read_scenario(folder.scenario())
                                                                : resolved(*order.scenario));
  require_continuous(*scenario, "training");
  require_values(*scenario, "training");
  require_trainable(*scenario);
  const Dataset dataset = dataset_of(order, *scenario);
  if (order.resume) {
    require_same_data(folder, dataset);
    claim.go_on();
  } else {
    claim.become(FolderKind::training, order.overwrite);
    keep_scenario(folder.path(), scenario->text, scenario->network_file.get(),
                  scenario->arrays.get());
  }
  TrainingOptions options = order.options;
  options.resume = order.resume;
  options.observer = &callbacks;
  options.on_progress = [&](double) { return callbacks.goes_on(); };
  TrainingResult trained = train(*scenario, dataset, folder, options);
  result.finished = trained.finished;
  result.early = trained.early;
  result.history = trained.checkpoint.history;
  result.best_epoch = trained.checkpoint.best_epoch;
  result.best_accuracy = trained.checkpoint.best_accuracy;
  result.folder = folder.path().string();
  const Network network = trained_network(*scenario, trained.checkpoint);
  result.network = std::make_shared<PyNetwork>(network, scenario->learned_of(network), scenario);
  if (!trained.finished || !order.report) return;

  Trained all;
  all.scenario = read_scenario(folder.scenario());
  all.folder = folder;
  all.calls = read_calls(folder.path());
  all.checkpoint = std::move(trained.checkpoint);
  all.peak_memory = trained.peak_memory;
  all.network = network;
  all.epoch = all.checkpoint->best_epoch;
  if (!tuned(all, dataset, options)) {
    result.finished = false;
    return;
  }
  const Evaluation evaluation = evaluate_network(
      all, dataset, read_chip_profile(library_chip("loihi2")),
      [&](std::string_view, std::size_t, std::size_t) { return callbacks.goes_on(); });
  write_results({all, dataset, evaluation});
}

TrainingPtr run_order(const Order& order, const nb::object& on_batch, const nb::object& on_epoch) {
  auto result = std::make_shared<PyTraining>();
  const auto forget = [] { interrupt(false); };
  try {
    call(
        [&](Stop& stop) {
          Callbacks callbacks(stop, on_batch, on_epoch);
          train_in_folder(order, callbacks, *result);
        },
        [] { interrupt(true); });
  } catch (...) {
    forget();
    throw;
  }
  forget();
  return result;
}

TrainingPtr train_scenario(const ScenarioPtr& scenario, const std::vector<TrialsPtr>& parts,
                           const Text& data, const Text& out, bool overwrite, bool resume,
                           bool report, std::optional<std::uint32_t> epochs,
                           std::uint32_t self_check, std::uint32_t values_every, bool tensorboard,
                           const nb::object& on_batch, const nb::object& on_epoch) {
  Order order{scenario, parts, data, out, scenario ? scenario->file : out};
  order.overwrite = overwrite;
  order.resume = resume;
  order.report = report;
  order.options.epochs = epochs;
  order.options.self_check = self_check;
  order.options.values_every = values_every;
  order.options.tensorboard = tensorboard;
  return run_order(order, on_batch, on_epoch);
}

// The optimiser of `retro train`, for loops of one's own.
class PyAdam {
 public:
  PyAdam(const NetworkPtr& network, const Scenario& scenario)
      : learning_(with_open_cycles(network->learning(), network->network())),
        adam_(network->network().layout(), learning_, trainer_options(scenario, 0).adam) {}

  NetworkPtr step(const NetworkPtr& network, const Doubles& gradient, double factor) {
    const Network& old = network->network();
    want_size(gradient, old.layout().size(), "gradient", "as many as values of the network");
    std::vector<double> down = copied(gradient);
    const nb::gil_scoped_release released;
    std::vector<double> values(old.parameters().begin(), old.parameters().end());
    adam_.step(values, down, RateFactors(factor));
    return std::make_shared<PyNetwork>(old.with_parameters(std::move(values)), network->learning(),
                                       network->scenario());
  }
  std::uint64_t steps() const { return adam_.state().steps; }

 private:
  Learning learning_;
  Adam adam_;
};

}  // namespace

void bind_train(nb::module_& m) {
  nb::class_<PyTraining>(m, "Training")
      .def_prop_ro("network", [](const PyTraining& self) { return self.network; })
      .def_prop_ro("history",
                   [](const PyTraining& self) {
                     nb::list rows;
                     for (const EpochMetrics& row : self.history) rows.append(dict_of(row));
                     return nb::typed<nb::list, nb::typed<nb::dict, nb::str, nb::any>>(rows);
                   })
      .def_ro("finished", &PyTraining::finished)
      .def_ro("early", &PyTraining::early)
      .def_ro("best_epoch", &PyTraining::best_epoch)
      .def_ro("best_accuracy", &PyTraining::best_accuracy)
      .def_ro("folder", &PyTraining::folder);
  m.def("train", train_scenario, nb::arg("scenario").none(), nb::arg("parts"), nb::arg("data"),
        nb::arg("out"), nb::arg("overwrite"), nb::arg("resume"), nb::arg("report"),
        nb::arg("epochs").none(), nb::arg("self_check"), nb::arg("values_every"),
        nb::arg("tensorboard"), nb::arg("on_batch").none(), nb::arg("on_epoch").none());
  nb::class_<PyAdam>(m, "Adam")
      .def(nb::init<const NetworkPtr&, const Scenario&>(), nb::arg("network"), nb::arg("scenario"))
      .def("step", &PyAdam::step, nb::arg("network"), nb::arg("gradient"), nb::arg("factor"))
      .def_prop_ro("steps", &PyAdam::steps);
}

}  // namespace retrograde::python

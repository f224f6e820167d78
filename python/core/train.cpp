// Training: whole runs in a folder, as `retro train` makes them, and single steps of its optimiser.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <retrograde/adjoint/train/optimizer.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/trials_file.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/read/chips/chip_profile.hpp>
#include <retrograde/scenarios/read/library.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/evaluation/guessing.hpp>
#include <retrograde/scenarios/run/folder/call.hpp>
#include <retrograde/scenarios/run/folder/folder_claim.hpp>
#include <retrograde/scenarios/run/folder/silence.hpp>
#include <retrograde/scenarios/run/idle_settings.hpp>
#include <retrograde/scenarios/run/whole/whole_training.hpp>
#include <retrograde/scenarios/show/results.hpp>
#include <retrograde/scenarios/show/text/training_lines.hpp>

#include "arrays.hpp"
#include "bind.hpp"
#include "device.hpp"
#include "subject.hpp"

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

nb::dict dict_of(const SelfCheck& check, const Network& network) {
  nb::dict row;
  row["trials"] = check.trials;
  row["left_out"] = check.left_out;
  row["violated"] = check.violated;
  if (check.trials == 0) return row;
  row["worst"] = check.worst.name;
  row["neuron"] = network.neuron_name(check.worst.neuron);
  row["residual"] = check.worst.relative();
  row["of_tolerance"] = check.excess;
  row["epoch"] = check.epoch + 1;
  row["trial"] = check.trial;
  return row;
}

// Calls what the user gave, in the thread that called us. What returns False asks to stop.
class Callbacks final : public TrainingObserver {
 public:
  Callbacks(Stop& stop, const nb::object& on_batch, const nb::object& on_epoch)
      : stop_(stop), on_batch_(on_batch), on_epoch_(on_epoch) {}

  bool due() const override { return !on_batch_.is_none(); }
  void epoch_progress(const EpochProgress& progress) override { tell(on_batch_, progress); }
  // Those of fine-tuning are no part of the history.
  void epoch_ended(const EpochReport& report) override {
    if (!on_epoch_.is_none() && report.what == "epoch") tell(on_epoch_, report.metrics);
  }
  bool goes_on() const { return stop_.go_on() && !enough_; }
  // As Python warns, of the line that called the package.
  void warn(const Text& text) {
    stop_.ask([&] {
      const nb::object category =
          nb::module_::import_("retrograde.errors").attr("RetrogradeWarning");
      nb::module_::import_("warnings").attr("warn")(text, category, nb::arg("stacklevel") = 2);
    });
  }

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
  DatasetPtr given;  // null: the scenario's data
  Text data, out, called;
  bool overwrite = false, resume = false, report = false;
  bool kept = true;  // false: the folder goes
  Text device = {};  // empty: what [train] says
  TrainingOptions options = {};
};

struct PyTraining {
  NetworkPtr network;
  std::vector<EpochMetrics> history;
  bool finished = false, early = false;
  std::uint32_t best_epoch = 0;
  std::optional<double> best_accuracy;
  SelfCheck self_check;
  Text folder, device = "cpu";
};
using TrainingPtr = std::shared_ptr<PyTraining>;

// What there is to be said of a training before it begins.
void warn_before(const Scenario& scenario, const Dataset& dataset, const TrainingOptions& options,
                 Callbacks& callbacks) {
  for (const IdleSetting& idle :
       idle_settings(scenario, options.epochs.value_or(scenario.train.epochs)))
    callbacks.warn(fmt::format("{}: {}", scenario.file, idle.text));
  for (const Text& doubt : training_doubts(scenario, dataset)) callbacks.warn(doubt);
}

// Fine-tuned values are kept in the run folder.
Tuning tuning_of(const Order& order, const Scenario& scenario, Callbacks& callbacks) {
  if (order.kept) return Tuning::where_wanted;
  if (scenario.chip.fine_tune)
    callbacks.warn("without out nothing keeps what fine_tune of [chip] finds, so it is left out");
  return Tuning::no;
}

// And when it has come to its end.
void warn_after(const WholeTraining& whole, Callbacks& callbacks) {
  const Trained& trained = whole.trained;
  if (const auto silent = silences(trained.checkpoint->history); !silent.empty())
    callbacks.warn(silence_warning(silent, trained.network, trained.scenario));
  if (!trained.untuned.empty())
    callbacks.warn("no fine-tuning, the network stays as it was trained: " + trained.untuned);
}

// As the command line would have been told, which goes on with it.
std::vector<Text> words_of(const Order& order) {
  std::vector<Text> words = {"train"};
  if (order.resume)
    words.insert(words.end(), {"--resume", order.out});
  else
    words.insert(words.end(), {order.called, "--out", order.out});
  if (order.options.epochs)
    words.insert(words.end(), {"--epochs", std::to_string(*order.options.epochs)});
  if (order.options.self_check > 0)
    words.push_back(fmt::format("--self-check={}", order.options.self_check));
  if (order.options.values_every > 0)
    words.insert(words.end(), {"--values-every", std::to_string(order.options.values_every)});
  if (order.options.tensorboard) words.emplace_back("--tensorboard");
  if (!order.device.empty()) words.insert(words.end(), {"--device", order.device});
  return words;
}

constexpr std::uint32_t usual_self_check = 10;  // of --self-check alone

// What was said for an option: "--epochs 5" or "--epochs=5"; none: it was not given.
std::optional<Text> said(const std::vector<Call>& calls, const Text& option) {
  for (auto call = calls.rbegin(); call != calls.rend(); ++call)
    for (std::size_t k = 0; k < call->words.size(); ++k) {
      const Text& word = call->words[k];
      if (word.starts_with(option + "=")) return word.substr(option.size() + 1);
      if (word == option) return k + 1 < call->words.size() ? call->words[k + 1] : Text();
    }
  return std::nullopt;
}

// What earlier calls said holds on, unless this one says otherwise.
Order remembering(Order order, const std::vector<Call>& calls) {
  // 0: nothing that is a number, as after --self-check alone.
  const auto number = [&](const Text& option) {
    const std::optional<Text> text = said(calls, option);
    return text ? static_cast<std::uint32_t>(std::strtoul(text->c_str(), nullptr, 10)) : 0;
  };
  TrainingOptions& options = order.options;
  if (!options.epochs && said(calls, "--epochs")) options.epochs = number("--epochs");
  if (options.values_every == 0) options.values_every = number("--values-every");
  if (options.self_check == 0 && said(calls, "--self-check"))
    options.self_check = number("--self-check") > 0 ? number("--self-check") : usual_self_check;
  options.tensorboard |= said(calls, "--tensorboard").has_value();
  if (order.device.empty()) order.device = said(calls, "--device").value_or("");
  return order;
}

// Before hours go by: whether every trial that was given fits the network. Throws NetworkError.
void check_trials(const Network& network, const Dataset& dataset) {
  for (const Part part : {Part::train, Part::validation, Part::test}) {
    const LabelledTrials& trials = dataset.part(part);
    for_each_trial(trials.size(), [&](std::size_t k) {
      try {
        check(
            trials.trial(k), network.neuron_count(),
            [&](NeuronId n) { return network.is_input(n); },
            [&](NeuronId n) { return network.neuron_name(n); });
      } catch (const NetworkError& error) {
        throw NetworkError(fmt::format("{} trial {}", name(part), k), error.what());
      }
    });
  }
}

void train_in_folder(const Order& typed, Callbacks& callbacks, PyTraining& result) {
  FolderClaim claim(typed.out,
                    {words_of(typed), std::filesystem::current_path().string(), typed.data});
  const RunFolder folder(claim.folder());
  const Order order = typed.resume ? remembering(typed, read_calls(folder.path())) : typed;
  Scenario scenario = order.resume ? read_scenario(folder.scenario()) : resolved(*order.scenario);
  require_continuous(scenario, "training");
  require_values(scenario, "training");
  require_trainable(scenario);
  if (const auto choice =
          order.device.empty() ? scenario.train.device : device_choice(order.device))
    scenario.device = open_device(*choice, scenario, scenario.network, DeviceWork::training).device;
  const Text data = order.resume && order.data.empty() ? remembered_data_path(folder) : order.data;
  const Dataset dataset =
      order.given ? given_to(scenario, order.given) : load_dataset(scenario, data);
  if (order.given) check_trials(scenario.network, dataset);
  if (order.resume) {
    require_same_data(folder, dataset);
    claim.go_on();
  } else {
    claim.become(FolderKind::training, order.overwrite);
    keep_scenario(folder.path(), scenario.text, scenario.network_file.get(), scenario.arrays.get());
    // Nobody else has it.
    if (order.kept && order.given && scenario.data.none())
      write_file(folder.data(), trials_file(dataset));
  }
  TrainingOptions options = order.options;
  options.resume = order.resume;
  options.observer = &callbacks;
  options.on_progress = [&](double) { return callbacks.goes_on(); };
  warn_before(scenario, dataset, options, callbacks);
  const Tuning tuning = tuning_of(order, scenario, callbacks);
  WholeTraining whole = train_wholly(std::move(scenario), dataset, folder, options, tuning);
  Trained& trained = whole.trained;
  if (whole.finished) warn_after(whole, callbacks);
  if (whole.finished && order.report) {
    const Evaluation evaluation = evaluate_network(
        trained, dataset, read_chip_profile(library_chip("loihi2")),
        [&](std::string_view, std::size_t, std::size_t) { return callbacks.goes_on(); });
    write_results({trained, dataset, evaluation});
    if (const Text told = no_better_than_guessing(evaluation, dataset); !told.empty())
      callbacks.warn(told);
  }
  if (trained.scenario.device)
    for (const Text& told : left_to_cpu(*trained.scenario.device)) callbacks.warn(told);

  result.finished = whole.finished;
  result.early = whole.early;
  result.self_check = whole.self_check;
  result.best_epoch = trained.checkpoint->best_epoch;
  result.best_accuracy = trained.checkpoint->best_accuracy;
  result.history = std::move(trained.checkpoint->history);
  result.folder = folder.path().string();
  if (const std::shared_ptr<Device> device = std::move(trained.scenario.device))
    result.device = device->name();
  Learning learning = trained.scenario.learned_of(trained.network);
  result.network =
      std::make_shared<PyNetwork>(std::move(trained.network), std::move(learning),
                                  std::make_shared<Scenario>(std::move(trained.scenario)));
}

TrainingPtr run_order(const Order& order, const nb::object& on_batch, const nb::object& on_epoch) {
  auto result = std::make_shared<PyTraining>();
  call_interruptibly([&](Stop& stop) {
    Callbacks callbacks(stop, on_batch, on_epoch);
    train_in_folder(order, callbacks, *result);
  });
  return result;
}

TrainingPtr train_scenario(const ScenarioPtr& scenario, const DatasetPtr& given, const Text& data,
                           const Text& out, bool kept, bool overwrite, bool resume, bool report,
                           std::optional<std::uint32_t> epochs, std::uint32_t self_check,
                           std::uint32_t values_every, bool tensorboard, const Text& device,
                           const nb::object& on_batch, const nb::object& on_epoch) {
  Order order{scenario, given, data, out, scenario ? scenario->file : out};
  order.kept = kept;
  order.overwrite = overwrite;
  order.resume = resume;
  order.report = report;
  order.options.epochs = epochs;
  order.options.self_check = self_check;
  order.options.values_every = values_every;
  order.options.tensorboard = tensorboard;
  order.device = device;
  return run_order(order, on_batch, on_epoch);
}

// What [train] says that single steps of its optimiser do without.
std::vector<Text> beyond_steps(const Scenario& scenario) {
  const TrainSpec& train = scenario.train;
  std::vector<Text> keys;
  const auto add = [&](bool said, const char* key) {
    if (said) keys.emplace_back(key);
  };
  add(train.gradient_clip > 0.0, "gradient_clip");
  add(train.silent_increment > 0.0, "silent_increment");
  add(train.regulariser_strength > 0.0, "regulariser_strength");
  add(train.rate_decay != 1.0, "rate_decay");
  add(!train.schedules.empty(), "schedule");
  add(train.grazing.policy != GrazingPolicy{}, "grazing");
  add(std::ranges::any_of(scenario.dropout, [](double p) { return p > 0.0; }), "dropout");
  return keys;
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
      .def_prop_ro("self_check",
                   [](const PyTraining& self) {
                     return nb::typed<nb::dict, nb::str, nb::any>(
                         dict_of(self.self_check, self.network->network()));
                   })
      .def_ro("folder", &PyTraining::folder)
      .def_ro("device", &PyTraining::device);
  m.def("train", train_scenario, nb::arg("scenario").none(), nb::arg("given").none(),
        nb::arg("data"), nb::arg("out"), nb::arg("kept"), nb::arg("overwrite"), nb::arg("resume"),
        nb::arg("report"), nb::arg("epochs").none(), nb::arg("self_check"), nb::arg("values_every"),
        nb::arg("tensorboard"), nb::arg("device"), nb::arg("on_batch").none(),
        nb::arg("on_epoch").none());
  m.def("beyond_steps", beyond_steps, nb::arg("scenario"));
  nb::class_<PyAdam>(m, "Adam")
      .def(nb::init<const NetworkPtr&, const Scenario&>(), nb::arg("network"), nb::arg("scenario"))
      .def("step", &PyAdam::step, nb::arg("network"), nb::arg("gradient"), nb::arg("factor"));
}

}  // namespace retrograde::python

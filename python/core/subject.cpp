#include "subject.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <nlohmann/json.hpp>

#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/pursuit/model.hpp>
#include <retrograde/scenarios/run/training.hpp>

#include "bind.hpp"

namespace retrograde::python {

namespace {

using Text = std::string;
using GivenSettings = std::vector<std::pair<Text, Text>>;

SubjectPtr made(PySubject subject, const GivenSettings& settings) {
  for (const auto& [key, value] : settings)
    subject.settings.push_back(parse_setting(key + "=" + value));
  return std::make_shared<PySubject>(std::move(subject));
}

SubjectPtr at_path(const Text& path, const Text& data, const DatasetPtr& given, bool last,
                   const GivenSettings& settings) {
  return made({.path = path, .data = data, .given = given, .last = last}, settings);
}

SubjectPtr in_memory(const ScenarioPtr& scenario, const NetworkPtr& network, const Text& data,
                     const DatasetPtr& given, const GivenSettings& settings) {
  return made({.path = {}, .scenario = scenario, .network = network, .data = data, .given = given},
              settings);
}

// Three parts that Python gave, as a data set.
DatasetPtr make_dataset(const TrialsPtr& train, const TrialsPtr& validation, const TrialsPtr& test,
                        std::vector<Text> class_names, const Text& name,
                        const std::vector<Text>& notes) {
  DatasetInfo info;
  info.name = name;
  info.notes = notes;
  std::size_t classes = 0;
  for (const TrialsPtr& part : {train, validation, test}) {
    info.duration = std::max(info.duration, part->longest);
    for (std::size_t k = 0; k < part->trials->size(); ++k)
      classes = std::max(classes, static_cast<std::size_t>(part->trials->label(k) + 1));
  }
  if (class_names.empty())
    for (std::size_t c = 0; c < classes; ++c) class_names.push_back(fmt::format("{}", c));
  if (class_names.size() < classes)
    throw UsageError(
        fmt::format("class_names has {} names, and the largest label is {}; give one for each "
                    "label from 0, or none",
                    class_names.size(), classes - 1));
  info.class_names = std::move(class_names);
  return std::make_shared<Dataset>(info, train->trials, validation->trials, test->trials);
}

}  // namespace

Dataset given_to(const Scenario& scenario, const DatasetPtr& given) {
  DatasetInfo info = given->info();
  if (!scenario.data.none())
    info.inputs = scenario.network.populations()[scenario.data.population].size;
  const auto part = [&](Part which) {
    return std::shared_ptr<const LabelledTrials>(given, &given->part(which));
  };
  return begun({std::move(info), part(Part::train), part(Part::validation), part(Part::test)},
               scenario);
}

bool PySubject::is_sparse_coding() const {
  return path.empty() ? scenario->pursuit != nullptr : retrograde::is_sparse_coding(path);
}

Trained PySubject::open() const {
  const Network* const values = network ? &network->network() : nullptr;
  if (path.empty()) return trained_of(*scenario, values, data, settings);
  return open_trained(path, data, last ? ChosenEpoch::last : ChosenEpoch::best, settings);
}

TrainedPursuit PySubject::open_pursuit() const {
  if (!path.empty()) return retrograde::open_pursuit(path, data, {.settings = settings});
  Scenario again = parse_scenario(resolved_text(*scenario), scenario->file, {.settings = settings});
  PursuitModel model = make_pursuit(again, data);
  return {std::move(again), std::nullopt, std::move(model), std::nullopt, {}, data};
}

Dataset data_of(const PySubject& subject, const Trained& trained, const WorkProgress& progress) {
  if (subject.given) return given_to(trained.scenario, subject.given);
  return load_dataset(trained.scenario, trained.data_path, progress);
}

std::vector<std::string> warnings_of(const PySubject& subject, const Trained& trained,
                                     const Dataset& dataset) {
  std::vector<std::string> all;
  for (const std::string& warning : trained.scenario.warnings)
    all.push_back(fmt::format("{}: {}", trained.scenario.file, warning));
  if (!subject.given)
    for (const std::string& note : dataset.info().notes) all.push_back("data: " + note);
  if (std::string other = other_data(trained, dataset); !other.empty())
    all.push_back(std::move(other));
  return all;
}

bool Teller::tell(std::string_view what, std::size_t done, std::size_t of) {
  if (!stop_.go_on()) return false;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock || callback_.is_none()) return true;
  const auto now = std::chrono::steady_clock::now();
  if (now - told_ < std::chrono::milliseconds(100)) return true;
  told_ = now;
  stop_.ask([&] { callback_(nb::str(what.data(), what.size()), done, of); });
  return stop_.go_on();
}

EvaluationProgress Teller::progress() {
  return [this](std::string_view what, std::size_t done, std::size_t of) {
    return tell(what, done, of);
  };
}

WorkProgress Teller::reading() {
  return [this](std::uint64_t done, std::uint64_t total, std::string_view what) {
    if (!tell(what, done, total)) throw Interrupted("stopped; nothing was written");
  };
}

void call_interruptibly(const std::function<void(Stop&)>& work) {
  call([&](Stop& stop) {
    const AlsoInterruptedBy by(stop.flag());
    work(stop);
  });
}

std::string text_of(const nlohmann::ordered_json& document) {
  return document.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

void bind_subject(nb::module_& m) {
  nb::class_<Dataset>(m, "Dataset");
  m.def("make_dataset", make_dataset, nb::arg("train"), nb::arg("validation"), nb::arg("test"),
        nb::arg("class_names"), nb::arg("name"), nb::arg("notes"));
  nb::class_<PySubject>(m, "Subject");
  m.def("subject_at", at_path, nb::arg("path"), nb::arg("data"), nb::arg("given").none(),
        nb::arg("last"), nb::arg("settings"));
  m.def("subject_of", in_memory, nb::arg("scenario"), nb::arg("network").none(), nb::arg("data"),
        nb::arg("given").none(), nb::arg("settings"));
}

}  // namespace retrograde::python

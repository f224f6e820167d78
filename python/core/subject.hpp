// What the verbs after training work on, as Python names it: a run folder, a scenario file, a scenario or a
// network in memory. It is opened by whoever works on it, in a thread that Python does not wait for.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <nanobind/nanobind.h>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/pursuit/trained_pursuit.hpp>
#include <retrograde/scenarios/run/trained.hpp>

#include "calls.hpp"
#include "types.hpp"

namespace retrograde::python {

using DatasetPtr = std::shared_ptr<Dataset>;

struct PySubject {
  std::string path;  // of a run folder or a scenario file; empty: in memory
  ScenarioPtr scenario = {};
  NetworkPtr network = {};  // with its values; null: the scenario's
  std::string data = {};    // folder of the data set; empty: what is remembered
  DatasetPtr given = {};    // or that which Python gave; null: it is read
  bool last = false;
  std::vector<Setting> settings = {};

  // As messages call it.
  const std::string& name() const { return path.empty() ? scenario->file : path; }
  bool is_sparse_coding() const;
  // Throw what open_trained, trained_of and open_pursuit throw.
  Trained open() const;
  TrainedPursuit open_pursuit() const;
};
using SubjectPtr = std::shared_ptr<PySubject>;

// What Python gave, as the scenario's own data would be.
Dataset given_to(const Scenario& scenario, const DatasetPtr& given);

// Its trials: those that Python gave, or those of files.
Dataset data_of(const PySubject& subject, const Trained& trained,
                const WorkProgress& progress = {});

// What whoever uses a run should be told of it and its data, a sentence each.
std::vector<std::string> warnings_of(const PySubject& subject, const Trained& trained,
                                     const Dataset& dataset);

// Tells Python how far work has come: calls `callback(what, done, of)` now and then, in the thread that
// called us. None: nobody is told.
class Teller {
 public:
  Teller(Stop& stop, const nanobind::object& callback) : stop_(stop), callback_(callback) {}
  EvaluationProgress progress();
  WorkProgress reading();

 private:
  bool tell(std::string_view what, std::size_t done, std::size_t of);

  Stop& stop_;
  const nanobind::object& callback_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point told_ = {};
};

// A call that Ctrl-C ends within a trial.
void call_interruptibly(const std::function<void(Stop&)>& work);

// As --json writes it.
std::string text_of(const nlohmann::ordered_json& document);

}  // namespace retrograde::python

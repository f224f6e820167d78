// A study as values: all variations of a scenario, one ordinary training or simulation per combination
// and seed, and what each came to.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/read/study_spec.hpp>
#include <retrograde/scenarios/run/idle_settings.hpp>

namespace retrograde {

// The network of a run on the emulated chip, on the same trials.
struct StudyOnChip {
  double accuracy = 0;       // fraction; 0 without labels
  double agreement = 0;      // share of decisions equal to the exact ones
  std::string refusal;       // why it cannot go on the chip; empty: it can, and the rest counts
  std::string untuned = {};  // why fine-tuning came to nothing; empty: it did not, or there is none
};

// A classifier of codes under attack, of runs of sparse coding.
struct StudyRobustness {
  std::uint64_t count = 0;                 // signals
  std::vector<double> epsilons, accuracy;  // radii, and the share that is right at each
  double vanished = 0;                     // share without a gradient, at the largest radius
  // Of signals whose true code is known (engine/pursuit/support.hpp): share of groups that are left
  // silent, that are as they truly are, and of codes of which all are. None: unknown.
  std::optional<double> silent, group_accuracy, exact_support;
};

// What one run came to. Of a training: the values of its best epoch (run/folder/checkpoint.hpp), on the
// test part, which nothing is chosen on. Of a simulation: all trials, and `measured` alone.
struct StudyResult {
  bool simulated = false;
  std::uint64_t parameters = 0;  // learned ones
  std::uint32_t epochs = 0, best_epoch = 0;
  // Of the best epoch; validation 0 without a validation part.
  double train_accuracy = 0, train_loss = 0, validation_accuracy = 0, validation_loss = 0;
  double test_accuracy = 0, test_loss = 0;
  // Per neuron and trial of the test part (Activity); none: a result of an older version.
  std::optional<double> spikes;
  std::optional<StudyOnChip> chip;          // of studies on the chip
  std::optional<StudyRobustness> attacked;  // of studies of sparse coding
  double seconds = 0;                       // of training or simulation, wall clock
  // What else there is to say of these trials, by the names of metrics (metrics.hpp); what has no value
  // is not there. Activity is that from so many ms of every trial on.
  std::map<std::string, double> measured;
  Time from = 0;
  std::string failure;  // why it did not get through; empty: it did, and the rest counts
};

// retrograde.study_run/1, the result.json of a run; from_json throws nlohmann's exceptions.
void to_json(nlohmann::ordered_json& json, const StudyResult& result);
void from_json(const nlohmann::ordered_json& json, StudyResult& result);

struct StudyRun {
  std::vector<std::size_t> values;  // of each axis
  std::uint64_t seed = 1;
  std::string name;                                 // of its folder
  std::string text;                                 // its scenario, resolved
  std::shared_ptr<const NetworkFile> network_file;  // of its [network]; null: none
  std::uint32_t epochs = 0;
  double work = 0;  // how long it takes, relative to others
  // The first of these runs with the same training (shared_training.hpp); itself, if it is that or a
  // simulation.
  std::size_t training = 0;
  std::optional<StudyResult> result;
};

// Every n-th run of a study, for processes that share one: shard k of n has the runs k - 1, k - 1 + n,
// ... in their order, whatever else there is.
struct StudyShard {
  std::size_t number = 1, of = 1;

  bool has(std::size_t run) const { return run % of == number - 1; }
  bool whole() const { return of == 1; }
};

struct StudyPopulation {
  std::string name;
  bool input = false;
};

struct Study {
  std::string name, title, text;                    // of the scenario
  std::shared_ptr<const NetworkFile> network_file;  // likewise
  StudySpec spec;
  StudyRuns kind;
  bool labelled = false, has_validation = false;  // what its data set has
  BestBy best = BestBy::accuracy;                 // by what epochs and combinations are chosen
  bool on_chip = false;                           // whether runs go onto the chip
  bool judged = false;                            // whether there is a loss
  std::vector<StudyPopulation> populations;       // those that fire
  std::string part;                               // that runs are judged by: "test"; "all"
  // Trials of that part, of the smallest and of the largest of its data sets.
  std::size_t trials = 0, most_trials = 0;
  // What there is to tell about its data sets (study_data.hpp), and what classes they lack.
  std::vector<std::string> data_notes, class_gaps;
  // Where its runs are trained, those that can go there; null: on the CPU.
  std::shared_ptr<Device> device;
  StudyShard shard;            // whose runs these are
  std::vector<StudyRun> runs;  // seed after seed, in each the combinations in order
  // What changes nothing in any of them (idle_settings.hpp); what does in one is meant for that one.
  std::vector<IdleSetting> idle;

  std::size_t all_runs() const { return spec.seeds.size() * spec.combinations(); }  // of all shards
  std::size_t trainings() const;  // of these runs, each once
  std::size_t finished() const;
  bool failed() const;  // has any run failed?
};

// Reads every variation of the shard, so that whatever is wrong with one is known before the first is
// run; of combinations with more synapses than `checked_synapses` only with their first seed, since
// other seeds draw other values for the same text. Throws UsageError for a scenario without [study] or
// nothing to train, ScenarioError (naming the combination; also for a metric that is none) and
// UsageError (data, likewise). `progress` is told of opening data; it may be empty.
inline constexpr std::uint64_t checked_synapses = 100'000;
Study plan_study(const Scenario& scenario, const std::string& data_path,
                 const WorkProgress& progress = {}, StudyShard shard = {});

}  // namespace retrograde

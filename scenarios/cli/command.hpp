// The command line: verbs, and what they have in common. A verb declares its options and positional
// arguments, the rest (help, wrong or misspelt flags, threads) is the same for all.
//
// A verb returns an exit status: 0 done, 1 checked and found wanting. Every Error becomes a message
// and status 2, Interrupted 130, a bug of ours 70.
#pragma once

#include <boost/program_options.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/device/open_device.hpp>
#include <retrograde/scenarios/run/evaluation/chosen_trial.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/folder/call.hpp>
#include <retrograde/scenarios/run/ranks/ranks_simulation.hpp>
#include <retrograde/scenarios/run/ranks/ranks_training.hpp>
#include <retrograde/scenarios/run/trained.hpp>

namespace retrograde {
class Progress;
}

namespace retrograde::cli {

struct Verb {
  const char* name;
  const char* arguments;  // "SCENARIO"
  const char* summary;    // one line
  // For `retro VERB --help`: paragraphs of running text, and lines that begin with blanks.
  std::string text;
  std::string examples;                 // a line each
  const char* found_wanting = nullptr;  // what exit status 1 means; null: there is none
  std::size_t min_arguments, max_arguments;
  std::function<void(boost::program_options::options_description&)> options;
  std::function<int(const boost::program_options::variables_map&,
                    const std::vector<std::string>& arguments)>
      run;
  bool tells = false;  // what it prints is what it is asked for, also with --quiet
  // Earlier calls whose options hold where this one says nothing else, the oldest first. Throws
  // UsageError for options that contradict them.
  std::function<std::vector<Call>(const boost::program_options::variables_map& typed)> remembered =
      {};
  // Of a verb that goes over ranks (ranks/launch.hpp): how the others open what rank 0 works on. None:
  // it is refused there. They print nothing.
  std::function<std::unique_ptr<OpenedTraining>(const boost::program_options::variables_map&,
                                                const std::vector<std::string>& arguments)>
      follow = {};
  // The same of a verb that runs one network over ranks.
  std::function<std::unique_ptr<OpenedSimulation>(const boost::program_options::variables_map&,
                                                  const std::vector<std::string>& arguments)>
      join = {};
};

Verb run_verb();
Verb train_verb();
Verb study_verb();
Verb gradient_verb();
Verb gradcheck_verb();
Verb check_verb();
Verb plot_verb();
Verb grid_verb();
Verb margins_verb();
Verb attack_verb();
Verb analyse_verb();
Verb export_verb();
Verb diff_verb();
Verb info_verb();
Verb data_verb();
Verb encode_verb();
Verb bench_verb();
Verb demo_verb();
Verb new_verb();
Verb explain_verb();
Verb schema_verb();
Verb completion_verb();

// All of them, in the order of the help.
const std::vector<Verb>& verbs();

// Runs `retro` with the given arguments (without the program's name).
int main(const std::vector<std::string>& arguments);

// The ranks that this process leads; null: it is alone.
Ranks* ranks();

// This call as it was typed, to be kept with what it makes. `data_path`: what --data says, absolute.
Call this_call(const std::string& data_path = {});

// Options of several verbs.
void add_output(boost::program_options::options_description& options);  // --json, --overwrite
void add_seed(boost::program_options::options_description& options);    // --seed N
void add_epochs(boost::program_options::options_description& options);  // --epochs N
void add_set(boost::program_options::options_description& options);     // --set KEY=VALUE
void add_data(boost::program_options::options_description& options);    // --data FOLDER
void add_trial(boost::program_options::options_description& options);   // --data, --part, --trial

void add_last(boost::program_options::options_description& options);    // --last
void add_device(boost::program_options::options_description& options);  // --device

ChosenEpoch chosen_epoch(const boost::program_options::variables_map& given);
// What --data says; empty: nothing. Absolute, since a run remembers it.
std::string data_path(const boost::program_options::variables_map& given);
// "runs/NAME" for a scenario of that name. Throws UsageError for a name that is none of a folder.
std::string folder_named(const char* above, const std::string& name);
// What --set says. Throws UsageError.
std::vector<Setting> settings_of(const boost::program_options::variables_map& given);
// What --seed, --epochs and --set say, of those that the verb has. Throws UsageError where one of them
// says what another does.
ScenarioOverrides overrides_of(const boost::program_options::variables_map& given);
// Reads a scenario with these, and says on stderr what its network file says otherwise.
Scenario open_scenario(const std::string& path, const boost::program_options::variables_map& given);
void print_warnings(const Scenario& scenario);
// The network of a run folder, or of a scenario, with --set; --seed, if there is one, is of something
// else.
Trained open_run(const std::string& path, const boost::program_options::variables_map& given);
// The same, with another --seed if one is given.
Trained open_network(const std::string& path, const boost::program_options::variables_map& given);

// The same, whose scenario has that network in the place of its own and says what is learned of it.
Trained open_as_trained(const std::string& path,
                        const boost::program_options::variables_map& given);

// Opens the device that --device says or, for a training, [train] device, for `network`, which the
// scenario has or trains, and says on stderr which it is; or that there would be a GPU, where a training
// says nothing. Over ranks there is none. Throws what open_device throws, and UsageError.
void use_device(const boost::program_options::variables_map& given, Scenario& scenario,
                const Network& network, DeviceWork work);

// Says on stderr which runs of a study did not go on its device, and how many trials it has left to the
// CPU, if they were many; null: no device.
void note_left_to_cpu(const Device* device);

// Throws UsageError for a device that is not there for `what`, "sparse coding": the one of --device or, if
// that is not given, `otherwise`, of [train]. Says so of "auto".
void refuse_device(const boost::program_options::variables_map& given, const char* what,
                   const std::optional<DeviceChoice>& otherwise = {});

// Shows on `line` how far work has come that takes long.
WorkProgress show_progress(Progress& line);
// The same of what goes on to its end by itself, or stops where it is told to.
EvaluationProgress show_evaluation(Progress& line);
// load_dataset, with a line about how far it has come where it takes long, and what there is to tell
// about the set on stderr.
Dataset open_dataset(const Scenario& scenario, const std::string& data_path);
// The same for what is trained, with a warning where a run was trained with other data.
Dataset open_dataset(const Trained& trained);
// What --part says; none: nothing. Throws UsageError.
std::optional<Part> chosen_part(const boost::program_options::variables_map& given);

// Says that [[event]] is left out, where there is some; `what` goes without: "the gradient".
void note_without_events(const Scenario& scenario, const char* what);
// What --part and --trial say.
TrialChoice trial_choice(const boost::program_options::variables_map& given);
// The trial that they choose. `data_path`: of the data set, where --data does not say (trained.hpp);
// `loaded`: the data set, if it is open already.
ChosenTrial choose_trial(const Scenario& scenario,
                         const boost::program_options::variables_map& given,
                         const std::string& data_path = {}, const Dataset* loaded = nullptr);

}  // namespace retrograde::cli

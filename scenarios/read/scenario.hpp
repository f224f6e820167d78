// A scenario: everything that a TOML file says, checked and with its units resolved.
// docs/scenario.md is its manual.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/adjoint/stepped/stepped_spec.hpp>
#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/adjoint/train/structure/structure_plan.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/engine/trial/probe.hpp>
#include <retrograde/engine/trial/trial.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/data/stimuli/inline_trials.hpp>
#include <retrograde/scenarios/io/arrays/memory_arrays.hpp>
#include <retrograde/scenarios/io/limits.hpp>
#include <retrograde/scenarios/read/chip_spec.hpp>
#include <retrograde/scenarios/read/data_spec.hpp>
#include <retrograde/scenarios/read/network/network.hpp>
#include <retrograde/scenarios/read/network/network_file.hpp>
#include <retrograde/scenarios/read/study_spec.hpp>
#include <retrograde/scenarios/read/text/include.hpp>
#include <retrograde/scenarios/read/text/setting.hpp>
#include <retrograde/scenarios/read/timeline/timeline_spec.hpp>
#include <retrograde/scenarios/read/train_spec.hpp>

namespace retrograde {

struct IntegerNetwork;  // integers/integer_network.hpp
struct PursuitSpec;     // pursuit/pursuit_spec.hpp
struct ScenarioOrigin;  // text/document.hpp

struct Scenario {
  std::string file;  // as named by the user
  std::string text;  // its content, with what it includes and what goes before it (--set)
  // What was written, where `text` is not that; null: it is.
  std::shared_ptr<const ScenarioOrigin> origin;
  std::string name, title;
  Time duration = 0;  // of every trial that says nothing else
  std::uint64_t seed = 1;
  double max_rate = 10.0;
  Scheduler scheduler = Scheduler::automatic;
  // Where its trials run; null: on the CPU. Opened by those who run it (run/device/open_device.hpp), and
  // never part of what it says.
  std::shared_ptr<Device> device;

  Network network;                    // initial values
  std::optional<NetworkSteps> steps;  // of a network that goes in steps
  std::vector<NeuronId> starts;       // inputs that fire once, at 0 ms, in every trial
  std::shared_ptr<const NetworkFile> network_file;  // of [network]; null: none
  // Of sparse coding, where it is that: no network, no trials, none of the rest but [study]. Null: a
  // network of spiking neurons.
  std::shared_ptr<const PursuitSpec> pursuit;
  // The network itself, where that file has it in integers; `network` is its shape then, without
  // synapses. Null: real values.
  std::shared_ptr<const IntegerNetwork> integers;
  std::vector<std::string> warnings;  // what that file says otherwise than is meant
  Learning learning;                  // of that network
  // What is learned of who has a synapse; `network` is its beginning. Null: all that is written, and it
  // stays.
  std::shared_ptr<const StructurePlan> structure;
  std::vector<double> dropout;  // of training, per population; empty: none
  // The trials that it writes out itself; null: those of [data] are all there are.
  std::shared_ptr<const InlineTrials> trials;
  Trial trial;  // the first of them
  // In what state neurons begin the trials of [data]; null: at rest.
  std::shared_ptr<const InitialValues> initial;
  // What happens in trials besides spikes, when they are run and judged; training and gradients do not
  // know of it. run/timeline finds what it comes to.
  TimelineSpec timeline;
  int label = -1;  // of that one
  // Where files that it names are, if that is not beside it; run folders write it.
  std::string folder;
  std::vector<Probe> probes;  // of `retro run`
  DataSpec data;
  std::unique_ptr<Loss> loss;      // null: none
  std::uint32_t loss_classes = 0;  // that it tells apart; 0: none
  TrainSpec train;
  // How it goes in steps, with surrogate gradients; none: by exact ones.
  std::optional<SteppedSpec> surrogate;
  ChipSpec chip;
  std::optional<StudySpec> study;  // of `retro study`
  // Arrays that it names and that a program gave with it; null: none.
  std::shared_ptr<const MemoryArrays> arrays;

  // The longest of its inline trials, or the duration of all trials.
  Time longest_trial() const { return trials ? trials->longest() : duration; }

  // Of every run of it.
  RunOptions run_options() const;
  // What is learned of a network that training it has led to, which may have other synapses.
  Learning learned_of(const Network& trained) const;
  // Who runs them; `of` is the network with its values or others, and outlives it. A network that
  // goes in steps is run so. Throws UsageError for integers.
  std::unique_ptr<const Machine> machine(const Network& of) const;
};

// Throws UsageError, with what to do, for a network in integers. `what` needs real values: "retro
// train".
void require_values(const Scenario& scenario, std::string_view what);

// Throws UsageError, with what to do, for a scenario of sparse coding.
void require_network(const Scenario& scenario);

// What goes before the text.
struct ScenarioOverrides {
  // --seed: before random values are drawn, and in place of the seeds of [study].
  std::optional<std::uint64_t> seed = {};
  // --epochs: written into the text, so that runs and studies of it have it too.
  std::optional<std::uint32_t> epochs = {};
  // One combination of [study] (study_spec.hpp): the value of each axis.
  std::optional<std::vector<std::size_t>> study = {};
  // Instead of opening the file of [network].
  std::shared_ptr<const NetworkFile> network_file = {};
  // --set, into the text as well.
  std::vector<Setting> settings = {};
  // Instead of opening files that it includes; null: they are opened.
  std::shared_ptr<const IncludedTexts> included = {};
  // Arrays in memory that it may name: { file = "memory:w" }; null: none.
  std::shared_ptr<const MemoryArrays> arrays = {};
};

// Reads and checks a scenario. Throws IoError, ScenarioError (file, line, column, key, remedy).
Scenario read_scenario(const std::string& path, const ScenarioOverrides& overrides = {});
// The same from text; `file` is what messages call it.
Scenario parse_scenario(std::string text, const std::string& file,
                        const ScenarioOverrides& overrides = {}, const ScenarioLimits& limits = {});

// One combination of its [study] (study_spec.hpp) with one seed, read from what was written. Throws
// ScenarioError.
Scenario variation_of(const Scenario& scenario, std::uint64_t seed,
                      std::vector<std::size_t> values);

// Throws ScenarioError for a network that goes in steps, of which there is no gradient; `what` is what
// wants continuous time: "training".
void require_continuous(const Scenario& scenario, const char* what);

// The same set, whose trials begin as the scenario says, unless they say how themselves.
Dataset begun(Dataset dataset, const Scenario& scenario);

// The labelled trials of a scenario, those of its [data] or else its inline ones. `data_path` is that of
// --data, or empty; it goes before the scenario's own, and without [data] it is a file of trials
// (data/trials_file.hpp). Throws IoError, FormatError, ScenarioError, UsageError.
Dataset load_dataset(const Scenario& scenario, const std::string& data_path,
                     const WorkProgress& progress = {});

// The scenario as a TOML text that gives the same scenario again under any file name: the user's
// text, with the effective seed and name written into [scenario], and in [network] the name under
// which run folders keep its file, with its hash. What is already resolved comes back unchanged.
std::string resolved_text(const Scenario& scenario);

// The text with other epochs or another method in [train], or one seed in [study].
std::string with_epochs(const std::string& text, const std::string& file, std::uint32_t epochs);
std::string with_method(const std::string& text, const std::string& file,
                        const std::string& method);
std::string with_study_seed(const std::string& text, const std::string& file, std::uint64_t seed);

// The scenario read again from that text.
Scenario resolved(const Scenario& scenario);

// Writes the resolved text as scenario.toml and, beside it, the network file and the arrays that were
// given in memory, if there are any. Throws IoError.
void keep_scenario(const std::filesystem::path& folder, const std::string& text,
                   const NetworkFile* network_file, const MemoryArrays* arrays = nullptr);

}  // namespace retrograde

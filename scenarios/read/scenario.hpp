// A scenario: everything that a TOML file says, checked and with its units resolved.
// docs/scenario.md is its manual.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/adjoint/grazing.hpp>
#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/engine/trial/probe.hpp>
#include <retrograde/engine/trial/trial.hpp>
#include <retrograde/hardware/loihi2/model/semantics.hpp>
#include <retrograde/scenarios/io/limits.hpp>
#include <retrograde/scenarios/read/network_file.hpp>
#include <retrograde/scenarios/read/study_spec.hpp>

namespace retrograde {

// [data]: where labelled trials come from.
struct DataSpec {
  enum class Kind { none, yin_yang, mnist, sequence_detection, temporal_xor };
  Kind kind = Kind::none;
  std::uint32_t population = 0;  // the input population that receives the spikes
  // yin_yang, mnist: latency code, feature 0 (or the brightest pixel) .. feature 1 (the darkest
  // that fires). sequence_detection, temporal_xor: the first and the second input spike.
  Time t_early = 0, t_late = 0;
  Time jitter = 0;                  // temporal_xor: largest offset of a spike
  std::optional<Time> bias_spike;   // yin_yang: one more input that fires then
  double pixel_threshold = 0.2;     // mnist: pixels up to this brightness (0..1) stay silent
  std::uint32_t validation = 1000;  // mnist: the last of the training images, kept out of training
  std::uint32_t train_limit = 0, test_limit = 0;  // use only the first so many; 0: all
  std::string
      path;  // mnist: folder of the IDX files, from the working folder; --data goes before it
};

// [train]
struct TrainSpec {
  std::uint32_t epochs = 100;
  std::uint32_t batch = 32;
  double weight_rate = 1e-3;  // Adam
  double delay_rate = 0.1;    // ms
  // Of tau_mem, tau_syn, v_threshold, v_reset, bias and t_ref, each in its own unit.
  double neuron_rate = 1e-3;
  double rate_decay = 1.0;  // all rates are multiplied by it after every epoch
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  // Silent-neuron remedy: after an epoch in which a neuron never fired its incoming weights rise by
  // this much. A heuristic.
  double silent_increment = 0.0;
  // Rate regulariser, a heuristic: strength * (mean spikes per trial - target) enters p_v at each
  // spike.
  double regulariser_strength = 0.0;
  double regulariser_target = 0.0;
  double gradient_clip = 0.0;  // largest norm of a batch gradient; 0: none
  GrazingOptions grazing;
};

// [chip] fine_tune
struct FineTuneSpec {
  std::uint32_t epochs = 10;
  double rate = 0.1;  // times the rates of [train]
  double rate_decay = 0.85;
};

// [chip]
struct ChipSpec {
  Time step = 1.0;  // ms
  // Of |weight|, that the 8-bit range spans; none: chosen by the deviation on training trials.
  std::optional<double> clip_percentile;
  std::uint32_t groups = 1;  // of neurons with a weight unit of their own, per population
  std::optional<int> weight_exponent = 0;  // none: as large as the registers allow
  loihi2::Semantics semantics;
  std::optional<FineTuneSpec> fine_tune;
};

struct Scenario {
  std::string file;  // as named by the user
  std::string text;  // its content
  std::string name, title;
  Time duration = 0;
  std::uint64_t seed = 1;
  double max_rate = 10.0;
  Scheduler scheduler = Scheduler::automatic;

  Network network;                                  // initial values
  std::shared_ptr<const NetworkFile> network_file;  // of [network]; null: none
  std::vector<std::string> warnings;                // what that file says otherwise than is meant
  Learning learning;
  Trial trial;                // inline input spikes
  int label = -1;             // of the inline trial
  std::vector<Probe> probes;  // of `retro run`
  DataSpec data;
  std::unique_ptr<Loss> loss;  // null: none
  TrainSpec train;
  ChipSpec chip;
  std::optional<StudySpec> study;  // of `retro study`

  // Of every run of it.
  RunOptions run_options() const;
  // Who runs them; `of` is the network with its values or others, and outlives it.
  std::unique_ptr<const Machine> machine(const Network& of) const;
};

struct ScenarioOverrides {
  std::optional<std::uint64_t> seed = {};  // --seed: before random values are drawn
  // One combination of [study] (study/spec.hpp): the value of each axis.
  std::optional<std::vector<std::size_t>> study = {};
  // Instead of opening the file of [network].
  std::shared_ptr<const NetworkFile> network_file = {};
};

// Reads and checks a scenario. Throws IoError, ScenarioError (file, line, column, key, remedy).
Scenario read_scenario(const std::string& path, const ScenarioOverrides& overrides = {});
// The same from text; `file` is what messages call it.
Scenario parse_scenario(std::string text, const std::string& file,
                        const ScenarioOverrides& overrides = {}, const ScenarioLimits& limits = {});

// The scenario as a TOML text that gives the same scenario again under any file name: the user's
// text, with the effective seed and name written into [scenario], and in [network] the name under
// which run folders keep its file, with its hash. What is already resolved comes back unchanged.
std::string resolved_text(const Scenario& scenario);

// The scenario read again from that text.
Scenario resolved(const Scenario& scenario);

// Writes the resolved text as scenario.toml and the network file, if there is one, beside it.
// Throws IoError.
void keep_scenario(const std::filesystem::path& folder, const std::string& text,
                   const NetworkFile* network_file);

}  // namespace retrograde

// retro gradient SCENARIO|RUN: the loss of one trial and its exact gradient; or exact gradients beside
// surrogate ones.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/adjoint/train/gradient_agreement.hpp>
#include <retrograde/engine/trial/spike_fingerprint.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/fingerprint.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/training.hpp>
#include <retrograde/scenarios/show/json/json_output.hpp>
#include <retrograde/scenarios/show/surrogate/agreement.hpp>
#include <retrograde/scenarios/show/text/simulation.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

struct Range {
  std::size_t count = 0;
  double lowest = 0, highest = 0, squares = 0;
  void add(double value) {
    lowest = count ? std::fmin(lowest, value) : value;
    highest = count ? std::fmax(highest, value) : value;
    squares += value * value;
    ++count;
  }
};

void print_row(const std::string& what, const Range& r) {
  fmt::print("  {:<34} {:>8} {:>14.6g} {:>14.6g} {:>14.6g}\n", what, r.count, r.lowest, r.highest,
             std::sqrt(r.squares));
}

void print_gradient(const Network& network, const Gradient& gradient) {
  fmt::print("  {:<34} {:>8} {:>14} {:>14} {:>14}\n", "dL/d", "entries", "lowest", "highest",
             "norm");
  for (const Projection& p : network.projections())
    for (const ParameterKind kind : synapse_parameter_kinds) {
      Range r;
      for (SynapseId s = p.first; s < p.first + p.size; ++s) r.add(gradient.of(kind)[s]);
      print_row(fmt::format("{}.{}", p.name, name(kind)), r);
    }
  for (const Population& p : network.populations())
    for (const ParameterKind kind : neuron_parameter_kinds) {
      if (!p.has(kind)) continue;
      Range r;
      for (NeuronId n = p.first; n < p.first + p.size; ++n) r.add(gradient.of(kind)[n]);
      if (r.lowest != 0.0 || r.highest != 0.0)
        print_row(fmt::format("{}.{}", p.name, name(kind)), r);
    }
  Range inputs;
  for (const double d : gradient.input_times) inputs.add(d);
  if (inputs.count > 0) print_row("input spike times", inputs);
}

nlohmann::ordered_json document_of(const Scenario& scenario, const ChosenTrial& chosen,
                                   const LossGradient& result) {
  const Network& network = scenario.network;
  auto document = json_header("retrograde.gradient/1", scenario);
  document["trial"] = chosen.name;
  document["fingerprint"] = spike_fingerprint(result.tape);
  document["gradient_fingerprint"] = fingerprint(result.gradient.parameters);
  document["loss"] = {{"kind", scenario.loss->name()}, {"value", result.loss}};
  document["spikes"] = json_spikes(network, result.tape);
  document["gradient"] = json_parameters(network, result.gradient.parameters);
  // Of every input neuron the derivatives by its spike times, in order.
  auto& inputs = document["gradient"]["inputs"] = nlohmann::ordered_json::object();
  for (const Population& p : network.populations())
    if (p.model->is_input()) inputs[p.name] = std::vector<std::vector<double>>(p.size);
  auto payloads = inputs;
  for (std::size_t k = 0; k < chosen.trial.inputs.size(); ++k) {
    const NeuronId n = chosen.trial.inputs[k].neuron;
    const Population& p = network.populations()[network.population_of(n)];
    inputs[p.name][n - p.first].push_back(result.gradient.input_times[k]);
    if (chosen.trial.graded())
      payloads[p.name][n - p.first].push_back(result.gradient.input_payloads[k]);
  }
  if (chosen.trial.graded()) document["gradient"]["input_payloads"] = payloads;
  return document;
}

// The scenario as it would be trained by surrogate gradients, whatever its method is.
Scenario with_surrogate(const Scenario& scenario) {
  try {
    Scenario result =
        parse_scenario(with_method(scenario.text, scenario.file, "surrogate"), scenario.file,
                       {.seed = scenario.seed, .network_file = scenario.network_file});
    result.learning = result.learned_of(scenario.network);
    result.network = scenario.network;
    return result;
  } catch (const ScenarioError& error) {
    // The method is that of the option: the file may have no such key, and its text is another.
    if (error.key != "train.method") throw;
    throw UsageError(fmt::format(
        "retro gradient --against surrogate: {} has no surrogate gradient to compare with. As "
        "method = \"surrogate\" would say: {}. Change that, or leave --against out",
        scenario.file, error.message));
  }
}

// --against surrogate: over the first batch of the training part.
int run_against(const po::variables_map& given, const Trained& trained,
                const std::optional<std::string>& json) {
  const Scenario& scenario = trained.scenario;
  if (const std::string& what = given["against"].as<std::string>(); what != "surrogate")
    throw UsageError(
        fmt::format("retro gradient --against {}: write --against surrogate", shell_word(what)));
  if (given.count("device"))
    throw UsageError("retro gradient --against surrogate compares on the CPU; remove --device");
  if (given.count("trial") || given.count("part"))
    throw UsageError(
        "retro gradient --against surrogate compares the first batch of the training part; remove "
        "--trial and --part");
  const Scenario both = scenario.surrogate ? Scenario{} : with_surrogate(scenario);
  const Scenario& s = scenario.surrogate ? scenario : both;
  require_trainable(s);
  const Dataset dataset = open_dataset(s, trained.data_path);
  const LabelledTrials& trials = dataset.part(Part::train);
  std::vector<std::uint32_t> batch(std::min<std::size_t>(s.train.batch, trials.size()));
  std::iota(batch.begin(), batch.end(), 0u);
  const GradientAgreement agreement =
      compare_gradients(s.network, s.learning, trials, batch, *s.loss, *s.surrogate, s.scheduler,
                        stoppable(s.run_options()));
  fmt::print("{}", agreement_text(s, agreement));
  if (json) write_json(*json, json_agreement(s, agreement));
  return 0;
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  Trained trained = open_as_trained(arguments[0], given);
  Scenario& scenario = trained.scenario;
  require_continuous(scenario, "a gradient");
  require_values(scenario, "retro gradient");
  if (!scenario.loss)
    throw UsageError(fmt::format("{} has no [loss]; a gradient needs one", scenario.file));
  use_device(given, scenario, scenario.network, DeviceWork::run);
  Outputs outputs(given);
  outputs.reads(scenario, trained.data_path);
  const auto json = outputs.claim("json");
  if (given.count("against")) return run_against(given, trained, json);
  const ChosenTrial chosen = choose_trial(scenario, given, trained.data_path);
  note_without_events(scenario, "the gradient");
  const LossGradient result =
      gradient_of(*scenario.machine(scenario.network), chosen.trial, *scenario.loss, chosen.label,
                  stoppable(scenario.run_options()));

  fmt::print("{}, {}: {}, loss {} = {:.17g}\n", scenario.name, chosen.name,
             spike_count_text(scenario.network, result.tape), scenario.loss->name(), result.loss);
  print_gradient(scenario.network, result.gradient);
  fmt::print("fingerprint of spikes {}, of gradient {}\n", spike_fingerprint(result.tape),
             fingerprint(result.gradient.parameters));
  if (json) write_json(*json, document_of(scenario, chosen, result));
  return 0;
}

}  // namespace

Verb gradient_verb() {
  return {.name = "gradient",
          .arguments = "SCENARIO|RUN",
          .summary = "the exact gradient of the loss of one trial",
          .text =
              "Runs one trial forward and backward and prints the loss and, for every parameter, "
              "the range of its gradient. --json writes all of it: spike times, loss, and "
              "gradients of weights, delays, every neuron parameter and of input spike times, "
              "each in the shape of its parameter. Of a run folder it is the gradient at what was "
              "trained.\n\n"
              "With --against surrogate it compares exact gradients with surrogate ones over the "
              "first batch of the training part, group by group of what is learned: the cosine "
              "between the two, and the ratio of their norms. Delays are rounded to the step of "
              "[train.surrogate] for both.",
          .examples =
              "retro gradient scenarios/library/r1.toml --json r1.json\n"
              "retro gradient runs/demo --trial 3\n"
              "retro gradient scenarios/library/yin_yang.toml --against surrogate",
          .min_arguments = 1,
          .max_arguments = 1,
          .options =
              [](po::options_description& o) {
                add_output(o);
                add_seed(o);
                add_set(o);
                add_last(o);
                add_trial(o);
                add_device(o);
                o.add_options()("against", po::value<std::string>()->value_name("surrogate"),
                                "compare with surrogate gradients over a batch");
              },
          .run = run};
}

}  // namespace retrograde::cli

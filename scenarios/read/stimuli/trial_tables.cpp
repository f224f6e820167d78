#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/read/network/names.hpp>
#include <retrograde/scenarios/read/network/network.hpp>
#include <retrograde/scenarios/read/stimuli/stimulus_value.hpp>
#include <retrograde/scenarios/read/stimuli/trial_tables.hpp>

namespace retrograde {

namespace {

constexpr std::size_t most_tables = 100'000;

// Keys that need [[trial]] or the inline trial, beside [data].
void refuse_with_data(TomlTable& root, TomlTable& scenario) {
  if (root.has("trial"))
    root.fail_at_key("trial", "the trials of [data] are all there are; remove it, or [data]");
  if (scenario.has("trials"))
    scenario.fail_at_key("trials", "[data] says how many trials there are; remove it, or [data]");
}

// What repeats would repeat the same trial without a random stimulus.
bool draws(const InlineTrialKind& kind) {
  return std::ranges::any_of(
      kind.inputs, [](const InlineInput& input) { return input.spikes && !input.spikes->fixed(); });
}

// Spikes of a population that a shorter trial would cut off.
void check_listed(const TomlTable& table, const InlineTrialKind& kind, const TrialRange& trials) {
  for (const InlineInput& input : kind.inputs) {
    if (input.spikes)
      if (const auto late = input.spikes->beyond(kind.duration, trials))
        table.fail(fmt::format(
            "neuron {} of {} fires at {:g} ms, and this trial lasts {:g} ms; give {} other spikes "
            "here, in [trial.spikes], or the trial a longer duration",
            late->neuron, input.name, late->time, kind.duration, input.name));
    if (!input.signal) continue;
    for (const SignalChange& change : *input.signal)
      if (!(change.time < kind.duration))
        table.fail(fmt::format(
            "the signal of {} changes at {:g} ms, and this trial lasts {:g} ms; give {} another "
            "one here, in [trial.signal], or the trial a longer duration",
            input.name, change.time, kind.duration, input.name));
  }
}

// What has spikes of so many trials needs as many; `inputs` are those that all trials share.
void check_trials(const TomlTable& table, const InlineTrialKind& kind,
                  const std::vector<InlineInput>& inputs, std::uint64_t all) {
  for (std::size_t p = 0; p < inputs.size(); ++p) {
    if (!inputs[p].spikes || kind.inputs[p].spikes != inputs[p].spikes) continue;
    const auto count = inputs[p].spikes->trials();
    if (count && *count != all)
      table.fail(
          fmt::format("the file of spikes of {} has {} trials, and here {}; make them as many "
                      "(trials = {} in [scenario], or [[trial]]), so that each takes its own, or "
                      "write trial = 0 beside its path, which all then take",
                      inputs[p].name, *count,
                      all == 1 ? std::string("is 1") : fmt::format("are {}", all), *count));
  }
}

void check_size(const TomlTable& table, const InlineTrialKind& kind, const ScenarioLimits& limits) {
  const double expected = expected_spikes(kind);
  if (!(expected <= static_cast<double>(limits.input_spikes)))
    table.fail(fmt::format(
        "a trial of it has about {:.3g} input spikes, and at most {} are possible; choose lower "
        "rates or a shorter duration",
        expected, limits.input_spikes));
}

class TrialReader {
 public:
  TrialReader(const Network& network, const NetworkContext& context,
              const std::vector<InlineInput>& inputs)
      : network_(network), context_(context), inputs_(inputs), names_(population_names(network)) {}

  // One [[trial]] after `before` trials; its label goes into `label`.
  InlineTrialKind read(TomlTable& table, std::uint64_t before,
                       std::optional<TomlValue>& label) const {
    table.known({"name", "label", "duration", "repeat", "part", "spikes", "signal"});
    InlineTrialKind kind{context_.duration, 1, -1, Part::train, inputs_};
    kind.duration = table.time("duration", context_.duration, {1e-6, 1e12});
    kind.repeat = table.integer("repeat", 1, 1, context_.limits.trials);
    const TrialRange trials{before, before + kind.repeat};
    label = table.find("label");
    if (const auto name = table.find("name"); name && name->text().empty())
      name->fail("is empty; give the trial a name, or leave the key out");
    if (const auto part = table.find("part"))
      kind.part = static_cast<Part>(part->choice({"train", "validation", "test"}));
    if (auto signal = table.single("signal"))
      each(*signal, [&](const TomlValue& value, std::uint32_t p) {
        if (kind.inputs[p].spikes)
          value.fail("an input fires or brings a signal; make two populations of it");
        check_receptors(value, p);
        kind.inputs[p].signal = std::make_shared<const std::vector<SignalChange>>(
            read_signal(value, place(kind, p, trials)));
      });
    if (auto spikes = table.single("spikes"))
      each(*spikes, [&](const TomlValue& value, std::uint32_t p) {
        if (kind.inputs[p].signal)
          value.fail("an input fires or brings a signal; make two populations of it");
        kind.inputs[p].spikes = retrograde::read_spikes(value, place(kind, p, trials));
      });
    check_listed(table, kind, trials);
    check_size(table, kind, context_.limits);
    return kind;
  }

 private:
  // Calls take(value, population) for the populations that a table has keys of, in their order.
  template <typename Take>
  void each(TomlTable& table, const Take& take) const {
    std::vector<std::string> inputs;
    for (std::uint32_t p = 0; p < names_.size(); ++p)
      if (network_.populations()[p].model->is_input()) inputs.push_back(names_[p]);
    for (const std::string& key : table.keys())
      if (std::find(inputs.begin(), inputs.end(), key) == inputs.end() &&
          std::find(names_.begin(), names_.end(), key) != names_.end())
        table.fail_at_key(key, "it is no input; only a population with model = \"input\" takes it");
    table.known(inputs);
    for (std::uint32_t p = 0; p < names_.size(); ++p)
      if (const auto value = table.find(names_[p])) take(*value, p);
  }

  void check_receptors(const TomlValue& value, std::uint32_t population) const {
    try {
      require_step_receptors(network_, population);
    } catch (const NetworkError& error) {
      value.fail(error.what());
    }
  }

  InputPlace place(const InlineTrialKind& kind, std::uint32_t p, const TrialRange& trials) const {
    const Population& population = network_.populations()[p];
    return {
        population.name, population.first, population.size,       kind.duration,
        context_.seed,   context_.limits,  context_.files.folder, std::span(kind.inputs).first(p),
        trials};
  }

  const Network& network_;
  const NetworkContext& context_;
  const std::vector<InlineInput>& inputs_;
  std::vector<std::string> names_;
};

}  // namespace

bool WrittenTrials::all_labelled() const {
  return std::ranges::all_of(labels, [](const auto& label) { return label.has_value(); });
}

std::vector<std::string> fed_by_trials(const toml::table& document) {
  std::vector<std::string> names;
  const toml::array* trials = document["trial"].as_array();
  if (!trials) return names;
  for (const toml::node& node : *trials) {
    const toml::table* trial = node.as_table();
    if (!trial) continue;
    for (const char* key : {"spikes", "signal"})
      if (const toml::table* fed = (*trial)[key].as_table())
        for (const auto& [name, value] : *fed) names.emplace_back(name.str());
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

WrittenTrials read_trials(TomlTable& root, TomlTable& scenario, const Network& network,
                          const NetworkContext& context, std::vector<InlineInput> inputs,
                          bool varied) {
  WrittenTrials written;
  if (context.has_data) {
    refuse_with_data(root, scenario);
    return written;
  }
  const auto trials = scenario.find("trials");
  std::vector<TomlTable> tables = root.tables("trial");
  if (trials && !tables.empty())
    trials->fail("the [[trial]] tables say how many there are, each by its repeat; remove it");
  if (tables.size() > most_tables)
    tables[most_tables].fail(
        fmt::format("there are {} of these, and at most {} are possible; say repeat where they are "
                    "alike, or write the trials as a set of events (docs/data.md)",
                    tables.size(), most_tables));
  if (tables.empty()) {
    InlineTrialKind kind{context.duration, 1, -1, Part::train, std::move(inputs)};
    if (trials) kind.repeat = static_cast<std::uint32_t>(trials->integer(1, context.limits.trials));
    if (kind.repeat > 1 && !varied && !draws(kind))
      trials->fail(
          "all trials would be the same, since no population has spikes that are drawn; give one "
          "a stimulus (spikes = { stimulus = \"poisson\", rate = \"20 Hz\" }), or remove it");
    check_trials(scenario, kind, kind.inputs, kind.repeat);
    check_size(root, kind, context.limits);
    written.kinds.push_back(std::move(kind));
    written.labels.emplace_back();
    return written;
  }
  const TrialReader reader(network, context, inputs);
  std::uint64_t all = 0;
  for (TomlTable& table : tables) {
    written.kinds.push_back(reader.read(table, all, written.labels.emplace_back()));
    const InlineTrialKind& kind = written.kinds.back();
    all += kind.repeat;
    if (all > context.limits.trials)
      table.fail(
          fmt::format("with it there are {} trials, and at most {} are possible; repeat "
                      "them less often",
                      all, context.limits.trials));
    if (kind.repeat > 1 && !varied && !draws(kind))
      table.fail_at_key("repeat",
                        "all of them would be the same, since nothing in it is drawn; give a "
                        "population a stimulus, or remove it");
  }
  for (std::size_t k = 0; k < tables.size(); ++k)
    check_trials(tables[k], written.kinds[k], inputs, all);
  if (std::ranges::none_of(written.kinds,
                           [](const InlineTrialKind& k) { return k.part == Part::train; }))
    tables.front().fail(
        "no [[trial]] is of the training part, which is what runs and training take; remove part "
        "from one of them");
  return written;
}

void set_labels(WrittenTrials& trials, int label, std::uint32_t classes) {
  for (std::size_t k = 0; k < trials.kinds.size(); ++k) {
    const auto& own = trials.labels[k];
    if (own && classes == 0)
      own->fail(
          "no loss tells classes apart, so nobody asks for it; remove it, or choose a loss "
          "with classes");
    trials.kinds[k].label = own ? static_cast<int>(own->integer(0, classes - 1)) : label;
  }
}

}  // namespace retrograde

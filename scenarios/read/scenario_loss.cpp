#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <string>
#include <utility>
#include <vector>

#include <retrograde/adjoint/loss/first_spike_cross_entropy.hpp>
#include <retrograde/adjoint/loss/first_spike_margin.hpp>
#include <retrograde/adjoint/loss/silence_margin.hpp>
#include <retrograde/adjoint/loss/softmax_sum_cross_entropy.hpp>
#include <retrograde/adjoint/loss/spike_time_power.hpp>
#include <retrograde/adjoint/loss/spike_time_target.hpp>
#include <retrograde/adjoint/loss/van_rossum_distance.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_maximum_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_over_time_cross_entropy.hpp>
#include <retrograde/scenarios/read/network/names.hpp>
#include <retrograde/scenarios/read/scenario_loss.hpp>

namespace retrograde {

namespace {

// The table while it is read, and the population that the loss reads.
struct LossTable {
  TomlTable& table;
  const LossContext& context;
  std::string kind;
  std::uint32_t index;  // of the population
  const Population& population;
  // Where no population is named, what is wrong with the default one is said at `kind`.
  TomlValue place;
  std::string chosen;  // how messages call the population

  void needs_spikes() const;
  void needs_voltage() const;
  void needs_no_threshold() const;
};

void LossTable::needs_spikes() const {
  if (population.model->fires()) return;
  place.fail(
      fmt::format("{} is a readout ({}) and never fires, but {} is about spikes; use "
                  "voltage_cross_entropy or a population of cuba_lif",
                  chosen, name(population.model), kind));
}

void LossTable::needs_voltage() const {
  if (population.model->has_voltage()) return;
  place.fail(
      fmt::format("{} is a {}, whose voltage is not bounded, but {} integrates it; use a loss of "
                  "spike times or a readout of cuba_li",
                  chosen, name(population.model), kind));
}

void LossTable::needs_no_threshold() const {
  if (!population.model->fires()) return;
  place.fail(
      fmt::format("{} fires and is reset, but {} reads the voltage of a readout; add a population "
                  "with model = \"cuba_li\" and a projection from {} to it",
                  chosen, kind, population.name));
}

// A number for all neurons or a list of one per neuron; empty when absent.
std::vector<double> read_per_neuron(TomlTable& table, std::string_view key, std::uint32_t size) {
  const auto value = table.find(key);
  if (!value) return {};
  if (!value->is_list()) return std::vector<double>(size, value->number());
  std::vector<double> values;
  const auto list = value->list();
  if (list.size() != size)
    value->fail(fmt::format("{} for {} neurons; write one number for all, or one per neuron",
                            value->found(), size));
  values.reserve(list.size());
  for (const TomlValue& each : list) values.push_back(each.number());
  return values;
}

// from, to and at: of a window, and of an instant.
TimeWeight read_stretch(TomlTable& table, Time duration, TimeWeight::Kind kind) {
  if (kind == TimeWeight::Kind::instant) {
    const auto at = table.find("at");
    if (!at || (at->is_text() && at->text() == "end")) return TimeWeight::instant(never);
    return TimeWeight::instant(at->time({0.0, duration, true, false}));
  }
  if (!table.has("from") && !table.has("to"))
    table.fail_at_key(
        "weighting", "a window has an end; write from = \"20 ms\", to = \"30 ms\", or one of them");
  const Time from = table.time("from", 0.0, {0.0, duration, false, true});
  const auto to = table.find("to");
  if (!to) return TimeWeight::window(from, never);
  return TimeWeight::window(from, to->time({from, duration, true, false}));
}

// weighting and tau_weight; the latter alone means an exponential weighting, and none of them `kind`.
TimeWeight read_weighting(TomlTable& table, Time duration, TimeWeight::Kind kind) {
  using Form = TimeWeight::Kind;
  const auto name = table.find("weighting");
  const auto tau = table.find("tau_weight");
  if (tau) kind = Form::exponential;
  if (name)
    kind = static_cast<Form>(
        name->choice({"constant", "exponential", "linear", "sigmoid", "window", "instant"}));
  for (const char* key : {"from", "to", "at"})
    if (table.has(key) && kind != (key[0] == 'a' ? Form::instant : Form::window))
      table.fail_at_key(key, fmt::format("belongs to weighting = \"{}\"; write that, or remove it",
                                         key[0] == 'a' ? "instant" : "window"));
  if (tau && kind != Form::exponential)
    tau->fail(
        fmt::format("belongs to weighting = \"exponential\", and it is {}; remove one of the two",
                    name->found()));
  switch (kind) {
    case Form::constant:
      return {};
    case Form::exponential:
      if (!tau || (tau->is_text() && tau->text() == "duration")) return duration;
      return tau->time(Range::positive());
    case Form::linear:
      return TimeWeight::linear();
    case Form::window:
    case Form::instant:
      return read_stretch(table, duration, kind);
    case Form::sigmoid:
      break;
  }
  return TimeWeight::sigmoid();
}

std::vector<std::vector<Time>> read_targets(TomlTable& table, const Population& population,
                                            Time duration) {
  const TomlValue target = table.require(
      "target", "target = [[\"10 ms\"], [\"12 ms\", \"20 ms\"]], one list of times per neuron");
  const auto neurons = target.list();
  if (neurons.size() != population.size)
    target.fail(fmt::format(
        "{} for {} neurons of {}; write one list of times per neuron, [] for one without a target",
        target.found(), population.size, population.name));
  std::vector<std::vector<Time>> targets;
  for (const TomlValue& neuron : neurons) {
    auto& times = targets.emplace_back();
    for (const TomlValue& time : neuron.list()) {
      times.push_back(time.time({0.0, duration}));
      if (times.size() > 1 && times[times.size() - 2] >= times.back())
        time.fail(
            fmt::format("{} does not come after the target before it; list the targets of a neuron "
                        "in ascending order",
                        time.found()));
    }
  }
  return targets;
}

// What each kind reads from its table, in the order of the table of kinds below.

std::unique_ptr<Loss> first_spike_cross_entropy(LossTable& t) {
  t.needs_spikes();
  FirstSpikeCrossEntropySpec spec;
  spec.population = t.index;
  spec.tau0 = t.table.time("tau0", spec.tau0, Range::positive());
  spec.alpha = t.table.number("alpha", spec.alpha, Range::not_negative());
  spec.tau1 = t.table.time("tau1", spec.tau1, Range::positive());
  if (spec.alpha > 0 &&
      !std::isfinite(spec.alpha * std::exp(t.context.duration / spec.tau1) / spec.tau1))
    t.table.fail_at_key(
        "tau1", fmt::format("e^(duration / tau1) is beyond what a double can hold; choose a tau1 "
                            "of at least {:.3g} ms",
                            t.context.duration / 500.0));
  return make_loss(spec);
}

std::unique_ptr<Loss> voltage_cross_entropy(LossTable& t) {
  t.needs_voltage();
  VoltageCrossEntropySpec spec;
  spec.population = t.index;
  // A spike changes the plain mean of a leaky V by next to nothing but its number, which no exact gradient
  // sees: hidden neurons would learn from the end of the trial only.
  spec.weighting = read_weighting(t.table, t.context.duration, TimeWeight::Kind::exponential);
  spec.gain = t.table.number("gain", spec.gain, Range::positive());
  return make_loss(spec);
}

// Of V at single instants.
template <typename Spec>
std::unique_ptr<Loss> instant_cross_entropy(LossTable& t) {
  t.needs_no_threshold();
  Spec spec;
  spec.population = t.index;
  spec.gain = t.table.number("gain", spec.gain, Range::positive());
  return make_loss(spec);
}

std::unique_ptr<Loss> softmax_sum_cross_entropy(LossTable& t) {
  t.needs_no_threshold();
  SoftmaxSumCrossEntropySpec spec;
  spec.population = t.index;
  spec.gain = t.table.number("gain", spec.gain, Range::positive());
  spec.unit = t.table.time("unit", spec.unit, Range::positive());
  return make_loss(spec);
}

std::unique_ptr<Loss> first_spike_margin(LossTable& t) {
  t.needs_spikes();
  FirstSpikeMarginSpec spec;
  spec.population = t.index;
  spec.margin = t.table.time("margin", spec.margin);
  spec.scale = t.table.time("scale", spec.scale, Range::positive());
  return make_loss(spec);
}

std::unique_ptr<Loss> spike_time_target(LossTable& t) {
  t.needs_spikes();
  SpikeTimeTargetSpec spec;
  spec.population = t.index;
  spec.targets = read_targets(t.table, t.population, t.context.duration);
  spec.scale = t.table.time("scale", spec.scale, Range::positive());
  return make_loss(spec);
}

std::unique_ptr<Loss> van_rossum_distance(LossTable& t) {
  t.needs_spikes();
  VanRossumDistanceSpec spec;
  spec.population = t.index;
  spec.targets = read_targets(t.table, t.population, t.context.duration);
  spec.tau = t.table.time("tau", spec.tau, Range::positive());
  return make_loss(spec);
}

std::unique_ptr<Loss> spike_time_power(LossTable& t) {
  // Keys of a sum that is not there.
  const auto refuse = [&](std::initializer_list<const char*> keys, const char* why) {
    for (const char* key : keys)
      if (t.table.has(key)) t.table.fail_at_key(key, why);
  };
  SpikeTimePowerSpec spec;
  spec.population = t.index;
  spec.coefficient = read_per_neuron(t.table, "coefficient", t.population.size);
  spec.integral = read_per_neuron(t.table, "integral", t.population.size);
  if (spec.coefficient.empty() && spec.integral.empty())
    spec.coefficient.assign(t.population.size, 1.0);
  if (spec.coefficient.empty()) {
    refuse({"scale", "power"},
           "belongs to the sum over spikes, which has no coefficient here; write coefficient, or "
           "remove it");
  } else {
    t.needs_spikes();
    spec.scale = t.table.time("scale", spec.scale, Range::positive());
    spec.power = t.table.number("power", spec.power);
  }
  if (spec.integral.empty()) {
    refuse({"weighting", "tau_weight", "from", "to", "at"},
           "belongs to the integral, which has no weight here; write integral, or remove it");
  } else {
    t.needs_voltage();
    spec.weighting = read_weighting(t.table, t.context.duration, TimeWeight::Kind::constant);
  }
  return make_loss(spec);
}

// What a silence pays for coming close to the threshold.
SilenceMarginSpec read_silence(TomlTable& table) {
  table.known({"strength", "level"});
  SilenceMarginSpec spec;
  spec.strength = table.require("strength", "strength = 1").number(Range::not_negative());
  spec.level = table.number("level", spec.level, Range::positive());
  return spec;
}

// One row per loss. A new one is its files in adjoint/loss, a function above and a row here.
struct LossKind {
  const char* name;
  bool has_classes;               // one neuron per class, and a label
  std::vector<std::string> keys;  // its own, beside kind, population and label
  std::unique_ptr<Loss> (*read)(LossTable&);
};
const std::vector<LossKind> kinds = {
    {"first_spike_cross_entropy", true, {"tau0", "alpha", "tau1"}, first_spike_cross_entropy},
    {"voltage_cross_entropy",
     true,
     {"weighting", "tau_weight", "from", "to", "at", "gain"},
     voltage_cross_entropy},
    {"voltage_maximum_cross_entropy",
     true,
     {"gain"},
     instant_cross_entropy<VoltageMaximumCrossEntropySpec>},
    {"voltage_over_time_cross_entropy",
     true,
     {"gain"},
     instant_cross_entropy<VoltageOverTimeCrossEntropySpec>},
    {"softmax_sum_cross_entropy", true, {"gain", "unit"}, softmax_sum_cross_entropy},
    {"first_spike_margin", true, {"margin", "scale"}, first_spike_margin},
    {"spike_time_target", false, {"target", "scale"}, spike_time_target},
    {"van_rossum_distance", false, {"target", "tau"}, van_rossum_distance},
    {"spike_time_power",
     false,
     {"coefficient", "scale", "power", "integral", "weighting", "tau_weight", "from", "to", "at"},
     spike_time_power},
};

// Which kind, after a look at the keys that any kind knows.
const LossKind& read_kind(TomlTable& table) {
  std::vector<std::string> names, keys = {"kind", "population", "label", "silence"};
  for (const LossKind& kind : kinds) {
    names.emplace_back(kind.name);
    keys.insert(keys.end(), kind.keys.begin(), kind.keys.end());
  }
  table.known(keys);
  const TomlValue kind =
      table.require("kind", "kind = \"first_spike_cross_entropy\" or another of docs/scenario.md");
  return kinds[kind.choice(names)];
}

LossTable read_population(TomlTable& table, const std::string& kind, const Network& network,
                          const LossContext& context) {
  auto index = static_cast<std::uint32_t>(network.populations().size()) - 1;
  const auto named = table.find("population");
  if (named) index = population_named(*named, population_names(network));
  const Population& population = network.populations()[index];
  const std::string chosen =
      named ? population.name : fmt::format("{}, the last population,", population.name);
  const TomlValue place = named ? *named : *table.find("kind");
  if (population.model->is_input())
    place.fail(fmt::format(
        "{} is an input and depends on no parameter; write population = the name of another",
        chosen));
  return {table, context, kind, index, population, place, chosen};
}

// A neuron for every class, and the class of the inline trial.
int read_label(LossTable& t) {
  const std::uint32_t neurons = t.population.size, classes = t.context.data_classes;
  if (classes > 0 && neurons != classes)
    t.place.fail(fmt::format("{} has {} neurons, but the data has {} classes; give it size = {}",
                             t.chosen, neurons, classes, classes));
  if (neurons < 2)
    t.place.fail(
        fmt::format("{} has one neuron, but {} tells classes apart; give it one neuron "
                    "per class",
                    t.chosen, t.kind));
  if (const auto label = t.table.find("label"); label && t.context.has_data)
    label->fail("[data] brings the label of every trial; remove it");
  if (const auto label = t.table.find("label"); label && t.context.labelled_trials)
    label->fail("every [[trial]] has a label of its own; remove it");
  if (const auto label = t.table.find("label"))
    return static_cast<int>(label->integer(0, neurons - 1));
  if (!t.context.has_data && !t.context.labelled_trials)
    t.table.fail(fmt::format(
        "label is missing: {} needs the class of trials that have none of their own, as "
        "those of [data] have; write label = 0, up to {}",
        t.kind, neurons - 1));
  return -1;  // every trial of the data brings its own
}

}  // namespace

ScenarioLoss read_loss(TomlTable table, const Network& network, const LossContext& context) {
  const LossKind& kind = read_kind(table);
  LossTable given = read_population(table, kind.name, network, context);
  ScenarioLoss result;
  if (kind.has_classes) {
    result.label = read_label(given);
    result.classes = given.population.size;
  }
  result.loss = kind.read(given);
  if (auto silence = table.single("silence")) {
    const SilenceMarginSpec spec = read_silence(*silence);
    if (spec.strength > 0.0) result.loss = with_silence_margin(std::move(result.loss), spec);
  }
  table.finish(fmt::format(
      "does not apply to kind = \"{}\"; remove it, or choose the kind that it belongs to",
      kind.name));
  return result;
}

}  // namespace retrograde

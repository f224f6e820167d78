#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <string>
#include <utility>
#include <vector>

#include <retrograde/scenarios/read/names.hpp>
#include <retrograde/scenarios/read/scenario_loss.hpp>

namespace retrograde {

namespace {

const std::vector<std::string> kinds = {"first_spike_cross_entropy",
                                        "voltage_cross_entropy",
                                        "voltage_maximum_cross_entropy",
                                        "voltage_over_time_cross_entropy",
                                        "spike_time_target",
                                        "van_rossum_distance",
                                        "first_spike_margin",
                                        "spike_time_power"};
enum Kind : std::size_t {
  first_spike_cross_entropy,
  voltage_cross_entropy,
  voltage_maximum_cross_entropy,
  voltage_over_time_cross_entropy,
  spike_time_target,
  van_rossum_distance,
  first_spike_margin,
  spike_time_power
};

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

// weighting and tau_weight; the latter alone means an exponential weighting.
TimeWeight read_weighting(TomlTable& table, Time duration) {
  using Form = TimeWeight::Kind;
  const auto name = table.find("weighting");
  const auto tau = table.find("tau_weight");
  Form kind = tau ? Form::exponential : Form::constant;
  if (name)
    kind = static_cast<Form>(name->choice({"constant", "exponential", "linear", "sigmoid"}));
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

}  // namespace

ScenarioLoss read_loss(TomlTable table, const Network& network, const LossContext& context) {
  table.known({"kind", "population", "label", "tau0", "alpha", "tau1", "weighting", "tau_weight",
               "gain", "target", "scale", "tau", "margin", "coefficient", "power", "integral"});
  const TomlValue kind_value =
      table.require("kind", "kind = \"first_spike_cross_entropy\" or another of docs/scenario.md");
  const auto kind = static_cast<Kind>(kind_value.choice(kinds));
  const bool has_classes =
      kind != spike_time_target && kind != van_rossum_distance && kind != spike_time_power;

  std::uint32_t index = static_cast<std::uint32_t>(network.populations().size()) - 1;
  const auto named = table.find("population");
  if (named) index = population_named(*named, population_names(network));
  const Population& population = network.populations()[index];
  // Where no population is named, what is wrong with the default one is said at `kind`.
  const TomlValue& place = named ? *named : kind_value;
  const std::string chosen =
      named ? population.name : fmt::format("{}, the last population,", population.name);
  if (population.model->is_input())
    place.fail(fmt::format(
        "{} is an input and depends on no parameter; write population = the name of another",
        chosen));
  const auto needs_spikes = [&] {
    if (!population.model->fires())
      place.fail(
          fmt::format("{} is a readout ({}) and never fires, but {} is about spikes; use "
                      "voltage_cross_entropy or "
                      "a population of cuba_lif",
                      chosen, name(population.model), kinds[kind]));
  };
  const auto needs_voltage = [&] {
    if (!population.model->has_voltage())
      place.fail(
          fmt::format("{} is a {}, whose voltage is not bounded, but {} integrates it; use a "
                      "loss of spike times or a readout of cuba_li",
                      chosen, name(population.model), kinds[kind]));
  };
  const auto needs_no_threshold = [&] {
    if (population.model->fires())
      place.fail(
          fmt::format("{} fires and is reset, but {} reads the voltage of a readout; add a "
                      "population with model "
                      "= \"cuba_li\" and a projection from {} to it",
                      chosen, kinds[kind], population.name));
  };
  if (has_classes && context.data_classes > 0 && population.size != context.data_classes)
    place.fail(fmt::format("{} has {} neurons, but the data has {} classes; give it size = {}",
                           chosen, population.size, context.data_classes, context.data_classes));
  if (has_classes && population.size < 2)
    place.fail(
        fmt::format("{} has one neuron, but {} tells classes apart; give it one neuron per class",
                    chosen, kinds[kind]));

  ScenarioLoss result;
  if (has_classes) {
    if (const auto label = table.find("label"))
      result.label = static_cast<int>(label->integer(0, population.size - 1));
    else if (context.data_classes == 0)
      table.fail(fmt::format(
          "label is missing: {} needs the class of the inline trial; write label = 0, up to {}",
          kinds[kind], population.size - 1));
  }

  switch (kind) {
    case first_spike_cross_entropy: {
      needs_spikes();
      FirstSpikeCrossEntropySpec spec;
      spec.population = index;
      spec.tau0 = table.time("tau0", spec.tau0, Range::positive());
      spec.alpha = table.number("alpha", spec.alpha, Range::not_negative());
      spec.tau1 = table.time("tau1", spec.tau1, Range::positive());
      if (spec.alpha > 0 &&
          !std::isfinite(spec.alpha * std::exp(context.duration / spec.tau1) / spec.tau1))
        table.fail_at_key(
            "tau1",
            fmt::format(
                "e^(duration / tau1) is beyond what a double can hold; choose a tau1 of at least "
                "{:.3g} ms",
                context.duration / 500.0));
      result.loss = make_loss(spec);
      break;
    }
    case voltage_cross_entropy: {
      needs_voltage();
      VoltageCrossEntropySpec spec;
      spec.population = index;
      spec.weighting = read_weighting(table, context.duration);
      spec.gain = table.number("gain", spec.gain, Range::positive());
      result.loss = make_loss(spec);
      break;
    }
    case voltage_maximum_cross_entropy: {
      needs_no_threshold();
      VoltageMaximumCrossEntropySpec spec;
      spec.population = index;
      spec.gain = table.number("gain", spec.gain, Range::positive());
      result.loss = make_loss(spec);
      break;
    }
    case voltage_over_time_cross_entropy: {
      needs_no_threshold();
      VoltageOverTimeCrossEntropySpec spec;
      spec.population = index;
      spec.gain = table.number("gain", spec.gain, Range::positive());
      result.loss = make_loss(spec);
      break;
    }
    case spike_time_target: {
      needs_spikes();
      SpikeTimeTargetSpec spec;
      spec.population = index;
      spec.targets = read_targets(table, population, context.duration);
      spec.scale = table.time("scale", spec.scale, Range::positive());
      result.loss = make_loss(spec);
      break;
    }
    case van_rossum_distance: {
      needs_spikes();
      VanRossumDistanceSpec spec;
      spec.population = index;
      spec.targets = read_targets(table, population, context.duration);
      spec.tau = table.time("tau", spec.tau, Range::positive());
      result.loss = make_loss(spec);
      break;
    }
    case first_spike_margin: {
      needs_spikes();
      FirstSpikeMarginSpec spec;
      spec.population = index;
      spec.margin = table.time("margin", spec.margin);
      spec.scale = table.time("scale", spec.scale, Range::positive());
      result.loss = make_loss(spec);
      break;
    }
    case spike_time_power: {
      SpikeTimePowerSpec spec;
      spec.population = index;
      spec.coefficient = read_per_neuron(table, "coefficient", population.size);
      spec.integral = read_per_neuron(table, "integral", population.size);
      if (spec.coefficient.empty() && spec.integral.empty())
        spec.coefficient.assign(population.size, 1.0);
      if (!spec.coefficient.empty()) {
        needs_spikes();
        spec.scale = table.time("scale", spec.scale, Range::positive());
        spec.power = table.number("power", spec.power);
      } else if (table.has("scale") || table.has("power")) {
        table.fail_at_key(table.has("scale") ? "scale" : "power",
                          "belongs to the sum over spikes, which has no coefficient here; write "
                          "coefficient, or remove it");
      }
      if (!spec.integral.empty()) needs_voltage();
      if (!spec.integral.empty())
        spec.weighting = read_weighting(table, context.duration);
      else if (table.has("weighting") || table.has("tau_weight"))
        table.fail_at_key(
            table.has("weighting") ? "weighting" : "tau_weight",
            "belongs to the integral, which has no weight here; write integral, or remove it");
      result.loss = make_loss(spec);
      break;
    }
  }
  table.finish(fmt::format(
      "does not apply to kind = \"{}\"; remove it, or choose the kind that it belongs to",
      kinds[kind]));
  return result;
}

}  // namespace retrograde

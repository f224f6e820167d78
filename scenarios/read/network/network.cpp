#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <functional>
#include <limits>
#include <map>
#include <utility>

#include <retrograde/engine/network/analysis.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/exchange/nir.hpp>
#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/read/network/network.hpp>

namespace retrograde {

namespace {

// What the network's builder finds wrong happens in `table`.
template <typename Action>
auto at(const TomlTable& table, const Action& action) {
  try {
    return action();
  } catch (const NetworkError& e) {
    table.fail(e.what());
  } catch (const LimitError& e) {
    table.fail(e.what());
  }
}

double read_value(const TomlValue& value, bool is_time, const Range& range) {
  return is_time ? value.time(range) : value.number(range);
}

// { distribution = "uniform", low = ..., high = ... } or { distribution = "normal", mean = ..., std
// = ... }
class Distribution {
 public:
  // Draws of a normal distribution are moved into `clip`; the ends of a uniform one have to lie
  // within `range`.
  Distribution(const TomlValue& value, bool is_time, const Range& range, const Range& clip)
      : clip_(clip) {
    TomlTable table = value.table();
    table.known({"distribution", "low", "high", "mean", "std"});
    const auto kind = table.require("distribution", "distribution = \"uniform\" or \"normal\"");
    normal_ = kind.choice({"uniform", "normal"}) == 1;
    const char* one = is_time ? "\"1 ms\"" : "1.0";
    if (normal_) {
      const std::string remedy = fmt::format("mean = {0} and std = {0}", one);
      const TomlValue mean = table.require("mean", remedy);
      first_ = is_time ? mean.time(Range::any()) : mean.number();
      second_ = read_value(table.require("std", remedy), is_time, Range::not_negative());
    } else {
      const std::string remedy = fmt::format("low = {0} and high = {0}", one);
      first_ = read_value(table.require("low", remedy), is_time, range);
      const TomlValue high = table.require("high", remedy);
      second_ = read_value(high, is_time, range);
      if (second_ < first_)
        high.fail(fmt::format("{} lies below low; exchange low and high", high.found()));
    }
    table.finish(fmt::format("does not belong to a {} distribution, which has {}",
                             normal_ ? "normal" : "uniform",
                             normal_ ? "mean and std" : "low and high"));
  }

  double draw(Random& random) const {
    if (!normal_) return random.uniform(first_, second_);
    return std::clamp(random.normal(first_, second_), clip_.low, clip_.high);
  }

 private:
  Range clip_;
  bool normal_ = false;
  double first_ = 0, second_ = 0;  // low, high or mean, std
};

// learn = ["weight", "delay"]: one flag per name.
std::vector<char> read_learn(TomlTable& table, const std::vector<std::string>& names) {
  std::vector<char> learned(names.size(), 0);
  const auto learn = table.find("learn");
  if (!learn) return learned;
  for (const TomlValue& value : learn->list()) {
    char& flag = learned[value.choice(names)];
    if (flag) value.fail(fmt::format("{} is listed twice; once is enough", value.found()));
    flag = 1;
  }
  return learned;
}

// Of a population or projection; it will stand in messages and files.
std::string read_name(const TomlValue& value, const char* remedy) {
  const std::string name = value.text();
  if (name.empty()) value.fail(fmt::format("it is empty; {}", remedy));
  if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    value.fail("it contains control characters; use letters, digits and signs");
  return name;
}

// --- populations ---

// Which values a scenario may give a neuron parameter.
Range range_of(ParameterKind kind) {
  switch (kind) {
    case ParameterKind::v_threshold:
      return Range::positive();
    case ParameterKind::v_reset:
    case ParameterKind::bias:
      return Range::any();
    case ParameterKind::t_ref:
    case ParameterKind::adaptation:
    case ParameterKind::axonal_delay:
    case ParameterKind::dendritic_delay:
      return Range::not_negative();
    default:
      return {1e-6, 1e12};  // time constants
  }
}

std::vector<double> read_neuron_values(const TomlValue& value, ParameterKind kind,
                                       std::uint32_t size, Random random) {
  const Range range = range_of(kind);
  const bool time = is_time(kind);
  std::vector<double> values;
  if (value.is_list()) {
    const auto list = value.list();
    if (list.size() != size)
      value.fail(fmt::format("{} for {} neurons; write one value for all, or one per neuron",
                             value.found(), size));
    for (const TomlValue& each : list) values.push_back(read_value(each, time, range));
  } else if (value.is_table()) {
    // Where 0 is allowed it is a sensible value, and a normal distribution is likely to touch it.
    const Range clip = range.low == 0.0 && !range.low_open ? range : Range::any();
    const Distribution distribution(value, time, range, clip);
    values.resize(size);
    for (std::uint32_t n = 0; n < size; ++n) {
      values[n] = distribution.draw(random);
      if (!range.contains(values[n]))
        value.fail(fmt::format(
            "neuron {} draws {}; {}: choose mean and std, or a uniform distribution, accordingly",
            n, values[n], range.text(time ? "ms" : "")));
    }
  } else {
    values.push_back(read_value(value, time, range));
  }
  return values;
}

void read_spikes(const TomlValue& value, std::uint32_t size, NeuronId first, Time duration,
                 Trial& trial) {
  const auto neurons = value.list();
  if (neurons.size() != size)
    value.fail(
        fmt::format("{} for {} neurons; write one list of times per neuron, [] for a silent one",
                    value.found(), size));
  const Range range{0.0, duration, false, true};
  for (std::uint32_t n = 0; n < size; ++n) {
    if (!neurons[n].is_list())
      neurons[n].fail(fmt::format(
          "{} is no list; write one list of times per neuron: [[\"1 ms\", \"6 ms\"], []]",
          neurons[n].found()));
    std::vector<std::pair<Time, const TomlValue*>> times;
    const auto list = neurons[n].list();
    times.reserve(list.size());
    for (const TomlValue& time : list) times.emplace_back(time.time(range), &time);
    std::stable_sort(times.begin(), times.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t k = 0; k < times.size(); ++k) {
      if (k > 0 && times[k].first == times[k - 1].first)
        times[k].second->fail(fmt::format(
            "{} is given twice for neuron {}; a neuron fires once at a time, remove one",
            times[k].second->found(), n));
      trial.inputs.push_back({times[k].first, first + n});
    }
  }
}

struct ReadPopulation {
  TomlTable table;
  PopulationSpec spec;
  std::vector<ParameterKind> learned;
};

ReadPopulation read_population(TomlTable table, NeuronId first, const NetworkContext& context,
                               Trial& trial) {
  std::vector<std::string> keys = {"name", "size", "model", "receptors", "spikes", "learn"};
  for (const ParameterKind kind : neuron_parameter_kinds) keys.emplace_back(name(kind));
  table.known(keys);
  PopulationSpec spec;
  const TomlValue name_value = table.require("name", "name = \"hidden\"");
  spec.name = read_name(name_value, "give the population a name");
  const TomlValue size = table.require("size", "size = 10, the number of neurons");
  spec.size = static_cast<std::uint32_t>(size.integer(1, context.limits.neurons));
  if (spec.size > context.limits.neurons - first)
    size.fail(fmt::format("with {} the network has more than {} neurons; make it smaller",
                          size.found(), context.limits.neurons));

  const bool fed = table.has("spikes") || spec.name == context.data_population;
  spec.model = fed ? Model::input : Model::cuba_lif;
  if (const auto model = table.find("model")) {
    const std::vector<Model> models = all_models();
    std::vector<std::string> names;
    for (const Model m : models) names.emplace_back(name(m));
    spec.model = models[model->choice(names)];
    if (fed && spec.model != Model::input)
      model->fail(fmt::format("{} but it receives {}; only model = \"input\" does", model->found(),
                              table.has("spikes") ? "spikes" : "the data"));
  }

  if (const auto receptors = table.find("receptors")) {
    const auto list = receptors->list();
    if (spec.model->is_input() || (!spec.model->has_receptors() && list.size() > 1))
      receptors->fail(fmt::format("{} has no receptors to choose; remove it", name(spec.model)));
    if (list.empty() || list.size() > max_receptors)
      receptors->fail(
          fmt::format("{}; list 1 to {} shapes, \"exponential\" or \"alpha\", one per receptor",
                      receptors->found(), max_receptors));
    spec.receptors.clear();
    for (const TomlValue& shape : list) {
      spec.receptors.push_back(shape.choice({"exponential", "alpha"}) == 0
                                   ? SynapseShape::exponential
                                   : SynapseShape::alpha);
      if (!spec.model->has_receptors() && spec.receptors[0] != SynapseShape::exponential)
        shape.fail(
            fmt::format("{} has one exponential receptor; remove receptors", name(spec.model)));
    }
  }

  std::string inapplicable = fmt::format(
      "does not apply to model = \"{}\"; remove it, or choose another model", name(spec.model));
  if (spec.model->is_input()) {
    inapplicable =
        "does not apply to an input, which fires when the trial says so; remove it, or set model = "
        "\"cuba_lif\"";
    if (const auto spikes = table.find("spikes"))
      read_spikes(*spikes, spec.size, first, context.duration, trial);
  } else if (spec.model == Model::cuba_li) {
    inapplicable =
        "does not apply to a readout (cuba_li), which never fires; remove it, or set model = "
        "\"cuba_lif\"";
  } else {
    for (std::size_t r = spec.receptors.size(); r < max_receptors; ++r)
      if (const std::string key(name(receptor_kinds[r])); table.has(key))
        table.fail_at_key(key, fmt::format("{} has {} receptors; list one more shape in receptors, "
                                           "or remove it",
                                           spec.name, spec.receptors.size()));
  }
  const std::vector<ParameterKind> kinds = spec.model.parameters(spec.receptors.size());
  std::vector<std::string> learnable;
  for (const ParameterKind kind : kinds) {
    const std::string key(name(kind));
    learnable.push_back(key);
    if (const auto value = table.find(key))
      spec.values(kind) =
          read_neuron_values(*value, kind, spec.size, Random(context.seed, key + "/" + spec.name));
  }
  std::vector<ParameterKind> learned;
  const auto flags = read_learn(table, learnable);
  for (std::size_t k = 0; k < kinds.size(); ++k)
    if (flags[k]) learned.push_back(kinds[k]);
  table.finish(inapplicable);

  if (spec.model.has(ParameterKind::v_threshold, 1) && spec.model.has(ParameterKind::v_reset, 1)) {
    const auto of = [](const std::vector<double>& values, std::uint32_t n) {
      return values[values.size() == 1 ? 0 : n];
    };
    const auto count =
        static_cast<std::uint32_t>(std::max(spec.v_threshold.size(), spec.v_reset.size()));
    for (std::uint32_t n = 0; n < count; ++n)
      if (of(spec.v_reset, n) >= of(spec.v_threshold, n))
        table.fail_at_key(
            table.has("v_reset") ? "v_reset" : "v_threshold",
            fmt::format(
                "neuron {} has v_reset {} and v_threshold {}; v_reset must lie below v_threshold",
                n, of(spec.v_reset, n), of(spec.v_threshold, n)));
  }
  return {std::move(table), std::move(spec), std::move(learned)};
}

// --- projections ---

// A matrix of a projection, row after row; `read` gets each entry with its place in that order.
std::vector<double> read_matrix(const TomlValue& value, const std::string& kind,
                                const PopulationSpec& from, const PopulationSpec& to,
                                const std::function<double(const TomlValue&, std::size_t)>& read) {
  const auto shape = [&] {
    return fmt::format(
        "{} rows, one per neuron of {} (target), of {} {}, one per neuron of {} (source)", to.size,
        to.name, from.size, kind, from.name);
  };
  const auto rows = value.list();
  if (rows.size() != to.size) value.fail(fmt::format("{}; write {}", value.found(), shape()));
  std::vector<double> matrix;
  matrix.reserve(std::size_t{to.size} * from.size);
  for (const TomlValue& row : rows) {
    if (!row.is_list()) row.fail(fmt::format("{} is no row; write {}", row.found(), shape()));
    const auto entries = row.list();
    if (entries.size() != from.size)
      row.fail(fmt::format("this row is {}; write {}", row.found(), shape()));
    for (const TomlValue& entry : entries) matrix.push_back(read(entry, matrix.size()));
  }
  return matrix;
}

// Weights or delays of a projection, handed out pair after pair: row-major, or along the diagonal.
class SynapseValues {
 public:
  static SynapseValues constant(double value) { return {{value}, {}, Random(0, "")}; }
  static SynapseValues listed(std::vector<double> values) {
    return {std::move(values), {}, Random(0, "")};
  }
  static SynapseValues drawn(Distribution distribution, Random random) {
    return {{}, distribution, random};
  }

  double next() {
    if (distribution_) return distribution_->draw(random_);
    return values_.size() == 1 ? values_[0] : values_[at_++];
  }
  // In row-major order; only of listed ones.
  bool is_nan(std::size_t k) const {
    return values_.size() > 1 ? std::isnan(values_[k])
                              : (!values_.empty() && std::isnan(values_[0]));
  }

 private:
  SynapseValues(std::vector<double> values, std::optional<Distribution> distribution, Random random)
      : values_(std::move(values)), distribution_(distribution), random_(random) {}
  std::vector<double> values_;
  std::optional<Distribution> distribution_;
  Random random_;
  std::size_t at_ = 0;
};

struct ReadProjection {
  TomlTable table;
  std::string name;
  bool learn_weight = false, learn_delay = false;
  Range weight_bounds, delay_bounds;
};

Range read_bounds(TomlTable& table, const std::string& kind, bool is_time, double high) {
  Range bounds = is_time ? Range{0.0, high} : Range::any();
  const Range allowed = is_time ? Range::not_negative() : Range::any();
  if (const auto low = table.find(kind + "_min")) bounds.low = read_value(*low, is_time, allowed);
  if (const auto high_value = table.find(kind + "_max"))
    bounds.high = read_value(*high_value, is_time, allowed);
  if (bounds.low > bounds.high) {
    const std::string key = kind + (table.has(kind + "_max") ? "_max" : "_min");
    table.fail_at_key(key, fmt::format("{0}_min {1} lies above {0}_max {2}; exchange or widen them",
                                       kind, bounds.low, bounds.high));
  }
  return bounds;
}

// What is learned of a projection, and between which bounds.
void read_learning(TomlTable& table, const NetworkContext& context, ReadProjection& result) {
  const auto learned = read_learn(table, {"weight", "delay"});
  result.learn_weight = learned[0] != 0;
  result.learn_delay = learned[1] != 0;
  result.weight_bounds = read_bounds(table, "weight", false, 0);
  result.delay_bounds =
      read_bounds(table, "delay", true,
                  result.learn_delay ? context.duration : std::numeric_limits<double>::infinity());
}

// What the projections read so far have used of the limits.
struct Spent {
  std::uint64_t synapses = 0, pairs = 0;
};

ReadProjection read_projection(TomlTable table, const std::vector<PopulationSpec>& populations,
                               const std::vector<std::string>& names, const NetworkContext& context,
                               NetworkBuilder& builder, Spent& spent) {
  table.known({"name", "from", "to", "receptor", "connect", "weight", "delay", "density", "self",
               "learn", "weight_min", "weight_max", "delay_min", "delay_max"});
  const TomlValue from_value =
      table.require("from", "from = \"in\", the population whose spikes it carries");
  const TomlValue to_value =
      table.require("to", "to = \"hidden\", the population that receives them");
  const std::uint32_t source = population_named(from_value, names),
                      target = population_named(to_value, names);
  const PopulationSpec &from = populations[source], &to = populations[target];
  if (!from.model->fires())
    from_value.fail(fmt::format("{} is a readout ({}) and never fires; choose another source",
                                from_value.found(), name(from.model)));
  if (to.model->is_input())
    to_value.fail(fmt::format("{} is an input and receives nothing; choose another target",
                              to_value.found()));

  const auto name_value = table.find("name");
  ReadProjection result{
      table,
      name_value ? read_name(*name_value, "give the projection a name, or leave the key out")
                 : from.name + "->" + to.name,
      false,
      false,
      {},
      {}};
  read_learning(table, context, result);

  unsigned receptor = 0;
  if (const auto value = table.find("receptor"))
    receptor = static_cast<unsigned>(value->integer(1, to.receptors.size())) - 1;
  bool one_to_one = false;
  if (const auto connect = table.find("connect")) {
    one_to_one = connect->choice({"dense", "one_to_one"}) == 1;
    if (one_to_one && from.size != to.size)
      connect->fail(
          fmt::format("{} needs populations of equal size, but {} has {} neurons and {} has {}",
                      connect->found(), from.name, from.size, to.name, to.size));
  }
  const std::uint64_t pairs = one_to_one ? from.size : std::uint64_t{from.size} * to.size;

  const TomlValue weight = table.require(
      "weight", "weight = 1.0, a matrix, or { distribution = \"normal\", mean = 1.0, std = 0.5 }");
  const bool matrix = weight.is_list() && !one_to_one;
  double density = 1.0;
  bool self = true;
  if (const auto value = table.find("density")) {
    density = value->number({0.0, 1.0});
    if (matrix)
      value->fail(
          "does not go with a matrix of weights, which says itself where synapses are (nan: none); "
          "remove it");
    if (one_to_one) value->fail("does not go with connect = \"one_to_one\"; remove it");
  }
  if (const auto value = table.find("self")) {
    self = value->boolean();
    if (source != target)
      value->fail(
          fmt::format("{} and {} are different populations, so no neuron meets itself; remove it",
                      from.name, to.name));
    if (matrix)
      value->fail("does not go with a matrix of weights; write nan on its diagonal instead");
    if (one_to_one && !self)
      value->fail(
          "leaves nothing of a one_to_one projection from a population to itself; remove one of "
          "the two");
  }
  if (pairs > context.limits.pairs - spent.pairs ||
      (density == 1.0 && pairs > context.limits.synapses - spent.synapses))
    table.fail(fmt::format(
        "{} -> {} are {} pairs of neurons; at most {} pairs and {} synapses are possible in all "
        "projections together: make the populations smaller or choose a density below 1",
        from.name, to.name, pairs, context.limits.pairs, context.limits.synapses));
  spent.pairs += pairs;

  // Lists are read entry by entry, so that an error has its place.
  const auto read_list = [&](const TomlValue& value, const std::string& kind,
                             const std::function<double(const TomlValue&, std::size_t)>& read) {
    if (!one_to_one) return SynapseValues::listed(read_matrix(value, kind, from, to, read));
    std::vector<double> values;
    const auto list = value.list();
    if (list.size() != pairs)
      value.fail(fmt::format("{}; a one_to_one projection takes one value for all, or a list of {}",
                             value.found(), pairs));
    values.reserve(list.size());
    for (const TomlValue& each : list) values.push_back(read(each, values.size()));
    return SynapseValues::listed(std::move(values));
  };

  SynapseValues weights = [&] {
    if (weight.is_list())
      return read_list(weight, "weights", [&](const TomlValue& v, std::size_t) {
        return v.is_nan() ? std::numeric_limits<double>::quiet_NaN()
                          : v.number(result.weight_bounds);
      });
    if (weight.is_table())
      return SynapseValues::drawn(
          Distribution(weight, false, result.weight_bounds, result.weight_bounds),
          Random(context.seed, "weight/" + result.name));
    return SynapseValues::constant(weight.number(result.weight_bounds));
  }();

  SynapseValues delays = [&] {
    const auto delay = table.find("delay");
    if (!delay) {
      if (!result.delay_bounds.contains(0.0))
        table.fail_at_key(
            "delay_min",
            fmt::format(
                "the initial delay is 0 ms by default and lies below it; write delay = \"{} ms\"",
                result.delay_bounds.low));
      return SynapseValues::constant(0.0);
    }
    if (delay->is_list())
      return read_list(*delay, "delays", [&](const TomlValue& v, std::size_t k) {
        return weight.is_list() && weights.is_nan(k) ? 0.0 : v.time(result.delay_bounds);
      });
    if (delay->is_table())
      return SynapseValues::drawn(
          Distribution(*delay, true, result.delay_bounds, result.delay_bounds),
          Random(context.seed, "delay/" + result.name));
    return SynapseValues::constant(delay->time(result.delay_bounds));
  }();

  std::vector<SynapseSpec> synapses;
  if (density == 1.0) synapses.reserve(pairs);
  Random chance(context.seed, "density/" + result.name);
  // Every pair draws all its numbers, used or not: a weight does not depend on which other synapses
  // exist.
  const auto visit = [&](std::uint32_t s, std::uint32_t t) {
    const double w = weights.next(), d = delays.next();
    if (density < 1.0 && !(chance.uniform() < density)) return;
    if (std::isnan(w) || (!self && s == t)) return;
    if (synapses.size() >= context.limits.synapses - spent.synapses)
      table.fail(fmt::format("the network has more than {} synapses; choose a smaller density",
                             context.limits.synapses));
    synapses.push_back({s, t, w, d});
  };
  if (one_to_one) {
    for (std::uint32_t n = 0; n < from.size; ++n) visit(n, n);
  } else {
    for (std::uint32_t t = 0; t < to.size; ++t)
      for (std::uint32_t s = 0; s < from.size; ++s) visit(s, t);
  }
  spent.synapses += synapses.size();
  at(table,
     [&] { return builder.connect(source, target, std::move(synapses), result.name, receptor); });
  table.finish("is not used here; remove it");
  return result;
}

std::vector<TomlTable> few(TomlTable& root, std::string_view key, std::size_t most) {
  std::vector<TomlTable> tables = root.tables(key);
  if (tables.size() > most)
    tables[most].fail(
        fmt::format("there are {} of these, and at most {} are possible: join those that are alike",
                    tables.size(), most));
  return tables;
}

// --- the network of a file ---

constexpr const char* said_by_file = "does not apply: the network file says it; remove it";

// The tables under `key`, by the name that each must have.
std::map<std::string, TomlTable> by_name(TomlTable& root, const char* key, std::size_t most,
                                         const std::vector<std::string>& names) {
  std::map<std::string, TomlTable> tables;
  for (TomlTable& table : few(root, key, most)) {
    const TomlValue value = table.require(
        "name", fmt::format("name = \"{}\", one of the network file's", names.front()));
    const std::string name = value.text();
    if (std::find(names.begin(), names.end(), name) == names.end())
      value.fail(fmt::format("the network file has no {} {}{}; it has {}", key, value.found(),
                             suggestion(name, names), fmt::join(names, ", ")));
    if (!tables.emplace(name, table).second)
      value.fail(fmt::format("{} is there twice; join the two tables", value.found()));
  }
  return tables;
}

ReadPopulation complete_population(TomlTable table, bool written, PopulationSpec spec,
                                   NeuronId first, const NetworkContext& context, Trial& trial) {
  std::vector<ParameterKind> learned;
  if (written) {
    std::vector<std::string> keys = {"name", "size", "model", "receptors", "spikes", "learn"};
    for (const ParameterKind kind : neuron_parameter_kinds) keys.emplace_back(name(kind));
    table.known(keys);
    if (const auto spikes = table.find("spikes")) {
      if (!spec.model->is_input())
        spikes->fail(fmt::format("{} is no Input of the network file; remove it", spec.name));
      read_spikes(*spikes, spec.size, first, context.duration, trial);
    }
    const std::vector<ParameterKind> kinds = spec.model.parameters(spec.receptors.size());
    std::vector<std::string> learnable;
    for (const ParameterKind kind : kinds) learnable.emplace_back(name(kind));
    const auto flags = read_learn(table, learnable);
    for (std::size_t k = 0; k < kinds.size(); ++k)
      if (flags[k]) learned.push_back(kinds[k]);
    table.finish(said_by_file);
  }
  if (spec.name == context.data_population && !spec.model->is_input())
    table.fail(fmt::format("the data go to {}, which is no Input of the network file", spec.name));
  return {std::move(table), std::move(spec), std::move(learned)};
}

ReadProjection complete_projection(TomlTable table, bool written,
                                   const NirNetwork::Projection& projection,
                                   const NetworkContext& context) {
  ReadProjection result{table, projection.name, false, false, Range::any(), Range::not_negative()};
  if (!written) return result;
  table.known({"name", "from", "to", "receptor", "connect", "weight", "delay", "density", "self",
               "learn", "weight_min", "weight_max", "delay_min", "delay_max"});
  read_learning(table, context, result);
  for (const SynapseSpec& s : projection.synapses) {
    const auto require = [&](const char* kind, double value, const Range& bounds) {
      if (!bounds.contains(value))
        table.fail(fmt::format("the network file gives synapse ({}, {}) the {} {}; {}", s.target,
                               s.source, kind, value, bounds.text()));
    };
    require("weight", s.weight, result.weight_bounds);
    require("delay", s.delay, result.delay_bounds);
  }
  table.finish(said_by_file);
  result.table = std::move(table);
  return result;
}

// The populations and projections of a scenario, in the order of the network's.
struct Parts {
  std::vector<ReadPopulation> populations;
  std::vector<ReadProjection> projections;
};

Parts read_file_network(TomlTable& root, TomlTable table, const NetworkContext& context,
                        NetworkBuilder& builder, ScenarioNetwork& result) {
  table.known({"file", "hash", "spike_width"});
  result.network_file = read_network_file(table, context.folder, context.network_file);
  NirReading reading;
  reading.limits = context.limits;
  reading.spike_width = table.time("spike_width", reading.spike_width, Range::positive());
  NirNetwork file = read_nir(result.network_file->bytes, result.network_file->path, reading);
  result.warnings = std::move(file.warnings);

  std::vector<std::string> names;
  for (const PopulationSpec& p : file.populations) names.push_back(p.name);
  auto population_tables = by_name(root, "population", context.limits.populations, names);
  names.clear();
  for (const NirNetwork::Projection& p : file.projections) names.push_back(p.name);
  if (names.empty() && root.has("projection")) root.fail_at_key("projection", said_by_file);
  auto projection_tables = by_name(root, "projection", context.limits.projections, names);

  Parts parts;
  NeuronId first = 0;
  for (PopulationSpec& spec : file.populations) {
    const auto own = population_tables.find(spec.name);
    const bool written = own != population_tables.end();
    parts.populations.push_back(complete_population(written ? own->second : table, written,
                                                    std::move(spec), first, context, result.trial));
    const ReadPopulation& p = parts.populations.back();
    at(p.table, [&] { return builder.add(p.spec); });
    first += p.spec.size;
  }
  for (NirNetwork::Projection& projection : file.projections) {
    const auto own = projection_tables.find(projection.name);
    const bool written = own != projection_tables.end();
    parts.projections.push_back(
        complete_projection(written ? own->second : table, written, projection, context));
    at(parts.projections.back().table, [&] {
      return builder.connect(projection.source, projection.target, std::move(projection.synapses),
                             projection.name);
    });
  }
  return parts;
}

Parts read_written_network(TomlTable& root, const NetworkContext& context, NetworkBuilder& builder,
                           ScenarioNetwork& result) {
  Parts parts;
  std::vector<PopulationSpec> specs;
  std::vector<std::string> names;
  NeuronId neurons = 0;
  for (TomlTable& table : few(root, "population", context.limits.populations)) {
    parts.populations.push_back(read_population(std::move(table), neurons, context, result.trial));
    const ReadPopulation& p = parts.populations.back();
    at(p.table, [&] { return builder.add(p.spec); });
    specs.push_back(p.spec);
    names.push_back(p.spec.name);
    neurons += p.spec.size;
  }
  if (parts.populations.empty())
    root.fail(
        "it has no population; add [[population]] with name and size, or [network] with a "
        "file");
  Spent spent;
  for (TomlTable& table : few(root, "projection", context.limits.projections))
    parts.projections.push_back(
        read_projection(std::move(table), specs, names, context, builder, spent));
  return parts;
}

// Whether a NetworkError's `where`, "NAME" or "NAME[...]", speaks of the entity of that name.
bool speaks_of(const std::string& where, const std::string& entity) {
  return where == entity || where.starts_with(entity + "[");
}

[[noreturn]] void place(const NetworkError& e, const TomlTable& root,
                        const std::vector<ReadPopulation>& populations,
                        const std::vector<ReadProjection>& projections) {
  for (const ReadProjection& p : projections)
    if (speaks_of(e.where, p.name)) p.table.fail(e.what());
  for (const ReadPopulation& p : populations)
    if (speaks_of(e.where, p.spec.name)) p.table.fail(e.what());
  root.fail(e.what());
}

// A delay that may shrink to 0 all around a cycle would let cause and effect share an instant.
void check_learned_cycles(const Network& network, const std::vector<ReadProjection>& projections) {
  constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> component(network.neuron_count(), none);
  const NetworkAnalysis analysis = analyse(network, 0);
  for (std::uint32_t c = 0; c < analysis.recurrent.size(); ++c)
    for (const NeuronId n : analysis.recurrent[c].neurons) component[n] = c;
  for (std::size_t p = 0; p < projections.size(); ++p) {
    if (!projections[p].learn_delay || projections[p].delay_bounds.low > 0.0) continue;
    const Projection& projection = network.projections()[p];
    const NeuronId source = network.populations()[projection.source].first;
    const NeuronId target = network.populations()[projection.target].first;
    for (SynapseId k = 0; k < projection.size; ++k) {
      const std::uint32_t c = component[source + projection.sources[k]];
      if (c == none || c != component[target + projection.targets[k]]) continue;
      const std::string message =
          "this projection lies on a cycle and its delays are learned: delay_min must be above 0, "
          "so that a neuron never "
          "hears itself at the instant it fires; write delay_min = \"0.1 ms\"";
      if (projections[p].table.has("delay_min"))
        projections[p].table.fail_at_key("delay_min", message);
      projections[p].table.fail_at_key("learn", message);
    }
  }
}

}  // namespace

std::uint32_t population_named(const TomlValue& name, const std::vector<std::string>& names) {
  const std::string wanted = name.text();
  const auto found = std::find(names.begin(), names.end(), wanted);
  if (found == names.end())
    name.fail(fmt::format("there is no population {}{}; the populations are {}", name.found(),
                          suggestion(wanted, names), fmt::join(names, ", ")));
  return static_cast<std::uint32_t>(found - names.begin());
}

std::vector<std::string> population_names(const Network& network) {
  std::vector<std::string> names;
  for (const Population& p : network.populations()) names.push_back(p.name);
  return names;
}

ScenarioNetwork read_network(TomlTable& root, const NetworkContext& context) {
  ScenarioNetwork result;
  result.trial.duration = context.duration;
  NetworkBuilder builder;

  auto file = root.single("network");
  const Parts parts = file ? read_file_network(root, std::move(*file), context, builder, result)
                           : read_written_network(root, context, builder, result);
  const auto& [populations, projections] = parts;
  std::sort(result.trial.inputs.begin(), result.trial.inputs.end());

  try {
    result.network = builder.build();
  } catch (const NetworkError& e) {
    place(e, root, populations, projections);
  }
  check_learned_cycles(result.network, projections);

  Learning& learning = result.learning = Learning::none(result.network);
  const ParameterLayout& layout = result.network.layout();
  for (std::size_t p = 0; p < projections.size(); ++p) {
    const Projection& projection = result.network.projections()[p];
    const auto set = [&](ParameterKind kind, bool learned, const Range& bounds) {
      const std::size_t begin = layout.offset(kind) + projection.first;
      for (std::size_t k = begin; k < begin + projection.size; ++k) {
        learning.learned[k] = learned ? 1 : 0;
        learning.lower[k] = bounds.low;
        learning.upper[k] = bounds.high;
      }
    };
    set(ParameterKind::weight, projections[p].learn_weight, projections[p].weight_bounds);
    set(ParameterKind::delay, projections[p].learn_delay, projections[p].delay_bounds);
  }
  for (std::size_t p = 0; p < populations.size(); ++p)
    for (const ParameterKind kind : populations[p].learned) {
      const Population& population = result.network.populations()[p];
      for (NeuronId n = population.first; n < population.first + population.size; ++n) {
        const std::size_t k = layout.offset(kind) + n;
        const double value = result.network.parameters()[k];
        if (value < learning.lower[k] || value > learning.upper[k])
          populations[p].table.fail_at_key(
              "learn", fmt::format("neuron {} starts with {} {}, but learning keeps it between {} "
                                   "and {}; start within or do "
                                   "not learn it",
                                   n - population.first, name(kind), value, learning.lower[k],
                                   learning.upper[k]));
        learning.learned[k] = 1;
      }
    }
  return result;
}

}  // namespace retrograde

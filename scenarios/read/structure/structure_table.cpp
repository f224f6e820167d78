#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/read/structure/structure_table.hpp>

namespace retrograde {

namespace {

const std::vector<std::string> rule_names = {"fixed", "deep_r", "rigl", "deep_r_rigl"};
const std::vector<std::string> of_growth = {"removal",     "growth",       "every",     "fraction",
                                            "until",       "grown_weight", "moments",   "crossed",
                                            "temperature", "grown_delay",  "delay_min", "delay_max",
                                            "delay_step",  "candidates"};

// One of the names of an enumeration, in its order, from `first` on.
template <typename Enum>
void read_choice(TomlTable& table, const char* key, const std::vector<std::string>& names,
                 Enum& value, int first = 0) {
  if (const auto written = table.find(key))
    value = static_cast<Enum>(static_cast<int>(written->choice(names)) + first);
}

bool learns_weights(const FullNetwork& full, const Projection& p) {
  return p.size > 0 && full.learning.count(p.first, std::size_t{p.first} + p.size) == p.size;
}

// Whose structure it is: those that are named, or all that learn their weights.
std::vector<char> read_projections(TomlTable& table, const FullNetwork& full) {
  const auto& projections = full.network.projections();
  std::vector<char> chosen(projections.size(), 0);
  const auto written = table.find("projections");
  if (!written) {
    for (std::size_t p = 0; p < projections.size(); ++p)
      chosen[p] = learns_weights(full, projections[p]);
    if (std::find(chosen.begin(), chosen.end(), 1) == chosen.end())
      table.fail("no projection learns its weights; write learn = [\"weight\"] in one");
    return chosen;
  }
  std::vector<std::string> names;
  names.reserve(projections.size());
  for (const Projection& p : projections) names.push_back(p.name);
  for (const TomlValue& name : written->list()) {
    const std::string wanted = name.text();
    const auto found = std::find(names.begin(), names.end(), wanted);
    if (found == names.end())
      name.fail(fmt::format("there is no projection {}{}; the projections are {}", name.found(),
                            suggestion(wanted, names), fmt::join(names, ", ")));
    const auto p = static_cast<std::size_t>(found - names.begin());
    if (chosen[p]) name.fail(fmt::format("{} is listed twice; once is enough", name.found()));
    if (!learns_weights(full, projections[p]))
      name.fail(fmt::format("{} does not learn its weights; write learn = [\"weight\"] there",
                            name.found()));
    chosen[p] = 1;
  }
  if (std::find(chosen.begin(), chosen.end(), 1) == chosen.end())
    written->fail("it is empty; name projections, or leave the key out for all that learn weights");
  return chosen;
}

void read_signs(TomlTable& table, StructureSpec& spec) {
  read_choice(table, "signs", {"free", "synapse", "neuron"}, spec.signs);
  if (const auto share = table.find("excitatory")) {
    if (spec.signs == Signs::free)
      share->fail(
          "has no effect, since weights may have any sign; write signs = \"neuron\" or "
          "\"synapse\", or remove it");
    spec.excitatory = share->number({0.0, 1.0});
  }
}

void read_removal(TomlTable& table, const TrainSpec& train, StructureSpec& spec) {
  read_choice(table, "removal", {"sign", "magnitude"}, spec.removal, 1);
  const bool by_sign = spec.removal == Removal::sign;
  spec.every = table.integer("every", spec.every, 1);
  spec.until = 0.75 * train.epochs;
  for (const char* key : {"fraction", "until"})
    if (by_sign && table.has(key))
      table.fail_at_key(key,
                        "has no effect with removal = \"sign\", which removes what has crossed 0 "
                        "to the end; remove it, or write removal = \"magnitude\"");
  spec.fraction = table.number("fraction", spec.fraction, {0.0, 1.0, true, false});
  spec.until = table.number("until", spec.until, Range::positive());
  for (const char* key : {"crossed", "temperature"})
    if (!by_sign && table.has(key))
      table.fail_at_key(key,
                        "has no effect with removal = \"magnitude\", under which no weight "
                        "crosses; remove it, or write removal = \"sign\"");
  spec.temperature = table.number("temperature", spec.temperature, Range::not_negative());
  if (const auto crossed = table.find("crossed")) {
    spec.keep_crossed = crossed->choice({"cleared", "kept"}) == 1;
    if (spec.keep_crossed && spec.every > 1)
      crossed->fail(
          "what has crossed is kept until the next batch, and every says that it is removed more "
          "seldom; write every = 1, or remove it");
  }
  if (by_sign && spec.signs == Signs::free)
    table.fail_at_key(table.has("signs") ? "signs" : "removal",
                      "removal = \"sign\" removes what crosses 0 against its sign, and signs are "
                      "free; write signs = \"synapse\" or \"neuron\", or removal = \"magnitude\"");
  // It would lift inhibitory weights to 0, where the next batch takes them for crossed.
  if (by_sign && train.silent_increment > 0.0)
    table.fail_at_key(
        table.has("removal") ? "removal" : "rule",
        fmt::format("silent_increment = {:g} of [train] lifts negative weights onto silent neurons "
                    "to 0, and removal = \"sign\" takes such synapses away; remove "
                    "silent_increment, or write removal = \"magnitude\"",
                    train.silent_increment));
}

void read_growth(TomlTable& table, StructureSpec& spec) {
  read_choice(table, "growth", {"random", "gradient", "signed_gradient"}, spec.growth);
  if (spec.growth == Growth::signed_gradient && spec.signs == Signs::free)
    table.fail_at_key(
        table.has("growth") ? "growth" : "signs",
        "growth = \"signed_gradient\" asks which magnitude would lower the loss under the sign of "
        "its synapse, and signs are free; write growth = \"gradient\", or give signs");
  if (const auto weight = table.find("grown_weight")) {
    spec.grown_weight = weight->number(Range::not_negative());
    if (spec.grown_weight > 0.0 && spec.signs == Signs::free)
      weight->fail("a weight above 0 needs a sign, and signs are free; write 0, or give signs");
  } else if (spec.signs == Signs::free) {
    spec.grown_weight = 0.0;
  }
  if (const auto moments = table.find("moments"))
    spec.keep_moments = moments->choice({"cleared", "kept"}) == 1;
  if (const auto sample = table.find("candidates")) {
    if (!spec.by_gradient())
      sample->fail("has no effect with growth = \"random\", which looks at no gradient; remove it");
    spec.sample = static_cast<std::uint32_t>(sample->integer(1, 0xffffffffu));
  }
}

// Whether a pair of a projection lies on a cycle of pairs.
bool has_cycle(const FullNetwork& full, std::uint32_t projection,
               const std::vector<std::size_t>& groups) {
  const Projection& p = full.network.projections()[projection];
  const NeuronId first_source = full.network.populations()[p.source].first;
  const NeuronId first_target = full.network.populations()[p.target].first;
  if (full.dense.empty() || !full.dense[projection]) {
    for (SynapseId k = 0; k < p.size; ++k) {
      const std::size_t group = groups[first_target + p.targets[k]];
      if (group > 0 && groups[first_source + p.source_of(k)] == group) return true;
    }
    return false;
  }
  const auto of = [&](NeuronId first, std::uint32_t population) {
    const auto begin = groups.begin() + first;
    return std::set<std::size_t>(begin, begin + full.network.populations()[population].size);
  };
  const std::set<std::size_t> sources = of(first_source, p.source);
  for (const std::size_t group : of(first_target, p.target))
    if (group > 0 && sources.contains(group)) return true;
  return false;
}

// Delays that a grown synapse may get have to be those that its projection allows.
void check_grown_delays(const TomlTable& table, const FullNetwork& full,
                        const StructureSpec& spec) {
  const std::size_t offset = full.network.layout().offset(ParameterKind::delay);
  const std::vector<std::size_t> groups = recurrent_groups(full.network, full.dense);
  const Learning& learning = full.learning;
  for (std::uint32_t p = 0; p < full.network.projections().size(); ++p) {
    const Projection& projection = full.network.projections()[p];
    if (!spec.projections[p]) continue;
    const std::size_t begin = offset + projection.first;
    learning.for_each_alike(
        begin, begin + projection.size, [&](std::size_t, std::size_t, const ValueRange& range) {
          if (!range.learned || (spec.delay_min >= range.lower && spec.delay_max <= range.upper))
            return;
          table.fail_at_key(
              spec.delay_min < range.lower ? "delay_min" : "delay_max",
              fmt::format("grown synapses would get delays from {:g} to {:g} ms, and projection {} "
                          "learns delays between {:g} and {:g} ms; write delay_min and delay_max "
                          "within",
                          spec.delay_min, spec.delay_max, projection.name, range.lower,
                          range.upper));
        });
    if (spec.delay_min <= 0.0 && has_cycle(full, p, groups))
      table.fail_at_key(table.has("delay_min") ? "delay_min" : "grown_delay",
                        fmt::format("synapses of projection {} lie on cycles, where a delay must "
                                    "be above 0; write delay_min = \"0.1 ms\"",
                                    projection.name));
  }
}

void read_grown_delay(TomlTable& table, const FullNetwork& full, StructureSpec& spec) {
  read_choice(table, "grown_delay", {"pair", "drawn", "best"}, spec.delay);
  const auto needless = [&](const char* key, const char* with) {
    if (table.has(key))
      table.fail_at_key(key,
                        fmt::format("has no effect without grown_delay = {}; remove it", with));
  };
  if (spec.delay != GrownDelay::best) needless("delay_step", "\"best\"");
  if (spec.delay == GrownDelay::pair) {
    needless("delay_min", "\"drawn\" or \"best\"");
    needless("delay_max", "\"drawn\" or \"best\"");
    return;
  }
  if (spec.delay == GrownDelay::best && !spec.by_gradient())
    table.fail_at_key("grown_delay",
                      "the best delay is that with the most promising gradient, and growth = "
                      "\"random\" looks at none; write growth = \"gradient\", or grown_delay = "
                      "\"drawn\"");
  spec.delay_min = table.time("delay_min", 0.0);
  spec.delay_max = table.require("delay_max", "delay_max = \"20 ms\"").time();
  if (!(spec.delay_min < spec.delay_max))
    table.fail_at_key(
        "delay_max", fmt::format("delay_max {:g} ms does not lie above delay_min {:g} ms; exchange "
                                 "or widen them",
                                 spec.delay_max, spec.delay_min));
  if (spec.delay == GrownDelay::best)
    spec.delay_step = table.require("delay_step", "delay_step = \"1 ms\"").time(Range::positive());
  if (spec.delay == GrownDelay::best && spec.delay_step > spec.delay_max - spec.delay_min)
    table.fail_at_key(
        "delay_step",
        fmt::format("{:g} ms from delay_min {:g} ms on is beyond delay_max {:g} ms, so that there "
                    "is one delay to choose from; write a shorter one",
                    spec.delay_step, spec.delay_min, spec.delay_max));
  if (spec.delay == GrownDelay::best && (spec.delay_max - spec.delay_min) / spec.delay_step > 1e4)
    table.fail_at_key("delay_step",
                      "more than 10,000 delays would be looked at for each pair; "
                      "write a longer one");
  check_grown_delays(table, full, spec);
}

// What weight_l1 of [train] or a projection pulls on the weights of these projections.
double weight_l1_of(const FullNetwork& full, const StructureSpec& spec) {
  double most = 0.0;
  for (std::size_t p = 0; p < full.network.projections().size(); ++p) {
    if (!spec.projections[p]) continue;
    double own = full.train.weight_l1;
    for (const LearningGroup& group : full.learning.groups)
      if (group.begin == full.network.projections()[p].first &&
          group.end <= full.network.synapse_count())
        own = group.l1.value_or(own);
    most = std::fmax(most, own);
  }
  return most;
}

// One L1 at most pulls on a weight; and weight_l1 would hold at 0 what is to cross.
void read_l1(TomlTable& table, const FullNetwork& full, StructureSpec& spec) {
  const auto l1 = table.find("l1");
  if (l1) spec.l1 = l1->number(Range::not_negative());
  read_choice(table, "l1_step", {"gradient", "proximal"}, spec.l1_step);
  if (!(spec.l1 > 0.0) && table.has("l1_step"))
    table.fail_at_key("l1_step", "has no effect without l1; write l1 = 0.01, or remove it");
  const double other = weight_l1_of(full, spec);
  if (!(other > 0.0) || (!(spec.l1 > 0.0) && spec.removal != Removal::sign)) return;
  table.fail_at_key(l1 ? "l1" : "rule",
                    fmt::format("weight_l1 = {0:g} pulls on the weights of these projections, too, "
                                "and stops at 0; remove it, and write l1 = {0:g} with l1_step = "
                                "\"proximal\" here, or weight_l1 = 0 in the projections",
                                other));
}

// What of the projections does not go with a structure.
void check_projections(const TomlTable& table, const FullNetwork& full, const StructureSpec& spec) {
  const ParameterLayout& layout = full.network.layout();
  const std::size_t delay = layout.offset(ParameterKind::delay);
  for (std::size_t p = 0; p < full.network.projections().size(); ++p) {
    const Projection& projection = full.network.projections()[p];
    if (!spec.projections[p]) continue;
    const Learning& learning = full.learning;
    if (spec.signs != Signs::free && (std::isfinite(learning.lower[projection.first]) ||
                                      std::isfinite(learning.upper[projection.first])))
      table.fail_at_key(table.has("signs") ? "signs" : "rule",
                        fmt::format("a sign bounds a weight by itself; remove weight_min and "
                                    "weight_max of projection {}, or write signs = \"free\"",
                                    projection.name));
    if (spec.dynamic() &&
        (learning.lower[projection.first] > 0.0 || learning.upper[projection.first] < 0.0))
      table.fail_at_key("rule",
                        fmt::format("a grown synapse begins with the weight 0, and the weights of "
                                    "projection {} stay between {:g} and {:g}; write weight_min "
                                    "and weight_max that include 0, or rule = \"fixed\"",
                                    projection.name, learning.lower[projection.first],
                                    learning.upper[projection.first]));
    for (const LearningGroup& group : learning.groups)
      if (group.most && group.begin == delay + projection.first)
        table.fail(
            fmt::format("the delays of projection {} have a share (delay_share), and its "
                        "synapses come and go; remove delay_share, or name other "
                        "projections",
                        projection.name));
  }
}

// Each batch that rewires looks at all of them.
void check_candidates(const TomlTable& table, const StructurePlan& plan) {
  constexpr std::uint64_t most = 10'000'000;
  const StructureSpec& spec = plan.spec();
  if (!spec.by_gradient()) return;
  std::uint64_t absent = 0;
  for (const StructurePlan::Region& region : plan.regions()) absent += region.pairs - region.budget;
  const std::uint64_t looked_at =
      spec.sample > 0 ? std::min<std::uint64_t>(spec.sample, absent) : absent;
  const std::uint64_t delays = std::max<std::uint64_t>(grown_delays(spec).size(), 1);
  if (looked_at <= most / delays) return;
  const bool best = spec.delay == GrownDelay::best;
  table.fail_at_key(
      best                      ? "delay_step"
      : table.has("candidates") ? "candidates"
                                : "growth",
      fmt::format("{} pairs without a synapse would be looked at with {} delay{} each, more than "
                  "{} in all; write candidates = {}{}",
                  looked_at, delays, delays == 1 ? "" : "s", most, most / delays,
                  best ? " or fewer, or a longer delay_step" : " or fewer"));
}

}  // namespace

std::optional<std::vector<std::string>> structure_projections(const toml::table& document) {
  const toml::node_view structure = document["structure"];
  if (!structure) return std::nullopt;
  std::vector<std::string> names;
  if (const toml::array* const listed = structure["projections"].as_array())
    for (const toml::node& name : *listed) names.push_back(name.value_or(std::string()));
  return names;
}

std::shared_ptr<const StructurePlan> read_structure(TomlTable table, const FullNetwork& full) {
  std::vector<std::string> keys = {"rule",  "density",    "budget", "projections",
                                   "signs", "excitatory", "l1",     "l1_step"};
  keys.insert(keys.end(), of_growth.begin(), of_growth.end());
  table.known(keys);
  StructureSpec spec;
  StructureRule rule = StructureRule::fixed;
  read_choice(table, "rule", rule_names, rule);
  apply(rule, spec);
  spec.density = table.require("density", "density = 0.1, the share of pairs that have a synapse")
                     .number({0.0, 1.0, true, false});
  spec.projections = read_projections(table, full);
  read_choice(table, "budget", {"uniform", "erdos_renyi", "network"}, spec.budget);
  read_signs(table, spec);
  if (rule == StructureRule::deep_r)
    for (const char* key : {"l1", "temperature"})
      if (!table.has(key))
        table.fail(
            fmt::format("{} is missing: rule = \"deep_r\" has no number of its own for it; "
                        "write one, or 0 for none: l1 = 1e-4, temperature = 1e-9",
                        key));
  if (spec.dynamic()) {
    read_removal(table, full.train, spec);
    read_growth(table, spec);
    read_grown_delay(table, full, spec);
  }
  read_l1(table, full, spec);
  table.finish(
      "has no effect with rule = \"fixed\", whose synapses stay; remove it, or write "
      "rule = \"deep_r\", \"rigl\" or \"deep_r_rigl\"");
  check_projections(table, full, spec);
  try {
    const auto plan = std::make_shared<const StructurePlan>(
        Pairs(full.network, full.learning, full.dense), spec, full.seed, full.most_synapses);
    check_candidates(table, *plan);
    return plan;
  } catch (const NetworkError& error) {
    table.fail_at_key("density", error.what());
  }
}

}  // namespace retrograde

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <string>
#include <utility>
#include <vector>

#include <retrograde/scenarios/read/pursuit/pursuit_tables.hpp>
#include <retrograde/scenarios/read/study_spec.hpp>

namespace retrograde {

namespace {

constexpr std::size_t most_radii = 1000;

SolverSpec read_solver(TomlTable table, std::uint32_t group_size) {
  table.known({"l1", "l2", "non_negative", "solver", "tolerance", "theta", "tau", "delay"});
  SolverSpec s;
  s.l1 = table.number("l1", s.l1, Range::not_negative());
  s.l2 = table.number("l2", s.l2, Range::not_negative());
  if (!(s.l1 + s.l2 > 0.0))
    table.fail("nothing makes the code sparse; write l1 = 0.1, or l2 = 0.1 for groups");
  if (group_size == 1 && s.l1 > 0.0 && s.l2 > 0.0)
    table.fail_at_key("l2",
                      "groups of one coefficient have the same norm both ways; write the sum as "
                      "l1, or a group_size in [dictionary]");
  s.non_negative = table.boolean("non_negative", false);
  const std::vector<std::string> solvers = {"fista", "events"};
  if (const auto solver = table.find("solver"))
    s.solver = static_cast<PursuitSolverKind>(solver->choice(solvers));
  if (s.solver == PursuitSolverKind::events) {
    s.theta = table.number("theta", s.theta, Range::positive());
    s.tau = table.time("tau", s.tau, Range::positive());
    s.delay = table.time("delay", s.delay);
    s.tolerance = table.number("tolerance", 0.0, Range::positive());
    // The smaller of the two that count.
    const double weight = s.l1 > 0.0 && s.l2 > 0.0 ? std::min(s.l1, s.l2) : std::max(s.l1, s.l2);
    if (!(s.theta < weight))
      table.fail_at_key("theta",
                        fmt::format("{:g} is not below the weights, {:g}, and rounds them away; "
                                    "write a hundredth of them, theta = {:g}",
                                    s.theta, weight, weight / 100.0));
  } else {
    s.tolerance = table.number("tolerance", s.tolerance, {1e-14, 1.0, false, true});
  }
  table.finish("does not apply to solver = \"fista\"; remove it, or write solver = \"events\"");
  return s;
}

std::optional<ApproximatorSpec> read_approximator(TomlTable table, const PursuitSpec& spec) {
  table.known({"kind", "signals", "epochs"});
  const std::size_t kind = table.require("kind", "\"dense\"")
                               .choice({"none", "linear_transformer", "dense", "dense_deep"});
  if (kind > 0) {
    if (!spec.classifier || spec.classifier->features != CodeFeatures::norms)
      table.fail(
          "it answers with the norms of groups; write features = \"norms\" in [classifier], or "
          "remove it");
    ApproximatorSpec a;
    a.kind = static_cast<ApproximatorKind>(kind - 1);
    a.signals = table.integer("signals", a.signals, 100, 1'000'000);
    a.epochs = table.integer("epochs", a.epochs, 1, 100'000);
    return a;
  }
  table.finish("does not apply to kind = \"none\"; remove it");
  return {};
}

ClassifierSpec read_classifier(TomlTable table, const SignalsSpec& data, std::uint64_t seed) {
  table.known({"features", "weights", "seed"});
  ClassifierSpec c;
  c.seed = seed;
  if (const auto features = table.find("features"))
    c.features = static_cast<CodeFeatures>(features->choice({"codes", "norms"}));
  if (const auto weights = table.find("weights"))
    c.learned = weights->choice({"normal", "learned"}) == 1;
  const bool made = std::holds_alternative<GroupCodesData>(data);
  if (c.learned && made)
    table.fail_at_key("weights",
                      "the labels of kind = \"group_codes\" are the decisions of this classifier; "
                      "write weights = \"normal\"");
  if (!c.learned && !made)
    table.fail(
        "a drawn classifier knows nothing of the labels of the data; write weights = \"learned\"");
  if (const auto given = table.find("seed")) c.seed = read_seed(*given);
  return c;
}

// Of a training without a classifier: keys that would change nothing, or make nothing be learned.
void refuse_classification(const TomlTable& table, const PursuitTraining& t) {
  for (const char* key : {"classifier_rate", "penalty_rate", "unsupervised"})
    if (table.has(key))
      table.fail_at_key(key,
                        "a dictionary that is learned alone has no classifier, whose decisions it "
                        "would serve; add [classifier] with weights = \"learned\", or remove it");
  if (t.loss.reconstruction == 0.0)
    table.fail_at_key("reconstruction",
                      "a dictionary that is learned alone learns from it; write a number above 0, "
                      "or add [classifier] with weights = \"learned\"");
}

PursuitTraining read_pursuit_train(TomlTable table, const DictionarySpec& dictionary, bool decides,
                                   std::uint64_t seed) {
  table.known({"epochs", "batch", "rate", "classifier_rate", "penalty_rate", "schedule", "patience",
               "iterations", "reconstruction", "coherence", "gap", "unsupervised", "warm_up"});
  PursuitTraining t;
  t.seed = seed;
  t.epochs = table.integer("epochs", t.epochs, 1);
  t.batch = table.integer("batch", t.batch, 1);
  t.patience = table.integer("patience", t.patience, 0);
  t.pursuit.iterations = table.integer("iterations", t.pursuit.iterations, 1, 1'000'000);
  if (!dictionary.learned && table.has("rate"))
    table.fail_at_key("rate",
                      "it is that of the dictionary, which is not learned; write learn = true in "
                      "[dictionary], or classifier_rate");
  t.dictionary_rate =
      dictionary.learned ? table.number("rate", t.dictionary_rate, Range::positive()) : 0.0;
  t.classifier_rate = table.number("classifier_rate", t.classifier_rate, Range::positive());
  t.penalty_rate = table.number("penalty_rate", t.penalty_rate, Range::not_negative());
  if (const auto schedule = table.find("schedule"))
    if (schedule->choice({"constant", "cosine"}) == 1) t.schedules.list.push_back({Cosine{}});
  t.loss.reconstruction =
      table.number("reconstruction", t.loss.reconstruction, Range::not_negative());
  t.loss.coherence = table.number("coherence", t.loss.coherence, Range::not_negative());
  t.loss.gap = table.number("gap", t.loss.gap, Range::not_negative());
  t.unsupervised = table.integer("unsupervised", t.unsupervised, 0);
  t.warm_up = table.number("warm_up", t.warm_up, Range::not_negative());
  if (!decides) refuse_classification(table, t);
  if (t.loss.gap > 0.0 && dictionary.group_size == 1)
    table.fail_at_key("gap",
                      "it is between active and silent groups, and [dictionary] has groups of one "
                      "atom; write a group_size there, or remove it");
  for (const auto& [key, epochs] :
       {std::pair("warm_up", t.warm_up), std::pair("unsupervised", double{0} + t.unsupervised)})
    if (table.has(key) && epochs >= t.epochs)
      table.fail_at_key(key, fmt::format("{:g} epochs of {} leave none for what is wanted; write "
                                         "fewer",
                                         epochs, t.epochs));
  return t;
}

// The validation part chooses the epoch that is kept.
void require_validation(const TomlTable& data, const SignalsSpec& spec) {
  const auto* mnist = std::get_if<MnistSignals>(&spec);
  const auto* arrays = std::get_if<ArraySignals>(&spec);
  if ((mnist && mnist->validation == 0) || (arrays && arrays->validation == 0))
    data.fail(
        "validation is 0 or missing, and a validation part chooses the epoch that is kept; write "
        "validation = 1000, or how many there are to spare");
}

std::vector<double> radii_of(const TomlValue& value) {
  std::vector<double> radii;
  if (value.is_list()) {
    for (const TomlValue& each : value.list()) radii.push_back(each.number(Range::not_negative()));
    if (radii.empty()) value.fail("it is empty; list radii, such as [0, 0.1, 0.2]");
  } else {
    TomlTable range = value.table();
    range.known({"from", "to", "step"});
    const double from = range.number("from", 0.0, Range::not_negative());
    const double to = range.require("to", "to = 0.5").number(Range::not_negative());
    const double step = range.require("step", "step = 0.05").number(Range::positive());
    const double count = std::floor((to - from) / step + 1e-9) + 1.0;
    if (!(count >= 1.0 && count <= static_cast<double>(most_radii)))
      range.fail(
          fmt::format("it gives {:g} radii, and 1 to {} are possible; write other ends, or "
                      "another step",
                      count, most_radii));
    // As people write them: 0.15 and not 0.15000000000000002.
    for (std::size_t k = 0; k < static_cast<std::size_t>(count); ++k)
      radii.push_back(std::round((from + static_cast<double>(k) * step) * 1e12) / 1e12);
  }
  for (std::size_t k = 1; k < radii.size(); ++k)
    if (!(radii[k - 1] < radii[k]))
      value.fail(fmt::format("{:g} after {:g}: radii ascend, each once", radii[k], radii[k - 1]));
  if (radii.size() > most_radii)
    value.fail(fmt::format("{} radii, and {} is the limit; list fewer", radii.size(), most_radii));
  if (radii.front() > 0.0) radii.insert(radii.begin(), 0.0);
  return radii;
}

void read_pursuit_attack(TomlTable table, PursuitAttackSpec& a) {
  table.known({"norm", "epsilons", "steps", "restarts", "lowest", "highest", "trials", "seed"});
  if (const auto norm = table.find("norm"))
    a.attack.norm = static_cast<AttackNorm>(norm->choice({"l2", "linf"}));
  if (const auto epsilons = table.find("epsilons")) a.attack.epsilons = radii_of(*epsilons);
  a.attack.steps = table.integer("steps", a.attack.steps, 1, 1000);
  a.attack.restarts = table.integer("restarts", a.attack.restarts, 0, 1000);
  a.attack.lowest = table.number("lowest", a.attack.lowest);
  a.attack.highest = table.number("highest", a.attack.highest);
  if (!(a.attack.lowest < a.attack.highest))
    table.fail_at_key("highest", fmt::format("{:g} does not lie above lowest, {:g}",
                                             a.attack.highest, a.attack.lowest));
  a.trials = table.integer("trials", a.trials, 1);
  if (const auto seed = table.find("seed")) a.attack.seed = read_seed(*seed);
}

// What belongs to networks of spiking neurons.
void refuse_networks(TomlTable& root) {
  for (const char* key : {"network", "population", "projection", "loss", "probe", "structure"})
    if (root.has(key))
      root.fail_at_key(key,
                       "does not apply: [dictionary] makes this a scenario of sparse coding, which "
                       "has no populations; remove it, or [dictionary]");
}

}  // namespace

std::string file_beside(const std::string& scenario, const std::string& name) {
  return std::filesystem::absolute(std::filesystem::path(scenario).parent_path() / name)
      .lexically_normal()
      .string();
}

bool is_pursuit(const toml::table& document) { return document.contains("dictionary"); }

PursuitSpec read_pursuit(TomlTable& root, std::uint64_t seed) {
  refuse_networks(root);
  PursuitSpec spec;
  auto data = root.single("data");
  if (!data) root.fail("[data] is missing, the signals; write [data] and kind = \"group_codes\"");
  spec.data = read_signals(*data);
  spec.dictionary = read_dictionary(*root.single("dictionary"), spec.data, seed);
  if (auto* made = std::get_if<GroupCodesData>(&spec.data);
      made && spec.dictionary.atoms > 0 &&
      made->active > spec.dictionary.atoms / spec.dictionary.group_size)
    data->fail_at_key("active", fmt::format("{} active groups of {}; write fewer", made->active,
                                            spec.dictionary.atoms / spec.dictionary.group_size));

  auto pursuit = root.single("pursuit");
  if (!pursuit) root.fail("[pursuit] is missing, what a code costs; write [pursuit] and l1 = 0.1");
  spec.pursuit = read_solver(std::move(*pursuit), spec.dictionary.group_size);
  if (auto table = root.single("classifier"))
    spec.classifier = read_classifier(std::move(*table), spec.data, seed);
  if (const auto* arrays = std::get_if<ArraySignals>(&spec.data);
      arrays && spec.classifier && arrays->labels.empty())
    data->fail("labels is missing, which [classifier] learns; write labels = \"labels.npy\"");
  if (auto* made = std::get_if<GroupCodesData>(&spec.data);
      made && made->margin > 0.0 && !spec.classifier)
    data->fail_at_key("margin", "without [classifier] nothing decides; add one, or remove it");

  if (auto table = root.single("approximator"))
    spec.approximator = read_approximator(std::move(*table), spec);

  const bool learns = spec.dictionary.learned || (spec.classifier && spec.classifier->learned);
  auto train = root.single("train");
  if (train && !learns)
    root.fail_at_key("train",
                     "nothing is learned; write learn = true in [dictionary] or weights = "
                     "\"learned\" in [classifier], or remove it");
  if (learns) {
    require_validation(*data, spec.data);
    const toml::table none;
    const std::string nowhere;
    spec.train = read_pursuit_train(train ? std::move(*train) : TomlTable(nowhere, none, "train"),
                                    spec.dictionary, spec.classifier.has_value(), seed);
  }
  auto attack = root.single("attack");
  if (attack && !spec.classifier)
    root.fail_at_key("attack", "a decision is what is attacked; add [classifier], or remove it");
  for (int k = 0; k <= 10; ++k) spec.attack.attack.epsilons.push_back(k / 20.0);
  spec.attack.attack.seed = seed;
  if (attack) read_pursuit_attack(std::move(*attack), spec.attack);
  if (auto table = root.single("chip")) spec.chip = read_pursuit_chip(std::move(*table));
  return spec;
}

}  // namespace retrograde

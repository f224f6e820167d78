#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <variant>

#include <retrograde/adjoint/loss/silence_margin.hpp>
#include <retrograde/engine/network/cuba_lif_neurons.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/run/idle_settings.hpp>

namespace retrograde {

namespace {

struct RateKey {
  RateClass rates;
  const char* key;
  const char* nothing;  // is learned
  const char* remedy;
};
constexpr std::array<RateKey, rate_class_count> rate_keys = {{
    {RateClass::weight, "weight_rate", "no weight", "write learn = [\"weight\"] in a projection"},
    {RateClass::delay, "delay_rate", "no delay", "write learn = [\"delay\"] in a projection"},
    {RateClass::neuron, "neuron_rate", "no neuron parameter",
     "write learn = [\"tau_mem\"] or the like in a population"},
}};

// Which parameters have a rate of their own, of their population or projection.
Runs<char> rated_apart(const Learning& learning) {
  Runs<char> apart(learning.size(), 0);
  for (const LearningGroup& group : learning.groups)
    if (group.rate) apart.fill(group.begin, group.end - group.begin, 1);
  return apart;
}

// Why the rate of this class moves nothing; empty: it does.
std::string why_idle(const Scenario& scenario, const RateKey& rate) {
  const ParameterLayout& layout = scenario.network.layout();
  const Runs<char> apart = rated_apart(scenario.learning);
  bool any = false, moved = false;
  for (const ParameterKind kind : parameter_kinds) {
    if (rate_class(kind) != rate.rates) continue;
    const std::size_t begin = layout.offset(kind);
    apart.for_each_run(begin, begin + layout.count(kind),
                       [&](std::size_t from, std::size_t to, char own) {
                         const bool some = scenario.learning.count(from, to) > 0;
                         any = any || some;
                         moved = moved || (some && !own);
                       });
  }
  if (moved) return "";
  return any ? "all that it is of have a rate of their own; remove it"
             : fmt::format("{} is learned; remove it, or {}", rate.nothing, rate.remedy);
}

// Whether schedules move the momentum of all that is learned, so that beta1 is nobody's.
bool moves_every_momentum(const Scenario& scenario) {
  const RateFactors factors = rate_factors(
      {.list = scenario.train.schedules, .epochs = scenario.train.epochs}, {}, TrainingPlace{});
  bool any = false;
  for (const ParameterKind kind : parameter_kinds) {
    if (!scenario.learning.any(scenario.network.layout(), kind)) continue;
    if (!factors.momentum_of(kind)) return false;
    any = true;
  }
  return any;
}

// Why [loss.silence] changes nothing; empty: it may.
std::string why_silence_is_idle(const Scenario& scenario, const toml::table& silence) {
  const auto strength = silence["strength"].value<double>();
  if (strength && *strength == 0.0)
    return "strength = 0 in [loss.silence] has no effect: no silence pays for coming close to "
           "the threshold; remove the table, or write a strength above 0";
  // Who may pay: neurons whose threshold is above the level.
  const double level = silence["level"].value_or(SilenceMarginSpec{}.level);
  const Network& network = scenario.network;
  bool any = false;
  for (std::uint32_t p = 0; p < network.populations().size(); ++p) {
    const Population& population = network.populations()[p];
    if (!population.model->fires() || population.model->is_input() ||
        !cuba_lif_dynamics(network, p))
      continue;
    any = true;
    for (NeuronId n = population.first; n < population.first + population.size; ++n)
      if (cuba_lif_neuron(network, n).v_threshold > level) return "";
  }
  return any ? fmt::format(
                   "[loss.silence] has no effect: its level of {:g} is not below any threshold; "
                   "lower it",
                   level)
             : "[loss.silence] has no effect: no population is cuba_lif with one exponential "
               "receptor, and others do not pay; remove the table";
}

// Keys of [train.surrogate] that change nothing, though the method is that.
void add_idle_surrogate(const Scenario& scenario, const toml::table& table, std::uint32_t epochs,
                        std::vector<IdleSetting>& idle) {
  const auto add = [&](const char* key, const std::string& why) {
    if (table.contains(key))
      idle.push_back({fmt::format("surrogate.{}", key),
                      fmt::format("{} in [train.surrogate] has no effect: {}", key, why)});
  };
  const std::vector<char>& dilated = scenario.surrogate->dilated;
  if (std::none_of(dilated.begin(), dilated.end(), [](char c) { return c != 0; })) {
    for (const char* key : {"kernel", "width", "width_end", "width_share"})
      add(key,
          "no delay is learned, so there are no kernels; remove it, or write learn = [\"delay\"] "
          "in "
          "a projection");
  } else if (std::floor(scenario.surrogate->kernel.share * epochs) == 0.0) {
    add("width",
        fmt::format(
            "width_share = {:g} of {} is no epoch, so kernels have width_end from the first "
            "on; remove it, or write a larger width_share",
            scenario.surrogate->kernel.share, plural(epochs, "epoch")));
  }
  const toml::array* const listed = table["batch_norm"].as_array();
  if (!listed || !listed->empty()) return;  // without the list they are refused
  for (const char* key :
       {"batch_norm_gain", "batch_norm_rate", "batch_norm_momentum", "batch_norm_epsilon"})
    add(key, "batch_norm lists no population; list one, or remove it");
}

}  // namespace

std::vector<IdleSetting> idle_settings(const Scenario& scenario, std::uint32_t epochs) {
  std::vector<IdleSetting> idle;
  // Defaults are nobody's mistake: only what is written counts.
  const toml::table document = parse_toml(scenario.text, scenario.file);
  if (const toml::table* const silence = document["loss"]["silence"].as_table())
    if (const std::string why = why_silence_is_idle(scenario, *silence); !why.empty())
      idle.push_back({"loss.silence", why});
  const toml::table* train = document["train"].as_table();
  if (!train) return idle;
  for (const RateKey& rate : rate_keys) {
    const toml::node* written = train->get(rate.key);
    if (!written) continue;
    if (const std::string why = why_idle(scenario, rate); !why.empty())
      idle.push_back({rate.key, fmt::format("{} = {:g} in [train] has no effect: {}", rate.key,
                                            number_of(*written), why)});
  }
  if (train->contains("beta1") && moves_every_momentum(scenario))
    idle.push_back({"beta1",
                    "beta1 in [train] has no effect: schedules with a momentum go before it for "
                    "all that is learned; remove it, or the momentum"});
  for (std::size_t k = 0; k < scenario.train.schedules.size(); ++k) {
    const Schedule& schedule = scenario.train.schedules[k];
    const auto* plateau = std::get_if<Plateau>(&schedule.shape);
    // watch() asks for more than `epochs` epochs since the first, and what it finds after one epoch
    // moves the rates of the next.
    if (!plateau || std::uint64_t{plateau->epochs} + 3 <= epochs) continue;
    idle.push_back({fmt::format("schedule[{}]", k),
                    fmt::format("a plateau with epochs = {} in [train] has no effect: rates could "
                                "change from epoch {} on, "
                                "and training ends with epoch {}; write fewer epochs into the "
                                "schedule, or train longer",
                                plateau->epochs, std::uint64_t{plateau->epochs} + 3, epochs)});
  }
  // A study compares both methods with one [train].
  if (scenario.surrogate && train->contains("grazing"))
    idle.push_back({"grazing",
                    "[train.grazing] has no effect: surrogate gradients divide by no slope; remove "
                    "the table, or write method = \"exact\""});
  // Fine-tuning for the chip is exact.
  if (scenario.surrogate && !scenario.chip.fine_tune && train->contains("batch_groups"))
    idle.push_back(
        {"batch_groups",
         "batch_groups in [train] has no effect: surrogate gradients of a batch are made "
         "together; remove it, or write method = \"exact\""});
  const toml::table* const surrogate = (*train)["surrogate"].as_table();
  if (scenario.surrogate && surrogate) add_idle_surrogate(scenario, *surrogate, epochs, idle);
  if (!scenario.surrogate && train->contains("surrogate"))
    idle.push_back({"surrogate",
                    "[train.surrogate] has no effect with method = \"exact\"; remove the table, or "
                    "write method = \"surrogate\""});
  const std::uint32_t patience = scenario.train.patience;
  // The first epoch is the best one until another is better.
  if (patience > 0 && std::uint64_t{patience} + 1 >= epochs)
    idle.push_back(
        {"patience",
         fmt::format(
             "patience = {} in [train] has no effect: it ends a training after epoch {} at the "
             "earliest, and this one ends with epoch {}; write a smaller patience, or train longer",
             patience, std::uint64_t{patience} + 1, epochs)});
  return idle;
}

}  // namespace retrograde

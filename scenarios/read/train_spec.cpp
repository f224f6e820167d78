#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

#include <retrograde/scenarios/read/train_spec.hpp>

namespace retrograde {

namespace {

bool learns(const Learning& learning, const ParameterLayout& layout, RateClass c) {
  return std::any_of(parameter_kinds.begin(), parameter_kinds.end(), [&](ParameterKind kind) {
    return rate_class(kind) == c && learning.any(layout, kind);
  });
}

const std::vector<std::string> rate_names = {"weight", "delay", "neuron"};

Every read_every(TomlTable& table) {
  const auto every = table.find("every");
  return every && every->choice({"batch", "epoch"}) == 1 ? Every::epoch : Every::batch;
}

EaseIn read_ease_in(TomlTable& table) {
  EaseIn s;
  s.start = table.number("start", s.start, {0.0, 1.0, true, false});
  s.growth = table.number("growth", s.growth, {1.0, Range::any().high, true, false});
  return s;
}

Cosine read_cosine(TomlTable& table) {
  Cosine s;
  s.end = table.number("end", s.end, {0.0, 1.0});
  s.every = read_every(table);
  return s;
}

OneCycle read_one_cycle(TomlTable& table) {
  OneCycle s;
  s.start = table.number("start", s.start, {0.0, 1.0});
  s.peak_at = table.number("peak_at", s.peak_at, {0.0, 1.0, true, true});
  s.end = table.number("end", s.end, {0.0, 1.0});
  s.every = read_every(table);
  if (const auto momentum = table.find("momentum")) {
    const std::vector<TomlValue> ends = momentum->list();
    if (ends.size() != 2)
      momentum->fail(
          "it needs two numbers, at the peak and at both ends; write momentum = [0.85, 0.95]");
    s.momentum = {ends[0].number({0.0, 1.0, false, true}), ends[1].number({0.0, 1.0, false, true})};
    if (!(s.momentum->front() < s.momentum->back()))
      momentum->fail(fmt::format(
          "{:g}, at the peak of the rate, does not lie below {:g}, at both ends; write momentum = "
          "[0.85, 0.95], or beta1 in [train] for one that stays",
          s.momentum->front(), s.momentum->back()));
  }
  return s;
}

Plateau read_plateau(TomlTable& table) {
  Plateau s;
  s.factor = table.number("factor", s.factor, {0.0, 1.0, true, true});
  s.fast = table.number("fast", s.fast, {0.0, 1.0, false, true});
  s.slow = table.number("slow", s.slow, {0.0, 1.0, false, true});
  if (!(s.fast < s.slow))
    table.fail_at_key(table.has("fast") ? "fast" : "slow",
                      fmt::format("fast {:g} does not lie below slow {:g}: the fast average has to "
                                  "forget sooner; write fast = 0.8, slow = 0.85",
                                  s.fast, s.slow));
  s.epochs = table.integer("epochs", s.epochs, 1);
  return s;
}

Schedule read_schedule(TomlTable table, const Learning& learning, const ParameterLayout& layout) {
  const std::vector<std::string> kinds = {"ease_in", "cosine", "one_cycle", "plateau"};
  table.known({"kind", "rates", "start", "growth", "end", "every", "peak_at", "factor", "fast",
               "slow", "epochs", "momentum"});
  Schedule schedule;
  const std::size_t kind = table.require("kind", "kind = \"cosine\"").choice(kinds);
  switch (kind) {
    case 0:
      schedule.shape = read_ease_in(table);
      break;
    case 1:
      schedule.shape = read_cosine(table);
      break;
    case 2:
      schedule.shape = read_one_cycle(table);
      break;
    default:
      schedule.shape = read_plateau(table);
  }
  if (const auto rates = table.find("rates")) {
    schedule.moves.fill(false);
    for (const TomlValue& rate : rates->list()) {
      const std::size_t c = rate.choice(rate_names);
      if (!learns(learning, layout, static_cast<RateClass>(c)))
        rate.fail(fmt::format("nothing is learned whose rate is {}_rate; remove {}, or learn more",
                              rate_names[c], rate.found()));
      schedule.moves[c] = true;
    }
    if (std::none_of(schedule.moves.begin(), schedule.moves.end(), [](bool m) { return m; }))
      rates->fail("it is empty; list \"weight\", \"delay\" or \"neuron\", or leave it out for all");
  }
  table.finish(fmt::format("does not apply to kind = \"{}\"; remove it", kinds[kind]));
  return schedule;
}

// One, or a list.
std::vector<Schedule> read_schedules(TomlTable& table, const Learning& learning,
                                     const ParameterLayout& layout) {
  std::vector<Schedule> schedules;
  const auto value = table.find("schedule");
  if (!value) return schedules;
  if (!value->is_list()) return {read_schedule(value->table(), learning, layout)};
  std::array<bool, rate_class_count> moved = {};  // the momentum of these rates
  for (const TomlValue& each : value->list()) {
    const Schedule& schedule =
        schedules.emplace_back(read_schedule(each.table(), learning, layout));
    const auto* cycle = std::get_if<OneCycle>(&schedule.shape);
    if (!cycle || !cycle->momentum) continue;
    for (std::size_t c = 0; c < rate_class_count; ++c)
      if (schedule.moves[c] && std::exchange(moved[c], true))
        each.fail(fmt::format(
            "two schedules move the momentum of {}; remove momentum from one of them, or give "
            "each other rates",
            rate_names[c]));
  }
  return schedules;
}

// What would pull on nothing.
double read_pull(TomlTable& table, const char* key, RateClass c, const Learning& learning,
                 const ParameterLayout& layout) {
  const auto value = table.find(key);
  if (!value) return 0.0;
  const double pull = value->number(Range::not_negative());
  if (pull > 0.0 && !learns(learning, layout, c))
    value->fail(fmt::format(
        "no {} is learned, so it has no effect; remove it, or write learn = "
        "[\"{}\"]",
        rate_names[static_cast<std::size_t>(c)], rate_names[static_cast<std::size_t>(c)]));
  return pull;
}

// A step that takes a whole weight away, or more, turns its sign.
void check_decay(const TomlTable& table, const Learning& learning, const ParameterLayout& layout,
                 const TrainSpec& train) {
  double most = train.weight_rate * train.weight_decay;
  for (const LearningGroup& group : learning.groups)
    if (group.begin < layout.offset(ParameterKind::delay))  // weights lie before
      most = std::max(
          most, group.rate.value_or(train.weight_rate) * group.decay.value_or(train.weight_decay));
  if (!(most < 1.0))
    table.fail_at_key(
        "weight_decay",
        fmt::format("a step takes weight_rate x weight_decay = {:g} of a weight, here or "
                    "in a projection, and turns its sign; write smaller ones",
                    most));
}

}  // namespace

TrainSpec read_train(TomlTable table, const Learning& learning, const ParameterLayout& layout) {
  table.known({"epochs",      "batch",         "weight_rate", "delay_rate", "neuron_rate",
               "rate_decay",  "beta1",         "beta2",       "epsilon",    "silent_increment",
               "regulariser", "gradient_clip", "grazing",     "schedule",   "patience",
               "best",        "weight_decay",  "weight_l1",   "delay_l1",   "method",
               "surrogate",   "batch_groups",  "device"});
  TrainSpec train;
  train.epochs = table.integer("epochs", train.epochs, 1);
  train.batch = table.integer("batch", train.batch, 1);
  if (const auto device = table.find("device")) {
    train.device = parse_device(device->text());
    if (!train.device) device->fail(fmt::format("it is {}", device_choices));
  }
  if (const auto groups = table.find("batch_groups"))
    train.batch_groups = table.integer("batch_groups", 1, 1);
  train.weight_rate = table.number("weight_rate", train.weight_rate, Range::not_negative());
  train.delay_rate = table.number("delay_rate", train.delay_rate, Range::not_negative());
  train.neuron_rate = table.number("neuron_rate", train.neuron_rate, Range::not_negative());
  train.rate_decay = table.number("rate_decay", train.rate_decay, Range::positive());
  train.schedules = read_schedules(table, learning, layout);
  train.patience = table.integer("patience", train.patience, 0);
  if (const auto best = table.find("best"))
    train.best = static_cast<BestBy>(best->choice({"accuracy", "loss"}));
  const auto pull = [&](const char* key, RateClass c) {
    return read_pull(table, key, c, learning, layout);
  };
  train.weight_decay = pull("weight_decay", RateClass::weight);
  check_decay(table, learning, layout, train);
  train.weight_l1 = pull("weight_l1", RateClass::weight);
  train.delay_l1 = pull("delay_l1", RateClass::delay);
  const Range moment{0.0, 1.0, false, true};
  train.beta1 = table.number("beta1", train.beta1, moment);
  train.beta2 = table.number("beta2", train.beta2, moment);
  train.epsilon = table.number("epsilon", train.epsilon, Range::positive());
  train.silent_increment =
      table.number("silent_increment", train.silent_increment, Range::not_negative());
  train.gradient_clip = table.number("gradient_clip", train.gradient_clip, Range::not_negative());
  if (auto regulariser = table.single("regulariser")) {
    regulariser->known({"strength", "target"});
    train.regulariser_strength =
        regulariser->require("strength", "strength = 1e-3").number(Range::not_negative());
    train.regulariser_target =
        regulariser->require("target", "target = 1.0, in spikes per neuron and trial")
            .number(Range::not_negative());
  }
  if (auto grazing = table.single("grazing")) {
    grazing->known({"policy", "slope_min"});
    constexpr GrazingPolicy policies[] = {GrazingPolicy::keep, GrazingPolicy::clip,
                                          GrazingPolicy::error};
    train.grazing.policy =
        policies[grazing->require("policy", "policy = \"clip\"").choice({"keep", "clip", "error"})];
    train.grazing.slope_min =
        grazing->number("slope_min", train.grazing.slope_min, Range::positive());
  }
  return train;
}

}  // namespace retrograde

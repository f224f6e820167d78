#include <fmt/format.h>
#include <string>
#include <vector>

#include <retrograde/scenarios/read/chip_spec.hpp>

namespace retrograde {

namespace {

// What calibration chooses, and what it is not left to choose.
void read_calibration(TomlTable& table, ChipSpec& chip) {
  const auto calibrate = table.find("calibrate");
  const auto clip = table.find("clip_percentile");
  if (clip) chip.clip_percentile = clip->number({0.0, 100.0, true, false});
  if (calibrate) {
    const std::size_t chosen = calibrate->choice({"none", "clip", "thresholds", "all"});
    chip.calibrates_clipping = chosen == 1 || chosen == 3;
    chip.calibrates_thresholds = chosen >= 2;
    if (clip && chip.calibrates_clipping)
      calibrate->fail(
          fmt::format("\"{0}\" chooses clip_percentile, which is given as {1:g}; remove "
                      "clip_percentile, or write calibrate = \"{2}\"",
                      chosen == 1 ? "clip" : "all", *chip.clip_percentile,
                      chosen == 1 ? "none" : "thresholds"));
  }
  if (clip) chip.calibrates_clipping = false;
}

}  // namespace

ChipSpec read_chip(TomlTable table, ChipSpec chip, bool goes_in_steps) {
  table.known({"kind", "step", "calibrate", "clip_percentile", "groups", "weight_exponent",
               "fine_tune", "overflow", "spike_register"});
  chip.given = true;
  if (const auto kind = table.find("kind")) {
    if (kind->is_text() && kind->text().starts_with("xylo"))
      kind->fail(
          "[chip] says how a network is put on Loihi 2, and of other chips only the step; leave "
          "kind "
          "out and run retro check --chip xylo_audio3");
    kind->choice({"loihi2"});
  }
  if (const auto step = table.find("step")) {
    const Time given = step->time(Range::positive());
    if (goes_in_steps && given != chip.step)
      step->fail(
          fmt::format("the network goes in steps of {:g} ms, and so does its chip; remove the "
                      "key",
                      chip.step));
    chip.step = given;
  }
  read_calibration(table, chip);
  chip.groups = table.integer("groups", chip.groups, 1, 8);
  if (const auto exponent = table.find("weight_exponent")) {
    if (exponent->is_text()) {
      exponent->choice({"auto"});
      chip.weight_exponent.reset();
    } else {
      chip.weight_exponent = static_cast<int>(exponent->integer(0, 7));
    }
  }
  if (auto tune = table.single("fine_tune")) {
    tune->known({"epochs", "rate", "rate_decay"});
    FineTuneSpec spec;
    spec.epochs = tune->integer("epochs", spec.epochs, 1);
    spec.rate = tune->number("rate", spec.rate, Range::positive());
    spec.rate_decay = tune->number("rate_decay", spec.rate_decay, Range::positive());
    chip.fine_tune = spec;
  }
  if (auto overflow = table.single("overflow")) {
    overflow->known({"a", "u", "v"});
    using loihi2::Overflow;
    const auto read = [&](const char* reg, Overflow& value, std::vector<Overflow> choices) {
      std::vector<std::string> names;
      names.reserve(choices.size());
      for (const Overflow choice : choices) names.emplace_back(name(choice));
      if (const auto found = overflow->find(reg)) value = choices[found->choice(names)];
    };
    read("a", chip.semantics.a, {Overflow::keep, Overflow::twos_complement, Overflow::saturate});
    read("u", chip.semantics.u,
         {Overflow::lava_wrap, Overflow::twos_complement, Overflow::saturate});
    read("v", chip.semantics.v, {Overflow::saturate, Overflow::twos_complement});
  }
  if (const auto shown = table.find("spike_register"))
    chip.semantics.spike_register = shown->choice({"zero", "refractory_counter"}) == 0
                                        ? loihi2::SpikeRegister::zero
                                        : loihi2::SpikeRegister::refractory_counter;
  return chip;
}

}  // namespace retrograde

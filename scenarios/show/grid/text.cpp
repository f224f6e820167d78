#include <algorithm>
#include <fmt/format.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/show/grid/text.hpp>

namespace retrograde {

namespace {

std::string row(const GridComparison& c, const GridEntry& entry, const std::string& what) {
  std::string accuracy = "-", between;
  if (const auto share = c.accuracy(entry)) {
    const GridComparison::Bounds bounds = c.accuracy_bounds(entry);
    accuracy = percent_text(share);
    between = fmt::format("{} .. {}", percent_number(bounds.low), percent_number(bounds.high));
  }
  return fmt::format("  {:<14} {:>10}  {:<16} {:>14} {:>12.6g} {:>12}{}\n", what, accuracy, between,
                     percent_text(c.agreement(entry)), entry.loss,
                     short_number(1e3 * entry.seconds), c.differs(entry) ? "  *" : "");
}

// What the table says, in words: up to which step nothing is lost.
std::string verdict(const GridComparison& c) {
  const auto first = std::find_if(c.steps.begin(), c.steps.end(),
                                  [&](const GridEntry& e) { return c.differs(e); });
  if (c.labelled == 0 || c.steps.empty()) return {};
  if (first == c.steps.end())
    return fmt::format("\nUp to {:g} ms no step changes the accuracy by more than chance.\n",
                       c.steps.back().step);
  std::string out = "\n* other than exactly, by more than chance on these trials (95 %)\n";
  if (first == c.steps.begin())
    return out +
           "Every step costs accuracy: time matters at least as finely as the shortest one.\n";
  return out +
         fmt::format("Steps up to {:g} ms do as well as exact time, from {:g} ms on they do not.\n",
                     std::prev(first)->step, first->step);
}

}  // namespace

std::string grid_text(const std::string& name, const GridComparison& c) {
  std::string out =
      fmt::format("\n{}, {}, one thread\n  {:<14} {:>10}  {:<16} {:>14} {:>12} {:>12}\n", name,
                  plural(c.trials, fmt::format("{} trial", retrograde::name(c.part))), "step",
                  "accuracy", "95 %", "same decision", "loss", "ms a trial");
  out += row(c, c.exact, "exact");
  for (const GridEntry& entry : c.steps) out += row(c, entry, fmt::format("{:g} ms", entry.step));
  if (c.chip)
    out += row(c, *c.chip, fmt::format("{:g} ms, chip{}", c.chip->step, c.tuned ? ", tuned" : ""));
  out += verdict(c);
  // judged_part had no other.
  if (c.part == Part::train) out += fmt::format("\n{}\n", no_test_part);
  if (!c.chip_refusal.empty()) out += fmt::format("not on Loihi 2: {}\n", c.chip_refusal);
  return out;
}

}  // namespace retrograde

#include <fmt/format.h>

#include <retrograde/bench/figures/figures.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/suggest.hpp>

namespace retrograde::bench {

const std::vector<FigureMaker>& figures() {
  static const std::vector<FigureMaker> all = {
      {"keyword", true, keyword_figure},
      {"keyword_recurrent", true, keyword_recurrent_figure},
      {"keyword_recurrent_512", true, keyword_recurrent_512_figure},
      {"delay_range", true, delay_range_figure},
      {"scaling", true, scaling_figure},
      {"batch_threads", true, batch_threads_figure},
      {"trial_threads", true, trial_threads_figure},
      {"emulation", true, emulation_figure},
      {"pursuit", true, pursuit_figure},
      {"memory", false, memory_figure},
      {"elementary", false, elementary_figure},
      {"dilated", false, dilated_figure},
      {"mnist", false, mnist_figure}};
  return all;
}

const FigureMaker& figure_named(const std::string& name) {
  std::vector<std::string> names;
  for (const FigureMaker& maker : figures()) {
    if (maker.name == name) return maker;
    names.push_back(maker.name);
  }
  throw UsageError(fmt::format("--only {}: no such figure{}; there are {}", name,
                               suggestion(name, names), fmt::join(names, ", ")));
}

}  // namespace retrograde::bench

// What a batch takes in C++, by the front door (docs/cpp.md), for through_python.py, which holds it against
// the same through Python: for every line "forward" or "gradient" that comes in, one goes out with the
// milliseconds by the clock and of processor time, and the spikes or the mean loss.
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fmt/format.h>
#include <iostream>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <retrograde/adjoint/front.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

using namespace retrograde;

namespace {

double processor_ms() { return 1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// The result, which is gone only when the time is taken.
template <typename Work>
auto timed(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  const double before = processor_ms();
  auto result = work();
  const double used = processor_ms() - before;
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  fmt::print("{} {} ", took.count(), used);
  return result;
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) return 2;
  const Scenario scenario = read_scenario(words[1]);
  const Dataset dataset = load_dataset(scenario, "");
  const LabelledTrials& all = dataset.part(Part::train);
  // Kept, so that neither side makes them while it is timed.
  std::vector<Trial> trials;
  std::vector<int> labels;
  for (std::size_t k = 0; k < static_cast<std::size_t>(std::atoi(words[2])); ++k) {
    trials.push_back(all.trial(k));
    labels.push_back(all.label(k));
  }
  const TrialList list(trials, std::move(labels));
  RunOptions how = scenario.run_options();
  how.readout = scenario.loss->readout();
  GradientOptions options;
  options.run = how;
  for (std::string word; std::cin >> word;) {
    if (word == "forward") {
      const std::vector<Tape> tapes =
          timed([&] { return run(scenario.network, trials, how, scenario.scheduler); });
      std::size_t spikes = 0;
      for (const Tape& tape : tapes) spikes += tape.spikes.size();
      fmt::print("{}\n", spikes);
    } else {
      const MeanGradient gradient = timed([&] {
        return gradient_of(scenario.network, list, *scenario.loss, options, scenario.scheduler);
      });
      fmt::print("{}\n", gradient.loss());
    }
    std::fflush(stdout);
  }
}

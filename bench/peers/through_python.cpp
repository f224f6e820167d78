// What the mean gradient of a batch takes in C++, for through_python.py, which holds it against the same
// through Python: the milliseconds of each round, one a line.
#include <chrono>
#include <cstdlib>
#include <fmt/format.h>
#include <numeric>
#include <vector>

#include <retrograde/adjoint/tape_gradients.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

int main(int count, char** words) {
  using namespace retrograde;
  if (count != 4) return 2;
  const Scenario scenario = read_scenario(words[1]);
  const Dataset dataset = load_dataset(scenario, "");
  const LabelledTrials& all = dataset.part(Part::train);
  std::vector<std::uint32_t> batch(static_cast<std::size_t>(std::atoi(words[2])));
  std::iota(batch.begin(), batch.end(), 0u);
  // Kept, so that neither side makes them while it is timed.
  std::vector<Trial> trials;
  std::vector<int> labels;
  for (const std::uint32_t k : batch) {
    trials.push_back(all.trial(k));
    labels.push_back(all.label(k));
  }
  const TrialList list(std::move(trials), std::move(labels));
  GradientOptions options;
  options.run = scenario.run_options();
  BatchGradient result;
  for (int round = std::atoi(words[3]); round > 0; --round) {
    const auto start = std::chrono::steady_clock::now();
    TapeGradients(scenario.scheduler)
        .make(scenario.network, list, batch, *scenario.loss, options, result);
    fmt::print("{}\n", std::chrono::duration<double, std::milli>(
                           std::chrono::steady_clock::now() - start)
                           .count());
  }
}

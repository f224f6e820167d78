// bench_lava FILE: compares the emulator with the run that Lava recorded (tests/lava/recorder.py)
// and prints the seconds that a step takes, on one thread, and how many values were equal. Exit
// status 1 if one is not, or if two threads come to other bits than one. against_lava.py calls it.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <tbb/global_control.h>
#include <vector>

#include <retrograde/engine/parallel.hpp>

#include "tests/support/lava_run.hpp"

namespace {

using namespace retrograde;
using namespace retrograde::loihi2;

std::vector<Emulation> batch(const Emulator& emulator, const test::LavaRun& run,
                             std::size_t threads) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
  std::vector<Emulation> results(8);
  for_each_trial(results.size(),
                 [&](std::size_t k) { results[k] = emulator.run(run.inputs, run.steps); });
  return results;
}

int measure(const char* file) {
  const test::LavaRun run = test::read_lava_run(file);
  const test::LavaComparison c = test::compare_with_lava(run);
  if (c.differences > 0) {
    std::printf("%llu values differ from Lava's, first %s\n",
                static_cast<unsigned long long>(c.differences), c.first.c_str());
    return 1;
  }
  const Emulator emulator(run.network);
  const auto one = batch(emulator, run, 1), two = batch(emulator, run, 2);
  for (std::size_t k = 0; k < one.size(); ++k)
    if (one[k].spikes != two[k].spikes || one[k].populations != two[k].populations) {
      std::printf("two threads come to other bits than one\n");
      return 1;
    }

  // The median of runs, over at least half a second.
  using Clock = std::chrono::steady_clock;
  std::vector<double> seconds;
  const auto begin = Clock::now();
  while (seconds.size() < 15 || Clock::now() - begin < std::chrono::milliseconds(500)) {
    const auto start = Clock::now();
    const Emulation result = emulator.run(run.inputs, run.steps);
    seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    if (result.spikes.size() != one[0].spikes.size()) return 1;
  }
  std::nth_element(seconds.begin(),
                   seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2),
                   seconds.end());
  std::printf(
      "%.9g median of %zu runs; %llu values equal Lava's, 1 and 2 threads equal; %llu "
      "synaptic operations, %.1f spikes per neuron\n",
      seconds[seconds.size() / 2] / run.steps, seconds.size(),
      static_cast<unsigned long long>(c.values),
      static_cast<unsigned long long>(one[0].synaptic_operations),
      static_cast<double>(one[0].populations[1].spikes) / run.network.populations[1].size);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    return measure(argv[1]);
  } catch (const std::exception& error) {
    std::printf("%s\n", error.what());
    return 1;
  }
}

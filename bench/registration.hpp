// A figure of scenarios/bench as a Google Benchmark: an iteration is a round, in which all its
// contestants run alternately; the time shown is that of the first one, the counters are the rates
// of all and their ratios within the run.
#pragma once

#include <benchmark/benchmark.h>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

#include <retrograde/bench/figures/figures.hpp>

namespace retrograde::bench {

// RETROGRADE_DATA may hold MNIST; RETROGRADE_CLI is the command, which the build defines.
inline FigureOptions full_options() {
  FigureOptions options;
  options.full = true;
  if (const char* root = std::getenv("RETROGRADE_DATA"))
    if (const auto folder = std::filesystem::path(root) / "mnist"; std::filesystem::exists(folder))
      options.mnist = folder;
#ifdef RETROGRADE_CLI
  options.executable = RETROGRADE_CLI;
#endif
  return options;
}

inline void show(benchmark::State& state, const FigureResult& result) {
  for (const Row& row : result.rows) {
    state.counters[row.name + " " + row.unit] = row.value;
    if (row.error) state.counters[row.name + " error"] = *row.error;
  }
  for (const Ratio& ratio : result.ratios) state.counters[ratio.name] = ratio.value;
  std::string label;
  for (const std::string& note : result.notes) label += (label.empty() ? "" : "; ") + note;
  state.SetLabel(label);
}

// `make` makes the figure when its turn has come. Returns something, to be called from the
// initialiser of a constant.
template <typename Make>
bool measure(const char* name, Make make) {
  benchmark::RegisterBenchmark(name,
                               [make](benchmark::State& state) {
                                 Race race(make(full_options()));
                                 if (!race.figure().skipped.empty()) {
                                   state.SkipWithError(race.figure().skipped.c_str());
                                   return;
                                 }
                                 for (auto _ : state) state.SetIterationTime(race.round());
                                 show(state, race.result());
                               })
      ->UseManualTime()
      ->Iterations(5)
      ->Unit(benchmark::kMillisecond);
  return true;
}

}  // namespace retrograde::bench

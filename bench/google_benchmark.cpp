// The figures of bench/figures as Google Benchmarks, and the elementary functions beside SLEEF where
// libsleef-dev is there. An iteration is a round, in which all contestants of a figure run
// alternately; the time shown is that of the first one, the counters are the rates of all and their
// ratios within the run.
#include <benchmark/benchmark.h>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <retrograde/bench/figures/elementary.hpp>
#include <retrograde/bench/figures/figures.hpp>

#if defined(RETROGRADE_SLEEF) && defined(__AVX2__)
#include <immintrin.h>
#include <sleef.h>
#endif

namespace {

using namespace retrograde::bench;

// RETROGRADE_DATA may hold MNIST; RETROGRADE_CLI is the command, which the build defines.
FigureOptions full_options() {
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

// The elementary functions, with those of SLEEF.
Figure elementary_with_sleef(const FigureOptions& options) {
  std::vector<ElementaryFunction> functions = elementary_functions();
#if defined(RETROGRADE_SLEEF) && defined(__AVX2__)
  ElementaryFunction sleef = functions[0];
  sleef.name = "SLEEF exp, 1 ulp, -40 .. 0";
  sleef.apply = [](const double* in, double* out, std::size_t size) {
    for (std::size_t k = 0; k < size; k += 4)
      _mm256_storeu_pd(out + k, Sleef_expd4_u10avx2(_mm256_loadu_pd(in + k)));
  };
  functions.push_back(sleef);
  sleef = functions[4];
  sleef.name = "SLEEF expm1(-x)/-x, 1 ulp, 0 .. 0.25";
  sleef.apply = [](const double* in, double* out, std::size_t size) {
    for (std::size_t k = 0; k < size; k += 4) {
      const __m256d x = _mm256_sub_pd(_mm256_setzero_pd(), _mm256_loadu_pd(in + k));
      _mm256_storeu_pd(out + k, _mm256_div_pd(Sleef_expm1d4_u10avx2(x), x));
    }
  };
  functions.push_back(sleef);
#endif
  Figure f = elementary_figure(functions, options.size);
#if defined(RETROGRADE_SLEEF) && defined(__AVX2__)
  f.ratios.push_back({"exp_nonpositive to SLEEF", {1}, {6}});
  f.ratios.push_back({"short_exp to SLEEF's exp", {3}, {6}});
  f.ratios.push_back({"short_phi to SLEEF", {5}, {7}});
#else
  f.notes.push_back("without SLEEF: libsleef-dev was not there when this was built");
#endif
  return f;
}

void show(benchmark::State& state, const FigureResult& result) {
  for (const Row& row : result.rows) {
    state.counters[row.name + " " + row.unit] = row.value;
    if (row.error) state.counters[row.name + " error"] = *row.error;
  }
  for (const Ratio& ratio : result.ratios) state.counters[ratio.name] = ratio.value;
  std::string label;
  for (const std::string& note : result.notes) label += (label.empty() ? "" : "; ") + note;
  state.SetLabel(label);
}

void measure(benchmark::State& state, const FigureMaker& maker) {
  Race race(maker.name == "elementary" ? elementary_with_sleef(full_options())
                                       : maker.make(full_options()));
  if (!race.figure().skipped.empty()) {
    state.SkipWithError(race.figure().skipped.c_str());
    return;
  }
  for (auto _ : state) state.SetIterationTime(race.round());
  show(state, race.result());
}

}  // namespace

int main(int argc, char** argv) {
  for (const FigureMaker& maker : figures())
    benchmark::RegisterBenchmark(maker.name.c_str(),
                                 [&maker](benchmark::State& state) { measure(state, maker); })
        ->UseManualTime()
        ->Iterations(5)
        ->Unit(benchmark::kMillisecond);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}

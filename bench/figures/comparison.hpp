// Two builds against each other: `retro bench` of either, a figure at a time and alternately, so
// that both meet the same machine.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace retrograde::bench {

struct ComparedRow {
  std::string figure, name, unit;
  double here = 0.0, there = 0.0;  // the best of the rounds
  double ratio = 0.0;              // here to there: above 1, this build is faster
  double low = 0.0, high = 0.0;    // over the rounds
};

struct ComparisonOptions {
  std::filesystem::path here, there;  // executables
  std::vector<std::string> figures;
  unsigned rounds = 5;
  std::filesystem::path data;        // of MNIST; empty: none
  double size = 1.0, seconds = 2.0;  // seconds of a figure, over all rounds and per build
};

struct Comparison {
  std::string commit, compiler;  // of the other build
  std::vector<ComparedRow> rows;
  std::vector<std::string> notes;  // what was not compared, and why
};

// `say` is told what comes next. Throws what run_bench throws; of the other build, which may lack a
// figure, only where nothing at all was compared.
Comparison compare(const ComparisonOptions& options,
                   const std::function<void(const std::string&)>& say);

std::string comparison_text(const Comparison& comparison);
nlohmann::ordered_json json_comparison(const Comparison& comparison);

}  // namespace retrograde::bench

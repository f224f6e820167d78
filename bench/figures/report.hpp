// What was measured, as a table for people and as JSON for programs (docs/json.md).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include <retrograde/bench/figures/figure.hpp>
#include <retrograde/bench/figures/host.hpp>

namespace retrograde::bench {

// Reasons to distrust the numbers: a busy machine, timings that scatter.
std::vector<std::string> warnings(const Machine& before, const std::vector<FigureResult>& results);

std::string machine_text(const Machine& machine);
std::string figure_text(const FigureResult& result);

nlohmann::ordered_json json_machine(const Machine& machine);
nlohmann::ordered_json json_figure(const FigureResult& result);
// Fields that documents of this verb begin with: schema, program, build, machine.
nlohmann::ordered_json json_bench_header(const std::string& schema, const Machine& machine);

}  // namespace retrograde::bench

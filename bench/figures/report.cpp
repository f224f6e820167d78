#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/bench/figures/report.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/version.hpp>

namespace retrograde::bench {

using Json = nlohmann::ordered_json;

namespace {

constexpr double large_scatter = 0.10;

std::string bound_text(const Ratio& ratio) {
  if (!ratio.wanted) return {};
  return fmt::format("wanted {} {:g}{}", ratio.wanted->at_least ? "at least" : "at most",
                     ratio.wanted->value, ratio.met() ? "" : ", missed");
}

// What one piece of work costs; most readers think of deliveries in ns.
std::string cost_text(const Row& row) {
  if (row.seconds <= 0.0) return {};
  const double seconds = 1.0 / row.value;
  return seconds < 1e-6 ? fmt::format("{:.3g} ns", 1e9 * seconds)
                        : fmt::format("{:.3g} us", 1e6 * seconds);
}

}  // namespace

std::vector<std::string> warnings(const Machine& before, const std::vector<FigureResult>& results) {
  std::vector<std::string> all;
  if (before.busy())
    all.push_back(
        fmt::format("the machine was busy: a load of {:.1f} for {} cores when measuring "
                    "began. Repeat on an idle one",
                    before.load[0], before.cores));
  for (const FigureResult& result : results)
    if (result.largest_scatter() > large_scatter)
      all.push_back(fmt::format("{}: timings scatter by up to {:.0f} %", result.name,
                                100.0 * result.largest_scatter()));
  return all;
}

std::string machine_text(const Machine& m) {
  std::string text =
      fmt::format("{}, {} {}", m.processor.empty() ? "unknown processor" : m.processor, m.cores,
                  m.cores == 1 ? "core" : "cores");
  if (!m.cache.empty()) text += fmt::format(", {} last cache", m.cache);
  if (m.memory > 0.0) text += fmt::format(", {:.3g} GB memory", m.memory * 1e-9);
  if (!m.system.empty()) text += ", " + m.system;
  text += fmt::format("\nretrograde {}, commit {}, {}, {}, {}\n", version::string,
                      version::git_commit, version::compiler, version::build_type, version::arch);
  if (m.load[0] >= 0.0)
    text += fmt::format("load average {:.2f} {:.2f} {:.2f}\n", m.load[0], m.load[1], m.load[2]);
  return text;
}

std::string figure_text(const FigureResult& r) {
  std::string text = fmt::format("{}: {}\n", r.name, r.question);
  if (!r.skipped.empty()) return text + fmt::format("  skipped: {}\n", r.skipped);
  for (const std::string& note : r.notes) text += fmt::format("  {}\n", note);
  for (const Row& row : r.rows) {
    text += fmt::format("  {:<58} {:>10} {:<14}", row.name, short_number(row.value), row.unit);
    if (row.seconds > 0.0) text += fmt::format(" {:>10}", cost_text(row));
    if (row.seconds > 0.0 && r.rounds > 1) text += fmt::format("  +{:.0f} %", 100.0 * row.scatter);
    if (row.processors) text += fmt::format("  on {:.2f} processors", *row.processors);
    if (row.error) text += fmt::format("  error {:.2f}", *row.error);
    text += "\n";
  }
  for (const Ratio& ratio : r.ratios) {
    text += fmt::format("  {:<58} {:>10.3g} ", ratio.name, ratio.value);
    if (r.rounds > 1) text += fmt::format(" ({:.3g} .. {:.3g})", ratio.low, ratio.high);
    if (ratio.wanted) text += "  " + bound_text(ratio);
    text += "\n";
  }
  return text;
}

Json json_machine(const Machine& m) {
  Json load = nullptr;
  if (m.load[0] >= 0.0) load = m.load;
  return {{"processor", m.processor}, {"cores", m.cores},   {"memory_bytes", m.memory},
          {"last_cache", m.cache},    {"system", m.system}, {"load", load}};
}

Json json_bench_header(const std::string& schema, const Machine& machine) {
  Json document;
  document["schema"] = schema;
  document["retrograde"] = version::string;
  document["commit"] = version::git_commit;
  document["compiler"] = version::compiler;
  document["build"] = version::build_type;
  document["architecture"] = version::arch;
  document["machine"] = json_machine(machine);
  return document;
}

Json json_figure(const FigureResult& r) {
  Json rows = Json::array(), ratios = Json::array();
  for (const Row& row : r.rows)
    rows.push_back({{"name", row.name},
                    {"value", row.value},
                    {"unit", row.unit},
                    {"work", row.work},
                    {"seconds", row.seconds},
                    {"scatter", row.scatter},
                    {"processors", row.processors ? Json(*row.processors) : Json(nullptr)},
                    {"error_ulp", row.error ? Json(*row.error) : Json(nullptr)}});
  for (const Ratio& ratio : r.ratios) {
    Json wanted = nullptr;
    if (ratio.wanted)
      wanted = {{ratio.wanted->at_least ? "at_least" : "at_most", ratio.wanted->value},
                {"met", ratio.met()}};
    ratios.push_back({{"name", ratio.name},
                      {"value", ratio.value},
                      {"low", ratio.low},
                      {"high", ratio.high},
                      {"wanted", wanted}});
  }
  return {{"name", r.name},     {"question", r.question},
          {"rounds", r.rounds}, {"skipped", r.skipped.empty() ? Json(nullptr) : Json(r.skipped)},
          {"rows", rows},       {"ratios", ratios},
          {"notes", r.notes}};
}

}  // namespace retrograde::bench

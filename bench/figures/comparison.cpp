#include <algorithm>
#include <exception>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>

#include <retrograde/bench/figures/child.hpp>
#include <retrograde/bench/figures/comparison.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/readable.hpp>

namespace retrograde::bench {

using Json = nlohmann::ordered_json;

namespace {

// Rates of one build: figure/row -> one per round.
struct Side {
  std::vector<std::pair<std::string, std::string>> order;  // row and unit, as the figure has them
  std::map<std::string, std::vector<double>> rates;

  void add(const Json& document) {
    for (const Json& figure : document.at("figures"))
      for (const Json& row : figure.at("rows")) {
        if (row.at("seconds").get<double>() <= 0.0) continue;  // not timed
        std::vector<double>& of = rates[row.at("name")];
        if (of.empty()) order.emplace_back(row.at("name"), row.at("unit"));
        of.push_back(row.at("value"));
      }
  }
};

// Runs a figure alternately; false, with a note, where there is nothing to compare.
bool measure(const std::string& figure, const ComparisonOptions& options,
             const std::function<void(const std::string&)>& say, Comparison& result,
             Side sides[2]) {
  const std::vector<std::string> arguments = {
      "--only",    figure,
      "--rounds",  "1",
      "--size",    fmt::format("{}", options.size),
      "--data",    options.data.string(),
      "--seconds", fmt::format("{}", options.seconds / options.rounds)};
  for (unsigned r = 0; r < options.rounds; ++r)
    for (unsigned turn = 0; turn < 2; ++turn) {
      const unsigned which = (r + turn + 1) % 2;
      say(fmt::format("{}: round {} of {}, {} build", figure, r + 1, options.rounds,
                      which == 0 ? "this" : "the other"));
      const Json document = run_bench(which == 0 ? options.here : options.there, arguments);
      if (which == 1) {
        result.commit = document.at("commit");
        result.compiler = document.at("compiler");
      }
      const Json& skipped = document.at("figures").at(0).at("skipped");
      if (!skipped.is_null()) {
        result.notes.push_back(
            fmt::format("{}: not compared: {}", figure, skipped.get<std::string>()));
        return false;
      }
      sides[which].add(document);
    }
  return true;
}

}  // namespace

Comparison compare(const ComparisonOptions& options,
                   const std::function<void(const std::string&)>& say) {
  Comparison result;
  std::exception_ptr failure;  // the first of the other build, which is asked first
  for (const std::string& figure : options.figures) {
    Side sides[2];
    try {
      if (!measure(figure, options, say, result, sides)) continue;
    } catch (const UsageError& error) {
      if (!sides[1].order.empty()) throw;
      if (!failure) failure = std::current_exception();
      result.notes.push_back(fmt::format("{}: not compared: {}", figure, error.what()));
      continue;
    }
    for (const auto& [name, unit] : sides[0].order) {
      const std::vector<double>& here = sides[0].rates[name];
      const std::vector<double>& there = sides[1].rates[name];
      if (there.size() != here.size()) {
        result.notes.push_back(fmt::format("{}: the other build has no {}", figure, name));
        continue;
      }
      ComparedRow row{figure, name, unit, *std::max_element(here.begin(), here.end()),
                      *std::max_element(there.begin(), there.end())};
      row.ratio = row.here / row.there;
      row.low = row.high = here[0] / there[0];
      for (std::size_t r = 1; r < here.size(); ++r) {
        row.low = std::min(row.low, here[r] / there[r]);
        row.high = std::max(row.high, here[r] / there[r]);
      }
      result.rows.push_back(row);
    }
  }
  if (result.rows.empty() && failure) std::rethrow_exception(failure);
  return result;
}

std::string comparison_text(const Comparison& c) {
  std::string text = fmt::format("against commit {}, {}\n\n", c.commit, c.compiler);
  std::string figure;
  for (const ComparedRow& row : c.rows) {
    if (row.figure != figure)
      text += fmt::format("{}{:<50} {:>10} {:>10}  {:<13} this to other\n",
                          figure.empty() ? "" : "\n", row.figure, "this", "other", "");
    figure = row.figure;
    text += fmt::format("  {:<48} {:>10} {:>10}  {:<13} {:.3g} ({:.3g} .. {:.3g})\n", row.name,
                        short_number(row.here), short_number(row.there), row.unit, row.ratio,
                        row.low, row.high);
  }
  for (const std::string& note : c.notes) text += note + "\n";
  return text;
}

Json json_comparison(const Comparison& c) {
  Json rows = Json::array();
  for (const ComparedRow& row : c.rows)
    rows.push_back({{"figure", row.figure},
                    {"name", row.name},
                    {"unit", row.unit},
                    {"here", row.here},
                    {"there", row.there},
                    {"ratio", row.ratio},
                    {"low", row.low},
                    {"high", row.high}});
  return {{"commit", c.commit}, {"compiler", c.compiler}, {"rows", rows}, {"notes", c.notes}};
}

}  // namespace retrograde::bench

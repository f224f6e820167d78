#include <fmt/format.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/page/page.hpp>
#include <retrograde/scenarios/show/page/panels.hpp>
#include <retrograde/scenarios/show/page/sections.hpp>

namespace retrograde {

using namespace page_parts;

namespace {

constexpr std::size_t most_classes = 40;  // of a matrix that anybody could read

// `counts` as SetResult::confusion: rows are labels, columns decisions and "none". None without
// names for the classes, or with too many.
std::optional<HeatMap> confusion_of(const std::vector<std::string>& names,
                                    const std::vector<std::uint64_t>& counts, std::string title) {
  const std::size_t classes = names.size();
  if (classes == 0 || classes > most_classes || counts.size() != classes * (classes + 1))
    return std::nullopt;
  HeatMap map;
  map.title = std::move(title);
  map.row_title = "label";
  map.column_title = "decision";
  map.rows = names;
  map.columns = names;
  // The column "none" only where there are such decisions.
  std::uint64_t undecided = 0;
  for (std::size_t i = 0; i < classes; ++i) undecided += counts[i * (classes + 1) + classes];
  if (undecided > 0) map.columns.push_back("none");
  for (std::size_t i = 0; i < classes; ++i)
    for (std::size_t j = 0; j < map.columns.size(); ++j)
      map.counts.push_back(counts[i * (classes + 1) + j]);
  return map;
}

}  // namespace

std::optional<HeatMap> confusion_map(const Report& report) {
  if (!report.evaluation.labelled()) return std::nullopt;
  return confusion_of(report.dataset.info().class_names, report.evaluation.exact.confusion,
                      "Exact");
}

std::string decisions_section(const Report& report) {
  const Evaluation& evaluation = report.evaluation;
  const std::vector<std::string>& names = report.dataset.info().class_names;
  const char* const title = "Where it is right and where it errs";
  if (!evaluation.labelled()) return "";
  if (names.size() > most_classes)
    return section(
        title,
        fmt::format("{} classes are too many for a table that anybody could read.", names.size()),
        "");
  std::vector<std::string> charts;
  if (const auto map = confusion_map(report)) charts.push_back(render(*map));
  if (evaluation.chip)
    if (const auto map =
            confusion_of(names, evaluation.chip->conformance.confusion_chip, "Loihi 2, emulated"))
      charts.push_back(render(*map));
  if (charts.empty()) return "";
  return section(title,
                 fmt::format("Samples of the {} part by what they are (rows) and what the network "
                             "says (columns). The diagonal is right; every other cell that is "
                             "coloured is a kind of mistake.",
                             name(evaluation.part)),
                 grid(charts));
}

}  // namespace retrograde

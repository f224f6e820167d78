#include <fmt/format.h>

#include <retrograde/scenarios/show/analysis/page.hpp>
#include <retrograde/scenarios/show/analysis/picture.hpp>
#include <retrograde/scenarios/show/analysis/text.hpp>
#include <retrograde/scenarios/show/page/page.hpp>

namespace retrograde {

using namespace page_parts;

namespace {

// The first two cells are texts, the others numbers.
template <typename Cells>
std::string row_of(const Cells& cells, const char* tag) {
  std::string out = "<tr>";
  std::size_t k = 0;
  for (const auto& cell : cells)
    out += fmt::format("<{0}{1}>{2}</{0}>", tag, k++ < 2 ? " class=\"text\"" : "", html(cell));
  return out + "</tr>";
}

std::string projection_section(const ProjectionAnalysis& projection, Time step) {
  std::string body;
  for (const auto& row : analysis_rows(projection)) body += row_of(row, "td");
  std::string content = fmt::format(
      "<div class=\"panel\"><div class=\"scroll\"><table class=\"numbers\"><thead>{}</thead>"
      "<tbody>{}</tbody></table></div></div>",
      row_of(analysis_columns, "th"), body);
  content += callouts(analysis_remarks(projection), "");
  std::vector<std::string> charts;
  for (const auto& row : map_charts(projection, step))
    charts.insert(charts.end(), row.begin(), row.end());
  return section(
      projection_text(projection),
      "Mean I of the neurons that have one, and what it is at random; how many of those "
      "with ten synapses and more are significant by themselves, false discoveries "
      "bounded; the share of neighbours with the same sign, of how many neurons, and how "
      "often chance comes to as much. Every p is (1 + permutations at least as large) / "
      "(1 + permutations counted). Maps go from the most clustered neuron to the least.",
      content + grid(charts));
}

}  // namespace

std::string analysis_page(const Trained& trained, const Analysis& analysis, const Call& call) {
  const Scenario& scenario = trained.scenario;
  const std::string title = scenario.title.empty() ? scenario.name : scenario.title;
  std::string body =
      page_header("analysis of space and time", title,
                  fmt::format("Whether like synapses lie together: {}.", measure_text(analysis)));
  for (const ProjectionAnalysis& projection : analysis.projections)
    body += projection_section(projection, analysis.step);
  body += section("How to get this page again", "The same run and version give the same numbers.",
                  calls_panel({call}));
  return page(title, body);
}

}  // namespace retrograde

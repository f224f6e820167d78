#include <fmt/format.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/activity/activity_output.hpp>
#include <retrograde/scenarios/show/page/page.hpp>

namespace retrograde {

using namespace page_parts;

namespace {

// The first cell of a row is a text, the others are numbers; the first row is the head.
std::string table_of(const std::vector<std::vector<std::string>>& rows) {
  std::string out = "<div class=\"panel\"><div class=\"scroll\"><table class=\"numbers\">";
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const char* const tag = r == 0 ? "th" : "td";
    if (r == 0) out += "<thead>";
    if (r == 1) out += "<tbody>";
    out += "<tr>";
    for (std::size_t k = 0; k < rows[r].size(); ++k)
      out +=
          fmt::format("<{0}{1}>{2}</{0}>", tag, k == 0 ? " class=\"text\"" : "", html(rows[r][k]));
    out += "</tr>";
    if (r == 0) out += "</thead>";
  }
  return out + (rows.size() > 1 ? "</tbody>" : "") + "</table></div></div>";
}

std::string wide(const std::vector<std::string>& charts) {
  std::string out;
  for (const std::string& chart : charts) out += figure(chart, "wide");
  return out;
}

std::string correlation_section(const ActivityAnalysis& analysis) {
  const auto rows = pair_rows(analysis);
  if (rows.empty()) return "";
  return section(
      "What goes together",
      fmt::format(
          "The mean of Pearson's correlation of two neurons' counts in windows of {:g} ms, "
          "over all pairs; and r of the counts of populations in bins of {:g} ms: where it is "
          "large at a positive lag, the second population follows the first.",
          analysis.options.window, analysis.options.lag_bin),
      table_of(rows) + grid(correlogram_charts(analysis)));
}

}  // namespace

std::string activity_page(const ActivityTitle& title, const Raster& spikes,
                          const ActivityAnalysis& analysis, const Call& call) {
  std::string body = page_header("analysis of activity", title.name,
                                 fmt::format("{}: {}.", title.source, stretch_text(analysis)));
  body +=
      section("Populations",
              fmt::format("CV of intervals: 1 for Poisson processes, 0 for clocks. Fano: variance "
                          "over mean of a neuron's counts in windows of {:g} ms. Synchrony: the "
                          "same of a population's counts in bins of {:g} ms; 1 for independent "
                          "Poisson processes.",
                          analysis.options.window, analysis.options.synchrony_bin),
              table_of(population_rows(analysis)) + callouts(analysis.notes, ""));
  body +=
      section("Spikes",
              std::string("Every spike, or how many there are at each place, where they are too "
                          "many to be told apart.") +
                  (spikes.marks.empty() ? "" : " Upright lines: what happens in the trial."),
              wide({render(spikes)}));
  body += section("Rate over time",
                  fmt::format("In bins of {:g} ms, mean of {}.", analysis.options.bin.value_or(0),
                              plural(analysis.trials, "trial")),
                  wide(psth_charts(spikes, analysis)));
  body += section("Single neurons", "How many neurons have which rate, and which CV.",
                  grid(distribution_charts(analysis)));
  body += correlation_section(analysis);
  body += section("How to get this page again", "The same run and version give the same numbers.",
                  calls_panel({call}));
  return page(title.name, body);
}

}  // namespace retrograde

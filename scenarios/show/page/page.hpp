// The pieces that every report page is made of: one HTML file that needs nothing else. All texts
// are escaped; charts are what render() of plot/charts.hpp returns.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <retrograde/scenarios/run/folder/call.hpp>

namespace retrograde {

struct ReportFact {
  std::string name, value;
};

namespace page_parts {

std::string html(std::string_view text);  // escaped

// A number at the top of the page.
struct Card {
  std::string name, value, unit, detail;
  const char* kind = "";  // "lead", "chip": the colour of its edge
};
std::string cards(const std::vector<Card>& all);

std::string section(std::string_view title, std::string_view caption, std::string_view body);
std::string figure(std::string_view chart, const char* kind = "");  // "wide": across the page
std::string grid(const std::vector<std::string>& charts);
// The calls that made a folder, as they were typed; nothing where they are not known.
std::string calls_panel(const std::vector<Call>& calls);
std::string fact_table(const std::vector<ReportFact>& facts);
std::string callouts(const std::vector<std::string>& texts, const char* kind);

// What a page begins with; `kind` says what it is: "training report".
std::string page_header(std::string_view kind, std::string_view title, std::string_view summary);
// The whole file around a body.
std::string page(std::string_view title, std::string_view body);

}  // namespace page_parts

}  // namespace retrograde

#include <fmt/format.h>

#include <retrograde/scenarios/show/page/page.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

namespace retrograde::embedded {
extern const std::string_view page_style;  // page.css
}  // namespace retrograde::embedded

namespace retrograde::page_parts {

namespace {

std::string page_style() { return plot_style() + std::string(embedded::page_style); }

}  // namespace

std::string html(std::string_view text) { return escape_xml(text); }

std::string cards(const std::vector<Card>& all) {
  // Rows of equal length: up to five cards stand in one, more in two.
  const std::size_t columns = all.size() <= 5 ? all.size() : (all.size() + 1) / 2;
  std::string out = fmt::format("<div class=\"cards\" style=\"--columns:{}\">", columns);
  for (const Card& card : all) {
    out += fmt::format(
        "<div class=\"card {}\"><div class=\"name\">{}</div><div class=\"value\">{}<span> "
        "{}</span></div>"
        "<div class=\"detail\">{}</div></div>",
        card.kind, html(card.name), html(card.value), html(card.unit), html(card.detail));
  }
  return out + "</div>";
}

std::string section(std::string_view title, std::string_view caption, std::string_view body) {
  return fmt::format("<section><h2>{}</h2><p class=\"caption\">{}</p>{}</section>", html(title),
                     html(caption), body);
}

std::string figure(std::string_view chart, const char* kind) {
  return fmt::format("<figure class=\"{}\">{}</figure>", kind, chart);
}

std::string grid(const std::vector<std::string>& charts) {
  std::string out = "<div class=\"grid\">";
  for (const std::string& chart : charts) out += figure(chart);
  return out + "</div>";
}

std::string calls_panel(const std::vector<Call>& calls) {
  if (calls.empty()) return "";
  return fmt::format("<div class=\"panel\"><h3>Made by</h3><pre>{}</pre></div>",
                     html(calls_text(calls)));
}

std::string fact_table(const std::vector<ReportFact>& facts) {
  std::string out = "<table class=\"facts\"><tbody>";
  for (const ReportFact& fact : facts) {
    out += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>", html(fact.name),
                       html(fact.value));
  }
  return out + "</tbody></table>";
}

std::string callouts(const std::vector<std::string>& texts, const char* kind) {
  std::string out;
  for (const std::string& text : texts) {
    out += fmt::format("<p class=\"callout {}\">{}</p>", kind, html(text));
  }
  return out;
}

std::string page_header(std::string_view kind, std::string_view title, std::string_view summary) {
  return fmt::format(
      "<header><p class=\"eyebrow\">Retrograde · {}</p><h1>{}</h1><p class=\"summary\">{}</p>"
      "</header>",
      html(kind), html(title), html(summary));
}

std::string page(std::string_view title, std::string_view body) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\"><meta name=\"color-scheme\" content=\"light "
      "dark\"><title>{}</title><style>{}</style></head>\n<body><main>{}<footer>Made by Retrograde. "
      "This file is complete: it loads nothing from elsewhere. Hover over a chart to see its "
      "values.</footer></main></body></html>\n",
      html(title), page_style(), body);
}

}  // namespace retrograde::page_parts

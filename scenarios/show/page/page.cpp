#include <fmt/format.h>

#include <retrograde/scenarios/show/page/page.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

namespace retrograde::page_parts {

namespace {

std::string page_style() {
  return plot_style() +
         "*{box-sizing:border-box}"
         "body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 "
         "system-ui,-apple-system,"
         "'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;-webkit-text-size-adjust:100%}"
         "main{max-width:1080px;margin:0 auto;padding:48px 24px 64px}"
         ".eyebrow{margin:0 0 8px;color:var(--muted);font-size:13px;letter-spacing:.04em}"
         "h1{margin:0;font-size:36px;line-height:1.15;letter-spacing:-.02em;overflow-wrap:anywhere}"
         "h2{margin:56px 0 4px;font-size:22px;letter-spacing:-.01em}"
         "h3{margin:20px 0 8px;font-size:15px}"
         ".summary{margin:14px 0 0;font-size:19px;line-height:1.5;max-width:46em;color:var(--ink)}"
         ".caption{margin:0 0 16px;color:var(--muted);font-size:15px;max-width:50em}"
         ".cards{display:grid;grid-template-columns:repeat(var(--columns),minmax(0,1fr));gap:12px;"
         "margin:28px 0 0}"
         ".card,figure,.panel,details{background:var(--surface);border:1px solid var(--line);"
         "border-radius:12px}"
         ".card{padding:14px 16px 12px;border-top:3px solid var(--line)}"
         ".card.lead{border-top-color:var(--p0)}.card.chip{border-top-color:var(--p1)}"
         ".card .name{font-size:13px;color:var(--muted)}"
         ".card .value{font-size:30px;font-weight:650;letter-spacing:-.02em;line-height:1.25;"
         "font-variant-numeric:tabular-nums;white-space:nowrap}"
         ".card .value span{font-size:15px;font-weight:400;letter-spacing:0;color:var(--muted)}"
         ".card .detail{font-size:13px;line-height:1.4;color:var(--muted)}"
         ".grid{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:16px;align-items:"
         "start}"
         "figure{margin:0;padding:4px;overflow-x:auto}"
         "figure>svg{display:block;width:100%;height:auto}"
         ".panel{padding:12px 18px}"
         ".stack{display:grid;gap:16px}"
         ".callout+.grid,.callout+figure{margin-top:16px}"
         ".panel+p.caption{margin-top:16px}"
         ".grid+.panel,.grid+.grid,figure+.panel,.panel+.panel,figure+.caption,.panel+.callout{"
         "margin-top:16px}"
         "table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-"
         "nums}"
         "th,td{padding:7px 10px 7px 0;border-bottom:1px solid var(--grid);text-align:right;"
         "vertical-align:top}"
         "tbody tr:last-child>*{border-bottom:0}"
         "th{font-weight:500;color:var(--muted)}"
         ".text,.facts th,.facts td{text-align:left}"
         "table.facts{table-layout:fixed}.facts th{width:200px}.facts "
         "td{overflow-wrap:anywhere}"
         ".numbers+.facts,.scroll+.facts{border-top:1px solid var(--line)}"
         ".numbers td{white-space:nowrap}.numbers td.text{white-space:normal}"
         ".best td{color:var(--p0);font-weight:600}"
         ".scroll{overflow-x:auto}"
         ".meter-cell{width:32%;min-width:110px;padding-right:0;vertical-align:middle}"
         ".meter{height:8px;border-radius:4px;background:var(--grid);overflow:hidden}"
         ".meter i{display:block;height:100%;border-radius:4px;background:var(--p2)}"
         ".meter.full i{background:var(--bad)}"
         "details{margin-top:16px;padding:0 18px}"
         "summary{padding:12px 0;cursor:pointer;font-size:15px;font-weight:500}"
         "details[open]{padding-bottom:14px}"
         "details .scroll{max-height:420px;overflow:auto}"
         "thead th{position:sticky;top:0;background:var(--surface)}"
         "pre{margin:0;padding:14px;overflow-x:auto;font:13px/1.5 "
         "ui-monospace,SFMono-Regular,Menlo,"
         "Consolas,'Liberation Mono',monospace;background:var(--page);border-radius:8px;tab-size:2}"
         ".callout{margin:16px 0 0;padding:10px 16px;border-left:4px solid "
         "var(--p6);border-radius:6px;"
         "background:var(--surface);font-size:15px}"
         ".callout.warning{border-left-color:var(--p4)}"
         "footer{margin-top:56px;color:var(--muted);font-size:13px}"
         "@media(max-width:760px){main{padding:28px 16px "
         "48px}h1{font-size:28px}.summary{font-size:17px}"
         "h2{margin-top:44px;font-size:20px}.grid{grid-template-columns:minmax(0,1fr)}"
         ".cards{grid-template-columns:repeat(2,minmax(0,1fr))}.card .value{font-size:23px}"
         "figure.wide>svg{width:760px}.facts th{width:40%}.panel{padding:10px 14px}}"
         "@media print{body{background:#fff}figure,.card,.panel{break-inside:avoid}}";
}

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

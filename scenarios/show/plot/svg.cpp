#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <limits>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

namespace retrograde {

namespace embedded {
extern const std::string_view plot_style;  // plot.css
}  // namespace embedded

namespace {

// The step 1, 2 or 5 times a power of ten that divides `range` into about `count` parts.
double nice_step(double range, int count) {
  const double rough = range / std::max(count, 1);
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  // The geometric means of neighbours are the borders: sqrt(2), sqrt(10), sqrt(50).
  const double mantissa = rough / power;
  return power * (mantissa < 1.414 ? 1 : mantissa < 3.162 ? 2 : mantissa < 7.071 ? 5 : 10);
}

}  // namespace

std::string escape_xml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    const auto c = static_cast<unsigned char>(text[i]);
    if (length == 0 || (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f) {
      out += "\xef\xbf\xbd";
      ++i;
      continue;
    }
    if (length > 1) {
      out += text.substr(i, length);
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\'') {
      out += "&#39;";
    } else {
      out += static_cast<char>(c);
    }
    i += length;
  }
  return out;
}

std::string coordinate(double value) {
  if (!std::isfinite(value)) return "0";
  std::string text = fmt::format("{:.2f}", value);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::vector<double> nice_ticks(double low, double high, int count) {
  // A range of rounding errors has no round values inside.
  if (!(high - low > 1e-12 * std::max(std::abs(low), std::abs(high)))) return {low};
  const double step = nice_step(high - low, count);
  std::vector<double> ticks;
  const double first = std::ceil(low / step - 1e-9), last = std::floor(high / step + 1e-9);
  for (double k = first; k <= last; ++k) ticks.push_back(k * step + 0.0);
  return ticks;
}

std::vector<double> log_ticks(double low, double high, int count) {
  const int first = static_cast<int>(std::floor(std::log10(low) + 1e-9));
  const int last = static_cast<int>(std::ceil(std::log10(high) - 1e-9));
  const auto at_most = static_cast<std::size_t>(std::max(count, 2)) + 1;
  const auto ticks_at = [&](const std::vector<int>& mantissas, int every) {
    std::vector<double> ticks;
    for (int decade = first; decade <= last; decade += every)
      for (const int mantissa : mantissas) {
        const double value = mantissa * std::pow(10.0, decade);
        if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) ticks.push_back(value);
      }
    return ticks;
  };
  // The densest that has room.
  for (const std::vector<int>& mantissas : {std::vector<int>{1, 2, 5}, {1, 3}, {1}}) {
    std::vector<double> ticks = ticks_at(mantissas, 1);
    if (ticks.size() >= 2 && ticks.size() <= at_most) return ticks;
  }
  const int decades = std::max(last - first, 1);
  std::vector<double> ticks =
      ticks_at({1}, std::max(1, (decades + count - 1) / std::max(count, 1)));
  return ticks.size() < 2 ? nice_ticks(low, high, count) : ticks;
}

std::vector<std::string> tick_labels(const std::vector<double>& ticks, bool log) {
  std::vector<std::string> labels;
  double largest = 0, step = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    largest = std::max(largest, std::abs(ticks[i]));
    if (i > 0) step = std::min(step, ticks[i] - ticks[i - 1]);
  }
  const bool plain = largest < 1e4 && (largest >= 1e-3 || largest == 0);
  for (const double tick : ticks) {
    std::string label;
    if (plain && !log && std::isfinite(step)) {
      const double decimals = std::ceil(-std::log10(step) - 1e-9);
      label = fmt::format("{:.{}f}", tick, static_cast<int>(std::clamp(decimals, 0.0, 8.0)));
    } else {
      label = largest >= 1e4 ? short_number(tick) : fmt::format("{:g}", tick);
    }
    if (!label.empty() && label[0] == '-') label.replace(0, 1, "−");
    labels.push_back(std::move(label));
  }
  return labels;
}

Points decimate(const std::vector<double>& x, const std::vector<double>& y, std::size_t limit) {
  Points kept;
  const std::size_t size = std::min(x.size(), y.size());
  const auto finite = [&](std::size_t i) { return std::isfinite(x[i]) && std::isfinite(y[i]); };
  const auto keep = [&](std::size_t i) {
    kept.x.push_back(x[i]);
    kept.y.push_back(y[i]);
  };
  if (size <= std::max<std::size_t>(limit, 4)) {
    for (std::size_t i = 0; i < size; ++i) {
      if (finite(i)) keep(i);
    }
    return kept;
  }
  const std::size_t stretches = std::max<std::size_t>(limit / 2, 2);
  for (std::size_t s = 0; s < stretches; ++s) {
    const std::size_t begin = s * size / stretches, end = (s + 1) * size / stretches;
    std::size_t lowest = end, highest = end;
    for (std::size_t i = begin; i < end; ++i) {
      if (!finite(i)) continue;
      if (lowest == end || y[i] < y[lowest]) lowest = i;
      if (highest == end || y[i] > y[highest]) highest = i;
    }
    if (lowest == end) continue;
    keep(std::min(lowest, highest));
    if (lowest != highest) keep(std::max(lowest, highest));
  }
  return kept;
}

double text_width(std::string_view text, double size) {
  std::size_t characters = 0;
  for (const char c : text) characters += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return 0.56 * size * static_cast<double>(characters);
}

std::string plot_style() { return std::string(embedded::plot_style); }

std::string standalone_svg(std::string_view svg) {
  const std::size_t tag = svg.find("<svg "), body = svg.find('>', tag);
  if (tag != 0 || body == std::string_view::npos)
    throw InternalError("standalone_svg: not a chart");
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" ";
  out += svg.substr(5, body + 1 - 5);
  out += "<style>" + plot_style() + ".ground{fill:var(--surface)}</style>";
  out += "<rect class=\"ground\" width=\"100%\" height=\"100%\" rx=\"8\"/>";
  out += svg.substr(body + 1);
  return out;
}

namespace svg_parts {

std::string c(double value) { return coordinate(value); }

std::string open_svg(double width, double height, std::string_view title) {
  return fmt::format(
      "<svg class=\"chart\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\" "
      "aria-label=\"{2}\">",
      c(width), c(height), escape_xml(title));
}

std::string text(double x, double y, std::string_view content, std::string_view classes) {
  return fmt::format("<text x=\"{}\" y=\"{}\" class=\"{}\">{}</text>", c(x), c(y), classes,
                     escape_xml(content));
}

std::string line(double x1, double y1, double x2, double y2, std::string_view classes) {
  return fmt::format("<path class=\"{}\" d=\"M{} {}L{} {}\"/>", classes, c(x1), c(y1), c(x2),
                     c(y2));
}

std::string fitted(std::string_view full, double size, double width) {
  if (text_width(full, size) <= width) return std::string(full);
  std::string cut(full);
  while (!cut.empty() && text_width(cut, size) + 0.7 * size > width) {
    // A whole UTF-8 character at a time.
    while (cut.size() > 1 && (static_cast<unsigned char>(cut.back()) & 0xc0) == 0x80)
      cut.pop_back();
    cut.pop_back();
  }
  return cut + "…";
}

}  // namespace svg_parts

}  // namespace retrograde

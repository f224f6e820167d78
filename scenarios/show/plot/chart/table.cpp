#include <algorithm>

#include <retrograde/scenarios/show/plot/chart/axes.hpp>
#include <retrograde/scenarios/show/plot/chart/table.hpp>

namespace retrograde {

using namespace svg_parts;
using namespace chart_parts;

namespace {

constexpr double row_height = 20, air = 18;

// Widths of the columns as their texts want them, all made smaller alike where the picture is.
std::vector<double> widths_of(const TextTable& table, double room) {
  std::vector<double> widths(table.head.size(), 0.0);
  const auto hold = [&](const std::vector<std::string>& cells) {
    for (std::size_t k = 0; k < std::min(cells.size(), widths.size()); ++k)
      widths[k] = std::max(widths[k], text_width(cells[k], text_size) + air);
  };
  hold(table.head);
  for (const auto& row : table.rows) hold(row);
  double sum = 0;
  for (const double width : widths) sum += width;
  for (double& width : widths) width *= room / std::max(sum, 1.0);
  return widths;
}

}  // namespace

std::string render(const TextTable& table) {
  if (table.rows.empty()) return no_data(table.width, 120, table.title);
  const double left = 16, right = table.width - 16, top = 50;
  const std::vector<double> widths = widths_of(table, right - left);
  const double bottom = top + row_height * static_cast<double>(table.rows.size());
  std::string out = open_svg(
      table.width, bottom + 16 + 18 * static_cast<double>(table.notes.size()), table.title);
  out += text(16, 24, fitted(table.title, 14, table.width - 32), "title");
  const auto cells = [&](const std::vector<std::string>& row, double y, const char* kind) {
    double x = left;
    for (std::size_t k = 0; k < std::min(row.size(), widths.size()); ++k) {
      const std::string cell = fitted(row[k], text_size, widths[k] - 4);
      out += k == 0 ? text(x, y, cell, kind)
                    : text(x + widths[k], y, cell, std::string("end ") + kind);
      x += widths[k];
    }
  };
  cells(table.head, top, "");
  out += line(left, top + 6, right, top + 6, "axis");
  double y = top;
  for (const auto& row : table.rows) cells(row, y += row_height, "strong");
  for (const std::string& note : table.notes)
    out += text(16, y += 18, fitted(note, text_size, table.width - 32));
  return out + "</svg>";
}

}  // namespace retrograde

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/scenarios/show/plot/mesh_map.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

namespace retrograde {

using namespace svg_parts;

namespace {

constexpr double margin = 14, gap = 8, core_gap = 2, padding = 3;

}  // namespace

std::string render(const MeshMap& chart) {
  const std::uint32_t columns = std::max(1u, chart.columns), rows = std::max(1u, chart.rows);
  // Cores of a router in a square, or close to one.
  const auto across = static_cast<std::uint32_t>(
      std::ceil(std::sqrt(static_cast<double>(std::max(1u, chart.cores_per_router)))));
  const std::uint32_t down = (std::max(1u, chart.cores_per_router) + across - 1) / across;
  const double router =
      (chart.width - 2 * margin - gap * (columns - 1)) / static_cast<double>(columns);
  const double core = (router - 2 * padding - core_gap * (across - 1)) / across;
  const double router_height = core * down + core_gap * (down - 1) + 2 * padding;
  const double top = 40;
  const double bottom = top + rows * router_height + (rows - 1) * gap;

  // Room for the legend, in rows of what fits.
  std::vector<std::string> names;
  std::string legend;
  double x = margin, y = bottom + 26;
  for (std::size_t k = 0; k < chart.groups.size(); ++k) {
    const std::string name = fitted(chart.groups[k], text_size, chart.width - 2 * margin - 20);
    const double width = 20 + text_width(name, text_size);
    if (x > margin && x + width > chart.width - margin) {
      x = margin;
      y += 18;
    }
    legend += fmt::format(
        "<rect class=\"bar c{}\" x=\"{}\" y=\"{}\" width=\"12\" height=\"10\" rx=\"2\"/>",
        k % palette_size, c(x), c(y - 9));
    legend += text(x + 18, y, name);
    x += width + 16;
  }
  const double height = y + 14;

  std::string out = open_svg(chart.width, height, chart.title);
  out += text(16, 24, chart.title, "title");
  const auto corner = [&](std::uint32_t slot) {
    const std::uint32_t r = slot / std::max(1u, chart.cores_per_router);
    const std::uint32_t k = slot % std::max(1u, chart.cores_per_router);
    const double left = margin + (r % columns) * (router + gap);
    const double upper = top + (r / columns) * (router_height + gap);
    return std::pair(left + padding + (k % across) * (core + core_gap),
                     upper + padding + (k / across) * (core + core_gap));
  };
  for (std::uint32_t r = 0; r < columns * rows; ++r) {
    const double left = margin + (r % columns) * (router + gap);
    const double upper = top + (r / columns) * (router_height + gap);
    const double middle_x = left + router / 2, middle_y = upper + router_height / 2;
    if (r % columns + 1 < columns)
      out += line(left + router, middle_y, left + router + gap, middle_y, "axis");
    if (r / columns + 1 < rows)
      out += line(middle_x, upper + router_height, middle_x, upper + router_height + gap, "axis");
    out +=
        fmt::format("<rect class=\"band\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"4\"/>",
                    c(left), c(upper), c(router), c(router_height));
    for (std::uint32_t k = 0; k < chart.cores_per_router; ++k) {
      const auto [cx, cy] = corner(r * chart.cores_per_router + k);
      out += fmt::format(
          "<rect class=\"empty\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"2\"/>", c(cx),
          c(cy), c(core), c(core));
    }
  }
  for (const MeshMap::Core& used : chart.cores) {
    if (used.slot >= columns * rows * chart.cores_per_router) continue;
    const auto [cx, cy] = corner(used.slot);
    const double share = std::isfinite(used.share) ? std::clamp(used.share, 0.06, 1.0) : 1.0;
    const int color = static_cast<int>(used.group % palette_size);
    out += fmt::format(
        "<g><title>{}</title><rect class=\"ghost\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" "
        "rx=\"2\"/><rect class=\"bar c{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" "
        "rx=\"2\"/></g>",
        escape_xml(used.text), c(cx), c(cy), c(core), c(core), color, c(cx),
        c(cy + core * (1.0 - share)), c(core), c(core * share));
  }
  return out + legend + "</svg>";
}

}  // namespace retrograde

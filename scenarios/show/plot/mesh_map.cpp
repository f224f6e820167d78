#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include <retrograde/scenarios/show/plot/mesh_map.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

namespace retrograde {

using namespace svg_parts;

namespace {

constexpr double margin = 14, gap = 8, core_gap = 2, padding = 3, top = 40;

// Where routers and their cores lie.
struct Places {
  std::uint32_t columns, rows, per_router, across;
  double router, core, router_height, bottom;

  explicit Places(const MeshMap& chart)
      : columns(std::max(1u, chart.columns)),
        rows(std::max(1u, chart.rows)),
        per_router(std::max(1u, chart.cores_per_router)) {
    // Cores of a router in a square, or close to one.
    across = static_cast<std::uint32_t>(std::ceil(std::sqrt(static_cast<double>(per_router))));
    const std::uint32_t down = (per_router + across - 1) / across;
    router = (chart.width - 2 * margin - gap * (columns - 1)) / static_cast<double>(columns);
    core = (router - 2 * padding - core_gap * (across - 1)) / across;
    router_height = core * down + core_gap * (down - 1) + 2 * padding;
    bottom = top + rows * router_height + (rows - 1) * gap;
  }
  double left(std::uint32_t r) const { return margin + (r % columns) * (router + gap); }
  double upper(std::uint32_t r) const { return top + (r / columns) * (router_height + gap); }
  // Upper left corner of a core.
  std::pair<double, double> corner(std::uint32_t slot) const {
    const std::uint32_t r = slot / per_router, k = slot % per_router;
    return {left(r) + padding + (k % across) * (core + core_gap),
            upper(r) + padding + (k / across) * (core + core_gap)};
  }
};

// Names of the groups in rows of what fits; `y` is the base line of the first and becomes that of
// the last.
std::string group_names(const MeshMap& chart, double& y) {
  std::string out;
  double x = margin;
  for (std::size_t k = 0; k < chart.groups.size(); ++k) {
    const std::string name = fitted(chart.groups[k], text_size, chart.width - 2 * margin - 20);
    const double width = 20 + text_width(name, text_size);
    if (x > margin && x + width > chart.width - margin) {
      x = margin;
      y += 18;
    }
    out += fmt::format(
        "<rect class=\"bar c{}\" x=\"{}\" y=\"{}\" width=\"12\" height=\"10\" rx=\"2\"/>",
        k % palette_size, c(x), c(y - 9));
    out += text(x + 18, y, name);
    x += width + 16;
  }
  return out;
}

// A router with its links to the right and below, and places for its cores.
std::string router_ground(const MeshMap& chart, const Places& places, std::uint32_t r) {
  const double left = places.left(r), upper = places.upper(r);
  const double right = left + places.router, lower = upper + places.router_height;
  std::string out;
  if (r % places.columns + 1 < places.columns)
    out += line(right, (upper + lower) / 2, right + gap, (upper + lower) / 2, "axis");
  if (r / places.columns + 1 < places.rows)
    out += line((left + right) / 2, lower, (left + right) / 2, lower + gap, "axis");
  out += fmt::format("<rect class=\"band\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"4\"/>",
                     c(left), c(upper), c(places.router), c(places.router_height));
  for (std::uint32_t k = 0; k < chart.cores_per_router; ++k) {
    const auto [x, y] = places.corner(r * chart.cores_per_router + k);
    out +=
        fmt::format("<rect class=\"empty\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"2\"/>",
                    c(x), c(y), c(places.core), c(places.core));
  }
  return out;
}

// A core in use, filled from below.
std::string used_core(const MeshMap::Core& used, const Places& places) {
  const auto [x, y] = places.corner(used.slot);
  const double core = places.core;
  const double share = std::isfinite(used.share) ? std::clamp(used.share, 0.06, 1.0) : 1.0;
  return fmt::format(
      "<g><title>{}</title><rect class=\"ghost\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" "
      "rx=\"2\"/><rect class=\"bar c{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" "
      "rx=\"2\"/></g>",
      escape_xml(used.text), c(x), c(y), c(core), c(core),
      static_cast<int>(used.group % palette_size), c(x), c(y + core * (1.0 - share)), c(core),
      c(core * share));
}

}  // namespace

std::string render(const MeshMap& chart) {
  const Places places(chart);
  double y = places.bottom + 26;
  const std::string names = group_names(chart, y);
  std::string out = open_svg(chart.width, y + 14, chart.title);
  out += text(16, 24, chart.title, "title");
  const std::uint32_t routers = places.columns * places.rows;
  for (std::uint32_t r = 0; r < routers; ++r) out += router_ground(chart, places, r);
  for (const MeshMap::Core& used : chart.cores)
    if (used.slot < routers * chart.cores_per_router) out += used_core(used, places);
  return out + names + "</svg>";
}

}  // namespace retrograde

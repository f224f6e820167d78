#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/scenarios/show/plot/chart/axes.hpp>
#include <retrograde/scenarios/show/plot/chart/shades.hpp>
#include <retrograde/scenarios/show/pursuit/image_grid.hpp>

namespace retrograde {

using namespace svg_parts;

namespace {

constexpr double margin = 14, gap = 6, top = 34, caption_height = 16;

double largest(const std::vector<double>& values) {
  double most = 0.0;
  for (const double value : values)
    if (std::isfinite(value)) most = std::fmax(most, std::fabs(value));
  return most;
}

// The values of one sign, as shares of `most`.
chart_parts::Shades shades_of(const ImageGrid& grid, const std::vector<double>& values, double most,
                              double sign) {
  chart_parts::Shades shades(grid.columns, grid.rows);
  const std::size_t count = std::min(values.size(), shades.shares.size());
  for (std::size_t k = 0; k < count; ++k) {
    const double share = most > 0.0 ? sign * values[k] / most : 0.0;
    // A tenth of the largest is less than the faintest shade says.
    shades.shares[k] = share > 0.1 ? share : 0.0;
  }
  return shades;
}

std::string picture(const ImageGrid& grid, const ImageGrid::Image& image, double most, double left,
                    double upper, double width, double height) {
  std::string out =
      fmt::format("<rect class=\"band\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>", c(left),
                  c(upper), c(width), c(height));
  out +=
      render(shades_of(grid, image.values, most, 1.0), left, upper, width, height, palette::exact);
  out +=
      render(shades_of(grid, image.values, most, -1.0), left, upper, width, height, palette::chip);
  return out;
}

}  // namespace

std::string render(const ImageGrid& grid) {
  if (grid.images.empty() || grid.columns == 0 || grid.rows == 0)
    return chart_parts::no_data(grid.width, 120, grid.title);
  const std::size_t shown = std::min(grid.images.size(), grid.most);
  const std::size_t across = std::clamp<std::size_t>(grid.across, 1, shown);
  const std::size_t down = (shown + across - 1) / across;
  const bool captions = std::any_of(grid.images.begin(), grid.images.end(),
                                    [](const ImageGrid::Image& i) { return !i.caption.empty(); });
  const auto many = static_cast<double>(across);
  const double width = (grid.width - 2 * margin - gap * (many - 1)) / many;
  const double height = width * static_cast<double>(grid.rows) / static_cast<double>(grid.columns);
  const double below = captions ? caption_height : 0.0;
  const bool cut = shown < grid.images.size();
  const double bottom = top + static_cast<double>(down) * (height + below + gap);

  double common = 0.0;
  for (std::size_t k = 0; k < shown; ++k)
    common = std::fmax(common, largest(grid.images[k].values));
  std::string out = open_svg(grid.width, bottom + (cut ? 20 : 4), grid.title);
  out += text(margin, 20, fitted(grid.title, 14, grid.width - 2 * margin), "title");
  for (std::size_t k = 0; k < shown; ++k) {
    const double left = margin + static_cast<double>(k % across) * (width + gap);
    const std::size_t row = k / across;
    const double upper = top + static_cast<double>(row) * (height + below + gap);
    const ImageGrid::Image& image = grid.images[k];
    out += picture(grid, image, grid.same_scale ? common : largest(image.values), left, upper,
                   width, height);
    if (captions)
      out += text(left, upper + height + 12, fitted(image.caption, text_size, width + gap));
  }
  if (cut)
    out += text(margin, bottom + 10, fmt::format("the first {} of {}", shown, grid.images.size()));
  return out + "</svg>";
}

}  // namespace retrograde

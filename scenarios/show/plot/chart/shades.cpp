#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/scenarios/show/plot/chart/shades.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

namespace retrograde::chart_parts {

namespace {

constexpr std::size_t shade_count = 5;

std::size_t cell_of(double share, std::size_t cells) {
  return std::min(static_cast<std::size_t>(share * static_cast<double>(cells)), cells - 1);
}

}  // namespace

double& Shades::at(double x, double y) {
  return shares[cell_of(y, rows) * columns + cell_of(x, columns)];
}

Shades density(std::size_t columns, std::size_t rows, const std::vector<double>& x,
               const std::vector<double>& y) {
  Shades shades(columns, rows);
  for (std::size_t k = 0; k < x.size(); ++k) ++shades.at(x[k], y[k]);
  const double most = *std::max_element(shades.shares.begin(), shades.shares.end());
  for (double& share : shades.shares) share = most > 0 ? std::sqrt(share / most) : 0;
  return shades;
}

std::string render(const Shades& shades, double left, double top, double width, double height,
                   int color) {
  const auto shade_of = [&](std::size_t row, std::size_t column) {
    const double share = shades.shares[row * shades.columns + column];
    return static_cast<std::size_t>(std::ceil(shade_count * std::clamp(share, 0.0, 1.0)));
  };
  // One path per shade, made of runs of cells; a cell is a unit square, and a run a line through the
  // middle of its row.
  std::array<std::string, shade_count + 1> paths;
  for (std::size_t row = 0; row < shades.rows; ++row) {
    for (std::size_t column = 0; column < shades.columns;) {
      const std::size_t shade = shade_of(row, column), begin = column;
      while (column < shades.columns && shade_of(row, column) == shade) ++column;
      if (shade > 0) paths[shade] += fmt::format("M{} {}h{}", begin, row, column - begin);
    }
  }
  std::string out =
      fmt::format("<g transform=\"translate({} {}) scale({:.5g} {:.5g}) translate(0 .5)\">",
                  coordinate(left), coordinate(top), width / static_cast<double>(shades.columns),
                  height / static_cast<double>(shades.rows));
  for (std::size_t shade = 1; shade <= shade_count; ++shade)
    if (!paths[shade].empty())
      out += fmt::format(
          "<path class=\"tick c{}\" stroke-width=\"1\" stroke-opacity=\"{:.1f}\" d=\"{}\"/>",
          color % palette_size, static_cast<double>(shade) / shade_count, paths[shade]);
  return out + "</g>";
}

}  // namespace retrograde::chart_parts

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/scenarios/show/plot/chart/axes.hpp>
#include <retrograde/scenarios/show/plot/charts.hpp>
#include <retrograde/scenarios/show/pursuit/image_grid.hpp>
#include <retrograde/scenarios/show/pursuit/picture.hpp>

namespace retrograde {

using namespace svg_parts;
using namespace chart_parts;

namespace {

std::vector<double> plain(const Vector& values) {
  return std::vector<double>(values.begin(), values.end());
}

Series curve(const std::string& name, const Vector& values) {
  Series series{.name = name, .x = {}, .y = plain(values)};
  series.x.reserve(series.y.size());
  for (std::size_t k = 0; k < series.y.size(); ++k) series.x.push_back(static_cast<double>(k));
  return series;
}

ImageGrid grid_of(const std::string& title, const SignalShape& shape) {
  ImageGrid grid;
  grid.title = title;
  grid.columns = static_cast<std::size_t>(shape.columns);
  grid.rows = static_cast<std::size_t>(shape.rows);
  return grid;
}

// So many curves can be told apart.
constexpr Eigen::Index most_curves = 7;

constexpr double stem_width = 980, stem_height = 240;
constexpr Frame stem_frame{56, 54, stem_width - 14, stem_height - 40};

// The ground of every group that is active in one of the codes.
std::string active_grounds(const std::vector<NamedCode>& codes, const Groups& groups,
                           const Scale& x) {
  std::string out;
  for (Eigen::Index g = 0; g < groups.count(); ++g) {
    const Eigen::Index first = groups.begin(g), size = groups.size(g);
    const bool active = std::any_of(codes.begin(), codes.end(), [&](const NamedCode& of) {
      return (of.code.segment(first, size).array() != 0.0).any();
    });
    if (!active || size == 1) continue;
    const double left = x(static_cast<double>(first) - 0.5);
    const double right = x(static_cast<double>(first + size) - 0.5);
    out += fmt::format(
        "<rect class=\"band\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>group "
        "{}</title></rect>",
        c(left), c(stem_frame.top), c(right - left), c(stem_frame.bottom - stem_frame.top), g);
  }
  return out;
}

// A line from 0 to each coefficient that is not 0, those of several codes beside each other.
std::string stems(const NamedCode& of, std::size_t k, std::size_t count, const Scale& x,
                  const Scale& y) {
  const double aside = 0.6 * ((static_cast<double>(k) + 0.5) / static_cast<double>(count) - 0.5);
  std::string path, marks;
  for (Eigen::Index i = 0; i < of.code.size(); ++i) {
    if (of.code(i) == 0.0 || !std::isfinite(of.code(i))) continue;
    const double at = x(static_cast<double>(i) + aside);
    path += fmt::format("M{} {}V{}", c(at), c(y(0.0)), c(y(of.code(i))));
    marks += fmt::format(
        "<circle class=\"dot c{}\" cx=\"{}\" cy=\"{}\" r=\"2\"><title>{}: {} = "
        "{:.4g}</title></circle>",
        k % palette_size, c(at), c(y(of.code(i))), escape_xml(of.name), i, of.code(i));
  }
  return fmt::format("<path class=\"tick c{}\" stroke-width=\"1.2\" d=\"{}\"/>", k % palette_size,
                     path) +
         marks;
}

}  // namespace

std::string atoms_chart(const std::string& title, const Matrix& atoms, const Groups& groups,
                        const SignalShape& shape) {
  if (shape.picture()) {
    ImageGrid grid = grid_of(title, shape);
    grid.width = 980;
    // A group a row, or several, where they are no wider than the page.
    const Eigen::Index size = groups.size(0);
    grid.across = static_cast<std::size_t>(size > 1 && size <= 16 ? size * (16 / size) : 16);
    grid.images.reserve(static_cast<std::size_t>(atoms.cols()));
    for (Eigen::Index j = 0; j < atoms.cols(); ++j) grid.images.push_back({plain(atoms.col(j))});
    return render(grid);
  }
  LineChart chart;
  const Eigen::Index shown = std::min(atoms.cols(), most_curves);
  chart.title = shown < atoms.cols()
                    ? fmt::format("{} (the first {} of {})", title, shown, atoms.cols())
                    : title;
  chart.x.label = "dimension";
  chart.y.label = "value";
  chart.width = 980;
  for (Eigen::Index j = 0; j < shown; ++j)
    chart.series.push_back(curve(fmt::format("atom {}", j), atoms.col(j)));
  return render(chart);
}

std::string code_chart(const std::string& title, const std::vector<NamedCode>& codes,
                       const Groups& groups) {
  Extent extent;
  extent.add(0.0, false);
  for (const NamedCode& of : codes)
    for (const double value : of.code)
      if (std::isfinite(value)) extent.add(value, false);
  if (codes.empty() || groups.coefficients() == 0) return no_data(stem_width, stem_height, title);
  Axis along;
  along.label = "coefficient";
  Axis up;
  up.label = "value";
  const Scale x{-0.5, static_cast<double>(groups.coefficients()) - 0.5, stem_frame.left,
                stem_frame.right};
  const Scale y = make_scale(extent, up, stem_frame.bottom, stem_frame.top, 0.06);

  std::string out = open_svg(stem_width, stem_height, title);
  out += text(14, 20, fitted(title, 14, stem_width - 28), "title");
  std::vector<LegendEntry> entries;
  entries.reserve(codes.size());
  for (std::size_t k = 0; k < codes.size(); ++k)
    entries.push_back(
        {codes[k].name, static_cast<int>(k % palette_size), LegendEntry::Mark::line, 0});
  double line_at = 40;
  out += legend(entries, 14, stem_width - 14, line_at);
  out += active_grounds(codes, groups, x);
  out += y_axis(y, stem_frame, 5);
  out += x_axis(x, stem_frame, along, true);
  out += line(stem_frame.left, y(0.0), stem_frame.right, y(0.0), "axis");
  for (std::size_t k = 0; k < codes.size(); ++k) out += stems(codes[k], k, codes.size(), x, y);
  return out + "</svg>";
}

std::string maps_chart(const std::string& title, const Vector& code,
                       const ConvolutionShape& shape) {
  ImageGrid grid = grid_of(title, {shape.columns(), shape.rows()});
  grid.across = 16;
  grid.same_scale = true;
  grid.width = 980;
  grid.images.reserve(static_cast<std::size_t>(shape.kernels));
  for (Eigen::Index k = 0; k < shape.kernels; ++k) {
    const Vector map = code(Eigen::seqN(k, shape.positions(), shape.kernels));
    grid.images.push_back({plain(map), fmt::format("kernel {}", k)});
  }
  return render(grid);
}

std::string messages_chart(const std::string& title, const std::vector<GradedMessage>& record,
                           Time duration, const Groups& groups) {
  Raster raster;
  raster.title = title;
  raster.duration = duration;
  Raster::Band band;
  band.name = "who sends";
  raster.members = groups.count() == groups.coefficients() ? "neuron" : "group";
  raster.events = "message";
  band.size = static_cast<std::uint32_t>(groups.count());
  band.times.reserve(record.size());
  band.neurons.reserve(record.size());
  std::vector<char> active(static_cast<std::size_t>(groups.count()), 0);
  for (const GradedMessage& message : record) {
    if (active[message.group] != static_cast<char>(message.active))
      band.ringed.push_back(band.times.size());  // NOLINT
    active[message.group] = static_cast<char>(message.active);
    band.times.push_back(message.time);
    band.neurons.push_back(message.group);
  }
  raster.bands.push_back(std::move(band));
  return render(raster);
}

std::string signals_chart(const std::string& title, const std::vector<NamedSignal>& signals,
                          const SignalShape& shape) {
  if (shape.picture()) {
    ImageGrid grid = grid_of(title, shape);
    grid.across = signals.size();
    grid.same_scale = true;
    grid.width = std::fmin(980, 28 + 170.0 * static_cast<double>(signals.size()));
    grid.images.reserve(signals.size());
    for (const NamedSignal& of : signals) grid.images.push_back({plain(of.signal), of.name});
    return render(grid);
  }
  LineChart chart;
  chart.title = title;
  chart.x.label = "dimension";
  chart.y.label = "value";
  chart.width = 980;
  chart.series.reserve(signals.size());
  for (const NamedSignal& of : signals) chart.series.push_back(curve(of.name, of.signal));
  return render(chart);
}

}  // namespace retrograde

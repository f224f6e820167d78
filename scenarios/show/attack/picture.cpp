#include <algorithm>
#include <fmt/format.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/attack/picture.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

namespace retrograde {

namespace {

// A point with bars to its bounds, in percent.
void add(Series& series, double epsilon, const Share& share) {
  const Interval range = share.range();
  series.x.push_back(epsilon);
  series.y.push_back(100.0 * share.value());
  series.spread.push_back(100.0 * (range.high - share.value()));
  series.spread_below.push_back(100.0 * (share.value() - range.low));
}

Series line(const AttackCurve& curve, std::size_t position) {
  Series series{.name = curve.name, .x = {}, .y = {}};
  if (curve.name == "exact") series.color = palette::exact;
  if (curve.name == "Loihi 2") series.color = palette::chip;
  series.mark = static_cast<int>(position);
  series.aside = 3.0 * static_cast<double>(position);
  for (const AttackRadius& at : curve.radii) add(series, at.epsilon, at.right);
  return series;
}

Series random_points(const AttackCurve& curve) {
  Series series{.name = "random in its place", .x = {}, .y = {}};
  series.color = palette::other;
  series.dash = 2;
  series.aside = -3.0;
  for (const AttackRadius& at : curve.radii)
    if (at.random) add(series, at.epsilon, *at.random);
  return series;
}

}  // namespace

LineChart attack_chart(const std::string& title, const Robustness& r) {
  LineChart chart;
  chart.title = title;
  chart.x = {.label = fmt::format("radius of the attack{}",
                                  r.spec.norm == AttackNorm::l2 ? ", l2" : ", of each value"),
             .unit = r.unit};
  chart.y = {.label = "right decisions", .unit = "%", .low = 0.0, .high = 100.0};
  chart.width = 560;
  chart.height = 360;
  for (const AttackCurve& curve : r.curves)
    chart.series.push_back(line(curve, chart.series.size()));
  const auto own = [](const AttackCurve& curve) { return !curve.transferred; };
  if (std::count_if(r.curves.begin(), r.curves.end(), own) == 1)
    chart.series.push_back(random_points(*std::find_if(r.curves.begin(), r.curves.end(), own)));
  return chart;
}

std::string attack_picture(const std::string& name, const Robustness& r) {
  return standalone_svg(
      render(attack_chart(fmt::format("{}: {} under attack", name, plural(r.count, r.inputs)), r)));
}

}  // namespace retrograde

#include <catch2/catch.hpp>
#include <limits>

#include <retrograde/scenarios/show/plot/interval_chart.hpp>
#include <retrograde/scenarios/show/plot/mesh_map.hpp>

#include "tests/support/markup.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

void check_sane(const std::string& svg) {
  CHECK(svg.starts_with("<svg "));
  CHECK(markup_fault(svg) == "");
  CHECK(occurrences(svg, "nan") == 0);
  CHECK(occurrences(svg, "inf") == 0);
}

}  // namespace

TEST_CASE("a mesh map draws every core of the chip and fills those in use") {
  MeshMap map;
  map.title = "Cores";
  map.columns = 8;
  map.rows = 4;
  map.cores_per_router = 4;
  map.groups = {"hidden", "out <3>"};
  map.cores = {{0, 0, 0.5, "hidden: 50 neurons"}, {127, 1, 2.0, "out & more"}};
  const std::string svg = render(map);
  check_sane(svg);
  CHECK(occurrences(svg, "class=\"empty\"") == 128);
  CHECK(occurrences(svg, "class=\"band\"") == 32);
  CHECK(occurrences(svg, "class=\"bar c0\"") == 2);  // legend and core
  CHECK_THAT(svg, Contains("hidden: 50 neurons") && Contains("out &lt;3&gt;") &&
                      Contains("out &amp; more"));
}

TEST_CASE("a mesh map of anything stays a picture") {
  check_sane(render(MeshMap{}));
  MeshMap map;
  map.columns = 1;
  map.rows = 1;
  map.cores_per_router = 3;
  map.groups = {std::string(400, 'x')};
  map.cores = {{2, 9, std::numeric_limits<double>::quiet_NaN(), ""}, {77, 0, 1, "off the chip"}};
  const std::string svg = render(map);
  check_sane(svg);
  CHECK(occurrences(svg, "off the chip") == 0);
}

TEST_CASE("an interval chart draws bars, dots and values") {
  IntervalChart chart;
  chart.title = "Time";
  chart.x.label = "time";
  chart.x.unit = "ms";
  chart.rows = {{"Loihi 2", 2.6, 0.7, 9.9, 1}, {"Jetson", 25.5, 25.5, 25.5, 0}};
  const std::string svg = render(chart);
  check_sane(svg);
  CHECK(occurrences(svg, "class=\"dot") == 2);
  CHECK(occurrences(svg, "class=\"area") == 1);
  CHECK_THAT(svg, Contains("Loihi 2: 2.6 (0.7 to 9.9)") && Contains("time (ms)"));
}

TEST_CASE("an interval chart leaves out what no logarithm has") {
  IntervalChart chart;
  CHECK_THAT(render(chart), Contains("no data"));
  const double infinity = std::numeric_limits<double>::infinity();
  chart.rows = {{"zero", 0, 0, 0, 0}, {"far", 1, 1, infinity, 0}, {"bad", -infinity, 1, 2, 0}};
  check_sane(render(chart));
  CHECK_THAT(render(chart), Contains("no data"));
  chart.rows.push_back({"one", 1, 1, 1, 0});
  check_sane(render(chart));
}

#include <catch2/catch.hpp>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <string>
#include <vector>

#include <retrograde/scenarios/show/plot/chart/table.hpp>
#include <retrograde/scenarios/show/plot/charts.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

#include "tests/support/markup.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

const double not_a_number = std::numeric_limits<double>::quiet_NaN();
const double infinity = std::numeric_limits<double>::infinity();

// Holds for every chart whatever it is given.
void check_sane(const std::string& svg) {
  CHECK(svg.starts_with("<svg "));
  CHECK(markup_fault(svg) == "");
  CHECK(occurrences(svg, "nan") == 0);
  CHECK(occurrences(svg, "inf") == 0);
  CHECK(occurrences(svg, "http") == 0);
}

}  // namespace

TEST_CASE("a line chart draws every series with its name, ticks and values to hover over") {
  LineChart chart;
  chart.title = "Accuracy";
  chart.x = {.label = "epoch"};
  chart.y = {.label = "accuracy", .unit = "%"};
  chart.series = {{"training", {1, 2, 3}, {50, 80, 90}}, {"validation", {1, 2, 3}, {45, 70, 85}}};
  chart.rules = {{2, "best", true}, {90, "goal", false}};
  const std::string svg = render(chart);
  check_sane(svg);
  CHECK(occurrences(svg, "class=\"curve c0\"") == 2);  // legend and curve
  CHECK(occurrences(svg, "class=\"curve c1\"") == 2);
  CHECK_THAT(svg, Contains(">training<") && Contains(">validation<") && Contains("accuracy (%)"));
  CHECK_THAT(svg, Contains("<title>validation, epoch 2: 70 %</title>"));
  CHECK_THAT(svg, Contains(">best<") && Contains(">goal<"));
  CHECK_THAT(svg, Contains(">60<") && Contains("viewBox=\"0 0 480 280\""));
}

TEST_CASE("the text of a level rule stands where no curve runs, or else in the legend") {
  LineChart chart;
  chart.title = "Accuracy";
  chart.x = {.label = "epoch"};
  chart.y = {.label = "accuracy", .unit = "%", .low = 0, .high = 100};
  chart.rules = {{50, "goal: 50 %", false}};
  // The base line of the text, and where it ends.
  const auto place = [](const std::string& svg) {
    const std::size_t end = svg.find(">goal: 50 %<"), begin = svg.rfind("<text", end);
    std::istringstream in(svg.substr(begin));
    std::pair<double, double> at;
    in.ignore(9) >> at.first;
    in.ignore(5) >> at.second;
    return at;
  };
  const auto rule_of = [](const std::string& svg) {
    const std::size_t at = svg.find("<path class=\"rule\" d=\"M58 ");
    return std::stod(svg.substr(at + 26));
  };
  // Far away from the rule: above it, at the right.
  chart.series = {{"a", {0, 10}, {90, 90}}};
  std::string svg = render(chart);
  check_sane(svg);
  const double at = rule_of(svg);
  CHECK(place(svg) == std::pair(462.0, at - 5));
  // Ends just above it: below, at the right. Crosses it at the right: further to the left.
  chart.series = {{"a", {0, 10}, {95, 52}}};
  CHECK(place(render(chart)) == std::pair(462.0, at + 14));
  chart.series = {{"a", {0, 9, 10}, {95, 95, 5}}};
  CHECK(place(render(chart)).first < 442);
  // An error bar is in the way, too.
  chart.series = {{"a", {0, 9.5}, {95, 95}, -1, 0, {0, 90}}, {"b", {0, 10}, {95, 95}}};
  CHECK(place(render(chart)).first < 450);
  // All along it: in the legend, with its line.
  Series dense{.name = "a", .x = {}, .y = {}};
  for (int k = 0; k <= 100; ++k) {
    dense.x.push_back(k);
    dense.y.push_back(k % 2 ? 30 : 70);
  }
  chart.series = {dense};
  svg = render(chart);
  check_sane(svg);
  CHECK(place(svg).second == 46);
  CHECK(occurrences(svg, "class=\"rule\"") == 2);
  // A second rule does not stand on the first one's text.
  chart.series = {{"a", {0, 10}, {95, 95}}};
  chart.rules = {{50, "other: 50 %", false}, {50, "goal: 50 %", false}};
  CHECK(place(render(chart)) == std::pair(462.0, at + 14));
}

TEST_CASE("a line chart has error bars and, where asked for, names in the place of numbers") {
  LineChart chart;
  chart.x = {.label = "delays", .low = -0.5, .high = 1.5, .names = {"fixed", "<learned>"}};
  chart.series = {{"a", {0, 1}, {50, 90}, -1, false, {10, 0}},
                  {"b", {0, 1}, {60, 80}, -1, false, {not_a_number, 5}}};
  const std::string svg = render(chart);
  check_sane(svg);
  CHECK_THAT(svg, Contains(">fixed<") && Contains(">&lt;learned&gt;<"));
  CHECK(occurrences(svg, ">0.5<") == 0);
  // A bar where the spread is a number above 0: two caps and a stem in one path per series.
  CHECK(occurrences(svg, "class=\"curve thin c0\"") == 1);
  CHECK(occurrences(svg, "class=\"curve thin c1\"") == 1);
  CHECK(occurrences(svg, "h7") == 4);
  // The bars are within the axis: 50 - 10 is a tick.
  CHECK_THAT(svg, Contains(">40<"));
  chart.y.log = true;
  chart.series[0].spread = {60, 0};
  check_sane(render(chart));
}

TEST_CASE("a line chart has ticks where it is told, shapes and dashes in chart and legend") {
  LineChart chart;
  chart.x.ticks = {0.5, 2, 7};
  chart.x.low = 0.0;
  chart.x.high = 8.0;
  chart.series = {{"a", {0.5, 2, 7}, {1, 2, 3}}, {"b", {0.5, 2, 7}, {1, 2, 3}}};
  chart.series[1].dash = 2;
  chart.series[1].mark = 1;
  chart.series[1].aside = 4;
  const std::string svg = render(chart);
  check_sane(svg);
  CHECK_THAT(svg, Contains(">0.5<") && Contains(">2<") && Contains(">7<"));
  CHECK_THAT(svg, !Contains(">4<"));
  CHECK(occurrences(svg, "class=\"curve c1 dash2\"") == 2);  // legend and curve
  CHECK(occurrences(svg, "m-4 -4h8v8h-8z") == 4);            // legend and three points
  // What stands aside still says where it belongs: x = 2 is 58 + (462 - 58) / 4 pixels.
  CHECK_THAT(svg, Contains("cx=\"163\"") && Contains("M163 "));
  CHECK_THAT(svg, Contains("<title>b,  2: 2</title>"));
}

TEST_CASE("a line chart of whole values has no ticks between them") {
  LineChart chart;
  chart.x = {.label = "epoch"};
  chart.y.low = 0.0;
  chart.series = {{"", {1, 2, 3}, {0, 0, 0}}};
  const std::string svg = render(chart);
  check_sane(svg);
  CHECK(occurrences(svg, ">0<") == 1);
  CHECK_THAT(svg, !Contains(">0.0"));
}

TEST_CASE("a logarithmic chart leaves out what has no logarithm") {
  LineChart chart;
  chart.y.log = true;
  chart.series = {{"loss", {1, 2, 3, 4, 5}, {10, 0, -1, 0.1, 0.001}}};
  const std::string svg = render(chart);
  check_sane(svg);
  CHECK(occurrences(svg, "<title>") == 3);
  CHECK_THAT(svg, Contains(">0.01<"));
}

TEST_CASE("charts without data say so") {
  for (const std::string& svg : {render(LineChart{}), render(Histogram{}), render(HeatMap{}),
                                 render(Raster{}), render(BarGroups{})}) {
    check_sane(svg);
    CHECK_THAT(svg, Contains("no data"));
  }
  LineChart all_nan;
  all_nan.series = {{"x", {1, 2}, {not_a_number, not_a_number}}};
  CHECK_THAT(render(all_nan), Contains("no data"));
}

TEST_CASE("charts stay sane for one point, equal values, extremes and not-a-number") {
  for (const std::vector<double>& values : {std::vector<double>{5, 5, 5, 5},
                                            {0, 0, 0, 0},
                                            {1e300, -1e308, 1e308, 1},
                                            {not_a_number, infinity, -infinity, 1},
                                            {1e-300, 2e-300, 1e-310, 0}}) {
    LineChart line;
    line.series = {{"a", {1, 2, 3, 4}, values}};
    check_sane(render(line));
    line.y.log = true;
    check_sane(render(line));
    Histogram histogram;
    histogram.before = values;
    histogram.after = {1};
    check_sane(render(histogram));
    Raster raster;
    raster.duration = 10;
    raster.bands = {{"b", 2, values, {0, 1, 2, 0}}};
    raster.traces = {{"v", {0, 1, 2, 3}, values}};
    check_sane(render(raster));
    BarGroups bars;
    bars.groups = {"a", "b", "c", "d"};
    bars.series = {"s"};
    bars.values = {values};
    check_sane(render(bars));
  }
  LineChart one;
  one.series = {{"a", {7}, {3}}};
  check_sane(render(one));
}

TEST_CASE("every text of every chart is escaped") {
  const std::string evil = "<script>\"&'";
  LineChart line;
  line.title = evil;
  line.x = {.label = evil};
  line.y = {.label = evil, .unit = evil};
  line.series = {{evil, {1, 2}, {3, 4}}};
  line.rules = {{1, evil, true}, {3, evil, false}};
  Histogram histogram;
  histogram.title = evil;
  histogram.x = {.label = evil};
  histogram.before = histogram.after = {1, 2};
  histogram.before_name = histogram.after_name = evil;
  HeatMap map;
  map.title = map.row_title = map.column_title = evil;
  map.rows = map.columns = {evil};
  map.counts = {3};
  Raster raster;
  raster.title = evil;
  raster.duration = 10;
  raster.bands = {{evil, 1, {1}, {0}}};
  raster.traces = {{evil, {0, 1}, {0, 1}}};
  raster.trace_label = evil;
  raster.rules = {{1, evil, true}};
  BarGroups bars;
  bars.title = evil;
  bars.y = {.label = evil, .unit = evil};
  bars.groups = bars.series = {evil};
  bars.values = {{1}};
  for (const std::string& svg :
       {render(line), render(histogram), render(map), render(raster), render(bars)}) {
    check_sane(svg);
    CHECK(occurrences(svg, "<script") == 0);
    CHECK(occurrences(svg, "&lt;script&gt;") > 0);
  }
}

TEST_CASE("a histogram counts both samples over the same bins") {
  Histogram chart;
  chart.before = {0, 0, 0, 1};
  chart.after = {0, 1, 1, not_a_number};
  chart.bins = 2;
  const std::string svg = render(chart);
  check_sane(svg);
  CHECK_THAT(svg, Contains("<title>before: 3 from 0 to 0.5</title>") &&
                      Contains("<title>before: 1 from 0.5 to 1</title>") &&
                      Contains("<title>after: 1 from 0 to 0.5</title>") &&
                      Contains("<title>after: 2 from 0.5 to 1</title>"));
}

TEST_CASE("a histogram has ticks at whole counts, and its last label within the picture") {
  Histogram chart;
  chart.before = {9.99, 10};
  const std::string svg = render(chart);
  CHECK_THAT(svg, Contains(">1<") && !Contains(">0.2<") && !Contains(">0.5<"));
  const std::size_t label = svg.find(">10.000<");
  REQUIRE(label != std::string::npos);
  const double middle = std::stod(svg.substr(svg.rfind("<text x=\"", label) + 9));
  CHECK(middle + text_width("10.000", svg_parts::text_size) / 2 <= chart.width);
}

TEST_CASE("a histogram whose samples all begin at one value still shows where they went") {
  Histogram chart;
  chart.before.assign(1000, 0.0);
  for (int i = 0; i < 1000; ++i) chart.after.push_back(i * 0.01);
  const std::string svg = render(chart);
  check_sane(svg);
  CHECK_THAT(svg, Contains("↑ 1000 before, 25 after"));
}

// Delays that begin at 0 and half of which stay there: what moved is a thirtieth of that bar.
TEST_CASE("a bin far above all others is broken, and the others fill the height") {
  Histogram chart;
  chart.before.assign(600, 0.0);
  chart.after.assign(280, 0.0);
  for (int i = 0; i < 320; ++i) chart.after.push_back(1.0 + i * 0.1);  // to 32.9
  const std::string svg = render(chart);
  check_sane(svg);
  CHECK_THAT(svg, Contains("↑ 600 before, 280 after"));
  CHECK(occurrences(svg, "class=\"break\"") == 1);
  // The axis ends near the count of the others: 320 of them in 38 of the 40 bins.
  CHECK_THAT(svg, Contains(">10<") && !Contains(">200<"));
  // The edge of what was before lies over what is after.
  CHECK(svg.find("class=\"edge\"") > svg.find("class=\"area"));
  // Bins of like height are never broken.
  chart.before.assign(20, 0.0);
  chart.after.assign(20, 5.0);
  CHECK_THAT(render(chart), !Contains("↑"));
}

TEST_CASE("a confusion matrix prints counts, shares and which of them are mistakes") {
  HeatMap map;
  map.row_title = "label";
  map.column_title = "decision";
  map.rows = {"yin", "yang"};
  map.columns = {"yin", "yang", "none"};
  map.counts = {90, 9, 1, 0, 50, 0};
  const std::string svg = render(map);
  check_sane(svg);
  CHECK_THAT(svg, Contains("<title>label yin, decision yang: 9 (9.0 %)</title>"));
  CHECK(occurrences(svg, "class=\"cell c6\"") == 2);
  CHECK(occurrences(svg, "class=\"cell c5\"") == 2);
  CHECK(occurrences(svg, "class=\"cell empty\"") == 2);
}

TEST_CASE("a raster shows each spike of a small trial with its neuron and its time") {
  Raster raster;
  raster.title = "sample";
  raster.duration = 20;
  raster.bands = {{"input", 2, {1.5, 3}, {0, 1}}, {"hidden", 3, {7, 21, 8}, {2, 0, 3}}};
  raster.traces = {{"output[0]", {0, 10, 20}, {0, 0.5, 0.2}}};
  raster.threshold = 1.0;
  const std::string svg = render(raster);
  check_sane(svg);
  CHECK_THAT(svg, Contains("<title>input[1] at 3 ms</title>") &&
                      Contains("<title>hidden[2] at 7 ms</title>") && Contains(">threshold<"));
  // A spike after the end and one of a neuron that is not there are left out.
  CHECK(occurrences(svg, "<title>") == 3);
}

TEST_CASE("a raster of a crowd has a rate, numbers of neurons and thin ticks") {
  Raster raster;
  raster.duration = 120;  // bins of 1 ms
  Raster::Band crowd{"hidden", 1000, {}, {}};
  for (std::uint32_t i = 0; i < 3000; ++i) {
    crowd.times.push_back(i < 700 ? 60.5 : i * 0.04);
    crowd.neurons.push_back(i % 1000);
  }
  raster.bands = {crowd, {"few", 3, {1}, {2}}};
  raster.notes = {"not <drawn>"};
  const std::string svg = render(raster);
  check_sane(svg);
  // The tallest bin has the 700 at once and the 25 of its own millisecond.
  CHECK_THAT(svg, Contains(">725<") && Contains(">spikes/s<") && Contains(">per neuron<"));
  CHECK_THAT(svg, Contains(">0<") && Contains(">999<") && Contains("not &lt;drawn&gt;"));
  CHECK(occurrences(svg, "class=\"area") == 1);
  CHECK_THAT(svg, Contains("stroke-width=\"0.8\""));
}

TEST_CASE("spikes that have to be told from the rest are ringed") {
  Raster raster;
  raster.duration = 20;
  raster.bands = {{"a", 2, {1.5, 3, 30}, {0, 1, 1}, {1, 2, 9}}};
  const std::string svg = render(raster);
  check_sane(svg);
  CHECK(occurrences(svg, "a5 5 0 1 0 10 0") == 1);  // those outside of the picture have none
}

TEST_CASE("charts of a great many values stay small") {
  std::vector<double> x, y;
  std::vector<std::uint32_t> neurons;
  for (int i = 0; i < 1000000; ++i) {
    x.push_back(i * 1e-4);
    y.push_back(std::sin(i * 0.01));
    if (i < 50000) neurons.push_back(static_cast<std::uint32_t>(i % 700));
  }
  LineChart line;
  line.series = {{"a", x, y}};
  CHECK(render(line).size() < 50000);
  Raster raster;
  raster.duration = 100;
  raster.traces = {{"v", x, y}};
  raster.bands = {{"b", 700, std::vector<double>(x.begin(), x.begin() + 50000), neurons}};
  CHECK(render(raster).size() < 200'000);
}

TEST_CASE("a band of very many spikes is shaded by how many there are at each place") {
  Raster raster;
  raster.duration = 100;
  Raster::Band cochlea{"cochlea", 700, {}, {}}, few{"few", 10, {5.0}, {3}};
  for (std::uint32_t k = 0; k < 9000; ++k) {
    // Most of them at one place, in the middle of the time, in the last neuron.
    cochlea.times.push_back(k < 8000 ? 50.0 : (k % 100) * 1.0);
    cochlea.neurons.push_back(k < 8000 ? 699 : k % 700);
  }
  raster.bands = {cochlea, few};
  const std::string svg = render(raster);
  check_sane(svg);
  CHECK_THAT(svg, Contains("cochlea: 9000 spikes, shaded by their number in 0.35 ms and 6.19 "
                           "neurons"));
  // One cell is the darkest, that of all 8000: 858 px of 3 are 286 columns, 226 px of 2 are 113 rows.
  CHECK_THAT(svg, Contains("stroke-opacity=\"1.0\" d=\"M143 112h1\""));
  CHECK(occurrences(svg, "stroke-opacity=\"0.8\"") == 0);
  CHECK(occurrences(svg, "stroke-opacity=\"0.2\"") == 1);
  CHECK_THAT(svg, Contains("d=\"M146.9 354.4"));  // the spike of the other band is a tick
  CHECK(svg.size() < 60'000);
}

TEST_CASE("a band of an analogue signal is shaded by its value, from the lowest to the highest") {
  Raster raster;
  raster.duration = 100;
  // From 51 ms on the first neuron is at 4, the second from 26 to 76 ms at -1.
  Raster::Band mel{"mel", 2, {26, 51, 76}, {1, 0, 1}};
  mel.levels = {-1, 4, 0};
  raster.bands = {mel};
  const std::string svg = render(raster);
  check_sane(svg);
  CHECK_THAT(svg, Contains("mel: a signal from -1 to 4"));
  // Of 286 columns: the first neuron is at a fifth of the range, then at all of it; the second at a
  // fifth, at nothing, at a fifth.
  CHECK_THAT(svg, Contains("stroke-opacity=\"1.0\" d=\"M146 0h140\"") &&
                      Contains("stroke-opacity=\"0.2\" d=\"M0 0h146M0 1h74M217 1h69\""));
  CHECK(occurrences(svg, "stroke-opacity") == 2);
}

TEST_CASE("a raster of dense bands stays small whatever is in them") {
  Raster raster;
  raster.duration = 100;
  for (int b = 0; b < 16; ++b) {
    Raster::Band band{"b" + std::to_string(b), 500, {}, {}};
    for (std::uint32_t k = 0; k < 40'000; ++k) {
      band.times.push_back(100 * std::fmod(k * 0.618033988749895, 1.0));
      band.neurons.push_back((k * 7919 + k * k % 13) % 500);
    }
    raster.bands.push_back(std::move(band));
  }
  CHECK(render(raster).size() < 500'000);
}

TEST_CASE("a table has its first column to the left, the others to the right, and room for notes") {
  TextTable table{
      "What <is> wrong", {"trial", "loss"}, {{"17", "3.25"}, {"4 & 5", "0.1"}}, {"a note"}, 300};
  const std::string svg = render(table);
  check_sane(svg);
  CHECK_THAT(svg, Contains("What &lt;is&gt; wrong") && Contains("4 &amp; 5") && Contains("a note"));
  CHECK_THAT(svg, Contains("<text x=\"16\" y=\"70\" class=\"strong\">17</text>") &&
                      Contains("<text x=\"284\" y=\"70\" class=\"end strong\">3.25</text>"));
  CHECK(natural_height(svg) == 124);
  table.rows.clear();
  CHECK_THAT(render(table), Contains("no data"));
}

TEST_CASE("charts are arranged in columns with room for the tallest") {
  LineChart chart;
  chart.series = {{"a", {1, 2}, {3, 4}}};
  chart.width = 200;
  chart.height = 100;
  const std::string one = render(chart);
  CHECK(natural_height(one) == 100);
  const std::string all = arrange({{one, one}, {one}});
  check_sane(all);
  CHECK_THAT(all, Contains("viewBox=\"0 0 400 200\"") && Contains("translate(200 0)") &&
                      Contains("translate(0 100)"));
}

TEST_CASE("a raster shows the part of the time that it is asked for, and all else in its terms") {
  Raster raster;
  raster.duration = 100;
  raster.from = 20;
  raster.to = 40;
  raster.bands = {{"a", 2, {10, 20.5, 30, 39, 41}, {0, 1, 0, 1, 0}}};
  raster.traces = {{"v", {0, 10, 25, 35, 50}, {9, 8, 0.25, 0.5, 7}}};
  const std::string svg = render(raster);
  check_sane(svg);
  CHECK(occurrences(svg, "<title>a[") == 3);
  CHECK_THAT(svg, Contains("<title>a[0] at 30 ms</title>"));
  CHECK_THAT(svg, Contains(">20<") && Contains(">30<") && Contains(">40<") && !Contains(">100<"));
  CHECK_THAT(svg, !Contains(">8<"));  // the axis of what is shown
  // A crowd of which 100 fire within 20 ms: 100 / (1000 * 20 ms) are 5 spikes/s, all in the bin of 1/6
  // ms at 30 ms: 600 spikes/s.
  Raster::Band crowd{"crowd", 1000, {}, {}};
  for (std::uint32_t k = 0; k < 100; ++k) {
    crowd.times.insert(crowd.times.end(), {30.0, 50.0});
    crowd.neurons.insert(crowd.neurons.end(), {k, k});
  }
  raster.bands = {crowd};
  CHECK_THAT(render(raster), Contains(">600<"));
  // More ticks than are drawn one by one lie outside: those inside still are.
  Raster::Band many{"many", 10, {}, {}};
  for (std::uint32_t k = 0; k < 20'000; ++k) {
    many.times.push_back(50);
    many.neurons.push_back(k % 10);
  }
  many.times.push_back(30);
  many.neurons.push_back(1);
  raster.bands = {many};
  CHECK_THAT(render(raster), Contains("<title>many[1] at 30 ms</title>"));
  raster.from = 40;
  CHECK_THAT(render(raster), Contains("no data"));
}

TEST_CASE("a signal that is shown in part begins with the value that it has there") {
  Raster raster;
  raster.duration = 100;
  raster.from = 50;
  Raster::Band mel{"mel", 1, {10}, {0}};
  mel.levels = {4};
  raster.bands = {mel};
  CHECK_THAT(render(raster), Contains("stroke-opacity=\"1.0\" d=\"M0 0h"));
}

TEST_CASE("marks of a raster have their labels above it, in rows where they are close") {
  Raster raster;
  raster.duration = 100;
  raster.bands = {{"a", 2, {10}, {0}}};
  const double without = natural_height(render(raster));
  raster.marks = {{20, "synapses cut"}, {20.5, "<noise> on"}, {21, "third"},
                  {21.5, "fourth"},     {80, "noise off"},    {101, "never"}};
  const std::string svg = render(raster);
  check_sane(svg);
  CHECK(natural_height(svg) == Approx(without + 45));  // three rows of 15
  CHECK_THAT(svg, Contains(">synapses cut</text>") && Contains(">&lt;noise&gt; on</text>") &&
                      Contains(">third</text>") && Contains(">noise off</text>"));
  CHECK_THAT(svg, !Contains(">fourth</text>") && Contains("<title>fourth: 21.5 ms</title>"));
  CHECK_THAT(svg, !Contains("never"));
}

TEST_CASE("a raster of a hundred thousand neurons and two million spikes is below a megabyte") {
  Raster raster;
  raster.duration = 1000;
  for (int b = 0; b < 8; ++b) {
    Raster::Band band{fmt::format("b{}", b), 12'500, {}, {}};
    for (std::uint32_t k = 0; k < 250'000; ++k) {
      band.times.push_back(1000 * std::fmod(k * 0.618033988749895, 1.0));
      band.neurons.push_back((k * 7919 + k * k % 13) % 12'500);
    }
    raster.bands.push_back(std::move(band));
  }
  for (int k = 0; k < 1000; ++k)
    raster.traces.push_back({fmt::format("v{}", k), {0, 500, 1000}, {0, 1.0 * k, 0}});
  for (int k = 0; k < 5000; ++k) raster.marks.push_back({0.2 * k, "mark"});
  const std::string svg = render(raster);
  check_sane(svg);
  CHECK(svg.size() < 1'000'000);
  CHECK_THAT(svg, Contains("Not drawn: 976 of 1000 curves") && Contains("4000 of 5000 marks"));
}

TEST_CASE("a raster of very many populations draws the first ones, and says so") {
  Raster raster;
  raster.duration = 10;
  for (int b = 0; b < 1000; ++b) raster.bands.push_back({fmt::format("b{}", b), 1000, {1}, {0}});
  const std::string svg = render(raster);
  check_sane(svg);
  CHECK_THAT(svg, Contains("Not drawn: 952 of 1000 populations"));
  CHECK(svg.size() < 1'000'000);
  CHECK(natural_height(svg) < 6000);
}

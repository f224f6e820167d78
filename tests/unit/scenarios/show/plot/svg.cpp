#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <retrograde/scenarios/show/plot/svg.hpp>

#include "tests/support/markup.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

const double not_a_number = std::numeric_limits<double>::quiet_NaN();
const double infinity = std::numeric_limits<double>::infinity();

// Reference: CIE 1976 L*a*b* of an sRGB colour (IEC 61966-2-1), white point D65.
std::array<double, 3> lab(const std::string& hex) {
  std::array<double, 3> linear{};
  for (std::size_t k = 0; k < 3; ++k) {
    const double v = std::stoi(hex.substr(2 * k, 2), nullptr, 16) / 255.0;
    linear[k] = v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
  }
  const auto [r, g, b] = linear;
  const auto f = [](double t) { return t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116; };
  const double x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505),
               y = f(0.2126 * r + 0.7152 * g + 0.0722 * b),
               z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

}  // namespace

// Two blues 14 apart once stood side by side in one chart; 2.3 is just noticeable.
TEST_CASE("no two colours of the palette are near each other, on either ground") {
  const std::string style = plot_style();
  std::size_t from = 0, grounds = 0;
  for (; style.find("--p0: #", from) != std::string::npos; ++grounds) {
    std::vector<std::array<double, 3>> colors;
    for (int k = 0; k < palette_size; ++k) {
      const std::string name = "--p" + std::to_string(k) + ": #";
      from = style.find(name, from);
      REQUIRE(from != std::string::npos);
      colors.push_back(lab(style.substr(from + name.size(), 6)));
    }
    for (std::size_t i = 0; i < colors.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) {
        CAPTURE(i, j);
        CHECK(std::hypot(colors[i][0] - colors[j][0], colors[i][1] - colors[j][1],
                         colors[i][2] - colors[j][2]) > 24);
      }
  }
  CHECK(grounds == 2);
}

TEST_CASE("text is escaped for elements and attributes") {
  CHECK(escape_xml("a < b & c > \"d\" 'e'") == "a &lt; b &amp; c &gt; &quot;d&quot; &#39;e&#39;");
  CHECK(escape_xml("λ → ∂, 神経") == "λ → ∂, 神経");
}

TEST_CASE("what no XML may hold is replaced") {
  const std::string replacement = "\xef\xbf\xbd";
  CHECK(escape_xml(std::string_view("a\0b", 3)) == "a" + replacement + "b");
  CHECK(escape_xml("\x1b[1m") == replacement + "[1m");
  CHECK(escape_xml("tab\tline\n") == "tab\tline\n");
  // Reference: RFC 3629. Latin-1, a lonely continuation, an overlong slash, a surrogate, a broken
  // end.
  CHECK(escape_xml("\xe9t\xe9") == replacement + "t" + replacement);
  CHECK(escape_xml("\x80") == replacement);
  CHECK(escape_xml("\xc0\xaf") == replacement + replacement);
  CHECK(escape_xml("\xed\xa0\x80") == replacement + replacement + replacement);
  CHECK(escape_xml("\xe2\x82") == replacement + replacement);
}

TEST_CASE("coordinates are short and always numbers") {
  CHECK(coordinate(12) == "12");
  CHECK(coordinate(1.5) == "1.5");
  CHECK(coordinate(1.0 / 3) == "0.33");
  CHECK(coordinate(-0.001) == "0");
  CHECK(coordinate(100) == "100");
  CHECK(coordinate(not_a_number) == "0");
  CHECK(coordinate(-infinity) == "0");
}

TEST_CASE("ticks stand at round values inside the range") {
  CHECK(nice_ticks(0, 1, 5) == std::vector<double>{0, 0.2, 0.4, 0.2 * 3, 0.8, 1});
  CHECK(nice_ticks(1, 60, 6) == std::vector<double>{10, 20, 30, 40, 50, 60});
  CHECK(nice_ticks(-0.5, 0.5, 2) == std::vector<double>{-0.5, 0, 0.5});
  CHECK(nice_ticks(3, 3, 5) == std::vector<double>{3});
  for (const double low : {-1e6, -3.7, 0.0, 1e-9, 12345.678}) {
    for (const double range : {1e-7, 0.03, 1.0, 77.0, 1e9}) {
      for (const int count : {2, 5, 10}) {
        const std::vector<double> ticks = nice_ticks(low, low + range, count);
        CAPTURE(low, range, count);
        CHECK(ticks.size() <= static_cast<std::size_t>(2 * count + 1));
        for (const double t : ticks)
          CHECK((t >= low - 1e-9 * range && t <= low + range * (1 + 1e-9)));
      }
    }
  }
}

TEST_CASE("logarithmic ticks are powers of ten, with 2 and 5 where those are few") {
  CHECK(log_ticks(0.01, 100, 4) == std::vector<double>{0.01, 0.1, 1, 10, 100});
  const std::vector<double> few = log_ticks(0.5, 30, 6);
  REQUIRE(few.size() == 6);
  CHECK(few[0] == Approx(0.5));
  CHECK(few[3] == Approx(5));
  CHECK(few[5] == Approx(20));
  // A loss that falls by a factor of 50, with room for three or four labels: they stand apart by
  // like factors, not by like differences that crowd at the top.
  const std::vector<double> loss = log_ticks(0.017, 0.85, 3);
  REQUIRE(loss.size() == 3);
  CHECK(loss[0] == Approx(0.03));
  CHECK(loss[1] == Approx(0.1));
  CHECK(loss[2] == Approx(0.3));
  CHECK(log_ticks(1e-30, 1e30, 5).size() <= 6);
  CHECK(log_ticks(3, 4, 4).size() >= 2);
}

TEST_CASE("tick labels have the decimals that tell neighbours apart") {
  CHECK(tick_labels({0, 0.2, 0.4}) == std::vector<std::string>{"0.0", "0.2", "0.4"});
  CHECK(tick_labels({0.25, 0.3, 0.35}) == std::vector<std::string>{"0.25", "0.30", "0.35"});
  CHECK(tick_labels({0, 20000, 40000}) == std::vector<std::string>{"0", "20k", "40k"});
  CHECK(tick_labels({-5, 0, 5}) == std::vector<std::string>{"−5", "0", "5"});
  CHECK(tick_labels({0.01, 0.1, 1}, true) == std::vector<std::string>{"0.01", "0.1", "1"});
}

TEST_CASE("a reduced curve keeps its ends' order, its peaks and no gaps of not-a-number") {
  std::vector<double> x, y;
  for (int i = 0; i < 100000; ++i) {
    x.push_back(i);
    y.push_back(i == 54321    ? 100.0
                : i == 70001  ? -100.0
                : i % 97 == 0 ? not_a_number
                              : std::sin(i * 1e-3));
  }
  const Points points = decimate(x, y, 500);
  CHECK(points.x.size() <= 500);
  CHECK(points.x.size() > 400);
  CHECK(std::is_sorted(points.x.begin(), points.x.end()));
  CHECK(std::find(points.y.begin(), points.y.end(), 100.0) != points.y.end());
  CHECK(std::find(points.y.begin(), points.y.end(), -100.0) != points.y.end());
  for (const double value : points.y) REQUIRE(std::isfinite(value));
  CHECK(decimate({1, 2, 3}, {4, not_a_number, 6}, 100).y == std::vector<double>{4, 6});
  CHECK(decimate({}, {}, 100).x.empty());
}

TEST_CASE("an SVG file carries its name space and its style") {
  const std::string svg = standalone_svg("<svg viewBox=\"0 0 1 1\"><path d=\"M0 0\"/></svg>");
  CHECK(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  CHECK(occurrences(svg, "prefers-color-scheme:dark") == 1);
  CHECK(markup_fault(svg) == "");
}

// Times with units.
#include <boost/multiprecision/cpp_int.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <string>

#include <retrograde/scenarios/io/units.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

TEST_CASE("a time is the double nearest to what is written, in any unit") {
  const auto time = [](const std::string& text) {
    CAPTURE(text);
    const ParsedQuantity t = parse_time(text);
    CHECK(t.problem == "");
    return t.value;
  };
  CHECK(time("1.5 ms") == 1.5);
  CHECK(time("10ms") == 10.0);
  CHECK(time("  10 \t ms ") == 10.0);
  CHECK(time("2 s") == 2000.0);
  CHECK(time("0.1 us") == 1e-4);
  CHECK(time("250 us") == 0.25);
  CHECK(time("0.7 ns") == 0.7e-6);
  CHECK(time("0.5 min") == 30000.0);
  CHECK(time("1e3 us") == 1.0);
  CHECK(time("1.5E-2 s") == 15.0);
  CHECK(time("+3 ms") == 3.0);
  CHECK(time("-3 ms") == -3.0);
  CHECK(time(".5 ms") == 0.5);
  CHECK(time("5. ms") == 5.0);
  CHECK(time("0 ms") == 0.0);
  CHECK(time("0.1 ms") == 0.1);
  CHECK(time("0.0001 s") == 0.1);
  CHECK(time("100 us") == 0.1);
}

// No double lies nearer to `digits` 10^-places of a unit of `per_unit` than `value` does: compared in
// exact rational arithmetic.
void check_nearest(const std::string& text, const ParsedQuantity& parsed, long digits, int places,
                   const boost::multiprecision::cpp_rational& per_unit) {
  using Exact = boost::multiprecision::cpp_rational;
  CAPTURE(text);
  REQUIRE(parsed.problem == "");
  Exact exact = Exact(digits) * per_unit;
  for (int k = 0; k < places; ++k) exact /= 10;
  const auto distance = [&](double x) {
    return Exact(boost::multiprecision::abs(Exact(x) - exact));
  };
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double value = parsed.value;
  CHECK(distance(value) <= distance(std::nextafter(value, infinity)));
  CHECK(distance(value) <= distance(std::nextafter(value, -infinity)));
}

TEST_CASE("every unit gives the double nearest to the decimal value, by exact arithmetic") {
  using Exact = boost::multiprecision::cpp_rational;
  CHECK(parse_time("0.0016959 min").value == 101.754);
  CHECK(parse_time("-0.0016959 min").value == -101.754);
  CHECK(parse_time("9.99e1 min").value == 5994000.0);
  struct Unit {
    const char* name;
    ParsedQuantity (*parse)(std::string_view);
    Exact size;
  };
  const std::vector<Unit> units = {{"min", parse_time, 60000},
                                   {"s", parse_time, 1000},
                                   {"ms", parse_time, 1},
                                   {"us", parse_time, Exact(1, 1000)},
                                   {"ns", parse_time, Exact(1, 1000000)},
                                   {"pJ", parse_energy, Exact(1, 1000000000)},
                                   {"nJ", parse_energy, Exact(1, 1000000)},
                                   {"uJ", parse_energy, Exact(1, 1000)},
                                   {"mJ", parse_energy, 1},
                                   {"J", parse_energy, 1000},
                                   {"uW", parse_power, Exact(1, 1000000)},
                                   {"mW", parse_power, Exact(1, 1000)},
                                   {"W", parse_power, 1}};
  for (const Unit& unit : units)
    for (long k = 0; k < 75; ++k) {
      // Seven digits that repeat no pattern; the first is the one of the report.
      const long digits = (16959 + k * 7654321) % 10000000;
      const std::string text = fmt::format("0.{:07} {}", digits, unit.name);
      check_nearest(text, unit.parse(text), digits, 7, unit.size);
    }
}

TEST_CASE("what is no time says how to write one") {
  const auto problem = [](const std::string& text) { return parse_time(text).problem; };
  CHECK_THAT(problem(""), Contains("\"10 ms\""));
  CHECK_THAT(problem("ten ms"), Contains("\"10 ms\""));
  CHECK_THAT(problem("10"), Contains("has no unit") && Contains("\"10 ms\""));
  CHECK_THAT(problem("10 mss"), Contains("unknown unit") && Contains("did you mean ms?"));
  CHECK_THAT(problem("10 sec"), Contains("use ns, us, ms, s or min"));
  CHECK_THAT(problem("nan ms"), Contains("is no time"));
  CHECK_THAT(problem("inf ms"), Contains("is no time"));
  CHECK_THAT(problem("1e999 ms"), Contains("smaller"));
  CHECK_THAT(problem("1e99999999999999999999 ms"), Contains("smaller"));
  CHECK_THAT(problem("1 2 ms"), Contains("unknown unit"));
  CHECK_THAT(problem("-"), Contains("is no time"));
  CHECK_THAT(problem("."), Contains("is no time"));
  CHECK_THAT(problem("0x10 ms"), Contains("unknown unit"));
  CHECK_THAT(problem("1 e ms"), Contains("unknown unit"));
}

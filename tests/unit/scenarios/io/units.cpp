// Times with units.
#include <catch2/catch.hpp>
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

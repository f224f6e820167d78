// Numbers, durations and counted things as people read them.
#include <catch2/catch.hpp>
#include <limits>

#include <retrograde/scenarios/io/readable.hpp>

using namespace retrograde;

namespace {

const double not_a_number = std::numeric_limits<double>::quiet_NaN();
const double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("of many names the first three are said, and how many more there are") {
  CHECK(first_few({"a"}) == "a");
  CHECK(first_few({"a", "b", "c"}) == "a, b, c");
  CHECK(first_few({"a", "b", "c", "d", "e"}, "; ") == "a; b; c and 2 more");
}

TEST_CASE("one thing is no plural") {
  CHECK(plural(0, "spike") == "0 spikes");
  CHECK(plural(1, "spike") == "1 spike");
  CHECK(plural(2, "input spike") == "2 input spikes");
  CHECK(plural(1, "identity", "identities") == "1 identity");
  CHECK(plural(3, "identity", "identities") == "3 identities");
}

TEST_CASE("numbers for people are short") {
  CHECK(short_number(0) == "0");
  CHECK(short_number(97.625) == "97.62");
  CHECK(short_number(9999) == "9999");
  CHECK(short_number(12345) == "12.3k");
  CHECK(short_number(31.4e6) == "31.4M");
  CHECK(short_number(-2e9) == "-2G");
  CHECK(short_number(not_a_number) == "-");
  CHECK(short_number(infinity) == "\u221e");
}

TEST_CASE("shares are percentages with two decimals") {
  CHECK(percent_text(0) == "0.00 %");
  CHECK(percent_text(0.982) == "98.20 %");
  CHECK(percent_text(1) == "100.00 %");
  CHECK(percent_number(0.12346) == "12.35");
  CHECK(percent_text(not_a_number) == "-");
  CHECK(percent_text({}) == "-");
}

TEST_CASE("durations have the unit in which they are read, and no unit overflows") {
  CHECK(duration_text(0) == "0 ms");
  CHECK(duration_text(0.35) == "350 ms");
  CHECK(duration_text(0.9996) == "1.0 s");
  CHECK(duration_text(9.4) == "9.4 s");
  CHECK(duration_text(9.96) == "10 s");
  CHECK(duration_text(59.6) == "1 min 00 s");
  CHECK(duration_text(200) == "3 min 20 s");
  CHECK(duration_text(3599.7) == "1 h 00 min");
  CHECK(duration_text(3900) == "1 h 05 min");
  CHECK(duration_text(not_a_number) == "-");
  CHECK(duration_text(-1) == "-");
}

TEST_CASE("a word of a command line is quoted where the shell would take it apart") {
  CHECK(shell_word("runs/demo-2.toml") == "runs/demo-2.toml");
  CHECK(shell_word("my runs") == "'my runs'");
  CHECK(shell_word("it's") == "'it'\\''s'");
  CHECK(shell_word("") == "''");
}

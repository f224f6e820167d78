// Columns that texts take on a terminal, and the sequences that take drawn lines back.
#include <catch2/catch.hpp>
#include <cstdlib>

#include <retrograde/scenarios/show/text/terminal.hpp>

using namespace retrograde;

TEST_CASE("columns count characters, not bytes and not escape sequences") {
  CHECK(columns_of("") == 0);
  CHECK(columns_of("abc") == 3);
  CHECK(columns_of("█▉±") == 3);
  CHECK(columns_of("\033[36m██\033[0m a") == 4);
}

TEST_CASE("a line is cut between characters, and its colours end with it") {
  CHECK(cut_to("abc", 3) == "abc");
  CHECK(cut_to("abc", 2) == "ab");
  CHECK(cut_to("a█c", 2) == "a█");
  CHECK(cut_to("\033[36mab\033[0mc", 1) == "\033[36ma\033[0m");
  CHECK(cut_to("\033[36mab\033[0m", 2) == "\033[36mab\033[0m");
  CHECK(cut_to("abc", 0).empty());
}

TEST_CASE("lines are taken back row by row, also those that a narrower window has broken") {
  CHECK(taken_back({}, 80).empty());
  CHECK(taken_back({"a", "bc", ""}, 80) == "\033[3F\033[J");
  CHECK(taken_back({"abcde", "bc"}, 2) == "\033[4F\033[J");  // 3 rows and 1
  CHECK(taken_back({"\033[36mab\033[0m"}, 2) == "\033[1F\033[J");
}

TEST_CASE("what is no terminal is not drawn on, and the locale says which characters there are") {
  // Tests run with stderr in a file or a pipe, or on a terminal; the locale is what is asked here.
  setenv("LC_ALL", "de_DE.utf8", 1);
  CHECK(terminal_of_stderr().utf8);
  setenv("LC_ALL", "C", 1);
  setenv("LANG", "en_US.UTF-8", 1);
  CHECK_FALSE(terminal_of_stderr().utf8);
  unsetenv("LC_ALL");
  unsetenv("LC_CTYPE");
  CHECK(terminal_of_stderr().utf8);
  unsetenv("LANG");
  CHECK_FALSE(terminal_of_stderr().utf8);
  setenv("NO_COLOR", "1", 1);
  CHECK_FALSE(terminal_of_stderr().color);
  unsetenv("NO_COLOR");
}

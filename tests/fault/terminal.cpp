// A training on a terminal: a few lines that are drawn over, and a screen that is left clean however
// it ends.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <functional>
#include <pty.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "tests/support/markup.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/study.hpp"

using namespace retrograde::test;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;

namespace {

struct OnTerminal {
  int status = -1;
  std::string shown;  // everything that was written, "\r\n" at the ends of lines
};

using Variables = std::vector<std::pair<const char*, const char*>>;

// Runs retro in a terminal of so many columns. `typed` is asked after every piece of output what is
// typed next.
OnTerminal on_terminal(const std::vector<std::string>& arguments,
                       const std::filesystem::path& folder, const Variables& variables,
                       unsigned short columns = 80,
                       const std::function<std::string(const std::string&)>& typed = {}) {
  winsize size{};
  size.ws_col = columns;
  size.ws_row = 24;
  int terminal = -1;
  const pid_t child = forkpty(&terminal, nullptr, nullptr, &size);
  REQUIRE(child >= 0);
  if (child == 0) {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG", "NO_COLOR", "TERM"}) unsetenv(name);
    for (const auto& [name, value] : variables) setenv(name, value, 1);
    std::vector<char*> words = {const_cast<char*>(RETROGRADE_CLI)};
    for (const std::string& argument : arguments)
      words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    if (chdir(folder.c_str()) == 0) execv(RETROGRADE_CLI, words.data());
    _exit(99);
  }
  OnTerminal result;
  char bytes[4096];
  for (ssize_t got; (got = read(terminal, bytes, sizeof bytes)) > 0;) {
    result.shown.append(bytes, static_cast<std::size_t>(got));
    if (!typed) continue;
    const std::string next = typed(result.shown);
    if (!next.empty()) REQUIRE(write(terminal, next.data(), next.size()) > 0);
  }
  close(terminal);
  int status = 0;
  waitpid(child, &status, 0);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

// What is on the screen when all of that was written: the sequences of terminal.hpp are followed.
std::string screen(const std::string& shown) {
  std::vector<std::string> lines = {""};
  for (std::size_t i = 0; i < shown.size();) {
    if (shown.compare(i, 2, "\033[") != 0) {
      if (shown[i] == '\n')
        lines.emplace_back();
      else if (shown[i] != '\r')
        lines.back() += shown[i];
      ++i;
      continue;
    }
    const std::size_t end = shown.find_first_of("FJm", i);
    REQUIRE(end != std::string::npos);
    if (shown[end] == 'F') {
      const auto up = std::stoul(shown.substr(i + 2, end - i - 2));
      REQUIRE(up < lines.size());
      lines.resize(lines.size() - up);  // what follows is wiped at once
      lines.back().clear();
      REQUIRE(shown.compare(end + 1, 3, "\033[J") == 0);
    }
    i = end + 1;
  }
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return text;
}

const Variables plain = {{"TERM", "xterm"}, {"LC_ALL", "C.UTF-8"}, {"NO_COLOR", "1"}};

std::vector<std::string> training(const char* epochs) {
  return {"train", "small.toml", "--out", "run", "--epochs", epochs};
}

}  // namespace

TEST_CASE("a training on a terminal is drawn over, and its last state stays") {
  const ScratchFolder folder;
  put(folder / "small.toml", small_scenario);
  const OnTerminal result = on_terminal(training("3"), folder.path(), plain);
  CAPTURE(result.shown);
  CHECK(result.status == 0);
  const std::string left = screen(result.shown);
  CHECK_THAT(left, Contains("\nepoch 3/3     ████████████████  took ") &&
                       Contains("\nall           ████████████████  took ") &&
                       Contains("\nloss          ") && Contains("\naccuracy      ") &&
                       Contains("best ") && Contains("deliveries/s forward"));
  CHECK(occurrences(left, "epoch 3/3") == 1);
  CHECK_THAT(left, !Contains("epoch 1/3") && !Contains("epoch 2/3"));
  CHECK_THAT(left, Contains("report: "));  // and the rest is below
  CHECK(left.find("report: ") > left.find("deliveries/s forward"));
  CHECK_THAT(result.shown, !Contains("\033[0m"));  // NO_COLOR
}

TEST_CASE(
    "a training on a terminal has colours, ASCII where there is no UTF-8, and fits its width") {
  const ScratchFolder folder;
  put(folder / "small.toml", small_scenario);
  const OnTerminal result =
      on_terminal(training("2"), folder.path(), {{"TERM", "xterm"}, {"LC_ALL", "C"}}, 40);
  CAPTURE(result.shown);
  CHECK(result.status == 0);
  CHECK_THAT(result.shown, Contains("\033[36m======\033[0m") && !Contains("█"));
  const std::string left = screen(result.shown);
  const std::size_t at = left.find("\nepoch 2/2") + 1;
  REQUIRE(at != 0);
  for (std::size_t begin = at, line = 0; line < 5; ++line) {
    const std::size_t end = left.find('\n', begin);
    CHECK(end - begin < 40);
    begin = end + 1;
  }
}

TEST_CASE("a terminal that cannot draw over gets lines, as a log does") {
  const ScratchFolder folder;
  put(folder / "small.toml", small_scenario);
  const OnTerminal result =
      on_terminal(training("2"), folder.path(), {{"TERM", "dumb"}, {"LC_ALL", "C.UTF-8"}});
  CAPTURE(result.shown);
  CHECK(result.status == 0);
  CHECK_THAT(result.shown,
             !Contains("\033") && Contains("epoch 1/2  loss ") && Contains("epoch 2/2  loss "));
}

TEST_CASE("Ctrl-C leaves the state as it was, and what to do below it") {
  const ScratchFolder folder;
  put(folder / "small.toml", small_scenario);
  bool sent = false;
  const OnTerminal result = on_terminal(training("100000"), folder.path(), plain, 80,
                                        [&](const std::string& shown) -> std::string {
                                          if (sent || shown.find("\033[J") == std::string::npos)
                                            return "";
                                          sent = true;
                                          return "\x03";
                                        });
  CAPTURE(result.shown);
  CHECK(sent);
  CHECK(result.status == 130);
  const std::string left = screen(result.shown);
  CHECK(occurrences(left, "/100000") == 1);
  CHECK_THAT(left, Contains("\naccuracy      ") && Contains("deliveries/s"));
  CHECK_THAT(left, Contains("\ninterrupted after ") && Contains("retro train --resume run\n"));
}

#include "tests/skip.hpp"

#include <catch2/catch.hpp>
#include <iostream>
#include <string>

namespace retrograde::test {
namespace {

int count = 0;
std::string last;

}  // namespace

void note_skip(std::string_view reason) {
  const std::string name = Catch::getResultCapture().getCurrentTestName();
  // Sections run a test case several times, one after the other.
  if (name != last) ++count;
  last = name;
  std::cout << "SKIPPED: " << name << ": " << reason << '\n' << std::flush;
}

int skipped_test_cases() { return count; }

}  // namespace retrograde::test

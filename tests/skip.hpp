// Leaving a test that cannot run here, without counting it as passed.
//
// A test that needs something this machine lacks (a data set, a device) names what is missing:
//
//     if (!data_available()) RETROGRADE_SKIP("RETROGRADE_DATA does not hold fsdd");
//
// It then prints "SKIPPED: <test name>: <reason>", and ctest and ./retro test count it as skipped.
// A test with a failed assertion stays failed, whatever it skips.
#pragma once

#include <string_view>

namespace retrograde::test {

/// Records that the running test case is skipped and prints the line. Use RETROGRADE_SKIP instead.
void note_skip(std::string_view reason);

/// Test cases that called note_skip so far.
int skipped_test_cases();

}  // namespace retrograde::test

/// Skips the rest of the running test case; stands in the test function itself, not in a lambda.
#define RETROGRADE_SKIP(reason)            \
  do {                                     \
    ::retrograde::test::note_skip(reason); \
    return;                                \
  } while (false)

// The runner of every test executable: Catch2's own, and two things for ctest.
//
//   --ctest-list FILE FOLDER SCRATCH   writes FILE, ctest commands for all test cases, and exits
//   exit status 77                     nothing failed and every test case that ran was skipped
//
// Catch2's CMake script would list tests too, but splits names such as "spikes in [t, t + d)" at
// the wrong places.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#include <fstream>
#include <iostream>
#include <stdlib.h>
#include <string>

#include "tests/skip.hpp"

namespace {

// Sanitizers make everything several times as slow.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int patience = 5;
#else
constexpr int patience = 1;
#endif

constexpr int skip_status = 77;
int test_cases_run = 0;

struct Counter : Catch::TestEventListenerBase {
  using TestEventListenerBase::TestEventListenerBase;
  void testCaseStarting(const Catch::TestCaseInfo& info) override {
    TestEventListenerBase::testCaseStarting(info);
    ++test_cases_run;
  }
};
CATCH_REGISTER_LISTENER(Counter)

/// The name as a Catch2 test specification: exactly this test case.
std::string as_specification(const std::string& name) {
  std::string spec;
  for (const char c : name) {
    if (c == '\\' || c == ',' || c == '[' || c == ']' || c == '"') spec += '\\';
    spec += c;
  }
  return spec;
}

/// A CMake bracket argument; no test name holds "]==]".
std::string bracket(const std::string& text) { return "[==[" + text + "]==]"; }

int write_ctest_list(const std::string& self, const std::string& file, const std::string& folder,
                     const std::string& scratch) {
  std::ofstream out(file);
  const auto config = std::make_shared<Catch::Config>();
  for (const Catch::TestCase& test : Catch::getAllTestCasesSorted(*config)) {
    if (test.isHidden()) continue;
    const std::string name = bracket(folder + ": " + test.name);
    out << "add_test(" << name << ' ' << bracket(self) << " -w NoTests "
        << bracket(as_specification(test.name)) << ")\n";
    std::string labels = folder;
    bool slow = false;
    bool serial = false;
    for (const std::string& tag : test.tags) {
      labels += ';' + tag;
      slow = slow || tag == "slow";
      serial = serial || tag == "serial";
    }
    out << "set_tests_properties(" << name << " PROPERTIES SKIP_RETURN_CODE " << skip_status
        << " TIMEOUT " << patience * (slow ? 1200 : 300) << " WORKING_DIRECTORY "
        << bracket(scratch) << " LABELS " << bracket(labels) << (serial ? " RUN_SERIAL TRUE" : "")
        << ")\n";
  }
  out.close();
  if (!out) {
    std::cerr << "cannot write " << file << '\n';
    return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char* argv[]) {
  // Property tests draw the same cases on every run; RC_PARAMS of the caller goes before.
  ::setenv("RC_PARAMS", "seed=1", 0);
  if (argc == 5 && std::string(argv[1]) == "--ctest-list") {
    return write_ctest_list(argv[0], argv[2], argv[3], argv[4]);
  }
  const int result = Catch::Session().run(argc, argv);
  const bool all_skipped =
      test_cases_run > 0 && retrograde::test::skipped_test_cases() == test_cases_run;
  return result == 0 && all_skipped ? skip_status : result;
}

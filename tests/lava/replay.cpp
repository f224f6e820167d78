// lava_replay FILE...: emulates networks that Lava ran (recorder.py) and prints how many registers
// and messages differ; a file .runs holds many. Exit status 1 if any does.
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/lava_run.hpp"

namespace {

using namespace retrograde::test;

bool equal_to_lava(const std::string& name, const LavaRun& run) {
  const LavaComparison c = compare_with_lava(run);
  std::printf(
      "%s: %llu neuron-steps, %llu messages, %llu values, %llu differ\n", name.c_str(),
      static_cast<unsigned long long>(c.neuron_steps), static_cast<unsigned long long>(c.messages),
      static_cast<unsigned long long>(c.values), static_cast<unsigned long long>(c.differences));
  if (c.differences > 0) std::printf("  first: %s\n", c.first.c_str());
  return c.differences == 0;
}

bool equal_to_lava(const std::string& path) {
  if (!std::string_view(path).ends_with(".runs")) return equal_to_lava(path, read_lava_run(path));
  bool equal = true;
  const std::vector<LavaRun> runs = read_lava_runs(path);
  for (std::size_t k = 0; k < runs.size(); ++k)
    equal &= equal_to_lava(path + " " + std::to_string(k), runs[k]);
  return equal;
}

}  // namespace

int main(int argc, char** argv) {
  bool equal = argc > 1;
  for (int k = 1; k < argc; ++k) {
    try {
      equal &= equal_to_lava(argv[k]);
    } catch (const std::exception& error) {
      std::printf("%s: %s\n", argv[k], error.what());
      equal = false;
    }
  }
  return equal ? 0 : 1;
}

// lava_replay FILE...: emulates networks that Lava ran (recorder.py) and prints how many registers
// and messages differ. Exit status 1 if any does.
#include <cstdio>
#include <exception>

#include "tests/support/lava_run.hpp"

int main(int argc, char** argv) {
  using namespace retrograde::test;
  bool equal = argc > 1;
  for (int k = 1; k < argc; ++k) {
    try {
      const LavaComparison c = compare_with_lava(read_lava_run(argv[k]));
      std::printf("%s: %llu neuron-steps, %llu messages, %llu values, %llu differ\n", argv[k],
                  static_cast<unsigned long long>(c.neuron_steps),
                  static_cast<unsigned long long>(c.messages),
                  static_cast<unsigned long long>(c.values),
                  static_cast<unsigned long long>(c.differences));
      if (c.differences > 0) std::printf("  first: %s\n", c.first.c_str());
      equal = equal && c.differences == 0;
    } catch (const std::exception& error) {
      std::printf("%s: %s\n", argv[k], error.what());
      equal = false;
    }
  }
  return equal ? 0 : 1;
}

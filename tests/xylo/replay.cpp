// xylo_replay FILE: a run of xylosim again in the emulator; exit status 1 if any value differs.
#include <cstdio>
#include <exception>

#include "tests/support/xylo_run.hpp"

using namespace retrograde::test;

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::fprintf(stderr, "usage: xylo_replay FILE\n");
    return 2;
  }
  const XyloComparison c = compare_with_recorded(read_xylo_run(argv[1]));
  std::printf("%s: %llu neuron-steps, %llu values, %llu events, %llu differences %s\n", argv[1],
              static_cast<unsigned long long>(c.neuron_steps),
              static_cast<unsigned long long>(c.values), static_cast<unsigned long long>(c.events),
              static_cast<unsigned long long>(c.differences), c.first.c_str());
  return c.differences != 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "xylo_replay: %s\n", error.what());
  return 2;
}

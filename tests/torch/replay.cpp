// torch_replay FILE: a case of PyTorch again; exit status 1 if a number differs by more than 1e-5 of the
// largest of its kind.
#include <cstdio>
#include <exception>

#include "tests/support/torch_case.hpp"

using namespace retrograde::test;

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::fprintf(stderr, "usage: torch_replay FILE\n");
    return 2;
  }
  constexpr double most = 1e-5;
  const TorchComparison c = compare_with_torch(read_torch_case(argv[1]));
  std::printf("%s: %zu numbers, %llu spikes, off by %.1e at most\n", argv[1], c.numbers(),
              static_cast<unsigned long long>(c.spikes), c.largest());
  for (const TorchDifference& d : c.differences)
    if (!(d.relative <= most)) std::printf("  %s: off by %.3e\n", d.what.c_str(), d.relative);
  return !(c.largest() <= most);
} catch (const std::exception& error) {
  std::fprintf(stderr, "torch_replay: %s\n", error.what());
  return 2;
}

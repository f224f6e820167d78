// lava_lca DICTIONARY IMAGES: the published LCA example (tests/golden/lca_example.cpp) in all four forms,
// as lines "FORM STEP PSNR ZEROS SUM": the sum of (j + 1) times message j, of the fixed-point forms.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>

#include <retrograde/engine/pursuit/stepped_lca.hpp>
#include <retrograde/hardware/loihi2/pursuit/chip_lca.hpp>

#include "tests/support/lca_example.hpp"

namespace {

using namespace retrograde;
using namespace retrograde::test;

void print(const LcaExample& e, const char* form, std::uint32_t step, const Vector& code,
           double scale) {
  std::int64_t sum = 0;
  for (Eigen::Index j = 0; j < code.size(); ++j)
    sum += (j + 1) * static_cast<std::int64_t>(code(j) * scale);
  std::printf("%s %u %.9f %lld %lld\n", form, step, e.psnr(code),
              static_cast<long long>((code.array() == 0.0).count()), static_cast<long long>(sum));
}

void run_all(const LcaExample& e) {
  for (const bool two_layers : {false, true}) {
    stepped_lca(e.problem, e.signal, {.two_layers = two_layers},
                [&](std::uint32_t step, const Vector& code) {
                  print(e, two_layers ? "float2" : "float1", step, code, 0.0);
                });
    // 2^21, the scale of the example.
    const loihi2::ChipLca lca =
        loihi2::put_on_chip(e.problem, e.signal, {.two_layers = two_layers, .scale = 2097152.0});
    const loihi2::Emulation emulation =
        loihi2::Emulator(lca.network).run(std::vector<loihi2::ChipSpike>{}, lca.steps);
    loihi2::for_each_code(lca, emulation, [&](std::uint32_t step, const Vector& code) {
      print(e, two_layers ? "fixed2" : "fixed1", step, code, lca.scale);
    });
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::printf("lava_lca DICTIONARY IMAGES\n");
    return 2;
  }
  try {
    run_all(read_lca_example(argv[1], argv[2]));
  } catch (const std::exception& error) {
    std::printf("%s\n", error.what());
    return 1;
  }
  return 0;
}

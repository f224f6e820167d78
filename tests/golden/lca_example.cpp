// The published example of LCA on Loihi 2 (tests/support/lca_example.hpp), to its printed digits: a step
// of 2^-7, 1,024 steps. Its sparsity is the share of coefficients that are 0.
#include "tests/support/lca_example.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <string>

#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/engine/pursuit/stepped_lca.hpp>
#include <retrograde/hardware/loihi2/pursuit/chip_lca.hpp>

#include "tests/skip.hpp"

using namespace retrograde;
using namespace retrograde::loihi2;
using namespace retrograde::test;

namespace {

// "37.12 dB 75.38 %", as the notebook prints them.
std::string printed(const LcaExample& e, const Vector& code) {
  const double zeros = static_cast<double>((code.array() == 0.0).count());
  return fmt::format("{:.2f} dB {:.2f} %", e.psnr(code),
                     100.0 * zeros / static_cast<double>(code.size()));
}

}  // namespace

TEST_CASE("the published LCA example in floating point, one layer and two, to the printed digits",
          "[loihi2][pursuit]") {
  std::string missing;
  const auto e = lca_example(missing);
  if (!e) RETROGRADE_SKIP(missing);
  CHECK(printed(*e, stepped_lca(e->problem, e->signal).code) == "37.12 dB 75.38 %");
  CHECK(printed(*e, stepped_lca(e->problem, e->signal, {.two_layers = true}).code) ==
        "37.12 dB 75.51 %");
}

TEST_CASE("the published LCA example in fixed point, one layer and two, to the printed digits",
          "[loihi2][pursuit]") {
  std::string missing;
  const auto e = lca_example(missing);
  if (!e) RETROGRADE_SKIP(missing);
  CHECK(lca_scale(e->problem, e->signal, {}) == 2097152.0);  // as published, 2^21
  const auto emulated = [&](const ChipLcaOptions& options) {
    return run(put_on_chip(e->problem, e->signal, options), e->problem, e->signal);
  };
  const ChipLcaRun one = emulated({}), two = emulated({.two_layers = true});
  CHECK(printed(*e, one.code) == "37.80 dB 71.05 %");
  CHECK(printed(*e, two.code) == "27.31 dB 73.85 %");
  // It asks for more than the 24 bits of the chip's other registers.
  CHECK(one.emulation.populations[0].v.min < -(1 << 23));
  CHECK(two.emulation.populations[0].v.min < -(1 << 23));
}

// What the published run has not reached: 8.7077, 80.48 %, 37.33 dB by FISTA in the design notes of
// this project, measured there with other code (NumPy, 5,000 iterations).
TEST_CASE("the published LCA example is not at its optimum", "[loihi2][pursuit]") {
  std::string missing;
  const auto e = lca_example(missing);
  if (!e) RETROGRADE_SKIP(missing);
  const PursuitSolution best = fista(e->problem, e->signal, {.tolerance = 1e-8});
  CHECK(best.converged);
  CHECK(best.objective == Approx(8.7077).margin(1e-4));
  CHECK(e->problem.dictionary.largest_eigenvalue() == Approx(22.60).epsilon(1e-3));
  const Vector code = stepped_lca(e->problem, e->signal).code;
  CHECK(objective(e->problem, e->signal, code) == Approx(9.1533).margin(1e-4));
}

// The published example of LCA on Loihi 2, to its printed digits: lava-nc/lava-optimization 39ab7011,
// tutorials/tutorial_04_lca.ipynb. MNIST test image 0, standardised by 0.1307 and 0.3081; 784 atoms of
// its mnist_pretrained_dictionary.npy; a step of 2^-7, lambda 0.1, 1,024 steps.
//
// Its PSNR is that of pixels of 0 .. 255 against 255, its sparsity the share of coefficients that are 0.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <optional>

#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/engine/pursuit/stepped_lca.hpp>
#include <retrograde/hardware/loihi2/pursuit/chip_lca.hpp>
#include <retrograde/hardware/loihi2/pursuit/lca_budget.hpp>
#include <retrograde/scenarios/data/idx.hpp>
#include <retrograde/scenarios/io/npy.hpp>

#include "tests/skip.hpp"

using namespace retrograde;
using namespace retrograde::loihi2;

namespace {

constexpr double mean = 0.1307, deviation = 0.3081;

struct Example {
  PursuitProblem problem;
  Vector signal, pixels;

  // "37.12 dB 75.38 %", as the notebook prints them.
  std::string printed(const Vector& code) const {
    const Vector again =
        255.0 * (deviation * problem.dictionary.signal(code).array() + mean).matrix();
    const double square = (again - pixels).squaredNorm() / static_cast<double>(pixels.size());
    const double zeros = static_cast<double>((code.array() == 0.0).count());
    return fmt::format("{:.2f} dB {:.2f} %", 10.0 * std::log10(255.0 * 255.0 / square),
                       100.0 * zeros / static_cast<double>(code.size()));
  }
};

// Nothing where the data are not there.
std::optional<Example> example(std::string& missing) {
  const char* const folder = std::getenv("RETROGRADE_DATA");
  if (!folder) {
    missing = "RETROGRADE_DATA is not set";
    return std::nullopt;
  }
  const std::filesystem::path data = folder;
  const auto dictionary = data / "lca/mnist_pretrained_dictionary.npy";
  const auto images = data / "mnist/t10k-images-idx3-ubyte.gz";
  for (const auto& file : {dictionary, images})
    if (!std::filesystem::exists(file)) {
      missing = "RETROGRADE_DATA does not hold " + file.lexically_relative(data).string();
      return std::nullopt;
    }
  const NpyArray array = read_npy(dictionary);
  Matrix atoms(784, 784);  // rows of the file
  for (Eigen::Index k = 0; k < atoms.size(); ++k)
    atoms(k) = array.values[static_cast<std::size_t>(k)];
  const IdxImages pictures = read_idx_images(images);
  Vector pixels(784);
  for (Eigen::Index k = 0; k < 784; ++k) pixels(k) = pictures.image(0)[static_cast<std::size_t>(k)];
  return Example{{Dictionary(atoms), Penalty::equal(Groups::equal(784, 1), 0.1, 0.0)},
                 ((pixels / 255.0).array() - mean) / deviation,
                 pixels};
}

}  // namespace

TEST_CASE("the published LCA example in floating point, one layer and two, to the printed digits",
          "[loihi2][pursuit]") {
  std::string missing;
  const auto e = example(missing);
  if (!e) RETROGRADE_SKIP(missing);
  CHECK(e->printed(stepped_lca(e->problem, e->signal).code) == "37.12 dB 75.38 %");
  CHECK(e->printed(stepped_lca(e->problem, e->signal, {.two_layers = true}).code) ==
        "37.12 dB 75.51 %");
}

TEST_CASE("the published LCA example in fixed point, one layer and two, to the printed digits",
          "[loihi2][pursuit]") {
  std::string missing;
  const auto e = example(missing);
  if (!e) RETROGRADE_SKIP(missing);
  CHECK(lca_scale(e->problem, e->signal, {}) == 2097152.0);  // as published, 2^21
  const auto emulated = [&](const ChipLcaOptions& options) {
    return run(put_on_chip(e->problem, e->signal, options), e->problem, e->signal);
  };
  const ChipLcaRun one = emulated({}), two = emulated({.two_layers = true});
  CHECK(e->printed(one.code) == "37.80 dB 71.05 %");
  CHECK(e->printed(two.code) == "27.31 dB 73.85 %");
  // It asks for more than the 24 bits of the chip's other registers.
  CHECK(one.emulation.populations[0].v.min < -(1 << 23));
  CHECK(two.emulation.populations[0].v.min < -(1 << 23));
}

// What the published run has not reached: 8.7077, 80.48 %, 37.33 dB by FISTA in the design notes of
// this project, measured there with other code (NumPy, 5,000 iterations).
TEST_CASE("the published LCA example is not at its optimum", "[loihi2][pursuit]") {
  std::string missing;
  const auto e = example(missing);
  if (!e) RETROGRADE_SKIP(missing);
  const PursuitSolution best = fista(e->problem, e->signal, {.tolerance = 1e-8});
  CHECK(best.converged);
  CHECK(best.objective == Approx(8.7077).margin(1e-4));
  CHECK(e->problem.dictionary.largest_eigenvalue() == Approx(22.60).epsilon(1e-3));
  const Vector code = stepped_lca(e->problem, e->signal).code;
  CHECK(objective(e->problem, e->signal, code) == Approx(9.1533).margin(1e-4));
}

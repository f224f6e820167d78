// The published example of LCA on Loihi 2: lava-nc/lava-optimization 39ab7011,
// tutorials/tutorial_04_lca.ipynb. MNIST test image 0, standardised by 0.1307 and 0.3081; 784 atoms of
// its mnist_pretrained_dictionary.npy, the rows of that array; lambda 0.1.
#pragma once

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include <retrograde/engine/pursuit/problem.hpp>
#include <retrograde/scenarios/data/idx.hpp>
#include <retrograde/scenarios/io/npy.hpp>

namespace retrograde::test {

struct LcaExample {
  static constexpr double mean = 0.1307, deviation = 0.3081;

  PursuitProblem problem;
  Vector signal, pixels;

  // Of pixels from 0 to 255, against 255, in dB.
  double psnr(const Vector& code) const {
    const Vector again =
        255.0 * (deviation * problem.dictionary.signal(code).array() + mean).matrix();
    const double square = (again - pixels).squaredNorm() / static_cast<double>(pixels.size());
    return 10.0 * std::log10(255.0 * 255.0 / square);
  }
};

// Throws what the readers throw.
inline LcaExample read_lca_example(const std::filesystem::path& dictionary,
                                   const std::filesystem::path& images) {
  const NumericArray array = read_npy(dictionary);
  Matrix atoms(784, 784);
  for (Eigen::Index k = 0; k < atoms.size(); ++k)
    atoms(k) = array.values.at(static_cast<std::size_t>(k));
  const IdxImages pictures = read_idx_images(images);
  Vector pixels(784);
  for (Eigen::Index k = 0; k < 784; ++k) pixels(k) = pictures.image(0)[static_cast<std::size_t>(k)];
  return {{Dictionary(atoms), Penalty::equal(Groups::equal(784, 1), 0.1, 0.0)},
          ((pixels / 255.0).array() - LcaExample::mean) / LcaExample::deviation,
          pixels};
}

// Nothing, and why, where RETROGRADE_DATA does not hold it.
inline std::optional<LcaExample> lca_example(std::string& missing) {
  const char* const folder = std::getenv("RETROGRADE_DATA");
  if (!folder) {
    missing = "RETROGRADE_DATA is not set";
    return std::nullopt;
  }
  const std::filesystem::path data = folder;
  const std::string dictionary = "lca/mnist_pretrained_dictionary.npy",
                    images = "mnist/t10k-images-idx3-ubyte.gz";
  for (const std::string& file : {dictionary, images})
    if (!std::filesystem::exists(data / file)) {
      missing = "RETROGRADE_DATA does not hold " + file;
      return std::nullopt;
    }
  return read_lca_example(data / dictionary, data / images);
}

}  // namespace retrograde::test

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/mnist.hpp>

#include "tests/skip.hpp"
#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

const LatencyEncoding encoding = {.t_early = 0, .t_late = 10, .duration = 20};

// Images of 1 x 2 pixels: the first pixel is the image's number, the second is black.
void make_tiny(const std::filesystem::path& folder, bool packed) {
  const auto file = [&](const char* name, const Bytes& bytes) {
    if (packed) {
      put(folder / (std::string(name) + ".gz"), gzip(bytes));
    } else {
      put(folder / name, bytes);
    }
  };
  file("train-images-idx3-ubyte", idx({4, 1, 2}, {51, 0, 102, 0, 153, 0, 204, 0}));
  file("train-labels-idx1-ubyte", idx({4}, {1, 2, 3, 4}));
  file("t10k-images-idx3-ubyte", idx({1, 1, 2}, {255, 255}));
  file("t10k-labels-idx1-ubyte", idx({1}, {9}));
}

}  // namespace

TEST_CASE("MNIST's validation part is the end of its training images") {
  for (const bool packed : {false, true}) {
    const ScratchFolder folder;
    make_tiny(folder.path(), packed);
    const Dataset data = load_mnist(folder.path(), encoding, 1);
    CHECK(data.info().inputs == 2);
    CHECK(data.classes() == 10);
    CHECK(data.size(Part::train) == 3);
    CHECK(data.size(Part::validation) == 1);
    CHECK(data.size(Part::test) == 1);
    CHECK(data.label(Part::train, 2) == 3);
    CHECK(data.label(Part::validation, 0) == 4);
    CHECK(data.trial(Part::train, 0).inputs == std::vector<Spike>{{8.0, 0}});
    CHECK(data.trial(Part::validation, 0).inputs ==
          std::vector<Spike>{{(1 - 204 / 255.0) * 10, 0}});
    CHECK(data.trial(Part::test, 0).inputs == std::vector<Spike>{{0.0, 0}, {0.0, 1}});
  }
}

TEST_CASE("MNIST without a validation part trains with everything") {
  const ScratchFolder folder;
  make_tiny(folder.path(), false);
  const Dataset data = load_mnist(folder.path(), encoding, 0);
  CHECK(data.size(Part::train) == 4);
  CHECK(data.size(Part::validation) == 0);
  CHECK_THROWS_AS(load_mnist(folder.path(), encoding, 4), ScenarioError);
}

TEST_CASE("the real MNIST has its known sizes and digits") {
  const char* root = std::getenv("RETROGRADE_DATA");
  if (root == nullptr) RETROGRADE_SKIP("RETROGRADE_DATA is not set");
  const std::filesystem::path folder = std::filesystem::path(root) / "mnist";
  if (!std::filesystem::exists(folder)) RETROGRADE_SKIP("RETROGRADE_DATA does not hold mnist");

  const Dataset data = load_mnist(folder, encoding, 5000);
  CHECK(data.size(Part::train) == 55000);
  CHECK(data.size(Part::validation) == 5000);
  CHECK(data.size(Part::test) == 10000);
  CHECK(data.info().inputs == 784);
  // The first training labels, and how often each digit occurs in the test set (widely printed: 980
  // zeros, 1135 ones ...).
  const std::array<int, 10> first = {5, 0, 4, 1, 9, 2, 1, 3, 1, 4};
  for (std::size_t i = 0; i < first.size(); ++i) CHECK(data.label(Part::train, i) == first[i]);
  std::array<int, 10> counts{};
  for (std::size_t i = 0; i < 10000; ++i) ++counts.at(data.label(Part::test, i));
  CHECK(counts == std::array<int, 10>{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009});
  // The first training image, a five, has 166 pixels that are not black.
  CHECK(data.trial(Part::train, 0).inputs.size() == 166);
}

TEST_CASE("many threads read one data set and see the same trials") {
  const ScratchFolder folder;
  make_tiny(folder.path(), false);
  const Dataset data = load_mnist(folder.path(), encoding, 1);
  std::array<bool, 4> same{};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < same.size(); ++t) {
    threads.emplace_back([&, t] {
      bool all = true;
      for (std::size_t i = 0; i < 3000; ++i) {
        const Sample sample = data.sample(Part::train, i % 3);
        all = all && sample.label == static_cast<int>(i % 3) + 1 &&
              sample.trial.inputs.size() == 1 &&
              sample.trial.inputs[0].time ==
                  (1 - (51.0 * (static_cast<double>(i % 3) + 1)) / 255.0) * 10;
      }
      same[t] = all;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(same == std::array<bool, 4>{true, true, true, true});
}

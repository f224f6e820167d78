// What a damaged or missing data file leads to: an error that names the file, the byte and the
// remedy.
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/idx.hpp>
#include <retrograde/scenarios/data/mnist.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// The error that parsing images (or labels below 10) ends with.
FormatError images_error(const Bytes& bytes) {
  try {
    parse_idx_images(bytes, "images");
  } catch (const FormatError& e) {
    CHECK(e.file == "images");
    return e;
  }
  FAIL("no error");
  throw;
}

FormatError labels_error(const Bytes& bytes) {
  try {
    parse_idx_labels(bytes, "labels", 10);
  } catch (const FormatError& e) {
    CHECK(e.file == "labels");
    return e;
  }
  FAIL("no error");
  throw;
}

const LatencyEncoding encoding = {.t_early = 0, .t_late = 10, .duration = 20};

void make_tiny(const std::filesystem::path& folder) {
  put(folder / "train-images-idx3-ubyte", idx({2, 1, 2}, {1, 2, 3, 4}));
  put(folder / "train-labels-idx1-ubyte", idx({2}, {1, 2}));
  put(folder / "t10k-images-idx3-ubyte", idx({1, 1, 2}, {5, 6}));
  put(folder / "t10k-labels-idx1-ubyte", idx({1}, {9}));
}

}  // namespace

TEST_CASE("an IDX file cut anywhere is refused at the byte where it ends") {
  const Bytes whole = idx({2, 2, 3}, Bytes(12, 7));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const FormatError e = images_error(Bytes(whole.begin(), whole.begin() + length));
    CHECK(e.offset == length);
    CHECK_THAT(e.what(), Contains("end"));
  }
  CHECK_THAT(images_error(Bytes(whole.begin(), whole.begin() + 20)).what(),
             Contains("announces 12 bytes of data, 4 are there"));
}

TEST_CASE("bytes behind the end of an IDX file are refused") {
  Bytes bytes = idx({2, 2, 3}, Bytes(12, 7));
  bytes.push_back(0);
  CHECK(images_error(bytes).offset == 28);
}

TEST_CASE("an IDX file with a wrong magic number, type or number of dimensions is refused") {
  const Bytes whole = idx({1, 1, 1}, {7});
  const auto with = [&](std::size_t at, std::uint8_t value) {
    Bytes bytes = whole;
    bytes[at] = value;
    return bytes;
  };
  CHECK(images_error(with(0, 1)).offset == 0);
  CHECK(images_error(with(1, 1)).offset == 1);
  CHECK(images_error(with(2, 0x0d)).offset == 2);
  CHECK_THAT(images_error(with(2, 0x0d)).what(), Contains("0d"));
  CHECK(images_error(with(3, 1)).offset == 3);
  // Image and label files swapped.
  CHECK(images_error(idx({1}, {7})).offset == 3);
  CHECK_THAT(labels_error(whole).what(), Contains("swapped"));
}

TEST_CASE("an IDX file with an empty or an absurd dimension is refused") {
  CHECK(images_error(idx({0, 2, 2}, {})).offset == 4);
  CHECK(images_error(idx({1, 0, 2}, {})).offset == 8);
  const std::uint32_t huge = 0xffffffff;
  CHECK(images_error(idx({huge, huge, huge}, {1})).offset == 8);
  CHECK(images_error(idx({huge, 28, 28}, {1})).offset == 17);
}

TEST_CASE("a label out of range is refused at its byte") {
  const FormatError e = labels_error(idx({3}, {0, 10, 9}));
  CHECK(e.offset == 9);
  CHECK_THAT(e.what(), Contains("label 10 of sample 1") && Contains("0 to 9"));
}

TEST_CASE("MNIST with a different number of labels than images is refused") {
  const ScratchFolder folder;
  make_tiny(folder.path());
  put(folder / "train-labels-idx1-ubyte", idx({3}, {1, 2, 3}));
  CHECK_THROWS_WITH(load_mnist(folder.path(), encoding, 1), Contains("3 labels, but 2 images"));
  CHECK_THROWS_AS(load_mnist(folder.path(), encoding, 1), FormatError);
}

TEST_CASE("MNIST with test images of another size is refused") {
  const ScratchFolder folder;
  make_tiny(folder.path());
  put(folder / "t10k-images-idx3-ubyte", idx({1, 2, 1}, {5, 6}));
  CHECK_THROWS_AS(load_mnist(folder.path(), encoding, 1), FormatError);
}

TEST_CASE("a missing MNIST file is reported with the names looked for and where to get it") {
  for (const char* missing : {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                              "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}) {
    const ScratchFolder folder;
    make_tiny(folder.path());
    std::filesystem::remove(folder / missing);
    const std::string name = missing;
    CHECK_THROWS_AS(load_mnist(folder.path(), encoding, 1), IoError);
    CHECK_THROWS_WITH(load_mnist(folder.path(), encoding, 1),
                      Contains(name) && Contains(name + ".gz") && Contains("free to download"));
  }
  CHECK_THROWS_AS(load_mnist("no/such/folder", encoding, 1), IoError);
}

TEST_CASE("a scenario on MNIST refuses images of another size with the file and the sizes") {
  const ScratchFolder folder;
  make_tiny(folder.path());
  const Scenario scenario = parse_scenario(
      "[scenario]\nduration = \"40 ms\"\n[[population]]\nname = \"in\"\nsize = 784\n"
      "[[population]]\nname = \"out\"\nsize = 10\nmodel = \"cuba_li\"\n"
      "[data]\nkind = \"mnist\"\npopulation = \"in\"\nvalidation = 1\n"
      "t_early = \"1.5 ms\"\nt_late = \"20 ms\"\n",
      "x.toml");
  CHECK_THROWS_AS(load_dataset(scenario, folder.path().string()), FormatError);
  CHECK_THROWS_WITH(load_dataset(scenario, folder.path().string()),
                    Contains("train-images-idx3-ubyte") && Contains("images of 2 pixels") &&
                        Contains("784") && Contains("scale them"));
}

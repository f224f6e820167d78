// Reference: LeCun, Cortes, Burges, "The MNIST database of handwritten digits", section FILE
// FORMATS.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include <retrograde/scenarios/data/idx.hpp>

#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;

TEST_CASE("images are read from an IDX file, plain or packed") {
  const ScratchFolder folder;
  const Bytes pixels = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  put(folder / "plain", idx({2, 2, 3}, pixels));
  put(folder / "packed", gzip(idx({2, 2, 3}, pixels)));
  for (const char* name : {"plain", "packed"}) {
    const IdxImages images = read_idx_images(folder / name);
    CHECK(images.count == 2);
    CHECK(images.rows == 2);
    CHECK(images.columns == 3);
    CHECK(images.pixels == pixels);
    CHECK(images.image(1)[0] == 7);
    CHECK(images.image(1).size() == 6);
  }
}

TEST_CASE("labels are read from an IDX file, plain or packed") {
  const ScratchFolder folder;
  put(folder / "plain", idx({3}, {0, 9, 5}));
  put(folder / "packed", gzip(idx({3}, {0, 9, 5})));
  CHECK(read_idx_labels(folder / "plain", 10) == Bytes{0, 9, 5});
  CHECK(read_idx_labels(folder / "packed", 10) == Bytes{0, 9, 5});
}

TEST_CASE("an IDX file is found under each of its usual names") {
  for (const char* name : {"train-images-idx3-ubyte", "train-images-idx3-ubyte.gz",
                           "train-images.idx3-ubyte", "train-images.idx3-ubyte.gz"}) {
    const ScratchFolder folder;
    put(folder / name, "");
    CHECK(find_idx(folder.path(), "train-images-idx3-ubyte", "") == folder / name);
  }
}

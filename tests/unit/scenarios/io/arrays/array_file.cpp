// Files of named arrays: what numpy writes is read (the files of the fuzz corpus are numpy's, 2.4.6,
// but for the texts), what is written is read again with the same bits, and what is wrong is refused with
// file, place and remedy.
#include <bit>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/arrays/array_file.hpp>
#include <retrograde/scenarios/io/arrays/zip.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>

#include "tests/support/scratch.hpp"

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

const std::filesystem::path corpus =
    std::filesystem::path(RETROGRADE_SOURCE_DIR) / "tests" / "fuzz" / "corpus" / "array_file";

ArrayFile of_text(const std::string& text) { return {{text.begin(), text.end()}, "t.csv"}; }

template <typename Action>
std::string refused(const Action& action) {
  try {
    action();
  } catch (const FormatError& error) {
    return error.what();
  }
  return "nothing is refused";
}

}  // namespace

TEST_CASE("arrays of numpy are read, stored or deflated, of any order and type", "[arrays]") {
  const ArrayFile stored(corpus / "stored.npz");
  CHECK(stored.format() == ArrayFormat::npz);
  CHECK(stored.names() == std::vector<std::string>{"source", "target", "weight"});
  CHECK(stored.read("source").values == std::vector<double>{0, 1, 2});
  CHECK(stored.read("target").values == std::vector<double>{2, 1, 0});  // big-endian
  const NumericArray weight = stored.read("weight");                    // in Fortran order
  CHECK(weight.shape == std::vector<std::size_t>{2, 3});
  CHECK(weight.values == std::vector<double>{0, 1, 2, 3, 4, 5});
  const ArrayFile deflated(corpus / "deflated.npz");
  CHECK(deflated.read("target").values == std::vector<double>{1, 0, 1});
  CHECK(deflated.read("empty").values.empty());
  const ArrayFile alone(corpus / "alone.npy");
  CHECK(alone.format() == ArrayFormat::npy);
  CHECK(alone.read("").values == std::vector<double>{0, 1, 2});
  CHECK(ArrayFile(corpus / "none.npz").names().empty());
}

TEST_CASE("columns of CSV are read by name, separated by commas, tabs or semicolons", "[arrays]") {
  CHECK(ArrayFile(corpus / "columns.csv").read("weight").values ==
        std::vector<double>{0.5, -1e3, 7});
  const ArrayFile tabs(corpus / "tabs.csv");
  CHECK(tabs.format() == ArrayFormat::csv);
  CHECK(tabs.read("time_ms").values == std::vector<double>{1.5, 2.5, 3});
  CHECK(of_text("a;b\n1;2\n").read("b").values == std::vector<double>{2});
  CHECK(of_text("a\n5\n6\n").read("a").values == std::vector<double>{5, 6});
  CHECK(of_text("a,b\n").read("b").values.empty());
  // Another column may hold words.
  CHECK(of_text("a,name\n1,x\n2,y\n").read("a").values == std::vector<double>{1, 2});
}

TEST_CASE("written arrays come back with the same bits, and as the same bytes", "[arrays]") {
  const std::vector<NamedArray> arrays = {{"times", {{3}, {0.1, 1.0 / 3.0, -1e-300}, false}},
                                          {"ids", {{3}, {0, 4294967295, -7}, true}}};
  for (const ArrayFormat format : {ArrayFormat::npz, ArrayFormat::hdf5, ArrayFormat::csv}) {
    const std::string bytes = array_file_bytes(format, arrays);
    CHECK(array_file_bytes(format, arrays) == bytes);
    const ArrayFile file({bytes.begin(), bytes.end()}, "file");
    CHECK(file.format() == format);
    for (const NamedArray& one : arrays) {
      CHECK(file.read(one.name).values == one.array.values);
      CHECK(file.read(one.name).shape == one.array.shape);
    }
  }
  CHECK(array_file_bytes(ArrayFormat::csv, arrays) ==
        "times,ids\n0.1,0\n0.3333333333333333,4294967295\n-1e-300,-7\n");
  for (const ArrayFormat format : {ArrayFormat::npz, ArrayFormat::hdf5}) {
    const std::vector<NamedArray> matrix = {{"m", {{2, 0}, {}, false}}, {"n", {{}, {4}, true}}};
    const std::string bytes = array_file_bytes(format, matrix);
    const ArrayFile file({bytes.begin(), bytes.end()}, "file");
    CHECK(file.read("m").shape == std::vector<std::size_t>{2, 0});
    CHECK(file.read("n").values == std::vector<double>{4});
  }
  const std::string none = array_file_bytes(ArrayFormat::npz, {});
  CHECK(ArrayFile({none.begin(), none.end()}, "none").names().empty());
}

TEST_CASE("arrays in groups of HDF5 are called by their paths, and a file is read in place",
          "[arrays]") {
  const test::ScratchFolder folder;
  const std::vector<NamedArray> arrays = {{"spikes/all/times", {{2}, {1, 2}, false}},
                                          {"spikes/count", {{}, {2}, true}}};
  write_arrays(folder / "a.h5", *array_format_of("a.h5"), arrays);
  const ArrayFile file(folder / "a.h5");
  CHECK(file.names() == std::vector<std::string>{"spikes/all/times", "spikes/count"});
  CHECK(file.read("spikes/all/times").values == std::vector<double>{1, 2});
  CHECK_THAT(refused([&] { file.read("spikes/all/time"); }),
             Contains("did you mean spikes/all/times?"));
}

TEST_CASE("the ending of a name says how it is written", "[arrays]") {
  CHECK(array_format_of("runs/a.npz") == ArrayFormat::npz);
  CHECK(array_format_of("a.hdf5") == ArrayFormat::hdf5);
  CHECK(array_format_of("a.b.csv") == ArrayFormat::csv);
  CHECK(array_format_of("a.npy") == ArrayFormat::npy);
  CHECK_FALSE(array_format_of("a.txt"));
}

TEST_CASE("files that hold no arrays are refused with a remedy", "[arrays]") {
  const auto opened = [](const char* name) {
    return refused([&] { ArrayFile(corpus / name).read("source"); });
  };
  CHECK_THAT(opened("objects.npz"), Contains("objects.npz/source.npy") && Contains("'|O'"));
  CHECK_THAT(opened("cut.npz"), Contains("damaged or ends early"));
  CHECK_THAT(opened("damaged.npz"), Contains("source.npy") && Contains("CRC"));
  CHECK_THAT(opened("no_names.csv"), Contains("line 1: \"0\" is no name of a column"));
  CHECK_THAT(opened("empty"), Contains("it has no line"));
  CHECK_THAT(opened("none.npz"), Contains("holds no array, and source is needed"));
  CHECK_THAT(opened("alone.npy"), Contains("leave the name out"));
  CHECK_THAT(refused([&] { of_text("a,a\n1,2\n"); }), Contains("two columns are called a"));
  CHECK_THAT(refused([&] { of_text("a,b\n1,2\n1\n").read("a"); }), Contains("line 3"));
  CHECK_THAT(refused([&] { of_text("a,b\n1,x\n").read("b"); }),
             Contains("line 2: b is \"x\"; a finite number is needed"));
  CHECK_THAT(refused([&] { of_text(std::string("a\0b", 3)); }), Contains("neither"));
  CHECK_THAT(refused([&] { of_text("times\n1\n").read("time"); }),
             Contains("no array called \"time\"") && Contains("did you mean times?"));
}

TEST_CASE("a number that is none is refused in every kind of file", "[arrays]") {
  const NumericArray nan{{2}, {1.0, std::numeric_limits<double>::quiet_NaN()}, false};
  for (const ArrayFormat format : {ArrayFormat::npz, ArrayFormat::hdf5, ArrayFormat::csv}) {
    const std::string bytes = array_file_bytes(format, std::vector<NamedArray>{{"x", nan}});
    CHECK_THAT(refused([&] {
                 ArrayFile({bytes.begin(), bytes.end()}, "file").read("x");
               }),
               Contains("nan"));
  }
}

TEST_CASE("an archive cut anywhere is refused, and one that unfolds without end too", "[arrays]") {
  const std::vector<std::uint8_t> whole = read_file(corpus / "stored.npz");
  for (std::size_t length = 4; length < whole.size(); length += 7) {
    CAPTURE(length);
    CHECK_THROWS_AS(
        ArrayFile({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)}, "cut"),
        FormatError);
  }
  std::vector<std::uint8_t> bomb = read_file(corpus / "deflated.npz");
  // The sizes of the first entry, in the directory at the end and in front of it.
  for (std::size_t at = 0; at + 4 < bomb.size(); ++at) {
    const bool local = bomb[at] == 'P' && bomb[at + 1] == 'K' && bomb[at + 2] == 3;
    const bool central = bomb[at] == 'P' && bomb[at + 1] == 'K' && bomb[at + 2] == 1;
    if (local) bomb[at + 25] = 0x7f;
    if (central) bomb[at + 27] = 0x7f;
  }
  CHECK_THAT(refused([&] { ArrayFile(bomb, "bomb").read("source"); }),
             Contains("cannot be") || Contains("damaged"));
}

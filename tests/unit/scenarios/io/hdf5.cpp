// HDF5 in memory: what is written comes back, the same bytes every time, and Python's layout of it.
#include <catch2/catch.hpp>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

using namespace retrograde;

namespace {

std::string example(std::size_t rows) {
  hdf5::Writer out;
  out.text("/version", "1.0");
  out.fixed_text("/layer/0/type", "input", 10);
  const std::vector<std::string> names = {"a", "b\u00e4", "", "d"};
  out.texts("/node/edges", names, {2, 2});
  std::vector<double> matrix(rows * 3);
  for (std::size_t k = 0; k < matrix.size(); ++k) matrix[k] = 0.1 * static_cast<double>(k);
  out.numbers("/node/weight", matrix, {rows, 3});
  const std::vector<std::int32_t> integers = {-3, 7};
  out.numbers("/node/integers", integers, {2});
  out.number("/node/dt", 1e-3);
  out.group("/node/nothing");
  return out.bytes();
}

hdf5::Reader reader(const std::string& bytes) {
  return {{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, "x.h5"};
}

}  // namespace

TEST_CASE("HDF5 that was written comes back, plain and packed") {
  for (const std::size_t rows : {2u, 5000u}) {
    const std::string bytes = example(rows);
    const hdf5::Reader in = reader(bytes);
    CHECK(in.text("/version") == "1.0");
    CHECK(in.text("/layer/0/type") == "input");
    const auto edges = in.texts("/node/edges");
    CHECK(edges.shape == hdf5::Shape{2, 2});
    CHECK(edges.values == std::vector<std::string>{"a", "b\u00e4", "", "d"});
    const auto weight = in.numbers("/node/weight");
    CHECK(weight.shape == hdf5::Shape{rows, 3});
    bool equal = weight.values.size() == rows * 3;
    for (std::size_t k = 0; equal && k < weight.values.size(); ++k)
      equal = weight.values[k] == 0.1 * static_cast<double>(k);
    CHECK(equal);
    CHECK(in.numbers("/node/integers").values == std::vector<double>{-3, 7});
    CHECK(in.numbers("/node/dt").values == std::vector<double>{1e-3});
    CHECK(in.numbers("/node/dt").shape.empty());
    CHECK(in.members("/node") ==
          std::vector<std::string>{"dt", "edges", "integers", "nothing", "weight"});
    CHECK(in.is_group("/node/nothing"));
    CHECK_FALSE(in.is_group("/node/dt"));
    CHECK_FALSE(in.has("/nowhere/weight"));
  }
  CHECK(example(5000).size() < 5000 * 3 * sizeof(double));
}

TEST_CASE("HDF5 is the same bytes every time") {
  const std::string once = example(5000);
  // The heap looks different now.
  std::vector<std::string> others(50, std::string(4096, 'x'));
  CHECK(example(5000) == once);
}

TEST_CASE("HDF5 datasets of the wrong kind are refused by their path") {
  const std::string bytes = example(2);
  const hdf5::Reader in = reader(bytes);
  CHECK_THROWS_WITH(in.numbers("/version"), Catch::Contains("x.h5: /version: it holds no numbers"));
  CHECK_THROWS_WITH(in.text("/node/dt"), Catch::Contains("/node/dt: it holds no text"));
  CHECK_THROWS_WITH(in.numbers("/node/none"), Catch::Contains("/node/none: it is missing"));
  CHECK_THROWS_WITH(in.numbers("/node/nothing"), Catch::Contains("no dataset"));
  CHECK_THROWS_WITH(in.members("/version"), Catch::Contains("no group"));
  CHECK_THROWS_WITH(in.text("/node/edges"), Catch::Contains("one text is needed"));
}

TEST_CASE("texts of several rows come back in order, and one that is too long is refused") {
  hdf5::Writer out;
  out.texts("/names", std::vector<std::string>{"a", "", "ccc", "dd", "e", "f"}, {2, 3});
  const std::string bytes = out.bytes();
  const std::span file(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  const hdf5::Array<std::string> names = hdf5::Reader(file, "x.h5").texts("/names");
  CHECK(names.shape == hdf5::Shape{2, 3});
  CHECK(names.values == std::vector<std::string>{"a", "", "ccc", "dd", "e", "f"});
  hdf5::Limits limits;
  limits.text = 2;
  CHECK_THROWS_WITH(hdf5::Reader(file, "x.h5", limits).texts("/names"),
                    Catch::Contains("/names") && Catch::Contains("a text of 3 bytes"));
}

// Arrays as numpy writes them. The layout is that of numpy.lib.format; bytes written by numpy itself
// (1.26.4) are held against it in the first test.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/npy.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

using Bytes = std::vector<std::uint8_t>;

template <typename Number>
Bytes file_of(const std::string& header, const std::vector<Number>& values,
              std::uint8_t version = 1) {
  const std::string magic = "\x93NUMPY";
  Bytes bytes(magic.begin(), magic.end());
  bytes.push_back(version);
  bytes.push_back(0);
  for (unsigned k = 0; k < (version == 1 ? 2u : 4u); ++k)
    bytes.push_back(static_cast<std::uint8_t>(header.size() >> (8 * k)));
  bytes.insert(bytes.end(), header.begin(), header.end());
  const std::size_t data = bytes.size();
  bytes.resize(data + values.size() * sizeof(Number));
  std::memcpy(bytes.data() + data, values.data(), values.size() * sizeof(Number));
  return bytes;
}

const std::string two_by_three = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }\n";
const std::vector<double> six = {1, 2, 3, 4, 5, 6};

FormatError error_of(const Bytes& bytes) {
  try {
    parse_npy(bytes, "a.npy");
  } catch (const FormatError& error) {
    CHECK(error.file == "a.npy");
    return error;
  }
  FAIL("no error");
  throw;
}

}  // namespace

TEST_CASE("what numpy.save wrote is read", "[npy]") {
  // numpy.save(f, numpy.asfortranarray(numpy.array([[1.5, -2], [3, 4], [5, 6]], '<f4')))
  std::string head = "{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2), }";
  head.resize(117, ' ');
  head += '\n';
  const NumericArray array = parse_npy(file_of<float>(head, {1.5F, 3, 5, -2, 4, 6}), "a.npy");
  CHECK(array.shape == std::vector<std::size_t>{3, 2});
  CHECK(array.values == std::vector<double>{1.5, -2, 3, 4, 5, 6});
}

TEST_CASE("both orders, both types and all versions of .npy give the same array", "[npy]") {
  const std::string fortran = "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }\n";
  for (const auto version : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{3}}) {
    CHECK(parse_npy(file_of(two_by_three, six, version), "").values == six);
    CHECK(parse_npy(file_of<double>(fortran, {1, 4, 2, 5, 3, 6}, version), "").values == six);
  }
  // Three axes: value (i, j, k) of shape (2, 2, 2) lies at i + 2 j + 4 k.
  const std::string cube = "{'shape': (2, 2, 2), 'fortran_order': True, 'descr': \"<f4\"}";
  CHECK(parse_npy(file_of<float>(cube, {0, 1, 2, 3, 4, 5, 6, 7}), "").values ==
        std::vector<double>{0, 4, 2, 6, 1, 5, 3, 7});
}

TEST_CASE("whole numbers and truth values of either order of bytes are numbers", "[npy]") {
  const auto header = [](const std::string& type) {
    return "{'descr': '" + type + "', 'fortran_order': False, 'shape': (2,), }";
  };
  CHECK(parse_npy(file_of<std::int16_t>(header("<i2"), {-3, 300}), "").values ==
        std::vector<double>{-3, 300});
  CHECK(parse_npy(file_of<std::uint8_t>(header(">i4"), {0, 0, 1, 2, 255, 255, 255, 255}), "")
            .values == std::vector<double>{258, -1});
  CHECK(parse_npy(file_of<std::uint8_t>(header("|b1"), {0, 1}), "").values ==
        std::vector<double>{0, 1});
  CHECK(parse_npy(file_of<std::uint64_t>(header("<u8"), {0, 1ull << 53}), "").values[1] == 0x1p53);
  const FormatError large = error_of(file_of<std::int64_t>(header("<i8"), {0, -(1ll << 60)}));
  CHECK(large.offset == 10 + header("<i8").size() + 8);
  CHECK_THAT(large.what(),
             Contains("value 1 of the array is -1152921504606846976") && Contains("beyond 2^53"));
}

TEST_CASE("a written .npy comes back, and numpy's own layout is kept", "[npy]") {
  const NumericArray array{{2, 3}, six, false};
  const std::string bytes = npy_bytes(array);
  CHECK(bytes.size() == 128 + 48);
  CHECK(bytes.find('\n') == 127);
  const NumericArray back =
      parse_npy({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, "back");
  CHECK(back.shape == array.shape);
  CHECK(back.values == array.values);
  CHECK_THAT(npy_bytes({{1}, {-5}, true}), Contains("'<i8'") && Contains("(1, )"));
}

TEST_CASE("a single number and a single axis have shapes of their own", "[npy]") {
  const auto number =
      parse_npy(file_of<double>("{'descr': '<f8', 'fortran_order': False, 'shape': ()}", {7}), "");
  CHECK(number.shape.empty());
  CHECK(number.values == std::vector<double>{7});
  const auto row = parse_npy(
      file_of<double>("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", {1, 2, 3}), "");
  CHECK(row.shape == std::vector<std::size_t>{3});
}

TEST_CASE("an .npy file cut anywhere is refused where it ends", "[npy]") {
  const Bytes whole = file_of(two_by_three, six);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const FormatError error =
        error_of(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)));
    CHECK(error.offset == length);
    CHECK_THAT(error.what(), Contains("get the file again"));
  }
  Bytes longer = whole;
  longer.push_back(0);
  CHECK(error_of(longer).offset == whole.size());
}

TEST_CASE("what is no .npy file of floats is refused with a remedy", "[npy]") {
  Bytes foreign = file_of(two_by_three, six);
  foreign[3] = 'X';
  CHECK(error_of(foreign).offset == 3);
  CHECK_THAT(error_of(foreign).what(), Contains("numpy.save"));
  const FormatError version = error_of(file_of(two_by_three, six, 4));
  CHECK(version.offset == 6);
  CHECK_THAT(version.what(), Contains("version 4"));

  const auto header = [](const std::string& text) { return error_of(file_of(text, six)); };
  const FormatError type = header("{'descr': '<c16', 'fortran_order': False, 'shape': (2, 3)}");
  CHECK(type.offset == 10 + 10);
  CHECK_THAT(type.what(), Contains("'<c16'") && Contains("astype('<f8')"));
  CHECK_THAT(header("{'descr': '|i4', 'fortran_order': False, 'shape': (2, 3)}").what(),
             Contains("'|i4'"));
  CHECK_THAT(header("{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': (6,)}").what(),
             Contains("records"));
  CHECK_THAT(header("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 3)}").what(),
             Contains("empty"));
  CHECK_THAT(header("{'descr': '<f8', 'fortran_order': False, 'shape': (-2, 3)}").what(),
             Contains("a length is expected"));
  CHECK_THAT(header("{'descr': '<f8', 'fortran_order': 0, 'shape': (2, 3)}").what(),
             Contains("True or False"));
  CHECK_THAT(header("{'descr': '<f8', 'shape': (2, 3)}").what(), Contains("lacks"));
  CHECK_THAT(header("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False}").what(),
             Contains("twice"));
  CHECK_THAT(header("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3)} x").what(),
             Contains("more than a dictionary"));
  CHECK_THAT(header("{'descr': '<f8', 'fortran_order': False, 'shape': (2 3)}").what(),
             Contains("')' is expected"));
  CHECK_THAT(header("{'descr': '<f8").what(), Contains("no end"));
  CHECK_THAT(header("{'descr': '<f8', 'fortran_order': False, 'shape': "
                    "(1099511627776, 1099511627776)}")
                 .what(),
             Contains("more than any file holds"));
  CHECK_THAT(header("{'descr': '<f8', 'fortran_order': False, 'shape': "
                    "(99999999999999999999999999, 1)}")
                 .what(),
             Contains("longer than any file"));
}

TEST_CASE("a value that is not finite is refused at its byte", "[npy]") {
  std::vector<double> values = six;
  values[4] = std::numeric_limits<double>::quiet_NaN();
  const FormatError error = error_of(file_of(two_by_three, values));
  CHECK(error.offset == 10 + two_by_three.size() + 4 * sizeof(double));
  CHECK_THAT(error.what(), Contains("row 1, column 1 of the array is nan"));
}

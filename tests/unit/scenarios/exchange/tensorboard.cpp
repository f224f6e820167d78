// Event files as TensorBoard reads them, taken apart by a decoder of their own here. The same file is
// read by TensorBoard itself in tests/tensorboard.
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>

#include <retrograde/scenarios/exchange/tensorboard.hpp>

#include "tests/support/tensorboard_file.hpp"

using namespace retrograde;
using namespace retrograde::test;
namespace tb = retrograde::tensorboard;

namespace {

std::vector<std::uint8_t> bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

}  // namespace

TEST_CASE("the CRC of the test's decoder is that of RFC 3720") {
  // RFC 3720, B.4: 32 bytes of zeros, of ones, and ascending.
  CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aa);
  CHECK(crc32c(std::string(32, '\xff')) == 0x62a8ab43);
  std::string ascending;
  for (char c = 0; c < 32; ++c) ascending += c;
  CHECK(crc32c(ascending) == 0x46dd794e);
}

TEST_CASE("an event file begins with its version and has its records in frames") {
  const std::string file = tb::head(1234.5) + tb::record_of({1240.25, 3, {{"loss/a", 0.1}}, {}});
  const std::vector<DecodedEvent> events = decoded_events(file);
  REQUIRE(events.size() == 2);
  CHECK(events[0].wall_time == 1234.5);
  CHECK(events[0].version == "brain.Event:2");
  CHECK(events[1].wall_time == 1240.25);
  CHECK(events[1].step == 3);
  REQUIRE(events[1].scalars.size() == 1);
  CHECK(events[1].scalars.at("loss/a") == 0.1f);
  // A frame of nothing but the head, byte by byte: length 24, then 09, the double, 1a, 13, the text.
  CHECK(tb::head(1234.5).size() == 12 + 9 + 2 + 13 + 4);
}

TEST_CASE("a histogram has every finite value in a bin of its own range") {
  const double inf = std::numeric_limits<double>::infinity();
  std::vector<double> values = {-1, 2, inf, std::nan("")};
  for (int k = 0; k < 100; ++k) values.push_back(0.02 * k + 0.01);
  const auto event = decoded_events(tb::record_of({0, 300, {}, {{"delay/x", values}}})).at(0);
  CHECK(event.step == 300);
  const DecodedHistogram& h = event.histograms.at("delay/x");
  CHECK(h.min == -1);
  CHECK(h.max == 2);
  CHECK(h.num == 102);
  CHECK(h.sum == Approx(101));
  CHECK(h.sum_squares == Approx(138.33));
  REQUIRE(h.limits.size() == 30);
  REQUIRE(h.counts.size() == 30);
  CHECK(std::is_sorted(h.limits.begin(), h.limits.end()));
  CHECK(h.limits.back() == 2);
  CHECK(h.limits[19] == Approx(1.0));
  double sum = 0;
  for (const double count : h.counts) sum += count;
  CHECK(sum == 102);
  CHECK(h.counts[0] == 1);
  CHECK(h.counts[5] == 0);
  CHECK(h.counts[19] == 5);  // 0.91 to 0.99
  CHECK(h.counts[29] == 6);  // 1.91 to 1.99, and 2
}

TEST_CASE("a histogram of like values, or of none, is one bin") {
  for (const std::vector<double>& values : {std::vector<double>{3, 3, 3}, {}}) {
    const auto event = decoded_events(tb::record_of({0, 1, {}, {{"w", values}}})).at(0);
    const DecodedHistogram& h = event.histograms.at("w");
    CHECK(h.limits.size() == 1);
    CHECK(h.counts == std::vector<double>{static_cast<double>(values.size())});
  }
}

TEST_CASE("whole records end where a file is cut or damaged") {
  const std::string first = tb::head(7), second = tb::record_of({8, 1, {{"a", 1}}, {}}),
                    third = tb::record_of({9, 200, {{"a", 2}}, {}});
  const std::string file = first + second + third;
  const std::vector<tb::Record> all = tb::whole_records(bytes_of(file));
  REQUIRE(all.size() == 3);
  CHECK(all[0].wall_time == 7);
  CHECK(all[1].end == first.size() + second.size());
  CHECK(all[2].step == 200);
  CHECK(all[2].end == file.size());
  // Every cut, and every flipped bit, costs the records from there on and no more.
  for (std::size_t size = 0; size < file.size(); ++size) {
    const std::size_t expected = size < first.size()                   ? 0
                                 : size < first.size() + second.size() ? 1
                                                                       : 2;
    CHECK(tb::whole_records(bytes_of(file.substr(0, size))).size() == expected);
    std::string damaged = file;
    damaged[size] = static_cast<char>(damaged[size] ^ 0x10);
    CHECK(tb::whole_records(bytes_of(damaged)).size() == expected);
  }
  CHECK(tb::whole_records({}).empty());
}

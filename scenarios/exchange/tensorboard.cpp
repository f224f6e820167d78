#include <algorithm>
#include <bit>
#include <boost/crc.hpp>
#include <cmath>
#include <concepts>
#include <optional>

#include <retrograde/scenarios/exchange/tensorboard.hpp>

namespace retrograde::tensorboard {

namespace {

using Crc32c = boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true>;

constexpr std::size_t frame_head = 12, frame_tail = 4;  // bytes around a record
constexpr std::size_t bins = 30;                        // as many as TensorBoard draws

// Masked, since a CRC over bytes that hold their own CRC says nothing.
std::uint32_t masked_crc(const void* bytes, std::size_t size) {
  Crc32c crc;
  crc.process_bytes(bytes, size);
  return std::rotr(static_cast<std::uint32_t>(crc.checksum()), 15) + 0xa282ead8u;
}

template <std::unsigned_integral T>
void put_fixed(std::string& out, T value) {
  for (std::size_t k = 0; k < sizeof value; ++k)
    out += static_cast<char>(static_cast<unsigned char>(value >> (8 * k)));
}

// ---- wire format -----------------------------------------------------------------------------------

enum class Wire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void put_key(std::string& out, std::uint32_t field, Wire wire) {
  put_varint(out, std::uint64_t{field} << 3 | static_cast<std::uint64_t>(wire));
}

void put_double(std::string& out, std::uint32_t field, double value) {
  put_key(out, field, Wire::fixed64);
  put_fixed(out, std::bit_cast<std::uint64_t>(value));
}

void put_bytes(std::string& out, std::uint32_t field, std::string_view bytes) {
  put_key(out, field, Wire::bytes);
  put_varint(out, bytes.size());
  out += bytes;
}

void put_doubles(std::string& out, std::uint32_t field, const std::vector<double>& values) {
  std::string packed;
  for (const double value : values) put_fixed(packed, std::bit_cast<std::uint64_t>(value));
  put_bytes(out, field, packed);
}

// ---- messages --------------------------------------------------------------------------------------

std::string value_of(const Scalar& scalar) {
  std::string value;
  put_bytes(value, 1, scalar.tag);
  put_key(value, 2, Wire::fixed32);
  put_fixed(value, std::bit_cast<std::uint32_t>(static_cast<float>(scalar.value)));
  return value;
}

// Bins of one width between the smallest and the largest value, each with its upper limit.
std::string histogram_of(std::vector<double> values) {
  std::erase_if(values, [](double v) { return !std::isfinite(v); });
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double first = values.empty() ? 0 : *low, last = values.empty() ? 0 : *high;
  const std::size_t count = last > first ? bins : 1;
  std::vector<double> limits(count), counts(count, 0.0);
  for (std::size_t k = 0; k < count; ++k)
    limits[k] = first + (last - first) * static_cast<double>(k + 1) / static_cast<double>(count);
  limits.back() = last;
  double sum = 0, squares = 0;
  for (const double v : values) {
    const auto bin = static_cast<std::size_t>(std::lower_bound(limits.begin(), limits.end(), v) -
                                              limits.begin());
    ++counts[std::min(bin, count - 1)];
    sum += v;
    squares += v * v;
  }
  std::string message;
  put_double(message, 1, first);
  put_double(message, 2, last);
  put_double(message, 3, static_cast<double>(values.size()));
  put_double(message, 4, sum);
  put_double(message, 5, squares);
  put_doubles(message, 6, limits);
  put_doubles(message, 7, counts);
  return message;
}

std::string framed(const std::string& record) {
  std::string length, out;
  put_fixed(length, std::uint64_t{record.size()});
  out = length;
  put_fixed(out, masked_crc(length.data(), length.size()));
  out += record;
  put_fixed(out, masked_crc(record.data(), record.size()));
  return out;
}

// ---- reading back ----------------------------------------------------------------------------------

class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  bool any() const { return at_ < bytes_.size(); }
  std::optional<std::uint64_t> fixed(std::size_t size) {
    if (bytes_.size() - at_ < size) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t k = 0; k < size; ++k) value |= std::uint64_t{bytes_[at_ + k]} << (8 * k);
    at_ += size;
    return value;
  }
  std::optional<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64 && any(); shift += 7) {
      const std::uint8_t byte = bytes_[at_++];
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }
  bool skip(std::uint64_t size) {
    if (bytes_.size() - at_ < size) return false;
    at_ += static_cast<std::size_t>(size);
    return true;
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

// Time and step of an Event; nothing where it is none.
std::optional<Record> event_of(std::span<const std::uint8_t> message) {
  Record event;
  for (Reader reader(message); reader.any();) {
    const auto key = reader.varint();
    if (!key) return std::nullopt;
    std::optional<std::uint64_t> value;
    switch (static_cast<Wire>(*key & 7)) {
      case Wire::varint:
        value = reader.varint();
        break;
      case Wire::fixed64:
        value = reader.fixed(8);
        break;
      case Wire::fixed32:
        value = reader.fixed(4);
        break;
      case Wire::bytes:
        value = reader.varint();
        if (value && !reader.skip(*value)) return std::nullopt;
        break;
    }
    if (!value) return std::nullopt;
    if (*key >> 3 == 1) event.wall_time = std::bit_cast<double>(*value);
    if (*key >> 3 == 2) event.step = static_cast<std::int64_t>(*value);
  }
  return event;
}

}  // namespace

std::string head(double wall_time) {
  std::string event;
  put_double(event, 1, wall_time);
  put_bytes(event, 3, "brain.Event:2");
  return framed(event);
}

std::string record_of(const Event& event) {
  std::string summary;
  for (const Scalar& scalar : event.scalars) put_bytes(summary, 1, value_of(scalar));
  for (const Distribution& distribution : event.distributions) {
    std::string value;
    put_bytes(value, 1, distribution.tag);
    put_bytes(value, 5, histogram_of(distribution.values));
    put_bytes(summary, 1, value);
  }
  std::string message;
  put_double(message, 1, event.wall_time);
  put_key(message, 2, Wire::varint);
  put_varint(message, static_cast<std::uint64_t>(event.step));
  put_bytes(message, 5, summary);
  return framed(message);
}

std::vector<Record> whole_records(std::span<const std::uint8_t> file) {
  std::vector<Record> records;
  for (std::size_t at = 0; file.size() - at >= frame_head + frame_tail;) {
    Reader frame(file.subspan(at));
    const std::uint64_t size = *frame.fixed(8);
    if (*frame.fixed(4) != masked_crc(file.data() + at, 8)) break;
    if (size > file.size() - at - frame_head - frame_tail) break;
    const auto message = file.subspan(at + frame_head, static_cast<std::size_t>(size));
    frame.skip(size);
    if (*frame.fixed(4) != masked_crc(message.data(), message.size())) break;
    std::optional<Record> record = event_of(message);
    if (!record) break;
    at += frame_head + message.size() + frame_tail;
    record->end = at;
    records.push_back(*record);
  }
  return records;
}

}  // namespace retrograde::tensorboard

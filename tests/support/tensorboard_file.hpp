// TensorBoard's event files taken apart for tests: a decoder that shares nothing with the one that
// writes them. It is strict: an unknown field or a wrong checksum throws.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace retrograde::test {

// Bit by bit: polynomial 0x1EDC6F41, reflected.
inline std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? 0x82f63b78u : 0u);
  }
  return ~crc;
}

struct DecodedHistogram {
  double min = 0, max = 0, num = 0, sum = 0, sum_squares = 0;
  std::vector<double> limits, counts;
};

struct DecodedEvent {
  double wall_time = 0;
  std::uint64_t step = 0;
  std::string version;
  std::map<std::string, float> scalars;
  std::map<std::string, DecodedHistogram> histograms;
};

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : bytes_(bytes) {}
  bool any() const { return !bytes_.empty(); }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= static_cast<std::uint64_t>(byte & 127) << shift;
      if (byte < 128) return value;
    }
  }
  template <typename T>
  T plain() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string_view bytes() { return take(varint()); }
  std::string_view take(std::size_t size) {
    if (size > bytes_.size()) throw std::runtime_error("a field is cut");
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

 private:
  std::string_view bytes_;
};

[[noreturn]] inline void unknown_field(std::uint64_t key) {
  throw std::runtime_error("unknown key " + std::to_string(key));
}

// A key is the number of the field times 8, and the kind: 0 varint, 1 double, 2 bytes, 5 float.
inline DecodedHistogram decoded_histogram(std::string_view message) {
  DecodedHistogram h;
  const auto doubles = [](std::string_view packed) {
    std::vector<double> all;
    for (WireReader reader(packed); reader.any();) all.push_back(reader.plain<double>());
    return all;
  };
  for (WireReader reader(message); reader.any();) {
    switch (const std::uint64_t key = reader.varint(); key) {
      case 1 * 8 + 1:
        h.min = reader.plain<double>();
        break;
      case 2 * 8 + 1:
        h.max = reader.plain<double>();
        break;
      case 3 * 8 + 1:
        h.num = reader.plain<double>();
        break;
      case 4 * 8 + 1:
        h.sum = reader.plain<double>();
        break;
      case 5 * 8 + 1:
        h.sum_squares = reader.plain<double>();
        break;
      case 6 * 8 + 2:
        h.limits = doubles(reader.bytes());
        break;
      case 7 * 8 + 2:
        h.counts = doubles(reader.bytes());
        break;
      default:
        unknown_field(key);
    }
  }
  return h;
}

inline void add_value(DecodedEvent& event, std::string_view message) {
  std::string tag;
  for (WireReader reader(message); reader.any();) {
    switch (const std::uint64_t key = reader.varint(); key) {
      case 1 * 8 + 2:
        tag = reader.bytes();
        break;
      case 2 * 8 + 5:
        event.scalars[tag] = reader.plain<float>();
        break;
      case 5 * 8 + 2:
        event.histograms[tag] = decoded_histogram(reader.bytes());
        break;
      default:
        unknown_field(key);
    }
  }
}

inline DecodedEvent decoded_event(std::string_view message) {
  DecodedEvent event;
  for (WireReader reader(message); reader.any();) {
    switch (const std::uint64_t key = reader.varint(); key) {
      case 1 * 8 + 1:
        event.wall_time = reader.plain<double>();
        break;
      case 2 * 8 + 0:
        event.step = reader.varint();
        break;
      case 3 * 8 + 2:
        event.version = reader.bytes();
        break;
      case 5 * 8 + 2:
        for (WireReader summary(reader.bytes()); summary.any();) {
          if (const std::uint64_t value = summary.varint(); value != 1 * 8 + 2)
            unknown_field(value);
          add_value(event, summary.bytes());
        }
        break;
      default:
        unknown_field(key);
    }
  }
  return event;
}

inline std::vector<DecodedEvent> decoded_events(std::string_view file) {
  std::vector<DecodedEvent> events;
  const auto check = [](std::string_view bytes, std::uint32_t stored) {
    const std::uint32_t crc = crc32c(bytes);
    if (((crc >> 15) | (crc << 17)) + 0xa282ead8u != stored)
      throw std::runtime_error("wrong checksum");
  };
  for (WireReader reader(file); reader.any();) {
    const std::string_view length = reader.take(8);
    check(length, reader.plain<std::uint32_t>());
    const std::string_view message = reader.take(WireReader(length).plain<std::uint64_t>());
    check(message, reader.plain<std::uint32_t>());
    events.push_back(decoded_event(message));
  }
  return events;
}

}  // namespace retrograde::test

// An order-sensitive 64-bit hash over the bits of results: two runs with one fingerprint produced
// the same bits in the same order. XXH3 (xxHash), seed 0.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <string>

#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

class Fingerprint {
 public:
  void add(std::uint64_t bits);
  void add(double value) { add(std::bit_cast<std::uint64_t>(value)); }
  void add(std::span<const double> values);
  void add_spike(Time time, NeuronId neuron) {
    add(time);
    add(std::uint64_t{neuron});
  }
  std::uint64_t value() const { return hash_; }
  // 16 hexadecimal digits.
  std::string text() const;

 private:
  std::uint64_t hash_ = 0;
};

// Of values in their order.
inline std::string fingerprint(std::span<const double> values) {
  Fingerprint f;
  f.add(values);
  return f.text();
}

}  // namespace retrograde

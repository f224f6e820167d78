// Random numbers are counter-based: a number is a function of (seed, purpose, entity, counter) and
// of nothing else. Who needs randomness names what it is for ("weights/hidden", "shuffle") and whom
// it concerns (a neuron, an epoch), and gets the same stream whatever else was drawn, in which
// order and by how many threads.
//
// The function is Philox4x64-10 (Salmon et al., SC 2011): key = (seed, hash of the purpose), block
// counter = (entity, counter / 4, 0, 0); word counter % 4 of the block is the number. Different
// (seed, purpose, entity) are different streams of 2^64 words each. Everything below uses only
// integer arithmetic and correctly rounded operations for the values it returns, so the bits are
// the same on every platform.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace retrograde {

// Philox4x64-10: four words that look random from a key and a counter.
std::array<std::uint64_t, 4> philox(std::array<std::uint64_t, 2> key,
                                    std::array<std::uint64_t, 4> counter) noexcept;

// FNV-1a, 64 bit: the hash that turns a purpose into half a key. Part of the reproducibility
// promise: changing it changes every random number.
constexpr std::uint64_t hash_purpose(std::string_view purpose) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : purpose) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3u;
  }
  return hash;
}

class Random {
 public:
  // A stream, positioned at word `counter`; O(1) for any position.
  explicit Random(std::uint64_t seed, std::string_view purpose, std::uint64_t entity = 0,
                  std::uint64_t counter = 0) noexcept
      : key_{seed, hash_purpose(purpose)}, entity_(entity), counter_(counter) {}

  // The next 64 bits.
  std::uint64_t bits() noexcept;

  // Uniform in [0, 1): a multiple of 2^-53. One word.
  double uniform() noexcept { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  // Uniform in [low, high), or low where both are equal.
  double uniform(double low, double high) noexcept;

  // Normal with mean 0 and standard deviation 1, by the ratio of uniforms (Kinderman and Monahan
  // 1977): 2.74 words on average. The logarithm only decides whether a pair is accepted.
  double normal() noexcept;
  double normal(double mean, double deviation) noexcept { return mean + deviation * normal(); }

  // Uniform in 0 .. n - 1 without bias; n > 0. Below two words on average.
  std::uint64_t index(std::uint64_t n) noexcept;

  // All orders are equally likely (Fisher and Yates).
  template <typename T>
  void shuffle(std::span<T> values) noexcept {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[index(i)]);
  }
  template <typename T>
  void shuffle(std::vector<T>& values) noexcept {
    shuffle(std::span<T>(values));
  }

  // Words drawn so far, counted from the stream's start: enough to go on from here later.
  std::uint64_t counter() const noexcept { return counter_; }

 private:
  std::array<std::uint64_t, 2> key_;
  std::uint64_t entity_;
  std::uint64_t counter_;
  std::array<std::uint64_t, 4> block_{};
  std::uint64_t block_index_ = 0;
  bool block_valid_ = false;
};

}  // namespace retrograde

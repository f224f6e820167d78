// A fingerprint changes with every bit, with the order and with the grouping of what it has seen.
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <retrograde/events/fingerprint.hpp>

using namespace retrograde;

namespace {

std::uint64_t of(const std::vector<double>& values) {
  Fingerprint f;
  f.add(std::span<const double>(values));
  return f.value();
}

std::uint64_t of_spikes(const std::vector<std::pair<Time, NeuronId>>& spikes) {
  Fingerprint f;
  for (const auto& [time, neuron] : spikes) f.add_spike(time, neuron);
  return f.value();
}

}  // namespace

TEST_CASE("equal results have equal fingerprints") {
  CHECK(of({1.0, 2.0, 3.0}) == of({1.0, 2.0, 3.0}));
  CHECK(of_spikes({{1.5, 3}, {2.5, 4}}) == of_spikes({{1.5, 3}, {2.5, 4}}));
}

TEST_CASE("every bit of every value counts: 64 single-bit changes give 64 other fingerprints") {
  std::set<std::uint64_t> seen;
  const auto bits = std::bit_cast<std::uint64_t>(1.5);
  for (int k = 0; k < 64; ++k)
    seen.insert(of({0.25, std::bit_cast<double>(bits ^ (std::uint64_t{1} << k)), 0.5}));
  seen.insert(of({0.25, 1.5, 0.5}));
  CHECK(seen.size() == 65);
}

TEST_CASE("one unit in the last place of a spike time, and its neuron, change the fingerprint") {
  const auto base = of_spikes({{1.0, 2}});
  CHECK(of_spikes({{std::nextafter(1.0, 2.0), 2}}) != base);
  CHECK(of_spikes({{1.0, 3}}) != base);
}

TEST_CASE("the order of spikes counts") {
  CHECK(of_spikes({{1.0, 0}, {1.0, 1}}) != of_spikes({{1.0, 1}, {1.0, 0}}));
}

TEST_CASE("the signs of zero differ, since their bits do") { CHECK(of({0.0}) != of({-0.0})); }

TEST_CASE("a list that is empty, shorter or split is another result") {
  const std::vector<double> values{1.0, 2.0, 3.0};
  Fingerprint split;
  split.add(std::span(values).first(1));
  split.add(std::span(values).subspan(1));
  CHECK(split.value() != of(values));
  CHECK(of({}) != Fingerprint().value());
  CHECK(of({0.0}) != of({}));
  CHECK(of({0.0, 0.0}) != of({0.0}));
}

TEST_CASE("the text of a fingerprint is 16 hexadecimal digits of its value") {
  CHECK(Fingerprint().text() == "0000000000000000");
  Fingerprint f;
  f.add(1.0);
  CHECK(f.text().size() == 16);
  CHECK(std::stoull(f.text(), nullptr, 16) == f.value());
}

TEST_CASE("a fingerprint is the same on every machine: the stored hash of three spikes") {
  // Computed once; a change means that stored fingerprints of scenarios no longer compare.
  CHECK(of_spikes({{0.5, 0}, {1.25, 7}, {1e-3, 42}}) == 0x6be10482263b216eu);
}

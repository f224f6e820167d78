// Golden values: random_golden.py in this folder, which asks NumPy's own Philox4x64-10.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include <retrograde/events/random.hpp>

using namespace retrograde;

namespace {

Random stream() { return Random(42, "weights/hidden", 7); }

}  // namespace

TEST_CASE("Philox4x64-10 gives the known answers of its authors") {
  // Reference: kat_vectors of Random123 (Salmon et al., SC 2011), the zero and the all-ones vector.
  const std::uint64_t ones = ~std::uint64_t{0};
  CHECK(philox({0, 0}, {0, 0, 0, 0}) ==
        std::array<std::uint64_t, 4>{0x16554d9eca36314cu, 0xdb20fe9d672d0fdcu, 0xd7e772cee186176bu,
                                     0x7e68b68aec7ba23bu});
  CHECK(philox({ones, ones}, {ones, ones, ones, ones}) ==
        std::array<std::uint64_t, 4>{0x87b092c3013fe90bu, 0x438c3c67be8d0224u, 0x9cc7d7c69cd777b6u,
                                     0xa09caebf594f0ba0u});
}

TEST_CASE("a purpose is hashed with 64-bit FNV-1a") {
  // Reference: offset basis, and "a" and "foobar" of the FNV test vectors.
  CHECK(hash_purpose("") == 0xcbf29ce484222325u);
  CHECK(hash_purpose("a") == 0xaf63dc4c8601ec8cu);
  CHECK(hash_purpose("foobar") == 0x85944171f73967e8u);
  CHECK(hash_purpose("weights/hidden") == 0x4bfdeb88a3a11b03u);
}

TEST_CASE("random words, uniforms, normals, indices and shuffles keep their golden values") {
  SECTION("words") {
    Random r = stream();
    for (const std::uint64_t golden :
         {0x8340a8c5649fea22u, 0x1791e69fa54c229au, 0xa24e4f517bd52f4du, 0xeea4fe499c6a7cd0u,
          0x1fc021f4ec04fbeeu, 0xeb35a942a5406589u}) {
      CHECK(r.bits() == golden);
    }
  }
  SECTION("uniforms") {
    Random r = stream();
    for (const double golden : {0x1.0681518ac93fdp-1, 0x1.791e69fa54c20p-4, 0x1.449c9ea2f7aa5p-1}) {
      CHECK(r.uniform() == golden);
    }
  }
  SECTION("normals") {
    Random r = stream();
    for (const double golden : {-0x1.6fa5c822846b1p+0, -0x1.bd09a62123b6ap-1, 0x1.0ed569b5963dep+0,
                                0x1.95757396fe0b6p+0, 0x1.99582a0167286p-4, 0x1.1e4f348b4f05ep-2}) {
      CHECK(r.normal() == golden);
    }
    CHECK(r.counter() == 20);
  }
  SECTION("indices") {
    Random r = stream();
    for (const std::uint64_t golden : {2, 0, 9, 7, 5, 8, 4, 1, 0, 2, 8, 1}) {
      CHECK(r.index(10) == golden);
    }
    CHECK(r.counter() == 20);
  }
  SECTION("shuffle") {
    std::vector<int> order(10);
    std::iota(order.begin(), order.end(), 0);
    Random(1, "shuffle", 3).shuffle(order);
    CHECK(order == std::vector<int>{1, 5, 9, 2, 0, 7, 4, 6, 8, 3});
  }
}

TEST_CASE("a random stream goes on from any counter as if it had never stopped") {
  std::vector<std::uint64_t> words;
  for (Random r = stream(); words.size() < 23;) words.push_back(r.bits());
  for (std::uint64_t start = 0; start < words.size(); ++start) {
    Random r(42, "weights/hidden", 7, start);
    for (std::uint64_t i = start; i < words.size(); ++i) REQUIRE(r.bits() == words[i]);
    CHECK(r.counter() == words.size());
  }
}

TEST_CASE("another seed, purpose or entity is another random stream") {
  const std::uint64_t word = stream().bits();
  CHECK(Random(43, "weights/hidden", 7).bits() != word);
  CHECK(Random(42, "weights/output", 7).bits() != word);
  CHECK(Random(42, "weights/hidden", 8).bits() != word);
}

TEST_CASE("uniform and normal numbers have the moments of their distributions") {
  // Tolerances are five standard errors of each moment's estimate from n numbers.
  constexpr int n = 400000;
  const double root = std::sqrt(static_cast<double>(n));
  double u1 = 0, u2 = 0, z1 = 0, z2 = 0, z3 = 0, z4 = 0, beyond_three = 0, lag = 0, before = 0;
  Random u(7, "moments of uniform"), z(7, "moments of normal");
  for (int i = 0; i < n; ++i) {
    const double a = u.uniform();
    REQUIRE((a >= 0 && a < 1));
    u1 += a;
    u2 += a * a;
    lag += (a - 0.5) * (before - 0.5);
    before = a;
    const double b = z.normal();
    z1 += b;
    z2 += b * b;
    z3 += b * b * b;
    z4 += b * b * b * b;
    beyond_three += std::abs(b) > 3 ? 1 : 0;
  }
  CHECK(std::abs(u1 / n - 1.0 / 2) < 5 * std::sqrt(1.0 / 12) / root);
  CHECK(std::abs(u2 / n - 1.0 / 3) < 5 * std::sqrt(4.0 / 45) / root);
  CHECK(std::abs(lag / n) < 5 * (1.0 / 12) / root);
  CHECK(std::abs(z1 / n) < 5 / root);
  CHECK(std::abs(z2 / n - 1) < 5 * std::sqrt(2.0) / root);
  CHECK(std::abs(z3 / n) < 5 * std::sqrt(15.0) / root);
  CHECK(std::abs(z4 / n - 3) < 5 * std::sqrt(96.0) / root);
  // P(|z| > 3) = 0.0026998
  CHECK(std::abs(beyond_three / n - 0.0026998) < 5 * std::sqrt(0.0026998) / root);
}

TEST_CASE("random indices are uniform, also below a number that is no power of two") {
  for (const std::uint64_t size : {1u, 2u, 3u, 7u, 16u, 17u}) {
    constexpr int n = 100000;
    std::vector<int> counts(size);
    Random r(3, "indices", size);
    for (int i = 0; i < n; ++i) ++counts.at(r.index(size));
    double chi_squared = 0;
    const double expected = static_cast<double>(n) / static_cast<double>(size);
    for (const int c : counts) chi_squared += (c - expected) * (c - expected) / expected;
    const auto degrees = static_cast<double>(size - 1);
    CHECK(chi_squared <= degrees + 5 * std::sqrt(2 * degrees));
  }
}

TEST_CASE("a shuffle keeps every element and makes every order equally likely") {
  std::array<int, 24> counts{};
  constexpr int n = 48000;
  Random r(5, "orders");
  for (int i = 0; i < n; ++i) {
    std::vector<int> v = {0, 1, 2, 3};
    r.shuffle(v);
    int rank = 0;  // Lehmer code
    for (int a = 0; a < 4; ++a) {
      rank *= 4 - a;
      for (int b = a + 1; b < 4; ++b) rank += v[b] < v[a] ? 1 : 0;
    }
    std::sort(v.begin(), v.end());
    REQUIRE(v == std::vector<int>{0, 1, 2, 3});
    ++counts.at(static_cast<std::size_t>(rank));
  }
  double chi_squared = 0;
  for (const int c : counts) chi_squared += (c - n / 24.0) * (c - n / 24.0) / (n / 24.0);
  CHECK(chi_squared <= 23 + 5 * std::sqrt(46.0));
}

TEST_CASE("a uniform number from an interval a few ulp wide stays below its end") {
  Random r(1, "narrow");
  const double low = 1.0, high = std::nextafter(std::nextafter(1.0, 2.0), 2.0);
  for (int i = 0; i < 1000; ++i) {
    const double value = r.uniform(low, high);
    REQUIRE((value >= low && value < high));
  }
  CHECK(r.uniform(2.0, 2.0) == 2.0);
}

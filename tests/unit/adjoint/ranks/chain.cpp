// Sums along a line of ranks, against the same additions in one process, one after the other: same
// bits, since each number has terms whose sum depends on the order.
#include <catch2/catch.hpp>
#include <cstring>
#include <numeric>
#include <vector>

#include <retrograde/adjoint/batch_groups.hpp>
#include <retrograde/adjoint/ranks/chain.hpp>
#include <retrograde/events/random.hpp>

#include "tests/support/thread_ranks.hpp"

using namespace retrograde;
using retrograde::test::ThreadRanks;
using retrograde::test::with_ranks;

namespace {

std::vector<double> vector_of(std::size_t k, std::size_t size) {
  Random random(3, "vector", k);
  std::vector<double> values(size);
  for (double& v : values) v = random.normal(0.0, 1.0) * std::exp2(random.uniform(-30.0, 30.0));
  return values;
}

std::vector<double> sum_in_order(std::size_t count, std::size_t size) {
  std::vector<double> sum = vector_of(0, size);
  for (std::size_t k = 1; k < count; ++k) {
    const std::vector<double> next = vector_of(k, size);
    for (std::size_t i = 0; i < size; ++i) sum[i] += next[i];
  }
  return sum;
}

std::vector<double> sum_over(int ranks, std::size_t count, std::size_t size) {
  std::vector<double> sum;
  const auto take_part = [&](ThreadRanks& here) {
    const Chain chain(here, count);
    if (!chain.takes_part()) return;
    std::vector<std::vector<double>> own;
    for (std::size_t k = chain.mine().first; k < chain.mine().last; ++k)
      own.push_back(vector_of(k, size));
    add_along(here, chain, own);
    if (here.leads()) sum = own[0];
  };
  with_ranks(ranks, take_part, take_part);
  return sum;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

}  // namespace

TEST_CASE("a sum along a line of ranks has the bits of one process", "[ranks]") {
  // One piece and several, the last one not full; as many vectors as ranks, more, fewer.
  for (const std::size_t size : {std::size_t{1}, std::size_t{1000}, std::size_t{70'001}})
    for (const std::size_t count : {std::size_t{1}, std::size_t{5}, std::size_t{8}}) {
      const std::vector<double> expected = sum_in_order(count, size);
      for (const int ranks : {1, 2, 3, 4, 7, 9}) {
        CAPTURE(size, count, ranks);
        CHECK(same_bits(sum_over(ranks, count, size), expected));
      }
    }
  // The order matters to these numbers, or nothing was shown.
  std::vector<double> backwards = vector_of(4, 1000);
  for (std::size_t k = 4; k-- > 0;) {
    const std::vector<double> next = vector_of(k, 1000);
    for (std::size_t i = 0; i < backwards.size(); ++i) backwards[i] += next[i];
  }
  CHECK_FALSE(same_bits(backwards, sum_in_order(5, 1000)));
}

TEST_CASE("shares follow each other along the line and end with the leader", "[ranks]") {
  for (const int size : {1, 2, 4, 5, 12})
    for (const std::size_t count :
         {std::size_t{1}, std::size_t{3}, std::size_t{8}, std::size_t{100}}) {
      CAPTURE(size, count);
      std::size_t next = 0;
      test::Post post(size);
      for (int place = 1; place <= size; ++place) {
        const ThreadRanks ranks(post, place % size);
        const Chain chain(ranks, count);
        CHECK(chain.mine().first == next);
        CHECK(chain.mine().size() <=
              (count + static_cast<std::size_t>(size) - 1) / static_cast<std::size_t>(size));
        next = chain.mine().last;
        if (place == size) CHECK(chain.takes_part());
      }
      CHECK(next == count);
    }
}

TEST_CASE("groups of a batch are those that fingerprints were made with, or those that are wanted",
          "[ranks]") {
  ParameterLayout small;
  small.neurons = 10;
  ParameterLayout large;
  large.synapses = 600'000;
  CHECK(batch_groups(32, small, 0).count() == 8);
  CHECK(batch_groups(32, small, 0).size == 4);
  CHECK(batch_groups(10, small, 0).count() == 3);
  CHECK(batch_groups(1, small, 0).count() == 1);
  CHECK(batch_groups(32, large, 0).count() == 2);
  CHECK(batch_groups(32, large, 16).count() == 16);
  CHECK(batch_groups(33, small, 16).count() == 11);  // of three trials
  CHECK(batch_groups(5, small, 16).count() == 5);
  CHECK(batch_groups(33, small, 16).begin(11) == 33);
}

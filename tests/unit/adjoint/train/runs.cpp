// Lists kept as runs. Reference: the same done to a std::vector.
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include <retrograde/adjoint/train/learned_index.hpp>
#include <retrograde/adjoint/train/runs.hpp>
#include <retrograde/events/random.hpp>

using namespace retrograde;

namespace {

// Some entries of [0, size), from `begin` on.
struct Part {
  std::size_t begin, count;
  Part(Random& random, std::size_t size)
      : begin(random.index(size + 1)), count(random.index(size - begin + 1)) {}
};

void check_same(const Runs<double>& runs, const std::vector<double>& list) {
  REQUIRE(runs.size() == list.size());
  std::size_t different = 0, runs_there_are = 0;
  for (std::size_t k = 0; k < list.size(); ++k) {
    different += runs[k] != list[k];
    runs_there_are += k == 0 || list[k] != list[k - 1];
  }
  CHECK(different == 0);
  CHECK(runs.runs() == runs_there_are);
}

}  // namespace

TEST_CASE("a list in runs is what a vector would be after the same changes") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    Random random(seed, "runs");
    Runs<double> runs;
    std::vector<double> list;
    const auto value = [&] { return static_cast<double>(random.index(3)); };
    for (int change = 0; change < 60; ++change) {
      const Part part(random, list.size());
      const double x = value();
      switch (random.index(4)) {
        case 0:
          runs.append(part.count + 1, x);
          list.insert(list.end(), part.count + 1, x);
          break;
        case 1:
          runs.fill(part.begin, part.count, x);
          std::fill_n(list.begin() + static_cast<std::ptrdiff_t>(part.begin), part.count, x);
          break;
        case 2:
          if (part.begin == list.size()) break;
          runs.set(part.begin, x);
          list[part.begin] = x;
          break;
        default: {
          const auto next = [x](std::size_t k, double old) {
            return k % 3 == 0 ? x : old + static_cast<double>(k % 2);
          };
          runs.change(part.begin, part.begin + part.count, next);
          for (std::size_t k = part.begin; k < part.begin + part.count; ++k)
            list[k] = next(k, list[k]);
        }
      }
      check_same(runs, list);
    }
    const Part part(random, list.size());
    std::vector<double> met;
    runs.for_each_run(part.begin, part.begin + part.count,
                      [&](std::size_t begin, std::size_t end, double x) {
                        CHECK(begin == part.begin + met.size());
                        CHECK(end > begin);
                        met.insert(met.end(), end - begin, x);
                      });
    const auto first = list.begin() + static_cast<std::ptrdiff_t>(part.begin);
    const auto last = first + static_cast<std::ptrdiff_t>(part.count);
    CHECK(met == std::vector<double>(first, last));
    CHECK(runs.count(part.begin, part.begin + part.count, 1.0) ==
          static_cast<std::size_t>(std::count(first, last, 1.0)));
    Runs<double> anew;
    for (const double x : list) anew.append(1, x);
    CHECK(anew == runs);
  }
}

TEST_CASE("zeros of both signs are kept apart, and equal entries take no memory") {
  Runs<double> runs(1'000'000, 0.0);
  const std::size_t bytes = runs.bytes();
  CHECK(bytes <= 64);
  runs.fill(10, 1000, 0.0);
  CHECK(runs.bytes() == bytes);
  runs.set(7, -0.0);
  CHECK(runs.runs() == 3);
  CHECK(std::signbit(runs[7]));
  CHECK_FALSE(std::signbit(runs[8]));
}

TEST_CASE("what is learned is numbered in order") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    Random random(seed, "learned index");
    Runs<char> learned;
    for (int part = 0; part < 8; ++part)
      learned.append(random.index(5), static_cast<char>(random.index(2)));
    const LearnedIndex index(learned);
    std::size_t before = 0;
    for (std::size_t k = 0; k < learned.size(); ++k) {
      CHECK(index.before(k) == before);
      before += learned[k] != 0;
    }
    CHECK(index.before(learned.size()) == before);
    CHECK(index.size() == before);
  }
}

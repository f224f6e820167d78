// How many synapses projections have. Expected numbers are worked out by hand from the formulas of
// adjoint/train/structure/budget.hpp.
#include <catch2/catch.hpp>
#include <numeric>

#include <retrograde/adjoint/train/structure/budget.hpp>

using namespace retrograde;

namespace {

using Counts = std::vector<std::uint64_t>;

// 40 inputs, 256 hidden neurons, 20 classes: the network of arXiv:2407.18917.
const std::vector<BudgetedProjection> paper = {{10240, 40, 256}, {5120, 256, 20}};

}  // namespace

TEST_CASE("a uniform budget is the floor of the share of each projection") {
  CHECK(budgets(Budget::uniform, 0.001953125, paper) == Counts{20, 10});  // 2^-9, as published
  CHECK(budgets(Budget::uniform, 0.5, paper) == Counts{5120, 2560});
  CHECK(budgets(Budget::uniform, 1.0, paper) == Counts{10240, 5120});
  const std::uint64_t many = 1'000'000'000'000'000;  // where a share of 1e-12 is many pairs
  CHECK(budgets(Budget::uniform, 1.0, std::vector<BudgetedProjection>{{many, 1, 1}}) ==
        Counts{many});
  CHECK(budgets(Budget::uniform, 0.3, std::vector<BudgetedProjection>{{10, 2, 5}, {7, 7, 1}}) ==
        Counts{3, 2});  // 0.3 x 10 is 3 and not 2, whatever rounding says
}

TEST_CASE("a budget of the network is the floor of the share of all pairs") {
  CHECK(budgets(Budget::network, 0.1, paper) == Counts{1536});
  CHECK(budgets(Budget::network, 0.3, std::vector<BudgetedProjection>{{10, 2, 5}, {7, 7, 1}}) ==
        Counts{5});  // 0.3 x 17 = 5.1
}

TEST_CASE("Erdos-Renyi shares go as (in + out) / (in out)") {
  // 10240 pairs x 296/10240 = 296 parts, 5120 x 276/5120 = 276: of 1536 synapses 794.85 and 741.15;
  // the floors sum to 1535, and the larger rest is rounded up.
  CHECK(budgets(Budget::erdos_renyi, 0.1, paper) == Counts{795, 741});
  // Where some pairs may have none (a projection without self-connections), the share is of the
  // others.
  const std::vector<BudgetedProjection> two = {{90, 10, 10}, {100, 10, 10}};
  CHECK(budgets(Budget::erdos_renyi, 0.1, two) == Counts{9, 10});
}

TEST_CASE("who would have more than all its pairs has those, and the rest goes to the others") {
  // Parts: 4 pairs x 4/4 = 4 and 10000 x 200/10000 = 200. Of floor(0.5 x 10004) = 5002 the first
  // would have 98.1 of its 4; the second gets 4998.
  const std::vector<BudgetedProjection> uneven = {{4, 2, 2}, {10000, 100, 100}};
  CHECK(budgets(Budget::erdos_renyi, 0.5, uneven) == Counts{4, 4998});
  CHECK(budgets(Budget::erdos_renyi, 1.0, uneven) == Counts{4, 10000});
}

TEST_CASE("an Erdos-Renyi budget is the floor of the share of all pairs at any density") {
  const std::vector<BudgetedProjection> many = {
      {700 * 128, 700, 128}, {128 * 128, 128, 128}, {128 * 20, 128, 20}, {13, 13, 1}, {6, 2, 3}};
  std::uint64_t pairs = 0;
  for (const BudgetedProjection& p : many) pairs += p.pairs;
  for (int k = 1; k <= 400; ++k) {
    const double density = k / 400.0;
    const Counts counts = budgets(Budget::erdos_renyi, density, many);
    const auto sum = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
    CHECK(sum == k * pairs / 400);
    for (std::size_t p = 0; p < many.size(); ++p) CHECK(counts[p] <= many[p].pairs);
  }
}

// What is learned, projection by projection and population by population.
#include <catch2/catch.hpp>

#include <retrograde/adjoint/train/learned_groups.hpp>

#include "tests/support/worked_evaluation.hpp"

using namespace retrograde;
using namespace retrograde::test;

TEST_CASE("learned groups hold what is learned and nothing else") {
  const Network network = worked_network(1.0, 0.0);
  Learning learning = Learning::none(network);
  CHECK(learned_groups(network, learning).empty());
  const ParameterLayout& layout = network.layout();
  // One of two weights of the second projection, both delays of the first, a time constant of `out`.
  const std::size_t weight =
                        layout.offset(ParameterKind::weight) + network.projections()[1].first + 1,
                    delay = layout.offset(ParameterKind::delay) + network.projections()[0].first,
                    tau =
                        layout.offset(ParameterKind::tau_mem) + network.populations()[2].first + 2;
  for (const std::size_t at : {weight, delay, delay + 1, tau}) learning.learned.set(at, 1);
  const std::vector<LearnedGroup> groups = learned_groups(network, learning);
  REQUIRE(groups.size() == 3);
  std::size_t found = 0;
  for (const LearnedGroup& group : groups) {
    if (group.kind == ParameterKind::weight) {
      CHECK(group.where == "hidden->out");
      CHECK(group.values == std::vector<std::size_t>{weight});
      CHECK(group.of(network.parameters()) == std::vector<double>{4.0});
    } else if (group.kind == ParameterKind::delay) {
      CHECK(group.where == "in->hidden");
      CHECK(group.values == std::vector<std::size_t>{delay, delay + 1});
    } else {
      CHECK(group.kind == ParameterKind::tau_mem);
      CHECK(group.where == "out");
      CHECK(group.values == std::vector<std::size_t>{tau});
    }
    ++found;
  }
  CHECK(found == 3);
}

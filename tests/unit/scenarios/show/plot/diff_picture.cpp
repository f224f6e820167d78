#include <catch2/catch.hpp>

#include <retrograde/scenarios/show/plot/diff_picture.hpp>

#include "tests/support/markup.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Contains;

TEST_CASE("the picture of a diff says what A and B are and rings spikes without a partner") {
  Diff diff;
  diff.a.label = "runs/demo, exactly";
  diff.b.label = "runs/<demo> on the chip";
  // Neuron 0: two pairs, 9 alone on A. Neuron 1: 3 alone on B. Neuron 2 is recorded on A only.
  diff.a.spikes.populations = {
      {"hidden", {std::vector<Time>{1, 5, 9}, std::vector<Time>{}, std::vector<Time>{4}}}};
  diff.b.spikes.populations = {
      {"hidden", {std::vector<Time>{1.2, 5.2}, std::vector<Time>{3}, std::nullopt}}};
  diff.times = match(diff.a.spikes, diff.b.spikes, 0.5);
  const std::string svg = picture(diff, std::nullopt);
  CHECK(markup_fault(svg) == "");
  CHECK_THAT(svg,
             Contains("A: runs/demo, exactly") && Contains("B: runs/&lt;demo&gt; on the chip"));
  CHECK_THAT(svg, Contains("within 0.5 ms; 1 of 4 spikes of A, 1 of 3 of B."));
  CHECK(occurrences(svg, "a5 5 0 1 0 10 0") == 2);
}

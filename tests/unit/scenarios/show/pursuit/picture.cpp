// Pictures of sparse coding: what is drawn is what was handed over, counted in the markup.

#include <catch2/catch.hpp>
#include <limits>

#include <retrograde/scenarios/show/plot/svg.hpp>
#include <retrograde/scenarios/show/pursuit/image_grid.hpp>
#include <retrograde/scenarios/show/pursuit/picture.hpp>

#include "tests/support/markup.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Contains;

TEST_CASE("a grid of pictures has two colours for two signs, and says what it leaves out") {
  ImageGrid grid;
  grid.title = "atoms & <more>";
  grid.columns = 2;
  grid.rows = 2;
  grid.most = 3;
  // A tenth of the largest is not drawn, nor is what is no number.
  grid.images = {{{1.0, -0.5, 0.05, std::numeric_limits<double>::quiet_NaN()}, "first"},
                 {{0.0, 0.0, 0.0, 0.0}, ""},
                 {{0.0, 0.0, 0.1, 0.0}, ""},
                 {{1.0, 1.0, 1.0, 1.0}, "not drawn"}};
  const std::string svg = render(grid);
  CHECK(markup_fault(svg) == "");
  CHECK_THAT(svg, Contains("first") && Contains("the first 3 of 4") && !Contains("not drawn"));
  CHECK(occurrences(svg, "class=\"tick c0\"") == 2);  // a path per shade of each picture
  CHECK(occurrences(svg, "class=\"tick c1\"") == 1);
  CHECK_THAT(svg, Contains("d=\"M0 0h1\"") && Contains("d=\"M1 0h1\"") && !Contains("nan"));
  // On one scale 0.1 of 1 is too little.
  grid.same_scale = true;
  CHECK(occurrences(render(grid), "class=\"tick c0\"") == 1);
  grid.images.clear();
  CHECK_THAT(render(grid), Contains("no data"));
}

TEST_CASE("a code is a stem per coefficient that is not 0, on the ground of its group") {
  const Groups groups = Groups::equal(6, 2);
  Vector drawn(6), found(6);
  drawn << 1.5, 0, 0, 0, -2, 1;
  found << 1.25, 0.5, 0, 0, 0, 0;
  const std::string svg = code_chart("<code>", {{"drawn", drawn}, {"found & kept", found}}, groups);
  CHECK(markup_fault(svg) == "");
  CHECK(occurrences(svg, "<circle class=\"dot c0\"") == 3);
  CHECK(occurrences(svg, "<circle class=\"dot c1\"") == 2);
  CHECK_THAT(svg, Contains("drawn: 4 = -2") && Contains("found &amp; kept: 1 = 0.5"));
  CHECK_THAT(svg, Contains("<title>group 0<") && !Contains("<title>group 1<"));
  CHECK_THAT(svg, Contains("<title>group 2<"));
  // Stems stand where their coefficients are: six of them between 56 and 966 pixels.
  const double pitch = (966.0 - 56.0) / 6;
  CHECK_THAT(svg, Contains("cx=\"" + coordinate(56 + pitch * (0.5 - 0.15)) + "\""));
  CHECK_THAT(svg, Contains("cx=\"" + coordinate(56 + pitch * (5.5 - 0.15)) + "\""));
  CHECK_THAT(code_chart("none", {}, groups), Contains("no data"));
}

TEST_CASE("a code of a convolution is a map per kernel, its coefficients where they lie") {
  // Two kernels at 2 x 3 places; place 4 is in the second row, second column.
  const ConvolutionShape shape{3, 4, 1, 2, 2, 1, 2};
  Vector code = Vector::Zero(12);
  code(4 * 2 + 1) = -1.0;
  code(0) = 0.5;
  const std::string svg = maps_chart("maps", code, shape);
  CHECK(markup_fault(svg) == "");
  CHECK_THAT(svg, Contains("kernel 0") && Contains("kernel 1") && !Contains("kernel 2"));
  CHECK(occurrences(svg, "d=\"M0 0h1\"") == 1);
  CHECK(occurrences(svg, "d=\"M1 1h1\"") == 1);
  CHECK(svg.find("M0 0h1") < svg.find("M1 1h1"));
}

TEST_CASE("messages are dots at their times, ringed where a group comes or goes") {
  const Groups groups = Groups::equal(6, 2);
  const std::vector<GradedMessage> record = {
      {1.0, 0, true}, {2.0, 1, true}, {3.0, 0, true}, {4.0, 1, false}, {5.0, 0, true}};
  const std::string svg = messages_chart("messages", record, 8.0, groups);
  CHECK(markup_fault(svg) == "");
  CHECK(occurrences(svg, "m-5 0a5 5 0 1 0 10 0") == 3);
  CHECK_THAT(svg, Contains("3 groups") && !Contains("neuron") && !Contains("spike"));
  CHECK_THAT(messages_chart("messages", record, 8.0, Groups::equal(3, 1)), Contains("3 neurons"));
}

TEST_CASE("signals are pictures where they have a shape, and curves elsewhere") {
  Vector signal(4), attacked(4);
  signal << 1, 0, 0, 0;
  attacked << 1, 0, -1, 0;
  const std::vector<NamedSignal> signals = {{"before", signal}, {"after", attacked}};
  const std::string pictures = signals_chart("attack", signals, {2, 2});
  CHECK(markup_fault(pictures) == "");
  CHECK_THAT(pictures, Contains(">before<") && Contains(">after<"));
  CHECK(occurrences(pictures, "class=\"tick c1\"") == 1);
  const std::string curves = signals_chart("attack", signals, {});
  CHECK(markup_fault(curves) == "");
  CHECK(occurrences(curves, "curve c0") > 0);
  CHECK(occurrences(curves, "curve c1") > 0);
  // Atoms likewise; of many the first few, and it says so.
  CHECK_THAT(atoms_chart("atoms", Matrix::Ones(4, 9), Groups::equal(9, 3), {}),
             Contains("the first 7 of 9"));
  CHECK(occurrences(atoms_chart("atoms", Matrix::Ones(4, 9), Groups::equal(9, 3), {2, 2}),
                    "class=\"band\"") == 9);
}

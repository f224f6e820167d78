// What goes out of a network for other tools says what they will not have of it.
#include <catch2/catch.hpp>
#include <string>

#include "tests/support/command.hpp"

using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

const std::string network = R"([scenario]
duration = "20 ms"
[[population]]
name = "in"
size = 2
[[population]]
name = "h"
size = 3
v_init = 0.25
[[projection]]
from = "in"
to = "h"
weight = 2.0
delay = "1 ms"
learn = ["weight"]
[[trial]]
label = 0
spikes = { in = [["1 ms"], ["2 ms"]] }
[[trial]]
label = 1
spikes = { in = [["2 ms"], ["1 ms"]] }
[loss]
kind = "first_spike_cross_entropy"
population = "h"
[train]
epochs = 1
batch = 2
weight_rate = 0.01
[chip]
step = "1 ms"
overflow = { u = "saturate" }
)";

const std::string begin_at_rest = "v_init and i_init are no part of what is exported";

std::string changed(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("exports warn of what goes with no format, or with this one") {
  const ScratchFolder folder;
  const auto told = [&](const std::string& text, const std::string& format) {
    put(folder / "x.toml", text);
    const CommandResult result =
        retro("export x.toml --overwrite --out y --format " + format, folder.path());
    CAPTURE(result.out, result.err);
    REQUIRE(result.status == 0);
    return result.err;
  };
  const std::string rest = changed(network, "v_init = 0.25\n", "");
  CHECK_THAT(told(network, "csv"), Contains(begin_at_rest));
  CHECK_THAT(told(network, "npz"), Contains(begin_at_rest));
  CHECK_THAT(told(rest, "npz"), !Contains("warning"));

  // Lava's registers have one way to overflow.
  const std::string overflow = "[chip] overflow is not Lava's",
                    lava = changed(rest, "overflow = { u = \"saturate\" }\n", "");
  for (const std::string format : {"netx", "lava"}) {
    CHECK_THAT(told(rest, format), Contains(overflow));
    CHECK_THAT(told(lava, format), !Contains(overflow));
  }
  CHECK_THAT(told(rest, "chip"), !Contains(overflow));

  // NIR also says what the chip would hold, where it can hold it.
  const std::string without = "without what the chip would hold";
  CHECK_THAT(told(lava, "nir"), !Contains(without));
  CHECK_THAT(told(changed(lava, "size = 3\n", "size = 3\nv_reset = 0.2\n"), "nir"),
             Contains(without));
}

TEST_CASE("a training says that it goes without [[event]], a test that it has them") {
  const ScratchFolder folder;
  put(folder / "x.toml",
      network + "[[event]]\ndo = \"silence\"\npopulation = \"h\"\nshare = 0.5\n");
  const CommandResult result = retro("train x.toml --out run", folder.path());
  CAPTURE(result.out, result.err);
  CHECK_THAT(result.err, Contains("warning: training knows nothing of [[event]]"));
  put(folder / "y.toml", network);
  CHECK_THAT(retro("train y.toml --out other", folder.path()).err,
             !Contains("training knows nothing of"));
}

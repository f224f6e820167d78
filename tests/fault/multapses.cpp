// Several synapses of one pair: whoever has no room for them says so, and what to do.
#include <catch2/catch.hpp>
#include <string>

#include "tests/support/command.hpp"

using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

constexpr const char* twins = R"([scenario]
duration = "40 ms"
[[population]]
name = "in"
size = 2
spikes = [["1 ms"], ["2 ms"]]
[[population]]
name = "h"
size = 3
[[projection]]
from = "in"
to = "h"
connect = "list"
synapses = [[0, 0], [0, 0], [1, 1]]
allow_multapses = true
weight = 1.0
delay = "1 ms"
[chip]
step = "1 ms"
)";

}  // namespace

TEST_CASE("devices, Xylo and formats with a matrix refuse multapses and name the remedy") {
  const ScratchFolder folder;
  put(folder / "x.toml", std::string_view(twins));
  CHECK(retro("run x.toml", folder.path()).status == 0);
  const auto refused = [&](const std::string& arguments, int status, const std::string& message) {
    const CommandResult result = retro(arguments, folder.path());
    CAPTURE(arguments, result.out, result.err);
    CHECK(result.status == status);
    CHECK_THAT(result.out + result.err, Contains("in->h: ") && Contains(message) &&
                                            Contains("write allow_multapses = false"));
  };
  refused("run x.toml --device emulated", 2, "or leave out the device");
  refused("check x.toml --chip xylo_audio3", 1, "the chip has one weight for each");
  const std::string matrix = "with one weight for each pair";
  for (const std::string format : {"nir", "netx", "lava"}) {
    refused("export x.toml --format " + format + " --out network." + format, 2, matrix);
    CHECK_FALSE(std::filesystem::exists(folder / ("network." + format)));
  }
  // What keeps synapses one by one takes them.
  for (const std::string format : {"chip", "npz", "csv"})
    CHECK(retro("export x.toml --format " + format + " --out network." + format, folder.path())
              .status == 0);
}

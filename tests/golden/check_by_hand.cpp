// `retro check --json` of networks that are worked out by hand, number by number.
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/support/command.hpp"

using namespace retrograde::test;
using nlohmann::json;

namespace {

const json& of(const json& list, const char* key, const std::string& name) {
  for (const json& entry : list)
    if (entry[key] == name) return entry;
  FAIL("no " << name);
  return list;
}

}  // namespace

// Three neurons: an input, and two that it excites. In steps of 1 ms
//   tau_syn = 1/ln 2 ms     u halves, du + 1 = 2048 of 4096
//   tau_mem = 1/ln(4/3) ms  v keeps three quarters, dv = 1024 of 4096
//   K(1 ms) = ln(4/3) / (4 ln(3/2)) = 0.177377822837863694...
// so that one arrival of weight w gives v = w K (1, 5/4, 19/16 ...) after the steps that follow.
// The weights are 124 and 127 units of 1/230, 124/(230 K) and 127/(230 K); the threshold is 230
// units.
//
// Input and what it does, with a delay of 1 ms; on the chip in units of 1/64 of a weight unit, for
// the neuron of 127:
//   1 ms        step 2: u = 8128, v = 8128
//   2 ms        step 3: u = 4064 + 8128 = 12192, v = 6096 + 12192 = 18288 > 64 x 230: fires.
//               The neuron of 124: u = 3968 + 7936 = 11904, v = 5952 + 11904 = 17856: fires too.
//               Exactly V = 1 where 127 (k(t - 2) + k(t - 3)) = 230, k(s) = 4 ((3/4)^s - 2^-s):
//               at 3.492918656365088... ms, that of 124 at 3.530072586245679... ms (40 digits).
//   20, 20.4    exactly two arrivals, V crosses once more, both neurons. On the chip the two share
//               step 20, one is dropped, and the other alone reaches 5/4 x 127 = 158.75 units.
//   40, 60 ms   one arrival each, which reaches at most 1.2537 x 127 = 159.2 units: nobody fires.
// A threshold that the calibration lowers by less than 71 units changes nothing, by more it makes
// one missing spike at 20 ms and two wrong ones at 40 and 60 ms: it stays.
//
// The label is 1, the neuron that fires first exactly. On the chip both fire in step 3, and the
// lower one decides.
TEST_CASE("check: three neurons worked out by hand, decided wrongly by the chip alone") {
  const ScratchFolder folder;
  put(folder / "x.toml", R"(
[scenario]
duration = "70 ms"
[[population]]
name = "in"
size = 1
spikes = [["1 ms", "2 ms", "20 ms", "20.4 ms", "40 ms", "60 ms"]]
[[population]]
name = "out"
size = 2
tau_mem = "3.4760594967822069104 ms"
tau_syn = "1.4426950408889634074 ms"
[[projection]]
from = "in"
to = "out"
weight = [[3.0394466802956159403], [3.1129816806253485840]]
delay = "1 ms"
[loss]
kind = "first_spike_cross_entropy"
population = "out"
label = 1
[chip]
step = "1 ms"
clip_percentile = 100
weight_exponent = 0
)");
  const CommandResult result = retro("check x.toml --json x.json", folder.path());
  INFO(result.out << result.err);
  REQUIRE(result.status == 0);
  const json document = json::parse(get(folder / "x.json"));
  CHECK(document["trials"] == 1);
  CHECK(document["exact"]["accuracy"] == 1.0);
  CHECK(document["exact"]["confusion"] == std::vector<int>{0, 0, 0, 0, 1, 0});

  const json& chip = document["chip"];
  CHECK(chip["accuracy"] == 0.0);
  CHECK(chip["agreement"] == 0.0);
  CHECK(chip["confusion"] == std::vector<int>{0, 0, 0, 1, 0, 0});
  CHECK(chip["input_collisions"] == 1);
  CHECK(chip["synaptic_operations"] == 10);  // five spikes that two synapses each take on

  const json& layer = of(chip["layers"], "population", "out");
  CHECK(layer["exact_spikes_per_trial"] == 4.0);
  CHECK(layer["chip_spikes_per_trial"] == 2.0);
  // The middle of step 3 less the mean of the two crossings.
  CHECK(layer["first_spike_shift_ms"].get<double>() ==
        Approx(-0.0114956213053838416).epsilon(1e-10));

  const json& population = of(chip["populations"], "population", "out");
  CHECK(population["scale"].get<double>() == Approx(1.0 / 230).epsilon(1e-15));
  CHECK(population["scales"] == 1);
  CHECK(population["threshold"] == 230);
  CHECK(population["threshold_fraction"] == 0.0);
  CHECK(population["u_decay"] == 2048);
  CHECK(population["v_decay"] == 1024);
  const json& projection = of(chip["projections"], "projection", "in->out");
  CHECK(projection["synapses"] == 2);
  CHECK(projection["weights_clipped"] == 0);
  CHECK(projection["weights_zeroed"] == 0);
  CHECK(projection["delays_clipped"] == 0);
  CHECK(projection["max_delay_steps"] == 0);  // the latency is 1 ms already

  const auto range = [&](const char* name) {
    const json& use = of(chip["registers"], "register", name);
    CHECK(use["overflows"] == 0);
    return std::pair(use["min"].get<int>(), use["max"].get<int>());
  };
  CHECK(range("a") == std::pair(0, 127));
  CHECK(range("u") == std::pair(0, 12192));
  CHECK(range("v") == std::pair(0, 18288));

  // The grid of time makes the two equally early, the weights are exact, and nothing that comes
  // later undoes it.
  const json& budget = chip["error_budget"];
  CHECK(budget["trials"] == 1);
  CHECK(budget["exact_accuracy"] == 1.0);
  const json& grid = of(budget["steps"], "step", "time grid");
  CHECK(grid["alone"]["accuracy"] == 0.0);
  CHECK(grid["alone"]["changed"] == 1.0);
  const json& weights = of(budget["steps"], "step", "8-bit weights");
  CHECK(weights["alone"]["accuracy"] == 1.0);
  CHECK(weights["alone"]["changed"] == 0.0);
  CHECK(weights["alone"]["distance"].get<double>() < 1e-9);
  CHECK(budget["steps"].back()["added"]["accuracy"] == 0.0);

  // Half of the spikes and the only decision are others.
  const json& verdict = chip["verdict"];
  CHECK(verdict["fits"] == true);
  CHECK(verdict["faithful"] == false);
  CHECK(verdict["text"] ==
        "fits Loihi 2, but decides otherwise there: the same decision in 0.00 % of 1 trial (0.0 .. "
        "79.3 %); "
        "1 of 120 cores, 3 warnings");
  const json& spikes = of(verdict["findings"], "resource", "spikes");
  CHECK(spikes["where"] == "out");
  CHECK(spikes["limit"] == 4);
  CHECK(spikes["wanted"] == 2);
  CHECK(of(verdict["findings"], "resource", "decisions")["wanted"] == 0);

  // One core of two neurons in 70 steps.
  CHECK(chip["cores"].size() == 1);
  const json& events = chip["cores"][0]["events"];
  CHECK(events["neuron_updates"] == 140);
  CHECK(events["synaptic_operations"] == 10);
  CHECK(events["messages_received"] == 5);
  CHECK(events["messages_sent"] == 0);
}

// 1001 black images with one bright pixel: 1001 trials are compared, the first 1000 are budgeted.
TEST_CASE("check: the error budget is taken on the first 1000 trials") {
  const ScratchFolder folder;
  const auto big_endian = [](std::uint32_t x) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(x >> shift & 255);
    return bytes;
  };
  const auto write = [&](const std::string& stem, std::uint32_t count) {
    std::string image(28 * 28, '\0');
    image[0] = '\xff';
    std::string images = big_endian(0x803) + big_endian(count) + big_endian(28) + big_endian(28);
    for (std::uint32_t k = 0; k < count; ++k) images += image;
    put(folder / (stem + "-images-idx3-ubyte"), images);
    put(folder / (stem + "-labels-idx1-ubyte"),
        big_endian(0x801) + big_endian(count) + std::string(count, '\3'));
  };
  write("train", 3);
  write("t10k", 1001);
  put(folder / "x.toml", R"(
[scenario]
duration = "10 ms"
[[population]]
name = "in"
size = 784
[[population]]
name = "out"
size = 10
[[projection]]
from = "in"
to = "out"
weight = 10.0
delay = "1 ms"
[data]
kind = "mnist"
population = "in"
t_early = "1 ms"
t_late = "5 ms"
validation = 1
[loss]
kind = "first_spike_cross_entropy"
population = "out"
)");
  const CommandResult result = retro("check x.toml --data . --json x.json", folder.path());
  INFO(result.out << result.err);
  REQUIRE(result.status == 0);
  const json document = json::parse(get(folder / "x.json"));
  CHECK(document["part"] == "test");
  CHECK(document["trials"] == 1001);
  CHECK(document["chip"]["error_budget"]["trials"] == 1000);
}

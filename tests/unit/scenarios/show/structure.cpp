// What a user sees of a structure that is learned: the commands train, info and check on such a run.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/support/command.hpp"

using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

const std::string scenario = R"(
[scenario]
name = "small"
duration = "60 ms"
[[population]]
name = "in"
size = 5
[[population]]
name = "hidden"
size = 20
tau_mem = "15 ms"
tau_syn = "5 ms"
[[population]]
name = "out"
size = 3
model = "cuba_li"
tau_mem = "15 ms"
tau_syn = "5 ms"
[[projection]]
from = "in"
to = "hidden"
weight = { distribution = "normal", mean = 2.5, std = 1.5 }
delay = { distribution = "uniform", low = "1 ms", high = "5 ms" }
learn = ["weight"]
[[projection]]
from = "hidden"
to = "out"
weight = { distribution = "normal", mean = 0.0, std = 0.2 }
learn = ["weight"]
[data]
kind = "yin_yang"
population = "in"
t_early = "2 ms"
t_late = "40 ms"
bias_spike = "2 ms"
train = 200
test = 60
[loss]
kind = "voltage_cross_entropy"
population = "out"
gain = 10.0
[train]
epochs = 2
batch = 20
weight_rate = 0.05
[structure]
rule = "deep_r_rigl"
density = 0.5
signs = "synapse"
excitatory = 0.8
budget = "network"
)";

}  // namespace

TEST_CASE("training, info and check say what a learned structure has", "[serial]") {
  const ScratchFolder folder;
  put(folder / "small.toml", scenario);
  const CommandResult before = retro("info small.toml", folder.path());
  REQUIRE(before.status == 0);
  CHECK_THAT(before.out, Contains("learned structure, signs per synapse: in->hidden and "
                                  "hidden->out together 80 of 160 pairs"));
  CHECK_THAT(before.out, Contains("80 synapses"));
  CHECK_THAT(before.out, !Contains("do not hold"));
  // Signs of neurons whose other synapses are none of the structure.
  put(folder / "dale.toml",
      scenario.substr(0, scenario.find("signs =")) +
          "signs = \"neuron\"\n"
          "projections = [\"hidden->out\"]\n[[projection]]\nfrom = \"hidden\"\nto = \"hidden\"\n"
          "weight = 0.1\ndelay = \"1 ms\"\n");
  const CommandResult dale = retro("info dale.toml", folder.path());
  REQUIRE(dale.status == 0);
  CHECK_THAT(dale.out, Contains("the signs of neurons do not hold in hidden->hidden"));

  const CommandResult trained = retro("train small.toml --out run --tensorboard", folder.path());
  REQUIRE(trained.status == 0);
  CHECK_THAT(trained.err, Contains("80 of 160 pairs"));
  CHECK_THAT(trained.err, Contains("synapses moved"));
  CHECK_THAT(trained.out, Contains("synapses: in->hidden"));
  std::istringstream metrics(get(folder / "run/metrics.csv"));
  std::string head;
  std::getline(metrics, head);
  CHECK_THAT(head, Contains("removed_synapses,grown_synapses"));

  const auto summary = nlohmann::json::parse(get(folder / "run/run.json"));
  REQUIRE(summary["structure"].size() == 2);
  CHECK(summary["structure"][0]["projection"] == "in->hidden");
  CHECK(summary["structure"][0]["pairs"] == 100);
  CHECK(summary["structure"][1]["pairs"] == 60);
  const std::uint64_t first = summary["structure"][0]["synapses"],
                      second = summary["structure"][1]["synapses"];
  CHECK(first + second == 80);

  const CommandResult info = retro("info run", folder.path());
  REQUIRE(info.status == 0);
  CHECK_THAT(info.out, Contains("80 synapses"));
  CHECK_THAT(info.out, Contains("80 learned parameters"));
  const CommandResult check = retro("check run --json check.json", folder.path());
  CHECK(check.status != 2);
  CHECK_THAT(check.out, Contains("synapses: in->hidden"));

  // A run goes on where it was; what was kept is a checkpoint like any other.
  const CommandResult more = retro("train --resume run --epochs 3", folder.path());
  REQUIRE(more.status == 0);
  CHECK_THAT(get(folder / "run/metrics.csv"), Contains("\n3,"));
}

TEST_CASE("a rule that has moved no synapse is told", "[serial]") {
  const ScratchFolder folder;
  std::string text =
      scenario.substr(0, scenario.find("rule =")) + "rule = \"rigl\"\ndensity = 0.5\n";
  put(folder / "idle.toml", text);  // two epochs of ten batches, and it acts every 100
  const CommandResult idle = retro("train idle.toml --out idle", folder.path());
  REQUIRE(idle.status == 0);
  CHECK_THAT(idle.out, Contains("the rule has moved none"));
  put(folder / "busy.toml", text + "every = 4\n");
  const CommandResult busy = retro("train busy.toml --out busy", folder.path());
  REQUIRE(busy.status == 0);
  CHECK_THAT(busy.out, !Contains("the rule has moved none"));
}

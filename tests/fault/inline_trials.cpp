// Several inline trials and own sets of events, as a user runs them; and what is asked for wrongly.
#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "tests/support/command.hpp"

using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// Two classes that one of two noisy inputs tells apart, in trials of different durations.
const std::string two_classes = R"(
[scenario]
duration = "40 ms"
[[population]]
name = "in"
size = 2
[[population]]
name = "hidden"
size = 8
[[population]]
name = "out"
size = 2
model = "cuba_li"
[[projection]]
from = "in"
to = "hidden"
weight = { distribution = "normal", mean = 1.5, std = 1.0 }
learn = ["weight"]
[[projection]]
from = "hidden"
to = "out"
weight = { distribution = "normal", mean = 0.0, std = 0.5 }
learn = ["weight"]
[loss]
kind = "voltage_cross_entropy"
gain = 20
)";
const std::string tables = R"(
[[trial]]
label = 0
repeat = 12
[trial.spikes]
in = { stimulus = "poisson", rate = ["400 Hz", "20 Hz"] }
[[trial]]
label = 1
repeat = 12
duration = "60 ms"
[trial.spikes]
in = { stimulus = "poisson", rate = ["20 Hz", "400 Hz"] }
[[trial]]
label = 1
repeat = 3
part = "test"
[trial.spikes]
in = { stimulus = "poisson", rate = ["20 Hz", "400 Hz"] }
)";
const std::string train = "[train]\nepochs = 30\nbatch = 6\nweight_rate = 0.05\n";

}  // namespace

TEST_CASE("inline trials are run, differentiated and trained on like those of a data set") {
  const ScratchFolder folder;
  put(folder / "two.toml", two_classes + tables + train);
  const CommandResult info = retro("info two.toml", folder.path());
  CAPTURE(info.err);
  CHECK_THAT(info.out, Contains("27 inline trials: 24 training, 0 validation, 3 test, the longest "
                                "of 60 ms"));
  const CommandResult first = retro("run two.toml --part train --trial 11", folder.path());
  CHECK_THAT(first.out, Contains("train trial 11 (label 0): 40 ms simulated"));
  const CommandResult second = retro("run two.toml --part train --trial 12", folder.path());
  CHECK_THAT(second.out, Contains("train trial 12 (label 1): 60 ms simulated"));
  CHECK_THAT(retro("run two.toml", folder.path()).out, Contains("test trial 0 (label 1)"));
  CHECK(retro("run two.toml --trial 1", folder.path()).out !=
        retro("run two.toml --trial 2", folder.path()).out);
  CHECK_THAT(retro("gradient two.toml --trial 2", folder.path()).out,
             Contains("test trial 2 (label 1)"));
  const CommandResult check = retro("gradcheck two.toml --part train --trial 13", folder.path());
  CAPTURE(check.out, check.err);
  CHECK(check.status == 0);
  const CommandResult trained = retro("train two.toml --out run", folder.path());
  CAPTURE(trained.out, trained.err);
  REQUIRE(trained.status == 0);
  CHECK_THAT(retro("run run --trial 0", folder.path()).out, Contains("decision 1"));
  CHECK(retro("check run", folder.path()).status == 0);

  for (const auto& [arguments, message] :
       {std::pair{"run two.toml --trial 3", "the test part has 3 trials, numbered from 0"},
        std::pair{"run two.toml --part validation", "the validation part has 0 trials"},
        std::pair{"run two.toml --data x", "has no [data] that would read it"}}) {
    const CommandResult refused = retro(arguments, folder.path());
    CHECK(refused.status == 2);
    CHECK_THAT(refused.err, Contains(message));
  }
  put(folder / "steps.toml", two_classes + tables + train +
                                 "method = \"surrogate\"\n[train.surrogate]\nstep = \"1 ms\"\n");
  CHECK_THAT(retro("info steps.toml", folder.path()).err,
             Contains("train.method") && Contains("one duration"));
}

TEST_CASE("an own set of events, written by hand, is looked at and trained on") {
  const ScratchFolder folder;
  std::string csv = "sample,label,time_ms,unit,part,duration_ms\n";
  for (int k = 0; k < 24; ++k)
    for (int s = 0; s < 8; ++s)
      csv += std::to_string(k) + (k % 2 ? ",right," : ",left,") +
             std::to_string(1.0 + 4.0 * s + 0.1 * k) + "," + std::to_string(k % 2) +
             (k < 20 ? ",train," : ",test,") + std::to_string(40 + k % 3) + "\n";
  put(folder / "set.csv", csv);
  const CommandResult info = retro("data info set.csv", folder.path());
  CAPTURE(info.out, info.err);
  CHECK(info.status == 0);
  CHECK_THAT(info.out, Contains("left") && Contains("right"));
  CHECK(retro("data convert set.csv --out set.h5", folder.path()).status == 0);
  for (const char* name : {"set.csv", "set.h5"}) {
    put(folder / "own.toml", two_classes +
                                 "[data]\nkind = \"events\"\npopulation = \"in\"\nown_durations = "
                                 "true\nvalidation_share = 0.2\npath = \"" +
                                 name + "\"\n" + train);
    CHECK_THAT(retro("run own.toml --part train --trial 0", folder.path()).out,
               Contains("(label 1): 41 ms simulated"));
    CHECK_THAT(retro("run own.toml --part test --trial 3", folder.path()).out,
               Contains("(label 1): 42 ms simulated"));
    const CommandResult trained =
        retro(std::string("train own.toml --out ") + name + ".run", folder.path());
    CAPTURE(trained.out, trained.err);
    CHECK(trained.status == 0);
  }
}

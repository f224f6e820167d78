// `retro plot`: pictures of a run, and wrong input, which names what is wrong and leaves no picture.
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "tests/support/command.hpp"
#include "tests/support/markup.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/study.hpp"
#include "tests/support/tensorboard_file.hpp"

using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// A run of two epochs, with curves for TensorBoard.
class TrainedFolder {
 public:
  TrainedFolder() {
    put(folder_ / "small.toml", small_scenario);
    const CommandResult trained =
        retro("train small.toml --out run --epochs 2 --tensorboard", folder_.path());
    CAPTURE(trained.err);
    REQUIRE(trained.status == 0);
  }
  CommandResult plot(const std::string& options) const {
    return retro("plot " + options, folder_.path());
  }
  std::string file(const std::string& name) const { return get(folder_ / name); }
  bool has(const std::string& name) const { return std::filesystem::exists(folder_ / name); }
  const ScratchFolder& folder() const { return folder_; }

  // Refused with this message, and no picture is left.
  void refused(const std::string& options, const std::string& message,
               const std::string& remedy = "") const {
    const CommandResult result = plot(options);
    CAPTURE(options, result.out, result.err);
    CHECK(result.status == 2);
    CHECK_THAT(result.err, Contains(message) && Contains(remedy));
    for (const std::string& name : folder_.names()) CHECK(name.find(".svg") == std::string::npos);
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "run"))
      if (const std::string name = entry.path().filename().string(); name != "figure.svg")
        CHECK(name.find(".svg") == std::string::npos);
  }

 private:
  ScratchFolder folder_;
};

}  // namespace

TEST_CASE("plot: pictures of a run, again and elsewhere") {
  const TrainedFolder trained;
  for (int again = 0; again < 2; ++again) {
    const CommandResult all = trained.plot("run");
    CAPTURE(all.err);
    CHECK(all.status == 0);
    CHECK(all.out == "wrote run/plot.svg\n");
  }
  CHECK(markup_fault(trained.file("run/plot.svg")) == "");
  CHECK_THAT(trained.file("run/plot.svg"),
             Contains("Test trial 0, label: ") && Contains("Most wrong about, test part"));
  for (const std::string what :
       {"learning", "confusion", "activity", "raster", "voltages", "weights", "wrong"}) {
    CAPTURE(what);
    const CommandResult one = trained.plot("run --what " + what);
    CAPTURE(one.err);
    CHECK(one.status == 0);
    CHECK(markup_fault(trained.file("run/plot-" + what + ".svg")) == "");
    CHECK(occurrences(trained.file("run/plot-" + what + ".svg"), "no data") == 0);
  }
  const CommandResult chosen =
      trained.plot("run --what raster --part train --trial 7 --out seventh.svg");
  CHECK(chosen.status == 0);
  CHECK_THAT(trained.file("seventh.svg"), Contains("Train trial 7, label: "));
  CHECK_THAT(trained.plot("run --out seventh.svg").err, Contains("--overwrite"));
  CHECK(trained.plot("run --out seventh.svg --overwrite").status == 0);
  CHECK(trained.plot("run --what learning --out -").out.starts_with("<svg xmlns="));
  // A scenario that nobody has trained has no learning to show, and no folder.
  CHECK(trained.plot("small.toml --out untrained.svg").status == 0);
  CHECK_THAT(trained.file("untrained.svg"), Contains("test accuracy") && !Contains("Loss"));

  // A new run in the same folder takes the pictures and curves of the old one away.
  CHECK(
      retro("train small.toml --out run --epochs 1 --overwrite", trained.folder().path()).status ==
      0);
  CHECK_FALSE(trained.has("run/plot.svg"));
  CHECK_FALSE(trained.has("run/plot-wrong.svg"));
  CHECK_FALSE(trained.has("run/events.out.tfevents.retrograde"));
}

TEST_CASE("plot: a file in the run folder that it did not write is replaced only where asked") {
  const TrainedFolder trained;
  put(trained.folder() / "run/plot.svg", "mine");
  const CommandResult refused = trained.plot("run");
  CHECK(refused.status == 2);
  CHECK_THAT(refused.err, Contains("run/plot.svg is there already") && Contains("--overwrite"));
  CHECK(trained.file("run/plot.svg") == "mine");
  // Another picture is not in the way.
  CHECK(trained.plot("run --what weights").status == 0);
  CHECK(trained.plot("run --overwrite").status == 0);
  CHECK(trained.file("run/plot.svg").starts_with("<svg"));
  CHECK(trained.plot("run").status == 0);
}

TEST_CASE("plot: --last draws what training was left with, beside its best epoch") {
  ScratchFolder folder;
  // A first step that is far too long for a second epoch to be as good.
  put(folder / "small.toml", small_scenario + "rate_decay = 1000\n");
  REQUIRE(retro("train small.toml --out run --epochs 2", folder.path()).status == 0);
  REQUIRE(retro("plot run --what weights", folder.path()).status == 0);
  const CommandResult last = retro("plot run --what weights --last", folder.path());
  CAPTURE(last.err);
  REQUIRE(last.status == 0);
  CHECK(last.out == "wrote run/plot-weights-last.svg\n");
  const std::string best_picture = get(folder / "run/plot-weights.svg"),
                    last_picture = get(folder / "run/plot-weights-last.svg");
  CHECK(markup_fault(last_picture) == "");
  CHECK_THAT(last_picture, Contains("2 epochs, best: 1, values as training was left"));
  CHECK_THAT(best_picture, Contains("2 epochs, best: 1") && !Contains("as training was left"));
  // Other weights are another outline, not only another heading.
  const auto weights = [](const std::string& svg) { return svg.substr(svg.find("class=\"area")); };
  CHECK(weights(best_picture) != weights(last_picture));
  CHECK(retro("plot run --last", folder.path()).out == "wrote run/plot-last.svg\n");
  const CommandResult scenario = retro("plot small.toml --last --out x.svg", folder.path());
  CHECK(scenario.status == 2);
  CHECK_THAT(scenario.err, Contains("--last: small.toml is a scenario"));
}

TEST_CASE("plot: what cannot be drawn is refused, with what can") {
  const TrainedFolder trained;
  trained.refused("", "RUN is missing", "--help");
  trained.refused("nowhere", "nowhere");
  trained.refused("run --what rastr", "--what rastr: no such picture",
                  "(did you mean raster?); there are learning, confusion");
  trained.refused("run --what delays", "--what delays: there is nothing to draw",
                  "no delays are learned");
  trained.refused("run --trial 60", "--trial 60: the test part has 60 trials", "from 0");
  trained.refused("run --trial=-1", "--trial -1: a whole number");
  trained.refused("run --part exam", "--part exam", "train, validation or test");
  trained.refused("run --what learning --trial 3", "--trial: --what learning shows no trial",
                  "leave it out");
  trained.refused("run --what weights --part test", "--part: --what weights shows no trial");
  trained.refused("run --what wrong --trial 3", "--trial: --what wrong is of the whole part");
  trained.refused("run --out nowhere/x.svg", "nowhere/x.svg");
  trained.refused("small.toml", "small.toml is no run folder", "--out FILE.svg");
  trained.refused("small.toml --what learning --out x.svg", "nothing has been trained yet");
  put(trained.folder() / "lossless.toml", small_scenario.substr(0, small_scenario.find("[loss]")));
  trained.refused("lossless.toml --out x.svg", "has no [loss]", "retro run --out");
  put(trained.folder() / "run/checkpoint.bin", "no checkpoint");
  trained.refused("run", "checkpoint.bin");
}

TEST_CASE("train: curves for TensorBoard are written where they are asked for, and go on") {
  const TrainedFolder trained;
  const std::string name = "run/events.out.tfevents.retrograde";
  const std::string two = trained.file(name);
  const auto events = decoded_events(two);
  REQUIRE(events.size() == 4);
  CHECK(events.back().step == 2);
  CHECK(events.back().histograms.count("weight/in->hidden") == 1);
  CHECK(retro("train --resume run --epochs 3", trained.folder().path()).status == 0);
  CHECK(trained.file(name).substr(0, two.size()) == two);
  CHECK(decoded_events(trained.file(name)).size() == 5);
  // Nobody who does not ask for it gets one.
  CHECK(retro("train small.toml --out plain --epochs 1", trained.folder().path()).status == 0);
  CHECK_FALSE(trained.has("plain/events.out.tfevents.retrograde"));
}

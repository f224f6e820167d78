// Data sets that programs gave, as files: what is read back is what was written, and what is no such file is
// refused with its place.
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/trials_file.hpp>
#include <retrograde/scenarios/io/arrays/zip.hpp>

#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

std::shared_ptr<const LabelledTrials> list(std::vector<Trial> trials, std::vector<int> labels) {
  return std::make_shared<const TrialList>(std::move(trials), std::move(labels));
}

Dataset some_set() {
  DatasetInfo info;
  info.name = "fruit";
  info.class_names = {"Apple", "Berry"};
  info.duration = 30.0;
  info.notes = {"two were left out"};
  return {
      info, list({{20.0, {{1.0 / 3.0, 2}, {7.0, 0}}}, {30.0, {}}}, {1, no_decision}), list({}, {}),
      list({{5.0, {{0.0, 1}, {4.5, 4294967294u}}, {}, {0.1, -3.0}}, {5.0, {{1.0, 0}}}}, {0, 1})};
}

std::string written(const ScratchFolder& folder, const std::string& bytes) {
  put(folder / "data.npz", bytes);
  return (folder / "data.npz").string();
}

// The same file without one entry, or with another content of it.
std::string with(const std::string& bytes, const std::string& entry, const std::string* content) {
  const ZipReader reader({bytes.begin(), bytes.end()}, "data.npz");
  ZipWriter writer;
  for (const std::string& name : reader.names()) {
    const std::vector<std::uint8_t> old = reader.read(name);
    if (name != entry) writer.add(name, {old.begin(), old.end()});
    if (name == entry && content) writer.add(name, *content);
  }
  return writer.bytes();
}

}  // namespace

TEST_CASE("a data set comes back from its file bit for bit") {
  const ScratchFolder folder;
  const Dataset set = some_set(), read = read_trials_file(written(folder, trials_file(set)));
  CHECK(read.info().name == "fruit");
  CHECK(read.info().class_names == set.info().class_names);
  CHECK(read.info().notes == set.info().notes);
  CHECK(read.info().duration == 30.0);
  for (const Part part : {Part::train, Part::validation, Part::test}) {
    const LabelledTrials &a = set.part(part), &b = read.part(part);
    REQUIRE(a.size() == b.size());
    for (std::size_t k = 0; k < a.size(); ++k) {
      const Trial one = a.trial(k), other = b.trial(k);
      CHECK(a.label(k) == b.label(k));
      CHECK(one.duration == other.duration);
      REQUIRE(one.inputs.size() == other.inputs.size());
      for (std::size_t i = 0; i < one.inputs.size(); ++i) {
        CHECK(one.inputs[i].time == other.inputs[i].time);
        CHECK(one.inputs[i].neuron == other.inputs[i].neuron);
      }
    }
  }
  // Payloads are those of a part: 1 where a trial beside a graded one has none.
  CHECK(read.part(Part::test).trial(0).payloads == std::vector<double>{0.1, -3.0});
  CHECK(read.part(Part::test).trial(1).payloads == std::vector<double>{1.0});
  CHECK_FALSE(read.part(Part::train).trial(0).graded());
  // The same set is the same file.
  CHECK(trials_file(read) == trials_file(set));
}

TEST_CASE("what is no file of trials is refused by what is wrong with it") {
  const ScratchFolder folder;
  const std::string good = trials_file(some_set());
  const auto refused = [&](const std::string& bytes, const std::string& message) {
    CHECK_THROWS_WITH(read_trials_file(written(folder, bytes)), Contains(message));
  };
  refused(with(good, "description.json", nullptr), "there is no description.json");
  const std::string other = R"({"schema": "retrograde.trials/2"})", broken = "{";
  refused(with(good, "description.json", &other), "does not say retrograde.trials/1");
  refused(with(good, "description.json", &broken), "does not say retrograde.trials/1");
  const std::string nameless = R"({"schema": "retrograde.trials/1"})";
  refused(with(good, "description.json", &nameless), "name");
  refused(with(good, "test.labels.npy", nullptr), "there is no test.labels.npy");
  const ZipReader reader({good.begin(), good.end()}, "data.npz");
  const auto entry = [&](const char* name) {
    const std::vector<std::uint8_t> bytes = reader.read(name);
    return std::string(bytes.begin(), bytes.end());
  };
  const std::string times = entry("test.times.npy"), offsets = entry("test.offsets.npy"),
                    durations = entry("test.durations.npy");
  refused(with(good, "train.times.npy", &times), "do not go together");
  refused(with(good, "train.offsets.npy", &offsets), "rise from 0 to the number of spikes");
  refused(with(good, "train.labels.npy", &times), "do not go together");
  const std::string few = R"({"schema": "retrograde.trials/1", "name": "x", "classes": ["a"],
      "duration_ms": 30, "notes": []})";
  refused(with(good, "description.json", &few), "1 is no label of 1 classes");
  refused(good.substr(0, good.size() / 2), "data.npz");
  CHECK_THROWS_AS(read_trials_file((folder / "nowhere.npz").string()), IoError);
}

// The curves of a run for TensorBoard: whole, appended, taken up after an interruption.
#include <catch2/catch.hpp>
#include <filesystem>

#include <retrograde/scenarios/run/folder/event_log.hpp>

#include "tests/support/scratch.hpp"
#include "tests/support/tensorboard_file.hpp"
#include "tests/support/worked_evaluation.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

struct Log {
  ScratchFolder folder;
  Network before = worked_network(1.0, 0.0), now = worked_network(1.5, 0.5);
  Learning learning = Learning::none(before);
  bool validated = true;

  Log() { learning.learned.fill(0, 2, 1); }  // weights of in->hidden
  std::string path() const { return (folder / "events").string(); }
  void write(std::uint32_t epochs) const {
    write_event_log(path(), {before, learning, validated}, worked_history(epochs), now);
  }
  std::string bytes() const { return get(path()); }
  std::vector<DecodedEvent> events() const { return decoded_events(bytes()); }
};

}  // namespace

TEST_CASE("an event log has every epoch, and what is learned before and now") {
  const Log log;
  log.write(3);
  const std::vector<DecodedEvent> events = log.events();
  REQUIRE(events.size() == 5);
  CHECK(events[0].version == "brain.Event:2");
  CHECK(events[1].step == 0);
  CHECK(events[1].histograms.at("weight/in->hidden").sum == 3.0);  // 1 and 2
  CHECK(events[1].histograms.size() == 1);
  for (std::uint64_t epoch = 1; epoch <= 3; ++epoch) {
    const DecodedEvent& e = events[epoch + 1];
    CHECK(e.step == epoch);
    CHECK(e.scalars.at("loss/training") == static_cast<float>(1.0 / static_cast<double>(epoch)));
    CHECK(e.scalars.at("loss/validation") == static_cast<float>(1.1 / static_cast<double>(epoch)));
    CHECK(e.scalars.at("activity/spikes_per_neuron") == 1.1f);
    CHECK(e.scalars.at("accuracy/validation") ==
          static_cast<float>(0.98 - 0.5 / static_cast<double>(epoch)));
    CHECK(e.wall_time == Approx(events[0].wall_time + 84.0 * static_cast<double>(epoch)));
  }
  CHECK(events[2].histograms.empty());
  CHECK(events[4].histograms.at("weight/in->hidden").sum == 4.0);
}

TEST_CASE("without labels and without validation an event log has no accuracy and one loss") {
  Log log;
  log.validated = false;
  std::vector<EpochMetrics> history = worked_history(1);
  history[0].train_accuracy = history[0].validation_accuracy = std::nullopt;
  write_event_log(log.path(), {log.before, log.learning, false}, history, log.now);
  const std::vector<DecodedEvent> events = log.events();
  REQUIRE(events.size() == 3);
  CHECK(events[2].scalars.count("loss/training") == 1);
  for (const auto& [tag, value] : events[2].scalars)
    CHECK((tag != "loss/validation" && tag.rfind("accuracy", 0) != 0));
}

TEST_CASE("an event log is appended to: what is there stays as it is") {
  const Log log;
  log.write(0);
  REQUIRE(log.events().size() == 2);
  std::string before = log.bytes();
  for (const std::uint32_t epochs : {1u, 2u, 5u}) {
    log.write(epochs);
    CHECK(log.bytes().substr(0, before.size()) == before);
    CHECK(log.events().size() == epochs + 2);
    before = log.bytes();
  }
  log.write(5);  // nothing new
  CHECK(log.bytes() == before);
}

TEST_CASE("a cut, damaged or longer event log is brought to what the history says") {
  const Log log;
  log.write(2);
  const std::string two = log.bytes();
  log.write(3);
  const std::string three = log.bytes();
  const auto from = [&](const std::string& found) {
    put(log.path(), found);
    log.write(3);
    return log.events();
  };
  // In the middle of the third epoch's record, as a kill leaves it.
  CHECK(from(three.substr(0, two.size() + 7)).size() == 5);
  CHECK(log.bytes() == three);
  std::string damaged = three;
  damaged[two.size() - 30] ^= 1;
  CHECK(from(damaged).size() == 5);
  CHECK(from("this is no event file").size() == 5);
  // A file that is ahead of the checkpoint, of a folder that was copied in pieces.
  put(log.path(), three);
  log.write(2);
  CHECK(log.bytes() == two);
}

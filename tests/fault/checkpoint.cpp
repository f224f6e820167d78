// Damaged checkpoints: each is refused with the file, the byte and the remedy, and nothing crashes.
#include <catch2/catch.hpp>

#include <retrograde/adjoint/train/trainer.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/run/folder/checkpoint.hpp>

#include "tests/support/scratch.hpp"
#include "tests/support/tiny_task.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

Bytes valid_checkpoint() {
  const TinyTask task;
  Trainer trainer(task.network, task.learning, task, *task.loss, task.options);
  trainer.run_epoch([](const SetResult& r) { return r.trials < 20; });
  Checkpoint checkpoint;
  checkpoint.scenario_identity = 42;
  checkpoint.layout = task.network.layout();
  checkpoint.trainer = trainer.state();
  checkpoint.history.resize(3);
  checkpoint.history[1].train_loss = 0.25;
  checkpoint.best_epoch = 2;
  checkpoint.best_values = checkpoint.trainer.values;
  const ScratchFolder folder;
  write_checkpoint((folder / "c").string(), checkpoint);
  return read_file(folder / "c");
}

std::string refusal(const Bytes& bytes, std::uint64_t* offset = nullptr) {
  try {
    parse_checkpoint(bytes, "run/checkpoint.bin");
  } catch (const FormatError& error) {
    if (offset) *offset = error.offset.value();
    CHECK(error.file == "run/checkpoint.bin");
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("a checkpoint comes back as it was written") {
  const Checkpoint c = parse_checkpoint(valid_checkpoint(), "c");
  CHECK(c.scenario_identity == 42);
  CHECK(c.trainer.next_trial == 20);
  CHECK(c.trainer.epoch_result.trials == 20);
  CHECK(c.history.size() == 3);
  CHECK(c.history[1].train_loss == 0.25);
  CHECK(c.best_values == c.trainer.values);
}

TEST_CASE("a checkpoint cut off anywhere is refused") {
  const Bytes whole = valid_checkpoint();
  for (std::size_t size = 0; size < whole.size(); size += size < 64 ? 1 : 97) {
    CAPTURE(size);
    CHECK_THAT(refusal({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}),
               Catch::Contains("ends early") || Catch::Contains("truncated"));
  }
}

TEST_CASE("a checkpoint with any byte changed is refused") {
  const Bytes whole = valid_checkpoint();
  for (std::size_t k = 0; k < whole.size(); k += k < 64 ? 1 : 101) {
    CAPTURE(k);
    Bytes damaged = whole;
    damaged[k] ^= 0x10;
    CHECK(refusal(damaged) != "accepted");
  }
}

TEST_CASE(
    "a checkpoint with something appended, another format or another kind of file is refused with "
    "the reason") {
  Bytes appended = valid_checkpoint();
  appended.push_back(0);
  CHECK_THAT(refusal(appended), Catch::Contains("appended"));
  Bytes future = valid_checkpoint();
  future[8] = 9;
  std::uint64_t offset = 0;
  CHECK_THAT(refusal(future, &offset), Catch::Contains("format 9"));
  CHECK(offset == 8);
  CHECK_THAT(refusal(Bytes(100, 'x')), Catch::Contains("not a Retrograde checkpoint"));
}

TEST_CASE("a checkpoint of an older format is refused by its number") {
  Bytes older = valid_checkpoint();
  older[8] = 6;
  CHECK_THAT(refusal(older), Catch::Contains("format 6"));
}

TEST_CASE("a checkpoint has two moments of some of its values, and of no more") {
  Checkpoint c;
  c.layout = {2, 1};
  c.trainer.values.assign(c.layout.size(), 0.5);
  c.trainer.epoch_result.spikes = {0};
  const auto refused = [&](std::size_t first, std::size_t second) {
    c.trainer.adam = {1, std::vector<double>(first), std::vector<double>(second)};
    const std::string bytes = checkpoint_bytes(c);
    return refusal({bytes.begin(), bytes.end()});
  };
  for (const std::size_t count : {std::size_t{0}, std::size_t{3}, c.layout.size()})
    CHECK(refused(count, count) == "accepted");
  CHECK_THAT(refused(3, 2), Catch::Contains("contradicts itself"));
  CHECK_THAT(refused(2, 3), Catch::Contains("contradicts itself"));
  CHECK_THAT(refused(c.layout.size() + 1, c.layout.size() + 1),
             Catch::Contains("contradicts itself"));
}

TEST_CASE("a checkpoint whose synapses contradict themselves is refused") {
  // Two of three pairs have a synapse, and the third is remembered.
  Checkpoint c;
  c.layout = {2, 1};
  c.pairs = 3;
  const std::vector<double> values(c.layout.size(), 0.5);
  c.trainer.values = values;
  c.trainer.adam = {1, values, values};
  c.trainer.epoch_result.spikes = {0};
  c.trainer.synapses = {0, 2};
  c.trainer.remembered = {{1, 0.5}};
  const auto refused = [&] {
    const std::string bytes = checkpoint_bytes(c);
    return refusal({bytes.begin(), bytes.end()});
  };
  CHECK(refused() == "accepted");
  c.trainer.remembered = {{2, 0.5}};
  CHECK_THAT(refused(), Catch::Contains("remembers a synapse as if there were none"));
  c.trainer.remembered = {};
  for (const std::vector<PairId>& wrong : {std::vector<PairId>{2, 0}, {0, 3}}) {
    c.trainer.synapses = wrong;
    CHECK_THAT(refused(), Catch::Contains("none of its network"));
  }
}

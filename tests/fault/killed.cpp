// A training that is killed again and again, anywhere, and taken up each time ends with the bits of
// one that nobody has touched: every value and moment, the best epoch, the rows of metrics.csv but
// for their clocks, and the fine-tuning through the chip. With all that a training may remember:
// schedules of every kind, patience, decay, sparse delays, dropout.
//
// `tests/killed` runs the long form, twenty kills of a larger training.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <sstream>
#include <string>
#include <thread>

#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/run/folder/checkpoint.hpp>

#include "tests/support/process.hpp"
#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;
namespace fs = std::filesystem;

namespace {

struct Size {
  int hidden, trials, epochs, kills;
};

std::string scenario_of(const Size& size) {
  std::ostringstream text;
  text << R"([scenario]
duration = "60 ms"
seed = 4
[[population]]
name = "in"
size = 5
[[population]]
name = "hidden"
size = )"
       << size.hidden << R"(
tau_mem = "20 ms"
dropout = 0.2
learn = ["axonal_delay"]
axonal_delay_max = "10 ms"
axonal_delay_share = 0.5
[[population]]
name = "out"
size = 3
model = "cuba_li"
tau_mem = "20 ms"
[[projection]]
from = "in"
to = "hidden"
weight = { distribution = "normal", mean = 2.5, std = 1.5 }
delay = { distribution = "uniform", low = "0 ms", high = "10 ms" }
delay_max = "20 ms"
delay_l1 = 0.2
weight_rate = 0.003
learn = ["weight", "delay"]
[[projection]]
from = "hidden"
to = "hidden"
density = 0.3
weight = { distribution = "normal", mean = 0.0, std = 0.2 }
delay = "2 ms"
delay_min = "1 ms"
delay_max = "20 ms"
learn = ["weight", "delay"]
[[projection]]
from = "hidden"
to = "out"
weight = { distribution = "normal", mean = 0.0, std = 0.2 }
learn = ["weight"]
[data]
kind = "yin_yang"
population = "in"
t_early = "1 ms"
t_late = "30 ms"
bias_spike = "1 ms"
train = )"
       << size.trials << "\ntest = 60\n"
       << R"([loss]
kind = "voltage_cross_entropy"
population = "out"
tau_weight = "duration"
gain = 10.0
[train]
batch = 20
weight_rate = 0.005
weight_decay = 0.01
patience = 1000
silent_increment = 0.02
regulariser = { strength = 1e-3, target = 1.0 }
schedule = [
  { kind = "ease_in", start = 0.1, growth = 1.05 },
  { kind = "one_cycle", rates = ["weight"] },
  { kind = "cosine", rates = ["delay"], every = "epoch" },
  { kind = "plateau", epochs = 2 },
]
epochs = )"
       << size.epochs << R"(
[chip]
kind = "loihi2"
step = "1 ms"
fine_tune = { epochs = 4, rate = 0.1 }
)";
  return text.str();
}

void forget_clocks(Checkpoint& checkpoint) {
  for (EpochMetrics& m : checkpoint.history) m.forward_rate = m.backward_rate = m.seconds = 0.0;
}

std::string checkpoint_in(const fs::path& run) {
  Checkpoint checkpoint = read_checkpoint((run / "checkpoint.bin").string());
  forget_clocks(checkpoint);
  return checkpoint_bytes(checkpoint);
}

std::string tuning_in(const fs::path& run) {
  ChipTuning tuning = read_tuning((run / "chip.bin").string());
  forget_clocks(tuning.training);
  const std::string path = (run / "chip_without_clocks.bin").string();
  write_tuning(path, tuning);
  return get(path);
}

// The last three columns are clocks.
std::string metrics_in(const fs::path& run) {
  std::string columns;
  std::istringstream rows(get(run / "metrics.csv"));
  for (std::string row; std::getline(rows, row);) {
    for (int k = 0; k < 3; ++k) row.resize(row.rfind(','));
    columns += row + '\n';
  }
  return columns;
}

bool is_run(const fs::path& folder) {
  return fs::exists(folder / "checkpoint.bin") && fs::exists(folder / "scenario.toml");
}

double seconds_of(const std::function<void()>& action) {
  const auto start = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Kills a training `kills` times, or until it is over; returns how often it was hit.
int train_and_kill(const fs::path& folder, double whole_seconds, int kills, std::uint64_t seed) {
  Random random(seed, "kills");
  int hits = 0;
  for (int k = 0; k < kills; ++k) {
    std::vector<std::string> words = {"train", "s.toml", "--out", "parts", "--overwrite"};
    if (is_run(folder / "parts")) words = {"train", "--resume", "parts"};
    RunningRetro session(words, folder);
    // Each loses what it has not saved, so that the last kill comes well before the end.
    const double wait = random.uniform(0.0, 1.6 * whole_seconds / (kills + 1));
    const int signal = random.index(2) == 0 ? SIGKILL : SIGINT;
    std::this_thread::sleep_for(std::chrono::duration<double>(wait));
    const bool hit = session.running();
    session.signal(signal);
    const CommandResult result = session.wait();
    hits += hit && (result.status == 128 + SIGKILL || result.status == 128 + SIGINT);
    if (hit) UNSCOPED_INFO("signal " << signal << " after " << wait << " s: " << result.status);
    if (result.status == 0) break;
    // Before anybody listens an interrupt ends the process, afterwards it is saved; never an error.
    REQUIRE((result.status == 128 + signal || result.status == 130));
  }
  if (!is_run(folder / "parts"))
    REQUIRE(retro("train s.toml --out parts --overwrite", folder).status == 0);
  else
    REQUIRE(retro("train --resume parts", folder).status == 0);
  return hits;
}

void check(const Size& size, std::uint64_t seed) {
  const ScratchFolder folder;
  put(folder / "s.toml", scenario_of(size));
  const double seconds = seconds_of([&] {
    const CommandResult whole = retro("train s.toml --out whole", folder.path());
    CAPTURE(whole.err);
    REQUIRE(whole.status == 0);
  });
  const int hits = train_and_kill(folder.path(), seconds, size.kills, seed);
  CAPTURE(seconds, hits);
  CHECK(hits > 0);
  CHECK(metrics_in(folder / "parts") == metrics_in(folder / "whole"));
  CHECK((checkpoint_in(folder / "parts") == checkpoint_in(folder / "whole")));
  CHECK((tuning_in(folder / "parts") == tuning_in(folder / "whole")));
  // It has been a training, and its delays are as sparse as they were to be.
  const Checkpoint checkpoint = read_checkpoint((folder / "whole/checkpoint.bin").string());
  CHECK(checkpoint.history.size() == static_cast<std::size_t>(size.epochs));
  CHECK(checkpoint.history.back().zero_delays >= static_cast<std::uint64_t>(size.hidden / 2));
  CHECK(checkpoint.history.back().train_loss < checkpoint.history.front().train_loss);
  std::printf("%d kills hit a training of %.1f s\n", hits, seconds);
}

std::uint64_t number_of(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

}  // namespace

TEST_CASE("a training killed anywhere and taken up ends with the bits of an uninterrupted one") {
  check({16, 100, 24, 3}, 1);
}

TEST_CASE("the same, as often and as large as tests/killed says", "[.][killed]") {
  check({static_cast<int>(number_of("RETROGRADE_KILLED_HIDDEN", 60)),
         static_cast<int>(number_of("RETROGRADE_KILLED_TRIALS", 1000)),
         static_cast<int>(number_of("RETROGRADE_KILLED_EPOCHS", 40)),
         static_cast<int>(number_of("RETROGRADE_KILLS", 20))},
        number_of("RETROGRADE_KILLED_SEED", 1));
}

// Trainings and large networks over ranks, as a user starts them: mpirun -n N retro train, retro run.
// Against the same in one process, whose bits they have to have; and what happens when ranks die, are
// stopped, or are not what they should be. Skipped by name where MPI is missing.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <retrograde/scenarios/run/folder/checkpoint.hpp>

#include "tests/skip.hpp"
#include "tests/support/process.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/study.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

#ifdef RETROGRADE_MPIEXEC
const char* const mpirun = RETROGRADE_MPIEXEC;
#else
const char* const mpirun = nullptr;
#endif

#define NEEDS_MPI() \
  if (!mpirun)      \
  RETROGRADE_SKIP("MPI was not found when the build was configured (libopenmpi-dev, openmpi-bin)")

// More ranks than cores, by root, each on all cores: as far as Open MPI is concerned.
void let_mpirun_run() {
  ::setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
  ::setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
  ::setenv("OMPI_MCA_rmaps_base_oversubscribe", "1", 1);
  ::setenv("OMPI_MCA_hwloc_base_binding_policy", "none", 1);
}

class OverRanks : public RunningCommand {
 public:
  OverRanks(int ranks, std::vector<std::string> words, const fs::path& folder)
      : RunningCommand(command(ranks, std::move(words)), folder, "ranks", let_mpirun_run) {}

  // The process of a rank; 0: not yet, or no longer.
  pid_t pid_of(int rank) const {
    for (const auto& entry : fs::directory_iterator("/proc")) {
      const std::string name = entry.path().filename().string();
      if (name.find_first_not_of("0123456789") != std::string::npos) continue;
      if (parent_of(entry.path()) != pid()) continue;
      const std::string environment = '\0' + get(entry.path() / "environ");
      if (environment.find('\0' + ("OMPI_COMM_WORLD_RANK=" + std::to_string(rank)) + '\0') !=
          std::string::npos)
        return static_cast<pid_t>(std::stol(name));
    }
    return 0;
  }
  // Ends it where it hangs, and says so.
  CommandResult ended(double seconds = 120) {
    if (!until([&] { return !running(); }, seconds)) {
      signal(SIGKILL);
      FAIL("mpirun did not end");
    }
    CommandResult result = wait();
    UNSCOPED_INFO(result.out << result.err);
    return result;
  }

 private:
  static std::vector<std::string> command(int ranks, std::vector<std::string> words) {
    words.insert(words.begin(), {mpirun, "-n", std::to_string(ranks), RETROGRADE_CLI});
    return words;
  }
  static pid_t parent_of(const fs::path& process) {
    std::istringstream stat(get(process / "stat"));
    std::string text;
    std::getline(stat, text, ')');
    std::string state;
    long parent = 0;
    stat >> state >> parent;
    return static_cast<pid_t>(parent);
  }
};

bool alive(pid_t pid) { return pid > 0 && ::kill(pid, 0) == 0; }

CommandResult over_ranks(int ranks, const std::vector<std::string>& words, const fs::path& folder) {
  return OverRanks(ranks, words, folder).ended();
}

// With most of what a training may have: validation, dropout, a regulariser, learned delays, groups of
// unequal size, and fine-tuning through the chip.
std::string scenario_text(int epochs) {
  return R"([scenario]
duration = "60 ms"
seed = 4
[[population]]
name = "in"
size = 5
[[population]]
name = "hidden"
size = 20
tau_mem = "20 ms"
dropout = 0.2
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
train = 130
test = 60
[loss]
kind = "voltage_cross_entropy"
population = "out"
tau_weight = "duration"
gain = 10.0
[train]
batch = 50
weight_rate = 0.005
silent_increment = 0.02
regulariser = { strength = 1e-3, target = 1.0 }
gradient_clip = 1.0
epochs = )" +
         std::to_string(epochs) +
         R"(
[chip]
kind = "loihi2"
step = "1 ms"
fine_tune = { epochs = 2, rate = 0.1 }
)";
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
  if (!fs::exists(run / "chip.bin")) return {};
  ChipTuning tuning = read_tuning((run / "chip.bin").string());
  forget_clocks(tuning.training);
  const std::string path = (run / "chip_without_clocks").string();
  write_tuning(path, tuning);
  const std::string bytes = get(path);
  fs::remove(path);
  return bytes;
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

// Without what names the call, the clock and the memory of this process.
nlohmann::json summary_in(const fs::path& run) {
  nlohmann::json document = nlohmann::json::parse(get(run / "run.json"));
  const std::function<void(nlohmann::json&)> strip = [&](nlohmann::json& value) {
    if (value.is_array())
      for (nlohmann::json& one : value) strip(one);
    if (!value.is_object()) return;
    for (auto it = value.begin(); it != value.end();) {
      const std::string& key = it.key();
      const bool other =
          key.find("seconds") != std::string::npos || key.find("per_s") != std::string::npos ||
          key.find("memory") != std::string::npos || key == "command" || key == "commands" ||
          key == "time" || key == "threads" || key == "folder" || key == "run_folder";
      if (other) {
        it = value.erase(it);
      } else {
        strip(it.value());
        ++it;
      }
    }
  };
  strip(document);
  return document;
}

void check_same(const fs::path& a, const fs::path& b) {
  CAPTURE(a, b);
  CHECK((checkpoint_in(a) == checkpoint_in(b)));
  CHECK((tuning_in(a) == tuning_in(b)));
  CHECK(metrics_in(a) == metrics_in(b));
  CHECK(summary_in(a) == summary_in(b));
}

struct Place {
  ScratchFolder folder;
  explicit Place(const std::string& text) { put(folder / "s.toml", text); }
  // The same training in one process.
  void whole(const std::string& name = "whole") const {
    const CommandResult result = retro("train s.toml --out " + name, folder.path());
    INFO(result.err);
    REQUIRE(result.status == 0);
  }
  std::size_t epochs(const std::string& run) const {
    const auto rows = get(folder / run / "metrics.csv");
    return static_cast<std::size_t>(std::count(rows.begin(), rows.end(), '\n')) - 1;
  }
  bool has_epochs(const std::string& run, std::size_t count) const {
    return until([&] { return fs::exists(folder / run / "metrics.csv") && epochs(run) >= count; });
  }
};

// Long enough to be hit in its epochs.
const std::string long_text = [] {
  std::string text = scenario_text(60);
  return text.substr(0, text.find("fine_tune"));
}();

}  // namespace

TEST_CASE("a training over 1, 2 and 4 ranks has the bits of one process", "[ranks]") {
  NEEDS_MPI();
  const Place place(scenario_text(3));
  place.whole();
  for (const int ranks : {1, 2, 4}) {
    const std::string name = "over" + std::to_string(ranks);
    const CommandResult result =
        over_ranks(ranks, {"train", "s.toml", "--out", name}, place.folder.path());
    CAPTURE(ranks, result.err);
    REQUIRE(result.status == 0);
    check_same(place.folder / name, place.folder / "whole");
    // One of them prints.
    CHECK(result.out.find("report:") == result.out.rfind("report:"));
    if (ranks > 1) CHECK_THAT(result.err, Contains(std::to_string(ranks) + " ranks share"));
  }
}

TEST_CASE("so has one that learns who has a synapse, in groups that its scenario says", "[ranks]") {
  NEEDS_MPI();
  std::string text = long_text;
  text.replace(text.find("epochs = 60"), 11, "epochs = 3\nbatch_groups = 5");
  for (const std::string line : {"dropout = 0.2\n", "silent_increment = 0.02\n"})
    text.replace(text.find(line), line.size(), "");
  text.replace(text.find("[data]"), 6,
               "[structure]\nrule = \"deep_r_rigl\"\ndensity = 0.5\nsigns = "
               "\"neuron\"\nl1_step = \"gradient\"\nl1 = 1e-4\n[data]");
  const Place place(text);
  const CommandResult alone = retro("train s.toml --out whole", place.folder.path());
  INFO(alone.err);
  REQUIRE(alone.status == 0);
  for (const int ranks : {2, 3}) {
    const std::string name = "over" + std::to_string(ranks);
    REQUIRE(over_ranks(ranks, {"train", "s.toml", "--out", name}, place.folder.path()).status == 0);
    check_same(place.folder / name, place.folder / "whole");
  }
}

TEST_CASE("a rank that is killed ends the training, which goes on over others with its bits",
          "[ranks]") {
  NEEDS_MPI();
  const Place place(long_text);
  place.whole();
  for (const int victim : {2, 0}) {
    const std::string name = "killed" + std::to_string(victim);
    OverRanks session(3, {"train", "s.toml", "--out", name}, place.folder.path());
    REQUIRE(place.has_epochs(name, 2));
    std::vector<pid_t> all = {session.pid()};
    for (int rank = 0; rank < 3; ++rank) all.push_back(session.pid_of(rank));
    const pid_t hit = session.pid_of(victim);
    REQUIRE(hit > 0);
    ::kill(hit, SIGKILL);
    const CommandResult result = session.ended(60);
    CAPTURE(victim, result.out, result.err);
    CHECK(result.status != 0);
    CHECK(place.epochs(name) < 60);
    if (victim != 0) CHECK_THAT(result.err, Contains("retro train --resume " + name));
    CHECK(until([&] { return std::none_of(all.begin(), all.end(), alive); }, 20));
    // What is there is whole, and goes on over another number.
    CHECK(read_checkpoint((place.folder / name / "checkpoint.bin").string()).trainer.epoch >= 2);
    REQUIRE(
        over_ranks(victim == 0 ? 1 : 2, {"train", "--resume", name}, place.folder.path()).status ==
        0);
    check_same(place.folder / name, place.folder / "whole");
  }
}

TEST_CASE("Ctrl-C over ranks saves, says how to go on, and leaves nobody behind", "[ranks]") {
  NEEDS_MPI();
  const Place place(long_text);
  place.whole();
  OverRanks session(2, {"train", "s.toml", "--out", "run"}, place.folder.path());
  REQUIRE(place.has_epochs("run", 2));
  std::vector<pid_t> all = {session.pid(), session.pid_of(0), session.pid_of(1)};
  session.signal(SIGINT);
  const CommandResult result = session.ended(60);
  CAPTURE(result.out, result.err);
  CHECK(result.status != 0);
  CHECK_THAT(result.err, Contains("everything is saved") && Contains("retro train --resume run"));
  CHECK(until([&] { return std::none_of(all.begin(), all.end(), alive); }, 20));
  CHECK(place.epochs("run") < 60);
  // In one process, and with no rank at all.
  const CommandResult resumed = retro("train --resume run", place.folder.path());
  CAPTURE(resumed.err);
  REQUIRE(resumed.status == 0);
  check_same(place.folder / "run", place.folder / "whole");
}

TEST_CASE("ranks that do not have what rank 0 has are named, and nothing is written", "[ranks]") {
  NEEDS_MPI();
  const Place place(scenario_text(3));
  const auto run = [&](const std::string& for_rank_1) {
    put(place.folder / "start.sh", "if [ \"$OMPI_COMM_WORLD_RANK\" = 1 ]; then " + for_rank_1 +
                                       "; fi\nexec '" RETROGRADE_CLI "' train s.toml --out '" +
                                       (place.folder / "run").string() + "'\n");
    RunningCommand session({mpirun, "-n", "2", "/bin/sh", "start.sh"}, place.folder.path(), "ranks",
                           let_mpirun_run);
    if (!until([&] { return !session.running(); }, 60)) {
      session.signal(SIGKILL);
      FAIL("mpirun did not end");
    }
    const CommandResult result = session.wait();
    CHECK(result.status == 2);
    CHECK_FALSE(fs::exists(place.folder / "run"));
    return result.err;
  };
  fs::create_directory(place.folder / "elsewhere");
  CHECK_THAT(run("cd elsewhere"), Contains("rank 1 on ") && Contains("s.toml"));
  put(place.folder / "elsewhere/s.toml", scenario_text(4));
  CHECK_THAT(run("cd elsewhere"), Contains("rank 1 on ") && Contains("another scenario"));
}

TEST_CASE("what does not go over ranks is refused there, once and with the remedy", "[ranks]") {
  NEEDS_MPI();
  const Place place(scenario_text(3));
  put(place.folder / "study.toml", small_scenario + "[study]\nseeds = [1, 2]\n");
  const auto refused = [&](const std::vector<std::string>& words) {
    const CommandResult result = over_ranks(2, words, place.folder.path());
    CAPTURE(result.err);
    CHECK(result.status == 2);
    CHECK(result.err.find("error:") == result.err.rfind("error:"));
    CHECK_THAT(result.err, Contains("without mpirun"));
  };
  refused({"study", "study.toml"});
  refused({"demo"});
  refused({"run", "s.toml", "--chip"});
  const CommandResult version = over_ranks(2, {"version"}, place.folder.path());
  CHECK(version.status == 0);
  CHECK(std::count(version.out.begin(), version.out.end(), '\n') == 1);
}

namespace {

// A recurrent network with everything that ranks have to put together again: a readout, refractory
// periods, probes across ranks, arrivals without delay.
std::string network_text(int milliseconds, const std::string& scheduler = "windowed") {
  return R"([scenario]
name = "sheet"
seed = 9
scheduler = ")" +
         scheduler + R"("
duration = ")" +
         std::to_string(milliseconds) + R"( ms"
[[population]]
name = "in"
size = 4
model = "input"
spikes = [["1 ms"], ["1.5 ms"], ["4 ms"], ["4.2 ms"]]
[[population]]
name = "e"
size = 80
t_ref = "2 ms"
bias = { distribution = "uniform", low = 0.8, high = 1.4 }
[[population]]
name = "i"
size = 20
[[population]]
name = "out"
size = 2
model = "cuba_li"
[[projection]]
from = "in"
to = "e"
weight = 1.5
density = 0.5
[[projection]]
from = "e"
to = "e"
weight = { distribution = "normal", mean = 0.1, std = 0.1 }
delay = { distribution = "uniform", low = "1 ms", high = "6 ms" }
density = 0.2
[[projection]]
from = "e"
to = "i"
weight = 0.3
delay = "1.5 ms"
density = 0.3
[[projection]]
from = "i"
to = "e"
weight = -0.4
delay = { distribution = "uniform", low = "1 ms", high = "2 ms" }
density = 0.3
[[projection]]
from = "e"
to = "out"
weight = { distribution = "normal", mean = 0.1, std = 0.2 }
[loss]
kind = "voltage_cross_entropy"
population = "out"
label = 1
[[probe]]
population = "e"
neurons = [0, 39, 40, 79]
interval = "1 ms"
[[probe]]
population = "out"
interval = "5 ms"
)";
}

// Without the line that has a clock in it.
std::string without_clock(const std::string& text) {
  std::string kept;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.find("simulated in") == std::string::npos && line.find("wrote") == std::string::npos)
      kept += line + '\n';
  return kept;
}

}  // namespace

TEST_CASE("one large network over 1, 2 and 4 ranks has the bits of one process", "[ranks]") {
  NEEDS_MPI();
  const Place place(network_text(200));
  const CommandResult whole = retro("run s.toml --out whole", place.folder.path());
  INFO(whole.err);
  REQUIRE(whole.status == 0);
  for (const int ranks : {1, 2, 4}) {
    const std::string name = "over" + std::to_string(ranks);
    const CommandResult result =
        over_ranks(ranks, {"run", "s.toml", "--out", name}, place.folder.path());
    CAPTURE(ranks, result.err);
    REQUIRE(result.status == 0);
    CHECK(without_clock(result.out) == without_clock(whole.out));
    CHECK(summary_in(place.folder / name) == summary_in(place.folder / "whole"));
    CHECK(get(place.folder / name / "raster.svg") == get(place.folder / "whole/raster.svg"));
    if (ranks > 1) CHECK_THAT(result.err, Contains(std::to_string(ranks) + " ranks share"));
  }
}

TEST_CASE("a large network that ranks cannot run is refused, once and with the remedy", "[ranks]") {
  NEEDS_MPI();
  const Place place(network_text(50, "sequential"));
  put(place.folder / "windowed.toml", network_text(50));
  // Few inputs: one process would take the sequential scheduler.
  std::string quiet = network_text(50, "automatic");
  quiet.replace(quiet.find("[[\"1 ms\"]"), 9, "[[]");
  quiet.replace(quiet.find("[\"1.5 ms\"]"), 10, "[]");
  quiet.replace(quiet.find("[\"4 ms\"]"), 8, "[]");
  put(place.folder / "quiet.toml", quiet);
  const auto refused = [&](const std::vector<std::string>& words, const std::string& remedy) {
    const CommandResult result = over_ranks(2, words, place.folder.path());
    CAPTURE(result.err);
    CHECK(result.status == 2);
    CHECK(result.err.find("error:") == result.err.rfind("error:"));
    CHECK_THAT(result.err, Contains(remedy) && Contains("without mpirun"));
  };
  refused({"run", "s.toml"}, "ranks share windows");
  refused({"run", "quiet.toml"}, "scheduler = \"windowed\"");
  refused({"run", "windowed.toml", "--trace", "t.csv"}, "--trace");
  refused({"run", "."}, "it is a run");
  std::string silence = network_text(50);
  silence.insert(silence.find("[loss]\n") + 7, "silence = {}\n");
  put(place.folder / "silence.toml", silence);
  refused({"run", "silence.toml"}, "has silence");
  CHECK_FALSE(fs::exists(place.folder / "t.csv"));
  // What one process finds wrong with a trial, all find.
  std::string text = network_text(50);
  text.replace(text.find("seed = 9"), 8, "seed = 9\nmax_rate = 1e-9");
  text.replace(text.find("low = 0.8, high = 1.4"), 21, "low = 8e5, high = 9e5");
  text.replace(text.find("t_ref = \"2 ms\""), 14, "t_ref = \"0 ms\"");
  put(place.folder / "runaway.toml", text);
  const CommandResult whole = retro("run runaway.toml", place.folder.path());
  const CommandResult result = over_ranks(3, {"run", "runaway.toml"}, place.folder.path());
  CAPTURE(whole.err, result.err);
  CHECK(whole.status == 2);
  CHECK(result.status == 2);
  const std::string error = whole.err.substr(whole.err.find("error:"));
  CHECK_THAT(result.err, Contains(error.substr(0, error.find('\n'))));
}

TEST_CASE("a rank of a large network that dies, or Ctrl-C, ends the run and writes nothing",
          "[ranks]") {
  NEEDS_MPI();
  const Place place(network_text(10'000'000));
  for (const int signal : {SIGKILL, SIGINT}) {
    OverRanks session(3, {"run", "s.toml", "--out", "run"}, place.folder.path());
    std::vector<pid_t> all = {session.pid()};
    REQUIRE(until([&] { return session.pid_of(2) > 0; }));
    for (int rank = 0; rank < 3; ++rank) all.push_back(session.pid_of(rank));
    std::this_thread::sleep_for(std::chrono::seconds(2));
    const pid_t hit = signal == SIGKILL ? session.pid_of(1) : session.pid();
    REQUIRE(hit > 0);
    ::kill(hit, signal);
    const CommandResult result = session.ended(60);
    CAPTURE(signal, result.out, result.err);
    CHECK(result.status != 0);
    if (signal == SIGKILL) CHECK_THAT(result.err + result.out, Contains("rank 1"));
    CHECK(until([&] { return std::none_of(all.begin(), all.end(), alive); }, 20));
    CHECK_FALSE(fs::exists(place.folder / "run/run.json"));
  }
}

TEST_CASE("copies that nothing joins do not train the same thing side by side") {
  const Place place(scenario_text(3));
  // As mpirun would start the second of two, which no mpirun did.
  ::setenv("OMPI_COMM_WORLD_SIZE", "2", 1);
  const CommandResult first = retro("train s.toml --out run", place.folder.path());
  ::setenv("OMPI_COMM_WORLD_RANK", "1", 1);
  const CommandResult second = retro("train s.toml --out run", place.folder.path());
  ::unsetenv("OMPI_COMM_WORLD_RANK");
  ::unsetenv("OMPI_COMM_WORLD_SIZE");
  CHECK(first.status == 2);
  CHECK_THAT(first.err, Contains("2 copies of retro were started together"));
  CHECK(second.status == 2);
  CHECK(second.err.empty());
  CHECK_FALSE(fs::exists(place.folder / "run"));
}

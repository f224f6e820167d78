// Guards the arrows between the rooms of the house (docs/architecture.md) by reading the sources: an
// include that runs back up fails, and so does a room that does what belongs to another: parses,
// opens, prints, plots.

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace fs = std::filesystem;

namespace {

const std::vector<std::string> folders = {"events",   "engine",    "adjoint",
                                          "hardware", "scenarios", "bench"};

// The rooms of a folder, lowest first; a room may use those in the ranks below its own. A room is a
// folder, or the beginning of the name of files that stand apart; a file belongs to the room with the
// longest name.
using Ranks = std::vector<std::vector<std::string>>;
const std::map<std::string, Ranks> rooms = {
    {"events", {{"events"}}},
    {"engine",
     {{"engine/parameters", "engine/parallel", "engine/ranks"},
      {"engine/neuron"},
      {"engine/network"},
      {"engine/trial", "engine/distributed/neuron_shares"},
      {"engine/connect"},
      {"engine/exact", "engine/runaway", "engine/enclosure", "engine/margin", "engine/pursuit"},
      {"engine/machine"},
      {"engine/sequential"},
      {"engine/windowed", "engine/stepped"},
      {"engine/device"},
      {"engine/scheduler", "engine/distributed"},
      {"engine/front"}}},
    {"adjoint",
     {{"adjoint/gradient.hpp", "adjoint/adam_step", "adjoint/attack", "adjoint/batch_groups",
       "adjoint/prefetched_trials"},
      {"adjoint/loss", "adjoint/grazing", "adjoint/named_gradient"},
      {"adjoint/neuron"},
      {"adjoint/backward.hpp"},
      {"adjoint/sequential"},
      {"adjoint/windowed"},
      {"adjoint/device"},
      {"adjoint/backward.cpp"},
      {"adjoint/set_result"},
      {"adjoint/evaluate", "adjoint/gradient_source"},
      {"adjoint/check", "adjoint/candidate_network"},
      {"adjoint/batch_pass"},
      {"adjoint/tape_gradients", "adjoint/stepped", "adjoint/trials_backward"},
      {"adjoint/train"},
      {"adjoint/front"},
      {"adjoint/ranks"},
      {"adjoint/pursuit"}}},
    {"hardware",
     {{"hardware"},
      {"hardware/loihi2/model", "hardware/xylo/model"},
      {"hardware/loihi2/emulator", "hardware/xylo/emulator"},
      {"hardware/loihi2/deploy", "hardware/loihi2/diagnose", "hardware/xylo/deploy"},
      {"hardware/loihi2/place", "hardware/loihi2/certify", "hardware/xylo/place"},
      {"hardware/loihi2/pursuit"}}},
    {"scenarios",
     {{"scenarios/io"},
      {"scenarios/data", "scenarios/exchange"},
      {"scenarios/data/stimuli"},
      {"scenarios/data/events", "scenarios/data/tasks"},
      {"scenarios/data/trials", "scenarios/data/audio"},
      {"scenarios/data/recordings"},
      {"scenarios/data/kinds.cpp"},
      {"scenarios/read/chips"},
      {"scenarios/read"},
      {"scenarios/run/folder"},
      {"scenarios/run/interrupt", "scenarios/run/trained.hpp"},
      {"scenarios/run/on_chip"},
      {"scenarios/run/ranks"},
      {"scenarios/run/activity", "scenarios/run/device"},
      {"scenarios/run"},
      {"scenarios/run/evaluation", "scenarios/run/whole"},
      {"scenarios/run/analysis", "scenarios/run/attack", "scenarios/run/chips",
       "scenarios/run/diff", "scenarios/run/export", "scenarios/run/grid", "scenarios/run/margins"},
      {"scenarios/run/pursuit"},
      {"scenarios/run/study"},
      {"scenarios/show/surrogate/surrogate_text"},
      {"scenarios/show/text"},
      {"scenarios/show/json", "scenarios/show/plot"},
      {"scenarios/show/attack", "scenarios/show/chips", "scenarios/show/device",
       "scenarios/show/grid", "scenarios/show/integers", "scenarios/show/manual",
       "scenarios/show/margins", "scenarios/show/surrogate"},
      {"scenarios/show/page"},
      {"scenarios/show/activity", "scenarios/show/analysis", "scenarios/show/pursuit"},
      {"scenarios/show/results", "scenarios/show/check"},
      {"scenarios/cli"},
      {"scenarios/cli/verbs"}}},
    {"bench", {{"bench/figures"}, {"bench/gpu"}, {"bench"}}}};

// Whole folders that a folder may use beside itself; the command line measures with bench/figures.
const std::map<std::string, std::set<std::string>> below = {
    {"events", {}},
    {"engine", {"events"}},
    {"adjoint", {"events", "engine"}},
    {"hardware", {"events", "engine"}},
    {"scenarios", {"events", "engine", "adjoint", "hardware"}},
    {"bench", {"events", "engine", "adjoint", "hardware", "scenarios"}}};

// Headers and words by which a room would do what belongs to the rooms named here.
struct Craft {
  std::string what;
  std::vector<std::string> headers, words;
  std::set<std::string> rooms;  // rooms or folders whose craft it is
};
const std::vector<Craft> crafts = {
    {"reads TOML", {"toml++/", "toml.h"}, {}, {"scenarios/io", "scenarios/read"}},
    {"writes JSON", {"nlohmann/"}, {}, {"scenarios", "bench"}},
    {"reads the command line", {"boost/program_options"}, {}, {"scenarios/cli"}},
    {"opens HDF5", {"hdf5.h"}, {}, {"scenarios/io"}},
    {"opens zip archives", {"zip.h"}, {}, {"scenarios/io"}},
    {"talks to GPUs by CUDA", {"cuda"}, {"__global__"}, {"engine/device"}},
    {"talks to other processes by MPI", {"mpi.h"}, {}, {"scenarios/cli/ranks"}},
    {"opens files", {"fstream", "cstdio", "stdio.h"}, {}, {"scenarios", "bench"}},
    {"prints",
     {"iostream"},
     {"fmt::print(", "printf(", "std::puts(", "std::fputs(", "std::cout", "std::cerr"},
     {"scenarios/show/text", "scenarios/cli", "bench"}}};

struct Line {
  std::string file;  // relative to the source directory
  int number;
  std::string text;
};

/// What an include line includes, or nothing when the line is another one.
std::string included(const std::string& line) {
  std::istringstream words(line);
  std::string word;
  words >> word;
  if (word == "#") {
    words >> word;
    word = '#' + word;
  }
  if (word.rfind("#include", 0) != 0) return {};
  const std::size_t begin = line.find_first_of("<\"");
  if (begin == std::string::npos) return {};
  return line.substr(begin + 1, line.find_first_of(">\"", begin + 1) - begin - 1);
}

std::string folder_of(const std::string& path) { return path.substr(0, path.find('/')); }

bool begins(const std::string& text, const std::string& beginning) {
  return text.rfind(beginning, 0) == 0;
}

/// The chip that a file of hardware is of, "loihi2"; nothing for what is true of any chip.
std::string chip_of(const std::string& path) {
  const std::string hardware = "hardware/";
  const std::size_t end = path.find('/', hardware.size());
  if (!begins(path, hardware) || end == std::string::npos) return {};
  return path.substr(hardware.size(), end - hardware.size());
}

/// The rank of the room that holds a file, within its folder, and the room's name.
std::optional<std::pair<std::size_t, std::string>> room_of(const std::string& path) {
  std::optional<std::pair<std::size_t, std::string>> found;
  const Ranks& ranks = rooms.at(folder_of(path));
  for (std::size_t r = 0; r < ranks.size(); ++r)
    for (const std::string& room : ranks[r])
      if (begins(path, room) && (!found || room.size() > found->second.size())) found = {r, room};
  return found;
}

std::vector<Line> read_tree() {
  const fs::path root = RETROGRADE_SOURCE_DIR;
  std::vector<Line> all;
  for (const std::string& folder : folders) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".hpp" && extension != ".cpp" && extension != ".cuh" && extension != ".cu")
        continue;
      std::ifstream in(entry.path());
      std::string text;
      for (int number = 1; std::getline(in, text); ++number)
        all.push_back({fs::relative(entry.path(), root).string(), number, text});
    }
  }
  return all;
}

/// Why a file must not include one of ours, or nothing.
std::string wrong_arrow(const std::string& file, const std::string& used) {
  const auto own = room_of(file);
  if (!own) return "belongs to no room; name it in this test and in docs/architecture.md";
  // <retrograde/version.hpp> changes with every commit; only the outermost folders may see it.
  if (used.find('/') == std::string::npos)
    return begins(file, "scenarios/") || begins(file, "bench/") ? "" : "must not include " + used;
  const std::string folder = folder_of(used);
  if (!rooms.contains(folder)) return "includes " + used + " of no folder";
  if (folder != folder_of(file)) {
    const bool measures = begins(file, "scenarios/cli/") && folder == "bench";
    if (measures || below.at(folder_of(file)).contains(folder)) return {};
    return "must not use " + folder;
  }
  const auto other = room_of(used);
  if (!other) return used + " belongs to no room";
  if (const std::string chip = chip_of(used); !chip.empty() && chip != chip_of(file))
    return "of one chip must not use what is of another";
  if (other->second == own->second || other->first < own->first) return {};
  return own->second + " must not use " + other->second;
}

/// Why a line breaks the rules, or nothing.
std::string objection(const Line& line) {
  const std::string where = line.file + ':' + std::to_string(line.number) + ": ";
  const std::string target = included(line.text);
  const std::string ours = "retrograde/";
  if (begins(target, ours)) {
    const std::string why = wrong_arrow(line.file, target.substr(ours.size()));
    return why.empty() ? why : where + why;
  }
  for (const std::string& folder : folders)
    if (begins(target, folder + '/') || begins(target, "../"))
      return where + "write <retrograde/folder/file.hpp>, not \"" + target + '"';
  for (const Craft& craft : crafts) {
    bool does = false;
    for (const std::string& header : craft.headers)
      does |= !target.empty() && begins(target, header);
    for (const std::string& word : craft.words) does |= line.text.find(word) != std::string::npos;
    bool may = false;
    for (const std::string& room : craft.rooms) may |= begins(line.file, room + '/');
    if (does && !may) return where + "a room that " + craft.what + " is another one: " + line.text;
  }
  return {};
}

}  // namespace

TEST_CASE("include arrows point the way the house allows", "[house]") {
  const std::vector<Line> lines = read_tree();
  REQUIRE(lines.size() > 10'000);
  for (const Line& line : lines) {
    const std::string why = objection(line);
    INFO(why);
    CHECK(why.empty());
  }
}

TEST_CASE("no room of hardware or scenarios holds more than 20 files", "[house]") {
  const fs::path root = RETROGRADE_SOURCE_DIR;
  std::map<fs::path, int> files;
  for (const char* folder : {"hardware", "scenarios"})
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension().string();
      if (extension == ".hpp" || extension == ".cpp") ++files[entry.path().parent_path()];
    }
  REQUIRE(files.size() > 10);
  for (const auto& [room, count] : files) {
    INFO(room.string() << " holds " << count);
    CHECK(count <= 20);
  }
}

TEST_CASE("include lines are read in any spelling", "[house]") {
  CHECK(included("#include <vector>") == "vector");
  CHECK(included("  #  include \"a/b.hpp\"  // why") == "a/b.hpp");
  CHECK(included("#include<map>") == "map");
  CHECK(included("// #include <map>").empty());
  CHECK(included("#define include <map>").empty());
  CHECK(included("").empty());
}

TEST_CASE("the check of include arrows sees wrong ones", "[house]") {
  const auto objects = [](const std::string& file, const std::string& target) {
    return !objection({file, 1, "#include <" + target + ">"}).empty();
  };
  CHECK(objects("events/x.hpp", "retrograde/engine/network/network.hpp"));
  CHECK(objects("engine/trial/x.hpp", "retrograde/adjoint/loss/loss.hpp"));
  CHECK(objects("engine/trial/x.hpp", "retrograde/hardware/chip.hpp"));
  CHECK(objects("engine/network/x.hpp", "retrograde/engine/machine.hpp"));
  CHECK(objects("engine/network/x.hpp", "retrograde/engine/windowed/window_plan.hpp"));
  CHECK(objects("adjoint/loss/x.hpp", "retrograde/hardware/chip.hpp"));
  CHECK(objects("adjoint/loss/x.hpp", "retrograde/adjoint/train/trainer.hpp"));
  CHECK(objects("hardware/x.hpp", "retrograde/adjoint/loss/loss.hpp"));
  CHECK(objects("hardware/x.hpp", "retrograde/hardware/loihi2/model/chip_network.hpp"));
  CHECK(objects("hardware/loihi2/model/x.hpp", "retrograde/hardware/loihi2/emulator/emulator.hpp"));
  CHECK(
      objects("hardware/loihi2/diagnose/x.hpp", "retrograde/hardware/loihi2/deploy/quantize.hpp"));
  CHECK(objects("hardware/xylo/place/x.hpp", "retrograde/hardware/loihi2/model/bounds.hpp"));
  CHECK(objects("hardware/x.hpp", "retrograde/scenarios/read/scenario.hpp"));
  CHECK(objects("scenarios/read/x.hpp", "retrograde/scenarios/run/training.hpp"));
  CHECK(objects("scenarios/run/x.hpp", "retrograde/scenarios/show/text/progress.hpp"));
  CHECK(objects("scenarios/data/x.hpp", "retrograde/scenarios/exchange/nir/nir.hpp"));
  CHECK(objects("scenarios/run/x.hpp", "retrograde/bench/figures/figures.hpp"));
  CHECK(objects("engine/trial/x.hpp", "retrograde/version.hpp"));
  CHECK(objects("engine/x.hpp", "retrograde/events/time.hpp"));  // of no room
  CHECK(objects("engine/trial/x.hpp", "engine/network/network.hpp"));
  CHECK(objects("engine/trial/x.hpp", "../events/time.hpp"));
  CHECK(objects("engine/trial/x.hpp", "iostream"));
  CHECK(objects("adjoint/loss/x.hpp", "fstream"));
  CHECK(objects("hardware/x.hpp", "nlohmann/json.hpp"));
  CHECK(objects("scenarios/run/x.hpp", "boost/program_options.hpp"));
  CHECK(objects("scenarios/run/x.hpp", "toml++/toml.h"));
  CHECK(objects("scenarios/run/ranks/x.cpp", "mpi.h"));
  CHECK(objects("adjoint/train/x.cpp", "retrograde/adjoint/ranks/chain.hpp"));
  CHECK(objects("adjoint/device/x.cu", "cuda_runtime_api.h"));
  CHECK(objects("engine/windowed/x.hpp", "retrograde/engine/device/device.hpp"));
  CHECK_FALSE(objects("engine/device/x.cpp", "cuda_runtime_api.h"));
  CHECK_FALSE(objects("scenarios/cli/ranks/x.cpp", "mpi.h"));
  CHECK(!objection({"scenarios/run/x.cpp", 1, "  fmt::print(\"done\");"}).empty());

  CHECK_FALSE(objects("events/x.hpp", "retrograde/events/time.hpp"));
  CHECK_FALSE(objects("engine/trial/x.hpp", "retrograde/events/time.hpp"));
  CHECK_FALSE(objects("engine/windowed/x.hpp", "retrograde/engine/machine.hpp"));
  CHECK_FALSE(objects("adjoint/loss/x.hpp", "retrograde/engine/network/network.hpp"));
  CHECK_FALSE(objects("hardware/loihi2/place/x.hpp", "retrograde/hardware/loihi2/deploy/fit.hpp"));
  CHECK_FALSE(
      objects("scenarios/show/page/x.hpp", "retrograde/scenarios/run/evaluation/evaluation.hpp"));
  CHECK_FALSE(objects("scenarios/cli/x.hpp", "retrograde/bench/figures/figures.hpp"));
  CHECK_FALSE(objects("scenarios/cli/x.hpp", "retrograde/version.hpp"));
  CHECK_FALSE(objects("scenarios/show/json/x.hpp", "nlohmann/json.hpp"));
  CHECK_FALSE(objects("engine/trial/x.hpp", "vector"));
  CHECK(objection({"scenarios/show/text/x.cpp", 1, "  fmt::print(\"done\");"}).empty());
}

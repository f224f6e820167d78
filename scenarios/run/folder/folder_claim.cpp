#include <algorithm>
#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/run/folder/folder_claim.hpp>
#include <retrograde/scenarios/run/folder/run_folder.hpp>
#include <retrograde/scenarios/run/folder/value_history.hpp>

namespace retrograde {

namespace fs = std::filesystem;

namespace {

constexpr const char* lock_name = ".lock";

// What each kind of folder is made of. What export and check add to a training goes with it: it
// would be that of another network.
const std::vector<std::string>& files_of(FolderKind kind) {
  static const std::vector<std::string> files[] = {
      {"checkpoint.bin", "chip.bin", "metrics.csv", "run.json", "report.html", "figure.svg",
       "events.out.tfevents.retrograde", "result.json", "network.net", "network.nir",
       "lava_network.py", "imported.nir", "data.npz", "scenario.toml", "command.json"},
      {"results.csv", "study.json", "study.svg", "report.html", "imported.nir", "scenario.toml",
       "command.json"},
      {"run.json", "raster.svg", "command.json"},
      {"check.json", "report.html", "command.json"},
      {"analysis.json", "report.html", "command.json"}};
  return files[static_cast<std::size_t>(kind)];
}

const char* name(FolderKind kind) {
  constexpr const char* names[] = {"a training", "a study", "a simulation", "a check",
                                   "an analysis"};
  return names[static_cast<std::size_t>(kind)];
}

bool there(const fs::path& path) {
  std::error_code error;
  return fs::exists(fs::symlink_status(path, error));
}

// Whether it puts nothing in before something has come of it.
bool writes_at_its_end(FolderKind kind) {
  return kind == FolderKind::simulation || kind == FolderKind::check ||
         kind == FolderKind::analysis;
}

bool came_to_something(const fs::path& folder, FolderKind kind) {
  if (writes_at_its_end(kind)) return true;
  return there(folder / (kind == FolderKind::study ? "runs" : "checkpoint.bin"));
}

// Of `retro plot`, whatever was drawn, and of checks as they were once stored beside a training.
bool is_view(const fs::path& name) {
  const std::string text = name.string();
  return (text.starts_with("check-") &&
          (name.extension() == ".json" || name.extension() == ".html")) ||
         text == "plot.svg" || (text.starts_with("plot-") && name.extension() == ".svg");
}

void remove_training(const fs::path& folder) {
  std::error_code error;
  for (const std::string& file : files_of(FolderKind::training)) fs::remove(folder / file, error);
  std::vector<fs::path> views;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (is_view(at->path().filename())) views.push_back(at->path());
  for (const fs::path& view : views) fs::remove(view, error);
  remove_values(folder);
}

// Removes what Retrograde wrote and nothing else.
void remove_contents(const fs::path& folder, FolderKind kind) {
  if (kind == FolderKind::training) return remove_training(folder);
  std::error_code error;
  for (const std::string& file : files_of(kind)) fs::remove(folder / file, error);
  if (kind != FolderKind::study) return;
  std::vector<fs::path> runs;
  for (fs::directory_iterator at(folder / "runs", error), end; !error && at != end;
       at.increment(error))
    if (at->is_directory(error)) runs.push_back(at->path());
  runs.push_back(folder / "runs");
  for (const fs::path& run : runs) {
    remove_training(run);
    fs::remove(run, error);  // unless something else is left in it
  }
}

// "process 1234 on HOST since 2026-11-27 09:41:12 UTC (retro train a.toml)"
std::string holder_text(const Call& call) {
  char host[256] = "?";
  if (::gethostname(host, sizeof host - 1) != 0) host[0] = '?';
  return fmt::format("process {} on {} since {:%Y-%m-%d %H:%M:%S} UTC ({})", ::getpid(), host,
                     fmt::gmtime(std::time(nullptr)), call.text());
}

std::string holder_of(int descriptor) {
  char text[1024];
  const ssize_t size = ::pread(descriptor, text, sizeof text, 0);
  std::string holder(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  holder.resize(std::min(holder.find('\n'), holder.size()));
  return holder.empty() ? "another process" : holder;
}

bool is_still(const fs::path& path, int descriptor) {
  struct stat held {
  }, named{};
  return ::fstat(descriptor, &held) == 0 && ::stat(path.c_str(), &named) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

}  // namespace

std::optional<FolderKind> folder_kind(const fs::path& folder) {
  if (const std::vector<Call> calls = read_calls(folder); !calls.empty()) {
    const std::string verb = calls.front().verb();
    if (verb == "train" || verb == "demo") return FolderKind::training;
    if (verb == "study") return FolderKind::study;
    if (verb == "run") return FolderKind::simulation;
    if (verb == "check") return FolderKind::check;
    if (verb == "analyse") return FolderKind::analysis;
  }
  if (there(folder / "checkpoint.bin")) return FolderKind::training;
  if (there(folder / "runs") && (there(folder / "study.json") || there(folder / "scenario.toml")))
    return FolderKind::study;
  if (there(folder / "run.json") && there(folder / "raster.svg")) return FolderKind::simulation;
  if (there(folder / "check.json")) return FolderKind::check;
  if (there(folder / "analysis.json")) return FolderKind::analysis;
  return std::nullopt;
}

FolderClaim::FolderClaim(fs::path folder, Call call)
    : FolderClaim(std::move(folder), std::move(call), Holding::alone) {}

FolderClaim::FolderClaim(fs::path folder, Call call, Holding holding)
    : folder_(std::move(folder)), call_(std::move(call)), holding_(holding) {
  for (fs::path path = folder_; !path.empty() && !there(path); path = path.parent_path())
    made_.push_back(path);
  try {
    make_folder(folder_);
    lock();
    probe_writable(folder_ / "command.json");
  } catch (...) {
    remove_unused();
    throw;
  }
}

FolderClaim::~FolderClaim() { remove_unused(); }

void FolderClaim::lock() {
  const fs::path path = folder_ / lock_name;
  while (descriptor_ < 0) {
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0) throw_io_error(path, "create", errno);
    const int kind = holding_ == Holding::alone ? LOCK_EX : LOCK_SH;
    if (::flock(descriptor_, kind | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) {
        const std::string holder = holder_of(descriptor_);
        ::close(std::exchange(descriptor_, -1));
        made_.clear();
        throw UsageError(fmt::format("{} is in use by {}; wait until it is done, or stop it",
                                     folder_.string(), holder));
      }
      if (errno != EINTR) return;  // a file system without locks
    } else if (is_still(path, descriptor_)) {
      locked_ = true;
    }
    // Its last holder removed the file between our two calls, or a signal came.
    if (!locked_) ::close(std::exchange(descriptor_, -1));
  }
  const std::string holder = holder_text(call_) + "\n";
  if (::ftruncate(descriptor_, 0) != 0 ||
      ::pwrite(descriptor_, holder.data(), holder.size(), 0) != static_cast<ssize_t>(holder.size()))
    throw_io_error(path, "write", errno);
}

void FolderClaim::remove_unused() noexcept {
  // Whoever shares the folder cleans up if nobody else is left in it.
  if (holding_ == Holding::shared && descriptor_ >= 0 &&
      ::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    ::close(std::exchange(descriptor_, -1));
    return;
  }
  std::error_code error;
  if (became_ && !came_to_something(folder_, *became_))
    for (const char* begun : {"imported.nir", "scenario.toml", "command.json"})
      fs::remove(folder_ / begun, error);
  // While the lock is held, so that nobody's new file goes.
  if (descriptor_ >= 0) {
    fs::remove(folder_ / lock_name, error);
    ::close(std::exchange(descriptor_, -1));
  }
  // From the inside out; what holds anything stays.
  for (const fs::path& folder : made_) ::rmdir(folder.c_str());
}

void FolderClaim::become(FolderKind kind, bool overwrite) {
  const std::optional<FolderKind> held = folder_kind(folder_);
  const bool goes_on = held == kind && kind != FolderKind::training;
  // A training that was killed before its first checkpoint has nothing to lose.
  const bool lost = held && (held != FolderKind::training || there(folder_ / "checkpoint.bin"));
  if (lost && !goes_on && !overwrite)
    throw UsageError(fmt::format(
        "{0} holds {1} already; {2}name another folder with --out, or replace it with --overwrite",
        folder_.string(), name(*held),
        held == kind ? fmt::format("go on with it by `retro train --resume {}`, ", folder_.string())
                     : ""));
  if (held && !goes_on) remove_contents(folder_, *held);
  if (!held && !overwrite)
    for (const std::string& file : files_of(kind))
      if (there(folder_ / file))
        throw UsageError(
            fmt::format("{} is there already, and no command of Retrograde is known to have made "
                        "it; name another folder with --out, or replace it with --overwrite",
                        (folder_ / file).string()));
  became_ = kind;
  if (!writes_at_its_end(kind) && !(goes_on && holding_ == Holding::shared))
    write_calls(folder_, {call_});
}

void FolderClaim::go_on() {
  std::vector<Call> calls = read_calls(folder_);
  // Whoever says the same again says nothing new.
  std::erase_if(calls, [&](const Call& before) {
    return &before != &calls.front() && before.words == call_.words && before.data == call_.data;
  });
  calls.push_back(call_);
  write_calls(folder_, calls);
}

}  // namespace retrograde

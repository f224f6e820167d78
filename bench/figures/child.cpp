#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <retrograde/bench/figures/child.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>

namespace retrograde::bench {

namespace fs = std::filesystem;

namespace {

// Gone with what is in it at the end of the scope.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "retro-bench-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw_io_error(name, "make a folder", errno);
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string last_line(const fs::path& file) {
  std::ifstream in(file);
  std::string last;
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) last = line;
  return last;
}

}  // namespace

nlohmann::ordered_json run_bench(const fs::path& executable, std::vector<std::string> arguments) {
  const TemporaryFolder folder;
  const fs::path document = folder.path() / "bench.json", errors = folder.path() / "errors";
  std::vector<std::string> words = {executable.string(), "bench"};
  for (std::string& argument : arguments) words.push_back(std::move(argument));
  words.push_back("--json");
  words.push_back(document.string());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t child = 0;
  const int failure =
      posix_spawn(&child, executable.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0)
    throw UsageError(
        fmt::format("{} cannot be started: {}. Name an executable `retro`, such as "
                    "build/release/bin/retro of another checkout",
                    executable.string(), std::strerror(failure)));
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (code == 130) throw Interrupted("measuring stopped");
  // 1: there is a document, and it says which figure was skipped.
  std::error_code ignored;
  if (code != 0 && !(code == 1 && fs::exists(document, ignored)))
    throw UsageError(
        fmt::format("{} bench ended with status {}: {}. It has to be a `retro` with "
                    "the verb bench and the same figures",
                    executable.string(), code, last_line(errors)));
  try {
    return nlohmann::ordered_json::parse(read_text_file(document));
  } catch (const std::exception& error) {
    throw UsageError(
        fmt::format("{} bench left no JSON document: {}", executable.string(), error.what()));
  }
}

}  // namespace retrograde::bench

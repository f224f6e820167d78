// The command retro in the background, as when a user starts it in another terminal: it can be
// waited for, told to stop, killed.
#pragma once

#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "tests/support/command.hpp"

namespace retrograde::test {

// Looks every few milliseconds until something holds; false: it did not within the time.
inline bool until(const std::function<bool()>& holds, double seconds = 60) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
  return true;
}

class RunningCommand {
 public:
  // A program, by its path, and its arguments, in `folder`; what it says goes to NAME.out and NAME.err
  // there. `prepare` runs in the new process before.
  RunningCommand(std::vector<std::string> words, const std::filesystem::path& folder,
                 const std::string& name = "background", const std::function<void()>& prepare = {})
      : out_(folder / (name + ".out")), err_(folder / (name + ".err")) {
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("fork");
    if (pid_ > 0) return;
    const int out = ::open(out_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int err = ::open(err_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    // Only the program itself ever catches it: /proc shows when that is so.
    ::signal(SIGINT, SIG_DFL);
    if (prepare) prepare();
    if (::chdir(folder.c_str()) == 0) ::execv(argv.front(), argv.data());
    ::_exit(127);
  }
  RunningCommand(const RunningCommand&) = delete;
  RunningCommand& operator=(const RunningCommand&) = delete;
  ~RunningCommand() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  pid_t pid() const { return pid_; }
  void signal(int number) const { ::kill(pid_, number); }
  bool running() const {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == 0;
  }
  // At its end.
  CommandResult wait() {
    int raw = 0;
    ::waitpid(std::exchange(pid_, -1), &raw, 0);
    CommandResult result;
    result.status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
    result.out = get(out_);
    result.err = get(err_);
    return result;
  }

 private:
  std::filesystem::path out_, err_;
  pid_t pid_ = -1;
};

// Words after `retro`.
class RunningRetro : public RunningCommand {
 public:
  RunningRetro(std::vector<std::string> words, const std::filesystem::path& folder,
               const std::string& name = "background", const std::function<void()>& prepare = {})
      : RunningCommand(with_retro(std::move(words)), folder, name, prepare) {}

 private:
  static std::vector<std::string> with_retro(std::vector<std::string> words) {
    words.insert(words.begin(), RETROGRADE_CLI);
    return words;
  }
};

}  // namespace retrograde::test

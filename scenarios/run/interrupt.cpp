#include <csignal>
#include <utility>

#include <retrograde/scenarios/run/interrupt.hpp>

namespace retrograde {

namespace {

volatile std::sig_atomic_t flag = 0;

void on_signal(int signal) {
  flag = 1;
  // A closing terminal says so more than once: by its shell and by the system.
  if (signal != SIGHUP) std::signal(signal, SIG_DFL);
}

}  // namespace

void catch_interrupts() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  if (std::signal(SIGHUP, on_signal) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
}

bool interrupted() noexcept { return flag != 0; }

RunOptions stoppable(RunOptions options) {
  options.progress = [told = std::move(options.progress)](Time t) {
    return !interrupted() && (!told || told(t));
  };
  return options;
}

}  // namespace retrograde

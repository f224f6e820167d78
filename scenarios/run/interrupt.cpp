#include <csignal>
#include <utility>

#include <retrograde/scenarios/run/interrupt.hpp>

namespace retrograde {

namespace {

volatile std::sig_atomic_t flag = 0;

void on_signal(int) { flag = 1; }

// The second signal of a kind ends the process. The system takes the handler away: nothing that a
// handler would call for it touches errno, which whoever was interrupted may be about to read.
void catch_once(int signal) {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART | SA_RESETHAND;
  sigaction(signal, &action, nullptr);
}

}  // namespace

void catch_interrupts() {
  catch_once(SIGINT);
  catch_once(SIGTERM);
  // A closing terminal says so more than once: by its shell and by the system.
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

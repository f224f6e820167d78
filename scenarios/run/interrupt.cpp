#include <atomic>
#include <csignal>
#include <utility>

#include <retrograde/scenarios/run/interrupt.hpp>

namespace retrograde {

namespace {

// Atomic, since whichever thread the signal comes to sets it and all look at it; and lock-free, or a
// handler must not touch it.
std::atomic<bool> flag = false;
static_assert(std::atomic<bool>::is_always_lock_free);

void on_signal(int) { flag.store(true, std::memory_order_relaxed); }

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

bool interrupted() noexcept { return flag.load(std::memory_order_relaxed); }

void interrupt(bool now) noexcept { flag.store(now, std::memory_order_relaxed); }

RunOptions stoppable(RunOptions options) {
  options.progress = [told = std::move(options.progress)](Time t) {
    return !interrupted() && (!told || told(t));
  };
  return options;
}

}  // namespace retrograde

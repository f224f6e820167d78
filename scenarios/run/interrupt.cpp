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

// Of what this thread does; null: none.
thread_local const std::atomic<bool>* own = nullptr;

bool says_so(const std::atomic<bool>* of) { return of && of->load(std::memory_order_relaxed); }

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

bool interrupted() noexcept { return says_so(&flag) || says_so(own); }

std::function<bool()> interruption() {
  return [mine = own] { return says_so(&flag) || says_so(mine); };
}

AlsoInterruptedBy::AlsoInterruptedBy(const std::atomic<bool>& flag) noexcept : before_(own) {
  own = &flag;
}

AlsoInterruptedBy::~AlsoInterruptedBy() { own = before_; }

RunOptions stoppable(RunOptions options) {
  // Runs are on other threads than whoever makes them stoppable.
  options.progress = [told = std::move(options.progress), stopped = interruption()](Time t) {
    return !stopped() && (!told || told(t));
  };
  return options;
}

}  // namespace retrograde

// Ctrl-C, a terminal that closes, a kill: the first asks the program to finish what it is at and
// save, a second Ctrl-C or kill ends it at once.
#pragma once

#include <atomic>
#include <functional>

#include <retrograde/engine/machine.hpp>

namespace retrograde {

// Installs the handler for SIGINT, SIGTERM and SIGHUP; not for a SIGHUP that whoever started the
// program told it to ignore (nohup). A pipe that nobody reads any more ends nothing either: writing
// to it is an error like others (EPIPE). Idempotent.
void catch_interrupts();
// Has a signal arrived since then? Or is what this thread does to end (AlsoInterruptedBy)?
bool interrupted() noexcept;

// The same, to be asked on other threads of what this one does.
std::function<bool()> interruption();

// As long as it is there, what this thread does, and the runs that it makes stoppable, also end when the flag,
// which outlives it, says so: in a program that does several things at once, or has handlers of its own.
class AlsoInterruptedBy {
 public:
  explicit AlsoInterruptedBy(const std::atomic<bool>& flag) noexcept;
  ~AlsoInterruptedBy();
  AlsoInterruptedBy(const AlsoInterruptedBy&) = delete;
  AlsoInterruptedBy& operator=(const AlsoInterruptedBy&) = delete;

 private:
  const std::atomic<bool>* const before_;
};

// The options of a run that such a signal ends within the trial: nobody needs half of it.
RunOptions stoppable(RunOptions options);

}  // namespace retrograde

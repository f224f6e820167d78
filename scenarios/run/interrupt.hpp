// Ctrl-C, a terminal that closes, a kill: the first asks the program to finish what it is at and
// save, a second Ctrl-C or kill ends it at once.
#pragma once

#include <retrograde/engine/machine.hpp>

namespace retrograde {

// Installs the handler for SIGINT, SIGTERM and SIGHUP; not for a SIGHUP that whoever started the
// program told it to ignore (nohup). A pipe that nobody reads any more ends nothing either: writing
// to it is an error like others (EPIPE). Idempotent.
void catch_interrupts();
// Has a signal arrived since then?
bool interrupted() noexcept;

// Says that one has, as a program does that has handlers of its own; or that it is dealt with.
void interrupt(bool now) noexcept;

// The options of a run that such a signal ends within the trial: nobody needs half of it.
RunOptions stoppable(RunOptions options);

}  // namespace retrograde

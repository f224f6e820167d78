// Ctrl-C, a terminal that closes, a kill: the first asks the program to finish what it is at and
// save, a second Ctrl-C or kill ends it at once.
#pragma once

namespace retrograde {

// Installs the handler for SIGINT, SIGTERM and SIGHUP; not for a SIGHUP that whoever started the
// program told it to ignore (nohup). A pipe that nobody reads any more ends nothing either: writing
// to it is an error like others (EPIPE). Idempotent.
void catch_interrupts();
// Has a signal arrived since then?
bool interrupted() noexcept;

}  // namespace retrograde

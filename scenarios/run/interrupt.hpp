// Ctrl-C: the first one asks the program to finish what it is at and save, the second one ends it
// at once.
#pragma once

namespace retrograde {

// Installs the handler for SIGINT and SIGTERM. Idempotent.
void catch_interrupts();
// Has a signal arrived since then?
bool interrupted() noexcept;

}  // namespace retrograde

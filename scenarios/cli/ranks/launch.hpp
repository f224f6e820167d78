// Whether this process was started alone or with others of its kind, by mpirun or srun, and what
// joins them.
#pragma once

#include <memory>
#include <string>

#include <retrograde/engine/ranks/ranks.hpp>

namespace retrograde::cli {

// Ranks that were joined, and how they part.
class JoinedRanks : public Ranks {
 public:
  // The last call. The leader lets the others go where they are at rest, and ends them otherwise;
  // `status` is the program's.
  virtual void leave(int status) = 0;
};

// Those that were started with this process; null: it is alone. Throws UsageError where several were
// started and nothing joins them, since each would do the same: this program is built without MPI, or
// its launcher speaks another language.
std::unique_ptr<JoinedRanks> join_ranks();

// Whether this process is the one of its launch that should complain when nothing joins them.
bool first_of_launch();

// "Open MPI v4.1.4", or "no MPI".
std::string mpi_text();

}  // namespace retrograde::cli

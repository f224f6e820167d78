// Ranks that MPI joins. mpi.h is included in mpi_ranks.cpp and nowhere else; a build without MPI has
// without_mpi.cpp in its place.
#pragma once

#include <memory>

#include <retrograde/scenarios/cli/ranks/launch.hpp>

namespace retrograde::cli {

// All processes that MPI knows of, one or more; null: this program is built without MPI.
std::unique_ptr<JoinedRanks> join_by_mpi();

}  // namespace retrograde::cli

// For builds that have no MPI (CMakeLists.txt).
#include <retrograde/scenarios/cli/ranks/mpi_ranks.hpp>

namespace retrograde::cli {

std::unique_ptr<JoinedRanks> join_by_mpi() { return nullptr; }

std::string mpi_text() { return "no MPI"; }

}  // namespace retrograde::cli

#include <array>
#include <cstdlib>
#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/ranks/launch.hpp>
#include <retrograde/scenarios/cli/ranks/mpi_ranks.hpp>

namespace retrograde::cli {

namespace {

// How launchers tell a process about itself: Open MPI's mpirun; MPICH, Intel MPI and PMI of Slurm;
// srun, which says so without any MPI too.
struct Launcher {
  const char *size, *rank, *remedy;
};
constexpr std::array<Launcher, 3> launchers = {{
    {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK",
     "take the mpirun of the MPI that retro is built with (retro version)"},
    {"PMI_SIZE", "PMI_RANK", "take the mpirun of the MPI that retro is built with (retro version)"},
    {"SLURM_STEP_NUM_TASKS", "SLURM_PROCID",
     "start it by srun --mpi=pmix (srun --mpi=list says what there is)"},
}};

long number(const char* variable) {
  const char* text = std::getenv(variable);
  return text ? std::strtol(text, nullptr, 10) : 0;
}

// The one that started several; null: none did.
const Launcher* launcher() {
  for (const Launcher& one : launchers)
    if (number(one.size) > 1) return &one;
  return nullptr;
}

}  // namespace

bool first_of_launch() {
  const Launcher* const one = launcher();
  return !one || number(one->rank) == 0;
}

std::unique_ptr<JoinedRanks> join_ranks() {
  const Launcher* const one = launcher();
  if (!one) return nullptr;
  const long count = number(one->size);
  std::unique_ptr<JoinedRanks> ranks = join_by_mpi();
  if (!ranks)
    throw UsageError(fmt::format(
        "{} copies of retro were started together, and this one is built without MPI: each would "
        "do "
        "the same. Install MPI (Debian: libopenmpi-dev, openmpi-bin) and configure the build anew "
        "(cmake --fresh --preset release, or remove build/release and call ./retro), or start one "
        "process, whose threads use all cores",
        count));
  if (ranks->size() > 1) return ranks;
  throw UsageError(
      fmt::format("{} copies of retro were started together, and none of them knows of the others: "
                  "each would do the same; {}",
                  count, one->remedy));
}

}  // namespace retrograde::cli

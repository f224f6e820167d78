// A rank that serves the leader: it makes its share of whatever it is asked for, until it is asked
// for something else.
#pragma once

#include <retrograde/adjoint/ranks/request.hpp>
#include <retrograde/adjoint/ranks/shared_task.hpp>
#include <retrograde/engine/ranks/ranks.hpp>

namespace retrograde {

// Serves gradients and judgements of a task; returns the first request that is another. What trials
// throw goes to the leader; throws what the way to other ranks throws, and std::bad_alloc.
Request serve(Ranks& ranks, const SharedTask& task);

}  // namespace retrograde

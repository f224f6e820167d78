// The same work on many things that do not depend on each other, on threads (TBB). Which thread does
// what never shows in a result, because each call writes only its own place and sums are taken
// afterwards, in order.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>
#include <utility>
#include <vector>

namespace retrograde {

// Whether this thread is at work in for_each_trial: what it would share with others has none left to
// share it with.
inline thread_local bool shares_already = false;

// How many threads a piece of work may have that begins here.
inline std::size_t threads_to_share() {
  using tbb::global_control;
  if (shares_already) return 1;
  return std::min(static_cast<std::size_t>(tbb::this_task_arena::max_concurrency()),
                  global_control::active_value(global_control::max_allowed_parallelism));
}

// Calls body(k) for k = 0 .. count - 1, in parallel. If calls throw, the exception of the smallest
// k is rethrown, whichever came first in time, so that errors are deterministic as well.
template <typename Body>
void for_each_trial(std::size_t count, const Body& body) {
  std::vector<std::exception_ptr> errors(count);
  std::atomic<bool> failed{false};
  tbb::parallel_for(
      tbb::blocked_range<std::size_t>(0, count, 1),
      [&](const tbb::blocked_range<std::size_t>& range) {
        const bool outer = std::exchange(shares_already, count > 1 || shares_already);
        for (std::size_t k = range.begin(); k < range.end(); ++k) {
          try {
            body(k);
          } catch (...) {
            errors[k] = std::current_exception();
            failed = true;
          }
        }
        shares_already = outer;
      },
      tbb::simple_partitioner());
  if (!failed) return;
  for (const std::exception_ptr& error : errors)
    if (error) std::rethrow_exception(error);
}

// Calls body(from, to) for parts of [begin, end) that together are all of it, in any order, on
// threads if it is long.
template <typename Body>
void for_each_stretch(std::size_t begin, std::size_t end, const Body& body) {
  tbb::parallel_for(
      tbb::blocked_range<std::size_t>(begin, end, 32768),
      [&](const tbb::blocked_range<std::size_t>& range) { body(range.begin(), range.end()); });
}

// Calls body(k) for k = begin .. end - 1 in any order, on threads if there are many.
template <typename Body>
void for_each_part(std::size_t begin, std::size_t end, const Body& body) {
  for_each_stretch(begin, end, [&](std::size_t from, std::size_t to) {
    for (std::size_t k = from; k < to; ++k) body(k);
  });
}

}  // namespace retrograde

// The same work on many things that do not depend on each other, on threads (TBB). Which thread does
// what never shows in a result, because each call writes only its own place and sums are taken
// afterwards, in order.
#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <vector>

namespace retrograde {

// Calls body(k) for k = 0 .. count - 1, in parallel. If calls throw, the exception of the smallest
// k is rethrown, whichever came first in time, so that errors are deterministic as well.
template <typename Body>
void for_each_trial(std::size_t count, const Body& body) {
  std::vector<std::exception_ptr> errors(count);
  std::atomic<bool> failed{false};
  tbb::parallel_for(
      tbb::blocked_range<std::size_t>(0, count, 1),
      [&](const tbb::blocked_range<std::size_t>& range) {
        for (std::size_t k = range.begin(); k < range.end(); ++k) {
          try {
            body(k);
          } catch (...) {
            errors[k] = std::current_exception();
            failed = true;
          }
        }
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

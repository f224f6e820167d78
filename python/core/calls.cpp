#include "calls.hpp"

#include <chrono>
#include <condition_variable>
#include <nanobind/nanobind.h>
#include <thread>

namespace retrograde::python {

namespace nb = nanobind;

namespace {

constexpr auto patience = std::chrono::milliseconds(50);

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::uint64_t this_thread() { return std::hash<std::thread::id>()(std::this_thread::get_id()); }

}  // namespace

void Stop::end_with_current_exception() {
  const std::lock_guard lock(mutex_);
  if (!reason_) reason_ = std::current_exception();
  stopped_ = true;
}

void Stop::look_for_signals() {
  const nb::gil_scoped_acquire locked;
  if (PyErr_CheckSignals() == 0) return;
  try {
    nb::raise_python_error();
  } catch (...) {
    end_with_current_exception();
  }
}

bool Stop::go_on() {
  if (stopped_) return false;
  if (caller_ != this_thread()) return true;
  const std::int64_t t = now();
  if (t - looked_ < std::chrono::nanoseconds(patience).count()) return true;
  looked_ = t;
  look_for_signals();
  return !stopped_;
}

void Stop::rethrow() {
  if (reason_) std::rethrow_exception(reason_);
}

void call(const std::function<void(Stop&)>& work) {
  Stop stop;
  stop.caller_ = this_thread();
  stop.looked_ = now();
  std::exception_ptr error;
  {
    const nb::gil_scoped_release released;
    try {
      work(stop);
    } catch (...) {
      error = std::current_exception();
    }
  }
  stop.rethrow();
  if (error) std::rethrow_exception(error);
}

void call_aside(const std::function<void(Stop&)>& work, const std::function<void()>& when_stopped) {
  Stop stop;
  std::exception_ptr error;
  {
    const nb::gil_scoped_release released;
    std::mutex mutex;
    std::condition_variable ended;
    bool done = false;
    std::thread worker([&] {
      try {
        work(stop);
      } catch (...) {
        error = std::current_exception();
      }
      const std::lock_guard lock(mutex);
      done = true;
      ended.notify_one();
    });
    std::unique_lock lock(mutex);
    while (!ended.wait_for(lock, patience, [&] { return done; })) {
      lock.unlock();
      const bool before = stop.stopped_;
      if (!before) stop.look_for_signals();
      if (!before && stop.stopped_ && when_stopped) when_stopped();
      lock.lock();
    }
    lock.unlock();
    worker.join();
  }
  stop.rethrow();
  if (error) std::rethrow_exception(error);
}

}  // namespace retrograde::python

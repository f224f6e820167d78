// Calls that take time: other threads of Python run meanwhile, and Ctrl-C ends them.
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <mutex>

#include <retrograde/events/time.hpp>

namespace retrograde::python {

// What a call is told by: given to those who work, on any thread.
class Stop {
 public:
  // Whether to go on. In the thread that Python called it also looks, now and then, for a signal.
  bool go_on();
  std::function<bool(Time)> progress() {
    return [this](Time) { return go_on(); };
  }
  // Ends the call, which then throws what is the current exception.
  void end_with_current_exception();

 private:
  friend void call(const std::function<void(Stop&)>& work);
  friend void call_aside(const std::function<void(Stop&)>& work,
                         const std::function<void()>& when_stopped);
  void look_for_signals();
  void rethrow();

  std::atomic<bool> stopped_ = false;
  std::exception_ptr reason_;  // why
  std::mutex mutex_;
  std::atomic<std::int64_t> looked_ = 0;  // ns
  std::atomic<std::uint64_t> caller_ = 0;
};

// Runs `work` in this thread, without the lock of the interpreter.
void call(const std::function<void(Stop&)>& work);

// The same in a thread of its own, while this one waits for it and for Ctrl-C, after which
// `when_stopped` is called: for what many threads do, of which this one may have nothing left to do.
void call_aside(const std::function<void(Stop&)>& work,
                const std::function<void()>& when_stopped = {});

}  // namespace retrograde::python

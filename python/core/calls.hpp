// Calls that take time: other threads of Python run meanwhile, and Ctrl-C ends them.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include <retrograde/events/time.hpp>

namespace retrograde::python {

// What a call is told by: given to those who work, on any thread.
class Stop {
 public:
  // Whether to go on. Where the thread that Python called does the work it also looks, now and then,
  // for Ctrl-C.
  bool go_on();
  std::function<bool(Time)> progress() {
    return [this](Time) { return go_on(); };
  }
  // Does something in the thread that Python called, with the lock of the interpreter: what a user
  // gave to be called. What it throws ends the call, which throws the same.
  void ask(const std::function<void()>& action);
  // Whether it was stopped.
  const std::atomic<bool>& flag() const { return stopped_; }

 private:
  friend void call(const std::function<void(Stop&)>& work);
  friend void call_here(const std::function<void(Stop&)>& work);
  void wait();
  void look_for_signals();
  void end_with_current_exception();
  void do_asked();

  std::atomic<bool> stopped_ = false;
  std::exception_ptr reason_;  // why
  std::mutex mutex_;
  std::condition_variable told_;
  bool done_ = false;
  const std::function<void()>* asked_ = nullptr;
  std::thread::id worker_ = {};  // the thread that Python called, if it does the work
  std::chrono::steady_clock::time_point looked_ = {};
};

// Runs `work` in another thread (helper.hpp), without the lock of the interpreter, while this one waits for it
// and for Ctrl-C. Whoever works stops soon after go_on() says so, by Interrupted or by coming to an end.
void call(const std::function<void(Stop&)>& work);

// Stops all calls, of all threads, and waits for their ends; there are none after that. For the end of Python.
void end_calls();

// The same in this thread: for what is short, or done by one thread alone, which asks nobody.
void call_here(const std::function<void(Stop&)>& work);

}  // namespace retrograde::python

// Threads that do the work of calls (calls.hpp) and stay for the next one: TBB keeps an arena of every thread
// that it ever worked for, even of those that are gone, and is slower with each. There are as many as calls
// have been under way at once, and none of them in a process that was forked.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

namespace retrograde::python {

class Helper {
 public:
  // One that is idle, or a new one. It is given back by `finish`.
  static Helper& take();
  // Begins with the work, which throws nothing.
  void start(std::function<void()> work);
  // Waits for its end.
  void finish();

 private:
  Helper();
  void serve();

  std::mutex mutex_;
  std::condition_variable told_;
  std::function<void()> work_;  // none: idle
};

}  // namespace retrograde::python

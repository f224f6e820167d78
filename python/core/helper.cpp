#include "helper.hpp"

#include <pthread.h>
#include <thread>
#include <utility>
#include <vector>

namespace retrograde::python {

namespace {

// Never destroyed: helpers wait for work as long as the process lasts.
struct Idle {
  std::mutex mutex;
  std::vector<Helper*> helpers;
};

Idle& idle() {
  static auto* const all = new Idle;
  return *all;
}

// A child has the list and none of the threads.
void watch_forks() {
  pthread_atfork([] { idle().mutex.lock(); }, [] { idle().mutex.unlock(); },
                 [] {
                   idle().helpers.clear();
                   idle().mutex.unlock();
                 });
}

}  // namespace

Helper::Helper() {
  std::thread([this] { serve(); }).detach();
}

Helper& Helper::take() {
  static const bool watched = (watch_forks(), true);
  static_cast<void>(watched);
  const std::lock_guard lock(idle().mutex);
  if (idle().helpers.empty()) return *new Helper;
  Helper& helper = *idle().helpers.back();
  idle().helpers.pop_back();
  return helper;
}

void Helper::start(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  work_ = std::move(work);
  told_.notify_all();
}

void Helper::finish() {
  {
    std::unique_lock lock(mutex_);
    told_.wait(lock, [&] { return !work_; });
  }
  const std::lock_guard lock(idle().mutex);
  idle().helpers.push_back(this);
}

void Helper::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    told_.wait(lock, [&] { return static_cast<bool>(work_); });
    lock.unlock();
    work_();
    lock.lock();
    work_ = nullptr;
    told_.notify_all();
  }
}

}  // namespace retrograde::python

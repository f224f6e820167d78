#include "calls.hpp"

#include <nanobind/nanobind.h>
#include <pthread.h>

#include <retrograde/events/error.hpp>

#include "helper.hpp"

namespace retrograde::python {

namespace nb = nanobind;

namespace {

constexpr auto patience = std::chrono::milliseconds(20);

// Calls that are under way. When Python ends they have to be over: a thread that asks for the lock of the
// interpreter after that is ended by force, and the process with it.
struct Active {
  std::mutex mutex;
  std::condition_variable less;
  int calls = 0;
  std::atomic<bool> ending = false;
};

Active& active() {
  static auto* const all = new Active;
  return *all;
}

// In a child there are none of the calls of other threads.
void watch_forks() {
  static const int watched =
      pthread_atfork([] { active().mutex.lock(); }, [] { active().mutex.unlock(); },
                     [] {
                       active().calls = 0;
                       active().mutex.unlock();
                     });
  static_cast<void>(watched);
}

class Entered {
 public:
  Entered() {
    watch_forks();
    const std::lock_guard lock(active().mutex);
    if (active().ending) throw Interrupted("Python ends");
    ++active().calls;
  }
  ~Entered() {
    const std::lock_guard lock(active().mutex);
    --active().calls;
    active().less.notify_all();
  }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;
};

}  // namespace

void end_calls() {
  const nb::gil_scoped_release released;
  std::unique_lock lock(active().mutex);
  active().ending = true;
  active().less.wait(lock, [] { return active().calls <= 0; });
}

bool Stop::go_on() {
  if (active().ending) stopped_ = true;
  if (!stopped_ && worker_ == std::this_thread::get_id()) {
    const auto now = std::chrono::steady_clock::now();
    if (now - looked_ > patience) {
      looked_ = now;
      look_for_signals();
    }
  }
  return !stopped_;
}

void Stop::ask(const std::function<void()>& action) {
  std::unique_lock lock(mutex_);
  told_.wait(lock, [&] { return asked_ == nullptr; });  // of another thread
  if (stopped_) return;
  asked_ = &action;
  told_.notify_all();
  told_.wait(lock, [&] { return asked_ != &action; });
}

void Stop::end_with_current_exception() {
  if (!reason_) reason_ = std::current_exception();
  stopped_ = true;
}

void Stop::look_for_signals() {
  const nb::gil_scoped_acquire locked;
  try {
    if (PyErr_CheckSignals() != 0) nb::raise_python_error();
  } catch (...) {
    end_with_current_exception();
  }
}

void Stop::do_asked() {
  const nb::gil_scoped_acquire locked;
  try {
    (*asked_)();
  } catch (...) {
    end_with_current_exception();
  }
}

void Stop::wait() {
  std::unique_lock lock(mutex_);
  while (!done_) {
    const bool woken = told_.wait_for(lock, patience, [&] { return done_ || asked_ != nullptr; });
    if (done_) return;
    lock.unlock();
    if (woken)
      do_asked();
    else if (!stopped_)
      look_for_signals();
    if (active().ending) stopped_ = true;
    lock.lock();
    if (!woken) continue;
    asked_ = nullptr;
    told_.notify_all();
  }
}

void call(const std::function<void(Stop&)>& work) {
  const Entered entered;
  Stop stop;
  std::exception_ptr error;
  {
    const nb::gil_scoped_release released;
    Helper& helper = Helper::take();
    helper.start([&] {
      try {
        work(stop);
      } catch (...) {
        error = std::current_exception();
      }
      const std::lock_guard lock(stop.mutex_);
      stop.done_ = true;
      stop.told_.notify_all();
    });
    stop.wait();
    helper.finish();
  }
  if (stop.reason_) std::rethrow_exception(stop.reason_);
  if (error) std::rethrow_exception(error);
}

void call_here(const std::function<void(Stop&)>& work) {
  const Entered entered;
  Stop stop;
  stop.worker_ = std::this_thread::get_id();
  stop.looked_ = std::chrono::steady_clock::now();
  std::exception_ptr error;
  {
    const nb::gil_scoped_release released;
    try {
      work(stop);
    } catch (...) {
      error = std::current_exception();
    }
  }
  if (stop.reason_) std::rethrow_exception(stop.reason_);
  if (error) std::rethrow_exception(error);
}

}  // namespace retrograde::python

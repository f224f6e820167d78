// A stop of one piece of work is nobody else's, on whatever thread its runs are.
#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <thread>

#include <retrograde/scenarios/run/interrupt.hpp>

using namespace retrograde;

namespace {

// What a question is answered on another thread.
bool elsewhere(const std::function<bool()>& asked) {
  bool answer = false;
  std::thread([&] { answer = asked(); }).join();
  return answer;
}

}  // namespace

TEST_CASE("what one thread does is stopped by its own flag, wherever its runs are") {
  std::atomic<bool> first = false, second = false;
  {
    const AlsoInterruptedBy by(first);
    int asked = 0;
    RunOptions counting;
    counting.progress = [&](Time) { return ++asked > 0; };
    const RunOptions run = stoppable(counting);
    const std::function<bool()> stopped = interruption();
    CHECK_FALSE(interrupted());
    CHECK(elsewhere([&] { return run.progress(1.0); }));
    first = true;
    CHECK(interrupted());
    CHECK(elsewhere(stopped));
    CHECK_FALSE(elsewhere([&] { return run.progress(1.0); }));
    CHECK(asked == 1);
    // Another thread does something else.
    CHECK_FALSE(elsewhere([] { return interrupted(); }));
    {
      const AlsoInterruptedBy within(second);
      CHECK_FALSE(interrupted());
      second = true;
      CHECK(interrupted());
      second = false;
    }
    CHECK(interrupted());
  }
  CHECK_FALSE(interrupted());
}

#include <utility>

#include <retrograde/engine/front.hpp>

namespace retrograde {

std::vector<Tape> run(const Network& network, std::span<const Trial> trials,
                      const RunOptions& options, Scheduler scheduler) {
  std::vector<Tape> tapes(trials.size());
  make_machine(network, scheduler)
      ->run_all(
          trials.size(), [&](std::size_t k) { return trials[k]; }, options,
          [&](std::size_t k, Tape tape) { tapes[k] = std::move(tape); });
  return tapes;
}

}  // namespace retrograde

#include <algorithm>
#include <string_view>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/diagnose/capture_diff.hpp>
#include <retrograde/scenarios/exchange/trace_file.hpp>

#include "tests/fuzz/targets.hpp"

namespace retrograde::fuzz {

void trace(std::span<const std::uint8_t> bytes) {
  TraceFile accepted;
  try {
    accepted = parse_trace({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, "fuzz.csv",
                           {}, {.rows = 100'000, .neurons = 100'000, .values = 1'000'000});
  } catch (const Error&) {
    return;
  }
  if (!accepted.steps) {
    for (const SpikeTrains::Population& p : accepted.spikes.populations)
      for (const auto& times : p.neurons)
        if (times && !std::is_sorted(times->begin(), times->end()))
          throw InternalError("the spikes of an accepted trace are not in order");
    return;
  }
  const loihi2::Capture& capture = *accepted.steps;
  for (const loihi2::CapturedPopulation& p : capture.populations) {
    if (p.begin >= p.end || p.end > capture.steps)
      throw InternalError("a population of an accepted trace does not run");
    for (const loihi2::CapturedNeuron& n : p.neurons)
      for (const auto* list : {&n.messages, &n.u, &n.v})
        if (!list->empty() && list->size() != capture.steps)
          throw InternalError("a register of an accepted trace has not its steps");
  }
  try {
    if (loihi2::compare({capture}, {capture}).first)
      throw InternalError("an accepted trace differs from itself");
  } catch (const NetworkError&) {  // nothing in it is known
  }
}

}  // namespace retrograde::fuzz

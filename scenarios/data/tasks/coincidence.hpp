// Coincidence at a distance: which input repeats which? Three inputs fire `spikes` times each. In
// class k input k fires at random times, input k + 1 (after the last the first) at the same times
// `lag` later, each moved by an offset that is uniform in [-jitter, jitter), and the third at random
// times of its own. Times are uniform between t_early and t_late; a repetition beyond t_late comes
// from t_early on instead. So each input alone is the same in every class: as many spikes, each at a
// uniform time. Only pairs of inputs tell.
//
// With lag = 0 the class is which two inputs fire together. With a lag beyond a network's time
// constants they never do, unless the first is held up on its way as long.
//
// Coincidence is one of the codes of Yu, Sun, Akarca and Goodman, "Beyond Rate Coding"
// (arXiv:2507.16043), there of groups of inputs without a lag; the set is our own.
#pragma once

#include <retrograde/scenarios/data/tasks/generated_task.hpp>

namespace retrograde {

struct CoincidenceTask {
  std::uint32_t spikes = 6;
  Time lag = 20.0, jitter = 1.0;  // ms
};

// Three inputs, from encoding.first on. Throws ScenarioError for no spikes, and for a lag and jitter
// that are not between 0 and half the window.
Dataset load_coincidence(const LatencyEncoding& encoding, const CoincidenceTask& task,
                         const TaskParts& parts = {});

// kind = "coincidence" of [data].
DataKind coincidence_kind();

}  // namespace retrograde

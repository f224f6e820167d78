// Interval discrimination: one input fires twice, and the class is the time between the two spikes:
// `classes` intervals, evenly from `shortest` to `longest`, each trial's moved by an offset that is
// uniform in [-jitter, jitter). The middle between the spikes is uniform over the same stretch in
// every class, such that both lie between t_early and t_late. So when the spikes come says next to
// nothing, and how many come says nothing at all.
//
// Between spikes further apart than a network's time constants nothing is left of the first one when
// the second comes, and whatever is added up over the trial is the same in all classes, unless the
// first is held up on its way.
//
// Inter-spike intervals are one of the codes of Yu, Sun, Akarca and Goodman, "Beyond Rate Coding"
// (arXiv:2507.16043); the set is our own.
#pragma once

#include <retrograde/scenarios/data/tasks/generated_task.hpp>

namespace retrograde {

struct IntervalTask {
  std::uint32_t classes = 4;
  Time shortest = 20.0, longest = 50.0, jitter = 1.0;  // ms
};

// One input, encoding.first. Throws ScenarioError for fewer than 2 classes, for intervals that are
// not 0 < shortest < longest, for a jitter with which neighbours meet, and for a window without room.
Dataset load_interval(const LatencyEncoding& encoding, const IntervalTask& task,
                      const TaskParts& parts = {});

// kind = "interval" of [data].
DataKind interval_kind();

}  // namespace retrograde

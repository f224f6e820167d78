// Polychrony: patterns of spikes over several inputs that differ in relative times alone. A class is
// an order of the inputs, drawn once: in its pattern every input fires once, at one of as many places
// that lie evenly over `span`, each place taken by one input. A trial is one pattern, begun at a
// time that is uniform, such that all of it lies between t_early and t_late, with every spike moved
// by an offset of its own, uniform in [-jitter, jitter). So every class has the same spikes at the
// same times, and each input fires once: the class is which input fires when the others do.
//
// Places further apart than a network's time constants never meet, unless delays bring them together:
// the polychronous groups of Izhikevich (Neural Computation 18, 2006). After the polychrony task of
// Yu, Sun, Akarca and Goodman, "Beyond Rate Coding" (arXiv:2507.16043), where the class is the
// interval between pairs of inputs; the set is our own.
#pragma once

#include <vector>

#include <retrograde/scenarios/data/tasks/generated_task.hpp>

namespace retrograde {

struct PolychronyTask {
  std::uint32_t classes = 4, channels = 6;
  Time span = 50.0, jitter = 1.0;  // ms
};

// Per class and input the place at which it fires, 0 .. channels - 1; no two classes are alike.
std::vector<std::vector<std::uint32_t>> polychrony_patterns(const PolychronyTask& task);

// As many inputs as channels, from encoding.first on. Throws ScenarioError for fewer than 2 classes
// or channels, for more classes than orders, for a jitter with which places meet, and for a window
// without room.
Dataset load_polychrony(const LatencyEncoding& encoding, const PolychronyTask& task,
                        const TaskParts& parts = {});

// kind = "polychrony" of [data].
DataKind polychrony_kind();

}  // namespace retrograde

// Sequence detection: which of two inputs fires first. Class 0: input 0 at t_early, input 1 at
// t_late; class 1: the other way round. The two examples are the whole set, to train with and to
// test with. Since both have the same spikes on the same scale, a readout that adds up weighted
// inputs tells them apart only through the delays of its synapses.
//
// Reference: Meszaros, Knight, Nowotny, "Efficient event-based delay learning in spiking neural
// networks", Nature Communications 2025.
#pragma once

#include <retrograde/scenarios/data/data_kind.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/data/encoding.hpp>

namespace retrograde {

// Two inputs, from encoding.first on. Throws ScenarioError for an encoding that cannot be.
Dataset load_sequence_detection(const LatencyEncoding& encoding);

// kind = "sequence_detection" of [data].
DataKind sequence_detection_kind();

}  // namespace retrograde

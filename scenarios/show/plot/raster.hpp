// The picture of one trial: spikes of every population and the voltages that were probed.
#pragma once

#include <string>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/probe.hpp>
#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/scenarios/read/timeline/timeline_spec.hpp>
#include <retrograde/scenarios/show/plot/charts.hpp>

namespace retrograde {

Raster raster_of(const Network& network, const Tape& tape, const std::vector<Probe>& probes,
                 const std::vector<Recording>& recordings, std::string title);

// What happens in the trial, where it begins and ends within its duration (ms).
std::vector<Raster::Mark> marks_of(const TimelineSpec& timeline, Time duration);

}  // namespace retrograde

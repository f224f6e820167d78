// The picture of one trial: spikes of every population and the voltages that were probed.
#pragma once

#include <string>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/probe.hpp>
#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/scenarios/show/plot/charts.hpp>

namespace retrograde {

Raster raster_of(const Network& network, const Tape& tape, const std::vector<Probe>& probes,
                 const std::vector<Recording>& recordings, std::string title);

}  // namespace retrograde

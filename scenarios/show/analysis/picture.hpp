// What `retro analyse` found, as pictures.
#pragma once

#include <string>
#include <vector>

#include <retrograde/scenarios/run/analysis/analysis.hpp>

namespace retrograde {

// Of a projection, the maps of up to four neurons, from the most clustered one to the least, those
// without an I only where fewer than four have one: after training, if there was any, and each before
// it beside that.
std::vector<std::vector<std::string>> map_charts(const ProjectionAnalysis& projection, Time step);

// All of them. An <svg> of its own.
std::string analysis_picture(const Analysis& analysis);

}  // namespace retrograde

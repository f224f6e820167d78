// What `retro margins` found, as a picture.
#pragma once

#include <string>

#include <retrograde/scenarios/run/margins/margins.hpp>

namespace retrograde {

// The share of trials that are proven against the radius, beside how close spikes and silences of each
// layer are to being something else. An <svg> of its own.
std::string margins_picture(const std::string& name, const Margins& margins);

}  // namespace retrograde

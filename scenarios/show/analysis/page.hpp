// What `retro analyse` found, as a page.
#pragma once

#include <string>

#include <retrograde/scenarios/run/analysis/analysis.hpp>
#include <retrograde/scenarios/run/folder/call.hpp>
#include <retrograde/scenarios/run/trained.hpp>

namespace retrograde {

// `call`: that made it.
std::string analysis_page(const Trained& trained, const Analysis& analysis, const Call& call);

}  // namespace retrograde

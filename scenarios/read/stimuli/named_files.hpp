// Whether a scenario names files beside it, such as spikes, which a copy of it elsewhere would miss.
#pragma once

#include <toml++/toml.h>

namespace retrograde {

// Whether any table of a population, projection or trial has `path` or `file`.
bool names_files(const toml::table& document);

}  // namespace retrograde

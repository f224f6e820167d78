// What a call reads, which none replaces by what it writes: replacing a file with what was made of it loses it.
#pragma once

#include <string>
#include <vector>

#include <retrograde/scenarios/read/scenario.hpp>

namespace retrograde {

// Files and folders that a scenario reads, and the data that a run folder remembers, if any
// (Trained::data_path). Its own file, which is in memory alone for some, is not among them.
std::vector<std::string> inputs_of(const Scenario& scenario, const std::string& data_path = {});

// Throws UsageError where `path` is the file `input`, or one that may be read of the folder `input`: a run's
// state, or samples and lists of a data set. `option`: which names what is written.
void refuse_input(const std::string& path, const char* option, const std::string& input);

}  // namespace retrograde

// kind = "recordings" and kind = "spoken_digits" of [data]: sound that is made into spikes on its first
// use and kept (cache.hpp). Both have the keys of the front end (front_end_keys) and those of any set of
// events (event_kinds.hpp).
#pragma once

#include <string>
#include <vector>

#include <retrograde/scenarios/data/audio/front_end.hpp>
#include <retrograde/scenarios/data/data_kind.hpp>

namespace retrograde {

// channels, lowest, highest, sharpness, gain, adaptation, keep_silence.
std::vector<std::string> front_end_keys();
// Throws ScenarioError.
FrontEnd read_front_end(TomlTable& table);

DataKind recordings_kind();
DataKind spoken_digits_kind();

}  // namespace retrograde

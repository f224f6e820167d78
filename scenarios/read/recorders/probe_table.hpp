// [[probe]]: whose state a run takes down, what of it, and when (engine/trial/probe.hpp).
#pragma once

#include <cstdint>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/probe.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>

namespace retrograde {

// `most` samples are taken by all probes together; `left`: how many of these are, before it and then
// after it. Throws ScenarioError.
Probe read_probe(TomlTable table, const Network& network, Time duration, std::uint64_t most,
                 std::uint64_t& left);

}  // namespace retrograde

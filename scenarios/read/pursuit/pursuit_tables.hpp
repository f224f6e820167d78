// The tables of a scenario of sparse coding, [data] to [attack], as values.
#pragma once

#include <cstdint>

#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/pursuit/pursuit_spec.hpp>

namespace retrograde {

// Whether a document is of sparse coding.
bool is_pursuit(const toml::table& document);

// All tables but [scenario] and [study]; `seed` is the scenario's. Throws ScenarioError: unknown keys,
// values out of range, keys that do not apply or would change nothing, tables of spiking networks.
PursuitSpec read_pursuit(TomlTable& root, std::uint64_t seed);

// Its parts, for read_pursuit: where signals come from, and what they are coded by.
SignalsSpec read_signals(TomlTable table);
DictionarySpec read_dictionary(TomlTable table, const SignalsSpec& data, std::uint64_t seed);
// How it is put on the chip.
loihi2::ChipLcaOptions read_pursuit_chip(TomlTable table);

}  // namespace retrograde

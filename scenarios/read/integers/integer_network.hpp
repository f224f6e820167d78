// [network] whose file is of integers, netX or a chip file: a network that is on the chip already,
// and has no real values to be trained or run exactly. Its engine network is a shape without
// synapses: names, sizes, who is read, and where the data go.
#pragma once

#include <optional>
#include <string>

#include <retrograde/hardware/loihi2/model/chip_network.hpp>
#include <retrograde/hardware/loihi2/model/semantics.hpp>
#include <retrograde/scenarios/exchange/nir/nir.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/chip_spec.hpp>
#include <retrograde/scenarios/read/network/context.hpp>
#include <retrograde/scenarios/read/network/network.hpp>

namespace retrograde {

struct IntegerNetwork {
  loihi2::ChipNetwork chip;
  std::string format;                          // "netX", "chip file"
  bool says_step = false;                      // the step is the file's, not that of [chip]
  std::optional<loihi2::Semantics> semantics;  // the file's
};

// Whether a file holds integers, by its content.
bool holds_integers(const NetworkFile& file);

// Reads such a file into `result.integers`, with the keys of `table`, [network], that belong to it;
// returns its shape. `root` is the whole scenario, whose other tables must not speak of what
// integers do not have. Throws ScenarioError, FormatError, LimitError.
NirNetwork read_integers(TomlTable& root, TomlTable& table, const NetworkContext& context,
                         ScenarioNetwork& result);

// [chip] of such a network, where there is one: what arithmetic it is run with. Its step goes into
// `network`. Throws ScenarioError for keys that say how values become integers, or what the file
// says.
ChipSpec chip_of(IntegerNetwork& network, std::optional<TomlTable> table);

}  // namespace retrograde

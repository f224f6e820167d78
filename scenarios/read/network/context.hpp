// What the readers of populations and projections share.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/events/time.hpp>
#include <retrograde/scenarios/io/arrays/memory_arrays.hpp>
#include <retrograde/scenarios/io/limits.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/network/network_file.hpp>

namespace retrograde {

struct NetworkContext {
  Time duration = 0;
  std::uint64_t seed = 1;
  std::string data_population;  // an input unless it says otherwise; may be empty
  bool has_data = false;        // whose trials bring all input spikes
  // Under [structure], the names of its projections; none of them: those that learn their weights.
  std::optional<std::vector<std::string>> structure = {};
  ScenarioLimits limits = {};
  std::filesystem::path folder = {};  // from which the file of [network] is named
  ArrayPlaces files = {};             // where all others are
  std::vector<std::string> fed = {};  // populations that [[trial]] gives spikes or signals
  std::shared_ptr<const NetworkFile> network_file = {};  // instead of opening that
};

// What the network's builder refuses in `action` is wrong in `table`.
template <typename Action>
auto placed_in(const TomlTable& table, const Action& action) {
  try {
    return action();
  } catch (const NetworkError& e) {
    table.fail(e.what());
  } catch (const LimitError& e) {
    table.fail(e.what());
  }
}

}  // namespace retrograde

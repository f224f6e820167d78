#include <limits>

#include <retrograde/scenarios/data/data_kind.hpp>

namespace retrograde {

LatencyEncoding read_latency(TomlTable& table, Time duration) {
  LatencyEncoding encoding;
  encoding.duration = duration;
  encoding.t_early =
      table.require("t_early", "t_early = \"1.5 ms\"").time({0.0, duration, false, true});
  encoding.t_late =
      table.require("t_late", "t_late = \"20 ms\"").time({encoding.t_early, duration, false, true});
  return encoding;
}

PartLimits read_limits(TomlTable& table) {
  const auto limit = [&](const char* key) {
    const std::uint32_t count = table.integer(key, 0, 0);
    return count > 0 ? std::optional<std::size_t>(count) : std::nullopt;
  };
  return {limit("train"), limit("test")};
}

Dataset PartLimits::applied(const Dataset& dataset) const {
  constexpr auto all = std::numeric_limits<std::size_t>::max();
  return dataset.limited(train.value_or(all), all, test.value_or(all));
}

}  // namespace retrograde

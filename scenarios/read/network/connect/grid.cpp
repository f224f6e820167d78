#include <fmt/format.h>
#include <string>
#include <vector>

#include <retrograde/scenarios/read/network/connect/grid.hpp>
#include <retrograde/scenarios/read/network/distribution.hpp>

namespace retrograde {

namespace {

constexpr double largest_spacing = 1e9;

}  // namespace

std::optional<Grid> read_grid(TomlTable& table, std::uint32_t size) {
  const auto value = table.find("grid");
  if (!value) return std::nullopt;
  TomlTable written = value->table();
  written.known({"shape", "spacing", "wrap"});
  const TomlValue shape = written.require("shape", "shape = [20, 20], rows and columns");
  const auto lengths = shape.list();
  if (lengths.empty() || lengths.size() > 2)
    shape.fail(fmt::format("{}; write one number for neurons in a row, or two: rows and columns",
                           shape.found()));
  Grid grid;
  grid.columns = static_cast<std::uint32_t>(lengths.back().integer(1, size));
  if (lengths.size() == 2) grid.rows = static_cast<std::uint32_t>(lengths[0].integer(1, size));
  if (std::uint64_t{grid.rows} * grid.columns != size)
    shape.fail(fmt::format("{} has {} places, and the population {} neurons; make them equal",
                           shape.found(), std::uint64_t{grid.rows} * grid.columns, size));
  grid.spacing = written.number("spacing", 1.0, {0.0, largest_spacing, true, false});
  grid.wrap = written.boolean("wrap", false);
  return grid;
}

bool is_profile(const TomlValue& value) { return value.is_table() && value.table().has("profile"); }

Profile read_profile(const TomlValue& value, bool is_time, const Range& range, double largest) {
  TomlTable table = value.table();
  table.known({"profile", "start", "slope", "peak", "std", "length"});
  const auto kind = table.require("profile", "profile = \"linear\"")
                        .choice({"linear", "gaussian", "exponential"});
  Profile profile;
  profile.kind = static_cast<Profile::Kind>(kind + 1);
  const char* const one = is_time ? "\"1 ms\"" : "1.0";
  const bool linear = profile.kind == Profile::Kind::linear;
  const char* const key = linear ? "start" : "peak";
  profile.first = read_value(table.require(key, fmt::format("{} = {}", key, one)), is_time, range);
  if (linear)
    profile.second = read_value(
        table.require("slope", fmt::format("slope = {}, for each unit of distance", one)), is_time,
        Range::any());
  else
    profile.second = table
                         .require(profile.kind == Profile::Kind::gaussian ? "std" : "length",
                                  "std (of a gaussian) or length = 2.0, a distance")
                         .number(Range::positive());
  table.finish(fmt::format("does not belong to this profile, which has {}",
                           linear                                    ? "start and slope"
                           : profile.kind == Profile::Kind::gaussian ? "peak and std"
                                                                     : "peak and length"));
  if (const double last = profile.at(largest); !range.contains(last))
    value.fail(fmt::format("at the largest distance of two neurons, {:g}, it is {:g}; {}", largest,
                           last, range.text(is_time ? "ms" : "")));
  return profile;
}

DistanceDensity read_distance_density(const TomlValue& value) {
  TomlTable table = value.table();
  table.known({"profile", "peak", "std", "length", "radius"});
  const auto kind = table
                        .require("profile",
                                 "profile = \"gaussian\", peak = 0.5, std = 2.0; or write "
                                 "one probability for all: density = 0.1")
                        .choice({"constant", "gaussian", "exponential"});
  constexpr Profile::Kind kinds[] = {Profile::Kind::constant, Profile::Kind::gaussian,
                                     Profile::Kind::exponential};
  DistanceDensity density;
  density.profile.kind = kinds[kind];
  density.profile.first =
      table.require("peak", "peak = 0.5, the probability at no distance").number({0.0, 1.0});
  if (kind > 0)
    density.profile.second = table
                                 .require(kind == 1 ? "std" : "length",
                                          "std (of a gaussian) or length = 2.0, a distance")
                                 .number(Range::positive());
  if (const auto radius = table.find("radius"))
    density.radius = radius->number(Range::positive());
  else if (kind == 0)
    table.fail(
        "a constant profile needs a radius, beyond which there is no synapse; add one, or "
        "write one probability for all: density = 0.1");
  table.finish(fmt::format("does not belong to this profile, which has {}",
                           kind == 0   ? "peak and radius"
                           : kind == 1 ? "peak, std and radius"
                                       : "peak, length and radius"));
  return density;
}

}  // namespace retrograde

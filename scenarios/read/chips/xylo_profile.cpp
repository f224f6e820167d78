#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/chips/constants.hpp>
#include <retrograde/scenarios/read/chips/xylo_profile.hpp>

namespace retrograde {

namespace {

constexpr std::uint64_t max_file_size = std::uint64_t{1} << 20;
constexpr const char* manual = "docs/xylo.md";
constexpr const char* name_key = "name = \"Xylo Audio 3\"";

const Range count{1.0, 1e9};

xylo::Limits read_limits(TomlTable& root) {
  ConstantSection limits(
      root, "limits", manual,
      {"channels", "hidden", "outputs", "input_neurons", "readout_neurons", "fanout", "synapses"});
  return {limits.require("channels", read_number, count),
          limits.require("hidden", read_number, count),
          limits.require("outputs", read_number, count),
          limits.maybe("input_neurons", read_number, count),
          limits.maybe("readout_neurons", read_number, count),
          limits.maybe("fanout", read_number, count),
          limits.maybe("synapses", read_number, count)};
}

xylo::Cycles read_cycles(TomlTable& root) {
  ConstantSection cycles(root, "cycles", manual,
                         {"channel", "input_synapse", "hidden_arrival", "synapse", "readout",
                          "output_synapse", "hidden_update", "hidden_spike", "output_update"});
  const Range some{0.0, 1e6};
  return {cycles.require("channel", read_number, some),
          cycles.require("input_synapse", read_number, some),
          cycles.require("hidden_arrival", read_number, some),
          cycles.require("synapse", read_number, some),
          cycles.require("readout", read_number, some),
          cycles.require("output_synapse", read_number, some),
          cycles.require("hidden_update", read_number, some),
          cycles.require("hidden_spike", read_number, some),
          cycles.require("output_update", read_number, some)};
}

xylo::Clock read_clock(TomlTable& root) {
  ConstantSection clock(root, "clock", manual, {"mhz", "margin"});
  return {clock.require("mhz", read_number, {1e-3, 1e6}),
          clock.require("margin", read_number, {0.0, 100.0})};
}

xylo::Powers read_powers(TomlTable& root) {
  ConstantSection power(root, "power", manual,
                        {"core", "core_per_mhz", "io", "io_per_mhz", "analogue"});
  return {power.maybe("core", read_power, Range::positive()),
          power.maybe("core_per_mhz", read_power, Range::positive()),
          power.maybe("io", read_power, Range::positive()),
          power.maybe("io_per_mhz", read_power, Range::positive()),
          power.maybe("analogue", read_power, Range::positive())};
}

}  // namespace

xylo::Profile parse_xylo_profile(const std::string& text, const std::string& file) {
  const toml::table document = parse_toml(text, file, manual);
  TomlTable root(file, document, "");
  root.known({"name", "family", "limits", "cycles", "clock", "power"});
  root.require("family", "family = \"xylo\"").choice({"xylo"});
  xylo::Profile profile;
  profile.name = root.require("name", name_key).text();
  profile.limits = read_limits(root);
  profile.cycles = read_cycles(root);
  profile.clock = read_clock(root);
  profile.powers = read_powers(root);
  return profile;
}

xylo::Profile read_xylo_profile(const std::string& path) {
  return parse_xylo_profile(read_text_file(path, max_file_size), path);
}

bool is_xylo_profile(const std::string& path) {
  const toml::table document = parse_toml(read_text_file(path, max_file_size), path, manual);
  TomlTable root(path, document, "");
  const auto family = root.find("family");
  return family && family->choice({"loihi", "xylo"}) == 1;
}

}  // namespace retrograde

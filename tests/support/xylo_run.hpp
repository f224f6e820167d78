// A network that xylosim ran, or the chip itself, and what it did there; tests/xylo/compare.py says how
// such a file comes to be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include <retrograde/hardware/xylo/emulator/emulator.hpp>

namespace retrograde::test {

struct XyloRun {
  using Values = std::vector<std::vector<std::int32_t>>;  // per step, hidden neurons first
  xylo::XyloNetwork network;
  std::vector<std::vector<std::uint8_t>> events;
  Values v, i, i2, fired;  // i2 of hidden neurons only; a list may be empty: not recorded
};

struct XyloComparison {
  std::uint64_t neuron_steps = 0, events = 0, values = 0, differences = 0;
  std::string first;  // where the first difference is
};

inline XyloRun read_xylo_run(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error(path + " cannot be opened");
  const nlohmann::json json = nlohmann::json::parse(in);
  const auto neurons = [&](const char* key) {
    std::vector<xylo::Neuron> list;
    for (const auto& n : json.at(key)) {
      xylo::Neuron neuron{n.at(0), n.at(1), n.at(2), {n.at(3), n.at(4)}, {}};
      if (const std::int32_t alias = n.at(5); alias >= 0)
        neuron.alias = static_cast<std::uint32_t>(alias);
      list.push_back(neuron);
    }
    return list;
  };
  const auto fanout = [&](const char* key) {
    xylo::Fanout rows;
    for (const auto& row : json.at(key)) {
      rows.emplace_back();
      for (const auto& s : row) rows.back().push_back({s.at(0), s.at(1), s.at(2)});
    }
    return rows;
  };
  XyloRun run;
  run.network = {neurons("hidden"),       neurons("outputs"),     fanout("input"),
                 fanout("recurrent"),     fanout("readout"),      json.at("shifts").at(0),
                 json.at("shifts").at(1), json.at("shifts").at(2)};
  run.events = json.at("events").get<std::vector<std::vector<std::uint8_t>>>();
  run.v = json.at("v").get<XyloRun::Values>();
  run.i = json.at("i").get<XyloRun::Values>();
  run.i2 = json.at("i2").get<XyloRun::Values>();
  run.fired = json.at("fired").get<XyloRun::Values>();
  return run;
}

inline XyloComparison compare_with_recorded(const XyloRun& run) {
  const xylo::Emulator emulator(run.network);
  xylo::Activity activity = emulator.start();
  const std::size_t hidden = run.network.hidden.size(), outputs = run.network.outputs.size();
  XyloComparison result;
  for (std::size_t step = 0; step < run.events.size(); ++step) {
    emulator.step(activity, run.events[step]);
    const auto compare = [&](const char* what, const XyloRun::Values& recorded, const auto& ours,
                             std::size_t first, std::size_t count) {
      if (recorded.empty()) return;
      for (std::size_t k = 0; k < count; ++k) {
        ++result.values;
        const std::int32_t theirs = recorded.at(step).at(first + k);
        if (theirs == ours[k]) continue;
        if (result.differences++ == 0)
          result.first = std::string(what) + " of neuron " + std::to_string(first + k) +
                         " in step " + std::to_string(step) + ": " + std::to_string(ours[k]) +
                         ", recorded " + std::to_string(theirs);
      }
    };
    compare("v", run.v, activity.hidden.v, 0, hidden);
    compare("v", run.v, activity.outputs.v, hidden, outputs);
    compare("i", run.i, activity.hidden.i[0], 0, hidden);
    compare("i", run.i, activity.outputs.i[0], hidden, outputs);
    compare("i2", run.i2, activity.hidden.i[1], 0, hidden);
    compare("events", run.fired, activity.hidden.fired, 0, hidden);
    compare("events", run.fired, activity.outputs.fired, hidden, outputs);
    for (const std::uint8_t f : activity.hidden.fired) result.events += f;
    for (const std::uint8_t f : activity.outputs.fired) result.events += f;
  }
  result.neuron_steps = (hidden + outputs) * run.events.size();
  return result;
}

}  // namespace retrograde::test

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <set>
#include <string>
#include <vector>

#include <retrograde/scenarios/read/network/names.hpp>
#include <retrograde/scenarios/read/recorders/probe_table.hpp>

namespace retrograde {

namespace {

std::vector<NeuronId> read_neurons(TomlTable& table, const Population& population) {
  std::vector<NeuronId> neurons;
  const auto listed = table.find("neurons");
  if (!listed) {
    for (NeuronId n = 0; n < population.size; ++n) neurons.push_back(population.first + n);
    return neurons;
  }
  std::set<std::uint64_t> seen;
  for (const TomlValue& index : listed->list()) {
    const std::uint64_t n = index.integer(0, population.size - 1);
    if (!seen.insert(n).second) index.fail(fmt::format("{} is listed twice; once is enough", n));
    neurons.push_back(population.first + static_cast<NeuronId>(n));
  }
  if (neurons.empty())
    listed->fail("it is empty; list neurons, or leave the key out for all of them");
  return neurons;
}

// times = ["1 ms", "3 ms"]
std::vector<Time> read_times(const TomlValue& listed, Time duration) {
  std::vector<Time> times;
  std::set<Time> seen;
  for (const TomlValue& entry : listed.list()) {
    const Time time = entry.time({0.0, duration});
    if (!seen.insert(time).second)
      entry.fail(fmt::format("{} ms is listed twice; once is enough", time));
    times.push_back(time);
  }
  if (times.empty())
    listed.fail("it is empty; list instants, or leave the key out for regular ones");
  std::sort(times.begin(), times.end());
  return times;
}

void read_instants(TomlTable& table, Time duration, Probe& probe) {
  if (const auto times = table.find("times")) {
    for (const char* key : {"interval", "from", "to"})
      if (table.has(key))
        table.fail_at_key(key, "does not apply: times says all instants; remove one of the two");
    probe.times = read_times(*times, duration);
    return;
  }
  probe.from = table.time("from", 0.0, {0.0, duration});
  Time end = duration;
  if (const auto to = table.find("to")) {
    probe.to = end = to->time({0.0, duration});
    if (!(end > probe.from))
      to->fail(
          fmt::format("{} ms is not after from, {} ms; a single instant is times = [\"{} ms\"]",
                      end, probe.from, probe.from));
  } else if (probe.from == duration) {
    table.fail_at_key("from", fmt::format("{} ms is the end of the trial; a single instant is "
                                          "times = [\"{} ms\"]",
                                          duration, duration));
  }
  probe.interval = table.time("interval", (end - probe.from) / 1000.0, Range::positive());
}

// record = ["v", "i", "threshold"]
void read_record(TomlTable& table, const Population& population, Probe& probe) {
  const auto record = table.find("record");
  if (!record) return;
  probe.v = probe.i = false;
  for (const TomlValue& entry : record->list()) {
    bool* const wanted[] = {&probe.v, &probe.i, &probe.threshold};
    bool& one = *wanted[entry.choice({"v", "i", "threshold"})];
    if (one) entry.fail("it is listed twice; once is enough");
    one = true;
    if (probe.threshold && !population.has(ParameterKind::v_threshold))
      entry.fail(fmt::format("{} is a {}, which has no threshold; remove it", population.name,
                             name(population.model)));
  }
}

// receptors = [1, 2]
void read_receptors(TomlTable& table, const Population& population, Probe& probe) {
  const auto listed = table.find("receptors");
  if (!listed) return;
  if (!population.model->has_receptors() && !population.has(ParameterKind::tau_syn))
    listed->fail(
        fmt::format("{} is a {}, in which arrivals are jumps of V and no current; remove it",
                    population.name, name(population.model)));
  for (const TomlValue& entry : listed->list()) {
    const auto receptor =
        static_cast<std::uint32_t>(entry.integer(1, population.receptors.size()) - 1);
    if (std::find(probe.receptors.begin(), probe.receptors.end(), receptor) !=
        probe.receptors.end())
      entry.fail(fmt::format("{} is listed twice; once is enough", receptor + 1));
    probe.receptors.push_back(receptor);
  }
  if (probe.receptors.empty())
    listed->fail("it is empty; list receptors, from 1, or leave the key out");
}

// How many samples it takes; one of more than V and I counts as several.
double sample_count(const Probe& probe, Time duration) {
  const double instants = probe.times.empty()
                              ? (std::fmin(probe.to, duration) - probe.from) / probe.interval + 1.0
                              : static_cast<double>(probe.times.size());
  return instants * static_cast<double>(probe.neurons.size()) *
         std::fmax(1.0, 0.5 * static_cast<double>(probe.quantities()));
}

}  // namespace

Probe read_probe(TomlTable table, const Network& network, Time duration, std::uint64_t most,
                 std::uint64_t& left) {
  table.known({"population", "neurons", "interval", "from", "to", "times", "record", "receptors"});
  const TomlValue named = table.require("population", "population = \"hidden\"");
  const Population& population =
      network.populations()[population_named(named, population_names(network))];
  if (population.model->is_input())
    named.fail(fmt::format("{} is an input and has no V and I to sample; choose another population",
                           population.name));
  Probe probe;
  probe.neurons = read_neurons(table, population);
  read_instants(table, duration, probe);
  read_record(table, population, probe);
  read_receptors(table, population, probe);
  if (probe.quantities() == 0)
    table.fail_at_key("record",
                      "it is empty, and there are no receptors: the probe takes nothing; "
                      "list \"v\", \"i\" or \"threshold\"");
  const double wanted = sample_count(probe, duration);
  if (!(wanted <= static_cast<double>(left)))
    table.fail_at_key(probe.times.empty() ? "interval" : "times",
                      fmt::format("the probes would take more than {} samples; choose {} or fewer "
                                  "neurons",
                                  most, probe.times.empty() ? "a longer interval" : "fewer times"));
  left -= static_cast<std::uint64_t>(wanted);
  return probe;
}

}  // namespace retrograde

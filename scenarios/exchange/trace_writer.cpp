#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/trace_file.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/suggest.hpp>

namespace retrograde {

using loihi2::Capture;
using loihi2::CapturedNeuron;
using loihi2::CapturedPopulation;
using loihi2::unknown;
using loihi2::value_at;

namespace {

bool shows(const TracedPopulations& populations, const std::string& name) {
  return populations.empty() ||
         std::find(populations.begin(), populations.end(), name) != populations.end();
}

std::string cell(std::int32_t value) { return value == unknown ? "" : fmt::format("{}", value); }

}  // namespace

void check_trace_names(const TracedPopulations& wanted, const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (shows(wanted, name) && (name.find_first_of(",\n\r") != std::string::npos ||
                                name.front() == '#' || name.front() == ' ' || name.back() == ' '))
      throw UsageError(
          fmt::format("population \"{}\": a trace cannot hold a name with a comma, a "
                      "line end, blanks around it or # before it; rename it in the scenario",
                      name));
  for (const std::string& name : wanted)
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw UsageError(fmt::format("--population {}: there is none{}; there are {}", name,
                                   suggestion(name, names), fmt::join(names, ", ")));
}

void check_trace_rows(double rows) {
  constexpr auto most = static_cast<double>(largest_written_trace);
  if (rows > most)
    throw LimitError("rows of a trace", most, rows,
                     fmt::format("the trace would have {:.0f} rows, {} are written at most; choose "
                                 "what matters with --population NAME",
                                 rows, largest_written_trace));
}

void write_trace(const std::string& path, const Capture& capture, Time step,
                 const TracedPopulations& wanted) {
  std::vector<std::string> names;
  for (const CapturedPopulation& p : capture.populations) names.push_back(p.name);
  check_trace_names(wanted, names);

  struct Line {
    const CapturedPopulation* population;
    std::uint32_t neuron;
  };
  std::vector<Line> lines;
  std::uint64_t rows = 0;
  const auto written = [&](const CapturedNeuron& n, std::uint32_t t) {
    return value_at(n.u, t) != unknown || value_at(n.v, t) != unknown ||
           (value_at(n.messages, t) != unknown && n.messages[t] != 0);
  };
  std::string declarations;
  for (const CapturedPopulation& p : capture.populations) {
    if (!shows(wanted, p.name)) continue;
    declarations += fmt::format("# population {} {} from {} to {}\n", p.name, p.neurons.size(),
                                p.begin, p.end - 1);
    for (std::uint32_t n = 0; n < p.neurons.size(); ++n) {
      lines.push_back({&p, n});
      for (std::uint32_t t = p.begin; t < p.end; ++t) rows += written(p.neurons[n], t);
    }
  }
  check_trace_rows(static_cast<double>(rows));
  AtomicFile file(path);
  file.write(
      fmt::format("# Retrograde, emulated Loihi 2\n# step {} ms\n# steps {}\n# rows {}\n{}"
                  "step,population,neuron,spike,u,v\n",
                  step, capture.steps, rows, declarations));
  for (std::uint32_t t = 0; t < capture.steps; ++t)
    for (const Line& line : lines) {
      const CapturedNeuron& n = line.population->neurons[line.neuron];
      if (t < line.population->begin || t >= line.population->end || !written(n, t)) continue;
      file.write(fmt::format("{},{},{},{},{},{}\n", t, line.population->name, line.neuron,
                             cell(value_at(n.messages, t)), cell(value_at(n.u, t)),
                             cell(value_at(n.v, t))));
    }
  file.commit();
}

void write_trace(const std::string& path, const Network& network, const Tape& tape,
                 const std::vector<Probe>& probes, const std::vector<Recording>& recordings,
                 const TracedPopulations& wanted) {
  std::vector<std::string> names;
  for (const Population& p : network.populations()) names.push_back(p.name);
  check_trace_names(wanted, names);

  // In order of time; at one time the values just before the spikes, as probes have them.
  struct Row {
    Time time;
    bool spike;
    NeuronId neuron;
    double v, i;
  };
  std::uint64_t count = 0;
  for (const TapeSpike& s : tape.spikes)
    count += shows(wanted, names[network.population_of(s.neuron)]);
  for (const Recording& r : recordings) count += r.times.size() * r.v.size();
  check_trace_rows(static_cast<double>(count));
  std::vector<Row> rows;
  for (const TapeSpike& s : tape.spikes)
    if (shows(wanted, names[network.population_of(s.neuron)]))
      rows.push_back({s.time, true, s.neuron, 0, 0});
  for (std::size_t p = 0; p < recordings.size(); ++p)
    for (std::size_t n = 0; n < probes[p].neurons.size(); ++n)
      for (std::size_t k = 0; k < recordings[p].times.size(); ++k)
        rows.push_back({recordings[p].times[k], false, probes[p].neurons[n], recordings[p].v[n][k],
                        recordings[p].i[n][k]});
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return std::tuple(a.time, a.spike, a.neuron) < std::tuple(b.time, b.spike, b.neuron);
  });
  AtomicFile file(path);
  file.write(fmt::format("# Retrograde, exact network\n# rows {}\n", rows.size()));
  for (const Population& p : network.populations())
    if (shows(wanted, p.name)) file.write(fmt::format("# population {} {}\n", p.name, p.size));
  file.write("time_ms,population,neuron,spike,u,v\n");
  for (const Row& r : rows) {
    const Population& p = network.populations()[network.population_of(r.neuron)];
    file.write(fmt::format("{},{},{},{}\n", r.time, p.name, r.neuron - p.first,
                           r.spike ? "1,," : fmt::format(",{},{}", r.i, r.v)));
  }
  file.commit();
}

}  // namespace retrograde

// retro info SCENARIO: what a scenario says, before it is run.
#include <algorithm>
#include <fmt/format.h>

#include <retrograde/engine/network/analysis.hpp>
#include <retrograde/engine/windowed/window_plan.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/run/training.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

std::string range_text(std::span<const double> values) {
  if (values.empty()) return "-";
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return *low == *high ? fmt::format("{:g}", *low) : fmt::format("{:.4g} .. {:.4g}", *low, *high);
}

std::string learned_text(const Scenario& s, ParameterKind kind, std::size_t first,
                         std::size_t count) {
  std::size_t learned = 0;
  for (std::size_t k = 0; k < count; ++k)
    learned += s.learning.learned[s.network.layout().offset(kind) + first + k] != 0;
  return learned > 0 ? std::string(name(kind)) : std::string();
}

std::string time_text(Time t) { return t == never ? "none" : fmt::format("{:.6g} ms", t); }

// Which scheduler may run the network, and how.
void print_plan(const Network& network) {
  const WindowPlan plan = make_plan(network);
  if (!plan.obstacle.empty()) {
    fmt::print("scheduler: sequential; {}\n", plan.obstacle);
    return;
  }
  fmt::print("scheduler: windowed");
  for (const WindowLayer& layer : plan.layers) {
    fmt::print("; {:g} ms windows for", layer.window);
    for (const std::uint32_t p : layer.populations)
      fmt::print(" {}", network.populations()[p].name);
  }
  fmt::print("\n");
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  const Scenario s = open_scenario(arguments[0], given);
  const Network& network = s.network;
  fmt::print("{}{}\nduration {:g} ms, seed {}\n\n", s.name, s.title.empty() ? "" : ": " + s.title,
             s.duration, s.seed);

  fmt::print("{:<16} {:<9} {:>8}  {:<20} {:<20} {:<16} {}\n", "population", "model", "neurons",
             "tau_mem (ms)", "tau_syn (ms)", "v_threshold", "learned");
  for (const Population& p : network.populations()) {
    const auto values = [&](ParameterKind kind) {
      return p.has(kind) ? range_text(network.parameters(kind).subspan(p.first, p.size)) : "-";
    };
    std::string learned;
    for (const ParameterKind kind : neuron_parameter_kinds) {
      const std::string text = learned_text(s, kind, p.first, p.size);
      if (!text.empty()) learned += (learned.empty() ? "" : ", ") + text;
    }
    fmt::print("{:<16} {:<9} {:>8}  {:<20} {:<20} {:<16} {}\n", p.name, name(p.model), p.size,
               values(ParameterKind::tau_mem), values(ParameterKind::tau_syn),
               values(ParameterKind::v_threshold), learned);
    for (const ParameterKind kind : p.model.parameters(p.receptors.size())) {
      const bool shown = kind == ParameterKind::tau_mem || kind == ParameterKind::tau_syn ||
                         kind == ParameterKind::v_threshold;
      const auto all = network.parameters(kind).subspan(p.first, p.size);
      const double usual = traits(kind).usual;
      if (!shown && std::any_of(all.begin(), all.end(), [&](double v) { return v != usual; }))
        fmt::print("{:<16}   {} {}\n", "", name(kind), range_text(all));
    }
  }
  fmt::print("\n{:<24} {:>10}  {:<22} {:<22} {}\n", "projection", "synapses", "weight",
             "delay (ms)", "learned");
  for (const Projection& p : network.projections()) {
    std::string learned = learned_text(s, ParameterKind::weight, p.first, p.size);
    const std::string delays = learned_text(s, ParameterKind::delay, p.first, p.size);
    if (!delays.empty()) learned += (learned.empty() ? "" : ", ") + delays;
    fmt::print("{:<24} {:>10}  {:<22} {:<22} {}\n", p.name, p.size,
               range_text(network.parameters(ParameterKind::weight).subspan(p.first, p.size)),
               range_text(network.parameters(ParameterKind::delay).subspan(p.first, p.size)),
               learned);
  }

  const NetworkAnalysis a = analyse(network);
  std::size_t learned = 0;
  for (const char c : s.learning.learned) learned += c != 0;
  fmt::print("\n{} neurons, {} synapses, {} learned parameters\n", network.neuron_count(),
             network.synapse_count(), learned);
  if (network.synapse_count() > 0)
    fmt::print(
        "delays {:g} .. {:g} ms; longest path {} synapses through {} strongly connected "
        "components\n",
        a.min_delay, a.max_delay, a.depth, a.component_count);
  if (a.recurrent.empty()) {
    fmt::print("feed-forward: lookahead unbounded\n");
  } else {
    fmt::print("recurrent: lookahead {}\n", time_text(a.lookahead));
    for (const RecurrentComponent& r : a.recurrent)
      fmt::print(
          "  component of {} neurons from {}, {} synapses, delays {:g} .. {:g} ms, shortest cycle "
          "{}, longest {}\n",
          r.neurons.size(), network.neuron_name(r.neurons.front()), r.synapses, r.min_delay,
          r.max_delay,
          r.shortest_cycle == never ? "not searched (too large)" : time_text(r.shortest_cycle),
          r.longest_cycle == never ? "not searched (too large)" : time_text(r.longest_cycle));
  }
  print_plan(network);
  if (s.loss)
    fmt::print("loss {}, read from {}\n", s.loss->name(),
               network.populations()[s.loss->readout().population].name);
  if (s.data.none()) {
    fmt::print("inline trial with {} input spikes\n", s.trial.inputs.size());
  } else if (s.data.wants_folder && !given.count("data")) {
    fmt::print("data: {} (name its folder by --data to see its size)\n", s.data.kind);
  } else {
    const Dataset d = load_dataset(s, given.count("data") ? given["data"].as<std::string>() : "");
    fmt::print("data: {}, {} training, {} validation, {} test trials, {} classes\n", d.info().name,
               d.size(Part::train), d.size(Part::validation), d.size(Part::test), d.classes());
  }
  return 0;
}

}  // namespace

Verb info_verb() {
  return {"info",
          "SCENARIO",
          "what a scenario says: sizes, parameters, delays, cycles",
          "Reads and checks a scenario without running it: populations, projections, what is "
          "learned, and what the graph says:\n"
          "recurrent components, lookahead, shortest and longest cycles; which scheduler can run "
          "it.\n\n"
          "  retro info scenarios/library/r1.toml",
          1,
          1,
          [](po::options_description& o) {
            add_seed(o);
            o.add_options()("data", po::value<std::string>()->value_name("FOLDER"),
                            "folder of the data set");
          },
          run};
}

}  // namespace retrograde::cli

// The keyword figures: both schedulers, both directions, beside the bare memory traffic.
#include <fmt/format.h>
#include <memory>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/bench/figures/bare_traffic.hpp>
#include <retrograde/bench/figures/figures.hpp>
#include <retrograde/bench/figures/workload.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/engine/windowed/windowed.hpp>

namespace retrograde::bench {

namespace {

struct Keyword {
  Workload w;
  SequentialMachine sequential{w.network};
  WindowedMachine windowed{w.network};
  Tape tape;
  LossValue loss;
  Gradient gradient;
  BareTraffic bare, aliased;

  explicit Keyword(const KeywordSpec& spec)
      : w(keyword(spec)),
        tape(windowed.run(w.trial, {.readout = w.readout})),
        loss(integral_loss(w)),
        gradient{w.network.layout(), std::vector<double>(w.network.layout().size(), 0.0), {}},
        bare(w.network, tape, BareTraffic::Placement::staggered),
        aliased(w.network, tape, BareTraffic::Placement::same) {}
};

Contestant backward_contestant(const std::string& name, std::shared_ptr<Keyword> k,
                               const Machine& machine, bool neuron_parameters) {
  BackwardOptions options;
  options.neuron_parameters = neuron_parameters;
  return {name, "deliveries", [k, options, &machine] {
            return static_cast<double>(
                backward(machine, k->tape, k->loss, k->w.readout, options, k->gradient).deliveries);
          }};
}

Figure figure_of(const std::string& name, const std::string& question, const KeywordSpec& spec,
                 const FigureOptions& options, double forward_goal, double backward_goal,
                 std::optional<Bound> speedup) {
  const auto k = std::make_shared<Keyword>(spec);
  Figure f;
  f.name = name;
  f.question = question;
  f.contestants = {
      {"forward sequential", "deliveries",
       [k] {
         return static_cast<double>(
             k->sequential.run(k->w.trial, {.readout = k->w.readout}).deliveries);
       }},
      {"forward windowed", "deliveries",
       [k] {
         return static_cast<double>(
             k->windowed.run(k->w.trial, {.readout = k->w.readout}).deliveries);
       }},
      backward_contestant("backward sequential", k, k->sequential, false),
      backward_contestant("backward windowed", k, k->windowed, false),
      backward_contestant("backward windowed, with neuron parameters", k, k->windowed, true),
      {"bare, staggered arrays", "deliveries", [k] { return static_cast<double>(k->bare.run()); }},
      {"bare, aliased arrays", "deliveries",
       [k] { return static_cast<double>(k->aliased.run()); }}};
  f.ratios = {{"forward, windowed to sequential", {1}, {0}, speedup},
              {"forward, windowed to bare", {1}, {5}, Bound{forward_goal, true}},
              {"forward, windowed to bare, aliased", {1}, {6}},
              {"backward, windowed to sequential", {3}, {2}},
              {"backward, windowed to bare", {3}, {5}, Bound{backward_goal, true}},
              {"backward, windowed to bare, aliased", {3}, {6}},
              {"backward with neuron parameters, windowed to bare", {4}, {5}}};
  if (options.full) {
    f.contestants.push_back(
        backward_contestant("backward sequential, with neuron parameters", k, k->sequential, true));
    f.ratios.push_back({"backward with neuron parameters, windowed to sequential", {4}, {7}});
  }
  std::size_t hidden = 0;
  for (const TapeSpike& s : k->tape.spikes) hidden += !k->w.network.is_input(s.neuron);
  f.notes.push_back(
      fmt::format("{:.1f} spikes/s per hidden neuron, {} deliveries",
                  1000.0 * static_cast<double>(hidden) / spec.hidden / k->w.trial.duration,
                  k->tape.deliveries));
  return f;
}

}  // namespace

Figure keyword_figure(const FigureOptions& options) {
  return figure_of("keyword", "a keyword, 700-256-20, feed-forward", {.size = options.size},
                   options, 0.50, 0.25, Bound{15.0, true});
}

Figure keyword_recurrent_figure(const FigureOptions& options) {
  return figure_of("keyword_recurrent", "a keyword, 256 recurrent hidden neurons",
                   {.recurrent = true, .size = options.size}, options, 0.35, 0.20, {});
}

Figure keyword_recurrent_512_figure(const FigureOptions& options) {
  return figure_of("keyword_recurrent_512", "a keyword, 512 recurrent hidden neurons",
                   {.hidden = 512, .recurrent = true, .size = options.size}, options, 0.35, 0.20,
                   {});
}

}  // namespace retrograde::bench

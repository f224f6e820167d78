// What docs/cpp.md shows, as one program: a network that says which of two inputs comes first. Every
// block of code of that page stands here word for word (tests/unit/house/cpp_page.cpp), and the exit
// status says whether what the page promises holds.
#include <cmath>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <retrograde/adjoint/front.hpp>

using namespace retrograde;
using enum ParameterKind;

namespace {

// Functions take what the page has at hand, with the types that it has there.
using LossPtr = std::unique_ptr<Loss>;

Network make_network() {
  const Network net = build({
      .populations = {{.name = "in", .model = Model::input, .size = 2},
                      {.name = "h", .size = 20, .tau_mem = {20.0}},
                      {.name = "out", .size = 2}},
      .projections =
          {{.from = "in",
            .to = "h",
            .weight = Distribution::normal(5.0, 1.5),
            .delay = Distribution::uniform(0.5, 5.0)},
           {.from = "h",
            .to = "h",
            .connect = fixed_indegree(3, {.allow_autapses = false}),
            .weight = -0.2,
            .delay = 1.0},
           {.from = "h", .to = "out", .weight = Distribution::normal(0.8, 0.3), .delay = 1.0}},
      .seed = 1,
  });
  return net;
}

// Every rule by which neurons are connected.
Network make_connections() {
  const auto some_function = [](std::uint32_t source, std::uint32_t target) {
    return source < target ? 0.1 : -0.1;
  };
  const Network net = build({
      .populations = {{.name = "a", .model = Model::input, .size = 3}, {.name = "b", .size = 3}},
      .projections =
          {
              {.from = "a", .to = "b", .weight = {1, 2, 3, 4, 5, 6, 7, 8, 9}, .name = "matrix"},
              {.from = "a",
               .to = "b",
               .connect = one_to_one(),
               .weight = {1, 2, 3},
               .name = "pairs"},
              {.from = "a",
               .to = "b",
               .connect = synapse_list({0, 2}, {1, 1}),
               .weight = {0.5, 0.7},
               .delay = {1.0, 2.0},
               .name = "list"},
              {.from = "a",
               .to = "b",
               .connect = pairwise_bernoulli(0.1),
               .weight = some_function,
               .name = "chance"},
              {.from = "b",
               .to = "b",
               .connect = fixed_outdegree(2, {.allow_autapses = false}),
               .weight = Distribution::lognormal(0.1, 0.5),
               .delay = 1.5,
               .name = "drawn"},
          },
  });
  return net;
}

bool near(double a, double b, double most) {
  return std::fabs(a - b) <= most * std::fmax(1.0, std::fabs(b));
}

bool holds(bool right, const char* what) {
  if (!right) std::printf("does not hold: %s\n", what);
  return right;
}

// One trial: its spikes.
bool simulate(const Network& net) {
  const Trial trial = trial_of(net, 60.0, {{"in", {{5.0, 30.0}, {12.0}}}});
  const Tape tape = run(net, trial);
  const SpikeTrain spikes = spikes_of(net, tape, "h");
  for (std::size_t k = 0; k < spikes.times.size(); ++k)
    std::printf("h[%u] fires at %.3f ms\n", spikes.sources[k], spikes.times[k]);
  return !spikes.times.empty();
}

// A gradient against a difference, by name.
bool differentiate(const Network& net, const TrialList& trials, const LossPtr& loss) {
  const MeanGradient g = gradient_of(net, trials, *loss);
  const std::span<const double> by_weight = g.of("in -> h", weight);
  const std::span<const double> by_tau = g.of("h", tau_mem);
  std::printf("loss %.6f, dL/dweight[0] %.6f, dL/dtau_mem[0] %.6f\n", g.loss(), by_weight[0],
              by_tau[0]);
  std::size_t k = 0;  // where it is largest
  for (std::size_t n = 0; n < by_weight.size(); ++n)
    if (std::fabs(by_weight[n]) > std::fabs(by_weight[k])) k = n;

  const auto loss_with = [&](double change) {
    const std::span<const double> now = values_of(net, "in -> h", weight);
    std::vector<double> weights(now.begin(), now.end());
    weights[k] += change;
    const Network other = with_values(net, {{"in -> h", weight, weights}});
    return gradient_of(other, trials, *loss).loss();
  };
  constexpr double step = 1e-5;
  const double difference = (loss_with(step) - loss_with(-step)) / (2.0 * step);
  return std::fabs(difference) > 1e-3 && near(by_weight[k], difference, 1e-6);
}

// Training in one call.
bool learn(const Network& net, const TrialList& trials, const LossPtr& loss) {
  TrainerOptions options;
  options.batch = 4;
  const Training done =
      train(net, trials, *loss,
            {.learn = {{.owner = "in -> h", .kind = delay, .rate = 0.1, .high = 15.0},
                       {.owner = "h -> out", .kind = weight, .rate = 0.03}},
             .epochs = 30,
             .options = options,
             .on_epoch = [](const Trainer& trainer) {
               return trainer.last_epoch().loss() > 0.01;  // false: enough
             }});
  std::printf("%zu epochs, loss %.4f, accuracy %.2f\n", done.history.size(),
              done.history.back().loss(), done.history.back().accuracy().value_or(0.0));
  return done.history.back().loss() < 0.5 * done.history.front().loss() &&
         done.history.back().accuracy() == 1.0;
}

// The same by an optimiser of one's own: here steepest descent.
bool descend(const Network& net, const TrialList& trials, const LossPtr& loss) {
  Network better = net;
  for (int step = 0; step < 20; ++step) {
    const MeanGradient g = gradient_of(better, trials, *loss);
    const std::span<const double> now = values_of(better, "h -> out", weight);
    std::vector<double> weights(now.begin(), now.end());
    for (std::size_t k = 0; k < weights.size(); ++k)
      weights[k] -= 0.02 * g.of("h -> out", weight)[k];
    better = with_values(better, {{"h -> out", weight, weights}});
  }
  return gradient_of(better, trials, *loss).loss() < gradient_of(net, trials, *loss).loss();
}

// A loss of one's own: half the sum of t^2 over the spikes of population 2.
bool own_loss(const Network& net, const TrialList& trials) {
  const auto loss =
      make_loss(FunctionLossSpec{.measure = [](const Network& network, const Tape& tape, int) {
        LossValue value;
        value.spike_times.assign(tape.spikes.size(), 0.0);
        for (std::size_t k = 0; k < tape.spikes.size(); ++k) {
          const TapeSpike& spike = tape.spikes[k];
          if (network.population_of(spike.neuron) != 2) continue;
          value.value += 0.5 * spike.time * spike.time;
          value.spike_times[k] = spike.time;  // the derivative
        }
        return value;
      }});
  const MeanGradient g = gradient_of(net, trials, *loss);
  return g.loss() > 0.0;
}

bool refuse(const Network& net) {
  std::string message;
  try {
    values_of(net, "hidden", tau_mem);
  } catch (const NetworkError& error) {
    message = error.what();
  }
  return message == "hidden: there is no population of this name; the populations are in, h, out";
}

}  // namespace

int main() {
  const Network net = make_network();
  std::vector<Trial> all;
  std::vector<int> labels;
  for (const double lead : {4.0, 6.0, 8.0, 10.0})
    for (const int first : {0, 1}) {
      const double a = first == 0 ? 2.0 : 2.0 + lead, b = first == 0 ? 2.0 + lead : 2.0;
      all.push_back(trial_of(net, 60.0, {{"in", {{a}, {b}}}}));
      labels.push_back(first);
    }
  const TrialList trials(all, labels);
  const auto loss = make_loss(FirstSpikeCrossEntropySpec{.population = 2, .tau0 = 2.0});
  const std::vector<Tape> tapes = run(net, all);  // on all threads

  bool right = holds(tapes.size() == all.size(), "one tape for each trial");
  right &= holds(make_connections().synapse_count() >= 9 + 3 + 2 + 6, "synapses by rule");
  right &= holds(simulate(net), "spikes");
  right &= holds(differentiate(net, trials, loss), "a gradient is what differences say");
  right &= holds(learn(net, trials, loss), "training learns");
  right &= holds(descend(net, trials, loss), "so does descent");
  right &= holds(own_loss(net, trials), "a loss of one's own");
  right &= holds(refuse(net), "a message for what there is not");
  return right ? 0 : 1;
}

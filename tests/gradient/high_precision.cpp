// Spike times and gradients against the reference engine, 56 digits (tests/support): random
// networks of every kind that the engine runs.
//
// Derivatives of the reference are central differences of two whole runs with a step of 1e-16,
// exact to more than twenty digits. Most networks are compared along random directions in the space
// of all parameters and all input times, because one direction costs two runs; the error of a
// direction d is |g . d - difference| / |(g_1 d_1, g_2 d_2, ...)|. Where a run that is nudged has
// another number of spikes it is skipped, and counted.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/adjoint/loss/first_spike_cross_entropy.hpp>
#include <retrograde/adjoint/loss/first_spike_margin.hpp>
#include <retrograde/adjoint/loss/spike_time_power.hpp>
#include <retrograde/adjoint/loss/spike_time_target.hpp>
#include <retrograde/adjoint/loss/van_rossum_distance.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_maximum_cross_entropy.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/engine/sequential/sequential.hpp>

#include "tests/support/random_network.hpp"
#include "tests/support/reference_engine.hpp"
#include "tests/support/schedulers.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

constexpr std::uint32_t hidden = 1, out = 2;

const Wide step("1e-16");

// The losses of adjoint/loss/loss.hpp, from their definitions there. One entry per loss that is
// compared.
struct Compared {
  std::string name;
  std::unique_ptr<Loss> loss;
  int label;
  std::function<Wide(const Network&, const ReferenceRun&)> reference;
};

std::vector<Wide> first_times(const Network& network, const ReferenceRun& run) {
  const Population& p = network.populations()[hidden];
  std::vector<Wide> first;
  for (NeuronId n = p.first; n < p.first + p.size; ++n)
    first.push_back(run.spikes(n).empty() ? run.duration() : run.spikes(n).front());
  return first;
}

Wide cross_entropy(const std::vector<Wide>& logits, std::size_t label) {
  Wide sum = 0;
  for (const Wide& x : logits) sum += exp(x);
  return log(sum) - logits[label];
}

Compared first_spike_cross_entropy() {
  return {"first_spike_cross_entropy",
          make_loss(FirstSpikeCrossEntropySpec{hidden, 5.0, 0.1, 30.0}), 1,
          [](const Network& network, const ReferenceRun& run) {
            auto x = first_times(network, run);
            const Wide late = exp(Wide(x[1] / 30)) - 1;
            for (Wide& time : x) time /= -5;
            return Wide(cross_entropy(x, 1) + Wide(0.1) * late);
          }};
}

Compared voltage_cross_entropy(double tau_weight, double gain) {
  return {"voltage_cross_entropy", make_loss(VoltageCrossEntropySpec{out, tau_weight, gain}), 1,
          [=](const Network& network, const ReferenceRun& run) {
            const Population& p = network.populations()[out];
            std::vector<Wide> x;
            for (NeuronId n = p.first; n < p.first + p.size; ++n)
              x.push_back(gain * run.integral(n, tau_weight) / run.duration());
            return cross_entropy(x, 1);
          }};
}

Compared voltage_maximum_cross_entropy() {
  return {"voltage_maximum_cross_entropy", make_loss(VoltageMaximumCrossEntropySpec{out, 3.0}), 1,
          [](const Network& network, const ReferenceRun& run) {
            const Population& p = network.populations()[out];
            std::vector<Wide> x;
            for (NeuronId n = p.first; n < p.first + p.size; ++n)
              x.push_back(3 * run.maximum(n, 0, run.duration()).voltage);
            return cross_entropy(x, 1);
          }};
}

Compared spike_time_target(const std::vector<std::vector<Time>>& targets) {
  return {"spike_time_target", make_loss(SpikeTimeTargetSpec{hidden, targets, 10.0}), 0,
          [targets](const Network& network, const ReferenceRun& run) {
            Wide sum = 0;
            for (std::uint32_t j = 0; j < targets.size(); ++j) {
              const auto& fired = run.spikes(network.populations()[hidden].first + j);
              for (std::size_t k = 0; k < targets[j].size(); ++k) {
                const Wide miss = (k < fired.size() ? fired[k] : run.duration()) - targets[j][k];
                sum += miss * miss / 200;
              }
            }
            return sum;
          }};
}

Compared van_rossum_distance(const std::vector<std::vector<Time>>& targets) {
  return {"van_rossum_distance", make_loss(VanRossumDistanceSpec{hidden, targets, 8.0}), 0,
          [targets](const Network& network, const ReferenceRun& run) {
            Wide sum = 0;
            for (std::uint32_t j = 0; j < targets.size(); ++j) {
              std::vector<std::pair<Wide, int>> events;
              for (const Wide& t : run.spikes(network.populations()[hidden].first + j))
                events.push_back({t, 1});
              for (const Time t : targets[j]) events.push_back({t, -1});
              for (const auto& [t, sign] : events)
                for (const auto& [u, other] : events)
                  sum += Wide(sign * other) / 2 * exp(-abs(Wide(t - u)) / 8);
            }
            return sum;
          }};
}

Compared first_spike_margin() {
  return {"first_spike_margin", make_loss(FirstSpikeMarginSpec{hidden, 2.0, 10.0}), 3,
          [](const Network& network, const ReferenceRun& run) {
            const auto x = first_times(network, run);
            Wide sum = 0;
            for (std::size_t j = 0; j < x.size(); ++j)
              if (j != 3) sum += (x[j] - x[3] - 2) * (x[j] - x[3] - 2) / 200;
            return sum;
          }};
}

Compared spike_time_power(const std::vector<double>& c, double scale,
                          const std::vector<double>& integral, double tau_weight) {
  return {"spike_time_power",
          make_loss(SpikeTimePowerSpec{hidden, c, scale, 1.5, integral, tau_weight}), 0,
          [=](const Network& network, const ReferenceRun& run) {
            const NeuronId first = network.populations()[hidden].first;
            Wide sum = 0;
            for (std::uint32_t j = 0; j < c.size(); ++j) {
              for (const Wide& time : run.spikes(first + j)) {
                const Wide t = time / scale;
                sum += c[j] * t * sqrt(t);
              }
              if (!integral.empty()) sum += integral[j] * run.integral(first + j, tau_weight);
            }
            return sum;
          }};
}

// A direction in the space of a network's parameters and a trial's input times.
struct Direction {
  std::string name;
  std::vector<double> along;  // parameters, then input times, then payloads
  // Values at the edge of what they may be (delays, refractory periods and adaptations of 0) move
  // up only: a one-sided difference, 3 points, with an error of the same order.
  bool up_only = false;
};

bool at_edge(const Network& network, ParameterKind kind, std::size_t index) {
  switch (kind) {
    case ParameterKind::delay:
    case ParameterKind::t_ref:
    case ParameterKind::axonal_delay:
    case ParameterKind::dendritic_delay:
    case ParameterKind::adaptation:
      return network.parameter(kind, index) == 0.0;
    default:
      return false;
  }
}

// Random over everything, and over what is at its edge; of each kind alone where asked for.
std::vector<Direction> directions(const Network& network, const Trial& trial, std::uint64_t seed,
                                  int random_ones, bool of_each_kind) {
  const ParameterLayout& layout = network.layout();
  const std::size_t times = layout.size() + trial.inputs.size();
  const std::size_t size = times + trial.payloads.size();
  std::vector<Direction> list;
  const auto add = [&](std::string name, bool edge, auto wanted) {
    Random random(seed, "direction", list.size());
    Direction d{std::move(name), std::vector<double>(size, 0.0), edge};
    bool any = false;
    const auto draw = [&](std::size_t k) {
      d.along[k] = edge ? random.uniform(0.5, 1.5) : random.normal();
      any = true;
    };
    for (const ParameterKind kind : parameter_kinds)
      for (std::size_t k = 0; k < layout.count(kind); ++k)
        if (wanted(kind) && at_edge(network, kind, k) == edge) draw(layout.offset(kind) + k);
    if (wanted("input time") && !edge)
      for (std::size_t k = layout.size(); k < times; ++k) draw(k);
    if (wanted("payload") && !edge)
      for (std::size_t k = times; k < size; ++k) draw(k);
    if (any) list.push_back(std::move(d));
  };
  const auto all = [](auto) { return true; };
  for (int n = 0; n < random_ones; ++n) add("all", false, all);
  add("edge", true, all);
  if (!of_each_kind) return list;
  struct Only {
    ParameterKind kind;
    bool operator()(ParameterKind other) const { return kind == other; }
    bool operator()(const char*) const { return false; }
  };
  for (const ParameterKind kind : parameter_kinds) {
    const auto has = [&](const Population& p) { return p.has(kind); };
    if (belongs_to_synapse(kind) ||
        std::any_of(network.populations().begin(), network.populations().end(), has))
      add(std::string(name(kind)), false, Only{kind});
  }
  struct Inputs {
    std::string wanted;
    bool operator()(ParameterKind) const { return false; }
    bool operator()(const char* what) const { return what == wanted; }
  };
  for (const char* what : {"input time", "payload"}) add(what, false, Inputs{what});
  return list;
}

// Of all values of a network and a trial, in the order of Direction::along.
double entry(const Gradient& g, std::size_t k) {
  for (const auto* of : {&g.parameters, &g.input_times}) {
    if (k < of->size()) return (*of)[k];
    k -= of->size();
  }
  return g.input_payloads.at(k);
}

Values moved(Values values, const Direction& d, const Wide& by) {
  for (std::size_t k = 0; k < d.along.size(); ++k) {
    if (d.along[k] == 0.0) continue;
    std::size_t index = k;
    for (auto* of : {&values.parameters, &values.input_times, &values.payloads}) {
      if (index < of->size()) {
        (*of)[index] += by * d.along[k];
        break;
      }
      index -= of->size();
    }
  }
  return values;
}

// What came out for one network, or the worst of many.
struct Report {
  std::size_t networks = 0, spikes = 0, compared = 0, skipped = 0;
  bool same_spikes = true;
  double worst_time = 0.0;  // of all spikes, relative to their time
  double worst_loss = 0.0;
  std::map<std::string, double> worst;  // per direction

  void add(const Report& other) {
    networks += other.networks;
    spikes += other.spikes;
    compared += other.compared;
    skipped += other.skipped;
    same_spikes = same_spikes && other.same_spikes;
    worst_time = std::max(worst_time, other.worst_time);
    worst_loss = std::max(worst_loss, other.worst_loss);
    for (const auto& [name, error] : other.worst) worst[name] = std::max(worst[name], error);
  }
};

// Spike times of every neuron, one after the other.
Report compare_spikes(const Network& network, const Tape& tape, const ReferenceRun& run) {
  Report report;
  std::vector<std::vector<Time>> times(network.neuron_count());
  for (const TapeSpike& s : tape.spikes) times[s.neuron].push_back(s.time);
  for (NeuronId n = 0; n < network.neuron_count(); ++n) {
    const auto& expected = run.spikes(n);
    report.same_spikes = report.same_spikes && expected.size() == times[n].size();
    if (network.model_of(n) == Model::input) continue;
    for (std::size_t k = 0; k < std::min(expected.size(), times[n].size()); ++k)
      report.worst_time = std::max(
          report.worst_time, static_cast<double>(abs(times[n][k] - expected[k]) / expected[k]));
    report.spikes += expected.size();
  }
  return report;
}

Report compare(const Network& network, const Trial& trial, const std::vector<Compared>& losses,
               const std::vector<Direction>& directions) {
  const ReferenceEngine engine(network, trial);
  const Values values = engine.values();
  const ReferenceRun run = engine.run(values);
  Report report;
  std::vector<Wide> base;
  for (const Compared& c : losses) base.push_back(c.reference(network, run));
  std::vector<std::vector<LossGradient>> adjoint;  // per scheduler and loss
  for (const Scheduler scheduler : schedulers_of(network)) {
    const auto machine = make_machine(network, scheduler);
    adjoint.emplace_back();
    for (const Compared& c : losses)
      adjoint.back().push_back(gradient_of(*machine, trial, *c.loss, c.label));
    const Report spikes = compare_spikes(network, adjoint.back().front().tape, run);
    if (adjoint.size() == 1) report = spikes;
    report.same_spikes = report.same_spikes && spikes.same_spikes;
    report.worst_time = std::max(report.worst_time, spikes.worst_time);
    for (std::size_t l = 0; l < losses.size(); ++l) {
      const double value = static_cast<double>(base[l]);
      report.worst_loss = std::max(report.worst_loss, std::fabs(adjoint.back()[l].loss - value) /
                                                          std::max(1.0, std::fabs(value)));
    }
  }
  report.networks = 1;
  if (!report.same_spikes) return report;

  for (const Direction& d : directions) {
    const ReferenceRun up = engine.run(moved(values, d, step));
    const ReferenceRun other = engine.run(moved(values, d, d.up_only ? 2 * step : Wide(-step)));
    if (!up.fires_like(run) || !other.fires_like(run)) {
      report.skipped += losses.size();
      continue;
    }
    for (std::size_t l = 0; l < losses.size(); ++l) {
      const Wide plus = losses[l].reference(network, up);
      const Wide minus = losses[l].reference(network, other);
      const double difference =
          static_cast<double>(d.up_only ? Wide((4 * plus - minus - 3 * base[l]) / (2 * step))
                                        : Wide((plus - minus) / (2 * step)));
      for (const auto& of_losses : adjoint) {
        const Gradient& g = of_losses[l].gradient;
        double sum = 0.0, square = 0.0, all = 0.0;
        for (std::size_t k = 0; k < d.along.size(); ++k) {
          const double of = entry(g, k);
          sum += d.along[k] * of;
          square += d.along[k] * of * d.along[k] * of;
          all += of * of;
        }
        // A kind that hardly matters may be exact to what matters.
        const double size = std::max(std::sqrt(square), 1e-3 * std::sqrt(all));
        const double error = std::fabs(sum - difference) / std::max(size, 1e-30);
        double& worst = report.worst[d.name];
        worst = std::max(worst, error);
      }
      ++report.compared;
    }
  }
  return report;
}

#ifdef NDEBUG
constexpr std::uint64_t wide_networks = 2;
constexpr std::uint64_t share = 1;
#else
constexpr std::uint64_t wide_networks = 1;  // wide numbers are slow without optimisation
constexpr std::uint64_t share = 10;
#endif

// The same networks of each model.
std::vector<RandomNetworkSpec> of_every_model(const RandomNetworkSpec& spec) {
  std::vector<RandomNetworkSpec> list(3, spec);
  list[1].model = Model::alif;
  list[1].receptors = true;
  list[2].model = Model::qif;
  list[2].drive *= 4.0;
  return list;
}

// Runs `count` networks, of each spec in turn, that differ in their seed, and says how far they are
// off.
Report compare_many(std::uint64_t count, const std::vector<RandomNetworkSpec>& specs,
                    std::uint64_t seed) {
  count = std::max<std::uint64_t>(specs.size(), count / share);
  std::vector<Report> reports(count);
  for_each_trial(count, [&](std::size_t k) {
    RandomNetworkSpec spec = specs[k % specs.size()];
    spec.seed = seed + k;
    const RandomNetwork r = random_network(spec);
    Random random(spec.seed, "loss");
    std::vector<double> c(spec.hidden), integral(spec.hidden);
    for (double& value : c) value = random.normal();
    for (double& value : integral) value = 0.02 * random.normal();
    if (spec.model == Model::qif) integral.clear();  // V is infinite at a spike
    const double tau_weight = k % 2 == 0 ? never : 0.5 * spec.duration;
    std::vector<Compared> losses;
    losses.push_back(spike_time_power(c, 0.3 * spec.duration, integral, tau_weight));
    losses.push_back(voltage_cross_entropy(tau_weight, 3.0));
    // A maximum has a kink where V rests at bias = 0 and where arrivals coincide.
    if (spec.bias && spec.timing == Timing::scattered)
      losses.push_back(voltage_maximum_cross_entropy());
    reports[k] = compare(r.network, r.trial, losses,
                         directions(r.network, r.trial, spec.seed, 2, k % 8 == 0));
  });
  Report sum;
  for (const Report& r : reports) sum.add(r);
  return sum;
}

// Bounds that hold for every kind of network. least_spikes: per network.
void require_exact(const Report& r, double least_spikes, double gradient_error = 1e-9) {
  std::ostringstream errors;
  for (const auto& [name, error] : r.worst) errors << ", " << name << ' ' << error;
  INFO(r.networks << " networks, " << r.spikes << " spikes, " << r.compared << " derivatives, "
                  << r.skipped << " skipped; worst errors: spike times " << r.worst_time
                  << ", losses " << r.worst_loss << "; gradients" << errors.str());
  CHECK(r.same_spikes);
  CHECK(static_cast<double>(r.spikes) >= least_spikes * static_cast<double>(r.networks));
  CHECK(r.worst_time < 1e-12);
  CHECK(r.worst_loss < 1e-10);  // 1e-10 ms is the distance of doubles at 10^6 ms
  for (const auto& [name, error] : r.worst) {
    CAPTURE(name);
    CHECK(error < gradient_error);
  }
  CHECK(r.compared >= 4 * r.networks);
  CHECK(r.skipped * 500 <= r.compared);
}

}  // namespace

TEST_CASE("feed-forward networks agree with the reference engine", "[slow]") {
  const RandomNetworkSpec spec{.duration = 40.0, .wiring = Wiring::feed_forward};
  require_exact(compare_many(21, of_every_model(spec), 10000), 10);
}

TEST_CASE("recurrent networks agree with the reference engine", "[slow]") {
  require_exact(compare_many(24, {{}}, 20000), 10);
}

TEST_CASE("networks of self-connected neurons agree with the reference engine", "[slow]") {
  const RandomNetworkSpec spec{.wiring = Wiring::self_connected};
  require_exact(compare_many(24, of_every_model(spec), 30000), 10);
}

TEST_CASE("bursts agree with the reference engine", "[slow]") {
  require_exact(compare_many(16, {{.hidden = 4, .duration = 30.0, .drive = 24.0}}, 40000), 50);
}

TEST_CASE("long silences agree with the reference engine", "[slow]") {
  const RandomNetworkSpec spec{.hidden = 4,
                               .bias = false,
                               .duration = 5000.0,
                               .spikes_per_input = 3,
                               .timing = Timing::volleys,
                               .drive = 8.0,
                               .recurrence = 0.5};
  require_exact(compare_many(18, of_every_model(spec), 50000), 5);
}

TEST_CASE("simultaneous arrivals agree with the reference engine", "[slow]") {
  const RandomNetworkSpec spec{.timing = Timing::simultaneous};
  require_exact(compare_many(24, of_every_model(spec), 60000), 5);
}

TEST_CASE("nearly equal time constants agree with the reference engine", "[slow]") {
  require_exact(compare_many(24, {{.nearly_equal = true}}, 70000), 10);
}

TEST_CASE("runs of a million milliseconds agree with the reference engine", "[slow]") {
  const RandomNetworkSpec spec{.hidden = 4,
                               .bias = false,
                               .duration = 1e6,
                               .spikes_per_input = 3,
                               .wiring = Wiring::feed_forward,
                               .timing = Timing::volleys,
                               .drive = 8.0};
  // Doubles are 1e-10 ms apart there; moving the inputs by that changes derivatives by up to 1e-8.
  require_exact(compare_many(18, of_every_model(spec), 80000), 5, 1e-7);
}

TEST_CASE("several receptors of both shapes agree with the reference engine", "[slow]") {
  require_exact(compare_many(12, {{.receptors = true}}, 90000), 10);
}

TEST_CASE("axonal and dendritic delays agree with the reference engine", "[slow]") {
  require_exact(compare_many(21, of_every_model({.delays = true}), 100000), 10);
}

TEST_CASE("adaptive thresholds agree with the reference engine", "[slow]") {
  require_exact(compare_many(24, {{.model = Model::alif}}, 110000), 10);
}

TEST_CASE("quadratic neurons agree with the reference engine", "[slow]") {
  require_exact(compare_many(24, {{.drive = 16.0, .model = Model::qif}}, 120000), 10);
}

TEST_CASE("analogue signals agree with the reference engine", "[slow]") {
  require_exact(compare_many(24, {{.analogue = true}}, 130000), 10);
}

TEST_CASE("analogue signals agree with the reference engine whatever else a neuron receives",
          "[slow]") {
  RandomNetworkSpec adaptive{.model = Model::alif, .analogue = true};
  RandomNetworkSpec mixed{.receptors = true, .delays = true, .analogue = true};
  require_exact(compare_many(16, {adaptive, mixed}, 140000), 10);
}

TEST_CASE("changes of analogue signals at one instant agree with the reference engine", "[slow]") {
  const RandomNetworkSpec spec{.timing = Timing::simultaneous, .analogue = true};
  require_exact(compare_many(16, {spec}, 150000), 5);
}

TEST_CASE("gradients of losses agree with the reference engine entry by entry, to twelve digits",
          "[slow]") {
  Report sum;
  std::map<std::string, double> windowed;
  for (std::uint64_t seed = 1; seed <= wide_networks; ++seed) {
    const double tau_weight = seed % 2 == 0 ? never : 25.0;
    const auto r = random_network({.seed = 500 + seed,
                                   .inputs = 2,
                                   .hidden = 5,
                                   .outputs = 3,
                                   .duration = 36.0,
                                   .spikes_per_input = 3});
    const Network& network = r.network;
    std::vector<Compared> losses;
    losses.push_back(first_spike_cross_entropy());
    losses.push_back(voltage_cross_entropy(tau_weight, 3.0));
    losses.push_back(voltage_maximum_cross_entropy());
    losses.push_back(spike_time_target({{5, 20, 40}, {10}, {}, {8, 9}, {30}}));
    losses.push_back(van_rossum_distance({{5, 20, 40}, {10}, {}, {8, 9}, {30}}));
    losses.push_back(first_spike_margin());
    losses.push_back(spike_time_power({0.5, -0.2, 0.3, 0.1, 0.7}, 20.0,
                                      {0.02, 0.01, -0.03, 0.02, 0.01}, tau_weight));

    const ReferenceEngine engine(network, r.trial);
    const Values values = engine.values();
    const ReferenceRun base = engine.run(values);
    std::vector<std::vector<LossGradient>> adjoint;  // per scheduler and loss
    for (const Scheduler scheduler : schedulers_of(network)) {
      const auto machine = make_machine(network, scheduler);
      adjoint.emplace_back();
      for (const Compared& c : losses) {
        adjoint.back().push_back(gradient_of(*machine, r.trial, *c.loss, c.label));
        const double value = static_cast<double>(c.reference(network, base));
        CAPTURE(seed, c.name, name(scheduler));
        CHECK(std::fabs(adjoint.back().back().loss - value) <
              1e-13 * std::max(1.0, std::fabs(value)));
      }
      const Report spikes = compare_spikes(network, adjoint.back()[0].tape, base);
      REQUIRE(spikes.same_spikes);
      REQUIRE(spikes.spikes > 10);
      sum.add(spikes);
    }

    // dL/dvalue of every loss, from two runs per value.
    const std::size_t parameters = values.parameters.size();
    const std::size_t count = parameters + values.input_times.size();
    std::vector<std::vector<double>> differences(count);
    for_each_trial(count, [&](std::size_t k) {
      Direction d{"", std::vector<double>(count, 0.0)};
      d.along[k] = 1.0;
      d.up_only = k < parameters && values.parameters[k] == 0;
      const ReferenceRun up = engine.run(moved(values, d, step));
      const ReferenceRun other = engine.run(moved(values, d, d.up_only ? 2 * step : Wide(-step)));
      if (!up.fires_like(base) || !other.fires_like(base)) return;
      for (const Compared& c : losses) {
        const Wide plus = c.reference(network, up), minus = c.reference(network, other);
        differences[k].push_back(static_cast<double>(
            d.up_only ? Wide((4 * plus - minus - 3 * c.reference(network, base)) / (2 * step))
                      : Wide((plus - minus) / (2 * step))));
      }
    });
    for (std::size_t l = 0; l < losses.size(); ++l)
      for (std::size_t k = 0; k < count; ++k) {
        if (differences[k].empty()) {
          ++sum.skipped;
          continue;
        }
        for (std::size_t s = 0; s < adjoint.size(); ++s) {
          const Gradient& g = adjoint[s][l].gradient;
          const double exact = entry(g, k);
          const double error =
              std::fabs(exact - differences[k][l]) / std::max(1.0, std::fabs(exact));
          double& worst = (s == 0 ? sum.worst : windowed)[losses[l].name];
          worst = std::max(worst, error);
        }
        ++sum.compared;
      }
  }
  for (const auto& [name, error] : sum.worst) {
    CAPTURE(name);
    CHECK(error < 1e-12);
    CHECK(windowed[name] < 5e-12);  // sums are rounded once a window
  }
  CHECK(sum.worst_time < 1e-12);
  CHECK(sum.compared > 800 * wide_networks);
  CHECK(sum.skipped == 0);  // 1e-16 is too little to make a spike appear or vanish
}

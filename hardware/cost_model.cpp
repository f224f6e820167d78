#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include <retrograde/hardware/cost_model.hpp>

namespace retrograde {

namespace {

using Points = std::vector<const CalibrationPoint*>;

template <typename End>
StepTimes times_of(const TimeCosts& costs, const End& end) {
  const auto known = [&](const std::optional<Constant>& c) { return c ? end(c->value) : 0.0; };
  return {end(costs.neuron_update.value), end(costs.synaptic_operation.value),
          known(costs.word_read),         known(costs.message),
          end(costs.barrier.value),       0.0};
}

double squared(double x) { return x * x; }

// Sum over points of the squared logarithm of model / measured, each workload with weight 1.
double misfit(const Points& points, const std::function<double(const CalibrationPoint&)>& ratio) {
  double sum = 0.0;
  for (const CalibrationPoint* p : points) {
    double siblings = 0.0;
    for (const CalibrationPoint* q : points) siblings += q->workload == p->workload ? 1.0 : 0.0;
    sum += squared(std::log(ratio(*p))) / siblings;
  }
  return sum;
}

// The place in [low, high] where f is smallest, searched on a logarithmic grid that is narrowed
// around its best point. f need not have a single valley; the first grid is fine enough for ours.
double smallest(double low, double high, const std::function<double(double)>& f) {
  constexpr int grid = 48, rounds = 6;
  double best = low, value = f(low);
  for (int round = 0; round < rounds; ++round) {
    const double factor = std::pow(high / low, 1.0 / grid);
    double x = low;
    for (int k = 0; k <= grid; ++k, x *= factor)
      if (const double y = f(x); y < value) {
        value = y;
        best = x;
      }
    low = best / factor;
    high = best * factor;
  }
  return best;
}

StepCounts counts_of(const CalibrationPoint& p) {
  return {p.largest_neurons, p.largest_operations, 0.0, 0.0};
}

// Overhead and update from points, the rest from the profile's middles.
StepTimes fit_times(const TimeCosts& costs, const Points& points) {
  StepTimes times = StepTimes::middle(costs);
  double slowest = 0.0;
  for (const CalibrationPoint* p : points) slowest = std::max(slowest, p->step_time);
  const auto cost = [&](double overhead, double update) {
    StepTimes trial = times;
    trial.overhead = overhead;
    trial.update = update;
    return misfit(
        points, [&](const CalibrationPoint& p) { return trial.step(counts_of(p)) / p.step_time; });
  };
  const double low = costs.neuron_update.value.low;
  const auto best_overhead = [&](double update) {
    return smallest(1e-6 * slowest, slowest, [&](double o) { return cost(o, update); });
  };
  times.update = smallest(low, std::max(slowest, 2.0 * low),
                          [&](double update) { return cost(best_overhead(update), update); });
  times.overhead = best_overhead(times.update);
  return times;
}

double power(const std::optional<Constant>& constant) {
  return constant ? constant->value.middle() : 0.0;
}

// What the profile's constants make of one step, in mJ, with its measured time.
double energy_of(const EnergyCosts& costs, const CalibrationPoint& p, double scale) {
  const double events = p.neurons * costs.neuron_update.value.middle() +
                        p.operations * costs.synaptic_operation.value.middle();
  return (power(costs.static_power) + power(costs.io_power)) * p.step_time + scale * events;
}

double fit_scale(const EnergyCosts& costs, const Points& points) {
  return smallest(1e-3, 1e3, [&](double scale) {
    return misfit(points, [&](const CalibrationPoint& p) {
      return energy_of(costs, p, scale) / *p.step_energy;
    });
  });
}

std::uint32_t workloads_of(const Points& points) {
  std::set<std::string> names;
  for (const CalibrationPoint* p : points) names.insert(p->workload);
  return static_cast<std::uint32_t>(names.size());
}

Points without(const Points& points, const std::string& workload) {
  Points rest;
  std::copy_if(points.begin(), points.end(), std::back_inserter(rest),
               [&](const CalibrationPoint* p) { return p->workload != workload; });
  return rest;
}

}  // namespace

const char* name(Term term) {
  constexpr const char* names[] = {"neuron updates", "synaptic operations", "synaptic memory",
                                   "mesh links", "barrier"};
  return names[static_cast<int>(term)];
}

StepTimes StepTimes::low(const TimeCosts& costs) {
  return times_of(costs, [](const Interval& i) { return i.low; });
}
StepTimes StepTimes::high(const TimeCosts& costs) {
  return times_of(costs, [](const Interval& i) { return i.high; });
}
StepTimes StepTimes::middle(const TimeCosts& costs) {
  return times_of(costs, [](const Interval& i) { return i.middle(); });
}

Term StepTimes::Terms::largest() const {
  return static_cast<Term>(std::max_element(value, value + term_count) - value);
}

double FittedPoint::error() const {
  return measured > 0.0 && left_out > 0.0 ? std::max(left_out / measured, measured / left_out)
                                          : 1.0;
}

double CostFit::error() const {
  double worst = 1.0;
  for (const FittedPoint& p : points) worst = std::max(worst, p.error());
  return worst;
}

CostModel fit_costs(const ChipProfile& profile) {
  CostModel model{profile.time, profile.energy, StepTimes::middle(profile.time), 1.0, {}, {}};
  Points timed, weighed;
  for (const CalibrationPoint& p : profile.points) {
    if (p.step_time > 0.0) timed.push_back(&p);
    if (p.step_time > 0.0 && p.step_energy) weighed.push_back(&p);
  }

  // Time: overhead and update.
  model.time_fit.workloads = workloads_of(timed);
  if (model.time_fit.workloads >= 2) {
    model.time_fit.fitted = true;
    model.estimate = fit_times(profile.time, timed);
    for (const CalibrationPoint* p : timed) {
      const StepTimes others = fit_times(profile.time, without(timed, p->workload));
      model.time_fit.points.push_back({p->name, p->workload, p->step_time,
                                       model.estimate.step(counts_of(*p)),
                                       others.step(counts_of(*p))});
    }
  }

  // Energy: the scale of the events.
  model.energy_fit.workloads = workloads_of(weighed);
  if (model.energy_fit.workloads >= 2) {
    model.energy_fit.fitted = true;
    model.energy_scale = fit_scale(profile.energy, weighed);
    for (const CalibrationPoint* p : weighed) {
      const double others = fit_scale(profile.energy, without(weighed, p->workload));
      model.energy_fit.points.push_back({p->name, p->workload, *p->step_energy,
                                         energy_of(profile.energy, *p, model.energy_scale),
                                         energy_of(profile.energy, *p, others)});
    }
  }
  return model;
}

}  // namespace retrograde

#include <algorithm>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/place/forecast.hpp>

namespace retrograde::loihi2 {

namespace {

StepCounts counts_of(const StepLoad& load) {
  return {double(load.updates), double(load.operations), double(load.words), double(load.messages)};
}

double total_time(const StepTimes& times, const Workload& work) {
  double sum = 0.0;
  for (const StepLoad& load : work.chip) sum += times.step(counts_of(load));
  return sum;
}

Estimate product(const std::optional<Constant>& power, const Estimate& time) {
  return {power->value.middle() * time.value, power->value * time.range};
}

// The same terms with other constants, summed over all steps of all trials.
struct TermSums {
  double value[term_count] = {};
  void add(const StepTimes::Terms& terms) {
    for (int k = 0; k < term_count; ++k) value[k] += terms.value[k];
  }
};

LayerForecast layer_of(const CostModel& model, std::uint32_t population,
                       const std::vector<Workload>& work) {
  StepTimes slowest = StepTimes::high(model.times);
  slowest.update = std::max(slowest.update, model.estimate.update);
  const StepTimes fastest = StepTimes::low(model.times);
  TermSums estimate, low, high;
  double steps = 0.0;
  for (const Workload& w : work) {
    for (const StepLoad& load : w.population[population]) {
      const StepCounts counts = counts_of(load);
      estimate.add(model.estimate.terms(counts));
      low.add(fastest.terms(counts));
      high.add(slowest.terms(counts));
    }
    steps += w.steps;
  }
  LayerForecast layer;
  layer.population = population;
  const double* const largest = std::max_element(estimate.value, estimate.value + term_count);
  layer.binding = static_cast<Term>(largest - estimate.value);
  layer.certain = true;
  for (int k = 0; k < term_count; ++k) {
    layer.terms[k] = estimate.value[k] / std::max(steps, 1.0);
    if (k != static_cast<int>(layer.binding))
      layer.certain = layer.certain && low.value[static_cast<int>(layer.binding)] >= high.value[k];
  }
  return layer;
}

// Events per trial, of the chip and of its cores.
void count_events(Forecast& f, const std::vector<Workload>& work) {
  for (const Workload& w : work) {
    f.steps += w.steps;
    f.updates += static_cast<double>(w.updates);
    f.operations += static_cast<double>(w.operations);
    f.words += static_cast<double>(w.words);
    f.spikes += static_cast<double>(w.spikes);
    f.input_spikes += static_cast<double>(w.input_spikes);
    f.messages += static_cast<double>(w.messages);
    f.hops += static_cast<double>(w.hops_x + w.hops_y);
    f.hottest_link += static_cast<double>(w.hottest_link);
    for (std::size_t c = 0; c < f.cores.size(); ++c) {
      f.cores[c].updates += static_cast<double>(w.cores[c].updates);
      f.cores[c].operations += static_cast<double>(w.cores[c].operations);
      f.cores[c].words += static_cast<double>(w.cores[c].words);
      f.cores[c].sent += static_cast<double>(w.cores[c].sent);
      f.cores[c].received += static_cast<double>(w.cores[c].received);
    }
  }
  const auto trials = static_cast<double>(work.size());
  for (double* sum : {&f.steps, &f.updates, &f.operations, &f.words, &f.spikes, &f.input_spikes,
                      &f.messages, &f.hops, &f.hottest_link})
    *sum /= trials;
  for (CoreForecast& core : f.cores)
    for (double* sum : {&core.updates, &core.operations, &core.words, &core.sent, &core.received})
      *sum /= trials;
}

void forecast_time(Forecast& f, const CostModel& model, const std::vector<Workload>& work) {
  const StepTimes fastest = StepTimes::low(model.times), slowest = StepTimes::high(model.times);
  const auto trials = static_cast<double>(work.size());
  double steps = 0.0;
  for (const Workload& w : work) {
    f.time.value += total_time(model.estimate, w);
    f.floor = f.floor + Interval{total_time(fastest, w), total_time(slowest, w)};
    for (const StepLoad& load : w.chip)
      f.bound_by[static_cast<int>(model.estimate.terms(counts_of(load)).largest())] += 1.0;
    steps += w.steps;
  }
  f.time.value /= trials;
  f.floor = (1.0 / trials) * f.floor;
  for (double& share : f.bound_by) share /= std::max(steps, 1.0);

  f.time.range = f.floor;
  if (model.time_fit.fitted) {
    f.time.range = around(f.time.value, model.time_fit.error());
    f.time.range.low = std::min(std::max(f.time.range.low, f.floor.low), f.time.value);
  }
}

// What the events of a trial take, by the middles of their constants and by the ends.
Estimate event_energy(const EnergyCosts& costs, const std::vector<Workload>& work) {
  Estimate energy;
  const auto add = [&](std::uint64_t count, const Constant& cost) {
    energy.value += static_cast<double>(count) * cost.value.middle();
    energy.range = energy.range + static_cast<double>(count) * cost.value;
  };
  for (const Workload& w : work) {
    add(w.updates, costs.neuron_update);
    add(w.operations, costs.synaptic_operation);
    add(w.messages, costs.message);
    add(w.hops_x, costs.hop_x);
    add(w.hops_y, costs.hop_y);
  }
  const auto trials = static_cast<double>(work.size());
  return {energy.value / trials, (1.0 / trials) * energy.range};
}

// After the time, which static and I/O power are multiplied by.
void forecast_energy(Forecast& f, const CostModel& model, const std::vector<Workload>& work) {
  const Estimate events = event_energy(model.energies, work);
  f.dynamic_energy.value = model.energy_scale * events.value;
  f.dynamic_energy.range = model.energy_fit.fitted
                               ? around(f.dynamic_energy.value, model.energy_fit.error())
                               : events.range;
  f.total_energy = f.dynamic_energy;
  const auto include = [&](const std::optional<Constant>& power, std::optional<Estimate>& part) {
    if (!power) return;
    part = product(power, f.time);
    f.total_energy.value += part->value;
    f.total_energy.range = f.total_energy.range + part->range;
  };
  include(model.energies.static_power, f.static_energy);
  include(model.energies.io_power, f.io_energy);
  f.energy_delay = {f.total_energy.value * f.time.value, f.total_energy.range * f.time.range};
}

}  // namespace

Forecast forecast(const CostModel& model, const Mapping& mapping,
                  const std::vector<Workload>& work) {
  if (work.empty()) throw InternalError("forecast: at least one trial is needed");
  Forecast f;
  f.trials = work.size();
  f.cores.resize(mapping.cores.size());
  count_events(f, work);
  forecast_time(f, model, work);
  forecast_energy(f, model, work);
  for (std::uint32_t p = 0; p + 1 < mapping.first_core.size(); ++p)
    if (mapping.cores_of(p) > 0) f.layers.push_back(layer_of(model, p, work));
  return f;
}

}  // namespace retrograde::loihi2

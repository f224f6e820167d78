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

}  // namespace

Forecast forecast(const CostModel& model, const Mapping& mapping,
                  const std::vector<Workload>& work) {
  if (work.empty()) throw InternalError("forecast: at least one trial is needed");
  Forecast f;
  f.trials = work.size();
  f.cores.resize(mapping.cores.size());
  const StepTimes fastest = StepTimes::low(model.times), slowest = StepTimes::high(model.times);
  const auto trials = static_cast<double>(work.size());
  double events = 0.0;  // mJ by the middles of the constants
  Interval event_ends;
  double all_steps = 0.0;
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
    f.time.value += total_time(model.estimate, w);
    f.floor = f.floor + Interval{total_time(fastest, w), total_time(slowest, w)};
    const auto add = [&](std::uint64_t count, const Constant& cost) {
      events += static_cast<double>(count) * cost.value.middle();
      event_ends = event_ends + static_cast<double>(count) * cost.value;
    };
    add(w.updates, model.energies.neuron_update);
    add(w.operations, model.energies.synaptic_operation);
    add(w.messages, model.energies.message);
    add(w.hops_x, model.energies.hop_x);
    add(w.hops_y, model.energies.hop_y);
    for (const StepLoad& load : w.chip)
      f.bound_by[static_cast<int>(model.estimate.terms(counts_of(load)).largest())] += 1.0;
    all_steps += w.steps;
  }
  for (double* sum : {&f.steps, &f.updates, &f.operations, &f.words, &f.spikes, &f.input_spikes,
                      &f.messages, &f.hops, &f.hottest_link, &f.time.value, &events})
    *sum /= trials;
  for (CoreForecast& core : f.cores)
    for (double* sum : {&core.updates, &core.operations, &core.words, &core.sent, &core.received})
      *sum /= trials;
  for (double& share : f.bound_by) share /= std::max(all_steps, 1.0);
  f.floor = (1.0 / trials) * f.floor;
  event_ends = (1.0 / trials) * event_ends;

  if (model.time_fit.fitted) {
    f.time.range = around(f.time.value, model.time_fit.error());
    f.time.range.low = std::min(std::max(f.time.range.low, f.floor.low), f.time.value);
  } else {
    f.time.range = f.floor;
  }
  f.dynamic_energy.value = model.energy_scale * events;
  f.dynamic_energy.range = model.energy_fit.fitted
                               ? around(f.dynamic_energy.value, model.energy_fit.error())
                               : event_ends;
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

  for (std::uint32_t p = 0; p + 1 < mapping.first_core.size(); ++p)
    if (mapping.cores_of(p) > 0) f.layers.push_back(layer_of(model, p, work));
  return f;
}

}  // namespace retrograde::loihi2

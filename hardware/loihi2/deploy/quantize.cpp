#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <set>
#include <span>

#include <retrograde/engine/neuron/cuba_lif.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>

namespace retrograde::loihi2 {

namespace {

// Weight units per threshold where no weight asks for a scale.
constexpr double resting_threshold = 2048.0;

// A neuron's decays and what follows from them.
struct Dynamics {
  std::int32_t u_decay, v_decay;  // of 4096
  double tau_mem, tau_syn;        // that they stand for
  double gain;                    // from weight to what one arrival adds to v at once
};

double represented_tau(std::int32_t decay, Time dt, double tau) {
  if (decay <= 0 || decay >= decay_one) return tau;
  return -dt / std::log1p(-decay / 4096.0);
}

double sampled_gain(double tau_mem, double tau_syn, Time dt) {
  retrograde::CubaLif neuron;
  neuron.tau_mem = tau_mem;
  neuron.tau_syn = tau_syn;
  neuron.derive();
  return neuron.propagator(dt).kernel;
}

Dynamics dynamics_of(const Network& network, NeuronId n, const QuantizeOptions& options) {
  const Time dt = options.step;
  const double tau_mem = network.parameter(ParameterKind::tau_mem, n);
  const double tau_syn = network.parameter(ParameterKind::tau_syn, n);
  const auto decay = [dt](double tau) {
    return static_cast<std::int32_t>(std::nearbyint(-4096.0 * std::expm1(-dt / tau)));
  };
  Dynamics d{decay(tau_syn), decay(tau_mem), 0.0, 0.0, 0.0};
  // u decays by du + 1 with du >= 0, v by dv <= 4095.
  if (d.u_decay < 1)
    throw LimitError(
        "du", 1.0 / 4096.0, -std::expm1(-dt / tau_syn),
        fmt::format("{}: tau_syn {:g} ms is too long for the chip's 12-bit decay; take at most "
                    "{:g} ms or a longer step",
                    network.neuron_name(n), tau_syn, -dt / std::log1p(-0.5 / 4096.0)));
  if (d.v_decay > decay_one - 1)
    throw LimitError(
        "dv", 4095.0 / 4096.0, -std::expm1(-dt / tau_mem),
        fmt::format("{}: tau_mem {:g} ms is too short for the chip's 12-bit decay; take at least "
                    "{:g} ms or a shorter step",
                    network.neuron_name(n), tau_mem, -dt / std::log(0.5 / 4096.0)));
  if (d.v_decay < 1)
    throw LimitError(
        "dv", 1.0 / 4096.0, -std::expm1(-dt / tau_mem),
        fmt::format("{}: tau_mem {:g} ms is too long for the chip's 12-bit decay; take at most "
                    "{:g} ms or a longer step",
                    network.neuron_name(n), tau_mem, -dt / std::log1p(-0.5 / 4096.0)));
  d.tau_mem = represented_tau(d.v_decay, dt, tau_mem);
  d.tau_syn = represented_tau(d.u_decay, dt, tau_syn);
  d.gain = options.gain == Gain::sampled
               ? sampled_gain(d.tau_mem, d.tau_syn, dt)
               : std::expm1(-dt / tau_mem) * std::expm1(-dt / tau_syn) * tau_syn / dt;
  return d;
}

// Steps of delay before lags; may be -1.
double raw_delay(const Network& network, const Projection& projection, SynapseId k,
                 const QuantizeOptions& options) {
  const Model source = network.populations()[projection.source].model;
  const double phase = source == Model::input ? 0.0 : options.spike_phase;
  return std::floor(network.total_delay(projection.first + k) / options.step + phase - 1.0 + 0.5);
}

// The smallest lags with which no synapse between different recurrent components has a negative
// delay. Lags within a component are equal and cancel there.
std::vector<double> lags_of(const Network& network, const QuantizeOptions& options) {
  const std::size_t count = network.populations().size();
  std::vector<std::vector<char>> reaches(count, std::vector<char>(count, 0));
  for (const Projection& p : network.projections())
    if (p.size > 0) reaches[p.source][p.target] = 1;
  for (std::size_t k = 0; k < count; ++k)
    for (std::size_t i = 0; i < count; ++i)
      if (reaches[i][k])
        for (std::size_t j = 0; j < count; ++j) reaches[i][j] |= reaches[k][j];
  const auto together = [&](std::size_t p, std::size_t q) {
    return p == q || (reaches[p][q] && reaches[q][p]);
  };

  std::vector<double> shortest(network.projections().size(), 0.0);
  for (std::size_t k = 0; k < shortest.size(); ++k) {
    const Projection& p = network.projections()[k];
    for (SynapseId s = 0; s < p.size; ++s) {
      const double raw = raw_delay(network, p, s, options);
      shortest[k] = s == 0 ? raw : std::min(shortest[k], raw);
    }
  }
  std::vector<double> lags(count, 0.0);
  for (std::size_t round = 0; round < count;
       ++round)  // a longest path has fewer than `count` edges
    for (std::size_t k = 0; k < shortest.size(); ++k) {
      const Projection& p = network.projections()[k];
      if (p.size == 0 || together(p.source, p.target)) continue;
      const double lag = lags[p.source] - shortest[k];
      for (std::size_t q = 0; q < count; ++q)
        if (together(p.target, q)) lags[q] = std::max(lags[q], lag);
    }
  return lags;
}

void check_options(const QuantizeOptions& options) {
  const auto require = [](bool holds, const char* name, double value, const char* remedy) {
    if (!holds)
      throw NetworkError("quantisation", fmt::format("{} is {:g}; {}", name, value, remedy));
  };
  require(options.step > 0.0 && std::isfinite(options.step), "step", options.step,
          "it must be finite and above 0 ms");
  require(options.clip_percentile > 0.0 && options.clip_percentile <= 100.0, "clip_percentile",
          options.clip_percentile, "it must lie above 0 and at most at 100");
  require(options.groups >= 1 && options.groups <= 8, "groups", options.groups,
          "a core has 1 to 8 neuron groups");
  require(options.weight_exponent >= 0 && options.weight_exponent <= 7, "weight_exponent",
          options.weight_exponent, "it must lie in 0 .. 7");
  require(options.spike_phase >= 0.0 && options.spike_phase <= 1.0, "spike_phase",
          options.spike_phase, "it is a fraction of a step, 0 to 1");
}

// Throws for what no choice of integers can express.
void check_supported(const Network& network, const Population& population) {
  if (population.model != Model::cuba_lif && population.model != Model::cuba_li)
    throw NetworkError(population.name,
                       fmt::format("its model is {}; the emulated chip has cuba_lif and cuba_li",
                                   name(population.model)));
  if (population.receptors.size() > 1 || population.receptors[0] != SynapseShape::exponential)
    throw NetworkError(population.name,
                       "the emulated chip has one exponential receptor per neuron; leave "
                       "receptors out");
  if (population.model != Model::cuba_lif) return;
  for (NeuronId n = population.first; n < population.first + population.size; ++n) {
    const double v_reset = network.parameter(ParameterKind::v_reset, n);
    if (v_reset != 0.0)
      throw NetworkError(
          network.neuron_name(n),
          fmt::format("v_reset is {:g}; the chip resets to 0. Train with v_reset = 0", v_reset));
  }
}

class Quantizer {
 public:
  Quantizer(const Network& network, const QuantizeOptions& options)
      : network_(network), options_(options), dynamics_(network.neuron_count()) {}

  Quantized run() {
    check_options(options_);
    if (!options_.threshold_drop.empty() &&
        options_.threshold_drop.size() != network_.populations().size())
      throw InternalError("quantize: threshold_drop needs one entry per population");
    if (!options_.scales.empty() && options_.scales.size() != network_.neuron_count())
      throw InternalError("quantize: scales needs one entry per neuron");
    const std::vector<double> lags = lags_of(network_, options_);
    ChipNetwork& chip = result_.chip;
    chip.step = options_.step;
    chip.spike_phase = options_.spike_phase;
    chip.neurons.resize(network_.neuron_count());
    for (std::size_t p = 0; p < network_.populations().size(); ++p) {
      const Population& population = network_.populations()[p];
      if (population.model != Model::input) check_supported(network_, population);
      chip.populations.push_back({population.name, population.model, population.first,
                                  population.size, static_cast<std::uint32_t>(lags[p])});
      PopulationReport report;
      report.name = population.name;
      report.lag = static_cast<std::uint32_t>(lags[p]);
      if (population.model != Model::input)
        quantize_population(static_cast<std::uint32_t>(p), report);
      result_.report.populations.push_back(std::move(report));
    }
    for (const Projection& projection : network_.projections()) quantize_projection(projection);
    check(chip);
    return std::move(result_);
  }

 private:
  template <typename... Arguments>
  void warn(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    result_.report.warnings.push_back(fmt::format(text, std::forward<Arguments>(arguments)...));
  }

  double drop_of(std::uint32_t population) const {
    return options_.threshold_drop.empty() ? 0.0 : options_.threshold_drop[population];
  }

  bool nothing_reaches(std::uint32_t index) const {
    for (const Projection& projection : network_.projections())
      for (SynapseId k = 0; projection.target == index && k < projection.size; ++k)
        if (network_.weight(projection.first + k) != 0.0) return false;
    return true;
  }

  // The scales of a population, one or one per neuron.
  std::vector<double> scales_of(std::uint32_t index, const Population& population) {
    if (nothing_reaches(index))
      warn(
          "{}: no incoming weight is other than 0, so nothing reaches it; train it longer or give "
          "it other weights",
          population.name);
    if (!options_.scales.empty()) {
      const auto given = std::span(options_.scales).subspan(population.first, population.size);
      if (std::all_of(given.begin(), given.end(), [&](double s) { return s == given[0]; }))
        return {given[0]};
      return {given.begin(), given.end()};
    }
    const bool together = options_.groups == 1;
    std::vector<std::vector<double>> weights(together ? 1 : population.size);
    for (const Projection& projection : network_.projections()) {
      if (projection.target != index) continue;
      for (SynapseId k = 0; k < projection.size; ++k) {
        const std::uint32_t j = projection.targets[k];
        weights[together ? 0 : j].push_back(network_.weight(projection.first + k) *
                                            dynamics_[population.first + j].gain);
      }
    }
    const bool spiking = population.model == Model::cuba_lif;
    const auto thresholds =
        network_.parameters(ParameterKind::v_threshold).subspan(population.first, population.size);
    const auto biases =
        network_.parameters(ParameterKind::bias).subspan(population.first, population.size);
    std::vector<double> scales;
    for (const std::vector<double>& list : weights)
      scales.push_back(weight_scale(list, options_.scaling, options_.clip_percentile));
    if (!together) scales = grouped(std::move(scales), options_.groups);
    if (std::all_of(scales.begin(), scales.end(), [](double s) { return s == 0.0; })) {
      double reference = 0.0;
      if (spiking) reference = *std::max_element(thresholds.begin(), thresholds.end());
      for (const double b : biases) reference = std::max(reference, std::fabs(b));
      if (reference == 0.0) reference = 1.0;
      scales = {reference / resting_threshold};
    }
    const bool common = std::all_of(thresholds.begin(), thresholds.end(),
                                    [&](double v) { return v == thresholds.front(); });
    const double threshold = thresholds.front() - drop_of(index);
    const double smallest = *std::min_element(scales.begin(), scales.end());
    for (double& scale : scales) {
      // A neuron that nothing reaches, in a group of such: any scale will do.
      if (scale == 0.0) scale = smallest > 0.0 ? smallest : threshold / resting_threshold;
      scale = std::ldexp(scale, -options_.weight_exponent);
      if (!std::isfinite(scale) || scale < std::numeric_limits<double>::min())
        throw LimitError(
            "weight", std::numeric_limits<double>::min(), scale,
            fmt::format("{}: the incoming weights are too small or too large to be scaled",
                        population.name));
      if (spiking && common && options_.scaling == Scaling::largest) {
        // A quotient that is an integer but for rounding is that integer.
        const double mantissa = std::floor(threshold / scale * (1.0 + 1e-9));
        if (mantissa >= 1.0 && mantissa <= vth_limit) scale = threshold / mantissa;
      }
    }
    return scales;
  }

  void quantize_population(std::uint32_t index, PopulationReport& report) {
    const Population& population = network_.populations()[index];
    const NeuronId end = population.first + population.size;
    for (NeuronId n = population.first; n < end; ++n)
      dynamics_[n] = dynamics_of(network_, n, options_);
    ChipPopulation& chip = result_.chip.populations[index];
    chip.scales = scales_of(index, population);
    const std::set<double> different(chip.scales.begin(), chip.scales.end());
    report.scale = *different.rbegin();
    report.groups = static_cast<std::uint32_t>(different.size());

    double tau_error = 0.0;
    for (NeuronId n = population.first; n < end; ++n) {
      const Dynamics& d = dynamics_[n];
      const double scale = chip.scale(n - population.first);
      CubaLif& neuron = result_.chip.neurons[n];
      neuron.du = d.u_decay - 1;
      neuron.dv = d.v_decay;
      const bool first = n == population.first;
      const auto extend = [first](std::int32_t& low, std::int32_t& high, std::int32_t value) {
        low = first ? value : std::min(low, value);
        high = first ? value : std::max(high, value);
      };
      extend(report.u_decay_min, report.u_decay_max, d.u_decay);
      extend(report.v_decay_min, report.v_decay_max, d.v_decay);
      const auto deviation = [&](ParameterKind kind, double tau) {
        tau_error = std::max(tau_error, std::fabs(tau / network_.parameter(kind, n) - 1.0));
      };
      deviation(ParameterKind::tau_mem, d.tau_mem);
      deviation(ParameterKind::tau_syn, d.tau_syn);

      double unit = 1.0;
      if (population.model == Model::cuba_lif) {
        unit = network_.parameter(ParameterKind::v_threshold, n) - drop_of(index);
        neuron.vth = threshold_mantissa(n, unit, scale);
        neuron.refractory_delay = refractory_delay(n);
        extend(report.threshold_min, report.threshold_max, neuron.vth);
        report.threshold_error =
            std::max(report.threshold_error, std::fabs(neuron.vth * scale / unit - 1.0));
      }
      set_bias(n, d, scale, neuron);
      const double rest = static_cast<double>(neuron.bias()) * scale / 64.0 * 4096.0 / d.v_decay;
      const double asked = network_.parameter(ParameterKind::bias, n);
      report.bias_error = std::max(report.bias_error, std::fabs(rest - asked) / unit);
    }
    if (report.threshold_error > 0.01)
      warn(
          "{}: rounding changes a threshold by {:.1f} %; weights are large for the threshold, clip "
          "the largest "
          "with clip_percentile",
          population.name, 100.0 * report.threshold_error);
    if (report.bias_error > 0.01)
      warn("{}: rounding moves a bias by {:.1f} % of the threshold", population.name,
           100.0 * report.bias_error);
    if (tau_error > 0.01)
      warn(
          "{}: 12-bit decays change a time constant by {:.1f} %; a step of another length may fit "
          "better",
          population.name, 100.0 * tau_error);
  }

  std::int32_t threshold_mantissa(NeuronId n, double v_threshold, double scale) const {
    const double mantissa = std::nearbyint(v_threshold / scale);
    if (mantissa > vth_limit)
      throw LimitError(
          "vth", vth_limit, mantissa,
          fmt::format(
              "{}: threshold {:g} is {:.0f} weight units; the chip's 17 bits end at {}. The "
              "incoming weights are too small for it: lower the threshold or raise them",
              network_.neuron_name(n), v_threshold, mantissa, vth_limit));
    if (v_threshold < scale)
      throw LimitError(
          "vth", 1.0, v_threshold / scale,
          fmt::format("{}: threshold {:g} is less than one weight unit ({:g}); clip the largest "
                      "incoming weights with clip_percentile or raise the threshold",
                      network_.neuron_name(n), v_threshold, scale));
    return static_cast<std::int32_t>(mantissa);
  }

  // V is let go at the beginning of step m + r after a spike in step m, which stands for the time
  // (m + spike_phase) dt.
  std::int32_t refractory_delay(NeuronId n) const {
    const double t_ref = network_.parameter(ParameterKind::t_ref, n);
    if (t_ref == 0.0) return 1;
    const double steps = std::nearbyint(t_ref / options_.step + options_.spike_phase);
    if (steps > refractory_delay_limit)
      throw LimitError("refractory_delay", refractory_delay_limit, steps,
                       fmt::format("{}: t_ref {:g} ms is {:.0f} steps of {:g} ms; the chip counts "
                                   "to {}. Take a longer step or a shorter t_ref",
                                   network_.neuron_name(n), t_ref, steps, options_.step,
                                   refractory_delay_limit));
    return std::max(1, static_cast<std::int32_t>(steps));
  }

  // B in 1/64 weight units per step, so that V rests at bias under the rounded decay.
  void set_bias(NeuronId n, const Dynamics& d, double scale, CubaLif& neuron) const {
    const double bias = network_.parameter(ParameterKind::bias, n);
    const double wanted = 64.0 * bias * (d.v_decay / 4096.0) / scale;
    for (int exponent = 0; exponent <= bias_exponent_limit; ++exponent) {
      const double mantissa = std::nearbyint(std::ldexp(wanted, -exponent));
      if (mantissa < bias_mantissa_min || mantissa > bias_mantissa_max) continue;
      neuron.bias_mantissa = static_cast<std::int32_t>(mantissa);
      neuron.bias_exponent = mantissa == 0.0 ? 0 : exponent;
      return;
    }
    const double limit = std::ldexp(double{bias_mantissa_max}, bias_exponent_limit);
    throw LimitError(
        "bias", limit, wanted,
        fmt::format(
            "{}: bias {:g} is {:.0f} units of 1/64 weight a step; the chip holds {:.0f}. The "
            "incoming weights are too small for it: lower the bias or raise them",
            network_.neuron_name(n), bias, wanted, limit));
  }

  void quantize_projection(const Projection& projection) {
    const ChipPopulation& from = result_.chip.populations[projection.source];
    const ChipPopulation& to = result_.chip.populations[projection.target];
    ProjectionReport report;
    report.name = projection.name;
    report.synapses = projection.size;

    std::vector<std::int32_t> integers(projection.size);
    double signal = 0.0, noise = 0.0;
    for (SynapseId k = 0; k < projection.size; ++k) {
      const double weight = network_.weight(projection.first + k);
      const double units = weight * dynamics_[to.first + projection.targets[k]].gain /
                           to.scale(projection.targets[k]);
      const double mantissa = std::ldexp(units, -options_.weight_exponent);
      const double rounded = std::nearbyint(mantissa);  // half to even, as published
      const double stored = std::clamp(rounded, lowest_weight, highest_weight);
      report.weights_clipped += stored != rounded;
      report.weights_zeroed += stored == 0.0 && weight != 0.0;
      signal += mantissa * mantissa;
      noise += (mantissa - stored) * (mantissa - stored);
      integers[k] = static_cast<std::int32_t>(stored);
    }
    report.sqnr_db =
        noise == 0.0 ? std::numeric_limits<double>::infinity() : 10.0 * std::log10(signal / noise);
    PackedWeights packed = pack_weights(integers);
    packed.format.exponent += options_.weight_exponent;

    ChipProjection chip;
    chip.name = projection.name;
    chip.source = projection.source;
    chip.target = projection.target;
    chip.format = report.format = packed.format;
    chip.synapses.reserve(projection.size);
    for (SynapseId k = 0; k < projection.size; ++k) {
      const double wanted = raw_delay(network_, projection, k, options_) + to.lag - from.lag;
      const double delay = std::clamp(wanted, 0.0, double{deployable_delay_limit});
      report.delays_clipped += delay != wanted;
      report.max_delay = std::max(report.max_delay, static_cast<std::uint32_t>(delay));
      chip.synapses.push_back({projection.sources[k], projection.targets[k],
                               static_cast<std::int16_t>(packed.weights[k]),
                               static_cast<std::uint8_t>(delay)});
    }
    if (report.weights_zeroed > 0 && report.weights_zeroed == report.synapses)
      warn(
          "{}: all weights are rounded to 0; other weights into {} are too large beside them, clip "
          "those with "
          "clip_percentile",
          projection.name, to.name);
    if (report.weights_clipped > 0)
      warn(
          "{}: {} of {} weights are clipped to 8 bits; a larger clip_percentile keeps them, with "
          "coarser steps",
          projection.name, report.weights_clipped, report.synapses);
    if (report.delays_clipped > 0)
      warn(
          "{}: {} of {} delays are clipped to 0 .. {} steps of {:g} ms; a longer chip.step or "
          "delays within that keep them",
          projection.name, report.delays_clipped, report.synapses, deployable_delay_limit,
          options_.step);
    result_.chip.projections.push_back(std::move(chip));
    result_.report.projections.push_back(std::move(report));
  }

  const Network& network_;
  const QuantizeOptions& options_;
  std::vector<Dynamics> dynamics_;  // by neuron; unused for inputs
  Quantized result_;
};

}  // namespace

Quantized quantize(const Network& network, const QuantizeOptions& options) {
  return Quantizer(network, options).run();
}

Network dequantize(const ChipNetwork& chip, const Network& original) {
  check(chip);
  const auto mismatch = [](const std::string& where) -> NetworkError {
    return {where, "the chip network was made from another network"};
  };
  if (chip.neuron_count() != original.neuron_count() ||
      chip.populations.size() != original.populations().size() ||
      chip.projections.size() != original.projections().size())
    throw mismatch("network");

  std::vector<double> values(original.parameters().begin(), original.parameters().end());
  const auto at = [&](ParameterKind kind, std::size_t index) -> double& {
    return values[original.layout().offset(kind) + index];
  };
  std::vector<double> gains(chip.neuron_count(), 0.0);
  for (std::size_t p = 0; p < chip.populations.size(); ++p) {
    const ChipPopulation& population = chip.populations[p];
    if (population.size != original.populations()[p].size ||
        population.model != original.populations()[p].model)
      throw mismatch(population.name);
    if (population.model == Model::input) continue;
    for (NeuronId n = population.first; n < population.first + population.size; ++n) {
      const CubaLif& neuron = chip.neurons[n];
      double& tau_mem = at(ParameterKind::tau_mem, n);
      double& tau_syn = at(ParameterKind::tau_syn, n);
      tau_mem = represented_tau(neuron.dv, chip.step, tau_mem);
      tau_syn = represented_tau(neuron.du + 1, chip.step, tau_syn);
      gains[n] = sampled_gain(tau_mem, tau_syn, chip.step);
      if (population.model == Model::cuba_lif)
        at(ParameterKind::t_ref, n) =
            neuron.refractory_delay == 1 ? 0.0
                                         : (neuron.refractory_delay - chip.spike_phase) * chip.step;
      if (population.model == Model::cuba_lif)
        at(ParameterKind::v_threshold, n) = neuron.vth * population.scale(n - population.first);
      if (neuron.dv > 0)
        at(ParameterKind::bias, n) = static_cast<double>(neuron.bias()) *
                                     population.scale(n - population.first) / 64.0 * 4096.0 /
                                     neuron.dv;
    }
  }
  for (std::size_t k = 0; k < chip.projections.size(); ++k) {
    const ChipProjection& projection = chip.projections[k];
    const Projection& from = original.projections()[k];
    if (projection.synapses.size() != from.size || projection.source != from.source ||
        projection.target != from.target)
      throw mismatch(projection.name);
    const ChipPopulation& source = chip.populations[projection.source];
    const ChipPopulation& target = chip.populations[projection.target];
    const double phase = source.model == Model::input ? 0.0 : chip.spike_phase;
    for (SynapseId s = 0; s < from.size; ++s) {
      const ChipSynapse& synapse = projection.synapses[s];
      if (synapse.source != from.sources[s] || synapse.target != from.targets[s])
        throw mismatch(projection.name);
      at(ParameterKind::weight, from.first + s) = projection.weight_units(s) *
                                                  target.scale(synapse.target) /
                                                  gains[target.first + synapse.target];
      const double steps = 1.0 + synapse.delay + source.lag - target.lag - phase;
      at(ParameterKind::delay, from.first + s) = std::max(steps, 0.0) * chip.step;
    }
  }
  for (NeuronId n = 0; n < chip.neuron_count(); ++n)  // the chip's delays are all in its synapses
    at(ParameterKind::axonal_delay, n) = at(ParameterKind::dendritic_delay, n) = 0.0;
  return original.with_parameters(std::move(values));
}

}  // namespace retrograde::loihi2

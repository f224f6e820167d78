#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <set>
#include <span>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/deploy/delays.hpp>
#include <retrograde/hardware/loihi2/deploy/dynamics.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>

namespace retrograde::loihi2 {

namespace {

// Weight units per threshold where no weight asks for a scale.
constexpr double resting_threshold = 2048.0;

// A relative change by rounding from here on is a warning.
constexpr double much = 0.01;

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
  try {
    (void)ChipModel(population.model);
  } catch (const DeploymentError&) {
    throw DeploymentError(
        population.name, "neuron model",
        fmt::format("its model is {}; the emulated chip has cuba_lif, lif and if, and for readouts "
                    "cuba_li, li and integrator",
                    name(population.model)));
  }
  if (population.receptors.size() > 1 || population.receptors[0] != SynapseShape::exponential)
    throw DeploymentError(population.name, "receptors",
                          "the emulated chip has one exponential receptor per neuron; leave "
                          "receptors out, and bring analogue signals as spikes");
  if (!population.model->fires()) return;
  for (NeuronId n = population.first; n < population.first + population.size; ++n) {
    const double v_reset = network.parameter(ParameterKind::v_reset, n);
    if (v_reset != 0.0)
      throw DeploymentError(
          network.neuron_name(n), "v_reset",
          fmt::format("v_reset is {:g}; the chip resets to 0. Train with v_reset = 0", v_reset));
  }
}

bool all_equal(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [&](double x) { return x == values[0]; });
}

class Quantizer {
 public:
  Quantizer(const Network& network, const QuantizeOptions& options)
      : network_(network), options_(options), dynamics_(network.neuron_count()) {}

  Quantized run() {
    check_options(options_);
    check_lists();
    ChipNetwork& chip = result_.chip;
    chip.step = options_.step;
    chip.spike_phase = options_.spike_phase;
    chip.neurons.resize(network_.neuron_count());
    const std::vector<std::uint32_t> lags = lags_of(network_, options_);
    for (std::uint32_t p = 0; p < network_.populations().size(); ++p)
      add_population(p, network_.populations()[p], lags[p]);
    for (const Projection& projection : network_.projections()) add_projection(projection);
    check(chip);
    return std::move(result_);
  }

 private:
  template <typename... Arguments>
  void warn(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    result_.report.warnings.push_back(fmt::format(text, std::forward<Arguments>(arguments)...));
  }

  void check_lists() const {
    if (!options_.threshold_drop.empty() &&
        options_.threshold_drop.size() != network_.populations().size())
      throw InternalError("quantize: threshold_drop needs one entry per population");
    if (!options_.scales.empty() && options_.scales.size() != network_.neuron_count())
      throw InternalError("quantize: scales needs one entry per neuron");
  }

  // Populations: decays, scales, then what is counted in them.

  void add_population(std::uint32_t index, const Population& population, std::uint32_t lag) {
    PopulationReport report;
    report.name = population.name;
    report.lag = lag;
    result_.chip.populations.push_back(
        {population.name, population.model, population.first, population.size, lag});
    if (population.model != Model::input) {
      check_supported(network_, population);
      set_decays(population, report);
      set_scales(index, population, report);
      set_neurons(index, population, report);
    }
    result_.report.populations.push_back(std::move(report));
  }

  void set_decays(const Population& population, PopulationReport& report) {
    double error = 0.0;
    for (NeuronId n = population.first; n < population.first + population.size; ++n) {
      const Dynamics& d = dynamics_[n] = dynamics_of(network_, n, options_);
      result_.chip.neurons[n].du = d.u_decay - 1;
      result_.chip.neurons[n].dv = d.v_decay;
      const bool first = n == population.first;
      extend(report.u_decay_min, report.u_decay_max, d.u_decay, first);
      extend(report.v_decay_min, report.v_decay_max, d.v_decay, first);
      const auto deviation = [&](ParameterKind kind, double tau) {
        error = std::max(error, std::fabs(tau / network_.parameter(kind, n) - 1.0));
      };
      deviation(ParameterKind::tau_mem, d.tau_mem);
      deviation(ParameterKind::tau_syn, d.tau_syn);
    }
    if (error > much)
      warn(
          "{}: 12-bit decays change a time constant by {:.1f} %; a step of another length may fit "
          "better",
          population.name, 100.0 * error);
  }

  static void extend(std::int32_t& low, std::int32_t& high, std::int32_t value, bool first) {
    low = first ? value : std::min(low, value);
    high = first ? value : std::max(high, value);
  }

  void set_scales(std::uint32_t index, const Population& population, PopulationReport& report) {
    if (nothing_reaches(index))
      warn(
          "{}: no incoming weight is other than 0, so nothing reaches it; train it longer or give "
          "it other weights",
          population.name);
    ChipPopulation& chip = result_.chip.populations[index];
    chip.scales =
        options_.scales.empty() ? chosen_scales(index, population) : given_scales(population);
    warn_of_room(index, population, chip.scales);
    const std::set<double> different(chip.scales.begin(), chip.scales.end());
    report.scale = *different.rbegin();
    report.groups = static_cast<std::uint32_t>(different.size());
  }

  bool nothing_reaches(std::uint32_t index) const {
    for (const Projection& projection : network_.projections())
      for (SynapseId k = 0; projection.target == index && k < projection.size; ++k)
        if (network_.weight(projection.first + k) != 0.0) return false;
    return true;
  }

  // One or one per neuron, here and below.
  std::vector<double> given_scales(const Population& population) const {
    const auto given = std::span(options_.scales).subspan(population.first, population.size);
    if (all_equal(given)) return {given[0]};
    return {given.begin(), given.end()};
  }

  std::vector<double> chosen_scales(std::uint32_t index, const Population& population) const {
    // What the weights ask for; units are larger where a threshold or a bias would not fit else.
    std::vector<double> scales;
    double largest = 0.0;
    for (const std::vector<double>& list : weights_by_scale(index, population)) {
      for (const double weight : list) largest = std::max(largest, std::fabs(weight));
      scales.push_back(weight_scale(list, options_.scaling, options_.clip_percentile));
    }
    if (options_.groups > 1) scales = grouped(std::move(scales), options_.groups);
    if (std::all_of(scales.begin(), scales.end(), [](double s) { return s == 0.0; }))
      scales = {resting_scale(population)};

    // A neuron that nothing reaches, in a group of such: any scale will do.
    const double smallest = *std::min_element(scales.begin(), scales.end());
    const std::span<const double> thresholds = of(population, ParameterKind::v_threshold);
    const double threshold = thresholds.front() - drop_of(index);
    for (double& scale : scales)
      if (scale == 0.0) scale = smallest > 0.0 ? smallest : threshold / resting_threshold;

    const bool fits_threshold =
        population.model->fires() && all_equal(thresholds) && options_.scaling == Scaling::largest;
    for (double& scale : scales) {
      scale = std::ldexp(scale, -options_.weight_exponent);
      if (!std::isfinite(scale) || scale < std::numeric_limits<double>::min())
        throw DeploymentError(population.name, "weight",
                              "the incoming weights are too small or too large to be scaled");
      if (fits_threshold) scale = fitted_to(threshold, scale);
    }
    const double least = least_scale(index, population);
    if (std::ldexp(largest, -options_.weight_exponent) >= least)
      for (double& scale : scales) scale = std::max(scale, least);
    return scales;
  }

  // Whether units are so large, and so weights so coarse, because a threshold or a bias would not fit
  // into its field with units of half the size.
  void warn_of_room(std::uint32_t index, const Population& population,
                    const std::vector<double>& scales) {
    const double smallest = *std::min_element(scales.begin(), scales.end());
    if (0.5 * smallest >= least_scale(index, population)) return;
    double largest = 0.0;
    for (const std::vector<double>& list : weights_by_scale(index, population))
      for (const double weight : list) largest = std::max(largest, std::fabs(weight));
    const double units = std::ldexp(largest, -options_.weight_exponent) / smallest;
    if (largest == 0.0 || units >= 0.5 * highest_weight) return;
    warn(
        "{}: its threshold or bias is so large beside its weights that these take up {:.0f} of the "
        "{:.0f} units that 8 bits have, and are rounded accordingly; a lower threshold, or larger "
        "weights, make them finer",
        population.name, units, highest_weight);
  }

  // The smallest one with which thresholds and biases stay in their fields.
  double least_scale(std::uint32_t index, const Population& population) const {
    double least = 0.0;
    const double most_bias = std::ldexp(double{bias_mantissa_max}, bias_exponent_limit);
    for (NeuronId n = population.first; n < population.first + population.size; ++n) {
      if (population.model->fires())
        least =
            std::max(least, (network_.parameter(ParameterKind::v_threshold, n) - drop_of(index)) /
                                vth_limit);
      const double bias = std::fabs(network_.parameter(ParameterKind::bias, n));
      least = std::max(least, 64.0 * bias * share_of(n, dynamics_[n]) / most_bias);
    }
    return least;
  }

  // The incoming weights that share a scale, as what one arrival adds.
  std::vector<std::vector<double>> weights_by_scale(std::uint32_t index,
                                                    const Population& population) const {
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
    return weights;
  }

  // Where no weight asks for a scale, thresholds and biases do.
  double resting_scale(const Population& population) const {
    double reference = 0.0;
    if (population.model->fires()) {
      const auto thresholds = of(population, ParameterKind::v_threshold);
      reference = *std::max_element(thresholds.begin(), thresholds.end());
    }
    for (const double b : of(population, ParameterKind::bias))
      reference = std::max(reference, std::fabs(b));
    return (reference == 0.0 ? 1.0 : reference) / resting_threshold;
  }

  // Larger by less than 1/vth, so that the threshold is an integer. A quotient that is one but for
  // rounding is that one.
  static double fitted_to(double threshold, double scale) {
    const double mantissa = std::floor(threshold / scale * (1.0 + 1e-9));
    return mantissa >= 1.0 && mantissa <= vth_limit ? threshold / mantissa : scale;
  }

  std::span<const double> of(const Population& population, ParameterKind kind) const {
    return network_.parameters(kind).subspan(population.first, population.size);
  }

  double drop_of(std::uint32_t population) const {
    return options_.threshold_drop.empty() ? 0.0 : options_.threshold_drop[population];
  }

  void set_neurons(std::uint32_t index, const Population& population, PopulationReport& report) {
    const ChipPopulation& chip = result_.chip.populations[index];
    for (NeuronId n = population.first; n < population.first + population.size; ++n) {
      const double scale = chip.scale(n - population.first);
      CubaLif& neuron = result_.chip.neurons[n];
      double unit = 1.0;  // of the bias's error
      if (population.model->fires()) {
        unit = network_.parameter(ParameterKind::v_threshold, n) - drop_of(index);
        neuron.vth = threshold_mantissa(n, unit, scale);
        neuron.refractory_delay = refractory_delay(n);
        extend(report.threshold_min, report.threshold_max, neuron.vth, n == population.first);
        report.threshold_error =
            std::max(report.threshold_error, std::fabs(neuron.vth * scale / unit - 1.0));
      }
      const Dynamics& d = dynamics_[n];
      set_bias(n, d, scale, neuron);
      const double rest = static_cast<double>(neuron.bias()) * scale / 64.0 / share_of(n, d);
      const double asked = network_.parameter(ParameterKind::bias, n);
      report.bias_error = std::max(report.bias_error, std::fabs(rest - asked) / unit);
    }
    if (report.threshold_error > much)
      warn(
          "{}: rounding changes a threshold by {:.1f} %; weights are large for the threshold, clip "
          "the largest with clip_percentile",
          population.name, 100.0 * report.threshold_error);
    if (report.bias_error > much)
      warn("{}: rounding moves a bias by {:.1f} % of the threshold", population.name,
           100.0 * report.bias_error);
  }

  std::int32_t threshold_mantissa(NeuronId n, double v_threshold, double scale) const {
    const double mantissa = std::nearbyint(v_threshold / scale);
    if (mantissa > vth_limit)
      throw DeploymentError(
          network_.neuron_name(n), "vth",
          fmt::format("threshold {:g} is {:.0f} weight units; the chip's 17 bits end at {}. The "
                      "incoming weights are too small for it: lower the threshold or raise them",
                      v_threshold, mantissa, vth_limit));
    if (v_threshold < scale)
      throw DeploymentError(
          network_.neuron_name(n), "vth",
          fmt::format("threshold {:g} is less than one weight unit ({:g}); clip the largest "
                      "incoming weights with clip_percentile or raise the threshold",
                      v_threshold, scale));
    return static_cast<std::int32_t>(mantissa);
  }

  // V is let go at the beginning of step m + r after a spike in step m, which stands for the time
  // (m + spike_phase) dt.
  std::int32_t refractory_delay(NeuronId n) const {
    const double t_ref = network_.parameter(ParameterKind::t_ref, n);
    if (t_ref == 0.0) return 1;
    const double steps = std::nearbyint(t_ref / options_.step + options_.spike_phase);
    if (steps > refractory_delay_limit)
      throw DeploymentError(network_.neuron_name(n), "refractory_delay",
                            fmt::format("t_ref {:g} ms is {:.0f} steps of {:g} ms; the chip counts "
                                        "to {}. Take a longer step or a shorter t_ref",
                                        t_ref, steps, options_.step, refractory_delay_limit));
    return std::max(1, static_cast<std::int32_t>(steps));
  }

  // Of its distance to rest that V goes in a step.
  double share_of(NeuronId n, const Dynamics& d) const {
    return d.v_decay > 0 ? d.v_decay / 4096.0 : share_of_step(network_, n, options_.step);
  }

  // B in 1/64 weight units per step, so that V rests at bias under the rounded decay.
  void set_bias(NeuronId n, const Dynamics& d, double scale, CubaLif& neuron) const {
    const double bias = network_.parameter(ParameterKind::bias, n);
    const double wanted = 64.0 * bias * share_of(n, d) / scale;
    for (int exponent = 0; exponent <= bias_exponent_limit; ++exponent) {
      const double mantissa = std::nearbyint(std::ldexp(wanted, -exponent));
      if (mantissa < bias_mantissa_min || mantissa > bias_mantissa_max) continue;
      neuron.bias_mantissa = static_cast<std::int32_t>(mantissa);
      neuron.bias_exponent = mantissa == 0.0 ? 0 : exponent;
      return;
    }
    throw DeploymentError(
        network_.neuron_name(n), "bias",
        fmt::format("bias {:g} is {:.0f} units of 1/64 weight a step; the chip holds {:.0f}. The "
                    "incoming weights are too small for it: lower the bias or raise them",
                    bias, wanted, std::ldexp(double{bias_mantissa_max}, bias_exponent_limit)));
  }

  // Projections: weights, then delays.

  void add_projection(const Projection& projection) {
    ProjectionReport report;
    report.name = projection.name;
    report.synapses = projection.size;
    PackedWeights packed = pack_weights(mantissas_of(projection, report));
    packed.format.exponent += options_.weight_exponent;

    ChipProjection chip;
    chip.name = projection.name;
    chip.source = projection.source;
    chip.target = projection.target;
    chip.format = report.format = packed.format;
    const std::vector<std::uint8_t> delays = delays_of(projection, report);
    for (SynapseId k = 0; k < projection.size; ++k)
      chip.synapses.push_back({projection.source_of(k), projection.targets[k],
                               static_cast<std::int16_t>(packed.weights[k]), delays[k]});
    result_.chip.projections.push_back(std::move(chip));
    result_.report.projections.push_back(std::move(report));
  }

  std::vector<std::int32_t> mantissas_of(const Projection& projection, ProjectionReport& report) {
    const ChipPopulation& to = result_.chip.populations[projection.target];
    std::vector<std::int32_t> mantissas(projection.size);
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
      mantissas[k] = static_cast<std::int32_t>(stored);
    }
    report.sqnr_db =
        noise == 0.0 ? std::numeric_limits<double>::infinity() : 10.0 * std::log10(signal / noise);
    warn_of_weights(report, to.name);
    return mantissas;
  }

  void warn_of_weights(const ProjectionReport& report, const std::string& target) {
    if (report.weights_zeroed > 0 && report.weights_zeroed == report.synapses)
      warn(
          "{}: all weights are rounded to 0; other weights into {} are too large beside them, clip "
          "those with clip_percentile",
          report.name, target);
    else if (2 * report.weights_zeroed > report.synapses)
      warn(
          "{}: {} of {} weights are rounded to 0; other weights into {} are large beside them. "
          "Give its neurons groups of their own (groups, up to 8), or clip the largest with "
          "clip_percentile",
          report.name, report.weights_zeroed, report.synapses, target);
    if (report.weights_clipped > 0)
      warn(
          "{}: {} of {} weights are clipped to 8 bits; a larger clip_percentile keeps them, with "
          "coarser steps",
          report.name, report.weights_clipped, report.synapses);
  }

  std::vector<std::uint8_t> delays_of(const Projection& projection, ProjectionReport& report) {
    const double lags = static_cast<double>(result_.chip.populations[projection.target].lag) -
                        static_cast<double>(result_.chip.populations[projection.source].lag);
    std::vector<std::uint8_t> delays(projection.size);
    Time shortest = never, longest = 0.0;  // of those that are lengthened, and cut
    for (SynapseId k = 0; k < projection.size; ++k) {
      const double wanted = raw_delay(network_, projection, k, options_) + lags;
      const double delay = std::clamp(wanted, 0.0, double{deployable_delay_limit});
      report.delays_clipped += delay != wanted;
      report.delays_lengthened += delay > wanted;
      const Time exact = network_.total_delay(projection.first + k);
      if (delay > wanted) shortest = std::min(shortest, exact);
      if (delay < wanted) longest = std::max(longest, exact);
      report.max_delay = std::max(report.max_delay, static_cast<std::uint32_t>(delay));
      delays[k] = static_cast<std::uint8_t>(delay);
    }
    if (report.delays_lengthened > 0)
      report.longest_step = longest_step_for(shortest, options_.spike_phase);
    if (longest > 0.0) report.shortest_step = shortest_step_for(longest, lags);
    warn_of_delays(report);
    return delays;
  }

  // A delay is too short for the chip only within a recurrent component: lags see to the others.
  void warn_of_delays(const ProjectionReport& report) {
    const std::uint64_t cut = report.delays_clipped - report.delays_lengthened;
    if (report.delays_lengthened > 0)
      warn(
          "{}: {} of {} delays are shorter than the chip's one step of latency, {:g} ms, and are "
          "lengthened to it; {}longer delays keep them",
          report.name, report.delays_lengthened, report.synapses, options_.step,
          report.longest_step > 0.0
              ? fmt::format("a shorter chip.step, of {:g} ms at most, or ", report.longest_step)
              : "");
    if (cut > 0)
      warn(
          "{}: {} of {} delays are longer than {} steps of {:g} ms and are cut to that; a longer "
          "chip.step, of {:g} ms at least, or shorter delays keep them",
          report.name, cut, report.synapses, deployable_delay_limit, options_.step,
          report.shortest_step);
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

}  // namespace retrograde::loihi2

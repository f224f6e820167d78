#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <span>
#include <string>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/xylo/deploy/decays.hpp>
#include <retrograde/hardware/xylo/deploy/quantize.hpp>
#include <retrograde/hardware/xylo/model/neuron.hpp>

namespace retrograde::xylo {

namespace {

using Severity = Finding::Severity;

// Half of what V may be: no threshold is above.
constexpr double roomy_threshold = 16384.0;

// Weight units per threshold where no weight asks for a unit.
constexpr double resting_threshold = 4096.0;

// A relative change by rounding from here on is a warning.
constexpr double much = 0.01;

constexpr ParameterKind tau_of[] = {ParameterKind::tau_syn, ParameterKind::tau_syn_2};

void check_supported(const Population& population, Kind kind) {
  if (population.model != Model::cuba_lif && population.model != Model::cuba_li)
    throw DeploymentError(
        population.name, "neuron model",
        fmt::format("its model is {}; Xylo has leaky integrate-and-fire neurons with synaptic "
                    "currents. Train with cuba_lif, and cuba_li for readouts",
                    name(population.model)));
  const std::size_t most = kind == Kind::output ? 1 : 2;
  const bool exponential =
      std::all_of(population.receptors.begin(), population.receptors.end(),
                  [](SynapseShape shape) { return shape == SynapseShape::exponential; });
  if (!exponential || population.receptors.size() > most)
    throw DeploymentError(
        population.name, "receptors",
        fmt::format("Xylo has exponential synapses, {}; give the population no other receptors, "
                    "and bring analogue signals as spikes",
                    most == 2 ? "two for a hidden neuron" : "one for an output neuron"));
}

class Quantizer {
 public:
  Quantizer(const Network& network, Time step) : network_(network) {
    if (!(step > 0.0) || !std::isfinite(step))
      throw NetworkError("quantisation", fmt::format("step is {:g}; it must be finite and above "
                                                     "0 ms",
                                                     step));
    result_.step = step;
  }

  Quantized run() {
    result_.layout = lay_out(network_, result_.step);
    const Layout& layout = result_.layout;
    result_.units.assign(network_.neuron_count(), 0.0);
    result_.chip.hidden.resize(layout.hidden);
    result_.chip.outputs.resize(layout.outputs);
    result_.chip.input.resize(layout.channels);
    result_.chip.recurrent.resize(layout.hidden);
    result_.chip.readout.resize(layout.hidden);
    for (std::uint32_t p = 0; p < layout.seats.size(); ++p)
      if (layout.seats[p].kind != Kind::channel) set_decays(p);
    set_units();
    for (std::uint32_t p = 0; p < layout.seats.size(); ++p)
      if (layout.seats[p].kind != Kind::channel) set_neurons(p);
    for (const Projection& q : network_.projections()) add_projection(q);
    for (Fanout* fanout : {&result_.chip.input, &result_.chip.recurrent, &result_.chip.readout})
      for (std::vector<Synapse>& row : *fanout) merge(row);
    report_delays();
    check(result_.chip);
    return std::move(result_);
  }

 private:
  const Seat& seat(std::uint32_t population) const { return result_.layout.seats[population]; }

  Neuron& neuron(NeuronId n) {
    const std::uint32_t p = network_.population_of(n);
    const std::uint32_t k = seat(p).first + (n - network_.populations()[p].first);
    return seat(p).kind == Kind::output ? result_.chip.outputs[k] : result_.chip.hidden[k];
  }

  double value(ParameterKind kind, NeuronId n) const { return network_.parameter(kind, n); }

  void add(Severity severity, std::string where, std::string resource, double limit, double wanted,
           std::string message, std::string remedy) {
    result_.findings.push_back({severity, std::move(where), std::move(resource), limit, wanted,
                                std::move(message), std::move(remedy)});
  }

  // Decays, and what of the neuron the chip does otherwise.

  void set_decays(std::uint32_t index) {
    const Population& population = network_.populations()[index];
    check_supported(population, seat(index).kind);
    const Time step = result_.step;
    double off = 1.0;
    Time worst = 0.0;
    const auto dash = [&](ParameterKind kind, NeuronId n) {
      const Time tau = value(kind, n);
      const int chosen = dash_of(tau, step);
      const double ratio = represented_tau(chosen, step) / tau;
      if (std::max(ratio, 1.0 / ratio) > off) {
        off = std::max(ratio, 1.0 / ratio);
        worst = tau;
      }
      return chosen;
    };
    for (NeuronId n = population.first; n < population.first + population.size; ++n) {
      Neuron& on_chip = neuron(n);
      on_chip.dash_mem = dash(ParameterKind::tau_mem, n);
      for (std::size_t r = 0; r < population.receptors.size(); ++r)
        on_chip.dash_syn[r] = dash(tau_of[r], n);
    }
    if (off > 1.0 + much)
      add(Severity::warning, population.name, "dash", 0, 0,
          fmt::format(
              "{}: decays by shifts change a time constant of {:g} ms by a factor of {:.2f}",
              population.name, worst, off),
          fmt::format(
              "with a chip.step of {:.3g} ms it is kept; time constants of 1.44, 3.48, 7.49, "
              "15.5, 31.5 steps, each about twice the one before, are",
              fitting_step(worst, step)));
    report_otherwise(population);
  }

  void report_otherwise(const Population& population) {
    if (!population.model->fires()) return;
    double reset = 0.0, refractory = 0.0;
    for (NeuronId n = population.first; n < population.first + population.size; ++n) {
      if (std::fabs(value(ParameterKind::v_reset, n)) > std::fabs(reset))
        reset = value(ParameterKind::v_reset, n);
      refractory = std::max(refractory, value(ParameterKind::t_ref, n));
    }
    if (reset != 0.0)
      add(Severity::problem, population.name, "v_reset", 0, reset,
          fmt::format(
              "{}: v_reset is {:g}; the chip subtracts the threshold, which is a v_reset of "
              "0",
              population.name, reset),
          "train with v_reset = 0");
    if (refractory > 0.5 * result_.step)
      add(Severity::problem, population.name, "t_ref", 0, refractory,
          fmt::format(
              "{}: t_ref is {:g} ms; the chip has no refractory period, and a neuron may fire "
              "{} times in a step",
              population.name, refractory, most_hidden_events),
          "train with t_ref = 0, or check for loihi2, which counts up to 63 steps");
  }

  // Units.

  double gain_of(NeuronId n, unsigned receptor) {
    const Neuron& on_chip = neuron(n);
    return gain(value(ParameterKind::tau_mem, n), value(tau_of[receptor], n), on_chip.dash_mem,
                on_chip.dash_syn[receptor], result_.step);
  }

  void set_units() {
    // The largest x that reaches each neuron.
    std::vector<double>& units = result_.units;
    gains_.assign(network_.neuron_count(), {0.0, 0.0});
    for (NeuronId n = 0; n < network_.neuron_count(); ++n)
      if (!network_.is_input(n))
        for (unsigned r = 0; r < network_.populations()[network_.population_of(n)].receptors.size();
             ++r)
          gains_[n][r] = gain_of(n, r);
    reach_.assign(network_.neuron_count(), {});
    for (SynapseId s = 0; s < network_.synapse_count(); ++s) {
      const NeuronId n = network_.target_of(s);
      const unsigned r = network_.receptor_of(s);
      const double x = network_.weight(s) * gains_[n][r];
      units[n] = std::max(units[n], std::fabs(x));
      (x > 0.0 ? reach_[n].up : reach_[n].down)[r] += std::fabs(x);
    }
    for (std::uint32_t p = 0; p < network_.populations().size(); ++p)
      if (seat(p).kind != Kind::channel) set_units(network_.populations()[p]);
    result_.chip.input_shift = result_.chip.recurrent_shift = shift(Kind::hidden);
    result_.chip.readout_shift = shift(Kind::output);
  }

  // The most bits for which three quarters of the neurons of a kind have room; the others, whose
  // weights are small beside their thresholds, get larger units, and so coarser weights.
  int shift(Kind kind) {
    std::vector<double> rooms;
    std::vector<NeuronId> neurons;
    for (NeuronId n = 0; n < network_.neuron_count(); ++n) {
      const std::uint32_t p = network_.population_of(n);
      if (seat(p).kind != kind) continue;
      if (!network_.populations()[p].model->fires()) return 0;
      neurons.push_back(n);
      rooms.push_back(std::min(room_of(n), std::ldexp(1.0, highest_weight_shift)));
    }
    if (rooms.empty()) return 0;
    std::vector<double> sorted = rooms;
    std::sort(sorted.begin(), sorted.end());
    const int bits = std::max(0, std::ilogb(sorted[sorted.size() / 4]));
    for (std::size_t k = 0; k < neurons.size(); ++k)
      if (const double lacking = std::ldexp(1.0, bits) / rooms[k]; lacking > 1.0)
        result_.units[neurons[k]] = fitted(value(ParameterKind::v_threshold, neurons[k]),
                                           result_.units[neurons[k]] * lacking);
    return bits;
  }

  // By how much its numbers may grow: the threshold, its currents and the V below 0 after one event of
  // every source at once.
  double room_of(NeuronId n) {
    const Neuron& on_chip = neuron(n);
    const double unit = result_.units[n];
    double room = roomy_threshold / (value(ParameterKind::v_threshold, n) / unit);
    double below = 0.0;
    for (std::size_t r = 0; r < 2; ++r) {
      room = std::min(room,
                      highest_state * unit / std::max({reach_[n].up[r], reach_[n].down[r], unit}));
      below += reach_[n].down[r] * largest_response(on_chip.dash_mem, on_chip.dash_syn[r]);
    }
    return std::min(room, highest_state * unit / std::max(below, unit));
  }

  // Before any shift.
  void set_units(const Population& population) {
    const auto units = std::span(result_.units).subspan(population.first, population.size);
    const double largest = *std::max_element(units.begin(), units.end());
    if (largest == 0.0)
      add(Severity::warning, population.name, "", 0, 0,
          fmt::format("{}: no incoming weight is other than 0, so nothing reaches it",
                      population.name),
          "train it longer or give it other weights");
    for (std::uint32_t k = 0; k < population.size; ++k) {
      const double threshold = value(ParameterKind::v_threshold, population.first + k);
      if (!population.model->fires()) {
        units[k] = largest > 0.0 ? largest / highest_weight : 1.0 / resting_threshold;
        continue;
      }
      const double least = threshold / highest_threshold;
      double unit = units[k] > 0.0 ? std::max(units[k] / highest_weight, least)
                                   : threshold / resting_threshold;
      units[k] = fitted(threshold, unit);
    }
  }

  // Larger by as little as makes the threshold a whole number of units.
  static double fitted(double threshold, double unit) {
    const double whole = std::floor(threshold / unit * (1.0 + 1e-9));
    return whole >= 1.0 ? threshold / whole : unit;
  }

  int shift_into(Kind kind) const {
    return kind == Kind::output ? result_.chip.readout_shift : result_.chip.recurrent_shift;
  }

  void set_neurons(std::uint32_t index) {
    const Population& population = network_.populations()[index];
    double threshold_error = 0.0, bias_error = 0.0;
    bool biased = false;
    for (NeuronId n = population.first; n < population.first + population.size; ++n) {
      double& unit = result_.units[n];
      unit = std::ldexp(unit, -shift_into(seat(index).kind));
      Neuron& on_chip = neuron(n);
      double of = 1.0;
      if (population.model->fires()) {
        of = value(ParameterKind::v_threshold, n);
        on_chip.threshold = threshold(n, of / unit);
        threshold_error = std::max(threshold_error, std::fabs(on_chip.threshold * unit / of - 1.0));
        on_chip.threshold = reached(on_chip);
      }
      const double bias = value(ParameterKind::bias, n);
      on_chip.bias = bias_of(n, std::ldexp(bias, -on_chip.dash_mem) / unit);
      const double rest = std::ldexp(on_chip.bias * unit, on_chip.dash_mem);
      bias_error = std::max(bias_error, std::fabs(rest - bias) / of);
      biased = biased || on_chip.bias != 0;
    }
    if (biased && seat(index).offset != 0)
      add(Severity::warning, population.name, "bias", 0, 0,
          fmt::format(
              "{}: its clock is {} steps late, which stands for its delays, and its bias acts "
              "from the first step of the chip on",
              population.name, seat(index).offset),
          "a bias of 0, or no delay before it, keeps both");
    if (threshold_error > much)
      add(Severity::warning, population.name, "threshold", 0, 0,
          fmt::format("{}: rounding changes a threshold by {:.1f} %", population.name,
                      100.0 * threshold_error),
          "its incoming weights are large for the threshold: smaller ones make it finer");
    if (bias_error > much)
      add(Severity::warning, population.name, "bias", 0, 0,
          fmt::format("{}: rounding moves a bias by {:.1f} % of the threshold", population.name,
                      100.0 * bias_error),
          "a shorter tau_mem, or a longer chip.step, makes biases finer");
  }

  // The V that an arrival brings which would just reach the threshold if nothing were rounded: decays
  // are whole and leave more of a current than they should.
  static std::int32_t reached(const Neuron& on_chip) {
    const double x = on_chip.threshold / largest_response(on_chip.dash_mem, on_chip.dash_syn[0]);
    return std::clamp(integer_response(static_cast<std::int32_t>(std::nearbyint(x)),
                                       on_chip.dash_mem, on_chip.dash_syn[0]),
                      1, highest_threshold);
  }

  std::int32_t threshold(NeuronId n, double units) const {
    const double rounded = std::nearbyint(units);
    if (rounded < 1.0 || rounded > highest_threshold)
      throw DeploymentError(
          network_.neuron_name(n), "threshold",
          fmt::format("its threshold is {:.3g} weight units; the chip holds 1 .. {}. {} its "
                      "incoming weights",
                      units, highest_threshold, rounded < 1.0 ? "Lower" : "Raise"));
    return static_cast<std::int32_t>(rounded);
  }

  std::int32_t bias_of(NeuronId n, double units) const {
    const double rounded = std::nearbyint(units);
    if (!(rounded >= lowest_state && rounded <= highest_state))
      throw DeploymentError(
          network_.neuron_name(n), "bias",
          fmt::format("its bias is {:.3g} weight units a step; the chip holds {} .. {}. Lower the "
                      "bias or raise its incoming weights",
                      units, lowest_state, highest_state));
    return static_cast<std::int32_t>(rounded);
  }

  // Weights.

  void add_projection(const Projection& q) {
    if (q.multapses)
      throw DeploymentError(q.name, "weight",
                            "a pair of it may have several synapses, and the chip has one weight "
                            "for each; write allow_multapses = false");
    const Seat &from = seat(q.source), &to = seat(q.target);
    const NeuronId first = network_.populations()[q.target].first;
    Fanout& fanout = from.kind == Kind::channel ? result_.chip.input
                     : to.kind == Kind::output  ? result_.chip.readout
                                                : result_.chip.recurrent;
    const int shift = shift_into(to.kind);
    std::uint64_t zeroed = 0;
    for (SynapseId k = 0; k < q.size; ++k) {
      const NeuronId n = first + q.targets[k];
      const double weight = network_.weight(q.first + k);
      const double units = std::ldexp(weight * gains_[n][q.receptor] / result_.units[n], -shift);
      const double rounded = std::nearbyint(units);  // at most 127: the unit is made for it
      zeroed += rounded == 0.0 && weight != 0.0;
      if (rounded != 0.0)
        fanout[from.first + q.source_of(k)].push_back(
            {to.first + q.targets[k], q.receptor, static_cast<std::int32_t>(rounded)});
    }
    result_.weights += q.size;
    if (2 * zeroed > q.size)
      add(Severity::warning, q.name, "weight", 0, static_cast<double>(zeroed),
          fmt::format(
              "{}: {} of {} weights are rounded to 0; other weights into the same neurons are "
              "large beside them",
              q.name, zeroed, q.size),
          "smaller differences between the weights of a neuron keep them");
  }

  // Of two neurons the chip has one weight for each synapse: those of several projections are added.
  void merge(std::vector<Synapse>& row) {
    const auto place = [](const Synapse& s) { return std::pair(s.target, s.synapse); };
    std::stable_sort(row.begin(), row.end(),
                     [&](const Synapse& a, const Synapse& b) { return place(a) < place(b); });
    std::vector<Synapse> merged;
    std::uint64_t clipped = 0;
    for (const Synapse& s : row) {
      if (merged.empty() || place(merged.back()) != place(s)) {
        merged.push_back(s);
        continue;
      }
      const std::int32_t sum = merged.back().weight + s.weight;
      merged.back().weight = std::clamp(sum, lowest_weight, highest_weight);
      clipped += sum != merged.back().weight;
    }
    if (clipped > 0)
      add(Severity::problem, "chip", "weight", highest_weight, 0,
          fmt::format("{} weights of projections between the same neurons are too large together",
                      clipped),
          "join the same populations by one projection");
    row = std::move(merged);
  }

  void report_delays() {
    for (const LostDelays& lost : result_.layout.lost) {
      if (lost.cut > 0)
        add(Severity::problem, lost.projection, "delays", 0, lost.most_cut,
            fmt::format(
                "{}: {} of {} synapses have delays that the chip does not have, up to {} of "
                "its steps of {:g} ms; it has none but the one step to the next neuron",
                lost.projection, lost.cut, lost.synapses, lost.most_cut, result_.step),
            "train without delays, or with one that all synapses of a projection share, which is "
            "but "
            "a later clock there; or check for loihi2, which has delays of up to 62 steps");
      if (lost.lengthened > 0)
        add(Severity::warning, lost.projection, "delays", 0, 0,
            fmt::format("{}: {} of {} delays are shorter than the one that the chip has there, and "
                        "are lengthened to it",
                        lost.projection, lost.lengthened, lost.synapses),
            "a shorter chip.step makes that less where neurons of one layer hear each other; "
            "elsewhere delays that are all the same keep them");
    }
  }

  const Network& network_;
  // What one event of every source at once adds to the currents of a neuron, up and down.
  struct Reach {
    std::array<double, 2> up = {}, down = {};
  };
  std::vector<std::array<double, 2>> gains_;  // by neuron and receptor
  std::vector<Reach> reach_;                  // by neuron
  Quantized result_;
};

}  // namespace

Quantized quantize(const Network& network, Time step) { return Quantizer(network, step).run(); }

}  // namespace retrograde::xylo

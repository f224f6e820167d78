#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <queue>
#include <tuple>

#include <retrograde/engine/enclosure/enclosure.hpp>
#include <retrograde/engine/enclosure/linear_response.hpp>
#include <retrograde/engine/network/cuba_lif_neurons.hpp>
#include <retrograde/engine/neuron/crossing.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

constexpr double slack = 1e-12;  // relative; of times and thresholds
// Relative, of what an arrival is worth to a readout: on a grid the errors of all its points add up.
constexpr double linear_slack = 1e-10;

// V and I from one side, with the neuron whose threshold and bias are those of that side.
struct Side {
  CubaLif neuron;
  MembraneState x;
  Time time = 0.0;
  Time held = 0.0;  // V stays until then

  void advance(Time to) {
    if (time < held) {
      const Time until = std::fmin(held, to);
      x.i *= std::exp(-neuron.rate_syn * (until - time));
      time = until;
    }
    if (to > time) x = neuron.flow(x, to - time);
    time = std::fmax(time, to);
  }

  // When V gets to the threshold if nothing more arrives.
  Time crossing(Time end) const {
    Side then = *this;
    if (then.time < then.held) then.advance(then.held);
    if (!(then.time < end) || cannot_spike(then.neuron, then.x)) return never;
    const Time s = next_crossing(then.neuron, then.x, end - then.time);
    return s == never ? never : then.time + s;
  }
};

// The same of networks that may be reset at any time of the stretch: V from above (sign 1) is at least,
// from below (-1) at most v_reset. From there V would go by `rise` tau_mem, which follows I and so has
// one sign, or two of which the second counts: V of one that was reset then is no further away than
// where the last rise leads in the whole stretch.
void advance_reset(Side& side, Time to, double sign) {
  if (side.time < side.held) side.advance(std::fmin(side.held, to));
  if (!(to > side.time)) return;
  const CubaLif& neuron = side.neuron;
  const auto rise = [&] { return sign * (neuron.bias - neuron.v_reset + side.x.i); };
  const double before = rise(), part = -std::expm1(-(to - side.time) * neuron.rate_mem);
  side.advance(to);
  const double reached = before < 0.0 && rise() > 0.0 ? rise() * part : 0.0;
  side.x.v = sign * std::fmax(sign * side.x.v, sign * neuron.v_reset + reached);
}

// A neuron between its bounds. `open`: it may have fired, from `first` on, or not yet. Then `above` is
// that of networks in which it has, and so is `fired` from below; `below` is that of those in which it
// has not.
struct Enclosed {
  Side above, below, fired;
  bool open = false, emitted = false;
  Time first = 0.0, last = never;  // of the spike that is open; never: not known yet
  std::uint32_t version = 0;       // of what is expected of it
};

enum class Step : std::uint8_t { arrival, earliest, latest, emission, settled };

struct Event {
  Time time;
  Step step;
  NeuronId neuron;
  double above = 0.0, below = 0.0;  // what an arrival adds to I
  std::uint32_t version = 0;

  friend bool operator>(const Event& a, const Event& b) {
    return std::tie(a.time, a.step, a.neuron) > std::tie(b.time, b.step, b.neuron);
  }
};

class EnclosureRun {
 public:
  EnclosureRun(const Network& network, const Trial& trial, const Uncertainty& uncertainty,
               const Readout& readout)
      : network_(network),
        trial_(trial),
        uncertainty_(uncertainty),
        readout_(readout),
        end_(trial.duration),
        waiting_(network.populations().size()) {
    check();
    place_neurons();
    find_layers();
  }

  Enclosure run() {
    for (const Spike& input : trial_.inputs)
      send({input.neuron, std::fmax(0.0, input.time - uncertainty_.input),
            input.time + uncertainty_.input});
    for (std::uint32_t layer = 0; layer < layers_.size() && !result_.doubt; ++layer)
      run_layer(layer);
    std::stable_sort(
        result_.spikes.begin(), result_.spikes.end(),
        [](const SpikeInterval& a, const SpikeInterval& b) { return a.last < b.last; });
    return std::move(result_);
  }

 private:
  void check() const {
    if (trial_.graded() || !trial_.muted.empty() || trial_.initial || trial_.timeline)
      throw NetworkError("trial",
                         "graded spikes, muted neurons, initial states and what else happens in a "
                         "trial are not enclosed; run it as it is");
    for (std::uint32_t p = 0; p < network_.populations().size(); ++p) {
      const Population& population = network_.populations()[p];
      if (!population.model->is_input() && !cuba_lif_dynamics(network_, p))
        throw NetworkError(
            population.name,
            fmt::format("{}: only cuba_lif and cuba_li with one exponential receptor are "
                        "enclosed",
                        population.model->name()));
    }
    if (reads_voltages() && (population_of(network_, readout_).model->fires() || readout_.trace ||
                             !readout_.weighting.has_closed_form()))
      throw NetworkError(
          population_of(network_, readout_).name,
          "voltages are enclosed of readouts that do not fire, as a maximum or an integral "
          "whose weighting is constant, exponential or linear");
  }

  bool reads_voltages() const {
    return readout_.kind == Readout::Kind::voltage_integral ||
           readout_.kind == Readout::Kind::voltage_maximum;
  }
  // Whether what is read of a neuron is its maximum, along its two states.
  bool is_followed(NeuronId n) const {
    return readout_.kind == Readout::Kind::voltage_maximum &&
           network_.population_of(n) == readout_.population;
  }
  // Whether what is read of a population is linear in what reaches it.
  bool is_linear(std::uint32_t population) const {
    return readout_.kind == Readout::Kind::voltage_integral && population == readout_.population;
  }

  static double half(const std::vector<double>& widths, std::size_t k) {
    return widths.empty() ? 0.0 : widths[k];
  }

  void place_neurons() {
    neurons_.resize(network_.neuron_count());
    for (NeuronId n = 0; n < network_.neuron_count(); ++n) {
      if (network_.is_input(n)) continue;
      const CubaLif& neuron = cuba_lif_neuron(network_, n);
      for (const double sign : {1.0, -1.0}) {
        Side& side = sign > 0.0 ? neurons_[n].above : neurons_[n].below;
        side.neuron = neuron;
        side.neuron.bias += sign * half(uncertainty_.bias, n);
        if (neuron.v_threshold != never)
          side.neuron.v_threshold -=
              sign * (half(uncertainty_.threshold, n) + slack * neuron.v_threshold);
      }
    }
    if (!reads_voltages()) return;
    const Population& read = network_.populations()[readout_.population];
    result_.low.assign(read.size, 0.0);
    result_.high.assign(read.size, 0.0);
    if (!is_linear(readout_.population)) return;
    for (std::uint32_t k = 0; k < read.size; ++k) {
      const Enclosed& n = neurons_[read.first + k];
      responses_.emplace_back(n.above.neuron, readout_.weighting, end_, uncertainty_.grid);
      result_.low[k] = widened(responses_[k].of_bias(n.below.neuron.bias), -1.0);
      result_.high[k] = widened(responses_[k].of_bias(n.above.neuron.bias), 1.0);
    }
  }

  // Strongly connected populations, causes before effects.
  void find_layers() {
    using Connections = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;
    Connections connections(network_.populations().size());
    for (const Projection& p : network_.projections())
      if (p.size > 0) boost::add_edge(p.source, p.target, connections);
    layer_of_.resize(network_.populations().size());
    const auto count = boost::strong_components(
        connections, boost::make_iterator_property_map(layer_of_.begin(),
                                                       get(boost::vertex_index, connections)));
    layers_.resize(count);
    // They come effects first.
    for (std::uint32_t p = 0; p < layer_of_.size(); ++p) {
      layer_of_[p] = count - 1 - layer_of_[p];
      layers_[layer_of_[p]].push_back(p);
    }
  }

  void run_layer(std::size_t layer) {
    layer_ = layer;
    queue_ = {};
    for (const std::uint32_t p : layers_[layer]) {
      for (const Event& event : waiting_[p]) queue_.push(event);
      waiting_[p] = {};
      const Population& population = network_.populations()[p];
      if (population.model->is_input()) continue;
      for (NeuronId n = population.first; n < population.first + population.size; ++n) expect(n);
    }
    while (!queue_.empty() && !result_.doubt) {
      const Event event = queue_.top();
      queue_.pop();
      handle(event);
    }
    for (const std::uint32_t p : layers_[layer]) finish(network_.populations()[p]);
  }

  void handle(const Event& event) {
    Enclosed& n = neurons_[event.neuron];
    if (event.step != Step::arrival && event.version != n.version) return;
    advance(event.neuron, event.time);
    switch (event.step) {
      case Step::arrival:
        n.above.x.i += event.above;
        n.below.x.i += event.below;
        n.fired.x.i += event.below;
        expect(event.neuron);
        break;
      case Step::earliest:
        if (n.open) {  // again, before the first is settled
          doubt(Doubt::Kind::second, event.neuron, event.time);
          break;
        }
        n.open = true;
        n.first = event.time;
        n.above.x.v = n.above.neuron.v_reset;
        n.above.held = event.time + n.above.neuron.t_ref;
        n.fired = n.below;
        n.fired.x.v = n.fired.neuron.v_reset;
        expect(event.neuron);
        break;
      case Step::latest:
        // From now on all have reached the threshold; the last may fire `late` after that.
        n.last = event.time + uncertainty_.late;
        expect(event.neuron);
        break;
      case Step::emission:
        emit(event.neuron, event.time);
        break;
      case Step::settled:
        n.open = n.emitted = false;
        n.last = never;
        n.below.x.v = n.fired.x.v;
        expect(event.neuron);
        break;
    }
  }

  // What happens to a neuron if nothing more arrives.
  void expect(NeuronId id) {
    Enclosed& n = neurons_[id];
    ++n.version;
    if (n.above.neuron.v_threshold == never) return;
    const auto push = [&](Time time, Step step) {
      if (time < end_) queue_.push({time, step, id, 0.0, 0.0, n.version});
    };
    push(n.above.crossing(end_), Step::earliest);
    if (!n.open) return;
    // Who is reset later, while V would fall from there, gets ahead of `above`; nothing but a bias takes
    // it to the threshold.
    if (n.above.neuron.bias >= n.above.neuron.v_threshold &&
        n.above.neuron.bias - n.above.neuron.v_reset + n.above.x.i < 0.0)
      doubt(Doubt::Kind::second, id, n.above.time);
    if (n.last == never) {
      push(n.below.crossing(end_), Step::latest);
      return;
    }
    if (!n.emitted) push(n.last, Step::emission);
    push(n.last + n.below.neuron.t_ref, Step::settled);
  }

  void advance(NeuronId id, Time to) {
    Enclosed& n = neurons_[id];
    if (is_followed(id)) {
      const std::uint32_t k = id - network_.populations()[readout_.population].first;
      result_.high[k] = read(n.above, to, result_.high[k]);
      result_.low[k] = read(n.below, to, result_.low[k]);
    }
    if (n.open) {
      advance_reset(n.above, to, 1.0);
      advance_reset(n.fired, to, -1.0);
    } else {
      n.above.advance(to);
    }
    const MembraneState before = n.below.x;
    n.below.advance(to);
    // A grid sees V at the threshold only where it stays there until the next point.
    if (n.open && n.last != never && !n.emitted && uncertainty_.late > 0.0) {
      const CubaLif& neuron = n.below.neuron;
      const double least = neuron.v_threshold * (1.0 - slack);
      if (std::fmin(before.v, n.below.x.v) < least ||
          (neuron.slope(before) < 0.0 && neuron.slope(n.below.x) > 0.0))
        doubt(Doubt::Kind::existence, id, to);
    }
  }

  // The maximum of V with the stretch up to `to`.
  double read(const Side& side, Time to, double value) const {
    const Time s = to - side.time;
    if (!(s > 0.0)) return value;
    if (uncertainty_.grid > 0.0) return read_points(side, to, value);
    return std::fmax(value, voltage_peak(side.neuron, side.x, s).v);
  }

  // The same at the points of a grid, behind the one that the state is at.
  double read_points(const Side& side, Time to, double value) const {
    const Time grid = uncertainty_.grid;
    for (double n = std::floor(side.time / grid * (1.0 + slack)) + 1.0;
         n * grid <= to * (1.0 + slack); ++n)
      value = std::fmax(value, side.neuron.flow(side.x, std::fmax(0.0, n * grid - side.time)).v);
    return value;
  }

  // Adds to what is read of a readout what arrives in [first, last] with a weight in [low, high].
  void read_arrival(const SpikeInterval& at, double low, double high) {
    const std::uint32_t k = at.neuron - network_.populations()[readout_.population].first;
    const double most = responses_[k].most(at.first), least = responses_[k].least(at.last);
    result_.high[k] += widened(high * (high > 0.0 ? most : least), 1.0);
    result_.low[k] += widened(low * (low > 0.0 ? least : most), -1.0);
  }
  static double widened(double value, double sign) {
    return value + sign * linear_slack * std::fabs(value);
  }

  void doubt(Doubt::Kind kind, NeuronId neuron, Time time) {
    if (!result_.doubt) result_.doubt = Doubt{kind, neuron, time};
  }

  void emit(NeuronId id, Time last) {
    Enclosed& n = neurons_[id];
    const SpikeInterval spike{id, n.first * (1.0 - slack), last * (1.0 + slack)};
    result_.spikes.push_back(spike);
    n.emitted = true;
    send(spike);
    expect(id);
  }

  // When a spike arrives over a synapse.
  SpikeInterval arrival(const SpikeInterval& spike, SynapseId s) const {
    const Synapse synapse = network_.synapse(spike.neuron, s);
    const Time delay = synapse.delay, width = half(uncertainty_.delay, s),
               shift = half(uncertainty_.shift, s);
    return {synapse.target, std::fmax(0.0, spike.first + std::fmax(0.0, delay - width) + shift),
            std::fmax(0.0, spike.last + delay + width + shift)};
  }

  // A last spike that may be or not, from `first` on.
  void send_possible(const SpikeInterval& spike) {
    result_.possible.push_back(spike);
    for (const SynapseId s : network_.synapses_of(spike.neuron)) {
      const SpikeInterval at = arrival(spike, s);
      const std::uint32_t p = network_.population_of(at.neuron);
      const double high = network_.weight(s) + half(uncertainty_.weight, s),
                   low = network_.weight(s) - half(uncertainty_.weight, s);
      if (is_linear(p)) {
        // At any time from the first on, or never, which is worth nothing.
        read_arrival({at.neuron, at.first, end_}, std::fmin(low, 0.0), std::fmax(high, 0.0));
        continue;
      }
      const double growth =
          std::exp((end_ - at.first) * neurons_[at.neuron].above.neuron.rate_syn) * (1.0 + slack);
      if (layer_of_[p] == layer_ || !std::isfinite(growth)) {
        doubt(Doubt::Kind::existence, spike.neuron, spike.first);
        return;
      }
      arrive(p, false,
             {at.first, Step::arrival, at.neuron, std::fmax(high, 0.0) * growth,
              std::fmin(low, 0.0) * growth});
    }
  }

  // Along all synapses of a neuron.
  void send(const SpikeInterval& spike) {
    for (const SynapseId s : network_.synapses_of(spike.neuron)) {
      const SpikeInterval at = arrival(spike, s);
      const auto [target, first, last] = at;
      const std::uint32_t p = network_.population_of(target);
      const double high = network_.weight(s) + half(uncertainty_.weight, s),
                   low = network_.weight(s) - half(uncertainty_.weight, s);
      if (is_linear(p)) {
        read_arrival(at, low, high);
        continue;
      }
      const CubaLif& neuron = neurons_[target].above.neuron;
      const bool inside = !network_.is_input(spike.neuron) && layer_of_[p] == layer_;
      if (inside && first < spike.last) {
        doubt(Doubt::Kind::causality, spike.neuron, spike.last);
        return;
      }
      // More than e^50 is no bound of anything.
      if (!((last - first) * neuron.rate_syn < 50.0)) {
        doubt(Doubt::Kind::causality, spike.neuron, spike.last);
        return;
      }
      const double growth = std::exp((last - first) * neuron.rate_syn) * (1.0 + slack);
      arrive(p, inside,
             {first, Step::arrival, target, std::fmax(high, 0.0) * growth,
              std::fmin(low, 0.0) * growth});
      arrive(p, inside,
             {last, Step::arrival, target, std::fmin(high, 0.0) / growth,
              std::fmax(low, 0.0) / growth});
    }
  }

  void arrive(std::uint32_t population, bool inside, const Event& event) {
    if (!(event.time < end_)) return;
    if (inside)
      queue_.push(event);
    else
      waiting_[population].push_back(event);
  }

  // At the end of the trial: a spike that only some have, and what is read.
  void finish(const Population& population) {
    if (population.model->is_input()) return;
    for (NeuronId n = population.first; n < population.first + population.size; ++n) {
      if (neurons_[n].open && !neurons_[n].emitted)
        send_possible({n, neurons_[n].first * (1.0 - slack), end_});
      if (!result_.doubt && is_followed(n)) advance(n, end_);
    }
  }

  const Network& network_;
  const Trial& trial_;
  const Uncertainty& uncertainty_;
  const Readout& readout_;
  const Time end_;
  std::vector<Enclosed> neurons_;
  std::vector<LinearResponse> responses_;    // of a readout of integrals, per neuron
  std::vector<std::vector<Event>> waiting_;  // by population, for layers to come
  std::vector<std::size_t> layer_of_;        // per population
  std::vector<std::vector<std::uint32_t>> layers_;
  std::size_t layer_ = std::numeric_limits<std::size_t>::max();
  std::priority_queue<Event, std::vector<Event>, std::greater<>> queue_;
  Enclosure result_;
};

}  // namespace

std::string text(const Doubt& doubt, const Network& network) {
  const std::string who = network.neuron_name(doubt.neuron);
  switch (doubt.kind) {
    case Doubt::Kind::existence:
      return fmt::format("whether {} fires at about {:g} ms", who, doubt.time);
    case Doubt::Kind::second:
      return fmt::format("how often {} fires at about {:g} ms", who, doubt.time);
    case Doubt::Kind::causality:
      break;
  }
  return fmt::format("whether a spike of {} at about {:g} ms reaches others before they are known",
                     who, doubt.time);
}

Enclosure enclose(const Network& network, const Trial& trial, const Uncertainty& uncertainty,
                  const Readout& readout) {
  return EnclosureRun(network, trial, uncertainty, readout).run();
}

std::optional<int> certified_decision(const Network& network, const Readout& readout,
                                      const Enclosure& enclosure) {
  if (enclosure.doubt || readout.kind == Readout::Kind::none) return std::nullopt;
  const Population& population = population_of(network, readout);
  // Small is better of times; of voltages their negatives.
  std::vector<double> best(population.size, never), worst(population.size, never);
  if (readout.kind == Readout::Kind::first_spike) {
    bool any = false;
    for (const SpikeInterval& spike : enclosure.spikes) {
      if (spike.neuron < population.first || spike.neuron - population.first >= population.size)
        continue;
      const std::uint32_t k = spike.neuron - population.first;
      best[k] = std::fmin(best[k], spike.first);
      worst[k] = std::fmin(worst[k], spike.last);
      any = true;
    }
    for (const SpikeInterval& spike : enclosure.possible)
      if (spike.neuron >= population.first && spike.neuron - population.first < population.size) {
        const std::uint32_t k = spike.neuron - population.first;
        best[k] = std::fmin(best[k], spike.first);
        if (!any) return std::nullopt;
      }
    if (!any) return no_decision;
  } else {
    for (std::uint32_t k = 0; k < population.size; ++k) {
      best[k] = -enclosure.high[k];
      worst[k] = -enclosure.low[k];
    }
  }
  for (std::uint32_t k = 0; k < population.size; ++k) {
    bool wins = true;
    for (std::uint32_t other = 0; other < population.size && wins; ++other)
      wins = other == k || worst[k] < best[other];
    if (wins) return static_cast<int>(k);
  }
  return std::nullopt;
}

}  // namespace retrograde

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <tbb/parallel_for.h>

#include <retrograde/engine/neuron/crossing.hpp>
#include <retrograde/engine/sequential/observer.hpp>
#include <retrograde/engine/windowed/linear_readout.hpp>
#include <retrograde/engine/windowed/window_plan.hpp>
#include <retrograde/engine/windowed/windowed.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// What is under way to one neuron in one window, as it is worth at the window's end: for V, for I,
// and the part of V from positive weights.
struct alignas(32) Lane {
  double v = 0.0, i = 0.0, positive = 0.0, unused = 0.0;

  // All entries at once.
  void add(double to_v, double to_i) {
    using Four [[gnu::vector_size(32), gnu::may_alias]] = double;
    *reinterpret_cast<Four*>(this) += Four{to_v, to_i, to_v > 0.0 ? to_v : 0.0, 0.0};
  }
};

constexpr int stage_size = 256;  // synapses that are computed before they are added

// What the arrivals of one spike are worth at the end of their windows.
template <bool dense>
void stage(const WindowGrid& grid, Time time, int size, const double* __restrict delay,
           const double* __restrict weight, const std::uint32_t* __restrict target,
           const ShortFlows& flows, std::size_t first, std::uint32_t stride,
           std::uint32_t* __restrict place, double* __restrict v, double* __restrict i) {
  const double* __restrict rate_mem = flows.rate_mem.data() + first;
  const double* __restrict rate_slow = flows.rate_slow.data() + first;
  const double* __restrict rate_gap = flows.rate_gap.data() + first;
  const double* __restrict fall_syn = flows.fall_syn.data() + first;
  const Time window = grid.window, rate = grid.rate;
  const int mask = static_cast<int>(grid.mask);
  for (int k = 0; k < size; ++k) {
    const std::size_t j = dense ? static_cast<std::size_t>(k) : target[k];
    const Time arrival = time + delay[k];
    const int w = static_cast<int>(arrival * rate);
    place[k] = static_cast<std::uint32_t>(w & mask) * stride +
               (dense ? static_cast<std::uint32_t>(k) : target[k]);
    const Time s = static_cast<double>(w + 1) * window - arrival;
    const double slow = weight[k] * short_exp(rate_slow[j] * s);
    const double p = s * short_phi(rate_gap[j] * s);
    v[k] = slow * (rate_mem[j] * p);
    i[k] = slow * (1.0 - fall_syn[j] * p);
  }
}

// Takes neurons [begin, end) from v and i to the end of a window in which nothing resets them, and
// bounds V in between.
void close(const WindowLayer& layer, std::size_t begin, std::size_t end,
           const double* __restrict lane, const double* __restrict v0, const double* __restrict i0,
           double* __restrict v1, double* __restrict i1, double* __restrict bound) {
  const double* __restrict mem = layer.mem.data();
  const double* __restrict syn = layer.syn.data();
  const double* __restrict kernel = layer.kernel.data();
  const double* __restrict bias = layer.bias.data();
  const double* __restrict rate = layer.flows.rate_mem.data();
  const Time window = layer.window;
  for (std::size_t n = begin; n < end; ++n) {
    const double v = v0[n], i = i0[n];
    const double free_v = bias[n] + (v - bias[n]) * mem[n] + i * kernel[n];
    const double free_i = i * syn[n];
    // The tangents at both ends.
    const double from_start = v + rate[n] * (bias[n] - v + i) * window;
    const double from_end = free_v - rate[n] * (bias[n] - free_v + free_i) * window;
    const double inside = from_start < from_end ? from_start : from_end;
    const double ends = v > free_v ? v : free_v;
    const double rounding = 1e-12 * (std::fabs(v) + std::fabs(i) + std::fabs(bias[n]));
    bound[n] = (inside > ends ? inside : ends) + lane[4 * n + 2] * (1.0 + 1e-12) + rounding;
    v1[n] = free_v + lane[4 * n];
    i1[n] = free_i + lane[4 * n + 1];
  }
}

struct Arrival {
  Time time;
  SynapseId synapse;
  std::uint32_t order;  // of the spike within its train
  double weight;

  friend bool operator<(const Arrival& a, const Arrival& b) {
    if (a.time != b.time) return a.time < b.time;
    return a.synapse != b.synapse ? a.synapse < b.synapse : a.order < b.order;
  }
};

// One layer on its way through one trial.
class LayerRun {
 public:
  LayerRun(const Network& network, const WindowLayer& layer, const Trial& trial,
           const RunOptions& options, const WindowedOptions& windowed,
           std::vector<SpikeTrain>& trains)
      : network_(network),
        layer_(layer),
        end_(trial.duration),
        options_(options),
        windowed_(windowed),
        trains_(trains),
        grid_(layer.grid()),
        parts_per_ms_(std::ldexp(grid_.rate, static_cast<int>(layer.part_bits))),
        size_(layer.size()),
        lanes_(layer.slots * size_),
        v_(size_, 0.0),
        i_(size_, 0.0),
        next_v_(size_),
        next_i_(size_),
        bound_(size_),
        release_(size_, 0.0),
        pending_(size_, 0),
        counts_(size_, 0) {
    for (const WindowFeed& feed : layer.feeds) {
      Walk walk;
      const bool dense = network.projections()[feed.projection].dense;
      if (!dense) walk.latest.assign(network.populations()[feed.source].size, nobody);
      walks_.push_back(std::move(walk));
    }
    for (std::uint32_t p : layer.populations) {
      const Population& population = network.populations()[p];
      for (std::uint32_t k = 0; k < population.size; ++k)
        homes_.push_back({p, static_cast<NeuronId>(homes_.size() - k)});
    }
    const std::size_t chunks = (size_ + window_chunk - 1) / window_chunk;
    for (std::size_t c = 0; c < chunks; ++c)
      chunks_.push_back({c * size_ / chunks, (c + 1) * size_ / chunks, {}, {}, {}, {}});
  }

  // Appends the spikes of the layer, in order. `progress` is told the time now and then, and throws
  // to stop the run.
  template <typename Progress>
  void run(std::vector<TapeSpike>& spikes, const Progress& progress) {
    const auto count = static_cast<std::uint32_t>(std::ceil(end_ * grid_.rate));
    // Often enough for somebody who waits: after every window of a very large layer.
    const auto often =
        static_cast<std::uint32_t>(std::clamp<std::size_t>((std::size_t{1} << 18) / size_, 1, 256));
    for (std::uint32_t w = 0; w < count; ++w) {
      const Time from = grid_.begin(w);
      const Time to = grid_.begin(w + 1);
      for (std::size_t f = 0; f < walks_.size(); ++f) admit(f, from, to);
      if (chunks_.size() == 1) {
        pass(chunks_[0], w, from, to, spikes);
      } else {
        tbb::parallel_for(std::size_t{0}, chunks_.size(),
                          [&](std::size_t c) { pass(chunks_[c], w, from, to, spikes); });
      }
      std::swap(v_, next_v_);
      std::swap(i_, next_i_);
      collect(spikes);
      if (w % often == often - 1) progress(std::fmin(to, end_));
    }
  }

 private:
  static constexpr std::uint32_t nobody = std::numeric_limits<std::uint32_t>::max();

  struct Home {
    std::uint32_t population;
    NeuronId first;  // of the population within the layer
  };
  // How far a feed has been read: spikes [0, delivered) of its train are in the lanes, [delivered,
  // admitted) go into them in this window, and those before `recent` have arrived everywhere.
  struct Walk {
    std::size_t recent = 0, delivered = 0, admitted = 0;
    std::vector<std::uint32_t> parts;  // times of admitted spikes in parts; for dense projections
    // The last admitted spike of each source, and the one before each; for sparse projections.
    std::vector<std::uint32_t> latest, previous;
  };
  struct Fired {
    TapeSpike spike;
    std::uint32_t neuron;  // within the layer
    bool held;             // its released_slope is still to come
  };
  struct Chunk {
    std::size_t begin, end;  // neurons
    std::vector<std::uint32_t> busy;
    std::vector<Arrival> arrivals;
    std::vector<std::uint32_t> candidates;
    std::vector<Fired> fired;
  };

  void admit(std::size_t f, Time from, Time to) {
    const WindowFeed& feed = layer_.feeds[f];
    const SpikeTrain& train = trains_[feed.source];
    Walk& walk = walks_[f];
    walk.delivered = walk.admitted;
    while (walk.admitted < train.times.size() && train.times[walk.admitted] < to) {
      if (!walk.latest.empty()) {
        walk.previous.push_back(walk.latest[train.sources[walk.admitted]]);
        walk.latest[train.sources[walk.admitted]] = static_cast<std::uint32_t>(walk.admitted);
      } else {
        walk.parts.push_back(static_cast<std::uint32_t>(
            static_cast<std::int64_t>(train.times[walk.admitted] * parts_per_ms_)));
      }
      ++walk.admitted;
    }
    // One window more, so that rounding never loses one.
    const Time oldest = from - feed.max_delay - grid_.window;
    while (walk.recent < walk.admitted && train.times[walk.recent] < oldest) ++walk.recent;
  }

  void pass(Chunk& chunk, std::uint32_t w, Time from, Time to, std::vector<TapeSpike>& spikes) {
    for (std::size_t f = 0; f < walks_.size(); ++f) deliver(chunk, f);
    Lane* lanes = lanes_.data() + grid_.slot(w) * size_;
    close(layer_, chunk.begin, chunk.end, &lanes->v, v_.data(), i_.data(), next_v_.data(),
          next_i_.data(), bound_.data());
    std::fill(lanes + chunk.begin, lanes + chunk.end, Lane{});
    chunk.busy.clear();
    const double* threshold = layer_.v_threshold.data();
    for (std::size_t n = chunk.begin; n < chunk.end; ++n)
      if (!(bound_[n] < threshold[n]) || release_[n] > from)
        chunk.busy.push_back(static_cast<std::uint32_t>(n));
    if (windowed_.replay_everything) {
      chunk.busy.clear();
      for (std::size_t n = chunk.begin; n < chunk.end; ++n)
        chunk.busy.push_back(static_cast<std::uint32_t>(n));
    }
    for (const std::uint32_t n : chunk.busy) {
      if (release_[n] >= to) {  // held all the time
        next_v_[n] = v_[n];
        continue;
      }
      seek_arrivals(chunk, n, w);
      replay(chunk, n, from, std::fmin(to, end_), to, spikes);
    }
  }

  void deliver(const Chunk& chunk, std::size_t f) {
    const WindowFeed& feed = layer_.feeds[f];
    const Walk& walk = walks_[f];
    if (walk.delivered == walk.admitted) return;
    const SpikeTrain& train = trains_[feed.source];
    for (std::size_t k = walk.delivered; k < walk.admitted; ++k) {
      const WindowRow row = row_of(network_, feed, train.sources[k], chunk.begin, chunk.end);
      if (row.target)
        scatter<false>(train.times[k], row, feed.target_first);
      else
        scatter<true>(train.times[k], row, feed.target_first + row.first_target);
    }
  }

  template <bool dense>
  void scatter(Time time, const WindowRow& row, std::size_t first) {
    std::uint32_t place[stage_size];
    double v[stage_size], i[stage_size];
    for (std::size_t base = 0; base < row.size; base += stage_size) {
      const auto size = static_cast<int>(std::min<std::size_t>(stage_size, row.size - base));
      const std::uint32_t* target = dense ? nullptr : row.target + base;
      const std::size_t begin = dense ? first + base : first;
      stage<dense>(grid_, time, size, row.delay + base, row.weight + base, target, layer_.flows,
                   begin, static_cast<std::uint32_t>(size_), place, v, i);
      Lane* lanes = lanes_.data() + begin;
      for (int k = 0; k < size; ++k) {
        lanes[place[k]].add(v[k], i[k]);
      }
    }
  }

  // All that reaches neuron n in window w before the end of the run, in order.
  void seek_arrivals(Chunk& chunk, std::uint32_t n, std::uint32_t w) {
    std::vector<Arrival>& arrivals = chunk.arrivals;
    arrivals.clear();
    const Home& home = homes_[n];
    const std::uint32_t j = n - home.first;
    const double* weights = network_.parameters(ParameterKind::weight).data();
    for (std::size_t f = 0; f < walks_.size(); ++f) {
      const WindowFeed& feed = layer_.feeds[f];
      const Projection& p = network_.projections()[feed.projection];
      if (p.target != home.population) continue;
      const SpikeTrain& train = trains_[feed.source];
      const Walk& walk = walks_[f];
      const double* delays = delays_of(network_, feed);
      if (p.dense) {
        const std::uint32_t sources = network_.populations()[p.source].size;
        const std::uint32_t targets = network_.populations()[p.target].size;
        const std::uint16_t* lag = feed.lags_by_target.data() + std::size_t{j} * sources;
        chunk.candidates.resize(walk.admitted - walk.recent);
        std::uint32_t* candidate = chunk.candidates.data();
        const std::uint32_t* source = train.sources.data();
        const std::uint32_t* part = walk.parts.data();
        // The part of a sum is that of its terms together, or one more, or two by rounding.
        const std::uint32_t low = (w << layer_.part_bits) - 2;
        const std::uint32_t width = (1u << layer_.part_bits) + 2;
        std::size_t found = 0;
        for (std::size_t k = walk.recent; k < walk.admitted; ++k) {
          candidate[found] = static_cast<std::uint32_t>(k);
          found += static_cast<std::size_t>(part[k] + lag[source[k]] - low < width);
        }
        // Far apart in memory: fetched together before anything depends on one of them.
        const std::size_t first = arrivals.size();
        for (std::size_t c = 0; c < found; ++c) {
          const std::uint32_t k = candidate[c];
          const SynapseId position = source[k] * targets + j;
          arrivals.push_back({train.times[k] + delays[position], p.first + position, k,
                              weights[p.first + position]});
        }
        arrivals.erase(
            std::remove_if(
                arrivals.begin() + static_cast<std::ptrdiff_t>(first), arrivals.end(),
                [&](const Arrival& a) { return grid_.of(a.time) != w || !(a.time < end_); }),
            arrivals.end());
      } else {
        for (SynapseId c = p.columns[j]; c < p.columns[j + 1]; ++c) {
          for (std::uint32_t k = walk.latest[p.incoming_sources[c]];
               k != nobody && k >= walk.recent; k = walk.previous[k]) {
            const SynapseId position = p.incoming[c];
            const Time arrival = train.times[k] + delays[position];
            if (grid_.of(arrival) == w && arrival < end_)
              arrivals.push_back({arrival, p.first + position, k, weights[p.first + position]});
          }
        }
      }
    }
    std::sort(arrivals.begin(), arrivals.end());
  }

  // Takes neuron n from `from` to `to` arrival by arrival. Only a reset or a release makes this the
  // neuron's state at `to`; otherwise the sums are. Spikes lie before `last`, the earlier of `to`
  // and the end of the run.
  void replay(Chunk& chunk, std::uint32_t n, Time from, Time last, Time to,
              std::vector<TapeSpike>& spikes) {
    const CubaLif& model = layer_.models[n];
    const ShortFlow flow = layer_.flows[n];
    double v = v_[n], i = i_[n];
    Time t = from;
    bool changed = false;
    auto arrival = chunk.arrivals.begin();
    for (;;) {
      const bool more = arrival != chunk.arrivals.end();
      const Time next = more ? arrival->time : last;
      if (release_[n] > t) {  // held
        const Time until = std::min(release_[n], next);
        i *= flow.propagator(std::max(until - t, 0.0)).syn;
        t = until;
        changed = true;
        if (t == release_[n]) note_release(chunk, n, model.slope({v, i}), spikes);
      }
      if (t < next) {
        double end_v = v, end_i = i;
        advance(model, flow, end_v, end_i, next - t);
        const Time s = crossing(model, {v, i}, {end_v, end_i}, next - t);
        if (s != never && t + s < next) {
          t += s;
          i *= flow.propagator(s).syn;
          if (++counts_[n] > 1000.0 + options_.max_rate * t) throw_runaway(n, t);
          v = model.v_reset;
          release_[n] = t + model.t_ref;
          const bool held = release_[n] > t;
          const double slope = model.rate_mem * (model.bias - model.v_threshold + i);
          chunk.fired.push_back(
              {{t, slope, held ? 0.0 : model.slope({v, i}), layer_.neurons[n]}, n, held});
          changed = true;
          continue;
        }
        v = end_v;
        i = end_i;
        t = next;
      }
      if (!more) break;
      i += arrival->weight;
      ++arrival;
    }
    if (!changed) return;
    if (release_[n] > t) {
      i *= flow.propagator(to - t).syn;
    } else if (to > t) {
      advance(model, flow, v, i, to - t);
    }
    next_v_[n] = v;
    next_i_[n] = i;
  }

  static void advance(const CubaLif& model, const ShortFlow& flow, double& v, double& i, Time s) {
    const CubaLif::Propagator p = flow.propagator(s);
    v = model.bias + (v - model.bias) * p.mem + i * p.kernel;
    i *= p.syn;
  }

  // When V reaches the threshold between two states s ms apart; never if it does not. The bound of
  // `close` first.
  static Time crossing(const CubaLif& model, const MembraneState& x, const MembraneState& y,
                       Time s) {
    const double inside = std::min(x.v + model.slope(x) * s, y.v - model.slope(y) * s);
    const double top = std::max({x.v, y.v, inside});
    const double rounding = 1e-12 * (std::fabs(x.v) + std::fabs(x.i) + std::fabs(model.bias));
    if (top + rounding < model.v_threshold) return never;
    return next_crossing(model, x, s);
  }

  // A spike of this very window, or one that is on the tape.
  void note_release(Chunk& chunk, std::uint32_t n, double slope, std::vector<TapeSpike>& spikes) {
    if (!chunk.fired.empty() && chunk.fired.back().neuron == n) {
      chunk.fired.back().spike.released_slope = slope;
      chunk.fired.back().held = false;
    } else {
      spikes[pending_[n]].released_slope = slope;
    }
  }

  [[noreturn]] void throw_runaway(std::uint32_t n, Time t) const {
    const double most = 1000.0 + options_.max_rate * t;
    throw LimitError(
        "spikes", most, counts_[n],
        fmt::format("runaway activity: {} fired {} times by {:.6g} ms (guard: 1000 + {:g} per ms); "
                    "weaken its excitation, add inhibition or a refractory period, or raise "
                    "max_rate",
                    network_.neuron_name(layer_.neurons[n]), counts_[n], t, options_.max_rate));
  }

  // The spikes of a window, in order, onto the tape and the trains.
  void collect(std::vector<TapeSpike>& spikes) {
    fired_.clear();
    for (Chunk& chunk : chunks_) {
      fired_.insert(fired_.end(), chunk.fired.begin(), chunk.fired.end());
      chunk.fired.clear();
    }
    std::sort(fired_.begin(), fired_.end(), [](const Fired& a, const Fired& b) {
      return a.spike.time != b.spike.time ? a.spike.time < b.spike.time : a.neuron < b.neuron;
    });
    for (const Fired& f : fired_) {
      if (f.held) pending_[f.neuron] = static_cast<std::uint32_t>(spikes.size());
      spikes.push_back(f.spike);
      const Home& home = homes_[f.neuron];
      trains_[home.population].times.push_back(f.spike.time);
      trains_[home.population].sources.push_back(f.neuron - home.first);
    }
  }

  const Network& network_;
  const WindowLayer& layer_;
  const Time end_;
  const RunOptions& options_;
  const WindowedOptions& windowed_;
  std::vector<SpikeTrain>& trains_;  // per population
  const WindowGrid grid_;
  const double parts_per_ms_;
  const std::size_t size_;
  std::vector<Lane> lanes_;  // [slot][neuron]
  // Per neuron: the state at the beginning of the window and at its end.
  std::vector<double> v_, i_, next_v_, next_i_, bound_;
  std::vector<Time> release_;           // V is held until then
  std::vector<std::uint32_t> pending_;  // its spike on the tape whose release is still to come
  std::vector<std::uint32_t> counts_;
  std::vector<Home> homes_;
  std::vector<Walk> walks_;  // per feed
  std::vector<Chunk> chunks_;
  std::vector<Fired> fired_;
};

[[noreturn]] void throw_impossible(const std::string& obstacle) {
  throw NetworkError("scheduler", "windowed is impossible: " + obstacle);
}

bool before(const TapeSpike& a, const TapeSpike& b) {
  return a.time != b.time ? a.time < b.time : a.neuron < b.neuron;
}

std::uint64_t count_deliveries(const Network& network, const WindowFeed& feed,
                               const SpikeTrain& train, Time end) {
  std::uint64_t count = 0;
  for (std::size_t k = 0; k < train.times.size(); ++k) {
    const WindowRow row = row_of(network, feed, train.sources[k]);
    if (train.times[k] + feed.max_delay < end) {
      count += row.size;
      continue;
    }
    for (std::size_t s = 0; s < row.size; ++s) count += train.times[k] + row.delay[s] < end;
  }
  return count;
}

void integrate(const Network& network, const WindowReadout& readout, const TimeWeight& weighting,
               const std::vector<SpikeTrain>& trains, Tape& tape) {
  const Population& population = network.populations()[readout.population];
  const LinearReadout linear(network, readout.population, weighting, tape.duration);
  double* integrals = tape.voltage_integrals.data() + population.first;
  double h[LinearReadout::most], r[LinearReadout::most];
  for (const WindowFeed& feed : readout.feeds) {
    const SpikeTrain& train = trains[feed.source];
    for (std::size_t k = 0; k < train.times.size(); ++k) {
      const WindowRow all = row_of(network, feed, train.sources[k]);
      for (std::size_t base = 0; base < all.size; base += LinearReadout::most) {
        const WindowRow row = all.part(base, LinearReadout::most);
        linear.respond(train.times[k], row, h, r);
        for (std::size_t s = 0; s < row.size; ++s)
          integrals[row.target ? row.target[s] : row.first_target + s] += row.weight[s] * h[s];
      }
    }
  }
  for (std::uint32_t n = 0; n < population.size; ++n) integrals[n] += linear.of_bias(n);
}

}  // namespace

WindowedMachine::WindowedMachine(const Network& network, const WindowedOptions& options)
    : WindowedMachine(network, make_plan(network), options) {}

WindowedMachine::WindowedMachine(const Network& network, WindowPlan plan,
                                 const WindowedOptions& options)
    : network_(network), plan_(std::move(plan)), options_(options) {
  if (!plan_.obstacle.empty()) throw_impossible(plan_.obstacle);
}

const Machine& WindowedMachine::chosen(Time duration, std::size_t) const {
  if (const std::string obstacle = plan_.obstacle_to(duration); !obstacle.empty())
    throw_impossible(obstacle);
  return *this;
}

Tape WindowedMachine::run_checked(const Trial& trial, const RunOptions& options,
                                  std::span<const Probe> probes,
                                  std::vector<Recording>* recordings) const {
  chosen(trial.duration, trial.inputs.size());
  const Network& network = network_;
  const WindowPlan& plan = plan_;

  Tape tape;
  tape.duration = trial.duration;
  tape.trajectories.resize(network.neuron_count());
  std::vector<SpikeTrain> trains(network.populations().size());
  for (const Spike& spike : trial.inputs) {
    const std::uint32_t p = network.population_of(spike.neuron);
    trains[p].times.push_back(spike.time);
    trains[p].sources.push_back(spike.neuron - network.populations()[p].first);
    tape.spikes.push_back({spike.time, 0.0, 0.0, spike.neuron});
  }
  for (std::size_t l = 0; l < plan.layers.size(); ++l) {
    const auto progress = [&](Time t) {
      const auto done = static_cast<double>(l), all = static_cast<double>(plan.layers.size());
      if (options.progress && !options.progress((done * trial.duration + t) / all))
        throw Interrupted("the run was stopped");
    };
    const auto size = static_cast<std::ptrdiff_t>(tape.spikes.size());
    LayerRun(network, plan.layers[l], trial, options, options_, trains).run(tape.spikes, progress);
    std::inplace_merge(tape.spikes.begin(), tape.spikes.begin() + size, tape.spikes.end(), before);
  }

  tape.spikes.shrink_to_fit();  // a batch holds many tapes

  for (const WindowLayer& layer : plan.layers)
    for (const WindowFeed& feed : layer.feeds)
      tape.deliveries += count_deliveries(network, feed, trains[feed.source], trial.duration);
  const Readout& readout = options.readout;
  bool linear = false;
  for (const WindowReadout& r : plan.readouts) {
    for (const WindowFeed& feed : r.feeds)
      tape.deliveries += count_deliveries(network, feed, trains[feed.source], trial.duration);
    if (r.population != readout.population || readout.trace ||
        readout.kind != Readout::Kind::voltage_integral || !readout.weighting.has_closed_form())
      continue;
    tape.voltage_integrals.assign(network.neuron_count(), 0.0);
    integrate(network, r, readout.weighting, trains, tape);
    linear = true;
  }
  if (recordings || !linear)
    observe(network, linear ? Readout{} : readout, probes, tape, recordings);
  return tape;
}

}  // namespace retrograde

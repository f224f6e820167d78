#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <retrograde/adjoint/sequential/costate.hpp>
#include <retrograde/adjoint/windowed/costates.hpp>
#include <retrograde/adjoint/windowed/layer_back.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/engine/windowed/window_plan.hpp>

namespace retrograde {

namespace {

constexpr int stage_size = 256;  // synapses that are read before anything is computed from them

// What the arrivals of one spike lead to in the lanes: the place, and the time left to the end of
// the window.
template <bool dense>
void locate(const WindowGrid& grid, Time time, int size, const double* __restrict delay,
            const std::uint32_t* __restrict target, std::uint32_t stride,
            std::uint32_t* __restrict place, Time* __restrict left) {
  const Time window = grid.window, rate = grid.rate;
  const int mask = static_cast<int>(grid.mask);
  for (int k = 0; k < size; ++k) {
    const Time arrival = time + delay[k];
    const int w = static_cast<int>(arrival * rate);
    place[k] = static_cast<std::uint32_t>(w & mask) * stride +
               (dense ? static_cast<std::uint32_t>(k) : target[k]);
    left[k] = static_cast<double>(w + 1) * window - arrival;
  }
}

// The sums of one neuron after the other that arrivals add to.
struct ArrivalSums {
  std::vector<double> dendritic, tau_mem, tau_syn;
};

// One layer on its way back through one trial: what layer_back.hpp describes. `full`: with time
// constants and bias.
template <bool full>
class LayerBack {
 public:
  LayerBack(const Network& network, const WindowLayer& layer, const Tape& tape,
            const std::vector<TapeTrain>& trains, const LossValue& loss,
            const BackwardOptions& options, std::vector<double>& messages, Gradient& gradient,
            GrazingCounts& grazing)
      : network_(network),
        layer_(layer),
        tape_(tape),
        trains_(trains),
        loss_(loss),
        options_(options),
        messages_(messages),
        gradient_(gradient),
        grazing_(grazing),
        grid_(layer.grid()),
        size_(layer.size()),
        lanes_(layer.slots * size_ * stride, 0.0),
        apart_(size_),
        state_(size_),
        ends_(size_),
        bias_integral_(full ? size_ : 0, 0.0),
        low_(layer.stiff ? size_ : 0),
        bias_low_(layer.stiff ? size_ : 0, 0.0),
        release_messages_(tape.spikes.size(), 0.0),
        events_(events_of(network, layer, trains, tape.duration)) {
    for (std::size_t n = 0; n < size_; ++n) {
      const ShortFlow f = layer.flows[n];
      whole_.push_back(
          way_back(full, f.rate_slow, f.rate_gap, f.fall_mem, f.fall_syn, grid_.window));
      whole_bias_.push_back(full ? grid_.window * short_phi(f.rate_mem * grid_.window) : 0.0);
      gain_.push_back(gain_of(layer.models[n]));
      per_gap_.push_back(1.0 / (f.rate_syn - f.rate_mem));
    }
    for (const WindowFrame& frame : layer.frames)
      std::fill(apart_.begin() + static_cast<std::ptrdiff_t>(frame.begin),
                apart_.begin() + static_cast<std::ptrdiff_t>(frame.end), frame.apart);
    sums_.dendritic.assign(size_, 0.0);
    if (full) {
      sums_.tau_mem.assign(size_, 0.0);
      sums_.tau_syn.assign(size_, 0.0);
    }
    for (const std::uint32_t p : layer.populations)
      home_.resize(home_.size() + network.populations()[p].size, p);
    for (const WindowFeed& feed : layer.feeds) left_.push_back(trains[feed.source].times.size());
    const std::size_t chunks = (size_ + window_chunk - 1) / window_chunk;
    for (std::size_t c = 0; c < chunks; ++c) {
      chunks_.emplace_back();
      chunks_.back().begin = c * size_ / chunks;
      chunks_.back().end = (c + 1) * size_ / chunks;
      chunks_.back().segments.resize(layer.slots);
    }
  }

  void run() {
    const auto count = static_cast<std::uint32_t>(std::ceil(tape_.duration * grid_.rate));
    for (std::uint32_t w = count; w-- > 0;) {
      gather(w, true);
      close(w);
      gather(w, false);
    }
    finish();
  }

 private:
  // Doubles of a lane, and those of them that are used.
  static constexpr std::size_t stride = lane_stride<full>, entries = lane_entries<full>;

  // The time between two events of a neuron within a window, with the costates at its end.
  struct Segment {
    Time begin, end;
    bool with_begin;   // an arrival at `begin` belongs to it
    bool until_spike;  // it ends with a spike
    Costates at_end;
  };
  struct Chunk {
    std::size_t begin = 0, end = 0;                                 // neurons
    std::vector<std::vector<Segment>> segments;                     // per slot
    std::vector<double> messages;                                   // of the rows that are gathered
    std::vector<double> unasked = std::vector<double>(stage_size);  // what delays would get
    std::uint64_t arrival_ties = 0;
    GrazingCounts grazing;
  };
  struct Row {
    std::size_t feed;
    std::size_t spike;  // of its train
  };

  template <typename Body>
  void for_chunks(const Body& body) {
    if (chunks_.size() == 1)
      body(chunks_[0]);
    else  // of several errors the same one is reported for any number of threads
      for_each_trial(chunks_.size(), [&](std::size_t c) { body(chunks_[c]); });
  }

  // Completes the messages of the spikes of window w, those of the layer itself or the others.
  void gather(std::uint32_t w, bool internal) {
    rows_.clear();
    const Time from = grid_.begin(w);
    for (std::size_t f = 0; f < left_.size(); ++f) {
      if (layer_.feeds[f].internal != internal) continue;
      const TapeTrain& train = trains_[layer_.feeds[f].source];
      for (; left_[f] > 0 && train.times[left_[f] - 1] >= from; --left_[f])
        if (!tape_.spikes[train.ids[left_[f] - 1]].muted) rows_.push_back({f, left_[f] - 1});
    }
    if (rows_.empty()) return;
    for_chunks([&](Chunk& chunk) {
      chunk.messages.assign(rows_.size(), 0.0);
      for (std::size_t r = 0; r < rows_.size(); ++r) chunk.messages[r] = gather(chunk, rows_[r]);
    });
    const auto axonal = gradient_.of(ParameterKind::axonal_delay);
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      const TapeTrain& train = trains_[layer_.feeds[rows_[r].feed].source];
      const SpikeId id = train.ids[rows_[r].spike];
      for (const Chunk& chunk : chunks_) {
        messages_[id] += chunk.messages[r];
        axonal[tape_.spikes[id].neuron] += chunk.messages[r];
      }
    }
  }

  double gather(Chunk& chunk, const Row& r) {
    const WindowFeed& feed = layer_.feeds[r.feed];
    const TapeTrain& train = trains_[feed.source];
    const WindowRow all = row_of(network_, feed, train.sources[r.spike], chunk.begin, chunk.end);
    double message = 0.0;
    for (std::size_t base = 0; base < all.size; base += stage_size) {
      const WindowRow row = all.part(base, stage_size);
      const bool apart = layer_.frames[feed.frame].apart;
      if (row.target)
        message += gather<false>(chunk, train.times[r.spike], row, feed.target_first, apart);
      else
        message += gather<true>(chunk, train.times[r.spike], row,
                                feed.target_first + row.first_target, apart);
    }
    return message;
  }

  template <bool dense>
  double gather(Chunk& chunk, Time time, const WindowRow& row, std::size_t first, bool apart) {
    std::uint32_t place[stage_size];
    int met[stage_size];
    Time left[stage_size];
    double c[entries][stage_size], g[stage_size];
    const auto size = static_cast<int>(row.size);
    locate<dense>(grid_, time, size, row.delay, row.target, static_cast<std::uint32_t>(size_),
                  place, left);
    const double* lanes = lanes_.data() + first * stride;
    for (std::size_t k = 0; k < row.size; ++k) {
      const double* lane = lanes + place[k] * stride;
      for (std::size_t e = 0; e < entries; ++e) c[e][k] = lane[e];
    }
    int meets = 0;  // arrivals in windows with an event of their target
    for (int k = 0; k < size; ++k) {
      met[meets] = k;
      meets += c[0][k] != c[0][k];
    }
    for (int m = 0; m < meets; ++m)
      for (std::size_t e = 0; e < entries; ++e) c[e][met[m]] = 0.0;
    double* to_weight = gradient_.of(ParameterKind::weight).data() + row.first;
    const std::span<double> delays = gradient_.of(ParameterKind::delay);
    double* to_delay = delays.empty() ? chunk.unasked.data() : delays.data() + row.first;
    if (apart)
      read<dense, true>(size, first, row, left, c, to_weight, to_delay, g);
    else
      read<dense, false>(size, first, row, left, c, to_weight, to_delay, g);
    for (int m = 0; m < meets; ++m) {
      const int k = met[m];
      const std::size_t n = first + (dense ? static_cast<std::size_t>(k) : row.target[k]);
      const auto begin = static_cast<std::size_t>(lanes[place[k] * stride + 1]);
      const Time arrival = time + row.delay[k];
      const Segment* segment = &chunk.segments[grid_.slot(grid_.of(arrival))][begin];
      while (!(arrival > segment->begin || (segment->with_begin && arrival == segment->begin)))
        ++segment;
      chunk.arrival_ties += segment->until_spike && arrival == segment->end;
      const ArrivalReads reads = read_stretch<full>(layer_.flows[n], row.weight[k],
                                                    segment->end - arrival, segment->at_end);
      to_weight[k] += reads.to_weight;
      g[k] = reads.to_time;
      to_delay[k] += g[k];
      sums_.dendritic[n] += g[k];
      if constexpr (full) {
        sums_.tau_mem[n] += reads.to_tau_mem;
        sums_.tau_syn[n] += reads.to_tau_syn;
      }
    }
    // In a fixed order that SIMD can follow.
    double sum[8] = {};
    int k = 0;
    for (; k + 8 <= size; k += 8)
      for (int l = 0; l < 8; ++l) sum[l] += g[k + l];
    for (; k < size; ++k) sum[0] += g[k];
    return ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
  }

  // Arrivals in windows that their targets go through undisturbed: `c` are Exponentials where time
  // constants are apart, else costates.
  template <bool dense, bool apart>
  void read(int size, std::size_t first, const WindowRow& row, const Time* __restrict left,
            const double (&c)[entries][stage_size], double* __restrict to_weight,
            double* __restrict to_delay, double* __restrict g) {
    const double* __restrict rate_mem = layer_.flows.rate_mem.data() + first;
    const double* __restrict rate_syn = layer_.flows.rate_syn.data() + first;
    const double* __restrict rate_slow = layer_.flows.rate_slow.data() + first;
    const double* __restrict rate_gap = layer_.flows.rate_gap.data() + first;
    const double* __restrict fall_mem = layer_.flows.fall_mem.data() + first;
    const double* __restrict fall_syn = layer_.flows.fall_syn.data() + first;
    const double* __restrict weight = row.weight;
    const std::uint32_t* __restrict target = row.target;
    double* __restrict dendritic = sums_.dendritic.data() + first;
    double* __restrict tau_mem = full ? sums_.tau_mem.data() + first : nullptr;
    double* __restrict tau_syn = full ? sums_.tau_syn.data() + first : nullptr;
    double to_tau_mem[stage_size], to_tau_syn[stage_size];
    for (int k = 0; k < size; ++k) {
      const std::size_t j = dense ? static_cast<std::size_t>(k) : target[k];
      const ArrivalReads reads = read_lane<full, apart>(
          rate_mem[j], rate_syn[j], rate_slow[j], rate_gap[j], fall_mem[j], fall_syn[j], weight[k],
          left[k], c[0][k], c[1][k], c[full ? 2 : 0][k], c[full ? 3 : 0][k], c[full ? 4 : 0][k],
          c[full ? 5 : 0][k]);
      to_weight[k] += reads.to_weight;
      g[k] = reads.to_time;
      if constexpr (full) {
        to_tau_mem[k] = reads.to_tau_mem;
        to_tau_syn[k] = reads.to_tau_syn;
      }
      to_delay[k] += g[k];
    }
    for (int k = 0; k < size; ++k) {
      const std::size_t j = dense ? static_cast<std::size_t>(k) : target[k];
      dendritic[j] += g[k];
      if (full) {
        tau_mem[j] += to_tau_mem[k];
        tau_syn[j] += to_tau_syn[k];
      }
    }
  }

  void close(std::uint32_t w) {
    const std::size_t first_event = next_event_;
    while (next_event_ < events_.size() && events_[next_event_].window == w) ++next_event_;
    for_chunks([&](Chunk& chunk) {
      double* lanes = lanes_.data() + grid_.slot(w) * size_ * stride;
      for (std::size_t n = chunk.begin; n < chunk.end; ++n) {
        Costates& c = state_[n];
        double* lane = lanes + n * stride;
        write_lane<full>(c, apart_[n] != 0, gain_[n], per_gap_[n], lane);
        ends_[n] = c;
        if (layer_.stiff) {
          double unused = 0.0;
          flow_stiff<full>(layer_.flows[n], layer_.fall_mem[n], layer_.fall_syn[n], grid_.window, c,
                           low_[n], full ? bias_integral_[n] : unused, bias_low_[n]);
        } else {
          if constexpr (full) bias_integral_[n] += c.p_v * whole_bias_[n];
          flow<full>(whole_[n], layer_.flows.rate_mem[n], grid_.window, c);
        }
      }
      chunk.segments[grid_.slot(w)].clear();
      const auto in_chunk = [](const LayerEvent& e, std::size_t n) { return e.neuron < n; };
      const EventIterator end = events_.cbegin() + static_cast<std::ptrdiff_t>(next_event_);
      EventIterator event = events_.cbegin() + static_cast<std::ptrdiff_t>(first_event);
      event = std::lower_bound(event, end, chunk.begin, in_chunk);
      while (event != end && event->neuron < chunk.end)
        event = disturb(chunk, w, event, end, lanes + event->neuron * stride);
    });
  }

  // A neuron with events in window w; `lane` has its costates at the end. Returns the next
  // neuron's.
  using EventIterator = std::vector<LayerEvent>::const_iterator;
  EventIterator disturb(Chunk& chunk, std::uint32_t w, EventIterator event, EventIterator end,
                        double* lane) {
    const std::uint32_t n = event->neuron;
    const ShortFlow f = layer_.flows[n];
    std::vector<Segment>& segments = chunk.segments[grid_.slot(w)];
    const std::size_t first = segments.size();
    Costates c = ends_[n];
    double bias_integral = -c.p_v * whole_bias_[n];  // `close` has added the whole window
    Time at = grid_.begin(w + 1);
    bool spike = false;
    for (; event != end && event->neuron == n; ++event) {
      segments.push_back({event->time, at, event->release, spike, c});
      flow<full>(f, at - event->time, c, bias_integral);
      at = event->time;
      spike = !event->release;
      const SpikeId id = trains_[home_[n]].ids[event->spike];
      if (event->release)
        release(n, id, c);
      else
        fire(chunk, n, id, c);
    }
    segments.push_back({-never, at, true, spike, c});
    flow<full>(f, at - grid_.begin(w), c, bias_integral);
    state_[n] = c;
    if (layer_.stiff) low_[n] = {};
    if constexpr (full) bias_integral_[n] += bias_integral;
    lane[0] = std::numeric_limits<double>::quiet_NaN();
    lane[1] = static_cast<double>(first);
    return event;
  }

  void add(ParameterKind kind, std::uint32_t n, double d) {
    gradient_.of(kind)[layer_.neurons[n]] += d;
  }

  void release(std::uint32_t n, SpikeId k, Costates& c) {
    const CubaLif& model = layer_.models[n];
    const double message = -c.p_v * tape_.spikes[k].released_slope;
    add(ParameterKind::v_reset, n, c.p_v);
    add(ParameterKind::t_ref, n, message);
    if constexpr (full)
      add(ParameterKind::tau_mem, n,
          (model.v_reset - model.bias) * c.m_v * model.rate_mem * model.rate_mem);
    c.p_v = c.m_v = 0.0;
    release_messages_[k] = message;
  }

  void fire(Chunk& chunk, std::uint32_t n, SpikeId k, Costates& c) {
    const TapeSpike& spike = tape_.spikes[k];
    if (!(spike.time + layer_.models[n].t_ref > spike.time)) release(n, k, c);
    const double slope =
        slope_for_gradient(options_.grazing, spike.neuron, spike.time, spike.slope, chunk.grazing);
    const double by_loss = loss_.spike_times.empty() ? 0.0 : loss_.spike_times[k];
    c.p_v = -(messages_[k] + by_loss + release_messages_[k]) / slope;
    add(ParameterKind::v_threshold, n, -c.p_v);
    require_finite(spike.neuron, spike.time, c.p_v);
    if (!options_.spike_kick.empty()) c.p_v += options_.spike_kick[spike.neuron];
  }

  void finish() {
    const auto dendritic = gradient_.of(ParameterKind::dendritic_delay);
    for (std::uint32_t n = 0; n < size_; ++n) {
      const Costates& c = state_[n];
      const CubaLif& model = layer_.models[n];
      require_finite(layer_.neurons[n], 0.0, c.p_v + c.p_i);
      dendritic[layer_.neurons[n]] += sums_.dendritic[n];
      if (!gradient_.initial_v.empty()) gradient_.initial_v[layer_.neurons[n]] = c.p_v;
      if constexpr (full) {
        const NeuronStart start = start_of(tape_.initial.get(), layer_.neurons[n]);
        const double of_mem =
            sums_.tau_mem[n] + (start.v - model.bias) * c.m_v + start.i[0] * c.m_i;
        const double of_syn = sums_.tau_syn[n] + start.i[0] * c.s_i;
        add(ParameterKind::tau_mem, n, of_mem * model.rate_mem * model.rate_mem);
        add(ParameterKind::tau_syn, n, of_syn * model.rate_syn * model.rate_syn);
        add(ParameterKind::bias, n, model.rate_mem * bias_integral_[n]);
      }
    }
    for (const Chunk& chunk : chunks_) {
      grazing_ += chunk.grazing;
      grazing_.arrival_ties += chunk.arrival_ties;
    }
  }

  const Network& network_;
  const WindowLayer& layer_;
  const Tape& tape_;
  const std::vector<TapeTrain>& trains_;  // per population
  const LossValue& loss_;
  const BackwardOptions& options_;
  std::vector<double>& messages_;  // per spike of the tape
  Gradient& gradient_;
  GrazingCounts& grazing_;
  const WindowGrid grid_;
  const std::size_t size_;
  // [slot][neuron][entry]: costates at the end of the window, or Exponentials. With an event in it: not a
  // number, then
  // where the neuron's segments begin, the last one first.
  std::vector<double> lanes_;
  // Per neuron: whether its lanes are Exponentials, gain and 1/c of these, and what a window does.
  std::vector<char> apart_;
  std::vector<std::uint32_t> home_;  // population
  std::vector<double> gain_, per_gap_;
  std::vector<WayBack> whole_;
  std::vector<double> whole_bias_;
  std::vector<Costates> state_, ends_;  // per neuron, at both ends of the window closed last
  std::vector<double> bias_integral_;   // per neuron
  std::vector<Costates> low_;           // the low parts of both, in a stiff layer
  std::vector<double> bias_low_;
  ArrivalSums sums_;
  std::vector<double> release_messages_;  // per spike of the tape
  const std::vector<LayerEvent> events_;
  std::size_t next_event_ = 0;
  std::vector<std::size_t> left_;  // per feed: spikes that have not been gathered yet
  std::vector<Row> rows_;
  std::vector<Chunk> chunks_;
};

}  // namespace

std::vector<TapeTrain> trains_of(const Network& network, const Tape& tape) {
  std::vector<TapeTrain> trains(network.populations().size());
  for (SpikeId k = 0; k < tape.spikes.size(); ++k) {
    const std::uint32_t p = network.population_of(tape.spikes[k].neuron);
    trains[p].times.push_back(tape.spikes[k].time);
    trains[p].sources.push_back(tape.spikes[k].neuron - network.populations()[p].first);
    trains[p].ids.push_back(k);
  }
  return trains;
}

std::vector<LayerEvent> events_of(const Network& network, const WindowLayer& layer,
                                  const std::vector<TapeTrain>& trains, Time duration) {
  const WindowGrid grid = layer.grid();
  std::vector<LayerEvent> events;
  std::uint32_t n = 0;
  for (const std::uint32_t p : layer.populations) {
    const TapeTrain& train = trains[p];
    for (std::uint32_t k = 0; k < train.times.size(); ++k) {
      const std::uint32_t neuron = n + train.sources[k];
      const Time time = train.times[k], release = time + layer.models[neuron].t_ref;
      events.push_back({grid.of(time), neuron, time, k, false});
      if (release > time && release < duration)
        events.push_back({grid.of(release), neuron, release, k, true});
    }
    n += network.populations()[p].size;
  }
  std::sort(events.begin(), events.end(), [](const LayerEvent& a, const LayerEvent& b) {
    if (a.window != b.window) return a.window > b.window;
    return a.neuron != b.neuron ? a.neuron < b.neuron : a.time > b.time;
  });
  return events;
}

void reverse_layer(const Network& network, const WindowLayer& layer, const Tape& tape,
                   const std::vector<TapeTrain>& trains, const LossValue& loss,
                   const BackwardOptions& options, std::vector<double>& messages,
                   Gradient& gradient, GrazingCounts& grazing) {
  if (options.neuron_parameters)
    LayerBack<true>(network, layer, tape, trains, loss, options, messages, gradient, grazing).run();
  else
    LayerBack<false>(network, layer, tape, trains, loss, options, messages, gradient, grazing)
        .run();
}

}  // namespace retrograde

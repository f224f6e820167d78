// The backward pass of trials on a device, the mirror of adjoint/windowed/layer_back.cpp: one block per
// group of trials goes back through them one after the other, layer by layer, window by window, and adds
// to a gradient of its own.
//
//   gather   a spike reads, for each of its synapses, the costate that its arrival meets. Over a dense
//            projection a thread has its own targets, so no two threads write one entry of the gradient,
//            and sums are those of the CPU, to the bit. A spike's message is summed in the order of the
//            CPU as well
//   close    the costates of a window are kept in its lane and taken to its beginning, a neuron per thread;
//            then those that fire or are released in it, likewise
//
// Readouts that never fire are linear and come first. What would be an error here is a status, and the
// host does the batch again, on the CPU.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include <retrograde/adjoint/windowed/costates.hpp>
#include <retrograde/engine/device/network_view.hpp>
#include <retrograde/engine/device/team.hpp>
#include <retrograde/events/host_device.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// The spikes of one population on a tape, and what is known of them.
struct BackTrainView {
  const Time* times;
  const std::uint32_t* sources;  // within the population
  const char* muted;
  // Of spikes that are not inputs; by_loss: dL/dt.
  const double *slopes, *released_slopes, *by_loss;
  double *messages, *release_messages;  // dL/dt by what they did; 0 to begin with
  std::uint32_t count;
};

// What disturbs a window of a layer: the spikes and releases of one neuron in it, latest first.
struct BackEvent {
  Time time;
  std::uint32_t spike;  // of its population's train
  std::uint32_t release;
};
struct BackEvents {
  std::uint32_t window, neuron;  // within the layer
  std::uint32_t first, count;    // events
};
// Of one layer in one trial, the last window first.
struct BackLayerView {
  const BackEvent* events;
  const BackEvents* groups;
  std::uint32_t group_count;
};

struct BackTrialView {
  Time duration;
  const BackTrainView* trains;   // per population
  const BackLayerView* layers;   // as those of the network
  const double* integrals;       // dL/dA per neuron of the network, or null: no readout has one
  const ResponseWeight* weight;  // of the readout
  // Of the readout's neurons without arrivals, by bias and tau_mem.
  const double *by_bias, *by_tau_mem;
};

// Where dL/dparameter lie in a gradient (GradientLayout).
struct GradientView {
  std::size_t size, weight, delay, tau_mem, tau_syn, v_threshold, v_reset, bias, t_ref,
      axonal_delay, dendritic_delay;
  bool delays;
};

// What of a trial grazes (GrazingCounts).
struct BackCounts {
  double smallest_slope;
  std::uint32_t grazing, arrival_ties;
};

struct BackGrazing {
  double slope_min;
  bool clip, error;
};

// The time between two events of a neuron within a window, with the costates at its end.
struct BackSegment {
  Time begin, end;
  Costates at_end;
  bool with_begin;   // an arrival at `begin` belongs to it
  bool until_spike;  // it ends with a spike
};

// What a layer needs on its way back.
template <bool full>
struct BackScratch {
  // Spikes that are gathered at once.
  static constexpr std::uint32_t most_rows = 16;
  static constexpr std::uint32_t stage = 256;  // synapses whose messages are summed before others

  struct Common {
    std::uint32_t groups_begin, groups_end;  // of the window
    std::uint32_t next_group;
  };

  Costates *state, *ends, *low;
  WayBack* whole;
  double *whole_bias, *bias_integral, *bias_low;
  double *dendritic, *tau_mem, *tau_syn;
  double* lanes;
  BackSegment* segments;
  std::uint32_t* left;  // per feed: spikes that have not been gathered yet
  std::uint32_t *begin, *end;
  double *g, *partial;
  Common* common;

  RETROGRADE_HOST_DEVICE static std::uint32_t stages(std::uint32_t targets) {
    return (targets + stage - 1) / stage;
  }

  RETROGRADE_HOST_DEVICE BackScratch(Arena& arena, const LayerView& layer,
                                     std::uint32_t most_segments)
      : state(arena.take<Costates>(layer.size)),
        ends(arena.take<Costates>(layer.size)),
        low(arena.take<Costates>(layer.stiff() ? layer.size : 0)),
        whole(arena.take<WayBack>(layer.size)),
        whole_bias(arena.take<double>(layer.size)),
        bias_integral(arena.take<double>(layer.size)),
        bias_low(arena.take<double>(layer.stiff() ? layer.size : 0)),
        dendritic(arena.take<double>(layer.size)),
        tau_mem(arena.take<double>(layer.size)),
        tau_syn(arena.take<double>(layer.size)),
        lanes(arena.take<double>(std::size_t{layer.slots} * layer.size * lane_stride<full>)),
        segments(arena.take<BackSegment>(most_segments)),
        left(arena.take<std::uint32_t>(layer.feed_count)),
        begin(arena.take<std::uint32_t>(layer.feed_count)),
        end(arena.take<std::uint32_t>(layer.feed_count)),
        g(arena.take<double>(std::size_t{most_rows} * layer.size)),
        partial(arena.take<double>(std::size_t{most_rows} * 8 * stages(layer.size))),
        common(arena.take<Common>(1)) {}
};

// One layer on its way back through one trial, by one team.
template <typename Team, bool full>
class LayerBackward {
 public:
  RETROGRADE_HOST_DEVICE LayerBackward(Team& team, const LayerView& layer,
                                       const BackTrialView& trial, const BackLayerView& events,
                                       const BackScratch<full>& scratch, const GradientView& places,
                                       double* gradient, const double* kick,
                                       const BackGrazing& grazing, BackCounts& counts,
                                       std::uint32_t& status)
      : team_(team),
        layer_(layer),
        trial_(trial),
        events_(events),
        s_(scratch),
        places_(places),
        gradient_(gradient),
        kick_(kick),
        grazing_(grazing),
        counts_(counts),
        status_(status),
        grid_(layer.grid()) {}

  RETROGRADE_HOST_DEVICE void run() {
    start();
    const auto count = static_cast<std::uint32_t>(std::ceil(trial_.duration * grid_.rate));
    for (std::uint32_t w = count; w-- > 0;) {
      mark(w);
      gather(true);
      close(w);
      gather(false);
      team_.wait();  // before the next `mark`
    }
    finish();
  }

 private:
  RETROGRADE_HOST_DEVICE const BackTrainView& train(const FeedView& feed) const {
    return trial_.trains[feed.source];
  }
  RETROGRADE_HOST_DEVICE void add(std::size_t kind, std::uint32_t n, double d) {
    gradient_[kind + layer_.neurons[n]] += d;
  }
  RETROGRADE_HOST_DEVICE void require_finite(double costate) {
    if (!(std::fabs(costate) < never)) Team::raise(status_, std::uint32_t{1});
  }

  RETROGRADE_HOST_DEVICE void start() {
    team_.each(layer_.size, [&](std::uint32_t n) {
      s_.state[n] = {};
      if (layer_.stiff()) {
        s_.low[n] = {};
        s_.bias_low[n] = 0.0;
      }
      const ShortFlow& f = layer_.flows[n];
      s_.whole[n] = way_back(full, f.rate_slow, f.rate_gap, f.fall_mem, f.fall_syn, layer_.window);
      s_.whole_bias[n] = full ? layer_.window * short_phi(f.rate_mem * layer_.window) : 0.0;
      s_.bias_integral[n] = s_.dendritic[n] = s_.tau_mem[n] = s_.tau_syn[n] = 0.0;
    });
    team_.each(std::uint64_t{layer_.slots} * layer_.size * lane_stride<full>,
               [&](std::uint64_t k) { s_.lanes[k] = 0.0; });
    team_.each(layer_.feed_count,
               [&](std::uint32_t f) { s_.left[f] = train(layer_.feeds[f]).count; });
    team_.one([&] { *s_.common = {0, 0, 0}; });
  }

  // Which spikes and which events lie in the window.
  RETROGRADE_HOST_DEVICE void mark(std::uint32_t w) {
    const Time from = grid_.begin(w);
    team_.each(layer_.feed_count + 1, [&](std::uint32_t f) {
      if (f == layer_.feed_count) {
        s_.common->groups_begin = s_.common->next_group;
        while (s_.common->next_group < events_.group_count &&
               events_.groups[s_.common->next_group].window == w)
          ++s_.common->next_group;
        s_.common->groups_end = s_.common->next_group;
        return;
      }
      const BackTrainView& spikes = train(layer_.feeds[f]);
      s_.end[f] = s_.left[f];
      while (s_.left[f] > 0 && spikes.times[s_.left[f] - 1] >= from) --s_.left[f];
      s_.begin[f] = s_.left[f];
    });
  }

  // Completes the messages of the spikes of the window, those of the layer itself or the others.
  RETROGRADE_HOST_DEVICE void gather(bool internal) {
    for (std::uint32_t f = 0; f < layer_.feed_count; ++f) {
      const FeedView& feed = layer_.feeds[f];
      if (feed.internal != internal) continue;
      const bool apart = layer_.frames[feed.frame].apart;
      const std::uint32_t begin = s_.begin[f];
      for (std::uint32_t end = s_.end[f]; end > begin;) {
        const std::uint32_t rows =
            end - begin < BackScratch<full>::most_rows ? end - begin : BackScratch<full>::most_rows;
        if (apart)
          gather<true>(feed, end, rows);
        else
          gather<false>(feed, end, rows);
        end -= rows;
      }
    }
  }

  // Those of spikes end - 1, end - 2, ..: row r is that of end - 1 - r.
  template <bool apart>
  RETROGRADE_HOST_DEVICE void gather(const FeedView& feed, std::uint32_t end, std::uint32_t rows) {
    const BackTrainView& spikes = train(feed);
    if (feed.is_dense()) {
      team_.each(feed.row_size, [&](std::uint32_t j) {
        for (std::uint32_t r = 0; r < rows; ++r) {
          const std::uint32_t k = end - 1 - r;
          if (!spikes.muted[k]) read<apart>(feed, spikes, k, r, j);
        }
      });
    } else {
      for (std::uint32_t r = 0; r < rows; ++r) {
        const std::uint32_t k = end - 1 - r;
        if (spikes.muted[k]) continue;
        team_.each(feed.size_of_row(spikes.sources[k]),
                   [&](std::uint32_t j) { read<apart>(feed, spikes, k, r, j); });
      }
    }
    send(feed, spikes, end, rows);
  }

  // What spike k reads over the j-th synapse of its row.
  template <bool apart>
  RETROGRADE_HOST_DEVICE void read(const FeedView& feed, const BackTrainView& spikes,
                                   std::uint32_t k, std::uint32_t r, std::uint32_t j) {
    const std::uint32_t source = spikes.sources[k];
    const SynapseId position = feed.row_begin(source) + j;
    const std::uint32_t n = feed.target(source, j);
    const Time arrival = spikes.times[k] + feed.delay[position];
    const std::uint32_t w = grid_.of(arrival);
    const double* lane = s_.lanes + (grid_.slot(w) * layer_.size + n) * lane_stride<full>;
    const double weight = feed.weight[position], first = lane[0];
    const ShortFlow& f = layer_.flows[n];
    ArrivalReads reads;
    if (first == first) {
      reads = read_lane<full, apart>(f.rate_mem, f.rate_syn, f.rate_slow, f.rate_gap, f.fall_mem,
                                     f.fall_syn, weight, grid_.begin(w + 1) - arrival, first,
                                     lane[1], lane[full ? 2 : 0], lane[full ? 3 : 0],
                                     lane[full ? 4 : 0], lane[full ? 5 : 0]);
    } else {
      const BackSegment* segment = s_.segments + static_cast<std::uint32_t>(lane[1]);
      while (!(arrival > segment->begin || (segment->with_begin && arrival == segment->begin)))
        ++segment;
      if (segment->until_spike && arrival == segment->end) Team::append(counts_.arrival_ties);
      reads = read_stretch<full>(f, weight, segment->end - arrival, segment->at_end);
    }
    gradient_[places_.weight + feed.synapse_first + position] += reads.to_weight;
    if (places_.delays) gradient_[places_.delay + feed.synapse_first + position] += reads.to_time;
    s_.g[std::size_t{r} * layer_.size + j] = reads.to_time;
    s_.dendritic[n] += reads.to_time;
    if constexpr (full) {
      s_.tau_mem[n] += reads.to_tau_mem;
      s_.tau_syn[n] += reads.to_tau_syn;
    }
  }

  // The sums of what spikes have read, in the order of LayerBack: eight sums side by side of each stage.
  RETROGRADE_HOST_DEVICE void send(const FeedView& feed, const BackTrainView& spikes,
                                   std::uint32_t end, std::uint32_t rows) {
    constexpr std::uint32_t stage = BackScratch<full>::stage;
    const std::uint32_t stages = BackScratch<full>::stages(layer_.size);
    team_.each(rows * stages * 8, [&](std::uint32_t at) {
      const std::uint32_t r = at / (stages * 8), part = at % (stages * 8) / 8, l = at % 8;
      const std::uint32_t k = end - 1 - r;
      const std::uint32_t size = spikes.muted[k] ? 0 : feed.size_of_row(spikes.sources[k]);
      const std::uint32_t from = part * stage;
      double sum = 0.0;
      if (from < size) {
        const std::uint32_t count = size - from < stage ? size - from : stage;
        const std::uint32_t even = count / 8 * 8;
        const double* g = s_.g + std::size_t{r} * layer_.size + from;
        for (std::uint32_t j = l; j < even; j += 8) sum += g[j];
        if (l == 0)
          for (std::uint32_t j = even; j < count; ++j) sum += g[j];
      }
      s_.partial[at] = sum;
    });
    team_.each(rows, [&](std::uint32_t r) {
      const std::uint32_t k = end - 1 - r;
      if (spikes.muted[k]) return;
      double message = 0.0;
      for (std::uint32_t part = 0; part < stages; ++part) {
        const double* sum = s_.partial + (r * stages + part) * 8;
        message +=
            ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
      }
      spikes.messages[k] += message;
      s_.g[std::size_t{r} * layer_.size] = message;
    });
    team_.one([&] {
      for (std::uint32_t r = 0; r < rows; ++r) {
        const std::uint32_t k = end - 1 - r;
        if (!spikes.muted[k])
          gradient_[places_.axonal_delay + feed.source_first + spikes.sources[k]] +=
              s_.g[std::size_t{r} * layer_.size];
      }
    });
  }

  RETROGRADE_HOST_DEVICE void close(std::uint32_t w) {
    double* const lanes = s_.lanes + grid_.slot(w) * layer_.size * lane_stride<full>;
    team_.each(layer_.size, [&](std::uint32_t n) {
      Costates& c = s_.state[n];
      const CubaLif& model = layer_.models[n];
      const bool apart = layer_.frames[layer_.frame_of[n]].apart;
      write_lane<full>(c, apart, gain_of(model), 1.0 / (model.rate_syn - model.rate_mem),
                       lanes + n * lane_stride<full>);
      s_.ends[n] = c;
      if (layer_.stiff()) {
        flow_stiff<full>(layer_.flows[n], layer_.fall_mem[n], layer_.fall_syn[n], layer_.window, c,
                         s_.low[n], s_.bias_integral[n], s_.bias_low[n]);
      } else {
        if constexpr (full) s_.bias_integral[n] += c.p_v * s_.whole_bias[n];
        flow<full>(s_.whole[n], model.rate_mem, layer_.window, c);
      }
    });
    const std::uint32_t begin = s_.common->groups_begin, end = s_.common->groups_end;
    if (begin == end) return;
    team_.each(end - begin, [&](std::uint32_t g) {
      const BackEvents& group = events_.groups[begin + g];
      disturb(w, begin + g, group, lanes + group.neuron * lane_stride<full>);
    });
  }

  // A neuron with events in the window; `lane` has its costates at the end.
  RETROGRADE_HOST_DEVICE void disturb(std::uint32_t w, std::uint32_t g, const BackEvents& group,
                                      double* lane) {
    const std::uint32_t n = group.neuron, home = layer_.home[n];
    const ShortFlow& f = layer_.flows[n];
    // A group has one segment more than events.
    const std::uint32_t first = group.first + g;
    BackSegment* segment = s_.segments + first;
    Costates c = s_.ends[n];
    double bias_integral = -c.p_v * s_.whole_bias[n];  // `close` has added the whole window
    Time at = grid_.begin(w + 1);
    bool spike = false;
    for (std::uint32_t e = group.first; e < group.first + group.count; ++e) {
      const BackEvent& event = events_.events[e];
      *segment++ = {event.time, at, c, event.release != 0, spike};
      flow<full>(f, at - event.time, c, bias_integral);
      at = event.time;
      spike = event.release == 0;
      if (event.release)
        release(n, home, event.spike, c);
      else
        fire(n, home, event.spike, c);
    }
    *segment = {-never, at, c, true, spike};
    flow<full>(f, at - grid_.begin(w), c, bias_integral);
    s_.state[n] = c;
    if (layer_.stiff()) s_.low[n] = {};
    if constexpr (full) s_.bias_integral[n] += bias_integral;
    lane[0] = not_a_number();
    lane[1] = static_cast<double>(first);
  }

  RETROGRADE_HOST_DEVICE static double not_a_number() { return never - never; }

  RETROGRADE_HOST_DEVICE void release(std::uint32_t n, std::uint32_t home, std::uint32_t k,
                                      Costates& c) {
    const CubaLif& model = layer_.models[n];
    const BackTrainView& spikes = trial_.trains[home];
    const double message = -c.p_v * spikes.released_slopes[k];
    add(places_.v_reset, n, c.p_v);
    add(places_.t_ref, n, message);
    if constexpr (full)
      add(places_.tau_mem, n,
          (model.v_reset - model.bias) * c.m_v * model.rate_mem * model.rate_mem);
    c.p_v = c.m_v = 0.0;
    spikes.release_messages[k] = message;
  }

  RETROGRADE_HOST_DEVICE void fire(std::uint32_t n, std::uint32_t home, std::uint32_t k,
                                   Costates& c) {
    const BackTrainView& spikes = trial_.trains[home];
    const Time time = spikes.times[k];
    if (!(time + layer_.models[n].t_ref > time)) release(n, home, k, c);
    c.p_v = -(spikes.messages[k] + spikes.by_loss[k] + spikes.release_messages[k]) /
            slope_for_gradient(spikes.slopes[k]);
    add(places_.v_threshold, n, -c.p_v);
    require_finite(c.p_v);
    if (kick_) c.p_v += kick_[layer_.neurons[n]];
  }

  // As adjoint/grazing.hpp has it.
  RETROGRADE_HOST_DEVICE double slope_for_gradient(double slope) {
    if (!(slope >= 0.0)) {
      Team::raise(status_, std::uint32_t{1});
      return 1.0;
    }
    Team::lower(counts_.smallest_slope, slope);
    if (slope >= grazing_.slope_min) return slope;
    Team::append(counts_.grazing);
    if (grazing_.clip) return grazing_.slope_min;
    if (grazing_.error || slope == 0.0) Team::raise(status_, std::uint32_t{1});
    return slope;
  }

  RETROGRADE_HOST_DEVICE void finish() {
    team_.each(layer_.size, [&](std::uint32_t n) {
      const Costates& c = s_.state[n];
      const CubaLif& model = layer_.models[n];
      require_finite(c.p_v + c.p_i);
      add(places_.dendritic_delay, n, s_.dendritic[n]);
      if constexpr (full) {
        add(places_.tau_mem, n,
            (s_.tau_mem[n] - model.bias * c.m_v) * model.rate_mem * model.rate_mem);
        add(places_.tau_syn, n, s_.tau_syn[n] * model.rate_syn * model.rate_syn);
        add(places_.bias, n, model.rate_mem * s_.bias_integral[n]);
      }
    });
  }

  Team& team_;
  const LayerView& layer_;
  const BackTrialView& trial_;
  const BackLayerView& events_;
  const BackScratch<full> s_;
  const GradientView& places_;
  double* const gradient_;
  const double* const kick_;
  const BackGrazing grazing_;
  BackCounts& counts_;
  std::uint32_t& status_;
  const WindowGrid grid_;
};

// What of a readout's way back is kept for some spikes at once.
struct ReadoutReads {
  static constexpr std::uint32_t most_rows = 64;

  double to_weight, to_time, to_tau_mem, to_tau_syn;
};

// A linear readout on its way back, as gather_linear of adjoint/windowed/windowed.cpp has it.
template <bool full, typename Team>
RETROGRADE_HOST_DEVICE void reverse_readout(Team& team, const ReadoutView& readout,
                                            const BackTrialView& trial, const GradientView& places,
                                            double* gradient, ReadoutReads* reads,
                                            double* messages) {
  const double* of_target = trial.integrals + readout.first;
  const auto respond_to = [&](const FeedView& feed, Time time, SynapseId position,
                              std::uint32_t n) {
    const Time arrival = time + feed.delay[position];
    const ResponseRates& rates = readout.rates[n];
    const Response r = readout.weighed ? respond<true, full>(rates, *trial.weight, arrival)
                                       : respond<false, full>(rates, *trial.weight, arrival);
    const double weight = feed.weight[position];
    return ReadoutReads{of_target[n] * r.h,
                        of_target[n] * weight * (rates.rate_syn * r.h - rates.rate_mem * r.r),
                        of_target[n] * weight * r.by_tau_mem, of_target[n] * weight * r.by_tau_syn};
  };
  const auto take = [&](const FeedView& feed, SynapseId position, std::uint32_t n,
                        const ReadoutReads& read) {
    gradient[places.weight + feed.synapse_first + position] += read.to_weight;
    if (places.delays) gradient[places.delay + feed.synapse_first + position] += read.to_time;
    const std::size_t neuron = readout.first + n;
    gradient[places.dendritic_delay + neuron] += read.to_time;
    if constexpr (full) {
      gradient[places.tau_mem + neuron] += read.to_tau_mem;
      gradient[places.tau_syn + neuron] += read.to_tau_syn;
    }
  };
  for (std::uint32_t f = 0; f < readout.feed_count; ++f) {
    const FeedView& feed = readout.feeds[f];
    const BackTrainView& spikes = trial.trains[feed.source];
    for (std::uint32_t begin = 0; begin < spikes.count; begin += ReadoutReads::most_rows) {
      const std::uint32_t rows = spikes.count - begin < ReadoutReads::most_rows
                                     ? spikes.count - begin
                                     : ReadoutReads::most_rows;
      // All responses at once, then each synapse and each target its own in order.
      team.each(rows * readout.size, [&](std::uint32_t at) {
        const std::uint32_t k = begin + at / readout.size, j = at % readout.size;
        const std::uint32_t source = spikes.sources[k];
        if (j < feed.size_of_row(source) && !spikes.muted[k])
          reads[at] =
              respond_to(feed, spikes.times[k], feed.row_begin(source) + j, feed.target(source, j));
      });
      if (feed.is_dense()) {
        team.each(feed.row_size, [&](std::uint32_t j) {
          for (std::uint32_t r = 0; r < rows; ++r)
            if (!spikes.muted[begin + r])
              take(feed, feed.row_begin(spikes.sources[begin + r]) + j, feed.target_first + j,
                   reads[r * readout.size + j]);
        });
      } else {
        for (std::uint32_t r = 0; r < rows; ++r) {
          const std::uint32_t source = spikes.sources[begin + r];
          if (spikes.muted[begin + r]) continue;
          team.each(feed.size_of_row(source), [&](std::uint32_t j) {
            take(feed, feed.row_begin(source) + j, feed.target(source, j),
                 reads[r * readout.size + j]);
          });
        }
      }
      team.each(rows, [&](std::uint32_t r) {
        const std::uint32_t k = begin + r;
        messages[r] = 0.0;
        if (spikes.muted[k]) return;
        for (std::uint32_t j = 0; j < feed.size_of_row(spikes.sources[k]); ++j)
          messages[r] += reads[r * readout.size + j].to_time;
        spikes.messages[k] += messages[r];
      });
      team.one([&] {
        for (std::uint32_t r = 0; r < rows; ++r)
          if (!spikes.muted[begin + r])
            gradient[places.axonal_delay + feed.source_first + spikes.sources[begin + r]] +=
                messages[r];
      });
    }
  }
  if constexpr (full)
    team.each(readout.size, [&](std::uint32_t n) {
      gradient[places.bias + readout.first + n] += of_target[n] * trial.by_bias[n];
      gradient[places.tau_mem + readout.first + n] += of_target[n] * trial.by_tau_mem[n];
    });
}

// The kernel: block g goes back through trials [groups[g], groups[g + 1]).
template <bool full>
struct BackwardPass {
  NetworkView network;
  ReadoutView readout;  // of size 0: none
  const BackTrialView* trials;
  const std::uint32_t* groups;
  double* gradients;  // [group][places.size], 0 to begin with
  GradientView places;
  const double* kick;  // per neuron of the network, or null
  BackGrazing grazing;
  BackCounts* counts;       // per trial
  std::uint32_t* statuses;  // per trial: 0, or something is to be refused
  std::byte* scratch;       // of scratch_size bytes per block
  std::size_t scratch_size;
  std::uint32_t most_segments;

  static std::size_t scratch_for(const LayerView* layers, std::uint32_t count,
                                 const ReadoutView& readout, std::uint32_t most_segments) {
    Arena of_readout(nullptr);
    of_readout.take<ReadoutReads>(std::size_t{ReadoutReads::most_rows} * readout.size);
    of_readout.take<double>(ReadoutReads::most_rows);
    std::size_t most = of_readout.taken();
    for (std::uint32_t l = 0; l < count; ++l) {
      Arena arena(nullptr);
      BackScratch<full>(arena, layers[l], most_segments);
      if (arena.taken() > most) most = arena.taken();
    }
    return (most + 255) / 256 * 256;
  }

  template <typename Team>
  RETROGRADE_HOST_DEVICE void operator()(Team& team, std::uint32_t block) const {
    std::byte* const memory = scratch + block * scratch_size;
    double* const gradient = gradients + block * places.size;
    for (std::uint32_t k = groups[block]; k < groups[block + 1]; ++k) {
      const BackTrialView& trial = trials[k];
      if (readout.size > 0 && trial.integrals) {
        Arena arena(memory);
        ReadoutReads* const reads =
            arena.take<ReadoutReads>(std::size_t{ReadoutReads::most_rows} * readout.size);
        double* const messages = arena.take<double>(ReadoutReads::most_rows);
        reverse_readout<full>(team, readout, trial, places, gradient, reads, messages);
      }
      for (std::uint32_t l = network.layer_count; l-- > 0;) {
        Arena arena(memory);
        const BackScratch<full> layer_scratch(arena, network.layers[l], most_segments);
        LayerBackward<Team, full>(team, network.layers[l], trial, trial.layers[l], layer_scratch,
                                  places, gradient, kick, grazing, counts[k], statuses[k])
            .run();
      }
      require_finite_inputs(team, trial, statuses[k]);
    }
  }

 private:
  // What is left of the messages of inputs is their gradient, which the CPU requires to be finite.
  template <typename Team>
  RETROGRADE_HOST_DEVICE void require_finite_inputs(Team& team, const BackTrialView& trial,
                                                    std::uint32_t& status) const {
    for (std::uint32_t p = 0; p < network.population_count; ++p) {
      const BackTrainView& train = trial.trains[p];
      if (train.slopes) continue;
      team.each(train.count, [&](std::uint32_t k) {
        if (!(std::fabs(train.messages[k]) < never)) Team::raise(status, std::uint32_t{1});
      });
    }
  }
};

}  // namespace retrograde

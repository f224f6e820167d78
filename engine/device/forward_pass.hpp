// The forward pass of trials on a device, the mirror of engine/windowed/layer_run.cpp: one block per
// trial takes it through all layers, window after window, without leaving the kernel.
//
//   admit    spikes that begin before the window's end are read
//   deliver  each adds its synapses to the lanes (engine/windowed/lane.hpp) of the windows and targets that
//            they reach. Over a dense projection a thread has its own targets and meets the spikes in
//            their order: no two threads write one lane, and sums are those of the CPU, to the bit.
//            Over a sparse one the threads share the synapses of one spike after the other
//   close    a neuron per thread (close_neuron), which says whether it may fire
//   replay   arrivals of those that may are sought by all threads, then sorted and met by one each
//            (engine/windowed/replay.hpp)
//   collect  the spikes of the window, in order, onto the trains
//
// What doubles leave open nobody decides here: such a trial ends with a status, and the host runs it.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include <retrograde/engine/device/network_view.hpp>
#include <retrograde/engine/device/team.hpp>
#include <retrograde/engine/windowed/delivery.hpp>
#include <retrograde/engine/windowed/lane.hpp>
#include <retrograde/engine/windowed/replay.hpp>
#include <retrograde/events/host_device.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// How a trial ended. Several may be met at once: the largest counts.
enum class TrialStatus : std::uint32_t {
  done,
  too_many_spikes,    // for the trains, which can be made longer
  undecided,          // the arbiter has to be asked
  too_many_arrivals,  // at one neuron in one window, for ForwardPass::most_found
  too_many_at_once,   // spikes in one window, for LayerScratch::most_fired
  runaway,            // RunOptions::max_rate
};

// What a layer needs while it is on its way through a trial.
struct LayerScratch {
  // V and I, how far they may be off, and in a stiff layer the low parts.
  struct State {
    double *v, *i, *error_v, *error_i, *v_low, *i_low;
  };
  // How far the spikes of a feed have been read: [recent, admitted) may still be under way,
  // [delivered, admitted) are new.
  struct Walk {
    std::uint32_t recent, delivered, admitted;
  };
  struct Fired {
    Time time;
    double slope, released_slope, error;
    std::uint32_t neuron;  // within the layer
    bool held;             // its released_slope is still to come
  };
  // What all threads know.
  struct Common {
    ErrorBound errors;
    double of_sums;
    ReplayWindow window;
    Time base, next_base;  // of co-moving frames
    double worst_release_error;
    bool crowded;            // somebody has more than few_found arrivals
    std::uint32_t from, to;  // busy neurons that are replayed together
    // Of this window and the one before, by turns: while one is counted another thread may still read
    // the other.
    std::uint32_t busy[2], fired[2];
  };

  State now, next;
  double *release, *spike_error, *release_error;
  std::uint32_t *pending, *counts, *busy, *offsets, *found_so_far;
  // Per neuron, if there are sparse feeds: 1 + its place among the busy, or 0.
  std::uint32_t* sought;
  Lane* lanes;
  ErrorBound::Sums* sums;
  Walk* walks;
  // Arrivals of busy neurons: few_found each if that will do, else one neuron's behind the other's.
  static constexpr std::uint32_t few_found = 32;
  Delivery* found;
  Fired* fired;
  // What co-moving frames have of some new spikes: e^(rate (time - base)) for both rates.
  static constexpr std::uint32_t most_grown = 64;
  double *of_m, *of_s;
  Common* common;
  std::uint32_t most_found, most_fired;

  RETROGRADE_HOST_DEVICE LayerScratch(Arena& arena, const LayerView& layer,
                                      std::uint32_t found_room)
      : now(state(arena, layer)),
        next(state(arena, layer)),
        release(arena.take<double>(layer.size)),
        spike_error(arena.take<double>(layer.size)),
        release_error(arena.take<double>(layer.size)),
        pending(arena.take<std::uint32_t>(layer.size)),
        counts(arena.take<std::uint32_t>(layer.size)),
        busy(arena.take<std::uint32_t>(layer.size)),
        offsets(arena.take<std::uint32_t>(layer.size + std::size_t{1})),
        found_so_far(arena.take<std::uint32_t>(layer.size)),
        sought(arena.take<std::uint32_t>(layer.sparse ? layer.size : 0)),
        lanes(arena.take<Lane>(std::size_t{layer.slots} * layer.size)),
        sums(arena.take<ErrorBound::Sums>(layer.slots)),
        walks(arena.take<Walk>(layer.feed_count)),
        found(arena.take<Delivery>(found_room)),
        fired(arena.take<Fired>(most_fired_of(layer))),
        of_m(arena.take<double>(most_grown)),
        of_s(arena.take<double>(most_grown)),
        common(arena.take<Common>(1)),
        most_found(found_room),
        most_fired(most_fired_of(layer)) {}

 private:
  // Few neurons fire more than once in a window.
  RETROGRADE_HOST_DEVICE static std::uint32_t most_fired_of(const LayerView& layer) {
    return 2 * layer.size + 64;
  }
  RETROGRADE_HOST_DEVICE static State state(Arena& arena, const LayerView& layer) {
    const std::size_t low = layer.stiff() ? layer.size : 0;
    return {arena.take<double>(layer.size), arena.take<double>(layer.size),
            arena.take<double>(layer.size), arena.take<double>(layer.size),
            arena.take<double>(low),        arena.take<double>(low)};
  }
};

// Into ascending order, in place: what is sorted is short most often, and nobody lends a thread more memory.
RETROGRADE_HOST_DEVICE inline void sort_deliveries(Delivery* d, std::uint32_t count) {
  const auto sink = [d](std::uint32_t k, std::uint32_t size) {
    const Delivery sinking = d[k];
    for (;;) {
      std::uint32_t child = 2 * k + 1;
      if (child >= size) break;
      if (child + 1 < size && d[child] < d[child + 1]) ++child;
      if (!(sinking < d[child])) break;
      d[k] = d[child];
      k = child;
    }
    d[k] = sinking;
  };
  for (std::uint32_t k = count / 2; k-- > 0;) sink(k, count);
  for (std::uint32_t size = count; size-- > 1;) {
    const Delivery largest = d[0];
    d[0] = d[size];
    d[size] = largest;
    sink(0, size);
  }
}

// One layer on its way through one trial, by one team.
template <typename Team>
class LayerForward {
 public:
  RETROGRADE_HOST_DEVICE LayerForward(Team& team, const LayerView& layer, const TrialView& trial,
                                      const LayerScratch& scratch, double max_rate,
                                      std::uint32_t& status)
      : team_(team),
        layer_(layer),
        trial_(trial),
        s_(scratch),
        max_rate_(max_rate),
        status_(status),
        grid_(layer.grid()) {}

  RETROGRADE_HOST_DEVICE void run() {
    start();
    const auto count = static_cast<std::uint32_t>(std::ceil(trial_.duration * grid_.rate));
    for (std::uint32_t w = 0; w < count; ++w) {
      admit(w);
      move_base();
      for (std::uint32_t f = 0; f < layer_.feed_count; ++f) deliver(layer_.feeds[f], s_.walks[f]);
      close(w);
      replay(w);
      collect(w);
      if (status_ != 0) break;
      const LayerScratch::State next = s_.next;
      s_.next = s_.now;
      s_.now = next;
    }
    team_.wait();  // what comes next uses the same memory
  }

 private:
  RETROGRADE_HOST_DEVICE LayerScratch::Common& common() { return *s_.common; }
  RETROGRADE_HOST_DEVICE const TrainView& train(const FeedView& feed) const {
    return trial_.trains[feed.source];
  }
  RETROGRADE_HOST_DEVICE bool muted(const FeedView& feed, std::uint32_t source) const {
    return trial_.is_muted(feed.source_first + source);
  }
  RETROGRADE_HOST_DEVICE void end_with(TrialStatus status) {
    Team::raise(status_, static_cast<std::uint32_t>(status));
  }

  RETROGRADE_HOST_DEVICE void start() {
    team_.each(layer_.size, [&](std::uint32_t n) {
      s_.now.v[n] = s_.now.i[n] = s_.now.error_v[n] = s_.now.error_i[n] = 0.0;
      if (layer_.stiff()) s_.now.v_low[n] = s_.now.i_low[n] = 0.0;
      s_.release[n] = s_.spike_error[n] = s_.release_error[n] = 0.0;
      s_.pending[n] = s_.counts[n] = 0;
      if (layer_.sparse) s_.sought[n] = 0;
    });
    team_.each(std::uint64_t{layer_.slots} * layer_.size,
               [&](std::uint64_t k) { s_.lanes[k] = Lane{}; });
    team_.each(layer_.slots, [&](std::uint32_t k) { s_.sums[k] = {}; });
    team_.each(layer_.feed_count, [&](std::uint32_t f) { s_.walks[f] = {0, 0, 0}; });
    team_.one([&] {
      LayerScratch::Common& c = common();
      c.errors = ErrorBound(layer_.errors, s_.sums, layer_.slots);
      c.base = c.next_base = 0.0;
      c.worst_release_error = 0.0;
      c.crowded = false;
      c.from = c.to = 0;
    });
  }

  // By one thread: the spikes of a window are few.
  RETROGRADE_HOST_DEVICE void admit(std::uint32_t w) {
    team_.one([&] {
      LayerScratch::Common& c = common();
      const Time from = grid_.begin(w), to = grid_.begin(w + 1);
      c.base = c.next_base;
      if ((to - c.base) * layer_.errors.co_moving > frame_reach) c.next_base = from;
      for (std::uint32_t f = 0; f < layer_.feed_count; ++f) {
        const FeedView& feed = layer_.feeds[f];
        const TrainView& spikes = train(feed);
        LayerScratch::Walk& walk = s_.walks[f];
        walk.delivered = walk.admitted;
        Time late = 0.0, latest = 0.0;
        while (walk.admitted < spikes.count && spikes.times[walk.admitted] < to) {
          if (spikes.errors) {
            late += spikes.errors[walk.admitted];
            latest = std::fmax(latest, spikes.errors[walk.admitted]);
          }
          ++walk.admitted;
        }
        c.errors.admit(feed.max_weight, walk.admitted - walk.delivered, late, latest);
        // One window more, so that rounding never loses one.
        const Time oldest = from - feed.max_delay - grid_.window;
        while (walk.recent < walk.admitted && spikes.times[walk.recent] < oldest) ++walk.recent;
      }
      c.errors.begin_window(w);
      c.of_sums = c.errors.of_sums(to);
      const double inherited = c.errors.inherited();
      c.window = {to,        std::fmin(to, trial_.duration),    trial_.duration,
                  inherited, inherited + c.worst_release_error, c.errors.worst_late()};
      c.busy[w & 1] = c.fired[w & 1] = 0;
    });
  }

  // The base of co-moving frames moves on, with all that is under way.
  RETROGRADE_HOST_DEVICE void move_base() {
    const Time base = common().base, next = common().next_base;
    if (base == next) return;
    for (std::uint32_t f = 0; f < layer_.frame_count; ++f) {
      const WindowFrame& frame = layer_.frames[f];
      if (!frame.co_moving) continue;
      const double of_m = growth(frame.rate_mem, base - next);
      const double of_s = growth(frame.rate_syn, base - next);
      const auto size = static_cast<std::uint32_t>(frame.end - frame.begin);
      team_.each(std::uint64_t{layer_.slots} * size, [&](std::uint64_t k) {
        Lane& lane = s_.lanes[k / size * layer_.size + frame.begin + k % size];
        lane.m *= of_m;
        lane.s *= of_s;
        lane.size_m *= of_m;
        lane.size_s *= of_s;
      });
    }
    team_.one([&] { common().base = next; });
  }

  RETROGRADE_HOST_DEVICE void deliver(const FeedView& feed, const LayerScratch::Walk& walk) {
    const TrainView& spikes = train(feed);
    const WindowFrame& frame = layer_.frames[feed.frame];
    for (std::uint32_t from = walk.delivered; from < walk.admitted;
         from += LayerScratch::most_grown) {
      const std::uint32_t left = walk.admitted - from;
      const std::uint32_t count = left < LayerScratch::most_grown ? left : LayerScratch::most_grown;
      if (feed.co_moving)
        team_.each(count, [&](std::uint32_t k) {
          const Time since = spikes.times[from + k] - common().base;
          s_.of_m[k] = growth(frame.rate_mem, since);
          s_.of_s[k] = growth(frame.rate_syn, since);
        });
      if (feed.is_dense()) {
        team_.each(feed.row_size, [&](std::uint32_t j) {
          for (std::uint32_t k = 0; k < count; ++k) bring(feed, spikes, from, k, j);
        });
      } else {
        for (std::uint32_t k = 0; k < count; ++k)
          team_.each(feed.size_of_row(spikes.sources[from + k]),
                     [&](std::uint32_t j) { bring(feed, spikes, from, k, j); });
      }
    }
  }

  // The delivery of spike from + k over the j-th synapse of its row.
  RETROGRADE_HOST_DEVICE void bring(const FeedView& feed, const TrainView& spikes,
                                    std::uint32_t from, std::uint32_t k, std::uint32_t j) {
    const std::uint32_t source = spikes.sources[from + k];
    if (muted(feed, source)) return;
    const SynapseId position = feed.row_begin(source) + j;
    const std::uint32_t n = feed.target(source, j);
    const Time arrival = spikes.times[from + k] + feed.delay[position];
    const std::uint32_t w = grid_.of(arrival);
    Lane& lane = s_.lanes[grid_.slot(w) * layer_.size + n];
    if (feed.co_moving) {
      const double* weights = feed.co_moving + 2 * std::size_t{position};
      lane.add(weights[0] * s_.of_m[k], weights[1] * s_.of_s[k]);
      return;
    }
    const Time left = grid_.begin(w + 1) - arrival;
    const ShortFlow& f = layer_.flows[n];
    const double slow = feed.weight[position] * short_exp(f.rate_slow * left);
    const double p = left * short_phi(f.rate_gap * left);
    lane.add(slow * (f.rate_mem * p), slow * (1.0 - f.fall_syn * p));
  }

  RETROGRADE_HOST_DEVICE void close(std::uint32_t w) {
    const Time from = grid_.begin(w), to = grid_.begin(w + 1);
    team_.each(layer_.size, [&](std::uint32_t n) {
      const LayerScratch::Common& c = common();
      Lane& lane = s_.lanes[grid_.slot(w) * layer_.size + n];
      const WindowFlow& flow = layer_.whole[n];
      const double v = s_.now.v[n], i = s_.now.i[n];
      Closed closed;
      if (layer_.stiff()) {
        double v_low = s_.now.v_low[n], i_low = s_.now.i_low[n];
        closed =
            close_stiff_neuron(flow, layer_.fall_mem[n], layer_.fall_syn[n], layer_.window, v, i,
                               s_.now.error_v[n], s_.now.error_i[n], lane, c.of_sums, v_low, i_low);
        s_.next.v_low[n] = v_low;
        s_.next.i_low[n] = i_low;
      } else {
        const WindowWorth worth(layer_.frames[layer_.frame_of[n]], to - c.base);
        closed = close_neuron(flow, layer_.window, v, i, s_.now.error_v[n], s_.now.error_i[n],
                              lane.m, lane.s, lane.size_m, lane.size_s, worth, c.of_sums);
      }
      lane = Lane{};
      s_.next.v[n] = closed.v;
      s_.next.i[n] = closed.i;
      s_.next.error_v[n] = closed.error_v;
      s_.next.error_i[n] = closed.error_i;
      const Time release = s_.release[n];
      if (closed.bound + c.window.inherited_or_released < layer_.models[n].v_threshold &&
          release <= from)
        return;
      if (release > to) {  // held from end to end
        s_.next.v[n] = v;
        if (layer_.stiff()) s_.next.v_low[n] = s_.now.v_low[n];
      } else {
        s_.busy[Team::append(common().busy[w & 1])] = n;
      }
    });
  }

  // Calls found(b, delivery) for what reaches busy neurons [from, to), in window w before the end.
  template <typename Found>
  RETROGRADE_HOST_DEVICE void seek(std::uint32_t w, std::uint32_t from, std::uint32_t to,
                                   const Found& found) {
    for (std::uint32_t f = 0; f < layer_.feed_count; ++f) {
      const FeedView& feed = layer_.feeds[f];
      const LayerScratch::Walk& walk = s_.walks[f];
      const TrainView& spikes = train(feed);
      const std::uint32_t recent = walk.admitted - walk.recent;
      const auto meet = [&](std::uint32_t b, std::uint32_t k, SynapseId position) {
        const Time time = spikes.times[k] + feed.delay[position];
        if (grid_.of(time) == w && time < trial_.duration && !muted(feed, spikes.sources[k]))
          found(b, Delivery{time, feed.synapse_first + position, k, feed.weight[position]});
      };
      if (!feed.is_dense()) {
        // A thread per spike goes through its synapses.
        team_.each(recent, [&](std::uint32_t at) {
          const std::uint32_t k = walk.recent + at, source = spikes.sources[k];
          for (std::uint32_t j = 0; j < feed.size_of_row(source); ++j) {
            const std::uint32_t sought = s_.sought[feed.target(source, j)];
            if (sought > from && sought <= to) meet(sought - 1, k, feed.row_begin(source) + j);
          }
        });
        continue;
      }
      team_.each(std::uint64_t{to - from} * recent, [&](std::uint64_t at) {
        // In 32 bits where that will do: division is slow.
        const bool few = at <= ~std::uint32_t{0};
        const auto low = static_cast<std::uint32_t>(at);
        const auto row = few ? low / recent : static_cast<std::uint32_t>(at / recent);
        const auto k = static_cast<std::uint32_t>(at - std::uint64_t{row} * recent);
        const std::uint32_t n = s_.busy[from + row] - feed.target_first;
        if (n < feed.row_size)
          meet(from + row, walk.recent + k, feed.row_begin(spikes.sources[walk.recent + k]) + n);
      });
    }
  }

  RETROGRADE_HOST_DEVICE void replay(std::uint32_t w) {
    const std::uint32_t busy = common().busy[w & 1];
    if (busy == 0) return;
    // Most often each has few arrivals, and a place of its own for them: then one look will do.
    const bool kept = busy * std::uint64_t{LayerScratch::few_found} <= s_.most_found;
    team_.each(busy, [&](std::uint32_t b) {
      s_.found_so_far[b] = 0;
      s_.offsets[b] = b * LayerScratch::few_found;
      if (layer_.sparse) s_.sought[s_.busy[b]] = b + 1;
    });
    seek(w, 0, busy, [&](std::uint32_t b, const Delivery& delivery) {
      const std::uint32_t place = Team::append(s_.found_so_far[b]);
      if (kept && place < LayerScratch::few_found) s_.found[s_.offsets[b] + place] = delivery;
    });
    team_.one([&] {
      LayerScratch::Common& c = common();
      c.to = 0;
      c.crowded = !kept;
      for (std::uint32_t b = 0; b < busy; ++b)
        c.crowded |= s_.found_so_far[b] > LayerScratch::few_found;
    });
    if (!common().crowded) {
      replay_each(w, 0, busy);
      return;
    }
    // Else they are sought again, for as many neurons at a time as there is room for.
    for (std::uint32_t done = 0, to = 0; done < busy; done = to) {
      team_.one([&] {
        LayerScratch::Common& c = common();
        c.from = c.to;
        std::uint32_t sum = 0;
        while (c.to < busy && s_.found_so_far[c.to] <= s_.most_found - sum) {
          s_.offsets[c.to] = sum;
          sum += s_.found_so_far[c.to];
          s_.found_so_far[c.to++] = 0;
        }
        if (c.from == c.to) end_with(TrialStatus::too_many_arrivals);
      });
      to = common().to;
      if (done == to) return;  // with a status that ends the run
      seek(w, done, to, [&](std::uint32_t b, const Delivery& delivery) {
        s_.found[s_.offsets[b] + Team::append(s_.found_so_far[b])] = delivery;
      });
      replay_each(w, done, to);
    }
  }

  // Busy neurons [from, to), whose arrivals have been found.
  RETROGRADE_HOST_DEVICE void replay_each(std::uint32_t w, std::uint32_t from, std::uint32_t to) {
    team_.each(to - from, [&](std::uint32_t k) {
      replay(w, from + k);
      if (layer_.sparse) s_.sought[s_.busy[from + k]] = 0;
    });
  }

  // What replay.hpp asks about a neuron and tells of it.
  struct Around {
    LayerForward& run;
    std::uint32_t n, w;
    std::uint32_t last = static_cast<std::uint32_t>(-1);  // its spike of this window
    bool undecided = false;

    RETROGRADE_HOST_DEVICE Time late_by(const Delivery& delivery) const {
      for (std::uint32_t f = 0; f < run.layer_.feed_count; ++f) {
        const FeedView& feed = run.layer_.feeds[f];
        if (delivery.synapse - feed.synapse_first >= feed.synapses) continue;
        const TrainView& spikes = run.train(feed);
        return spikes.errors ? spikes.errors[delivery.order] : 0.0;
      }
      return 0.0;
    }
    RETROGRADE_HOST_DEVICE double inherited(Time) { return give_up(0.0); }
    RETROGRADE_HOST_DEVICE Time next_spike(const Course&, Time, bool) { return give_up(never); }
    RETROGRADE_HOST_DEVICE bool meets(Time, Time) { return give_up(0.0) > 0.0; }
    RETROGRADE_HOST_DEVICE bool gave_up() const { return undecided; }

    RETROGRADE_HOST_DEVICE void fired(Time time, double slope, double rise, bool held,
                                      const TimeError& error) {
      if (++run.s_.counts[n] > 1000.0 + run.max_rate_ * time) {
        run.end_with(TrialStatus::runaway);
        undecided = true;
        return;
      }
      last = Team::append(run.common().fired[w & 1]);
      if (last < run.s_.most_fired) {
        run.s_.fired[last] = {time, slope, rise, error.sum(), n, held};
      } else {
        run.end_with(TrialStatus::too_many_at_once);
        undecided = true;
      }
    }
    RETROGRADE_HOST_DEVICE void released(double slope) {
      if (last != static_cast<std::uint32_t>(-1)) {
        run.s_.fired[last].released_slope = slope;
        run.s_.fired[last].held = false;
      } else {
        run.trial_.trains[run.layer_.home[n]].released_slopes[run.s_.pending[n]] = slope;
      }
    }
    RETROGRADE_HOST_DEVICE void note_release(double error) {
      Team::raise(run.common().worst_release_error, error);
    }
    RETROGRADE_HOST_DEVICE void leave(double v, double i, double error_v, double error_i) {
      const LayerScratch::State& next = run.s_.next;
      next.v[n] = v;
      next.i[n] = i;
      next.error_v[n] = error_v;
      next.error_i[n] = error_i;
      if (run.layer_.stiff()) next.v_low[n] = next.i_low[n] = 0.0;
    }

   private:
    friend class LayerForward;
    RETROGRADE_HOST_DEVICE double give_up(double anything) {
      undecided = true;
      run.end_with(TrialStatus::undecided);
      return anything;
    }
  };

  RETROGRADE_HOST_DEVICE_APART void replay(std::uint32_t w, std::uint32_t b) {
    const std::uint32_t n = s_.busy[b], count = s_.found_so_far[b];
    Delivery* deliveries = s_.found + s_.offsets[b];
    sort_deliveries(deliveries, count);
    Course course;
    course.v = s_.now.v[n];
    course.i = s_.now.i[n];
    course.t = grid_.begin(w);
    course.error = {s_.now.error_v[n], s_.now.error_i[n]};
    Around around{*this, n, w};
    const ReplayWindow window = common().window;
    Replay<Around>(around, layer_.models[n], layer_.whole[n].syn, window,
                   {s_.release[n], s_.spike_error[n], s_.release_error[n]})
        .run(course, deliveries, deliveries + count);
  }

  // The order of spikes on a tape: time, rank, neuron.
  RETROGRADE_HOST_DEVICE bool before(const LayerScratch::Fired& a,
                                     const LayerScratch::Fired& b) const {
    if (a.time != b.time) return a.time < b.time;
    const std::uint32_t rank_a = layer_.ranks[a.neuron], rank_b = layer_.ranks[b.neuron];
    return rank_a != rank_b ? rank_a < rank_b : a.neuron < b.neuron;
  }

  // Every spike finds its own place in the train of its population.
  RETROGRADE_HOST_DEVICE void collect(std::uint32_t w) {
    const std::uint32_t counted = common().fired[w & 1];
    const std::uint32_t fired = counted < s_.most_fired ? counted : s_.most_fired;
    if (fired == 0) return;
    team_.each(fired, [&](std::uint32_t f) {
      const LayerScratch::Fired& spike = s_.fired[f];
      const std::uint32_t home = layer_.home[spike.neuron];
      const TrainView& to = trial_.trains[home];
      std::uint32_t place = to.count;
      for (std::uint32_t other = 0; other < fired; ++other)
        place += layer_.home[s_.fired[other].neuron] == home && before(s_.fired[other], spike);
      if (place >= to.capacity) {
        end_with(TrialStatus::too_many_spikes);
        return;
      }
      to.times[place] = spike.time;
      to.sources[place] = layer_.place[spike.neuron];
      to.errors[place] = spike.error;
      to.slopes[place] = spike.slope;
      to.released_slopes[place] = spike.released_slope;
      if (spike.held) s_.pending[spike.neuron] = place;
    });
    if (status_ != 0) return;
    team_.one([&] {
      for (std::uint32_t f = 0; f < fired; ++f)
        ++trial_.trains[layer_.home[s_.fired[f].neuron]].count;
    });
  }

  Team& team_;
  const LayerView& layer_;
  const TrialView& trial_;
  LayerScratch s_;
  const double max_rate_;
  std::uint32_t& status_;
  const WindowGrid grid_;
};

// The weighted voltage integrals of a readout, by one team. `room` doubles of scratch.
template <typename Team>
RETROGRADE_HOST_DEVICE void integrate(Team& team, const ReadoutView& readout,
                                      const TrialView& trial, double* scratch, std::uint32_t room) {
  team.each(readout.size, [&](std::uint32_t n) { trial.integrals[n] = 0.0; });
  const auto response = [&](const FeedView& feed, Time time, SynapseId position, std::uint32_t n) {
    const Time arrival = time + feed.delay[position];
    const Response r = readout.weighed
                           ? respond<true, false>(readout.rates[n], trial.weight, arrival)
                           : respond<false, false>(readout.rates[n], trial.weight, arrival);
    return feed.weight[position] * r.h;
  };
  for (std::uint32_t f = 0; f < readout.feed_count; ++f) {
    const FeedView& feed = readout.feeds[f];
    const TrainView& spikes = trial.trains[feed.source];
    if (!feed.is_dense()) {
      for (std::uint32_t k = 0; k < spikes.count; ++k) {
        const std::uint32_t source = spikes.sources[k];
        if (trial.is_muted(feed.source_first + source)) continue;
        team.each(feed.size_of_row(source), [&](std::uint32_t j) {
          const std::uint32_t n = feed.target(source, j);
          trial.integrals[n] += response(feed, spikes.times[k], feed.row_begin(source) + j, n);
        });
      }
      continue;
    }
    // As many spikes at a time as there is room for: all of their responses at once, then each neuron
    // adds its own in order.
    const std::uint32_t at_once = room / feed.row_size;
    for (std::uint32_t begin = 0; begin < spikes.count; begin += at_once) {
      const std::uint32_t count = spikes.count - begin < at_once ? spikes.count - begin : at_once;
      team.each(count * feed.row_size, [&](std::uint32_t at) {
        const std::uint32_t k = begin + at / feed.row_size, j = at % feed.row_size;
        scratch[at] = response(feed, spikes.times[k], feed.row_begin(spikes.sources[k]) + j,
                               feed.target_first + j);
      });
      team.each(feed.row_size, [&](std::uint32_t j) {
        for (std::uint32_t k = 0; k < count; ++k)
          if (!trial.is_muted(feed.source_first + spikes.sources[begin + k]))
            trial.integrals[feed.target_first + j] += scratch[k * feed.row_size + j];
      });
    }
  }
  team.each(readout.size, [&](std::uint32_t n) { trial.integrals[n] += trial.of_bias[n]; });
}

// The kernel: block k runs trial k.
struct ForwardPass {
  NetworkView network;
  ReadoutView readout;  // of size 0: none
  const TrialView* trials;
  std::uint32_t* statuses;  // per trial: TrialStatus, `done` to begin with
  std::byte* scratch;       // of scratch_size bytes per block
  std::size_t scratch_size;
  std::uint32_t most_found;
  double max_rate;

  // Of the layers and the readout one after the other.
  static std::size_t scratch_for(const LayerView* layers, std::uint32_t count,
                                 const ReadoutView& readout, std::uint32_t most_found) {
    std::size_t most = sizeof(double) * readout_room(readout);
    for (std::uint32_t l = 0; l < count; ++l) {
      Arena arena(nullptr);
      LayerScratch(arena, layers[l], most_found);
      if (arena.taken() > most) most = arena.taken();
    }
    return (most + 255) / 256 * 256;
  }
  // Doubles for `integrate`: 64 spikes at once.
  RETROGRADE_HOST_DEVICE static std::uint32_t readout_room(const ReadoutView& readout) {
    return 64 * readout.size;
  }

  template <typename Team>
  RETROGRADE_HOST_DEVICE void operator()(Team& team, std::uint32_t block) const {
    const TrialView& trial = trials[block];
    std::byte* const memory = scratch + block * scratch_size;
    std::uint32_t& status = statuses[block];
    for (std::uint32_t l = 0; l < network.layer_count; ++l) {
      Arena arena(memory);
      const LayerScratch layer_scratch(arena, network.layers[l], most_found);
      LayerForward<Team>(team, network.layers[l], trial, layer_scratch, max_rate, status).run();
      if (status != 0) return;
    }
    if (readout.size > 0)
      integrate(team, readout, trial, reinterpret_cast<double*>(memory), readout_room(readout));
  }
};

}  // namespace retrograde

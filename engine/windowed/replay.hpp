// One neuron on its way through one window, delivery by delivery: what a window does to those that
// may fire in it. Only a reset or a release makes what comes out the neuron's state; otherwise the sums
// are (closing.hpp). Compiled for the GPU too (engine/device).
//
// What is around the neuron is a type, since a machine on threads and one on a device keep it
// differently. `Around` has
//
//   late_by(delivery)      how far the time of a delivery may be off (ms)
//   inherited(t)           how far V or I of this neuron are off at t by the times of spikes
//   next_spike(course, to, worked_out)   what the arbiter says (engine/exact/arbiter.hpp)
//   meets(from, to)        whether a spike reaches the neuron in between
//   gave_up()              whether it could not say any of these: then the replay ends, worth nothing
//   fired(time, slope, rise, held, error)   takes a spike; rise is dV/dt after it unless V is held
//   released(slope)        dV/dt when V is let go after the latest spike
//   note_release(error)    how far V was off then
//   leave(v, i, error_v, error_i)   the state at the window's end, where it is not that of the sums
#pragma once

#include <cmath>
#include <cstdint>

#include <retrograde/engine/neuron/crossing_search.hpp>
#include <retrograde/engine/neuron/cuba_lif.hpp>
#include <retrograde/engine/neuron/time_error.hpp>
#include <retrograde/engine/windowed/delivery.hpp>
#include <retrograde/engine/windowed/short_flow.hpp>
#include <retrograde/events/host_device.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// Where a neuron is on its way.
struct Course {
  double v = 0.0, i = 0.0;
  Time t = 0.0;
  Deviation error = {};  // at the beginning of the window, or when V was reset
  double rounded = 0.0;  // and what steps have added since
  // Reset or released: this is its state at the window's end, and not the sums.
  bool changed = false;
  // By the arbiter: the next spike, if nothing arrives after the window.
  bool judged = false;
  Time spike = never;
};

// What a neuron keeps from window to window besides its state.
struct FiringState {
  Time& release;  // V is held until then
  double &spike_error,
      &release_error;  // of the time of its last spike (ms), and of V when released
};

// A window [from, to), for all neurons of the layer.
struct ReplayWindow {
  Time to = 0.0;
  Time last = 0.0;  // spikes lie before it: the earlier of `to` and the end of the run
  Time end = 0.0;   // of the run
  // By how much V or I of any neuron may be off by the times of spikes; the same with what releases were
  // off; and how far any spike is (ms).
  double inherited = 0.0, inherited_or_released = 0.0;
  Time worst_late = 0.0;
};

template <typename Around>
class Replay {
 public:
  // `syn` is what the window does to I.
  RETROGRADE_HOST_DEVICE Replay(Around& around, const CubaLif& model, double syn,
                                const ReplayWindow& window, FiringState firing)
      : around_(around), model_(model), flow_(model), syn_(syn), window_(window), firing_(firing) {}

  // Meets the deliveries [delivery, end), which are in order.
  RETROGRADE_HOST_DEVICE void run(Course& c, const Delivery* delivery, const Delivery* end) {
    for (;;) {
      const bool more = delivery != end;
      const Time next = more ? delivery->time : window_.last;
      if (firing_.release > c.t) hold(c, next);
      if (c.t < next) {
        const MembraneState state = flow(c, next - c.t);
        const Sight sight = watch(c, state, next, more ? delivery : nullptr);
        if (around_.gave_up()) return;
        if (sight.spike < next) {
          fire(c, sight);
          if (around_.gave_up()) return;
          continue;
        }
        take(c, state, next);
      }
      if (!more) break;
      c.i += delivery->weight;
      c.rounded += 0x1p-53 * std::fabs(c.i);
      ++delivery;
    }
    if (c.changed) leave(c);
  }

 private:
  // A spike that V leads to, if it does, and what rounding leaves open: whether it is the next event,
  // or only its time.
  struct Sight {
    Time spike = never;
    TimeError error = {};
    bool open = false, vague = false;
  };

  RETROGRADE_HOST_DEVICE MembraneState flow(const Course& c, Time s) const {
    const CubaLif::Propagator p = flow_.propagator(s);
    return {model_.bias + (c.v - model_.bias) * p.mem + c.i * p.kernel, c.i * p.syn};
  }

  // A step to `end`.
  RETROGRADE_HOST_DEVICE void take(Course& c, const MembraneState& end, Time to) const {
    c.rounded += model_.rounding_of_short_flow({c.v, c.i});
    c.v = end.v;
    c.i = end.i;
    c.t = to;
  }

  // I alone goes on.
  RETROGRADE_HOST_DEVICE void decay(Course& c, Time s) const {
    c.rounded += 8.0 * 0x1p-53 * std::fabs(c.i);
    c.i *= flow_.propagator(s).syn;
  }

  // V is held until `next` or its release.
  RETROGRADE_HOST_DEVICE void hold(Course& c, Time next) {
    const Time until = next < firing_.release ? next : firing_.release;
    decay(c, std::fmax(until - c.t, 0.0));
    c.t = until;
    c.changed = true;
    if (c.t < firing_.release) return;
    const double slope = model_.slope({c.v, c.i});
    note_release(slope);
    around_.released(slope);
  }

  // Whether and when the neuron fires on its way to `end` at `next`, where `met` arrives, if
  // anything does. Where the errors of states and times leave it open the arbiter decides.
  RETROGRADE_HOST_DEVICE Sight watch(Course& c, const MembraneState& end, Time next,
                                     const Delivery* met) {
    if (!c.judged) {
      if (stays_below(c, end, next - c.t)) return {};
      const Time late = met ? around_.late_by(*met) : next == window_.end ? 0.0 : -never;
      Sight sight = look(c, end, next, late, window_.inherited);
      // That is a bound for the whole layer; this one is its own.
      if (sight.open || sight.vague) {
        const double own = around_.inherited(c.t);
        if (around_.gave_up()) return {};
        sight = look(c, end, next, late, own);
      }
      if (sight.vague) {
        sight.spike = around_.next_spike(c, window_.to, false);
        if (around_.gave_up()) return {};
        sight.error.rounding = 0.0;
        sight.open = first_is_open(sight, next, late);
      }
      if (!met && sight.spike < next) sight.open |= open_behind(sight, next);
      if (around_.gave_up()) return {};
      if (!sight.open) return sight;
      c.spike = around_.next_spike(c, window_.to, true);
      c.judged = true;
    }
    Sight sight;
    if (c.spike < next) sight.spike = std::fmax(c.spike, c.t);
    return sight;
  }

  // Most often V stays clear of the threshold, whatever is off: below its tangents at both ends.
  RETROGRADE_HOST_DEVICE bool stays_below(const Course& c, const MembraneState& end, Time s) const {
    const double end_slope = model_.slope(end);
    const double from_start = c.v + model_.slope({c.v, c.i}) * s, from_end = end.v - end_slope * s;
    const double inside = from_end < from_start ? from_end : from_start;
    const double rounding = 1e-12 * (std::fabs(c.v) + std::fabs(c.i) + std::fabs(model_.bias));
    const double later = 2.0 * window_.worst_late * std::fabs(end_slope);
    const double error =
        c.error.v + c.error.i + c.rounded + window_.inherited_or_released + firing_.release_error;
    const double ends = c.v < end.v ? end.v : c.v;
    const double most = ends < inside ? inside : ends;
    return most + rounding + later + error < model_.v_threshold;
  }

  // The same as far as the state tells. `late` is how far the time of what is next may be off (-never:
  // nothing is), `inherited` how far V or I are by the times of what has arrived.
  RETROGRADE_HOST_DEVICE Sight look(const Course& c, const MembraneState& end, Time next, Time late,
                                    double inherited) const {
    Sight sight;
    const MembraneState x{c.v, c.i};
    const double rounding = c.error.most() + c.rounded;
    inherited += of_release(c);
    const double error = rounding + inherited;
    const Crossing crossing = crossing::seek(model_, x, next - c.t, crossing::RoundedState{error});
    if (!crossing.certain) {
      sight.open = true;
      return sight;
    }
    if (crossing.at == never) {
      // What arrives late leaves V that time to rise on.
      const double later = 2.0 * late * std::fabs(model_.slope(end));
      sight.open = later > 0.0 && end.v + later + error >= model_.v_threshold;
      return sight;
    }
    sight.spike = c.t + crossing.at;
    sight.error = {(rounding + crossing.noise) / crossing.slope + 0x1p-51 * sight.spike,
                   inherited / crossing.slope};
    sight.vague = sight.error.rounding > largest_error(sight.spike);
    if (!sight.vague)
      sight.error.inherited = std::fmin(sight.error.inherited, largest_inherited(sight.spike));
    sight.open = !sight.vague && first_is_open(sight, next, late);
    return sight;
  }

  // Whether the spike may lie on either side of `next`, of an arrival or the end of the run, beyond
  // which nobody fires.
  RETROGRADE_HOST_DEVICE static bool first_is_open(const Sight& sight, Time next, Time late) {
    return sight.spike + sight.error.sum() + late >= next;
  }
  // The same at the end of a window, behind which something may arrive.
  RETROGRADE_HOST_DEVICE bool open_behind(const Sight& sight, Time next) {
    const Time reach = sight.error.sum() + window_.worst_late;
    return sight.spike + reach >= next && around_.meets(next, sight.spike + reach);
  }

  // By how much V is still off because it was released late: that fades by e^-x.
  RETROGRADE_HOST_DEVICE double of_release(const Course& c) const {
    const double x = model_.rate_mem * (c.t - firing_.release);
    const double left = 1.0 / (1.0 + x * (1.0 + x * (0.5 + x * (1.0 / 6.0))));
    return left * firing_.release_error;
  }

  RETROGRADE_HOST_DEVICE void fire(Course& c, const Sight& sight) {
    decay(c, sight.spike - c.t);
    c.t = sight.spike;
    c.v = model_.v_reset;
    c.error.v = 0.0;
    c.changed = true;
    c.judged = false;
    firing_.release = c.t + model_.t_ref;
    firing_.spike_error = sight.error.sum();
    const bool held = firing_.release > c.t;
    const double slope = model_.rate_mem * (model_.bias - model_.v_threshold + c.i);
    const double rise = model_.slope({c.v, c.i});
    if (!held) note_release(rise);
    around_.fired(c.t, slope, held ? 0.0 : rise, held, sight.error);
  }

  // V is let go as much too early or late as its spike was.
  RETROGRADE_HOST_DEVICE void note_release(double slope) {
    firing_.release_error = std::fabs(slope) * firing_.spike_error;
    around_.note_release(firing_.release_error);
  }

  // The state at the window's end is what the course has come to.
  RETROGRADE_HOST_DEVICE void leave(Course& c) {
    if (firing_.release > c.t)
      decay(c, window_.to - c.t);
    else if (window_.to > c.t)
      take(c, flow(c, window_.to - c.t), window_.to);
    around_.leave(c.v, c.i, c.error.v + c.error.i + c.rounded, c.error.i * syn_ + c.rounded);
  }

  Around& around_;
  const CubaLif& model_;
  const ShortFlow flow_;
  const double syn_;
  const ReplayWindow& window_;
  FiringState firing_;
};

}  // namespace retrograde

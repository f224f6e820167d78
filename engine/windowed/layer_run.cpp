#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <optional>
#include <unordered_map>

#include <retrograde/engine/exact/arbiter.hpp>
#include <retrograde/engine/neuron/crossing.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/engine/runaway.hpp>
#include <retrograde/engine/windowed/closing.hpp>
#include <retrograde/engine/windowed/error_bound.hpp>
#include <retrograde/engine/windowed/layer_run.hpp>
#include <retrograde/engine/windowed/under_way.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// One layer on its way through one trial: what layer_run.hpp describes.
class LayerRun {
 public:
  LayerRun(const Network& network, const WindowLayer& layer, const Trial& trial,
           const RunOptions& options, const WindowedOptions& windowed,
           std::span<const std::uint32_t> ranks, std::vector<SpikeTrain>& trains, Arbiter& arbiter)
      : network_(network),
        layer_(layer),
        trial_(trial),
        end_(trial.duration),
        options_(options),
        windowed_(windowed),
        share_(windowed.share),
        ranks_(ranks),
        trains_(trains),
        arbiter_(arbiter),
        grid_(layer.grid()),
        size_(layer.size()),
        stretches_(chunk_stretches(layer, share_)),
        under_way_(network, layer, trial, trains, stretches_),
        now_(layer),
        next_(layer),
        bound_(size_),
        error_bound_(layer),
        spike_error_(size_, 0.0),
        release_error_(size_, 0.0),
        release_(size_, 0.0),
        pending_(size_, 0),
        counts_(size_, 0),
        chunks_(stretches_.size()) {
    for (std::uint32_t p : layer.populations) {
      const Population& population = network.populations()[p];
      for (std::uint32_t k = 0; k < population.size; ++k)
        homes_.push_back({p, static_cast<NeuronId>(homes_.size() - k)});
    }
    for (std::size_t c = 0; c < chunks_.size(); ++c) {
      chunks_[c].index = c;
      chunks_[c].begin = stretches_[c].begin;
      chunks_[c].end = stretches_[c].end;
    }
    threaded_ = chunks_.size() > 1 && size_of(stretches_) >= shared_layer;
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
      under_way_.admit(w, error_bound_);
      error_bound_.begin_window(w);
      inherited_ = error_bound_.inherited() + worst_release_error_;
      if (share_)
        pass_with_others(w, from, to, spikes);
      else
        pass_all(w, from, to, spikes);
      std::swap(now_, next_);
      collect(spikes);
      if (w % often == often - 1) progress(std::fmin(to, end_));
    }
  }

 private:
  struct Home {
    std::uint32_t population;
    NeuronId first;  // of the population within the layer
  };
  struct Fired {
    TapeSpike spike;
    std::uint32_t neuron;  // within the layer
    bool held;             // its released_slope is still to come
    TimeError error;
  };
  // What the arbiter has said about a neuron that was left in peace since.
  struct Standing {
    std::uint32_t window;
    Time spike;
  };
  // A neuron, the k-th busy one of its chunk, whose window waits for what all have to work out together,
  // and what they have said so far.
  struct Undecided {
    std::uint32_t neuron;
    std::size_t k;
    SharedQuestion question = {};
    std::vector<Time> answers = {};
  };
  struct Chunk {
    std::size_t index = 0, begin = 0, end = 0;  // neurons
    std::vector<std::uint32_t> busy;
    std::vector<Fired> fired;
    std::unordered_map<std::uint32_t, Standing> standing;
    double release_error = 0.0;  // the worst of its neurons
    // Where the layer is shared: who waits, and the answers to the neuron that is taken up again.
    std::vector<Undecided> undecided;
    std::span<const Time> answers;
  };
  // What a replay changes of a neuron before it comes to the end of the window.
  struct Before {
    Time release;
    std::uint32_t count;
    double spike_error, release_error;
    std::size_t fired;
    std::optional<Standing> standing;
  };
  // Where a neuron is on its way through a window, delivery by delivery.
  struct Course {
    std::uint32_t n;
    double v, i;
    Time t;
    Deviation error;       // at the beginning of the window, or when V was reset
    double rounded = 0.0;  // and what steps have added since
    // Reset or released: this is its state at the window's end, and not the sums.
    bool changed = false;
    // By the arbiter: the next spike, if nothing arrives after the window.
    bool judged = false;
    Time spike = never;
  };
  // A spike that V leads to, if it does, and what rounding leaves open: whether it is the next event,
  // or only its time.
  struct Sight {
    Time spike = never;
    TimeError error = {};
    bool open = false, vague = false;
  };

  // The neurons that are run here, in pieces for threads: how many pieces never shows in a result.
  static std::vector<Stretch> chunk_stretches(const WindowLayer& layer, const LayerShare* share) {
    std::vector<Stretch> own = {{0, layer.size()}};
    if (share) own = share->own(layer);
    const bool threads = size_of(own) >= shared_layer;
    std::vector<Stretch> all;
    for (const auto& [begin, end] : own) {
      const std::size_t size = end - begin;
      std::size_t chunks = (size + window_chunk - 1) / window_chunk;
      if (threads) chunks = std::max(chunks, std::min(threads_to_share(), size / smallest_share));
      for (std::size_t c = 0; c < chunks; ++c)
        all.push_back({begin + c * size / chunks, begin + (c + 1) * size / chunks});
    }
    return all;
  }
  static std::size_t size_of(const std::vector<Stretch>& stretches) {
    std::size_t size = 0;
    for (const auto& [begin, end] : stretches) size += end - begin;
    return size;
  }

  void pass(Chunk& chunk, std::uint32_t w, Time from, Time to, std::vector<TapeSpike>& spikes) {
    under_way_.deliver(chunk.index, w);
    close(chunk, w, to);
    find_busy(chunk, from, to);
    under_way_.seek(chunk.index, w, chunk.busy);
    for (std::size_t k = 0; k < chunk.busy.size(); ++k)
      if (share_)
        try_out(chunk, {chunk.busy[k], k}, w, from, to, spikes);
      else
        replay(chunk, chunk.busy[k], under_way_.found(chunk.index, k), w, from, std::fmin(to, end_),
               to, spikes);
    under_way_.forget(chunk.index, w);
  }

  void pass_all(std::uint32_t w, Time from, Time to, std::vector<TapeSpike>& spikes) {
    if (threaded_)  // of several errors the same one is reported for any number of threads
      for_each_trial(chunks_.size(), [&](std::size_t c) { pass(chunks_[c], w, from, to, spikes); });
    else
      for (Chunk& chunk : chunks_) pass(chunk, w, from, to, spikes);
  }

  // The same with the neurons of others, as layer_share.hpp describes it.
  void pass_with_others(std::uint32_t w, Time from, Time to, std::vector<TapeSpike>& spikes) {
    WindowOutcome outcome;
    const auto attempt = [&](const auto& work) {
      try {
        work();
      } catch (...) {
        outcome.failure = first_failure(outcome.failure, std::current_exception());
      }
    };
    attempt([&] { pass_all(w, from, to, spikes); });
    for (;;) {
      Chunk* const chunk = first_undecided();
      outcome.question.reset();
      outcome.spikes.clear();
      if (chunk)
        outcome.question = chunk->undecided.front().question;
      else
        list_fired(outcome);
      const std::optional<SharedQuestion> question = share_->meet(layer_, outcome);
      if (!question) break;
      const auto [n, since, known, recent] = *question;
      const Time answer =
          arbiter_.next_spike(trains_, layer_.neurons[n], recent, since, known).at();
      if (!chunk || chunk->undecided.front().neuron != n) continue;
      Undecided undecided = std::move(chunk->undecided.front());
      chunk->undecided.erase(chunk->undecided.begin());
      undecided.answers.push_back(answer);
      attempt([&] { try_out(*chunk, std::move(undecided), w, from, to, spikes); });
    }
    worst_release_error_ = std::fmax(worst_release_error_, outcome.release_error);
    for (const SharedSpike& s : outcome.spikes) {
      const NeuronId id = layer_.neurons[s.neuron];
      from_others_.push_back(
          {{s.time, 0.0, 0.0, id, trial_.is_muted(id)}, s.neuron, false, {s.error, 0.0}});
    }
  }

  Chunk* first_undecided() {
    for (Chunk& chunk : chunks_)
      if (!chunk.undecided.empty()) return &chunk;
    return nullptr;
  }

  void list_fired(WindowOutcome& outcome) const {
    outcome.release_error = 0.0;
    for (const Chunk& chunk : chunks_) {
      outcome.release_error = std::fmax(outcome.release_error, chunk.release_error);
      for (const Fired& f : chunk.fired)
        outcome.spikes.push_back({f.spike.time, f.error.sum(), f.neuron});
    }
  }

  // Replays a neuron, unless it comes to what all have to work out: then it waits, as it was before.
  void try_out(Chunk& chunk, Undecided tried, std::uint32_t w, Time from, Time to,
               std::vector<TapeSpike>& spikes) {
    const std::uint32_t n = tried.neuron;
    Before before{release_[n],       counts_[n],         spike_error_[n],
                  release_error_[n], chunk.fired.size(), {}};
    if (const auto standing = chunk.standing.find(n); standing != chunk.standing.end())
      before.standing = standing->second;
    chunk.answers = tried.answers;
    try {
      replay(chunk, n, under_way_.found(chunk.index, tried.k), w, from, std::fmin(to, end_), to,
             spikes);
    } catch (SharedQuestion& question) {
      release_[n] = before.release;
      counts_[n] = before.count;
      spike_error_[n] = before.spike_error;
      release_error_[n] = before.release_error;
      chunk.fired.resize(before.fired);
      if (before.standing) chunk.standing.insert_or_assign(n, *before.standing);
      tried.question = std::move(question);
      const auto at = std::find_if(chunk.undecided.begin(), chunk.undecided.end(),
                                   [n](const Undecided& u) { return u.neuron > n; });
      chunk.undecided.insert(at, std::move(tried));
    } catch (...) {
      chunk.answers = {};
      throw;
    }
    chunk.answers = {};
  }

  // The sums of window w go into the states.
  void close(const Chunk& chunk, std::uint32_t w, Time to) {
    for (const WindowFrame& frame : layer_.frames) {
      const std::size_t begin = std::max(chunk.begin, frame.begin);
      const std::size_t end = std::min(chunk.end, frame.end);
      if (begin < end)
        close_window(layer_, begin, end, under_way_.lanes(w), under_way_.worth(frame, w),
                     error_bound_.of_sums(to), now_, next_, bound_);
    }
  }

  // The neurons that may fire in this window, or are released in it; those that are held from end to
  // end keep their V.
  void find_busy(Chunk& chunk, Time from, Time to) {
    chunk.busy.clear();
    const double* threshold = layer_.v_threshold.data();
    for (std::size_t n = chunk.begin; n < chunk.end; ++n) {
      if (bound_[n] + inherited_ < threshold[n] && release_[n] <= from &&
          !windowed_.replay_everything)
        continue;
      if (release_[n] > to) {
        next_.v[n] = now_.v[n];
        if (layer_.stiff) next_.v_low[n] = now_.v_low[n];
      } else {
        chunk.busy.push_back(static_cast<std::uint32_t>(n));
      }
    }
  }

  // Takes neuron n from `from` to `to` delivery by delivery. Only a reset or a release makes this
  // the neuron's state at `to`; otherwise the sums are. Spikes lie before `last`, the earlier of
  // `to` and the end of the run.
  void replay(Chunk& chunk, std::uint32_t n, std::span<const Delivery> deliveries, std::uint32_t w,
              Time from, Time last, Time to, std::vector<TapeSpike>& spikes) {
    Course c{n, now_.v[n], now_.i[n], from, {now_.error_v[n], now_.error_i[n]}};
    take_up(chunk, c, w, deliveries.empty());
    auto delivery = deliveries.begin();
    for (;;) {
      const bool more = delivery != deliveries.end();
      const Time next = more ? delivery->time : last;
      if (release_[n] > c.t) hold(chunk, c, next, spikes);
      if (c.t < next) {
        const MembraneState end = flow(c, next - c.t);
        const Sight sight = watch(chunk, c, end, next, more ? &*delivery : nullptr, to);
        if (sight.spike < next) {
          fire(chunk, c, sight);
          continue;
        }
        take(c, end, next);
      }
      if (!more) break;
      c.i += delivery->weight;
      c.rounded += 0x1p-53 * std::fabs(c.i);
      ++delivery;
    }
    if (c.judged) chunk.standing.insert_or_assign(n, Standing{w, c.spike});
    if (c.changed) leave(c, to);
  }

  // A verdict of the window before still stands if nothing has arrived since.
  static void take_up(Chunk& chunk, Course& c, std::uint32_t w, bool in_peace) {
    if (chunk.standing.empty()) return;
    const auto standing = chunk.standing.find(c.n);
    if (standing == chunk.standing.end()) return;
    if (standing->second.window + 1 == w && in_peace) {
      c.judged = true;
      c.spike = standing->second.spike;
    }
    chunk.standing.erase(standing);
  }

  MembraneState flow(const Course& c, Time s) const {
    const double bias = layer_.models[c.n].bias;
    const CubaLif::Propagator p = layer_.flows[c.n].propagator(s);
    return {bias + (c.v - bias) * p.mem + c.i * p.kernel, c.i * p.syn};
  }

  // A step to `end`.
  void take(Course& c, const MembraneState& end, Time to) const {
    c.rounded += layer_.models[c.n].rounding_of_short_flow({c.v, c.i});
    c.v = end.v;
    c.i = end.i;
    c.t = to;
  }

  // I alone goes on.
  void decay(Course& c, Time s) const {
    c.rounded += 8.0 * 0x1p-53 * std::fabs(c.i);
    c.i *= layer_.flows[c.n].propagator(s).syn;
  }

  // V is held until `next` or its release.
  void hold(Chunk& chunk, Course& c, Time next, std::vector<TapeSpike>& spikes) {
    const Time until = std::min(release_[c.n], next);
    decay(c, std::max(until - c.t, 0.0));
    c.t = until;
    c.changed = true;
    if (c.t < release_[c.n]) return;
    const double slope = layer_.models[c.n].slope({c.v, c.i});
    note_release(chunk, c.n, slope);
    // A spike of this very window, or one that is on the tape.
    if (!chunk.fired.empty() && chunk.fired.back().neuron == c.n) {
      chunk.fired.back().spike.released_slope = slope;
      chunk.fired.back().held = false;
    } else {
      spikes[pending_[c.n]].released_slope = slope;
    }
  }

  // Whether and when the neuron fires on its way to `end` at `next`, where `met` arrives, if
  // anything does. Where the errors of states and times leave it open the arbiter decides.
  Sight watch(Chunk& chunk, Course& c, const MembraneState& end, Time next, const Delivery* met,
              Time to) {
    if (!c.judged) {
      if (stays_below(c, end, next - c.t)) return {};
      const Time late = met ? under_way_.late_by(*met) : next == end_ ? 0.0 : -never;
      Sight sight = look(c, end, next, late, error_bound_.inherited());
      // That is a bound for the whole layer; this one is its own.
      if (sight.open || sight.vague)
        sight = look(c, end, next, late, arbiter_.inherited(trains_, layer_.neurons[c.n], c.t));
      if (sight.vague) {
        sight.spike = ask(chunk, c, to, Arbiter::Upstream::as_taped);
        sight.error.rounding = 0.0;
        sight.open = first_is_open(sight, next, late);
      }
      if (!met && sight.spike < next) sight.open |= open_behind(c, sight, next);
      if (!sight.open) return sight;
      c.spike = ask(chunk, c, to, Arbiter::Upstream::worked_out);
      c.judged = true;
    }
    return {c.spike < next ? std::fmax(c.spike, c.t) : never};
  }

  // Most often V stays clear of the threshold, whatever is off: below its tangents at both ends.
  bool stays_below(const Course& c, const MembraneState& end, Time s) const {
    const CubaLif& model = layer_.models[c.n];
    const double end_slope = model.slope(end);
    const double inside = std::min(c.v + model.slope({c.v, c.i}) * s, end.v - end_slope * s);
    const double rounding = 1e-12 * (std::fabs(c.v) + std::fabs(c.i) + std::fabs(model.bias));
    const double later = 2.0 * error_bound_.worst_late() * std::fabs(end_slope);
    const double error = c.error.v + c.error.i + c.rounded + inherited_ + release_error_[c.n];
    return std::max({c.v, end.v, inside}) + rounding + later + error < model.v_threshold;
  }

  // The same as far as the state tells. `late` is how far the time of what is next may be off (-never:
  // nothing is), `inherited` how far V or I are by the times of what has arrived.
  Sight look(const Course& c, const MembraneState& end, Time next, Time late,
             double inherited) const {
    const CubaLif& model = layer_.models[c.n];
    const MembraneState x{c.v, c.i};
    const double rounding = c.error.most() + c.rounded;
    inherited += of_release(c);
    const double error = rounding + inherited;
    const Crossing crossing = find_crossing(model, x, next - c.t, error);
    if (!crossing.certain) return {never, {}, true};
    if (crossing.at == never) {
      // What arrives late leaves V that time to rise on.
      const double later = 2.0 * late * std::fabs(model.slope(end));
      return {never, {}, later > 0.0 && end.v + later + error >= model.v_threshold};
    }
    Sight sight{c.t + crossing.at};
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
  static bool first_is_open(const Sight& sight, Time next, Time late) {
    return sight.spike + sight.error.sum() + late >= next;
  }
  // The same at the end of a window, behind which something may arrive.
  bool open_behind(const Course& c, const Sight& sight, Time next) {
    const Time reach = sight.error.sum() + error_bound_.worst_late();
    return sight.spike + reach >= next &&
           arbiter_.meets(trains_, layer_.neurons[c.n], next, sight.spike + reach);
  }

  // By how much V is still off because it was released late: that fades by e^-x.
  double of_release(const Course& c) const {
    const double x = layer_.models[c.n].rate_mem * (c.t - release_[c.n]);
    const double left = 1.0 / (1.0 + x * (1.0 + x * (0.5 + x * (1.0 / 6.0))));
    return left * release_error_[c.n];
  }

  // The next spike by the arbiter, who knows all that arrives before `to`.
  Time ask(Chunk& chunk, const Course& c, Time to, Arbiter::Upstream upstream) {
    std::vector<Time> recent;
    for (const Fired& fired : chunk.fired)
      if (fired.neuron == c.n) recent.push_back(fired.spike.time);
    const Time from = c.t - 1e-6 * (1.0 + c.t);
    if (share_ && upstream == Arbiter::Upstream::worked_out) {
      if (chunk.answers.empty()) throw SharedQuestion{c.n, from, to, std::move(recent)};
      const Time answer = chunk.answers.front();
      chunk.answers = chunk.answers.subspan(1);
      return std::fmax(answer, c.t);
    }
    const Verdict verdict =
        arbiter_.next_spike(trains_, layer_.neurons[c.n], recent, from, to, upstream);
    return std::fmax(verdict.at(), c.t);
  }

  void fire(Chunk& chunk, Course& c, const Sight& sight) {
    const CubaLif& model = layer_.models[c.n];
    decay(c, sight.spike - c.t);
    c.t = sight.spike;
    if (++counts_[c.n] > 1000.0 + options_.max_rate * c.t) throw_runaway(c.n, c.t);
    c.v = model.v_reset;
    c.error.v = 0.0;
    c.changed = true;
    c.judged = false;
    release_[c.n] = c.t + model.t_ref;
    spike_error_[c.n] = sight.error.sum();
    const bool held = release_[c.n] > c.t;
    const double slope = model.rate_mem * (model.bias - model.v_threshold + c.i);
    const double rise = model.slope({c.v, c.i});
    if (!held) note_release(chunk, c.n, rise);
    chunk.fired.push_back(
        {{c.t, slope, held ? 0.0 : rise, layer_.neurons[c.n], trial_.is_muted(layer_.neurons[c.n])},
         c.n,
         held,
         sight.error});
  }

  // V is let go as much too early or late as its spike was.
  void note_release(Chunk& chunk, std::uint32_t n, double slope) {
    release_error_[n] = std::fabs(slope) * spike_error_[n];
    chunk.release_error = std::fmax(chunk.release_error, release_error_[n]);
  }

  // The state at `to` is what the course has come to.
  void leave(Course& c, Time to) {
    if (release_[c.n] > c.t)
      decay(c, to - c.t);
    else if (to > c.t)
      take(c, flow(c, to - c.t), to);
    next_.v[c.n] = c.v;
    next_.i[c.n] = c.i;
    next_.error_v[c.n] = c.error.v + c.error.i + c.rounded;
    next_.error_i[c.n] = c.error.i * layer_.syn[c.n] + c.rounded;
    if (layer_.stiff) next_.v_low[c.n] = next_.i_low[c.n] = 0.0;
  }

  [[noreturn]] void throw_runaway(std::uint32_t n, Time t) const {
    throw RunawayError(network_, layer_.neurons[n], t, counts_[n], options_.max_rate,
                       options_.runaway_remedy);
  }

  // The spikes of a window, in order, onto the tape and the trains.
  void collect(std::vector<TapeSpike>& spikes) {
    fired_.clear();
    for (Chunk& chunk : chunks_) {
      fired_.insert(fired_.end(), chunk.fired.begin(), chunk.fired.end());
      chunk.fired.clear();
      worst_release_error_ = std::fmax(worst_release_error_, chunk.release_error);
    }
    fired_.insert(fired_.end(), from_others_.begin(), from_others_.end());
    from_others_.clear();
    std::sort(fired_.begin(), fired_.end(),
              [this](const Fired& a, const Fired& b) { return before(ranks_, a.spike, b.spike); });
    for (const Fired& f : fired_) {
      if (f.held) pending_[f.neuron] = static_cast<std::uint32_t>(spikes.size());
      spikes.push_back(f.spike);
      const Home& home = homes_[f.neuron];
      trains_[home.population].times.push_back(f.spike.time);
      trains_[home.population].sources.push_back(f.neuron - home.first);
      trains_[home.population].errors.push_back(f.error.sum());
    }
  }

  const Network& network_;
  const WindowLayer& layer_;
  const Trial& trial_;
  const Time end_;
  const RunOptions& options_;
  const WindowedOptions& windowed_;
  LayerShare* const share_;  // null: nobody else runs neurons of the layer
  const std::span<const std::uint32_t> ranks_;
  std::vector<SpikeTrain>& trains_;  // per population
  Arbiter& arbiter_;
  const WindowGrid grid_;
  const std::size_t size_;
  const std::vector<Stretch> stretches_;  // of chunks
  UnderWay under_way_;
  LayerState now_, next_;  // at the beginning of the window and at its end
  std::vector<double> bound_;
  ErrorBound error_bound_;
  // Per neuron: of the time of its last spike (ms), and of V when it was released.
  std::vector<double> spike_error_, release_error_;
  double worst_release_error_ = 0.0;
  double inherited_ = 0.0;     // by how much V or I of any neuron may be off by the times of spikes
  std::vector<Time> release_;  // V is held until then
  std::vector<std::uint32_t> pending_;  // its spike on the tape whose release is still to come
  std::vector<std::uint32_t> counts_;
  std::vector<Home> homes_;
  std::vector<Chunk> chunks_;
  bool threaded_ = false;  // threads share the chunks
  std::vector<Fired> fired_, from_others_;
};

}  // namespace

bool before(std::span<const std::uint32_t> ranks, const TapeSpike& a, const TapeSpike& b) {
  if (a.time != b.time) return a.time < b.time;
  if (ranks[a.neuron] != ranks[b.neuron]) return ranks[a.neuron] < ranks[b.neuron];
  return a.neuron < b.neuron;
}

void run_layer(const Network& network, const WindowLayer& layer, const Trial& trial,
               const RunOptions& options, const WindowedOptions& windowed,
               std::span<const std::uint32_t> ranks, std::vector<SpikeTrain>& trains,
               Arbiter& arbiter, std::vector<TapeSpike>& spikes,
               const std::function<void(Time)>& progress) {
  LayerRun(network, layer, trial, options, windowed, ranks, trains, arbiter).run(spikes, progress);
}

}  // namespace retrograde

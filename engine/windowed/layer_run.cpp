#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <optional>
#include <unordered_map>

#include <retrograde/engine/exact/arbiter.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/engine/runaway.hpp>
#include <retrograde/engine/windowed/closing.hpp>
#include <retrograde/engine/windowed/error_bound.hpp>
#include <retrograde/engine/windowed/layer_run.hpp>
#include <retrograde/engine/windowed/replay.hpp>
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
        error_sums_(layer.slots),
        error_bound_(ErrorRates(layer), error_sums_.data(), layer.slots),
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
    if (trial.initial) {
      for (std::size_t n = 0; n < size_; ++n) {
        const NeuronStart start = trial.initial->of(layer.neurons[n]);
        now_.v[n] = start.v;
        now_.i[n] = start.i[0];
      }
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
  // What replay.hpp asks about a neuron and tells of it.
  class Around {
   public:
    Around(LayerRun& run, Chunk& chunk, std::uint32_t n, std::vector<TapeSpike>& spikes)
        : run_(run), chunk_(chunk), n_(n), spikes_(spikes) {}

    Time late_by(const Delivery& delivery) const { return run_.under_way_.late_by(delivery); }
    double inherited(Time t) const {
      return run_.arbiter_.inherited(run_.trains_, run_.layer_.neurons[n_], t);
    }
    Time next_spike(const Course& c, Time to, bool worked_out) const {
      return run_.ask(chunk_, n_, c, to,
                      worked_out ? Arbiter::Upstream::worked_out : Arbiter::Upstream::as_taped);
    }
    bool meets(Time from, Time to) const {
      return run_.arbiter_.meets(run_.trains_, run_.layer_.neurons[n_], from, to);
    }
    static constexpr bool gave_up() { return false; }

    void fired(Time time, double slope, double rise, bool held, const TimeError& error) const {
      if (++run_.counts_[n_] > 1000.0 + run_.options_.max_rate * time) run_.throw_runaway(n_, time);
      const NeuronId id = run_.layer_.neurons[n_];
      chunk_.fired.push_back({{time, slope, rise, id, run_.trial_.is_muted(id)}, n_, held, error});
    }
    void released(double slope) const {
      // A spike of this very window, or one that is on the tape.
      if (!chunk_.fired.empty() && chunk_.fired.back().neuron == n_) {
        chunk_.fired.back().spike.released_slope = slope;
        chunk_.fired.back().held = false;
      } else {
        spikes_[run_.pending_[n_]].released_slope = slope;
      }
    }
    void note_release(double error) const {
      chunk_.release_error = std::fmax(chunk_.release_error, error);
    }
    void leave(double v, double i, double error_v, double error_i) const {
      LayerState& next = run_.next_;
      next.v[n_] = v;
      next.i[n_] = i;
      next.error_v[n_] = error_v;
      next.error_i[n_] = error_i;
      if (run_.layer_.stiff) next.v_low[n_] = next.i_low[n_] = 0.0;
    }

   private:
    LayerRun& run_;
    Chunk& chunk_;
    const std::uint32_t n_;
    std::vector<TapeSpike>& spikes_;
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
        replay(chunk, chunk.busy[k], under_way_.found(chunk.index, k), w, from, to, spikes);
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
      replay(chunk, n, under_way_.found(chunk.index, tried.k), w, from, to, spikes);
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

  // Takes neuron n from `from` to `to` delivery by delivery (replay.hpp).
  void replay(Chunk& chunk, std::uint32_t n, std::span<const Delivery> deliveries, std::uint32_t w,
              Time from, Time to, std::vector<TapeSpike>& spikes) {
    Course c;
    c.v = now_.v[n];
    c.i = now_.i[n];
    c.t = from;
    c.error = {now_.error_v[n], now_.error_i[n]};
    take_up(chunk, n, c, w, deliveries.empty());
    Around around(*this, chunk, n, spikes);
    const ReplayWindow window{to,         std::fmin(to, end_),      end_, error_bound_.inherited(),
                              inherited_, error_bound_.worst_late()};
    Replay<Around>(around, layer_.models[n], layer_.syn[n], window,
                   {release_[n], spike_error_[n], release_error_[n]})
        .run(c, deliveries.data(), deliveries.data() + deliveries.size());
    if (c.judged) chunk.standing.insert_or_assign(n, Standing{w, c.spike});
  }

  // A verdict of the window before still stands if nothing has arrived since.
  static void take_up(Chunk& chunk, std::uint32_t n, Course& c, std::uint32_t w, bool in_peace) {
    if (chunk.standing.empty()) return;
    const auto standing = chunk.standing.find(n);
    if (standing == chunk.standing.end()) return;
    if (standing->second.window + 1 == w && in_peace) {
      c.judged = true;
      c.spike = standing->second.spike;
    }
    chunk.standing.erase(standing);
  }

  // The next spike by the arbiter, who knows all that arrives before `to`.
  Time ask(Chunk& chunk, std::uint32_t n, const Course& c, Time to, Arbiter::Upstream upstream) {
    std::vector<Time> recent;
    for (const Fired& fired : chunk.fired)
      if (fired.neuron == n) recent.push_back(fired.spike.time);
    const Time from = c.t - 1e-6 * (1.0 + c.t);
    if (share_ && upstream == Arbiter::Upstream::worked_out) {
      if (chunk.answers.empty()) throw SharedQuestion{n, from, to, std::move(recent)};
      const Time answer = chunk.answers.front();
      chunk.answers = chunk.answers.subspan(1);
      return std::fmax(answer, c.t);
    }
    const Verdict verdict =
        arbiter_.next_spike(trains_, layer_.neurons[n], recent, from, to, upstream);
    return std::fmax(verdict.at(), c.t);
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
  std::vector<ErrorBound::Sums> error_sums_;
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

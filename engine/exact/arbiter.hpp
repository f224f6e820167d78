// Who decides what rounding cannot tell: whether a neuron fires at all, and whether before or after
// a delivery. Schedulers ask only where their own doubles leave it open (docs/mathematics.md,
// section 2.1); the answer rests on nothing but the doubles that define network and trial, so it is
// the same for every scheduler.
//
// The exact run: a spike is the true crossing rounded to the nearest double; it arrives at the
// double sum of that and the delay; the next stretch of its neuron starts at the double sum of that
// and t_ref. The tape of a scheduler has the same spikes, at times that are off by rounding. To
// judge one neuron the arbiter needs the exact times of the spikes that reach it, and so of those
// that reach their neurons: it works them out, oldest first, and keeps them.
//
// Where more than `most_spikes` spikes lie upstream, only the latest of them are worked out anew;
// the others count as the tape has them. Where no decision is open, only the time of a spike that
// grazes, all of them do: its own state is then free of rounding, which is what blurs that time.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <retrograde/engine/exact/arbiter_share.hpp>
#include <retrograde/engine/exact/exact_neuron.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/neuron/time_error.hpp>
#include <retrograde/engine/trial/spike_train.hpp>
#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/engine/trial/trial.hpp>
#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

class Arbiter {
 public:
  // Network, ranks (instant_ranks) and trial have to outlive it. `alone`: one thread asks. `share`: the
  // network is a part, and what is worked out is asked everywhere at once; what is as taped, and all
  // else, where the neuron is. `progress`: that of the run, which is asked before each spike that is worked
  // out; where it says so the answer is Interrupted.
  Arbiter(const Network& network, std::span<const std::uint32_t> ranks, const Trial& trial,
          bool alone = true, const ArbiterShare* share = nullptr,
          std::function<bool(Time)> progress = {})
      : network_(network),
        ranks_(ranks),
        trial_(trial),
        duration_(trial.duration),
        alone_(alone),
        share_(share),
        progress_(std::move(progress)) {}

  static constexpr std::size_t most_spikes = 4096;

  // The times of spikes that other neurons sent: the exact ones, or those of the tape.
  enum class Upstream : std::uint8_t { worked_out, as_taped };

  // The next spike of a cuba_lif neuron before the end of the trial, if nothing reaches it but what
  // the spikes on the tape (in the trains) send it before `known`. It is known not to fire before
  // `from`. `recent`: its own latest spikes, where the trains do not have them yet. Any thread may
  // ask while nobody adds to the trains. `errors`: how far the spikes of the tape may be off (ms).
  Verdict next_spike(const Tape& tape, std::span<const Time> errors, NeuronId neuron, Time from,
                     Time known, Upstream upstream = Upstream::worked_out);
  Verdict next_spike(std::span<const SpikeTrain> trains, NeuronId neuron,
                     std::span<const Time> recent, Time from, Time known,
                     Upstream upstream = Upstream::worked_out);

  // How far V or I of a neuron may be off at `t` because the spikes that have reached it are: what
  // one late arrival does follows the flow (CubaLif::flow).
  double inherited(std::span<const SpikeTrain> trains, NeuronId neuron, Time t);

  // Whether a spike on the tape reaches the neuron in [from, to].
  bool meets(const Tape& tape, std::span<const Time> errors, NeuronId neuron, Time from, Time to);
  bool meets(std::span<const SpikeTrain> trains, NeuronId neuron, Time from, Time to);

  // How often it was asked.
  std::uint64_t questions() const { return questions_; }

 private:
  // The spikes of one population as the run has them, the how manieth of its neuron each is, and the
  // spike of the same neuron before it; by neuron its latest one.
  struct Train {
    std::vector<Time> times, errors;
    std::vector<Time> late;  // of a trial with a timeline; never: it reaches nobody
    std::vector<std::uint32_t> sources, ordinals, previous, latest;
    std::vector<double> payloads;  // of a graded trial; else empty: all are 1
    double largest_payload = 1.0;
  };
  // The longest delay of a projection (ms), and its heaviest weight.
  struct Extremes {
    Time delay = 0.0;
    double weight = 0.0;
  };
  static constexpr std::uint32_t none = static_cast<std::uint32_t>(-1);
  // The exact times of the spikes of every neuron, as far as they have been worked out.
  using ExactTimes = std::vector<std::vector<Time>>;

  void prepare();
  void learn(std::uint32_t population, Time time, std::uint32_t source, Time error);
  // When spike k of a population arrives over a synapse, if it was fired at `time`, and what it brings.
  Time arrival(std::uint32_t population, std::size_t k, SynapseId synapse, Time time) const;
  double strength(std::uint32_t population, std::size_t k, SynapseId synapse, Time arrival) const;
  // What happens to a neuron from outside.
  std::vector<ExactChange> changes_of(NeuronId neuron) const;
  void learn(const Tape& tape, std::span<const Time> errors);
  void learn(std::span<const SpikeTrain> trains);
  Verdict judge(NeuronId neuron, std::span<const Time> recent, Time from, Time known,
                Upstream upstream);
  Time last_on_tape(NeuronId neuron) const;
  // Works out the spikes of `neuron` and of all that reaches it before `known`.
  void work_out(ExactTimes& exact, NeuronId neuron, Time known) const;
  // The next spike after `last`, if nothing arrives from `known` on. Spikes that `exact` does not
  // have count as the tape has them, here and below.
  Verdict next_spike(const ExactTimes& exact, NeuronId neuron, Time last, Time from, Time known,
                     Time horizon) const;
  // The exact time of a spike that the run has at `time`, `error` off at most, the one before it being
  // at `last`.
  Time exact_time(const ExactTimes& exact, NeuronId neuron, Time last, Time time, Time error) const;
  // What reaches a neuron before `known` and has not decayed at `from`.
  std::vector<ExactDelivery> deliveries(const ExactTimes& exact, NeuronId neuron, Time from,
                                        Time known) const;
  // Calls body(population, spike, synapse, arrival) for spikes before `known` that reach the neuron at
  // since(strength) or later, as the run has them; since(w) falls with |w|.
  template <typename Since, typename Body>
  void for_each_delivery(NeuronId neuron, const Since& since, Time known, const Body& body) const;
  bool meets(NeuronId neuron, Time from, Time to) const;
  const Extremes& extremes(std::size_t projection) const;
  // Per population, whether it can influence `population`.
  std::vector<char> upstream_of(std::uint32_t population) const;
  // What `work` says of a neuron, here or where it is run.
  template <typename Work>
  Time worked_out(NeuronId neuron, const Work& work) const {
    return share_ ? share_->worked_out(neuron, work) : work();
  }

  const Network& network_;
  const std::span<const std::uint32_t> ranks_;
  const Trial& trial_;
  const Time duration_;
  const bool alone_;
  const ArbiterShare* const share_;
  const std::function<bool(Time)> progress_;
  std::vector<Train> trains_;          // per population
  std::vector<std::uint32_t> counts_;  // per neuron: its spikes in the trains
  std::size_t learned_ = 0;            // of the tape
  mutable std::vector<std::optional<Extremes>>
      extremes_;                             // per projection, where they were asked for
  mutable std::vector<std::size_t> looked_;  // per sparse projection: at how many spikes
  ExactTimes exact_;
  std::uint64_t questions_ = 0;
  std::mutex mutex_;
};

}  // namespace retrograde

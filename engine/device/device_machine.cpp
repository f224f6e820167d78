#include <algorithm>
#include <cmath>
#include <exception>
#include <fmt/format.h>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include <retrograde/engine/device/device_machine.hpp>
#include <retrograde/engine/device/forward_pass.hpp>
#include <retrograde/engine/device/pack_trains.hpp>
#include <retrograde/engine/device/packing.hpp>
#include <retrograde/engine/network/analysis.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/engine/windowed/complete_tape.hpp>
#include <retrograde/engine/windowed/layer_run.hpp>
#include <retrograde/engine/windowed/linear_readout.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// Arrivals that are sought for the busy neurons of one window at a time.
constexpr std::uint32_t most_found = 4096;
// How many spikes of a neuron there is room for at first: 100 a second, 8 at least; and how often that is
// made four times as much. A number, and not what fits, so that a result does not depend on the device.
constexpr double spikes_per_ms = 0.1;
constexpr std::uint32_t fewest_spikes = 8;
constexpr double most_room_factor = 64.0;

// Some trials on their way through a device.
class DeviceRun {
 public:
  DeviceRun(const DeviceMachine& machine, std::span<const std::uint32_t> ranks,
            const RunOptions& options, std::span<const Trial> trials,
            std::span<const std::size_t> some, double room_factor)
      : machine_(machine),
        network_(machine.network()),
        plan_(machine.plan()),
        device_(machine.device()),
        ranks_(ranks),
        options_(options),
        populations_(network_.populations().size()) {
    for (const std::size_t k : some) trials_.push_back(&trials[k]);
    for (const WindowLayer& layer : plan_.layers)
      firing_.insert(firing_.end(), layer.populations.begin(), layer.populations.end());
    split_inputs();
    make_readout();
    make_trains(room_factor);
  }

  std::size_t size() const { return trials_.size(); }
  // Bytes of the device that it takes.
  std::size_t bytes() const {
    std::size_t inputs = 0;
    for (const Trial* trial : trials_) inputs += 16 * trial->inputs.size() + trial->muted.size();
    const std::size_t readout = readout_.size * sizeof(ResponseRates) * (durations_.size() + 1);
    return trials_.size() * (scratch_size() + 512 * populations_ + 8 * readout_.size + 512) +
           inputs + 2 * outputs_ + readout;
  }

  void run() {
    const auto count = static_cast<std::uint32_t>(trials_.size());
    const DeviceArray<std::byte> outputs(device_, outputs_);
    const std::size_t scratch_bytes = scratch_size();
    const DeviceArray<std::byte> scratch(device_, scratch_bytes * count);
    TrialView* trials = nullptr;
    TrainView* trains = nullptr;
    double* integrals = nullptr;
    std::uint32_t* statuses = nullptr;
    ReadoutView readout = readout_;
    const DeviceArray<std::byte> inputs = Packing::make(device_, [&](Packing& packing) {
      pack(packing, outputs.data(), trials, trains, integrals, statuses, readout);
    });
    ForwardPass pass{};
    pass.network = machine_.on_device().view();
    pass.readout = readout;
    pass.trials = trials;
    pass.statuses = statuses;
    pass.scratch = scratch.data();
    pass.scratch_size = scratch_bytes;
    pass.most_found = most_found;
    pass.max_rate = options_.max_rate;
    // A thread per neuron, up to what a block may have.
    device_->launch(
        pass, count,
        device_->threads(entry_of<ForwardPass>(), widest(machine_.on_device().layers())));

    statuses_.resize(count);
    device_->download(statuses_.data(), statuses, count * sizeof(std::uint32_t));
    device_->download(trains_.data(), trains, trains_.size() * sizeof(TrainView));
    integrals_.resize(std::size_t{count} * readout_.size);
    if (!integrals_.empty())
      device_->download(integrals_.data(), integrals, integrals_.size() * sizeof(double));
    fetch_spikes(trains);
  }

  TrialStatus status(std::size_t k) const { return static_cast<TrialStatus>(statuses_[k]); }

  Tape tape(std::size_t k) const {
    const Trial& trial = *trials_[k];
    Tape tape;
    tape.duration = trial.duration;
    tape.trajectories.resize(network_.neuron_count());
    std::vector<SpikeTrain> trains = inputs_[k];
    for (const Spike& spike : trial.inputs)
      tape.spikes.push_back({spike.time, 0.0, 0.0, spike.neuron, trial.is_muted(spike.neuron)});
    for (const std::uint32_t p : firing_) {
      const std::size_t train = k * populations_ + p;
      const NeuronId first = network_.populations()[p].first;
      const auto before_these = static_cast<std::ptrdiff_t>(tape.spikes.size());
      for (std::uint64_t s = begins_[train]; s < begins_[train] + trains_[train].count; ++s) {
        const PackedSpike& spike = spikes_[s];
        const NeuronId n = first + spike.source;
        trains[p].times.push_back(spike.time);
        trains[p].sources.push_back(spike.source);
        tape.spikes.push_back(
            {spike.time, spike.slope, spike.released_slope, n, trial.is_muted(n)});
      }
      std::inplace_merge(
          tape.spikes.begin(), tape.spikes.begin() + before_these, tape.spikes.end(),
          [&](const TapeSpike& a, const TapeSpike& b) { return before(ranks_, a, b); });
    }
    tape.spikes.shrink_to_fit();  // a batch holds many tapes
    if (readout_.size > 0) {
      tape.voltage_integrals.assign(network_.neuron_count(), 0.0);
      std::copy_n(integrals_.begin() + static_cast<std::ptrdiff_t>(k * readout_.size),
                  readout_.size, tape.voltage_integrals.begin() + readout_.first);
    }
    complete_tape(network_, plan_, trial, trains, options_.readout, {}, nullptr, tape);
    return tape;
  }

 private:
  std::size_t scratch_size() const {
    const std::span<const LayerView> layers = machine_.on_device().layers();
    return ForwardPass::scratch_for(layers.data(), static_cast<std::uint32_t>(layers.size()),
                                    readout_, most_found);
  }

  void split_inputs() {
    inputs_.resize(trials_.size(), std::vector<SpikeTrain>(populations_));
    for_each_trial(trials_.size(), [&](std::size_t k) {
      for (const Spike& spike : trials_[k]->inputs) {
        const std::uint32_t p = network_.population_of(spike.neuron);
        inputs_[k][p].times.push_back(spike.time);
        inputs_[k][p].sources.push_back(spike.neuron - network_.populations()[p].first);
      }
    });
  }

  // What of the readout a device does, and what it needs for each duration.
  void make_readout() {
    const Readout& readout = options_.readout;
    for (std::size_t r = 0; r < plan_.readouts.size(); ++r) {
      const WindowReadout& of_plan = plan_.readouts[r];
      if (of_plan.population != readout.population || !is_linear(readout)) continue;
      const Population& population = network_.populations()[of_plan.population];
      readout_.size = population.size;
      readout_.feed_count = static_cast<std::uint32_t>(of_plan.feeds.size());
      readout_.first = population.first;
      readout_.feeds = machine_.on_device().readout_feeds(r);
      for (const Trial* trial : trials_) {
        const auto [at, is_new] = durations_.try_emplace(trial->duration, weights_.size());
        if (!is_new) continue;
        const LinearReadout linear(network_, of_plan.population, readout.weighting,
                                   trial->duration);
        readout_.weighed = linear.exponential();
        weights_.push_back(linear.weight());
        of_bias_.emplace_back();
        for (std::uint32_t n = 0; n < population.size; ++n) {
          of_bias_.back().push_back(linear.of_start(n, {}));
          if (rates_.size() < population.size) rates_.push_back(linear.rates(n));
        }
      }
    }
  }

  void make_trains(double room_factor) {
    for (const Trial* trial : trials_) {
      std::vector<TrainView> trains(populations_);
      for (const std::uint32_t p : firing_) {
        const double each = std::fmax(fewest_spikes, std::ceil(spikes_per_ms * trial->duration));
        const double most = room_factor * each * network_.populations()[p].size;
        trains[p].capacity = static_cast<std::uint32_t>(std::fmin(most, 0x1p31));
        outputs_ += trains[p].capacity * (4 * sizeof(double) + sizeof(std::uint32_t)) + 256;
      }
      trains_.insert(trains_.end(), trains.begin(), trains.end());
    }
  }

  void pack(Packing& packing, std::byte* outputs, TrialView*& trials, TrainView*& trains,
            double*& integrals, std::uint32_t*& statuses, ReadoutView& readout) {
    Arena arena(outputs);
    for (std::size_t k = 0; k < trials_.size(); ++k)
      for (std::size_t p = 0; p < populations_; ++p) {
        TrainView& train = trains_[k * populations_ + p];
        const SpikeTrain& given = inputs_[k][p];
        if (!given.times.empty()) {
          train.times = packing.put_large(given.times);
          train.sources = packing.put_large(given.sources);
          train.count = static_cast<std::uint32_t>(given.times.size());
        }
        if (train.capacity == 0) continue;
        train.times = arena.take<Time>(train.capacity);
        train.errors = arena.take<Time>(train.capacity);
        train.slopes = arena.take<double>(train.capacity);
        train.released_slopes = arena.take<double>(train.capacity);
        train.sources = arena.take<std::uint32_t>(train.capacity);
      }
    trains = packing.put(trains_);
    integrals = packing.zeros<double>(trials_.size() * readout_.size);
    statuses = packing.zeros<std::uint32_t>(trials_.size());
    readout.rates = packing.put(rates_);
    std::vector<const double*> of_bias;
    for (const std::vector<double>& values : of_bias_) of_bias.push_back(packing.put(values));
    std::vector<TrialView> views;
    for (std::size_t k = 0; k < trials_.size(); ++k) {
      TrialView view{};
      view.duration = trials_[k]->duration;
      view.trains = trains ? trains + k * populations_ : nullptr;
      view.muted = packing.put(trials_[k]->muted);
      if (readout_.size > 0) {
        const std::size_t d = durations_.at(view.duration);
        view.weight = weights_[d];
        view.of_bias = of_bias[d];
        view.integrals = integrals ? integrals + k * readout_.size : nullptr;
      }
      views.push_back(view);
    }
    trials = packing.put(views);
  }

  // The spikes of all trains, one behind the other.
  void fetch_spikes(const TrainView* trains) {
    std::uint64_t sum = 0;
    for (const TrainView& train : trains_) {
      begins_.push_back(sum);
      if (train.capacity > 0) sum += train.count;
    }
    spikes_.resize(sum);
    if (sum == 0) return;
    const DeviceArray<std::uint64_t> begins(device_, begins_);
    const DeviceArray<PackedSpike> packed(device_, sum);
    device_->launch(PackTrains{trains, begins.data(), packed.data()},
                    static_cast<std::uint32_t>(trains_.size()),
                    device_->threads(entry_of<PackTrains>(), 256));
    packed.download(spikes_);
  }

  const DeviceMachine& machine_;
  const Network& network_;
  const WindowPlan& plan_;
  const std::shared_ptr<Device> device_;
  const std::span<const std::uint32_t> ranks_;
  const RunOptions& options_;
  const std::size_t populations_;
  std::vector<const Trial*> trials_;
  std::vector<std::uint32_t> firing_;            // populations, causes first
  std::vector<std::vector<SpikeTrain>> inputs_;  // per trial and population
  ReadoutView readout_ = {};
  std::map<Time, std::size_t> durations_;  // place in the following
  std::vector<ResponseWeight> weights_;
  std::vector<std::vector<double>> of_bias_;
  std::vector<ResponseRates> rates_;
  // [trial][population]: pointers of the device, counts to be read here.
  std::vector<TrainView> trains_;
  std::size_t outputs_ = 0;  // bytes for the trains of firing populations
  std::vector<std::uint32_t> statuses_;
  std::vector<double> integrals_;
  std::vector<std::uint64_t> begins_;  // per train, of its spikes in the following
  std::vector<PackedSpike> spikes_;
};

// As many of these trials at a time as there is room for. If there is none for one: none, where more room
// is wanted for spikes; else throws LimitError.
DeviceRun largest(const DeviceMachine& machine, std::span<const std::uint32_t> ranks,
                  std::span<const Trial> trials, std::span<const std::size_t> some,
                  double room_factor, const RunOptions& options) {
  for (std::size_t count = some.size();;) {
    DeviceRun run(machine, ranks, options, trials, some.first(count), room_factor);
    const std::size_t wanted = run.bytes(), room = machine.device()->room();
    if (wanted <= room || count == 0) return run;
    if (count == 1 && room_factor == 1.0)
      throw_no_room(*machine.device(), "one trial", wanted, room);
    count = count == 1 ? 0 : std::clamp<std::size_t>(count * room / wanted, 1, count - 1);
  }
}

}  // namespace

void throw_no_room(const Device& device, const char* what, std::size_t wanted, std::size_t room) {
  throw LimitError(
      "device memory", static_cast<double>(room), static_cast<double>(wanted),
      fmt::format("{}: {} takes {:.3g} MB of device memory, {:.3g} MB are free; shorten the "
                  "delays or the trial, or choose --device cpu",
                  device.name(), what, static_cast<double>(wanted) * 1e-6,
                  static_cast<double>(room) * 1e-6));
}

std::uint32_t widest(std::span<const LayerView> layers) {
  std::uint32_t most = 1;
  for (const LayerView& layer : layers) most = std::max(most, layer.size);
  return most;
}

namespace {

// The threads of a team share a row, and two that bring something to one neuron would meet there.
void refuse_multapses(const Network& network) {
  for (const Projection& p : network.projections())
    if (p.multapses)
      throw NetworkError(p.name,
                         "a pair of it may have several synapses, which do not go on a device; "
                         "write allow_multapses = false, or leave out the device");
}

}  // namespace

DeviceMachine::DeviceMachine(std::shared_ptr<Device> device, const Network& network)
    : DeviceMachine(std::move(device), network, instant_ranks(network)) {}

DeviceMachine::DeviceMachine(std::shared_ptr<Device> device, const Network& network,
                             std::vector<std::uint32_t> ranks)
    : device_(std::move(device)),
      ranks_(std::move(ranks)),
      windowed_(network, make_plan(network), ranks_, {}),
      on_device_(device_, network, windowed_.plan(), ranks_) {
  refuse_multapses(network);
}

const Machine& DeviceMachine::chosen(Time duration, std::size_t inputs) const {
  return windowed_.chosen(duration, inputs);
}

Tape DeviceMachine::run_checked(const Trial& trial, const RunOptions& options,
                                std::span<const Probe> probes,
                                std::vector<Recording>* recordings) const {
  if (recordings || trial.graded() || trial.initial || trial.timeline)
    return windowed_.run(trial, options, probes, recordings);
  Tape tape;
  run_all(
      1, [&](std::size_t) { return trial; }, options,
      [&](std::size_t, Tape made) { tape = std::move(made); });
  return tape;
}

void DeviceMachine::run_all(std::size_t count, const std::function<Trial(std::size_t)>& trial,
                            const RunOptions& options,
                            const std::function<void(std::size_t, Tape)>& take) const {
  const std::size_t at_once = 2 * std::size_t{device_->blocks()};
  for (std::size_t begin = 0; begin < count; begin += at_once) {
    std::vector<Trial> trials(std::min(at_once, count - begin));
    // The first trial's error is thrown, wherever it ends.
    std::vector<std::exception_ptr> errors(trials.size());
    const auto attempt = [&](std::size_t k, const auto& action) {
      try {
        action();
      } catch (...) {
        errors[k] = std::current_exception();
      }
    };
    const auto give = [&](std::size_t k, Tape tape) {
      attempt(k, [&] { take(begin + k, std::move(tape)); });
    };
    for_each_trial(trials.size(), [&](std::size_t k) {
      attempt(k, [&] {
        trials[k] = trial(begin + k);
        check_trial(trials[k]);
        chosen(trials[k].duration, trials[k].inputs.size());
        if (trials[k].graded() || trials[k].timeline)
          windowed_.run(trials[k], options);  // says what to do
      });
    });
    // Those that begin away from rest are for the CPU.
    std::vector<std::size_t> good, away;
    for (std::size_t k = 0; k < trials.size(); ++k)
      if (!errors[k]) (trials[k].initial ? away : good).push_back(k);
    std::vector<std::size_t> left = run_some(trials, good, 1.0, options, give);
    left.insert(left.end(), away.begin(), away.end());
    std::sort(left.begin(), left.end());
    device_->work.trials += trials.size();
    device_->work.left_to_cpu += left.size();
    for_each_trial(left.size(), [&](std::size_t k) {
      attempt(left[k], [&] { give(left[k], windowed_.run(trials[left[k]], options)); });
    });
    for (const std::exception_ptr& error : errors)
      if (error) std::rethrow_exception(error);
    if (options.progress && !options.progress(trials.back().duration))
      throw Interrupted("the run was stopped");
  }
}

// Those of `some` of these trials that are left to the windowed machine, in order.
std::vector<std::size_t> DeviceMachine::run_some(
    std::span<const Trial> trials, std::span<const std::size_t> some, double room_factor,
    const RunOptions& options, const std::function<void(std::size_t, Tape)>& take) const {
  std::vector<std::size_t> left, overflown;
  for (std::size_t begin = 0; begin < some.size();) {
    std::optional<DeviceRun> run;
    {
      const std::lock_guard taking(device_->taking);
      run.emplace(largest(*this, ranks_, trials, some.subspan(begin), room_factor, options));
      if (run->size() > 0) run->run();
    }
    if (run->size() == 0) {  // for so many spikes there is no room
      left.insert(left.end(), some.begin() + static_cast<std::ptrdiff_t>(begin), some.end());
      break;
    }
    std::vector<std::size_t> made;
    for (std::size_t k = 0; k < run->size(); ++k) {
      const TrialStatus status = run->status(k);
      if (status == TrialStatus::done)
        made.push_back(k);
      else
        (status == TrialStatus::too_many_spikes ? overflown : left).push_back(some[begin + k]);
    }
    for_each_trial(made.size(),
                   [&](std::size_t m) { take(some[begin + made[m]], run->tape(made[m])); });
    begin += run->size();
  }
  // Those with many spikes again, with more room for them.
  if (room_factor < most_room_factor && !overflown.empty())
    overflown = run_some(trials, overflown, 4.0 * room_factor, options, take);
  left.insert(left.end(), overflown.begin(), overflown.end());
  std::sort(left.begin(), left.end());
  return left;
}

}  // namespace retrograde

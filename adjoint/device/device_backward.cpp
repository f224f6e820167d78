#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include <retrograde/adjoint/device/backward_pass.hpp>
#include <retrograde/adjoint/device/device_backward.hpp>
#include <retrograde/adjoint/device/sum_groups.hpp>
#include <retrograde/adjoint/windowed/layer_back.hpp>
#include <retrograde/adjoint/windowed/windowed.hpp>
#include <retrograde/engine/device/packing.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/engine/windowed/complete_tape.hpp>
#include <retrograde/engine/windowed/linear_readout.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// All gradients of blocks together take about so many bytes of a device: more trials than that allows
// share a block. A number of its own, so that the order of sums does not depend on the device.
constexpr std::size_t room_for_gradients = std::size_t{1} << 30;

bool any(std::span<const double> values) {
  return std::ranges::any_of(values, [](double v) { return v != 0.0; });
}

GradientView places_of(const GradientLayout& layout) {
  GradientView view{};
  view.size = layout.size();
  view.weight = layout.offset(ParameterKind::weight);
  view.delay = layout.offset(ParameterKind::delay);
  view.tau_mem = layout.offset(ParameterKind::tau_mem);
  view.tau_syn = layout.offset(ParameterKind::tau_syn);
  view.v_threshold = layout.offset(ParameterKind::v_threshold);
  view.v_reset = layout.offset(ParameterKind::v_reset);
  view.bias = layout.offset(ParameterKind::bias);
  view.t_ref = layout.offset(ParameterKind::t_ref);
  view.axonal_delay = layout.offset(ParameterKind::axonal_delay);
  view.dendritic_delay = layout.offset(ParameterKind::dendritic_delay);
  view.delays = layout.delays;
  return view;
}

// What one trial brings to the device.
struct BackTrial {
  std::vector<TapeTrain> trains;
  struct Of {
    std::vector<char> muted;
    std::vector<double> slopes, released_slopes, by_loss;
  };
  std::vector<Of> of;  // per population
  struct Layer {
    std::vector<BackEvent> events;
    std::vector<BackEvents> groups;
  };
  std::vector<Layer> layers;
  std::uint32_t segments = 0;  // the most of a layer
  bool integrals = false;
  std::size_t of_integrals = 0;

  BackTrial(const Network& network, const WindowPlan& plan, const Tape& tape, const LossValue& loss)
      : trains(trains_of(network, tape)), of(trains.size()) {
    for (std::size_t p = 0; p < trains.size(); ++p) {
      const bool fires = !network.populations()[p].model->is_input();
      for (const SpikeId id : trains[p].ids) {
        of[p].muted.push_back(static_cast<char>(tape.spikes[id].muted));
        if (!fires) continue;
        of[p].slopes.push_back(tape.spikes[id].slope);
        of[p].released_slopes.push_back(tape.spikes[id].released_slope);
        of[p].by_loss.push_back(loss.spike_times.empty() ? 0.0 : loss.spike_times[id]);
      }
    }
    for (const WindowLayer& layer : plan.layers) {
      layers.emplace_back();
      for (const LayerEvent& event : events_of(network, layer, trains, tape.duration)) {
        std::vector<BackEvents>& groups = layers.back().groups;
        if (groups.empty() || groups.back().window != event.window ||
            groups.back().neuron != event.neuron)
          groups.push_back({event.window, event.neuron,
                            static_cast<std::uint32_t>(layers.back().events.size()), 0});
        ++groups.back().count;
        layers.back().events.push_back({event.time, event.spike, event.release ? 1u : 0u});
      }
      segments = std::max(segments, static_cast<std::uint32_t>(layers.back().events.size() +
                                                               layers.back().groups.size()));
    }
    integrals = any(loss.integrals);
    of_integrals = 5 * loss.integrals.size() * sizeof(double);  // and by duration, of the readout
  }

  // Bytes, from above.
  std::size_t bytes() const {
    std::size_t sum = 4096 + of_integrals;
    for (const TapeTrain& train : trains) sum += 64 * train.times.size() + 512;
    for (const Layer& layer : layers) sum += 16 * (layer.events.size() + layer.groups.size()) + 512;
    return sum;
  }
};

class DeviceBackward {
 public:
  DeviceBackward(const DeviceMachine& machine, const BackwardBatch& batch, const Readout& readout,
                 const BackwardOptions& options, const GradientLayout& layout,
                 std::span<BackwardStatistics> statistics)
      : machine_(machine),
        network_(machine.network()),
        plan_(machine.plan()),
        device_(machine.device()),
        batch_(batch),
        readout_(readout),
        options_(options),
        layout_(layout),
        statistics_(statistics) {}

  // Whether all of the batch is of the kind that kernels know.
  bool suits() {
    for (std::size_t k = 0; k < batch_.tapes.size(); ++k) {
      const LossValue& loss = batch_.losses[k];
      if (!batch_.tapes[k].payloads.empty() || batch_.tapes[k].initial ||
          !sees_spikes_only(network_, loss) || !loss.samples.empty())
        return false;
      for (std::size_t r = 0; r < plan_.readouts.size() && !loss.integrals.empty(); ++r) {
        const Population& p = network_.populations()[plan_.readouts[r].population];
        if (!any(std::span(loss.integrals).subspan(p.first, p.size))) continue;
        if (!readout_.weighting.has_closed_form() || (read_ && *read_ != r)) return false;
        read_ = r;
      }
    }
    return true;
  }

  bool run(const std::function<bool(Time)>& progress, std::vector<std::vector<double>>& sums) {
    trials_.reserve(batch_.tapes.size());
    std::vector<std::optional<BackTrial>> made(batch_.tapes.size());
    for_each_trial(made.size(), [&](std::size_t k) {
      made[k].emplace(network_, plan_, batch_.tapes[k], batch_.losses[k]);
    });
    for (std::optional<BackTrial>& trial : made) trials_.push_back(*std::move(trial));
    split_groups();
    return options_.neuron_parameters ? run<true>(progress, sums) : run<false>(progress, sums);
  }

 private:
  // Trials [begin, end) of one group, which one block goes back through.
  struct Block {
    std::uint32_t begin, end;
    std::size_t group;
  };

  void split_groups() {
    const std::size_t trials = trials_.size(), bytes = layout_.size() * sizeof(double);
    const std::size_t each =
        std::max<std::size_t>(1, (trials * bytes + room_for_gradients - 1) / room_for_gradients);
    for (std::size_t g = 0; g + 1 < batch_.groups.size(); ++g)
      for (std::size_t k = batch_.groups[g]; k < batch_.groups[g + 1]; k += each)
        blocks_.push_back({static_cast<std::uint32_t>(k),
                           static_cast<std::uint32_t>(std::min(k + each, batch_.groups[g + 1])),
                           g});
  }

  template <bool full>
  std::size_t scratch_size(std::uint32_t segments) const {
    const std::span<const LayerView> layers = machine_.on_device().layers();
    ReadoutView readout{};
    if (read_) readout.size = network_.populations()[plan_.readouts[*read_].population].size;
    return BackwardPass<full>::scratch_for(layers.data(), static_cast<std::uint32_t>(layers.size()),
                                           readout, segments);
  }

  // As many blocks at a time as there is room for. Where a group goes on in the next ones, its sum so
  // far stands before their gradients: so they are added in the same order however many fit.
  template <bool full>
  bool run(const std::function<bool(Time)>& progress, std::vector<std::vector<double>>& sums) {
    const std::size_t of_gradient = layout_.size() * sizeof(double);
    for (std::vector<double>& sum : sums) sum.clear();
    for (std::size_t begin = 0, end = 0; begin < blocks_.size(); begin = end) {
      if (progress && !progress(0.0)) throw Interrupted("the batch was stopped");
      const std::lock_guard taking(device_->taking);
      const std::size_t room = device_->room();
      std::uint32_t segments = 1;
      std::size_t inputs = 0;
      for (end = begin; end < blocks_.size(); ++end) {
        std::uint32_t most = segments;
        std::size_t more = 0;
        for (std::uint32_t k = blocks_[end].begin; k < blocks_[end].end; ++k) {
          most = std::max(most, trials_[k].segments);
          more += trials_[k].bytes();
        }
        const std::size_t count = end - begin + 1;
        const std::size_t wanted =
            (count + 1) * of_gradient + count * scratch_size<full>(most) + inputs + more + 65536;
        if (wanted > room) {
          if (end == begin) throw_no_room(*device_, "the way back through one trial", wanted, room);
          break;
        }
        segments = most;
        inputs += more;
      }
      if (!run_blocks<full>(begin, end, segments, sums)) return false;
    }
    for (std::vector<double>& sum : sums)
      if (sum.empty()) sum.assign(layout_.size(), 0.0);
    return true;
  }

  template <bool full>
  bool run_blocks(std::size_t begin, std::size_t end, std::uint32_t segments,
                  std::vector<std::vector<double>>& sums) {
    const auto count = static_cast<std::uint32_t>(end - begin);
    const std::size_t size = layout_.size(), scratch_bytes = scratch_size<full>(segments);
    DeviceArray<double> gradients(device_, (count + std::size_t{1}) * size);
    gradients.clear();
    const DeviceArray<std::byte> scratch(device_, scratch_bytes * count);
    BackwardPass<full> pass{};
    BackCounts* counts = nullptr;
    std::uint32_t* statuses = nullptr;
    const DeviceArray<std::byte> inputs = Packing::make(device_, [&](Packing& packing) {
      pack<full>(packing, begin, end, pass, counts, statuses);
    });
    pass.network = machine_.on_device().view();
    pass.gradients = gradients.data() + size;
    pass.places = places_of(layout_);
    pass.grazing = {options_.grazing.slope_min, options_.grazing.policy == GrazingPolicy::clip,
                    options_.grazing.policy == GrazingPolicy::error};
    pass.counts = counts;
    pass.statuses = statuses;
    pass.scratch = scratch.data();
    pass.scratch_size = scratch_bytes;
    pass.most_segments = segments;
    device_->launch(
        pass, count,
        device_->threads(entry_of<BackwardPass<full>>(), widest(machine_.on_device().layers())));

    const std::uint32_t first = blocks_[begin].begin, last = blocks_[end - 1].end;
    std::vector<std::uint32_t> refused(last - first);
    device_->download(refused.data(), statuses, refused.size() * sizeof(std::uint32_t));
    if (std::ranges::any_of(refused, [](std::uint32_t status) { return status != 0; }))
      return false;
    std::vector<BackCounts> back(last - first);
    device_->download(back.data(), counts, back.size() * sizeof(BackCounts));
    for (std::uint32_t k = first; k < last; ++k) {
      BackwardStatistics& statistics = statistics_[k];
      statistics.deliveries = batch_.tapes[k].deliveries;
      statistics.grazing.grazing = back[k - first].grazing;
      statistics.grazing.arrival_ties = back[k - first].arrival_ties;
      statistics.grazing.smallest_slope = back[k - first].smallest_slope;
    }
    for_each_trial(last - first, [&](std::size_t k) {
      statistics_[first + k].grazing.spike_ties =
          count_spike_ties(network_, batch_.tapes[first + k]);
    });

    for (std::size_t b = begin; b < end;) {
      const std::size_t group = blocks_[b].group;
      std::size_t next = b;
      while (next < end && blocks_[next].group == group) ++next;
      std::vector<double>& sum = sums[group];
      const bool goes_on = !sum.empty();  // only the first group of these blocks can
      double* const from = gradients.data() + (b - begin + (goes_on ? 0 : 1)) * size;
      if (goes_on) device_->upload(from, sum.data(), size * sizeof(double));
      sum_groups(*device_, from, size, static_cast<std::uint32_t>(next - b + (goes_on ? 1 : 0)));
      sum.resize(size);
      device_->download(sum.data(), from, size * sizeof(double));
      b = next;
    }
    return true;
  }

  template <bool full>
  void pack(Packing& packing, std::size_t begin, std::size_t end, BackwardPass<full>& pass,
            BackCounts*& counts, std::uint32_t*& statuses) {
    std::map<Time, std::size_t> durations;
    std::vector<ResponseWeight*> weights;
    std::vector<const double*> by_bias, by_tau_mem;
    if (read_) {
      const WindowReadout& readout = plan_.readouts[*read_];
      const Population& population = network_.populations()[readout.population];
      pass.readout = {};
      pass.readout.size = population.size;
      pass.readout.feed_count = static_cast<std::uint32_t>(readout.feeds.size());
      pass.readout.first = population.first;
      pass.readout.feeds = machine_.on_device().readout_feeds(*read_);
      for (std::uint32_t k = blocks_[begin].begin; k < blocks_[end - 1].end; ++k) {
        const Time duration = batch_.tapes[k].duration;
        if (!durations.try_emplace(duration, weights.size()).second) continue;
        const LinearReadout linear(network_, readout.population, readout_.weighting, duration);
        std::vector<ResponseRates> rates;
        std::vector<double> bias, tau_mem;
        for (std::uint32_t n = 0; n < population.size; ++n) {
          rates.push_back(linear.rates(n));
          const LinearReadout::OwnSlopes slopes = linear.own_slopes(n, {});
          bias.push_back(slopes.by_bias);
          tau_mem.push_back(slopes.by_tau_mem);
        }
        pass.readout.weighed = linear.exponential();
        if (weights.empty()) pass.readout.rates = packing.put(rates);
        weights.push_back(packing.put(std::vector{linear.weight()}));
        by_bias.push_back(packing.put(bias));
        by_tau_mem.push_back(packing.put(tau_mem));
      }
    }
    std::vector<BackTrialView> views;
    std::vector<std::uint32_t> groups;
    std::vector<BackCounts> zero;
    const std::uint32_t first = blocks_[begin].begin, last = blocks_[end - 1].end;
    for (std::size_t b = begin; b < end; ++b) groups.push_back(blocks_[b].begin - first);
    groups.push_back(last - first);
    for (std::uint32_t k = first; k < last; ++k) {
      const BackTrial& trial = trials_[k];
      BackTrialView view{};
      view.duration = batch_.tapes[k].duration;
      std::vector<BackTrainView> trains;
      for (std::size_t p = 0; p < trial.trains.size(); ++p) {
        const std::size_t spikes = trial.trains[p].times.size();
        BackTrainView train{};
        train.times = packing.put_large(trial.trains[p].times);
        train.sources = packing.put_large(trial.trains[p].sources);
        train.muted = packing.put_large(trial.of[p].muted);
        train.slopes = packing.put_large(trial.of[p].slopes);
        train.released_slopes = packing.put_large(trial.of[p].released_slopes);
        train.by_loss = packing.put_large(trial.of[p].by_loss);
        train.messages = packing.zeros<double>(spikes);
        train.release_messages = packing.zeros<double>(trial.of[p].slopes.size());
        train.count = static_cast<std::uint32_t>(spikes);
        trains.push_back(train);
      }
      std::vector<BackLayerView> layers;
      for (const BackTrial::Layer& layer : trial.layers)
        layers.push_back({packing.put_large(layer.events), packing.put_large(layer.groups),
                          static_cast<std::uint32_t>(layer.groups.size())});
      view.trains = packing.put(trains);
      view.layers = packing.put(layers);
      if (read_ && trial.integrals) {
        view.integrals = packing.put_large(batch_.losses[k].integrals);
        const std::size_t d = durations.at(view.duration);
        view.weight = weights[d];
        view.by_bias = by_bias[d];
        view.by_tau_mem = by_tau_mem[d];
      }
      views.push_back(view);
      zero.push_back({std::numeric_limits<double>::infinity(), 0, 0});
    }
    pass.trials = packing.put(views);
    pass.groups = packing.put(groups);
    pass.kick = packing.put(options_.spike_kick);
    counts = packing.put(zero);
    statuses = packing.zeros<std::uint32_t>(last - first);
  }

  const DeviceMachine& machine_;
  const Network& network_;
  const WindowPlan& plan_;
  const std::shared_ptr<Device> device_;
  const BackwardBatch& batch_;
  const Readout& readout_;
  const BackwardOptions& options_;
  const GradientLayout layout_;
  const std::span<BackwardStatistics> statistics_;
  std::optional<std::size_t> read_;  // the readout of the plan whose integrals the losses look at
  std::vector<BackTrial> trials_;
  std::vector<Block> blocks_;
};

}  // namespace

bool backward_on_device(const DeviceMachine& machine, const BackwardBatch& batch,
                        const Readout& readout, const BackwardOptions& options,
                        const GradientLayout& layout, const std::function<bool(Time)>& progress,
                        std::vector<std::vector<double>>& sums,
                        std::span<BackwardStatistics> statistics) {
  DeviceBackward back(machine, batch, readout, options, layout, statistics);
  return back.suits() && back.run(progress, sums);
}

}  // namespace retrograde

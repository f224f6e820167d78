#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include <retrograde/engine/distributed/distributed_machine.hpp>
#include <retrograde/engine/distributed/whole_network.hpp>
#include <retrograde/engine/windowed/worth.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

template <typename Number>
std::span<const std::byte> bytes_of(const std::vector<Number>& numbers) {
  return std::as_bytes(std::span(numbers));
}

// Voltages are read where all synapses of the population are: on the leader, of what never fires.
void check_readout(const Network& network, const Readout& readout) {
  const bool of_voltage = readout.trace || (readout.kind != Readout::Kind::none &&
                                            readout.kind != Readout::Kind::first_spike);
  if (!of_voltage) return;
  const Population& population = population_of(network, readout);
  if (!population.model->fires()) return;
  throw NetworkError(
      population.name,
      "its voltage is read and it fires, so its neurons are on several ranks; read a "
      "cuba_li population that this one projects to, or run it in one process");
}

// What a rank records of the probes: of its own neurons, in the order of the probe.
std::vector<Probe> own_probes(const Network& network, const NeuronShares& shares, int rank,
                              std::span<const Probe> probes) {
  std::vector<Probe> own;
  for (const Probe& probe : probes) {
    own.push_back(probe);
    own.back().neurons.clear();
    for (const NeuronId n : probe.neurons)
      if (shares.owner(network, n) == rank) own.back().neurons.push_back(n);
  }
  return own;
}

}  // namespace

DistributedMachine::DistributedMachine(const Network& part, Ranks& ranks)
    : part_(part),
      ranks_(ranks),
      shares_(ranks.rank(), ranks.size()),
      whole_(whole_extents(ranks, part)),
      exchange_(std::make_unique<SpikeExchange>(ranks, shares_, part, whole_)) {
  WindowPlan plan = make_plan(part, whole_);
  // Ahead of what asks other ranks: all find the same obstacle.
  if (!plan.obstacle.empty())
    throw NetworkError("scheduler", "ranks share windows, which are impossible: " + plan.obstacle);
  std::vector<std::uint32_t> instants = whole_instant_ranks(ranks, shares_, part);
  windowed_ = std::make_unique<WindowedMachine>(
      part, std::move(plan), std::move(instants),
      WindowedOptions{.share = exchange_.get(), .arbiter_share = exchange_.get()});
}

const Machine& DistributedMachine::chosen(Time duration, std::size_t inputs) const {
  windowed_->chosen(duration, inputs);
  return *this;
}

bool DistributedMachine::windows_pay(Time duration, std::size_t inputs) const {
  return windowed_->plan().obstacle_to(duration).empty() &&
         retrograde::windows_pay(windowed_->plan(), duration,
                                 known_deliveries(part_, inputs, whole_));
}

std::uint64_t DistributedMachine::synapses() const {
  std::uint64_t sum = 0;
  for (const ProjectionExtent& extent : whole_) sum += extent.synapses;
  return sum;
}

Tape DistributedMachine::run_checked(const Trial& trial, const RunOptions& options,
                                     std::span<const Probe> probes,
                                     std::vector<Recording>* recordings) const {
  check_readout(part_, options.readout);
  exchange_->begin(options);
  RunOptions own = options;
  if (!ranks_.leads()) {
    own.readout = {};
    own.progress = {};
  }
  // All are asked for the same probes, or the leader would wait for what nobody sends.
  const std::vector<Probe> own_list = own_probes(part_, shares_, ranks_.rank(), probes);
  std::vector<Recording> recorded;
  Tape tape = windowed_->run(trial, own, own_list, probes.empty() ? nullptr : &recorded);
  if (ranks_.leads())
    take_from_others(tape, probes, recorded);
  else
    give_to_leader(tape, own_list, recorded);
  if (recordings) *recordings = std::move(recorded);
  return tape;
}

void DistributedMachine::give_to_leader(const Tape& tape, std::span<const Probe> probes,
                                        std::vector<Recording>& recordings) const {
  std::vector<double> slopes;
  for (const TapeSpike& spike : tape.spikes)
    if (!part_.is_input(spike.neuron) && shares_.owns(part_, spike.neuron))
      slopes.insert(slopes.end(), {spike.slope, spike.released_slope});
  ranks_.send(0, std::as_bytes(std::span(&tape.deliveries, 1)));
  if (!slopes.empty()) ranks_.send(0, bytes_of(slopes));
  for (std::size_t p = 0; p < recordings.size(); ++p)
    for (const Samples* samples : quantities_of(probes[p], recordings[p]))
      for (const std::vector<double>& of_neuron : *samples)
        if (!of_neuron.empty()) ranks_.send(0, bytes_of(of_neuron));
  ranks_.sent();
}

void DistributedMachine::take_from_others(Tape& tape, std::span<const Probe> probes,
                                          std::vector<Recording>& recordings) const {
  std::vector<std::vector<TapeSpike*>> spikes(static_cast<std::size_t>(ranks_.size()));
  for (TapeSpike& spike : tape.spikes)
    if (!part_.is_input(spike.neuron))
      spikes[static_cast<std::size_t>(shares_.owner(part_, spike.neuron))].push_back(&spike);
  std::vector<Recording> own = std::exchange(recordings, std::vector<Recording>(probes.size()));
  for (std::size_t p = 0; p < probes.size(); ++p)
    recordings[p] = empty_recording(probes[p], tape.duration);
  const auto receive = [&](int rank, std::vector<double>& values, std::size_t size) {
    values.resize(size);
    if (size > 0) ranks_.receive(rank, std::as_writable_bytes(std::span(values)));
  };
  std::vector<double> slopes;
  for (int rank = 0; rank < ranks_.size(); ++rank) {
    if (rank > 0) {
      std::uint64_t deliveries = 0;
      ranks_.receive(rank, std::as_writable_bytes(std::span(&deliveries, 1)));
      tape.deliveries += deliveries;
      const auto& theirs = spikes[static_cast<std::size_t>(rank)];
      receive(rank, slopes, 2 * theirs.size());
      for (std::size_t k = 0; k < theirs.size(); ++k) {
        theirs[k]->slope = slopes[2 * k];
        theirs[k]->released_slope = slopes[2 * k + 1];
      }
    }
    for (std::size_t p = 0; p < probes.size(); ++p) {
      const std::vector<Samples*> mine = quantities_of(probes[p], own[p]);
      const std::vector<Samples*> all = quantities_of(probes[p], recordings[p]);
      for (std::size_t q = 0; q < all.size(); ++q) {
        std::size_t k = 0;
        for (std::size_t n = 0; n < probes[p].neurons.size(); ++n) {
          if (shares_.owner(part_, probes[p].neurons[n]) != rank) continue;
          if (rank == 0)
            (*all[q])[n] = std::move((*mine[q])[k++]);
          else
            receive(rank, (*all[q])[n], own[p].times.size());
        }
      }
    }
  }
}

}  // namespace retrograde

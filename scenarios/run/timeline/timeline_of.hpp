// What [[event]] comes to for a network with its values: the timeline of a trial in exact time.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/labelled_trials.hpp>
#include <retrograde/engine/trial/timeline.hpp>
#include <retrograde/scenarios/read/timeline/timeline_spec.hpp>

namespace retrograde {

// The synapses that an event is about, ascending: the share that is drawn, so that a larger share holds a
// smaller one. O(synapses of its projections).
std::vector<SynapseId> synapses_of(const EventSpec& event, const Network& network,
                                   std::uint64_t seed);
// The neurons, likewise.
std::vector<NeuronId> neurons_of(const EventSpec& event, const Network& network,
                                 std::uint64_t seed);
// The purpose of an event's draws.
std::string purpose_of(const EventSpec& event);

// Of a network that an event leaves without a valid value NetworkError is thrown, with its name. What
// happens on a chip alone is left out.
std::shared_ptr<const Timeline> timeline_of(const TimelineSpec& spec, const Network& network);

// Trials in which all of it happens, or as they are where nothing does. Inputs that are silenced, or of a
// data set whose rate falls, send fewer spikes. `all`, `spec` and `network` outlive them.
class EventfulTrials final : public LabelledTrials {
 public:
  EventfulTrials(const LabelledTrials& all, const TimelineSpec& spec, const Network& network);

  std::size_t size() const override { return all_.size(); }
  Trial trial(std::size_t index) const override { return eventful(all_.trial(index), index); }
  // The same of a trial that is there already.
  Trial eventful(Trial trial, std::size_t index) const;
  int label(std::size_t index) const override { return all_.label(index); }

 private:
  const LabelledTrials& all_;
  const TimelineSpec& spec_;
  std::shared_ptr<const Timeline> timeline_;  // null: nothing happens
  // Per event, of those that take input spikes away, the neurons.
  std::vector<std::vector<NeuronId>> thinned_;
};

// One of them, number `index` of its set.
Trial eventful(const Trial& trial, std::size_t index, const TimelineSpec& spec,
               const Network& network);

}  // namespace retrograde

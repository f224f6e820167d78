// What [[event]] comes to for a network with its values: the timeline of a trial in exact time.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/labelled_trials.hpp>
#include <retrograde/engine/trial/timeline.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

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

// `network` has the scenario's synapses with its values or others. Where an event leaves it without a valid
// value ScenarioError is thrown, at that event. What happens on a chip alone is left out.
std::shared_ptr<const Timeline> timeline_of(const Scenario& scenario, const Network& network);

// Trials are numbered for all that is drawn in them: those of the training part, of the validation part and
// of the test part, one after the other. How many there are before a part, of a Dataset or InlineTrials.
template <typename Set>
std::uint64_t trials_before(const Set& set, Part part) {
  std::uint64_t before = 0;
  for (const Part earlier : {Part::train, Part::validation, Part::test}) {
    if (earlier == part) break;
    before += set.size(earlier);
  }
  return before;
}

// Trials in which all of it happens, or as they are where nothing does. Inputs that are silenced, or of a
// data set whose rate falls, send fewer spikes. The first of `all` has the number `first`. `all`, `scenario`
// and `network` outlive them.
class EventfulTrials final : public LabelledTrials {
 public:
  EventfulTrials(const LabelledTrials& all, const Scenario& scenario, const Network& network,
                 std::uint64_t first = 0);
  // A part of a set.
  EventfulTrials(const Dataset& dataset, Part part, const Scenario& scenario,
                 const Network& network)
      : EventfulTrials(dataset.part(part), scenario, network, trials_before(dataset, part)) {}

  std::size_t size() const override { return all_.size(); }
  Trial trial(std::size_t index) const override {
    return eventful(all_.trial(index), first_ + index);
  }
  // The same of a trial that is there already, with that number.
  Trial eventful(Trial trial, std::uint64_t number) const;
  int label(std::size_t index) const override { return all_.label(index); }

 private:
  const LabelledTrials& all_;
  const TimelineSpec& spec_;
  const std::uint64_t first_;
  std::shared_ptr<const Timeline> timeline_;  // null: nothing happens
  // Per event, of those that take input spikes away, the neurons.
  std::vector<std::vector<NeuronId>> thinned_;
};

// What is to be said where a scenario has [[event]], and of what goes without: "the gradient". Empty where
// nothing happens.
std::string events_in_trials(const Scenario& scenario);
std::string without_events(const Scenario& scenario, const std::string& what);

// One of them, with that number.
Trial eventful(const Trial& trial, std::uint64_t number, const Scenario& scenario,
               const Network& network);

}  // namespace retrograde

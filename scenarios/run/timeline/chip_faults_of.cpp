#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <set>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/timeline/chip_faults_of.hpp>
#include <retrograde/scenarios/run/timeline/timeline_of.hpp>

namespace retrograde {

namespace {

using loihi2::ChipNetwork;

// The step in which a population, which may lag, comes to t.
std::uint32_t step_of(const ChipNetwork& chip, std::uint32_t population, Time t) {
  const double step = std::ceil(t / chip.step * (1.0 - 1e-12)) + chip.populations[population].lag;
  return step < static_cast<double>(loihi2::never_step) ? static_cast<std::uint32_t>(step)
                                                        : loihi2::never_step;
}

[[noreturn]] void refuse(const EventSpec& event, const char* why) {
  throw DeploymentError("event", event.name,
                        fmt::format("do = \"{}\" {}; leave it out for the chip, or run it exactly",
                                    name(event.kind), why));
}

// Whether the chip cannot hold that many of its units.
bool too_large(std::int32_t weight, const loihi2::WeightFormat& format) {
  const bool mixed = format.sign == loihi2::SignMode::mixed;
  const std::int32_t low = format.sign == loihi2::SignMode::excitatory ? 0 : mixed ? -256 : -255;
  return weight < low || weight > (format.sign == loihi2::SignMode::inhibitory ? 0 : 255);
}

// What an event does to the weights of one projection.
struct WeightFault {
  const EventSpec& event;
  std::uint32_t projection, from, until;
  std::vector<SynapseId> synapses;  // within it, ascending; on the chip they have the same order
  std::size_t clipped = 0;          // of them, at most, at one time

  std::int32_t scaled(std::int16_t weight) const {
    return static_cast<std::int32_t>(std::clamp(std::round(weight * event.factor), -1e6, 1e6));
  }
  bool clips(std::int16_t weight, const loihi2::WeightFormat& format) const {
    return event.kind == EventKind::scale && too_large(scaled(weight), format);
  }

  bool holds(std::uint32_t step) const { return from <= step && step < until; }

  std::int16_t of(std::int16_t weight, const loihi2::WeightFormat& format) const {
    if (event.kind == EventKind::cut) return 0;
    if (event.kind == EventKind::stuck_bit)
      return static_cast<std::int16_t>(loihi2::stored_weight(
          loihi2::with_stuck_bit(weight, format, event.bit, event.stuck_at), format));
    return static_cast<std::int16_t>(loihi2::stored_weight(scaled(weight), format));
  }
};

void add_weight_faults(const EventSpec& event, const Network& network, const ChipNetwork& chip,
                       std::uint64_t seed, std::vector<WeightFault>& faults) {
  const std::size_t first = faults.size();
  for (const std::uint32_t k : event.projections) {
    if (chip.projections[k].convolution)
      refuse(event, "is about single synapses, and those of a convolution share their weights");
    if (event.kind == EventKind::scale && event.factor < 0.0 &&
        chip.projections[k].format.sign != loihi2::SignMode::mixed)
      throw DeploymentError(
          "event", event.name,
          fmt::format(
              "a factor of {} turns the sign of {}, whose weights have one sign on the chip "
              "and are stored without it; write a factor of 0 or above, or run it exactly",
              event.factor, network.projections()[k].name));
    const std::uint32_t source = network.projections()[k].source;
    faults.push_back(
        {event, k, step_of(chip, source, event.at), step_of(chip, source, event.until), {}, 0});
  }
  for (const SynapseId s : synapses_of(event, network, seed)) {
    const Projection& p = network.projection_of(s);
    const auto k = static_cast<std::uint32_t>(&p - network.projections().data());
    const auto fault =
        std::find_if(faults.begin() + static_cast<std::ptrdiff_t>(first), faults.end(),
                     [&](const WeightFault& f) { return f.projection == k; });
    fault->synapses.push_back(s - p.first);
  }
}

// Counts what is clipped as well.
std::vector<loihi2::OtherWeights> other_weights(std::vector<WeightFault>& faults,
                                                const ChipNetwork& chip) {
  std::set<std::uint32_t> steps;
  for (const WeightFault& fault : faults) {
    steps.insert(fault.from);
    if (fault.until < loihi2::never_step) steps.insert(fault.until);
  }
  std::vector<loihi2::OtherWeights> all;
  for (const std::uint32_t step : steps) {
    all.push_back({step, chip});
    for (WeightFault& fault : faults) {
      if (!fault.holds(step)) continue;
      std::size_t clipped = 0;
      loihi2::ChipProjection& p = all.back().network.projections[fault.projection];
      for (const SynapseId s : fault.synapses) {
        clipped += fault.clips(p.synapses[s].weight, p.format);
        p.synapses[s].weight = fault.of(p.synapses[s].weight, p.format);
      }
      fault.clipped = std::max(fault.clipped, clipped);
    }
  }
  return all;
}

std::vector<WeightFault> weight_faults(const TimelineSpec& spec, const Network& network,
                                       const ChipNetwork& chip) {
  std::vector<WeightFault> faults;
  for (const EventSpec& event : spec.events)
    if (event.kind == EventKind::cut || event.kind == EventKind::scale ||
        event.kind == EventKind::stuck_bit)
      add_weight_faults(event, network, chip, spec.seed, faults);
  return faults;
}

}  // namespace

void add_clipped(const TimelineSpec& spec, const Network& network, const ChipNetwork& chip,
                 std::vector<Finding>& findings) {
  std::vector<WeightFault> faults = weight_faults(spec, network, chip);
  if (std::ranges::none_of(faults,
                           [](const WeightFault& f) { return f.event.kind == EventKind::scale; }))
    return;
  other_weights(faults, chip);
  for (const WeightFault& fault : faults) {
    if (fault.clipped == 0) continue;
    Finding finding;
    finding.where = network.projections()[fault.projection].name;
    finding.resource = "weights of events";
    finding.limit = static_cast<double>(fault.synapses.size());
    finding.wanted = static_cast<double>(fault.clipped);
    finding.message = fmt::format(
        "event {}: {} of {} weights are clipped to 8 bits when they are multiplied by {}",
        fault.event.name, fault.clipped, fault.synapses.size(), fault.event.factor);
    finding.remedy = "choose a factor nearer to 1, or a smaller clip_percentile, or run it exactly";
    findings.push_back(std::move(finding));
  }
  problems_first(findings);
}

loihi2::ChipFaults chip_faults_of(const TimelineSpec& spec, const Network& network,
                                  const ChipNetwork& chip) {
  loihi2::ChipFaults faults;
  std::vector<WeightFault> weights = weight_faults(spec, network, chip);
  for (const EventSpec& event : spec.events) {
    switch (event.kind) {
      case EventKind::cut:
      case EventKind::scale:
      case EventKind::stuck_bit:
        break;
      case EventKind::silence:  // of inputs the trial says it
        for (const NeuronId n : neurons_of(event, network, spec.seed))
          if (const std::uint32_t p = network.population_of(n); !network.is_input(n))
            faults.dead.push_back({n, step_of(chip, p, event.at), step_of(chip, p, event.until)});
        break;
      case EventKind::drop:
        for (const std::uint32_t k : event.populations) {
          const Population& p = network.populations()[k];
          faults.lost.push_back({p.first, p.first + p.size, step_of(chip, k, event.at),
                                 step_of(chip, k, event.until), event.share, spec.seed,
                                 purpose_of(event)});
        }
        break;
      case EventKind::stimulus:
        break;
      case EventKind::set:
        refuse(event, "changes a parameter, which the chip keeps");
      case EventKind::stimulate:
        refuse(event, "reaches neurons without a synapse, which the chip does not know");
      case EventKind::delay:
        refuse(event, "makes spikes late, and messages of the chip come in their step or never");
    }
  }
  faults.weights = other_weights(weights, chip);
  return faults;
}

loihi2::Emulator emulator_of(const Scenario& scenario, const Network& network,
                             loihi2::ChipNetwork chip) {
  loihi2::ChipFaults faults = chip_faults_of(scenario.timeline, network, chip);
  return loihi2::Emulator(std::move(chip), scenario.chip.semantics, std::move(faults));
}

}  // namespace retrograde

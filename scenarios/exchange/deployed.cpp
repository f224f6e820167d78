#include <algorithm>
#include <fmt/format.h>

#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/deployed.hpp>

namespace retrograde {

Prediction predict(const loihi2::Emulator& emulator, const Readout& readout,
                   const LabelledTrials& trials, const std::string& part) {
  Prediction p;
  p.part = part;
  p.trials = trials.size();
  struct Result {
    bool labelled = false, correct = false;
    std::vector<loihi2::PopulationActivity> populations;
  };
  std::vector<Result> results(p.trials);
  for_each_trial(results.size(), [&](std::size_t k) {
    loihi2::EmulationOptions options;
    options.readout = readout;
    loihi2::Emulation emulation = emulator.run(trials.trial(k), options);
    const int label = trials.label(k);
    results[k] = {label >= 0 && readout.kind != Readout::Kind::none, emulation.decision == label,
                  std::move(emulation.populations)};
  });
  p.spikes.assign(emulator.network().populations.size(), 0.0);
  p.voltages.resize(p.spikes.size());
  for (const Result& r : results) {
    p.labelled += r.labelled;
    p.correct += r.labelled && r.correct;
    for (std::size_t k = 0; k < p.spikes.size(); ++k) {
      p.spikes[k] += static_cast<double>(r.populations[k].spikes);
      p.voltages[k].include(r.populations[k].v);
    }
  }
  for (double& spikes : p.spikes)
    spikes /= static_cast<double>(std::max<std::uint64_t>(p.trials, 1));
  return p;
}

void require_matrix(const loihi2::ChipProjection& projection) {
  const auto same = [](const loihi2::ChipSynapse& a, const loihi2::ChipSynapse& b) {
    return a.source == b.source && a.target == b.target;
  };
  const auto& synapses = projection.synapses;  // those of one pair lie together
  const auto found = std::adjacent_find(synapses.begin(), synapses.end(), same);
  if (found != synapses.end())
    throw NetworkError(
        projection.name,
        fmt::format(
            "several synapses go from neuron {} to neuron {}, and the file has a matrix with "
            "one weight for each pair; write allow_multapses = false",
            found->source, found->target));
}

std::string name(const TimeWeight& weighting) {
  switch (weighting.kind()) {
    case TimeWeight::Kind::constant:
      return "constant";
    case TimeWeight::Kind::exponential:
      return "exponential";
    case TimeWeight::Kind::linear:
      return "linear";
    case TimeWeight::Kind::sigmoid:
      return "sigmoid";
    case TimeWeight::Kind::window:
      return "window";
    case TimeWeight::Kind::instant:
      return "instant";
  }
  throw InternalError("name: unknown weighting");
}

std::string name(Readout::Kind kind) {
  switch (kind) {
    case Readout::Kind::none:
      return "none";
    case Readout::Kind::first_spike:
      return "first_spike";
    case Readout::Kind::voltage_integral:
      return "voltage_integral";
    case Readout::Kind::voltage_maximum:
      return "voltage_maximum";
  }
  throw InternalError("name: unknown readout");
}

}  // namespace retrograde

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include <retrograde/engine/trial/labelled_trials.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/stimuli/inline_trials.hpp>

namespace retrograde {

namespace {

// The spikes of all populations, each as its stimulus has them.
std::vector<Spike> draw_spikes(const InlineTrialKind& kind, std::uint64_t seed,
                               std::uint64_t trial) {
  std::vector<std::vector<Spike>> trains(kind.inputs.size());
  std::vector<char> passed_on(kind.inputs.size(), 0);  // to a population below
  for (const InlineInput& input : kind.inputs)
    if (input.spikes)
      if (const auto source = input.spikes->relays()) passed_on[*source] = 1;
  std::vector<Spike> all;
  for (std::size_t p = 0; p < kind.inputs.size(); ++p) {
    const InlineInput& input = kind.inputs[p];
    if (!input.spikes) continue;
    Drawing drawing{seed, "spikes/" + input.name, trial, kind.duration};
    if (const auto source = input.spikes->relays()) drawing.source = trains[*source];
    std::vector<Spike> spikes = input.spikes->draw(drawing);
    if (passed_on[p]) trains[p] = spikes;
    for (Spike& s : spikes) s.neuron += input.first;
    if (all.empty())
      all = std::move(spikes);
    else
      all.insert(all.end(), spikes.begin(), spikes.end());
  }
  return all;
}

// A part of the trials.
class InlinePart final : public LabelledTrials {
 public:
  InlinePart(std::shared_ptr<const InlineTrials> trials, Part part)
      : trials_(std::move(trials)), part_(part) {}
  std::size_t size() const override { return trials_->size(part_); }
  Trial trial(std::size_t index) const override { return trials_->trial(part_, index); }
  int label(std::size_t index) const override { return trials_->label(part_, index); }

 private:
  std::shared_ptr<const InlineTrials> trials_;
  Part part_;
};

}  // namespace

double expected_spikes(const InlineTrialKind& kind) {
  std::vector<double> expected(kind.inputs.size(), 0.0);
  double sum = 0.0;
  for (std::size_t p = 0; p < kind.inputs.size(); ++p) {
    const auto& stimulus = kind.inputs[p].spikes;
    if (!stimulus) continue;
    const auto source = stimulus->relays();
    expected[p] = stimulus->expected(kind.duration, source ? expected[*source] : 0.0);
    sum += expected[p];
  }
  return sum;
}

InlineTrials::InlineTrials(std::vector<InlineTrialKind> kinds, std::vector<NeuronId> starts,
                           std::uint64_t seed, std::shared_ptr<const InitialValues> initial)
    : kinds_(std::move(kinds)),
      starts_(std::move(starts)),
      seed_(seed),
      initial_(std::move(initial)) {
  for (const InlineTrialKind& kind : kinds_) {
    ends_.push_back(size() + kind.repeat);
    parts_[static_cast<std::size_t>(kind.part)] += kind.repeat;
  }
}

Time InlineTrials::longest() const {
  Time longest = 0;
  for (const InlineTrialKind& kind : kinds_) longest = std::max(longest, kind.duration);
  return longest;
}

bool InlineTrials::various_durations() const {
  return std::ranges::any_of(kinds_, [&](const InlineTrialKind& kind) {
    return kind.duration != kinds_.front().duration;
  });
}

InlineTrials::Place InlineTrials::find(Part part, std::size_t k) const {
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    const InlineTrialKind& kind = kinds_[i];
    if (kind.part != part) continue;
    if (k < kind.repeat) return {&kind, ends_[i] - kind.repeat + k};
    k -= kind.repeat;
  }
  throw InternalError(fmt::format("an inline trial beyond those of the {} part", name(part)));
}

Trial InlineTrials::trial(Part part, std::size_t k) const {
  const auto [kind, number] = find(part, k);
  Trial trial{kind->duration, draw_spikes(*kind, seed_, number)};
  for (const NeuronId n : starts_) trial.inputs.push_back({0.0, n});
  sort_spikes(trial.inputs, trial.duration);
  std::vector<SignalChange> changes;
  for (const InlineInput& input : kind->inputs)
    if (input.signal) changes.insert(changes.end(), input.signal->begin(), input.signal->end());
  const bool graded = std::ranges::any_of(
      kind->inputs, [](const InlineInput& input) { return input.signal != nullptr; });
  if (graded) add_signals(trial, std::move(changes));
  if (initial_) trial.initial = initial_->of(number);
  return trial;
}

int InlineTrials::label(Part part, std::size_t k) const { return find(part, k).kind->label; }

Dataset inline_dataset(std::shared_ptr<const InlineTrials> trials, std::uint32_t classes) {
  DatasetInfo info{"inline", 0, {}, trials->longest()};
  for (const InlineInput& input : trials->kinds().front().inputs)
    info.inputs += input.spikes || input.signal ? input.size : 0;
  if (trials->size() > 1)
    for (std::uint32_t c = 0; c < classes; ++c) info.class_names.push_back(fmt::format("{}", c));
  const auto part = [&](Part which) { return std::make_shared<InlinePart>(trials, which); };
  const auto train = part(Part::train), validation = part(Part::validation),
             test = part(Part::test);
  return Dataset(std::move(info), train, validation, test);
}

}  // namespace retrograde

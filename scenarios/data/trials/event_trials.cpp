#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <utility>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/data/events/each_sample.hpp>
#include <retrograde/scenarios/data/trials/event_trials.hpp>
#include <retrograde/scenarios/io/readable.hpp>

namespace retrograde {

namespace {

using Indices = std::vector<std::uint32_t>;

// That of one sample: with `own` it lasts as long as the set says.
EventShape shape_of(const EventSet& set, std::uint32_t index, EventShape shape, bool own) {
  if (own) shape.duration = *set.duration(index);
  return shape;
}

class PartTrials final : public LabelledTrials {
 public:
  // `own`: trials last as long as their samples.
  PartTrials(std::shared_ptr<const EventSet> set, Indices indices, const EventShape& shape,
             bool own, NeuronId first)
      : set_(std::move(set)),
        indices_(std::move(indices)),
        shape_(shape),
        own_(own),
        first_(first) {}
  std::size_t size() const override { return indices_.size(); }
  int label(std::size_t index) const override { return set_->label(indices_[index]); }
  Trial trial(std::size_t index) const override {
    return to_trial(set_->sample(indices_[index]), shape_of(*set_, indices_[index], shape_, own_),
                    first_);
  }

 private:
  std::shared_ptr<const EventSet> set_;
  Indices indices_;
  EventShape shape_;
  bool own_;
  NeuronId first_;
};

// The training part: its samples, and behind them the blended ones, whose class is fixed and whose two
// samples are drawn anew in each epoch. Outside of training a blended one is as in the first epoch.
class ShownTrials final : public LabelledTrials {
 public:
  ShownTrials(std::shared_ptr<const EventSet> set, Indices indices, const EventShape& shape,
              bool own, const Augmentation& augment, std::uint64_t seed, NeuronId first)
      : set_(std::move(set)),
        indices_(std::move(indices)),
        shape_(shape),
        own_(own),
        augment_(augment),
        seed_(seed),
        first_(first),
        classmates_(set_->info().class_names.size()) {
    for (const std::uint32_t index : indices_)
      classmates_[static_cast<std::size_t>(set_->label(index))].push_back(index);
  }
  std::size_t size() const override { return indices_.size() + augment_.blend; }
  int label(std::size_t index) const override {
    if (index < indices_.size()) return set_->label(indices_[index]);
    Random random(seed_, "augment/class", index - indices_.size());
    return set_->label(indices_[random.index(indices_.size())]);
  }
  Trial trial(std::size_t index) const override {
    return to_trial(index < indices_.size() ? set_->sample(indices_[index]) : blend(index, 0),
                    shape_at(index), first_);
  }
  Trial shown(std::size_t index, std::uint32_t epoch) const override {
    EventSample sample =
        index < indices_.size() ? set_->sample(indices_[index]) : blend(index, epoch);
    const Showing showing{seed_, epoch, static_cast<std::uint32_t>(index)};
    return to_trial(augmented(std::move(sample), augment_, shape_.units, showing), shape_at(index),
                    first_);
  }

 private:
  // Blended samples do not go with durations of their own.
  EventShape shape_at(std::size_t index) const {
    return index < indices_.size() ? shape_of(*set_, indices_[index], shape_, own_) : shape_;
  }
  EventSample blend(std::size_t index, std::uint32_t epoch) const {
    const Showing showing{seed_, epoch, static_cast<std::uint32_t>(index)};
    const Indices& mates = classmates_[static_cast<std::size_t>(label(index))];
    Random random(seed_, "augment/pair", showing.entity());
    const std::size_t a = random.index(mates.size());
    // Two different ones, where there are two.
    const std::size_t b =
        mates.size() > 1 ? (a + 1 + random.index(mates.size() - 1)) % mates.size() : a;
    return blended(set_->sample(mates[a]), set_->sample(mates[b]), shape_.units, showing);
  }

  std::shared_ptr<const EventSet> set_;
  Indices indices_;
  EventShape shape_;
  bool own_;
  Augmentation augment_;
  std::uint64_t seed_;
  NeuronId first_;
  std::vector<Indices> classmates_;  // samples of each class
};

struct Census {
  std::uint64_t events = 0, beyond = 0, silent = 0;
};

Indices all_of(const EventParts& parts) {
  Indices all = parts.train;
  all.insert(all.end(), parts.validation.begin(), parts.validation.end());
  all.insert(all.end(), parts.test.begin(), parts.test.end());
  return all;
}

// Reads every sample of the parts.
Census look_at(const EventSet& set, const EventParts& parts, const EventTask& task,
               const WorkProgress& progress) {
  const Indices all = all_of(parts);
  std::vector<Census> each(all.size());
  for_each_sample(set, all, progress, [&](std::size_t k, const EventSample& sample) {
    const Time last = shape_of(set, all[k], task.shape, task.own_durations).duration;
    const auto end = std::lower_bound(sample.times.begin(), sample.times.end(), last);
    each[k] = {sample.times.size(), static_cast<std::uint64_t>(sample.times.end() - end),
               end == sample.times.begin() ? 1u : 0u};
  });
  Census census;
  for (const Census& one : each) {
    census.events += one.events;
    census.beyond += one.beyond;
    census.silent += one.silent;
  }
  return census;
}

void check_durations(const EventSet& set, const EventParts& parts, const EventTask& task) {
  if (!task.own_durations) return;
  for (const std::uint32_t index : all_of(parts))
    if (!set.duration(index))
      throw FormatError(set.info().source, "",
                        fmt::format("it does not say how long sample {} lasts, and own_durations "
                                    "asks for it; write durations into it (docs/data.md), or take "
                                    "own_durations out of [data]",
                                    index));
}

Time longest_of(const EventSet& set, const EventParts& parts, const EventTask& task) {
  if (!task.own_durations) return task.shape.duration;
  Time longest = 0.0;
  for (const std::uint32_t index : all_of(parts)) longest = std::max(longest, *set.duration(index));
  return longest;
}

std::vector<std::string> notes_of(const EventSet& set, const EventParts& parts,
                                  const EventTask& task, const Census& census) {
  std::vector<std::string> notes = task.notes;
  std::string split = fmt::format("{} to train with", parts.train.size());
  if (task.augment.blend > 0) split += fmt::format(" and {} blended", task.augment.blend);
  split += fmt::format(", {} for validation ({}), {} to test ({})", parts.validation.size(),
                       parts.validation_from, parts.test.size(), parts.test_from);
  notes.push_back(std::move(split));
  if (census.beyond > 0)
    notes.push_back(fmt::format(
        "{} of {} ({:.2g} %) lie at or after the end of the trial, {}", census.beyond,
        plural(census.events, "event"),
        100.0 * static_cast<double>(census.beyond) / static_cast<double>(census.events),
        task.own_durations
            ? "as the set says it, and are left out"
            : fmt::format("{:g} ms, and are left out; a longer duration in [scenario] keeps them",
                          task.shape.duration)));
  if (census.silent > 0)
    notes.push_back(
        fmt::format("{} without any event within the trial", plural(census.silent, "sample")));
  if (!task.own_durations && set.size() > 0 && set.duration(0))
    notes.push_back(
        fmt::format("it says how long its samples last; all trials last {:g} ms all the "
                    "same, unless [data] has own_durations = true",
                    task.shape.duration));
  if (task.backward_test) notes.emplace_back("the test part runs backward in time");
  return notes;
}

}  // namespace

Dataset event_trials(std::shared_ptr<const EventSet> set, const std::string& name, EventTask task,
                     const LoadContext& context) {
  if (set->size() > std::numeric_limits<std::uint32_t>::max() - task.augment.blend)
    throw LimitError("samples of a set", static_cast<double>(1ull << 32),
                     static_cast<double>(set->size()), "too many samples; split the set");
  EventParts parts = split(*set, task.parts);
  if (task.limits.train) parts.train = thinned(*set, parts.train, *task.limits.train);
  if (task.limits.test) parts.test = thinned(*set, parts.test, *task.limits.test);
  task.shape.units = set->info().units;
  check_durations(*set, parts, task);
  const Census census = look_at(*set, parts, task, context.progress);

  DatasetInfo info;
  info.name = name;
  info.inputs = task.shape.inputs();
  info.class_names = set->info().class_names;
  info.duration = longest_of(*set, parts, task);
  info.notes = notes_of(*set, parts, task, census);
  EventShape test_shape = task.shape;
  test_shape.backward = task.backward_test;
  const auto part = [&](Indices indices, const EventShape& shape) {
    return std::make_shared<PartTrials>(set, std::move(indices), shape, task.own_durations,
                                        context.first);
  };
  std::shared_ptr<const LabelledTrials> train;
  if (task.augment.any())
    train =
        std::make_shared<ShownTrials>(set, std::move(parts.train), task.shape, task.own_durations,
                                      task.augment, context.seed, context.first);
  else
    train = part(std::move(parts.train), task.shape);
  return Dataset(std::move(info), std::move(train), part(std::move(parts.validation), task.shape),
                 part(std::move(parts.test), test_shape));
}

}  // namespace retrograde

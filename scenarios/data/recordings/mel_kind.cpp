#include <fmt/format.h>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <retrograde/engine/trial/signal.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/recordings/encode.hpp>
#include <retrograde/scenarios/data/recordings/mel_kind.hpp>
#include <retrograde/scenarios/data/recordings/recordings.hpp>
#include <retrograde/scenarios/data/trials/event_kinds.hpp>

namespace retrograde {

namespace {

// Who says what in the recordings, for whoever splits them into parts.
class LabelsOnly final : public EventSet {
 public:
  explicit LabelsOnly(const SoundSet& sounds) : sounds_(sounds) {}
  const EventSetInfo& info() const override { return sounds_.info(); }
  std::size_t size() const override { return sounds_.size(); }
  EventSample sample(std::size_t) const override { return {}; }
  int label(std::size_t index) const override { return sounds_.label(index); }
  std::uint32_t speaker(std::size_t index) const override { return sounds_.speaker(index); }
  std::optional<Part> part(std::size_t index) const override { return sounds_.part(index); }

 private:
  const SoundSet& sounds_;
};

struct AllFrames {
  std::vector<float> values;
  std::vector<std::int32_t> labels;
};

class MelTrials final : public LabelledTrials {
 public:
  MelTrials(std::shared_ptr<const AllFrames> all, std::vector<std::uint32_t> indices,
            const MelFrames& mel, Time duration, NeuronId first)
      : all_(std::move(all)),
        indices_(std::move(indices)),
        mel_(mel),
        duration_(duration),
        first_(first) {}
  std::size_t size() const override { return indices_.size(); }
  int label(std::size_t index) const override { return all_->labels[indices_[index]]; }
  Trial trial(std::size_t index) const override {
    const std::size_t each = std::size_t{mel_.frames} * mel_.bands;
    return mel_trial(mel_, std::span(all_->values).subspan(indices_[index] * each, each), duration_,
                     first_);
  }

 private:
  std::shared_ptr<const AllFrames> all_;
  std::vector<std::uint32_t> indices_;
  MelFrames mel_;
  Time duration_;
  NeuronId first_;
};

DataSource read_mel_frames(TomlTable& table, Time duration) {
  const EventTask task = read_event_task(table, duration);
  MelFrames mel;
  mel.bands = table.integer("bands", mel.bands, 1, 1024);
  mel.frames = table.integer("frames", mel.frames, 1, 65'536);
  const std::string path = table.text("path", "");
  DataSource source;
  source.inputs = mel.bands;
  source.analogue = true;
  source.frame = mel.hop;
  source.inputs_reason = fmt::format(" with bands = {}", mel.bands);
  source.path = path;
  source.load = [task, mel, path](const LoadContext& context) {
    const std::string& folder = context.folder.empty() ? path : context.folder;
    if (folder.empty())
      throw UsageError(
          "this scenario trains on recordings: name their folder by --data, or by path in [data] "
          "(docs/audio.md says how they may lie in it)");
    return mel_trials(*open_recordings(folder), mel, task, context);
  };
  return source;
}

}  // namespace

Trial mel_trial(const MelFrames& mel, std::span<const float> frames, Time duration,
                NeuronId first) {
  Trial trial;
  trial.duration = duration;
  std::vector<SignalChange> changes;
  for (std::uint32_t f = 0; f <= mel.frames; ++f) {
    const Time at = f * mel.hop;
    if (at >= duration) break;
    for (std::uint32_t b = 0; b < mel.bands; ++b) {
      const float value = f < mel.frames ? frames[std::size_t{f} * mel.bands + b] : 0.0f;
      changes.push_back({at, first + b, static_cast<double>(value)});
    }
  }
  add_signals(trial, std::move(changes));
  return trial;
}

Dataset mel_trials(const SoundSet& sounds, const MelFrames& mel, const EventTask& task,
                   const LoadContext& context) {
  auto all = std::make_shared<AllFrames>();
  all->values = mel_frames_of(sounds, mel, context.progress);
  for (std::size_t k = 0; k < sounds.size(); ++k) all->labels.push_back(sounds.label(k));
  const LabelsOnly labels(sounds);
  EventParts parts = split(labels, task.parts);
  if (task.limits.train) parts.train = thinned(labels, parts.train, *task.limits.train);
  if (task.limits.test) parts.test = thinned(labels, parts.test, *task.limits.test);
  DatasetInfo info;
  info.name = "mel_frames";
  info.inputs = mel.bands;
  info.class_names = sounds.info().class_names;
  info.duration = task.shape.duration;
  for (const std::string& told : sounds.left_out()) info.notes.push_back(told);
  info.notes.push_back(fmt::format("{} to train with, {} for validation ({}), {} to test ({})",
                                   parts.train.size(), parts.validation.size(),
                                   parts.validation_from, parts.test.size(), parts.test_from));
  const Time end = mel.frames * mel.hop;
  if (end > info.duration)
    info.notes.push_back(
        fmt::format("frames last {:g} ms, and what comes at or after the end of the "
                    "trial, {:g} ms, is left out",
                    end, info.duration));
  const auto part = [&](std::vector<std::uint32_t> indices) {
    return std::make_shared<MelTrials>(all, std::move(indices), mel, info.duration, context.first);
  };
  const auto train = part(std::move(parts.train)), validation = part(std::move(parts.validation)),
             test = part(std::move(parts.test));
  return Dataset(std::move(info), train, validation, test);
}

DataKind mel_frames_kind() {
  return {"mel_frames",
          false,
          {"test_speakers", "validation_speakers", "validation_share", "test_share", "train",
           "test", "bands", "frames", "path"},
          read_mel_frames};
}

}  // namespace retrograde

#include <fmt/format.h>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/recordings/audio_kinds.hpp>
#include <retrograde/scenarios/data/recordings/cache.hpp>
#include <retrograde/scenarios/data/recordings/recordings.hpp>
#include <retrograde/scenarios/data/recordings/spoken_digits.hpp>
#include <retrograde/scenarios/data/trials/event_kinds.hpp>

namespace retrograde {

namespace {

std::vector<std::string> keys_of(bool with_path) {
  std::vector<std::string> keys = event_task_keys();
  for (std::string& key : front_end_keys()) keys.push_back(std::move(key));
  if (with_path) keys.emplace_back("path");
  return keys;
}

Dataset heard_set(const SoundSet& sounds, const FrontEnd& front_end, const std::string& kind,
                  EventTask task, const LoadContext& context) {
  const KeptEvents kept = kept_events(sounds, front_end, context.progress);
  task.notes.push_back(kept.note);
  for (const std::string& told : sounds.left_out()) task.notes.push_back(told);
  return event_trials(kept.set, kind, std::move(task), context);
}

DataSource source_of(const EventTask& task, const FrontEnd& front_end) {
  EventShape shape = task.shape;
  shape.units = front_end.cochlea.channels;
  DataSource source;
  source.inputs = shape.inputs();
  source.inputs_reason = fmt::format(" with channels = {}", shape.units);
  if (shape.merge > 1) source.inputs_reason += fmt::format(" and merge_units = {}", shape.merge);
  return source;
}

}  // namespace

std::vector<std::string> front_end_keys() {
  return {"channels", "lowest", "highest", "sharpness", "gain", "adaptation", "keep_silence"};
}

FrontEnd read_front_end(TomlTable& table) {
  FrontEnd front_end;
  Cochlea& ear = front_end.cochlea;
  ear.channels = table.integer("channels", ear.channels, 1, most_cochlea_channels);
  ear.lowest = table.number("lowest", ear.lowest, {20.0, ear.rate / 2, false, true});
  ear.highest = table.number("highest", ear.highest, {20.0, ear.rate / 2, false, false});
  if (ear.lowest >= ear.highest)
    table.fail_at_key("lowest",
                      fmt::format("channels from {} Hz up to {} Hz: lowest has to be below "
                                  "highest",
                                  ear.lowest, ear.highest));
  ear.sharpness = table.number("sharpness", ear.sharpness, {0.1, 10.0, false, false});
  ear.gain = table.number("gain", ear.gain, {0.0, 1e6, true, false});
  front_end.cell.adaptation =
      table.number("adaptation", front_end.cell.adaptation, {0.0, 1e6, false, false});
  if (table.boolean("keep_silence", false)) front_end.loudness.silence = 0;
  return front_end;
}

DataKind recordings_kind() {
  return {
      "recordings", false, keys_of(true), [](TomlTable& table, Time duration) {
        const EventTask task = read_event_task(table, duration);
        const FrontEnd front_end = read_front_end(table);
        const std::string path = table.text("path", "");
        DataSource source = source_of(task, front_end);
        source.path = path;
        source.load = [task, front_end, path](const LoadContext& context) {
          const std::string& folder = context.folder.empty() ? path : context.folder;
          if (folder.empty())
            throw UsageError(
                "this scenario trains on recordings: name their folder by --data, or by path in "
                "[data] (docs/audio.md says how they may lie in it)");
          return heard_set(*open_recordings(folder), front_end, "recordings", task, context);
        };
        return source;
      }};
}

DataKind spoken_digits_kind() {
  return {"spoken_digits", true, keys_of(false), [](TomlTable& table, Time duration) {
            const EventTask task = read_event_task(table, duration, true);
            const FrontEnd front_end = read_front_end(table);
            DataSource source = source_of(task, front_end);
            source.classes = 20;
            source.load = [task, front_end](const LoadContext& context) {
              return heard_set(*spoken_digits(), front_end, "spoken_digits", task, context);
            };
            return source;
          }};
}

}  // namespace retrograde

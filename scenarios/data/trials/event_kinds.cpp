#include <cmath>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/heidelberg.hpp>
#include <retrograde/scenarios/data/events/n_mnist.hpp>
#include <retrograde/scenarios/data/events/open_set.hpp>
#include <retrograde/scenarios/data/trials/event_kinds.hpp>

namespace retrograde {

namespace {

constexpr std::uint32_t most_spikes_per_unit = 10'000;
constexpr Range share{0.0, 1.0, false, true};

// Names of speakers: one or several, as texts or, where they are numbered, as numbers.
std::vector<std::string> read_speakers(TomlTable& table, const char* key) {
  const auto value = table.find(key);
  if (!value) return {};
  std::vector<std::string> names;
  const auto add = [&](const TomlValue& one) {
    names.push_back(one.is_number() ? fmt::format("{}", one.integer(0, 1u << 31)) : one.text());
  };
  if (value->is_list())
    for (const TomlValue& one : value->list()) add(one);
  else
    add(*value);
  if (names.empty()) value->fail("it names nobody; remove it, or name a speaker");
  return names;
}

PartRules read_parts(TomlTable& table, bool whole_speaker) {
  PartRules rules;
  rules.whole_speaker = whole_speaker;
  rules.test_speakers = read_speakers(table, "test_speakers");
  rules.validation_speakers = read_speakers(table, "validation_speakers");
  if (const auto value = table.find("validation_share")) {
    rules.validation_share = value->number(share);
    if (!rules.validation_speakers.empty())
      value->fail("validation_speakers says already what is held out; remove one of the two");
  }
  if (const auto value = table.find("test_share")) {
    rules.test_share = value->number({0.0, 1.0, true, true});
    if (!rules.test_speakers.empty())
      value->fail("test_speakers says already what is tested on; remove one of the two");
  }
  return rules;
}

Augmentation read_augmentation(TomlTable& table) {
  Augmentation augment;
  augment.blend = table.integer("blend", 0, 0, 10'000'000);
  augment.shift = table.integer("shift", 0, 0, 1'000'000);
  augment.dilation = table.number("dilation", 0.0, share);
  augment.jitter = table.time("jitter", 0.0);
  augment.deletion = table.number("deletion", 0.0, share);
  return augment;
}

// How a set is opened from its path.
using Open = std::shared_ptr<const EventSet> (*)(const std::string& path,
                                                 std::optional<std::uint32_t> unit_count,
                                                 const WorkProgress&);

struct EventKind {
  const char* name;
  const char* files;    // what --data has to name
  std::uint32_t units;  // 0: the set says
  std::uint32_t classes;
  bool whole_speaker;
  Open open;
  bool own = false;                              // anybody's own set
  std::optional<std::uint32_t> unit_count = {};  // of these, where [data] says it
};

// Of kind = "events" alone: what the set says of itself, and what it does not.
EventKind read_own(TomlTable& table, EventTask& task, EventKind kind) {
  if (const auto own = table.find("own_durations")) {
    task.own_durations = own->boolean();
    if (task.own_durations && task.augment.blend > 0)
      own->fail("blended samples have no duration of their own; remove it, or blend");
  }
  if (const auto count = table.find("unit_count"))
    kind.unit_count = static_cast<std::uint32_t>(count->integer(1, 1u << 24));
  return kind;
}

DataSource read_event_kind(TomlTable& table, Time duration, const EventKind& written) {
  EventTask task = read_event_task(table, duration, written.whole_speaker);
  const EventKind kind = written.own ? read_own(table, task, written) : written;
  const std::string path = table.text("path", "");
  DataSource source;
  if (kind.units > 0) {
    EventShape shape = task.shape;
    shape.units = kind.units;
    source.inputs = shape.inputs();
    if (task.shape.merge > 1)
      source.inputs_reason = fmt::format(" with merge_units = {}", task.shape.merge);
  }
  source.classes = kind.classes;
  source.path = path;
  source.load = [kind, task, path](const LoadContext& context) {
    const std::string& chosen = context.folder.empty() ? path : context.folder;
    if (chosen.empty())
      throw UsageError(
          fmt::format("this scenario trains on events of kind = \"{}\": name {} by "
                      "--data, or by path in [data]",
                      kind.name, kind.files));
    return event_trials(kind.open(chosen, kind.unit_count, context.progress), kind.name, task,
                        context);
  };
  return source;
}

std::vector<std::string> keys_with_path() {
  std::vector<std::string> keys = event_task_keys();
  keys.emplace_back("path");
  return keys;
}

}  // namespace

std::vector<std::string> event_task_keys() {
  return {
      "test_speakers", "validation_speakers", "validation_share", "test_share",    "train",  "test",
      "bin",           "merge_units",         "equal_counts",     "reversed_test", "augment"};
}

EventTask read_event_task(TomlTable& table, Time duration, bool whole_speaker) {
  EventTask task;
  task.parts = read_parts(table, whole_speaker);
  task.limits = read_limits(table);
  task.shape.duration = duration;
  task.shape.merge = table.integer("merge_units", 1, 1);
  task.shape.equal_counts = table.integer("equal_counts", 0, 0, most_spikes_per_unit);
  if (const auto bin = table.find("bin")) {
    task.shape.bin = bin->time({0.0, duration, true, false});
    if (task.shape.equal_counts > 0)
      bin->fail(
          "equal_counts gives every unit as many spikes, and bins would merge some of them; "
          "remove one of the two");
  }
  task.backward_test = table.boolean("reversed_test", false);
  if (auto augment = table.single("augment")) {
    augment->known({"blend", "shift", "dilation", "jitter", "deletion"});
    task.augment = read_augmentation(*augment);
  }
  return task;
}

DataKind events_kind() {
  std::vector<std::string> keys = keys_with_path();
  keys.insert(keys.end(), {"own_durations", "unit_count"});
  return {"events", false, std::move(keys), [](TomlTable& table, Time duration) {
            return read_event_kind(
                table, duration, {"events", "the file or folder", 0, 0, false, open_events, true});
          }};
}

DataKind shd_kind() {
  return {"shd", false, keys_with_path(), [](TomlTable& table, Time duration) {
            return read_event_kind(
                table, duration,
                {"shd", "the folder with shd_train.h5 and shd_test.h5", heidelberg_units, 20, true,
                 [](const std::string& path, std::optional<std::uint32_t>, const WorkProgress&) {
                   return open_heidelberg(find_heidelberg(path, "shd"), path);
                 }});
          }};
}

DataKind ssc_kind() {
  return {"ssc", false, keys_with_path(), [](TomlTable& table, Time duration) {
            return read_event_kind(
                table, duration,
                {"ssc", "the folder with ssc_train.h5, ssc_valid.h5 and ssc_test.h5",
                 heidelberg_units, 35, false,
                 [](const std::string& path, std::optional<std::uint32_t>, const WorkProgress&) {
                   return open_heidelberg(find_heidelberg(path, "ssc"), path);
                 }});
          }};
}

DataKind n_mnist_kind() {
  return {"n_mnist", false, keys_with_path(), [](TomlTable& table, Time duration) {
            return read_event_kind(
                table, duration,
                {"n_mnist", "the folder with Train and Test", n_mnist_units, 10, false,
                 [](const std::string& path, std::optional<std::uint32_t>, const WorkProgress&) {
                   return open_n_mnist(path);
                 }});
          }};
}

}  // namespace retrograde

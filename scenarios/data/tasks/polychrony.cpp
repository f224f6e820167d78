#include <algorithm>
#include <fmt/format.h>
#include <numeric>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/tasks/polychrony.hpp>

namespace retrograde {

namespace {

constexpr std::uint32_t most_classes = 100, most_channels = 1000;

Time spacing(const PolychronyTask& task) { return task.span / (task.channels - 1); }

// What is wrong with the numbers of classes and channels; empty: nothing.
std::string fault_of_counts(const PolychronyTask& task) {
  std::uint64_t orders = 1;
  for (std::uint32_t k = 2; k <= task.channels && orders < most_classes; ++k) orders *= k;
  if (task.classes <= orders) return {};
  return fmt::format("{} channels have {} orders; write fewer classes, or more channels",
                     task.channels, orders);
}

std::string fault_of_jitter(const PolychronyTask& task) {
  if (task.jitter >= 0.0 && 2.0 * task.jitter < spacing(task)) return {};
  return fmt::format(
      "{:g} ms around places that are {:g} ms apart: neighbours meet; choose less jitter, a longer "
      "span, or fewer channels",
      task.jitter, spacing(task));
}

const char* const a_pattern = "a pattern and its jitter";

}  // namespace

std::vector<std::vector<std::uint32_t>> polychrony_patterns(const PolychronyTask& task) {
  std::vector<std::vector<std::uint32_t>> patterns;
  Random random(0, "polychrony/patterns");
  while (patterns.size() < task.classes) {
    std::vector<std::uint32_t> places(task.channels);
    std::iota(places.begin(), places.end(), 0u);
    random.shuffle(places);
    if (std::find(patterns.begin(), patterns.end(), places) == patterns.end())
      patterns.push_back(std::move(places));
  }
  return patterns;
}

Dataset load_polychrony(const LatencyEncoding& encoding, const PolychronyTask& task,
                        const TaskParts& parts) {
  check(encoding);
  if (task.classes < 2 || task.classes > most_classes)
    throw ScenarioError("encoding", 0, 0, "classes", "2 to 100 are needed");
  if (task.channels < 2 || task.channels > most_channels)
    throw ScenarioError("encoding", 0, 0, "channels", "2 to 1000 are needed");
  if (!(task.span > 0.0)) throw ScenarioError("encoding", 0, 0, "span", "it must be above 0");
  if (const std::string fault = fault_of_counts(task); !fault.empty())
    throw ScenarioError("encoding", 0, 0, "classes", fault);
  if (const std::string fault = fault_of_jitter(task); !fault.empty())
    throw ScenarioError("encoding", 0, 0, "jitter", fault);
  require_room(encoding, task.span + 2.0 * task.jitter, a_pattern);

  DatasetInfo info{"polychrony", task.channels, {}};
  for (std::uint32_t k = 0; k < task.classes; ++k)
    info.class_names.push_back(fmt::format("pattern {}", k));
  return generated_task(
      std::move(info), encoding, parts,
      [encoding, task, patterns = polychrony_patterns(task)](Random& random, int label) {
        const Time begin = random.uniform(encoding.t_early + task.jitter,
                                          encoding.t_late - task.jitter - task.span);
        std::vector<Spike> spikes;
        for (std::uint32_t c = 0; c < task.channels; ++c) {
          spikes.push_back({begin + spacing(task) * patterns[static_cast<std::size_t>(label)][c] +
                                random.uniform(-task.jitter, task.jitter),
                            encoding.first + c});
        }
        return spikes;
      });
}

DataKind polychrony_kind() {
  return {"polychrony",
          true,
          {"classes", "channels", "span", "t_early", "t_late", "jitter", "train", "test"},
          [](TomlTable& table, Time duration) {
            const LatencyEncoding window = read_latency(table, duration);
            PolychronyTask task;
            task.channels = table.integer("channels", task.channels, 2, most_channels);
            task.classes = table.integer("classes", task.classes, 2, most_classes);
            task.span = table.require("span", "span = \"50 ms\"").time(Range::positive());
            task.jitter = table.time("jitter", 0.0, Range::not_negative());
            if (const std::string fault = fault_of_counts(task); !fault.empty())
              table.fail_at_key("classes", fault);
            if (const std::string fault = fault_of_jitter(task); !fault.empty())
              table.fail_at_key("jitter", fault);
            require_room(table, window, task.span + 2.0 * task.jitter, a_pattern);
            const PartLimits limits = read_limits(table);
            DataSource source;
            source.classes = task.classes;
            source.inputs = task.channels;
            source.inputs_reason = fmt::format(" with channels = {}", task.channels);
            source.load = [window, task, limits](const LoadContext& context) {
              LatencyEncoding encoding = window;
              encoding.first = context.first;
              return limits.applied(load_polychrony(encoding, task));
            };
            return source;
          }};
}

}  // namespace retrograde

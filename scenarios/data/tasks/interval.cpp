#include <fmt/format.h>
#include <limits>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/tasks/interval.hpp>

namespace retrograde {

namespace {

constexpr std::uint32_t most_classes = 100;

Time spacing(const IntervalTask& task) {
  return (task.longest - task.shortest) / (task.classes - 1);
}

Time interval_of(const IntervalTask& task, int label) {
  return task.shortest + label * spacing(task);
}

// The largest jitter with which no interval of a class is one of its neighbour's.
std::string fault_of(const IntervalTask& task) {
  if (task.jitter >= 0.0 && 2.0 * task.jitter < spacing(task) && task.jitter < task.shortest)
    return {};
  return fmt::format(
      "{:g} ms around intervals that are {:g} ms apart, the shortest {:g} ms: neighbours meet; "
      "choose less jitter, or intervals further apart",
      task.jitter, spacing(task), task.shortest);
}

const char* const two_spikes = "two spikes with the longest interval and its jitter";

}  // namespace

Dataset load_interval(const LatencyEncoding& encoding, const IntervalTask& task,
                      const TaskParts& parts) {
  check(encoding);
  if (task.classes < 2 || task.classes > most_classes)
    throw ScenarioError("encoding", 0, 0, "classes", "2 to 100 are needed");
  if (!(0.0 < task.shortest && task.shortest < task.longest))
    throw ScenarioError("encoding", 0, 0, "longest", "it must be above shortest, and that above 0");
  if (const std::string fault = fault_of(task); !fault.empty())
    throw ScenarioError("encoding", 0, 0, "jitter", fault);
  const Time reach = task.longest + task.jitter;
  require_room(encoding, reach, two_spikes);

  DatasetInfo info{"interval", 1, {}};
  for (std::uint32_t k = 0; k < task.classes; ++k)
    info.class_names.push_back(fmt::format("{:g} ms", interval_of(task, static_cast<int>(k))));
  return generated_task(
      std::move(info), encoding, parts, [encoding, task, reach](Random& random, int label) {
        const Time middle =
            random.uniform(encoding.t_early + 0.5 * reach, encoding.t_late - 0.5 * reach);
        const Time half =
            0.5 * (interval_of(task, label) + random.uniform(-task.jitter, task.jitter));
        return std::vector<Spike>{{middle - half, encoding.first}, {middle + half, encoding.first}};
      });
}

DataKind interval_kind() {
  return {"interval",
          true,
          {"classes", "shortest", "longest", "t_early", "t_late", "jitter", "train", "test"},
          [](TomlTable& table, Time duration) {
            const LatencyEncoding window = read_latency(table, duration);
            IntervalTask task;
            task.classes = table.integer("classes", task.classes, 2, most_classes);
            task.shortest =
                table.require("shortest", "shortest = \"20 ms\"").time(Range::positive());
            task.longest =
                table.require("longest", "longest = \"50 ms\"")
                    .time({task.shortest, std::numeric_limits<double>::infinity(), true, false});
            task.jitter = table.time("jitter", 0.0, Range::not_negative());
            if (const std::string fault = fault_of(task); !fault.empty())
              table.fail_at_key("jitter", fault);
            require_room(table, window, task.longest + task.jitter, two_spikes);
            const PartLimits limits = read_limits(table);
            DataSource source;
            source.classes = task.classes;
            source.inputs = 1;
            source.load = [window, task, limits](const LoadContext& context) {
              LatencyEncoding encoding = window;
              encoding.first = context.first;
              return limits.applied(load_interval(encoding, task));
            };
            return source;
          }};
}

}  // namespace retrograde

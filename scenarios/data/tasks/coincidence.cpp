#include <cmath>
#include <fmt/format.h>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/tasks/coincidence.hpp>

namespace retrograde {

namespace {

constexpr std::uint32_t inputs = 3, most_spikes = 1000;

// More than half a window later is as well so much earlier.
std::string fault_of(const LatencyEncoding& window, const CoincidenceTask& task) {
  const Time half = 0.5 * (window.t_late - window.t_early);
  if (task.lag >= 0.0 && task.jitter >= 0.0 && task.lag + task.jitter < half) return {};
  return fmt::format(
      "{:g} ms later, give or take {:g} ms, goes round a window from {:g} to {:g} ms: lag and "
      "jitter together have to be less than half of it",
      task.lag, task.jitter, window.t_early, window.t_late);
}

// A time from [early, late) moved, going round.
Time moved(const LatencyEncoding& window, Time time, Time by) {
  const Time length = window.t_late - window.t_early;
  const Time at = time - window.t_early + by;
  return window.t_early + at - length * std::floor(at / length);
}

}  // namespace

Dataset load_coincidence(const LatencyEncoding& encoding, const CoincidenceTask& task,
                         const TaskParts& parts) {
  check(encoding);
  if (task.spikes < 1 || task.spikes > most_spikes)
    throw ScenarioError("encoding", 0, 0, "spikes", "1 to 1000 are needed");
  if (const std::string fault = fault_of(encoding, task); !fault.empty())
    throw ScenarioError("encoding", 0, 0, "lag", fault);
  DatasetInfo info{"coincidence", inputs, {"1 repeats 0", "2 repeats 1", "0 repeats 2"}};
  return generated_task(
      std::move(info), encoding, parts, [encoding, task](Random& random, int label) {
        const auto neuron = [&](int k) {
          return encoding.first + static_cast<NeuronId>((label + k) % static_cast<int>(inputs));
        };
        std::vector<Spike> spikes;
        for (std::uint32_t s = 0; s < task.spikes; ++s) {
          const Time time = random.uniform(encoding.t_early, encoding.t_late);
          const Time by = task.lag + random.uniform(-task.jitter, task.jitter);
          spikes.push_back({time, neuron(0)});
          spikes.push_back({moved(encoding, time, by), neuron(1)});
          spikes.push_back({random.uniform(encoding.t_early, encoding.t_late), neuron(2)});
        }
        return spikes;
      });
}

DataKind coincidence_kind() {
  return {"coincidence",
          true,
          {"spikes", "lag", "t_early", "t_late", "jitter", "train", "test"},
          [](TomlTable& table, Time duration) {
            const LatencyEncoding window = read_latency(table, duration);
            CoincidenceTask task;
            task.spikes = table.integer("spikes", task.spikes, 1, most_spikes);
            task.lag = table.require("lag", "lag = \"20 ms\"").time();
            task.jitter = table.time("jitter", 0.0, Range::not_negative());
            if (const std::string fault = fault_of(window, task); !fault.empty())
              table.fail_at_key("lag", fault);
            const PartLimits limits = read_limits(table);
            DataSource source;
            source.classes = inputs;
            source.inputs = inputs;
            source.load = [window, task, limits](const LoadContext& context) {
              LatencyEncoding encoding = window;
              encoding.first = context.first;
              return limits.applied(load_coincidence(encoding, task));
            };
            return source;
          }};
}

}  // namespace retrograde

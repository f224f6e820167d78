#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include <retrograde/scenarios/data/stimuli/listed.hpp>
#include <retrograde/scenarios/read/stimuli/stimulus_table.hpp>

namespace retrograde {

std::shared_ptr<const Stimulus> read_listed(const TomlValue& value, const InputPlace& place) {
  const auto neurons = value.list();
  if (neurons.size() != place.size)
    value.fail(
        fmt::format("{} for {} neurons; write one list of times per neuron, [] for a silent one",
                    value.found(), place.size));
  const Range range{0.0, place.duration, false, true};
  ListedSpec spec{{{}}};
  for (std::uint32_t n = 0; n < place.size; ++n) {
    if (!neurons[n].is_list())
      neurons[n].fail(fmt::format(
          "{} is no list; write one list of times per neuron: [[\"1 ms\", \"6 ms\"], []]",
          neurons[n].found()));
    std::vector<std::pair<Time, const TomlValue*>> times;
    const auto list = neurons[n].list();
    times.reserve(list.size());
    for (const TomlValue& time : list) times.emplace_back(time.time(range), &time);
    std::stable_sort(times.begin(), times.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t k = 0; k < times.size(); ++k) {
      if (k > 0 && times[k].first == times[k - 1].first)
        times[k].second->fail(fmt::format(
            "{} is given twice for neuron {}; a neuron fires once at a time, remove one",
            times[k].second->found(), n));
      spec.trials[0].push_back({times[k].first, n});
    }
  }
  return make_stimulus(std::move(spec));
}

}  // namespace retrograde

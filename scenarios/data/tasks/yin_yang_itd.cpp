#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/tasks/yin_yang.hpp>
#include <retrograde/scenarios/data/tasks/yin_yang_itd.hpp>

namespace retrograde {

namespace {

const char* const two_ears = "two spikes with the largest difference";

std::shared_ptr<const LabelledTrials> part(std::size_t size, std::uint32_t seed, Part which,
                                           const LatencyEncoding& encoding, Time largest) {
  const auto points = std::make_shared<const std::vector<YinYangPoint>>(yin_yang(size, seed));
  const std::string purpose = "yin_yang_itd/" + std::string(name(which));
  const auto trial = [=](std::size_t index) {
    const YinYangPoint& point = (*points)[index];
    const Time onset =
        Random(0, purpose, index)
            .uniform(encoding.t_early + 0.5 * largest, encoding.t_late - 0.5 * largest);
    const Time x = (point.x - 0.5) * largest, y = (point.y - 0.5) * largest;
    return in_window(encoding, {{onset - x, encoding.first},
                                {onset + x, encoding.first + 1},
                                {onset - y, encoding.first + 2},
                                {onset + y, encoding.first + 3}});
  };
  const auto label = [=](std::size_t index) { return static_cast<int>((*points)[index].label); };
  return std::make_shared<MadeTrials>(size, trial, label);
}

}  // namespace

Dataset load_yin_yang_itd(const LatencyEncoding& encoding, Time largest_difference) {
  check(encoding);
  if (!(largest_difference > 0.0))
    throw ScenarioError("encoding", 0, 0, "largest_difference", "it must be above 0");
  require_room(encoding, largest_difference, two_ears);
  const YinYangParts sizes;
  const auto made = [&](std::size_t size, std::uint32_t seed, Part which) {
    return part(size, seed, which, encoding, largest_difference);
  };
  return Dataset({"yin_yang_itd", 4, {"yin", "yang", "dot"}, encoding.duration},
                 made(sizes.train, sizes.train_seed, Part::train),
                 made(sizes.validation, sizes.validation_seed, Part::validation),
                 made(sizes.test, sizes.test_seed, Part::test));
}

DataKind yin_yang_itd_kind() {
  return {"yin_yang_itd",
          true,
          {"largest_difference", "t_early", "t_late", "train", "test"},
          [](TomlTable& table, Time duration) {
            const LatencyEncoding window = read_latency(table, duration);
            const Time largest =
                table.require("largest_difference", "largest_difference = \"20 ms\"")
                    .time(Range::positive());
            require_room(table, window, largest, two_ears);
            const PartLimits limits = read_limits(table);
            DataSource source;
            source.classes = 3;
            source.inputs = 4;
            source.load = [window, largest, limits](const LoadContext& context) {
              LatencyEncoding encoding = window;
              encoding.first = context.first;
              return limits.applied(load_yin_yang_itd(encoding, largest));
            };
            return source;
          }};
}

}  // namespace retrograde

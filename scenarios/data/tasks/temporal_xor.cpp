#include <fmt/format.h>
#include <string>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/data/tasks/temporal_xor.hpp>

namespace retrograde {

namespace {

constexpr std::uint64_t data_seed = 0;  // of the set, whatever the seed of the scenario

class BitPairs final : public LabelledTrials {
 public:
  BitPairs(const LatencyEncoding& encoding, Time jitter, std::size_t size, std::string_view part)
      : encoding_(encoding), jitter_(jitter), size_(size), purpose_("temporal_xor/") {
    purpose_ += part;
  }
  std::size_t size() const override { return size_; }
  int label(std::size_t index) const override { return first(index) == second(index) ? 0 : 1; }
  Trial trial(std::size_t index) const override {
    Random random(data_seed, purpose_, index);
    const Time early = encoding_.t_early + random.uniform(-jitter_, jitter_);
    const Time late = encoding_.t_late + random.uniform(-jitter_, jitter_);
    return {encoding_.duration,
            {{early, encoding_.first + first(index)}, {late, encoding_.first + second(index)}}};
  }

 private:
  static NeuronId first(std::size_t index) { return index / 2 % 2; }
  static NeuronId second(std::size_t index) { return index % 2; }

  LatencyEncoding encoding_;
  Time jitter_;
  std::size_t size_;
  std::string purpose_;
};

// What is wrong with a jitter; empty: nothing. It moves no spike out of the trial, and no second bit
// before a first one.
std::string fault_of(const LatencyEncoding& encoding, Time jitter) {
  // Written so that NaN fails, too.
  if (jitter >= 0 && encoding.t_early - jitter >= 0 &&
      encoding.t_late + jitter < encoding.duration &&
      (jitter == 0 ? encoding.t_early < encoding.t_late
                   : encoding.t_early + jitter <= encoding.t_late - jitter))
    return {};
  return fmt::format(
      "{} ms around t_early = {} ms and t_late = {} ms leave the trial of {} ms or meet: choose "
      "less jitter, or times further apart",
      jitter, encoding.t_early, encoding.t_late, encoding.duration);
}

}  // namespace

Dataset load_temporal_xor(const LatencyEncoding& encoding, Time jitter,
                          const TemporalXorParts& parts) {
  check(encoding);
  if (const std::string fault = fault_of(encoding, jitter); !fault.empty())
    throw ScenarioError("encoding", 0, 0, "jitter", fault);
  const auto part = [&](std::size_t size, Part which) {
    return std::make_shared<BitPairs>(encoding, jitter, size, name(which));
  };
  return Dataset({"temporal_xor", 2, {"equal", "different"}, encoding.duration},
                 part(parts.train, Part::train), part(parts.validation, Part::validation),
                 part(parts.test, Part::test));
}

DataKind temporal_xor_kind() {
  return {"temporal_xor",
          true,
          {"t_early", "t_late", "jitter", "train", "test"},
          [](TomlTable& table, Time duration) {
            LatencyEncoding encoding = read_latency(table, duration);
            const Time jitter = table.time("jitter", 0.0, Range::not_negative());
            if (const std::string fault = fault_of(encoding, jitter); !fault.empty())
              table.fail_at_key(jitter > 0.0 ? "jitter" : "t_late", fault);
            const PartLimits limits = read_limits(table);
            DataSource source;
            source.classes = 2;
            source.inputs = 2;
            source.load = [encoding, jitter, limits](const LoadContext& context) mutable {
              encoding.first = context.first;
              return limits.applied(load_temporal_xor(encoding, jitter));
            };
            return source;
          }};
}

}  // namespace retrograde

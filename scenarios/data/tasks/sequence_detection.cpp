#include <algorithm>

#include <retrograde/scenarios/data/tasks/sequence_detection.hpp>

namespace retrograde {

namespace {

class Sequences final : public LabelledTrials {
 public:
  explicit Sequences(const LatencyEncoding& encoding) : encoding_(encoding) {}
  std::size_t size() const override { return 2; }
  int label(std::size_t index) const override { return static_cast<int>(index); }
  Trial trial(std::size_t index) const override {
    const auto early = static_cast<NeuronId>(index), late = 1 - early;
    Trial trial{
        encoding_.duration,
        {{encoding_.t_early, encoding_.first + early}, {encoding_.t_late, encoding_.first + late}}};
    std::sort(trial.inputs.begin(), trial.inputs.end());
    return trial;
  }

 private:
  LatencyEncoding encoding_;
};

}  // namespace

Dataset load_sequence_detection(const LatencyEncoding& encoding) {
  check(encoding);
  const auto both = std::make_shared<Sequences>(encoding);
  return Dataset({"sequence_detection", 2, {"0 before 1", "1 before 0"}, encoding.duration}, both,
                 no_samples(), both);
}

DataKind sequence_detection_kind() {
  return {"sequence_detection", true, {"t_early", "t_late"}, [](TomlTable& table, Time duration) {
            LatencyEncoding encoding = read_latency(table, duration);
            if (encoding.t_early == encoding.t_late)
              table.fail_at_key(
                  "t_late", "it is t_early, and both classes are one trial; write a later time");
            DataSource source;
            source.classes = 2;
            source.inputs = 2;
            source.load = [encoding](const LoadContext& context) mutable {
              encoding.first = context.first;
              return load_sequence_detection(encoding);
            };
            return source;
          }};
}

}  // namespace retrograde

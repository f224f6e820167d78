#include <cmath>
#include <random>

#include <retrograde/scenarios/data/tasks/yin_yang.hpp>

namespace retrograde {

namespace {

constexpr double radius = 0.5;      // of the whole figure
constexpr double dot_radius = 0.1;  // of the two dots

// NumPy's RandomState. The engine and its seeding are the ones the C++ standard fixes for mt19937.
class RandomState {
 public:
  explicit RandomState(std::uint32_t seed) : words_(seed) {}

  double uniform() {
    const std::uint32_t high = next() >> 5, low = next() >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
  }
  std::uint8_t below_three() {
    for (;;) {
      const std::uint32_t value = next() & 3u;
      if (value < 3) return static_cast<std::uint8_t>(value);
    }
  }

 private:
  std::uint32_t next() { return static_cast<std::uint32_t>(words_()); }
  std::mt19937 words_;
};

double distance(double x, double y, double center_x, double center_y) {
  const double dx = x - center_x, dy = y - center_y;
  return std::sqrt(dx * dx + dy * dy);
}

std::shared_ptr<const LabelledTrials> part(std::size_t size, std::uint32_t seed,
                                           const LatencyEncoding& encoding) {
  std::vector<double> features;
  std::vector<std::uint8_t> labels;
  features.reserve(4 * size);
  labels.reserve(size);
  for (const YinYangPoint& p : yin_yang(size, seed)) {
    features.insert(features.end(), {p.x, p.y, 1.0 - p.x, 1.0 - p.y});
    labels.push_back(p.label);
  }
  return feature_samples(std::move(features), 4, std::move(labels), encoding, "yin_yang");
}

}  // namespace

std::uint8_t yin_yang_class(double x, double y) {
  const double right = distance(x, y, 1.5 * radius, radius);
  const double left = distance(x, y, 0.5 * radius, radius);
  if (right < dot_radius || left < dot_radius) return 2;
  // The rim of the right dot, the head around the left dot, and the upper half without the head
  // around the right dot.
  const bool rim = right <= dot_radius;
  const bool head = left > dot_radius && left <= 0.5 * radius;
  const bool upper = y > radius && right > 0.5 * radius;
  return rim || head || upper ? 1 : 0;
}

std::vector<YinYangPoint> yin_yang(std::size_t size, std::uint32_t seed) {
  RandomState random(seed);
  std::vector<YinYangPoint> points;
  points.reserve(size);
  while (points.size() < size) {
    const std::uint8_t wanted = random.below_three();
    for (;;) {
      const double x = random.uniform() * 2.0 * radius;
      const double y = random.uniform() * 2.0 * radius;
      if (distance(x, y, radius, radius) > radius || yin_yang_class(x, y) != wanted) continue;
      points.push_back({x, y, wanted});
      break;
    }
  }
  return points;
}

Dataset load_yin_yang(const LatencyEncoding& encoding, const YinYangParts& parts) {
  check(encoding);
  DatasetInfo info;
  info.name = "yin_yang";
  info.inputs = input_count(4, encoding);
  info.class_names = {"yin", "yang", "dot"};
  info.duration = encoding.duration;
  return Dataset(std::move(info), part(parts.train, parts.train_seed, encoding),
                 part(parts.validation, parts.validation_seed, encoding),
                 part(parts.test, parts.test_seed, encoding));
}

DataKind yin_yang_kind() {
  return {"yin_yang",
          true,
          {"t_early", "t_late", "bias_spike", "train", "test"},
          [](TomlTable& table, Time duration) {
            LatencyEncoding encoding = read_latency(table, duration);
            if (const auto bias = table.find("bias_spike"))
              encoding.bias_time = bias->time({0.0, duration, false, true});
            const PartLimits limits = read_limits(table);
            DataSource source;
            source.classes = 3;
            source.inputs = input_count(4, encoding);
            source.inputs_reason =
                encoding.bias_time ? " with a bias_spike" : " without a bias_spike";
            source.load = [encoding, limits](const LoadContext& context) mutable {
              encoding.first = context.first;
              return limits.applied(load_yin_yang(encoding));
            };
            return source;
          }};
}

}  // namespace retrograde

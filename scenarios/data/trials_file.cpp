#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/flat_trials.hpp>
#include <retrograde/scenarios/data/trials_file.hpp>
#include <retrograde/scenarios/io/arrays/zip.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/npy.hpp>

namespace retrograde {

namespace {

constexpr const char* schema = "retrograde.trials/1";
constexpr const char* description = "description.json";
constexpr std::array parts = {Part::train, Part::validation, Part::test};

// ---- writing ----

template <typename T>
std::string npy_of(const std::vector<T>& values) {
  return npy_bytes({{values.size()}, {values.begin(), values.end()}, std::is_integral_v<T>});
}

void add_part(ZipWriter& archive, const std::string& name, const LabelledTrials& trials) {
  const FlatTrials all = flat(trials);
  const auto add = [&](const char* what, const auto& values) {
    archive.add(fmt::format("{}.{}.npy", name, what), npy_of(values));
  };
  add("times", all.times);
  add("neurons", all.neurons);
  add("offsets", all.offsets);
  add("durations", all.durations);
  add("labels", all.labels);
  if (!all.payloads.empty()) add("payloads", all.payloads);
}

// ---- reading ----

class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path), archive_(read_file(path), path) {}

  nlohmann::json described() const {
    if (!has(description)) fail("there is no {}: it is no file of trials", description);
    const std::vector<std::uint8_t> bytes = archive_.read(description);
    nlohmann::json document = nlohmann::json::parse(bytes, nullptr, false);
    if (!document.is_object() || document.value("schema", "") != schema)
      fail("{} does not say {}: it is no file of trials, or that of another version", description,
           schema);
    return document;
  }
  // `classes`: how many there are names for.
  std::shared_ptr<const LabelledTrials> part(const std::string& name, std::size_t classes) const {
    const auto of = [&](const char* what) { return array(fmt::format("{}.{}.npy", name, what)); };
    const std::vector<double> times = of("times"), neurons = of("neurons"), offsets = of("offsets"),
                              durations = of("durations"), labels = of("labels");
    std::vector<double> payloads;
    if (has(name + ".payloads.npy")) payloads = of("payloads");
    const std::size_t count = durations.size();
    if (neurons.size() != times.size() || offsets.size() != count + 1 || labels.size() != count ||
        (!payloads.empty() && payloads.size() != times.size()))
      fail(
          "{}: {} times, {} neurons, {} payloads, {} offsets, {} durations and {} labels do not go "
          "together",
          name, times.size(), neurons.size(), payloads.size(), offsets.size(), count,
          labels.size());
    if (offsets.front() != 0.0 || offsets.back() != static_cast<double>(times.size()) ||
        !std::ranges::is_sorted(offsets))
      fail("{}.offsets rise from 0 to the number of spikes, {}", name, times.size());
    std::vector<Trial> trials(count);
    std::vector<int> label(count);
    for (std::size_t k = 0; k < count; ++k) {
      trials[k].duration = durations[k];
      label[k] = whole<int>(labels[k], name + ".labels", -1);
      if (label[k] >= static_cast<int>(classes))
        fail("{}.labels: {} is no label of {} classes, which count from 0", name, label[k],
             classes);
      const auto begin = static_cast<std::size_t>(offsets[k]),
                 end = static_cast<std::size_t>(offsets[k + 1]);
      for (std::size_t i = begin; i < end; ++i)
        trials[k].inputs.push_back({times[i], whole<NeuronId>(neurons[i], name + ".neurons", 0)});
      if (!payloads.empty())
        trials[k].payloads.assign(payloads.begin() + static_cast<std::ptrdiff_t>(begin),
                                  payloads.begin() + static_cast<std::ptrdiff_t>(end));
      sort_inputs(trials[k]);
    }
    return std::make_shared<const TrialList>(std::move(trials), std::move(label));
  }

 private:
  template <typename... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
    throw FormatError(path_, std::string(), fmt::format(format, std::forward<Args>(args)...));
  }
  bool has(const std::string& name) const {
    return std::ranges::find(archive_.names(), name) != archive_.names().end();
  }
  std::vector<double> array(const std::string& name) const {
    if (!has(name)) fail("there is no {}", name);
    NumericArray found = parse_npy(archive_.read(name), path_ + ": " + name, true);
    if (found.shape.size() != 1) fail("{} is no list", name);
    return std::move(found.values);
  }
  template <typename T>
  T whole(double value, const std::string& name, double least) const {
    if (value != std::floor(value) || value < least ||
        value > static_cast<double>(std::numeric_limits<T>::max()))
      fail("{}: {} is no whole number from {} on", name, value, least);
    return static_cast<T>(value);
  }

  std::string path_;
  ZipReader archive_;
};

}  // namespace

std::string trials_file(const Dataset& dataset) {
  const DatasetInfo& info = dataset.info();
  ZipWriter archive;
  for (const Part part : parts) add_part(archive, std::string(name(part)), dataset.part(part));
  const nlohmann::ordered_json described = {{"schema", schema},
                                            {"name", info.name},
                                            {"classes", info.class_names},
                                            {"duration_ms", info.duration},
                                            {"notes", info.notes}};
  archive.add(description, described.dump(2) + "\n");
  return archive.bytes();
}

Dataset read_trials_file(const std::string& path) {
  const Reader reader(path);
  const nlohmann::json described = reader.described();
  DatasetInfo info;
  try {
    info.name = described.at("name").get<std::string>();
    info.class_names = described.at("classes").get<std::vector<std::string>>();
    info.duration = described.at("duration_ms").get<double>();
    info.notes = described.at("notes").get<std::vector<std::string>>();
  } catch (const nlohmann::json::exception& error) {
    throw FormatError(path, std::string(description), error.what());
  }
  const auto part = [&](Part which) {
    return reader.part(std::string(name(which)), info.class_names.size());
  };
  return {info, part(Part::train), part(Part::validation), part(Part::test)};
}

}  // namespace retrograde

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include <retrograde/events/error.hpp>
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

NumericArray array_of(std::vector<double> values, bool whole) {
  return {{values.size()}, std::move(values), whole};
}

void add_part(ZipWriter& archive, const std::string& name, const LabelledTrials& trials) {
  std::vector<double> times, neurons, offsets{0.0}, durations, labels, payloads;
  bool graded = false;
  for (std::size_t k = 0; k < trials.size(); ++k) {
    const Trial trial = trials.trial(k);
    for (const Spike& spike : trial.inputs) {
      times.push_back(spike.time);
      neurons.push_back(spike.neuron);
    }
    graded |= trial.graded();
    payloads.insert(payloads.end(), trial.payloads.begin(), trial.payloads.end());
    payloads.resize(times.size(), 1.0);
    offsets.push_back(static_cast<double>(times.size()));
    durations.push_back(trial.duration);
    labels.push_back(trials.label(k));
  }
  const auto add = [&](const char* what, std::vector<double> values, bool whole) {
    archive.add(fmt::format("{}.{}.npy", name, what),
                npy_bytes(array_of(std::move(values), whole)));
  };
  add("times", std::move(times), false);
  add("neurons", std::move(neurons), true);
  add("offsets", std::move(offsets), true);
  add("durations", std::move(durations), false);
  add("labels", std::move(labels), true);
  if (graded) add("payloads", std::move(payloads), false);
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
  std::shared_ptr<const LabelledTrials> part(const std::string& name) const {
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
  const auto part = [&](Part which) { return reader.part(std::string(name(which))); };
  return {std::move(info), part(Part::train), part(Part::validation), part(Part::test)};
}

}  // namespace retrograde

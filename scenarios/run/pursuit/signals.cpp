#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <functional>
#include <numeric>
#include <set>
#include <span>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/events/fingerprint.hpp>
#include <retrograde/scenarios/data/mnist.hpp>
#include <retrograde/scenarios/io/npy.hpp>
#include <retrograde/scenarios/read/pursuit/pursuit_spec.hpp>
#include <retrograde/scenarios/run/pursuit/signals.hpp>

namespace retrograde {

namespace {

// Mean and standard deviation of all pixels of MNIST's 60,000 training images, on the scale of 0 to
// 1. Numbers and not a computation, so that limits of parts do not change a signal.
constexpr double mnist_mean = 0.1307, mnist_deviation = 0.3081;

void standardise(Vector& image, Standardise how) {
  if (how == Standardise::global) image = (image.array() - mnist_mean) / mnist_deviation;
  if (how != Standardise::image) return;
  image.array() -= image.mean();
  if (const double norm = image.norm(); norm > 0.0) image /= norm;
}

Signals images_of(const LabelledImages& all, std::size_t begin, std::size_t end, Standardise how) {
  const auto pixels = static_cast<Eigen::Index>(all.images.image_size());
  Signals part;
  part.signals.resize(pixels, static_cast<Eigen::Index>(end - begin));
  for (std::size_t k = begin; k < end; ++k) {
    const auto image = all.images.image(k);
    Vector values(pixels);
    for (Eigen::Index p = 0; p < pixels; ++p)
      values(p) = image[static_cast<std::size_t>(p)] / 255.0;
    standardise(values, how);
    part.signals.col(static_cast<Eigen::Index>(k - begin)) = values;
    part.labels.push_back(all.labels[k]);
  }
  return part;
}

SignalSet load(const MnistSignals& spec, const Scenario& scenario, const std::string& data_path) {
  const std::string& folder = data_path.empty() ? spec.path : data_path;
  if (folder.empty())
    throw UsageError(
        "this scenario is of MNIST: name the folder with its four IDX files by --data FOLDER");
  const auto train = read_labelled_images(folder, "train"),
             test = read_labelled_images(folder, "t10k");
  if (train->images.rows != test->images.rows || train->images.columns != test->images.columns)
    throw FormatError(folder, "",
                      fmt::format("test images of {} x {} pixels, but training images of {} x {}: "
                                  "the two do not belong together",
                                  test->images.rows, test->images.columns, train->images.rows,
                                  train->images.columns));
  const std::size_t count = train->images.count;
  if (spec.validation >= count)
    throw ScenarioError(
        scenario.file, 0, 0, "data.validation",
        fmt::format("{} of {} training images leave none to train with", spec.validation, count));
  const std::size_t learned = count - spec.validation;
  SignalSet set;
  set.name = "mnist";
  set.classes = 10;
  set.rows = train->images.rows;
  set.columns = train->images.columns;
  set.train = images_of(*train, 0, std::min<std::size_t>(learned, spec.train.value_or(count)),
                        spec.standardise);
  set.validation = images_of(*train, learned, count, spec.standardise);
  set.test = images_of(
      *test, 0, std::min<std::size_t>(test->images.count, spec.test.value_or(test->images.count)),
      spec.standardise);
  return set;
}

std::vector<std::uint32_t> read_label_array(const std::string& path, std::size_t count,
                                            std::uint32_t* classes) {
  const NumericArray array = read_npy(path);
  if (array.shape.size() != 1 || array.shape[0] != count)
    throw FormatError(path, "", fmt::format("one label for each of {} signals is needed", count));
  std::vector<std::uint32_t> labels;
  labels.reserve(count);
  for (const double label : array.values) {
    if (!(label >= 0.0 && label < 1e6 && label == std::floor(label)))
      throw FormatError(path, "",
                        fmt::format("{:g} is no label; labels are whole numbers from 0", label));
    labels.push_back(static_cast<std::uint32_t>(label));
    *classes = std::max(*classes, labels.back() + 1);
  }
  const std::set<std::uint32_t> there(labels.begin(), labels.end());
  if (there.size() != *classes)
    throw FormatError(path, "",
                      fmt::format("the largest label is {}, and only {} labels occur; number the "
                                  "classes from 0 without gaps",
                                  *classes - 1, there.size()));
  return labels;
}

SignalSet load(const ArraySignals& spec, const Scenario& scenario, const std::string&) {
  const std::string path = file_beside(scenario.file, spec.signals);
  const NumericArray array = read_npy(path);
  const std::vector<std::size_t>& axes = array.shape;
  if (axes.size() < 2 || axes.size() > 4)
    throw FormatError(
        path, "",
        fmt::format("it has {} axes; a row per signal is needed, (signals, values), or "
                    "images, (signals, rows, columns) or (signals, channels, rows, "
                    "columns)",
                    axes.size()));
  const std::size_t count = axes[0];
  const std::size_t size =
      std::accumulate(axes.begin() + 1, axes.end(), std::size_t{1}, std::multiplies<>());
  if (std::uint64_t{spec.validation} + spec.test > count)
    throw ScenarioError(scenario.file, 0, 0, "data.test",
                        fmt::format("{} validation and {} test signals are more than the {} of {}",
                                    spec.validation, spec.test, count, spec.signals));
  SignalSet set;
  set.name = std::filesystem::path(spec.signals).filename().string();
  if (axes.size() > 2) {
    set.rows = static_cast<Eigen::Index>(axes[axes.size() - 2]);
    set.columns = static_cast<Eigen::Index>(axes.back());
    if (axes.size() == 4) set.channels = static_cast<Eigen::Index>(axes[1]);
  }
  std::vector<std::uint32_t> labels;
  if (!spec.labels.empty())
    labels = read_label_array(file_beside(scenario.file, spec.labels), count, &set.classes);
  const auto part = [&](std::size_t begin, std::size_t end) {
    Signals s;
    s.signals.resize(static_cast<Eigen::Index>(size), static_cast<Eigen::Index>(end - begin));
    for (std::size_t k = begin; k < end; ++k)
      for (std::size_t i = 0; i < size; ++i)
        s.signals(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k - begin)) =
            array.values[k * size + i];
    if (!labels.empty())
      s.labels.assign(labels.begin() + static_cast<std::ptrdiff_t>(begin),
                      labels.begin() + static_cast<std::ptrdiff_t>(end));
    return s;
  };
  const std::size_t test = count - spec.test, validation = test - spec.validation;
  set.train = part(0, validation);
  set.validation = part(validation, test);
  set.test = part(test, count);
  return set;
}

SignalSet load(const GroupCodesData&, const Scenario&, const std::string&) {
  SignalSet set;
  set.name = "group_codes";
  return set;
}

}  // namespace

const Signals& SignalSet::part(Part which) const {
  return which == Part::train ? train : which == Part::validation ? validation : test;
}

Part SignalSet::judged() const {
  return test.size() > 0 ? Part::test : validation.size() > 0 ? Part::validation : Part::train;
}

SignalSet load_signals(const Scenario& scenario, const std::string& data_path) {
  return std::visit([&](const auto& spec) { return load(spec, scenario, data_path); },
                    scenario.pursuit->data);
}

std::uint64_t identity_of(const SignalSet& signals) {
  Fingerprint print;
  for (const Eigen::Index side : {signals.channels, signals.rows, signals.columns})
    print.add(static_cast<std::uint64_t>(side));
  for (const Part which : {Part::train, Part::validation, Part::test}) {
    const Signals& part = signals.part(which);
    print.add(static_cast<std::uint64_t>(part.signals.rows()));
    print.add(static_cast<std::uint64_t>(part.signals.cols()));
    print.add(std::span(part.signals.data(), static_cast<std::size_t>(part.signals.size())));
    for (const std::uint32_t label : part.labels) print.add(std::uint64_t{label});
  }
  return print.value();
}

}  // namespace retrograde

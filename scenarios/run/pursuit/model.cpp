#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <mutex>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include <retrograde/adjoint/pursuit/training.hpp>
#include <retrograde/engine/pursuit/convolution.hpp>
#include <retrograde/engine/pursuit/group_codes.hpp>
#include <retrograde/engine/pursuit/packing.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/io/npy.hpp>
#include <retrograde/scenarios/run/pursuit/model.hpp>

namespace retrograde {

namespace {

// Numbers of the draws of a classifier's seed.
constexpr std::uint64_t draw_of_codes = 0, draw_of_norms = 1;

// Training keeps the products of all atoms with all, and D as a dense matrix: of each at most 2 GiB.
constexpr Eigen::Index most_trained_atoms = 16'384, most_trained_values = Eigen::Index{1} << 28;

// Runs of a study share their dictionary, and a packing takes seconds.
Matrix shared_packing(const PackingSpec& spec) {
  using Key = std::tuple<Eigen::Index, Eigen::Index, Eigen::Index, std::uint32_t, std::uint64_t>;
  static std::mutex mutex;
  static std::map<Key, Matrix> made;
  const std::lock_guard lock(mutex);
  const Key key{spec.dimension, spec.subspaces, spec.each, spec.iterations, spec.seed};
  const auto found = made.find(key);
  return found != made.end() ? found->second : made.emplace(key, packing(spec)).first->second;
}

Matrix normal_atoms(Eigen::Index dimension, Eigen::Index atoms, std::uint64_t seed) {
  Random random(seed, "dictionary");
  Matrix drawn(dimension, atoms);
  for (Eigen::Index k = 0; k < atoms; ++k)
    for (Eigen::Index i = 0; i < dimension; ++i) drawn(i, k) = random.normal();
  return normalised(std::move(drawn));
}

Matrix file_atoms(const std::string& path) {
  const NumericArray array = read_npy(path);
  if (array.shape.size() != 2)
    throw FormatError(path, "", "a row per atom is needed, an array of two axes");
  const auto atoms = static_cast<Eigen::Index>(array.shape[0]),
             dimension = static_cast<Eigen::Index>(array.shape[1]);
  Matrix read(dimension, atoms);
  for (Eigen::Index k = 0; k < atoms; ++k)
    for (Eigen::Index i = 0; i < dimension; ++i)
      read(i, k) = array.values[static_cast<std::size_t>(k * dimension + i)];
  return read;
}

// Beside the scenario, or else in the folder of --data: a shipped scenario does not bring what is not
// Retrograde's.
std::string dictionary_file(const Scenario& scenario, const std::string& data_path) {
  const std::string& path = scenario.pursuit->dictionary.path;
  const std::string beside = file_beside(scenario.file, path);
  if (data_path.empty() || std::filesystem::exists(beside)) return beside;
  const std::filesystem::path there =
      std::filesystem::path(data_path) / std::filesystem::path(path).filename();
  return std::filesystem::exists(there) ? there.string() : beside;
}

// What kernels begin from: of each training image one patch at a drawn position; flat ones, as of the
// empty border of a digit, are left out.
Matrix patches(const Scenario& scenario, const ConvolutionShape& shape, const SignalSet& signals) {
  const Matrix& images = signals.train.signals;
  Random random(scenario.pursuit->dictionary.seed, "dictionary/patches");
  std::vector<Vector> found;
  found.reserve(static_cast<std::size_t>(images.cols()));
  for (Eigen::Index j = 0; j < images.cols(); ++j) {
    const auto position =
        static_cast<Eigen::Index>(random.index(static_cast<std::uint64_t>(shape.positions())));
    Vector patch = patch_of(shape, images.col(j), position);
    if (patch.minCoeff() < patch.maxCoeff()) found.push_back(std::move(patch));
  }
  Matrix all(shape.kernel_size(), static_cast<Eigen::Index>(found.size()));
  for (std::size_t j = 0; j < found.size(); ++j) all.col(static_cast<Eigen::Index>(j)) = found[j];
  // A kernel is a patch less the mean one.
  const bool alike = found.empty() || (all.colwise() - all.col(0)).isZero(0.0);
  if (images.cols() > 0 && alike)
    throw ScenarioError(
        scenario.file, 0, 0, "dictionary.kind",
        fmt::format("patches of {}'s training images are flat or all alike, and make no kernels; "
                    "choose kind = \"normal\", or a larger kernel",
                    signals.name));
  return all;
}

// How kernels of a scenario lie on its images; none: it is no convolution.
std::optional<ConvolutionShape> convolution_of(const Scenario& scenario, const SignalSet& signals) {
  const DictionarySpec& d = scenario.pursuit->dictionary;
  if (!d.kernel) return {};
  if (signals.rows == 0)
    throw ScenarioError(scenario.file, 0, 0, "dictionary.kernel",
                        fmt::format("the signals of {} are no images; store them as an array of "
                                    "(signals, rows, columns), or remove it",
                                    signals.name));
  ConvolutionShape shape;
  shape.channels = signals.channels;
  shape.height = signals.rows;
  shape.width = signals.columns;
  shape.kernel_height = static_cast<Eigen::Index>(d.kernel->height);
  shape.kernel_width = static_cast<Eigen::Index>(d.kernel->width);
  shape.stride = static_cast<Eigen::Index>(d.kernel->stride);
  shape.kernels = static_cast<Eigen::Index>(d.atoms);
  if (shape.kernel_height > shape.height || shape.kernel_width > shape.width)
    throw ScenarioError(scenario.file, 0, 0, "dictionary.kernel",
                        fmt::format("{} x {} is more than the images of {} have, {} x {}; write a "
                                    "smaller one",
                                    shape.kernel_height, shape.kernel_width, signals.name,
                                    shape.height, shape.width));
  return shape;
}

// Atoms, or kernels of a convolution.
Matrix atoms_of(const Scenario& scenario, const SignalSet& signals,
                const std::optional<ConvolutionShape>& shape, const std::string& data_path) {
  const DictionarySpec& d = scenario.pursuit->dictionary;
  const auto atoms = static_cast<Eigen::Index>(d.atoms);
  const Eigen::Index dimension = shape             ? shape->kernel_size()
                                 : d.dimension > 0 ? static_cast<Eigen::Index>(d.dimension)
                                                   : signals.train.signals.rows();
  switch (d.kind) {
    case DictionaryKind::packing:
      return shared_packing({.dimension = dimension,
                             .subspaces = atoms / d.group_size,
                             .each = static_cast<Eigen::Index>(d.group_size),
                             .iterations = d.iterations,
                             .seed = d.seed});
    case DictionaryKind::normal:
      return normal_atoms(dimension, atoms, d.seed);
    case DictionaryKind::samples:
      return atoms_from(shape ? patches(scenario, *shape, signals) : signals.train.signals, atoms,
                        d.noise, d.seed);
    case DictionaryKind::file:
      break;
  }
  return file_atoms(dictionary_file(scenario, data_path));
}

// Throws for atoms or kernels that do not fit the signals, and for groups that do not divide them.
void check_sizes(const Scenario& scenario, const Matrix& atoms, const SignalSet& signals,
                 const std::optional<ConvolutionShape>& shape) {
  const Eigen::Index size = signals.part(signals.judged()).signals.rows();
  if (shape && atoms.rows() != shape->kernel_size())
    throw ScenarioError(
        scenario.file, 0, 0, "dictionary.kernel",
        fmt::format(
            "kernels of {} x {} for {} have {} values, and those of the "
            "file have {}; give both the same",
            shape->kernel_height, shape->kernel_width,
            shape->channels == 1 ? "one channel" : fmt::format("{} channels", shape->channels),
            shape->kernel_size(), atoms.rows()));
  if (!shape && size > 0 && atoms.rows() != size)
    throw ScenarioError(
        scenario.file, 0, 0, "dictionary",
        fmt::format("its atoms have {} values, but signals of {} have {}; give both the same",
                    atoms.rows(), signals.name, size));
  const std::uint32_t each = scenario.pursuit->dictionary.group_size;
  const Eigen::Index all = shape ? shape->positions() * atoms.cols() : atoms.cols();
  const Eigen::Index values = shape ? shape->signal_size() : atoms.rows();
  const bool trained = scenario.pursuit->learns();
  const Eigen::Index most = trained ? std::min(most_trained_atoms, most_trained_values / values)
                                    : Eigen::Index{most_atoms};
  if (all > most)
    throw ScenarioError(
        scenario.file, 0, 0, "dictionary.atoms",
        fmt::format(
            "{} atoms{} are more than {}, the limit{}; write fewer{}", all,
            shape ? fmt::format(" ({} kernels at {} places)", atoms.cols(), shape->positions())
                  : "",
            most,
            trained
                ? fmt::format(" of a training on signals of {} values, which keeps all products",
                              values)
                : "",
            shape ? ", or a larger stride" : ""));
  if (atoms.cols() % each != 0)
    throw ScenarioError(
        scenario.file, 0, 0, "dictionary.group_size",
        fmt::format("{} atoms cannot be groups of {}; write a number that divides {}", atoms.cols(),
                    each, atoms.cols()));
}

Dictionary dictionary_of(const Scenario& scenario, const SignalSet& signals,
                         const std::string& data_path) {
  std::optional<ConvolutionShape> shape = convolution_of(scenario, signals);
  Matrix atoms = atoms_of(scenario, signals, shape, data_path);
  check_sizes(scenario, atoms, signals, shape);
  if (!shape) return Dictionary(std::move(atoms));
  shape->kernels = atoms.cols();
  return convolution(*shape, atoms);
}

// Drawn, together of length 1; of learned ones zeros, where learning begins.
void make_classifier(const ClassifierSpec& spec, std::uint32_t classes,
                     PursuitClassifier& classifier) {
  classifier.features = spec.features;
  const Eigen::Index count = feature_count(classifier.problem, spec.features);
  if (spec.learned) {
    classifier.weights = Matrix::Zero(classes, count);
    classifier.bias = Vector::Zero(classes);
    return;
  }
  classifier.weights =
      random_direction(count, spec.seed,
                       spec.features == CodeFeatures::codes ? draw_of_codes : draw_of_norms)
          .transpose();
  classifier.bias = Vector::Zero(1);
}

// The signals of drawn codes; labelled by the decision on the true code, if there is a classifier.
void make_signals(const GroupCodesData& data, std::uint64_t seed,
                  const PursuitClassifier& classifier, SignalSet& set) {
  const GroupCodesSpec spec{.samples = static_cast<Eigen::Index>(data.samples),
                            .active = static_cast<Eigen::Index>(data.active),
                            .lowest = data.lowest,
                            .highest = data.highest,
                            .seed = seed};
  const auto kept = [&](const Vector& code) {
    return std::abs(scores(classifier, code)(0)) >= data.margin;
  };
  GroupCodes made =
      group_codes(classifier.problem.dictionary, classifier.problem.penalty.groups, spec,
                  classifier.decides() ? kept : std::function<bool(const Vector&)>());
  set.test.signals = std::move(made.signals);
  set.test.codes = std::move(made.codes);
  if (!classifier.decides()) return;
  set.classes = 2;
  set.test.labels.reserve(set.test.size());
  for (Eigen::Index k = 0; k < set.test.codes.cols(); ++k)
    set.test.labels.push_back(decision(classifier, set.test.codes.col(k)));
}

}  // namespace

PursuitModel make_pursuit(const Scenario& scenario, const std::string& data_path) {
  const PursuitSpec& spec = *scenario.pursuit;
  SignalSet signals = load_signals(scenario, data_path);
  Dictionary dictionary = dictionary_of(scenario, signals, data_path);
  Groups groups =
      Groups::equal(dictionary.size(), static_cast<Eigen::Index>(spec.dictionary.group_size));
  PursuitModel model{
      std::move(signals),
      {{std::move(dictionary), Penalty::equal(std::move(groups), spec.pursuit.l1, spec.pursuit.l2,
                                              spec.pursuit.non_negative)},
       CodeFeatures::codes,
       {},
       {}}};
  if (spec.classifier) make_classifier(*spec.classifier, model.signals.classes, model.classifier);
  if (const auto* data = std::get_if<GroupCodesData>(&spec.data))
    make_signals(*data, scenario.seed, model.classifier, model.signals);
  return model;
}

FistaOptions fista_options(const SolverSpec& spec) { return {.tolerance = spec.tolerance}; }

EventLcaOptions event_options(const SolverSpec& spec) {
  EventLcaOptions options;
  options.theta = spec.theta;
  options.tau = spec.tau;
  options.delay = spec.delay;
  options.tolerance = spec.tolerance;
  return options;
}

namespace {

// A group that is about to fall silent may have a code of next to nothing, of which nothing follows but
// a gradient without digits: it counts as silent.
void drop_remnants(const Groups& groups, double theta, Vector& code) {
  constexpr double part_of_theta = 1e-6;
  for (Eigen::Index g = 0; g < groups.count(); ++g) {
    auto own = code.segment(groups.begin(g), groups.size(g));
    if (own.norm() < part_of_theta * theta) own.setZero();
  }
}

}  // namespace

PursuitSolvers::PursuitSolvers(const PursuitProblem& problem, const SolverSpec& spec)
    : problem_(&problem), spec_(spec) {
  if (spec.solver == PursuitSolverKind::events)
    events_ = std::make_unique<const EventLca>(problem, event_options(spec));
}

PursuitSolver PursuitSolvers::warm() const {
  if (!events_) return warm_fista(*problem_, fista_options(spec_));
  return [this, state = EventLcaState()](const Vector& signal) mutable {
    EventLcaResult result = events_->run(signal, state.sent.size() > 0 ? &state : nullptr);
    if (!result.converged)
      throw NumericalError(fmt::format(
          "after {} events and {:g} ms a code has a KKT residual of {:g}; write a larger theta or "
          "tolerance in [pursuit] or a shorter delay, or take atoms no longer than 1",
          result.events, result.time, result.kkt));
    state = std::move(result.state);
    drop_remnants(problem_->penalty.groups, spec_.theta, result.code);
    return std::move(result.code);
  };
}

std::string pursuit_name(const PursuitSpec& spec) {
  const bool pooled = spec.classifier && spec.classifier->features == CodeFeatures::norms;
  const bool groups = spec.pursuit.l2 > 0.0 && spec.dictionary.group_size > 1;
  std::string name = groups ? (pooled ? "PGBP" : "GBP") : (pooled ? "pooled BP" : "BP");
  if (groups && spec.pursuit.l1 > 0.0) name = "sparse " + name;
  return spec.pursuit.non_negative ? "NN-" + name : name;
}

}  // namespace retrograde

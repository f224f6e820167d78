// A scenario of sparse coding: one with [dictionary]. Signals are coded by basis pursuit, with groups,
// and classified by their codes; docs/scenario.md is its manual, docs/sparse_coding.md says what it
// is about.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <retrograde/adjoint/attack/attack.hpp>
#include <retrograde/adjoint/pursuit/classifier.hpp>
#include <retrograde/adjoint/pursuit/training.hpp>
#include <retrograde/events/time.hpp>
#include <retrograde/hardware/loihi2/pursuit/chip_lca.hpp>

namespace retrograde {

// ---- [data] --------------------------------------------------------------------------------------

// Signals that are made, of which the truth is known (engine/pursuit/group_codes.hpp): those kept of
// which the classifier decides with this margin, and its decision is their label. All are the test
// part.
struct GroupCodesData {
  std::uint32_t samples = 1000, active = 8;
  double lowest = 1.0, highest = 2.0;
  double margin = 0.0;
};

// How the values of images become those of signals.
enum class Standardise : std::uint8_t {
  none,    // 0 to 1
  global,  // (p - 0.1307) / 0.3081, mean and deviation of all pixels of MNIST's training images
  image    // each image to mean 0 and length 1
};

struct MnistSignals {
  std::string path;  // of the folder; --data goes before it
  Standardise standardise = Standardise::global;
  std::uint32_t validation = 5000;           // the last so many training images
  std::optional<std::uint32_t> train, test;  // at most so many; none: all
};

// A user's own: arrays of numpy, a row per signal; images may have axes of rows and columns, and before
// those of channels. The last rows are the test part, those before them the validation part.
struct ArraySignals {
  std::string signals, labels;  // files; labels may be empty
  std::uint32_t validation = 0, test = 0;
};

using SignalsSpec = std::variant<GroupCodesData, MnistSignals, ArraySignals>;

// ---- [dictionary] --------------------------------------------------------------------------------

enum class DictionaryKind : std::uint8_t {
  packing,  // subspaces far from each other (engine/pursuit/packing.hpp)
  normal,   // atoms of normal entries, of length 1
  samples,  // atoms about training signals (atoms_from): where learning begins
  file      // of numpy, an atom per row
};

// Of a convolution (engine/pursuit/convolution.hpp): what the kind makes are kernels.
struct KernelSpec {
  std::uint32_t height = 0, width = 0, stride = 1;
};

inline constexpr std::uint32_t most_atoms = 100'000;

struct DictionarySpec {
  DictionaryKind kind = DictionaryKind::normal;
  std::uint32_t dimension = 0;  // 0: that of the data
  std::uint32_t atoms = 0;      // or kernels; 0: those of the file
  std::optional<KernelSpec> kernel;
  std::uint32_t group_size = 1;
  std::uint32_t iterations = 300;  // of the packing
  double noise = 0.0;              // of samples: the length of what is added to each
  std::string path;
  std::uint64_t seed = 1;
  bool learned = false;
};

// ---- [pursuit], [classifier], [attack], [chip] ----------------------------------------------------

enum class PursuitSolverKind : std::uint8_t { fista, events };

struct SolverSpec {
  double l1 = 0.0, l2 = 0.0;  // the weights, of every group
  bool non_negative = false;
  PursuitSolverKind solver = PursuitSolverKind::fista;
  // Of the duality gap, relative to 1/2 |x|^2 (FISTA), or of the KKT residual (events; 0: as
  // event_lca.hpp says).
  double tolerance = 1e-8;
  double theta = 1e-3;
  Time tau = 10.0, delay = 0.0;  // ms
};

struct ClassifierSpec {
  CodeFeatures features = CodeFeatures::codes;
  bool learned = false;    // else normal entries, together of length 1, that decide by their sign
  std::uint64_t seed = 1;  // of those entries
};

// A feed-forward network in the place of the pursuit (run/pursuit/approximator.hpp), for a classifier of
// norms; attacked by what is found through the pursuit.
enum class ApproximatorKind : std::uint8_t { linear_transformer, dense, dense_deep };

struct ApproximatorSpec {
  ApproximatorKind kind = ApproximatorKind::dense;
  std::uint32_t signals = 10'000, epochs = 60;  // that it learns from, and how often
};

struct PursuitAttackSpec {
  AttackSpec attack;
  std::uint32_t trials = 200;  // the first ones of the test part, at most so many
};

struct PursuitSpec {
  SignalsSpec data;
  DictionarySpec dictionary;
  SolverSpec pursuit;
  std::optional<ClassifierSpec> classifier;
  std::optional<PursuitTraining> train;  // where something is learned
  PursuitAttackSpec attack;
  std::optional<ApproximatorSpec> approximator;
  loihi2::ChipLcaOptions chip;  // for `retro check`

  bool learns() const { return train.has_value(); }
};

// A file that a scenario names stands beside it, unless its name is absolute. Absolute.
std::string file_beside(const std::string& scenario, const std::string& name);

}  // namespace retrograde

// One signal through a pursuit: its code, how good that is, and what it took (`retro run`).
#pragma once

#include <optional>
#include <string>

#include <retrograde/scenarios/run/pursuit/model.hpp>

namespace retrograde {

// Which groups a pursuit should have found, and did.
struct FoundGroups {
  std::size_t truly = 0, found = 0, wrong = 0;  // active; of them active in the code; beyond them
};

struct Coding {
  std::string name;  // "test signal 3 (label 1)"
  Vector signal, code, reconstruction;
  Vector truth;  // the code it was made of, or empty
  double objective = 0.0, kkt = 0.0;
  // That of FISTA to a relative gap of 1e-12, which is the optimum.
  double optimum = 0.0;
  Eigen::Index coefficients = 0, groups = 0;  // that are not 0
  // 10 log10(range^2 / mean square of what is left), the range being that of the signal.
  double psnr = 0.0;
  std::optional<FoundGroups> support;
  std::optional<std::uint32_t> label, decided;
  double margin = 0.0;                   // of the label, where there is one
  std::uint32_t iterations = 0;          // of FISTA
  std::optional<EventLcaResult> events;  // where it is solved by them, with their record
  double seconds = 0.0;
};

// Signal `k` of a part. Throws UsageError where there is none, and NumericalError where the solver does
// not converge.
Coding code_signal(const PursuitSpec& spec, const PursuitModel& model, Part part, std::size_t k);

// Above, of any two vectors of equal size; infinite where they are equal, not-a-number of a constant signal.
double psnr(const Vector& signal, const Vector& reconstruction);

}  // namespace retrograde

#include <cmath>
#include <fmt/format.h>
#include <numeric>
#include <vector>

#include <retrograde/engine/pursuit/group_codes.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde {

namespace {

using Eigen::Index;

void check(const Dictionary& dictionary, const Groups& groups, const GroupCodesSpec& spec) {
  if (groups.coefficients() != dictionary.size())
    throw UsageError(fmt::format("groups of {} coefficients do not fit a dictionary of {} atoms",
                                 groups.coefficients(), dictionary.size()));
  if (spec.active < 1 || spec.active > groups.count())
    throw UsageError(
        fmt::format("{} active groups of {}: give 1 to all", spec.active, groups.count()));
  if (!std::isfinite(spec.lowest) || !std::isfinite(spec.highest) || spec.lowest > spec.highest)
    throw UsageError(
        fmt::format("coefficients from {} to {} are no range", spec.lowest, spec.highest));
  if (spec.samples < 1)
    throw UsageError(fmt::format("{} samples of codes: give at least 1", spec.samples));
}

}  // namespace

Vector group_code(const Groups& groups, const GroupCodesSpec& spec, std::uint64_t candidate) {
  Random which(spec.seed, "group codes/groups", candidate);
  Random values(spec.seed, "group codes/values", candidate);
  std::vector<Index> order(static_cast<std::size_t>(groups.count()));
  std::iota(order.begin(), order.end(), Index{0});
  Vector code = Vector::Zero(groups.coefficients());
  // The first steps of a shuffle: each takes one of those that are left.
  for (std::size_t k = 0; k < static_cast<std::size_t>(spec.active); ++k) {
    std::swap(order[k], order[k + which.index(order.size() - k)]);
    const Index first = groups.begin(order[k]);
    for (Index i = 0; i < groups.size(order[k]); ++i)
      code(first + i) = values.uniform(spec.lowest, spec.highest);
  }
  return code;
}

GroupCodes group_codes(const Dictionary& dictionary, const Groups& groups,
                       const GroupCodesSpec& spec,
                       const std::function<bool(const Vector& code)>& kept) {
  check(dictionary, groups, spec);
  GroupCodes found;
  found.codes.resize(groups.coefficients(), spec.samples);
  for (Index sample = 0; sample < spec.samples;) {
    const auto drawn = static_cast<double>(found.candidates);
    const auto each = static_cast<double>(spec.most_candidates_a_sample);
    if (drawn >= each * static_cast<double>(sample + 1))
      throw LimitError("candidates", each, drawn,
                       fmt::format("of {} codes only {} were kept; ask for a smaller margin",
                                   found.candidates, sample));
    const Vector code = group_code(groups, spec, found.candidates++);
    if (!kept || kept(code)) found.codes.col(sample++) = code;
  }
  found.signals = dictionary.signals(found.codes);
  return found;
}

Vector random_direction(Index size, std::uint64_t seed, std::uint64_t number) {
  Random random(seed, "random direction", number);
  Vector direction(size);
  for (Index i = 0; i < size; ++i) direction(i) = random.normal();
  return direction / direction.norm();
}

}  // namespace retrograde

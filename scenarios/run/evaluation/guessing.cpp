#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fmt/format.h>
#include <vector>

#include <retrograde/scenarios/run/evaluation/guessing.hpp>

namespace retrograde {

std::string no_better_than_guessing(const Evaluation& evaluation, const Dataset& dataset) {
  if (!evaluation.judged || evaluation.exact.labelled == 0 || dataset.classes() < 2) return {};
  const LabelledTrials& trials = dataset.part(evaluation.part);
  std::vector<std::size_t> counts(dataset.classes());
  for (std::size_t k = 0; k < trials.size(); ++k)
    if (const int label = trials.label(k); label >= 0) ++counts[static_cast<std::size_t>(label)];
  const auto most = std::ranges::max_element(counts);
  const auto labelled = static_cast<double>(evaluation.exact.labelled);
  const double share = static_cast<double>(*most) / labelled,
               error = std::sqrt(share * (1.0 - share) / labelled);
  const double accuracy = *evaluation.exact.accuracy();
  // Of so few trials not even a perfect result would tell.
  if (share + 2.0 * error >= 1.0) return {};
  if (accuracy > share + 2.0 * error) return {};
  return fmt::format(
      "its accuracy, {:.2f} %, is no better than what always naming the class {} comes to, "
      "{:.2f} % of {} trials (standard error {:.2f} %): nothing of use was learned; train longer "
      "or with "
      "other rates, and look whether data and labels belong together",
      100.0 * accuracy, dataset.info().class_names[static_cast<std::size_t>(most - counts.begin())],
      100.0 * share, evaluation.exact.labelled, 100.0 * error);
}

}  // namespace retrograde

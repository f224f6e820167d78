#include <nlohmann/json.hpp>

#include <retrograde/scenarios/show/check.hpp>
#include <retrograde/scenarios/show/chips/json.hpp>
#include <retrograde/scenarios/show/chips/text.hpp>
#include <retrograde/scenarios/show/integers/json.hpp>
#include <retrograde/scenarios/show/integers/text.hpp>
#include <retrograde/scenarios/show/json/evaluation.hpp>
#include <retrograde/scenarios/show/page/report.hpp>
#include <retrograde/scenarios/show/text/evaluation.hpp>

namespace retrograde {

nlohmann::ordered_json json_check(const Trained& trained, const CheckResult& result) {
  if (const auto* check = std::get_if<ChipCheck>(&result)) return json_chip_check(trained, *check);
  if (const auto* check = std::get_if<IntegerEvaluation>(&result))
    return json_integer_evaluation(trained.scenario, *check);
  const auto& evaluation = std::get<Evaluation>(result);
  nlohmann::ordered_json document = json_evaluation(trained, evaluation);
  document["decisions"] = json_decisions(evaluation.chip->conformance);
  return document;
}

std::string check_text(const Trained& trained, const CheckResult& result) {
  if (const auto* check = std::get_if<ChipCheck>(&result)) return chip_check_text(trained, *check);
  if (const auto* check = std::get_if<IntegerEvaluation>(&result))
    return integer_evaluation_text(trained.scenario, *check);
  return evaluation_text(trained, std::get<Evaluation>(result));
}

std::optional<std::string> check_page(const Trained& trained, const Dataset& dataset,
                                      const CheckResult& result) {
  const auto* const evaluation = std::get_if<Evaluation>(&result);
  if (!evaluation) return std::nullopt;
  return render_report({trained, dataset, *evaluation});
}

}  // namespace retrograde

#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/engine/pursuit/coherence.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/json/document.hpp>
#include <retrograde/scenarios/show/plot/charts.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>
#include <retrograde/scenarios/show/pursuit/coding.hpp>

namespace retrograde {

namespace {

using Json = nlohmann::ordered_json;

std::string title_of(const Scenario& scenario) {
  return scenario.title.empty() ? scenario.name : scenario.title;
}

std::string penalty_text(const PursuitSpec& spec) {
  std::string text;
  if (spec.pursuit.l1 > 0.0) text = fmt::format("l1 {:g}", spec.pursuit.l1);
  if (spec.pursuit.l2 > 0.0)
    text += fmt::format("{}l2 {:g} per group", text.empty() ? "" : " + ", spec.pursuit.l2);
  return text + (spec.pursuit.non_negative ? ", no coefficient below 0" : "");
}

std::string events_text(const EventLcaResult& events) {
  return fmt::format("{} events, {} messages, {} deliveries, {:.4g} ms until rest{}\n",
                     short_number(static_cast<double>(events.events)),
                     short_number(static_cast<double>(events.messages)),
                     short_number(static_cast<double>(events.deliveries)), events.time,
                     events.converged ? "" : "; NOT converged");
}

std::string decision_text(const Coding& coding) {
  if (!coding.decided) return {};
  std::string text = fmt::format("decision {}", *coding.decided);
  if (coding.label)
    text += fmt::format(", {}; margin {:.4g}", *coding.decided == *coding.label ? "right" : "wrong",
                        coding.margin);
  return text + '\n';
}

Json numbers(const Vector& v) {
  Json list = Json::array();
  for (Eigen::Index k = 0; k < v.size(); ++k) list.push_back(v(k));
  return list;
}

Json json_events(const EventLcaResult& events) {
  Json times = Json::array(), groups = Json::array(), active = Json::array();
  for (const GradedMessage& message : events.record) {
    times.push_back(message.time);
    groups.push_back(message.group);
    active.push_back(message.active);
  }
  return {{"events", events.events},
          {"messages", events.messages},
          {"deliveries", events.deliveries},
          {"time", events.time},
          {"rests", events.rests},
          {"converged", events.converged},
          {"record", {{"time", times}, {"group", groups}, {"active", active}}}};
}

}  // namespace

SignalShape shape_of(const SignalSet& signals) {
  return {signals.columns, signals.channels * signals.rows};  // channels below each other
}

std::string coding_text(const Scenario& scenario, const PursuitModel& model, const Coding& c) {
  const PursuitSpec& spec = *scenario.pursuit;
  const PursuitProblem& problem = model.classifier.problem;
  std::string text = fmt::format("{}: {} of {}\n", title_of(scenario), pursuit_name(spec), c.name);
  text += fmt::format("{} of {} coefficients in {} of {} groups, {}\n", c.coefficients,
                      problem.dictionary.size(), c.groups, problem.penalty.groups.count(),
                      penalty_text(spec));
  if (c.support)
    text += fmt::format("truly active {}: found {}, missed {}, wrong {}\n",
                        plural(c.support->truly, "group"), c.support->found,
                        c.support->truly - c.support->found, c.support->wrong);
  text +=
      fmt::format("objective {:.8g}, {:.2e} above the optimum (relative); KKT residual {:.2e}\n",
                  c.objective, (c.objective - c.optimum) / std::max(c.optimum, 1e-300), c.kkt);
  text += fmt::format("reconstruction {:.2f} dB\n", c.psnr);
  text += c.events ? events_text(*c.events)
                   : fmt::format("FISTA: {}\n", plural(c.iterations, "iteration"));
  return text + decision_text(c) + fmt::format("{}\n", duration_text(c.seconds));
}

Json coding_json(const Scenario& scenario, const PursuitModel& model, const Coding& c) {
  Json document = json_header("retrograde.pursuit_run/1", scenario);
  document["method"] = pursuit_name(*scenario.pursuit);
  document["signal_name"] = c.name;
  document["group_size"] = model.classifier.problem.penalty.groups.size(0);
  document["objective"] = c.objective;
  document["optimum"] = c.optimum;
  document["kkt_residual"] = c.kkt;
  document["psnr"] = finite_or_null(c.psnr);
  document["active"] = {{"coefficients", c.coefficients}, {"groups", c.groups}};
  document["support"] = c.support ? Json{{"truly_active", c.support->truly},
                                         {"found", c.support->found},
                                         {"wrong", c.support->wrong}}
                                  : Json(nullptr);
  document["label"] = value_or_null(c.label);
  document["decision"] = value_or_null(c.decided);
  document["margin"] = value_if(c.label && c.decided, c.margin);
  document["iterations"] = value_if(!c.events, c.iterations);
  document["events"] = c.events ? json_events(*c.events) : Json(nullptr);
  document["signal"] = numbers(c.signal);
  document["code"] = numbers(c.code);
  document["reconstruction"] = numbers(c.reconstruction);
  document["true_code"] = c.truth.size() > 0 ? numbers(c.truth) : Json(nullptr);
  return document;
}

std::string coding_picture(const Scenario& scenario, const PursuitModel& model, const Coding& c) {
  const Groups& groups = model.classifier.problem.penalty.groups;
  const std::string method = pursuit_name(*scenario.pursuit);
  std::vector<NamedCode> codes;
  if (c.truth.size() > 0) codes.push_back({"true", c.truth});
  codes.push_back({method, c.code});
  std::vector<std::string> column = {
      signals_chart(fmt::format("{}: {}", title_of(scenario), c.name),
                    {{"signal", c.signal}, {"reconstruction", c.reconstruction}},
                    shape_of(model.signals)),
      code_chart("Code", codes, groups)};
  if (const auto& shape = model.classifier.problem.dictionary.convolution())
    column.push_back(maps_chart("Code by kernel", c.code, *shape));
  if (c.events)
    column.push_back(messages_chart("Graded messages", c.events->record, c.events->time, groups));
  return standalone_svg(arrange({column}));
}

std::string pursuit_text(const Scenario& scenario, const PursuitModel& model) {
  const PursuitSpec& spec = *scenario.pursuit;
  const PursuitProblem& problem = model.classifier.problem;
  const Groups& groups = problem.penalty.groups;
  std::string text =
      fmt::format("{}{}\nseed {}\n\n", scenario.name,
                  scenario.title.empty() ? "" : ": " + scenario.title, scenario.seed);
  text += fmt::format("sparse coding: {}, {}\n", pursuit_name(spec), penalty_text(spec));
  text += fmt::format("dictionary: {} in {} of {}, dimension {}{}\n",
                      plural(static_cast<std::uint64_t>(problem.dictionary.size()), "atom"),
                      plural(static_cast<std::uint64_t>(groups.count()), "group"), groups.size(0),
                      problem.dictionary.dimension(), spec.dictionary.learned ? ", learned" : "");
  if (const auto& shape = problem.dictionary.convolution())
    text += fmt::format("a convolution: {} of {} x {} at {} x {} positions, stride {}\n",
                        plural(static_cast<std::uint64_t>(shape->kernels), "kernel"),
                        shape->kernel_height, shape->kernel_width, shape->rows(), shape->columns(),
                        shape->stride);
  text += fmt::format("largest eigenvalue of D^T D at most {:.4g}\n",
                      problem.dictionary.largest_eigenvalue());
  const Coherence alike = coherence(problem.dictionary.dense(), groups);
  text +=
      fmt::format("mutual coherence {:.4f}, block coherence {:.4f}\n", alike.mutual, alike.block);
  if (spec.pursuit.solver == PursuitSolverKind::events)
    text += fmt::format("solved by events: theta {:g}, tau {:g} ms, delay {:g} ms\n",
                        spec.pursuit.theta, spec.pursuit.tau, spec.pursuit.delay);
  else
    text += fmt::format("solved by FISTA to a relative gap of {:g}\n", spec.pursuit.tolerance);
  if (spec.classifier)
    text += fmt::format(
        "classifier: {} on {}, {}\n", plural(model.classifier.classes(), "class", "classes"),
        spec.classifier->features == CodeFeatures::norms ? "norms of groups" : "coefficients",
        spec.classifier->learned ? "learned" : "drawn");
  text += fmt::format("data: {}, {} training, {} validation, {} test signals\n", model.signals.name,
                      model.signals.train.size(), model.signals.validation.size(),
                      model.signals.test.size());
  return text;
}

}  // namespace retrograde

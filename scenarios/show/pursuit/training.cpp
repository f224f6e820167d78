#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/adjoint/pursuit/learned_atoms.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/json/document.hpp>
#include <retrograde/scenarios/show/page/page.hpp>
#include <retrograde/scenarios/show/plot/charts.hpp>
#include <retrograde/scenarios/show/plot/palette.hpp>
#include <retrograde/scenarios/show/pursuit/coding.hpp>
#include <retrograde/scenarios/show/pursuit/training.hpp>
#include <retrograde/version.hpp>

namespace retrograde {

using namespace page_parts;

namespace {

using Json = nlohmann::ordered_json;

double total(const std::vector<double>& seconds) {
  double sum = 0.0;
  for (const double each : seconds) sum += each;
  return sum;
}

LineChart curve_chart(const char* title, const Axis& y) {
  LineChart chart;
  chart.title = title;
  chart.x = {.label = "epoch"};
  chart.y = y;
  return chart;
}

void add_curve(LineChart& chart, const char* name, int color, const PursuitCourse& course,
               double PursuitEpoch::*what, double scale) {
  Series series{.name = name, .x = {}, .y = {}};
  series.color = color;
  for (const PursuitEpoch& each : course.epochs) {
    series.x.push_back(each.epoch + 1.0);
    series.y.push_back(scale * each.*what);
  }
  chart.series.push_back(std::move(series));
}

// By what the best epoch is chosen.
LineChart judged_chart(const PursuitCourse& course) {
  if (!course.now.decides()) {
    LineChart objective = curve_chart("Validation", {.label = "what a code costs"});
    add_curve(objective, "validation", palette::validation, course,
              &PursuitEpoch::validation_objective, 1);
    return objective;
  }
  LineChart accuracy = curve_chart("Accuracy", {.label = "right decisions", .unit = "%"});
  add_curve(accuracy, "training", palette::training, course, &PursuitEpoch::training_accuracy, 100);
  add_curve(accuracy, "validation", palette::validation, course, &PursuitEpoch::validation_accuracy,
            100);
  return accuracy;
}

std::string learning_section(const PursuitReport& r) {
  const PursuitCourse& course = r.checkpoint.course;
  LineChart judged = judged_chart(course);
  judged.rules.push_back({static_cast<double>(best_epoch(course)), "best", true});
  LineChart loss = curve_chart("Loss", {.label = "mean over the epoch", .log = true});
  add_curve(loss, "all terms", palette::training, course, &PursuitEpoch::loss, 1);
  if (course.now.decides())
    add_curve(loss, "cross entropy", palette::exact, course, &PursuitEpoch::cross_entropy, 1);
  LineChart sparse = curve_chart("Active groups", {.label = "of all", .unit = "%"});
  add_curve(sparse, "active", palette::learned, course, &PursuitEpoch::active, 100);
  LineChart kkt = curve_chart("KKT residual of the codes", {.label = "mean", .log = true});
  add_curve(kkt, "residual", palette::other, course, &PursuitEpoch::kkt, 1);
  return section("Learning",
                 "Gradients are those of the optimum; the residual says how far the codes that "
                 "they were taken at were from it.",
                 grid({render(judged), render(loss), render(sparse), render(kkt)}));
}

std::string atoms_section(const PursuitReport& r) {
  const PursuitProblem& problem = r.model.classifier.problem;
  const auto& convolution = problem.dictionary.convolution();
  const char* const title = !convolution                ? "Atoms"
                            : convolution->channels > 1 ? "Kernels, channels below each other"
                                                        : "Kernels";
  const SignalShape shape = convolution
                                ? SignalShape{convolution->kernel_width,
                                              convolution->channels * convolution->kernel_height}
                                : shape_of(r.model.signals);
  return section(
      "Dictionary",
      fmt::format("Its {}, groups side by side. Mutual coherence of atoms {:.3f}, block "
                  "coherence {:.3f}.",
                  convolution ? "kernels" : "atoms", r.evaluation.alike.mutual,
                  r.evaluation.alike.block),
      figure(atoms_chart(title, learned_atoms(problem.dictionary), problem.penalty.groups, shape),
             "wide"));
}

std::string codes_section(const PursuitReport& r) {
  const PursuitProblem& problem = r.model.classifier.problem;
  std::vector<NamedSignal> signals;
  std::string charts;
  for (const Coding& each : r.samples) {
    signals.push_back({each.name, each.signal});
    signals.push_back({"reconstruction", each.reconstruction});
    charts += figure(code_chart(each.name, {{pursuit_name(*r.scenario.pursuit), each.code}},
                                problem.penalty.groups),
                     "wide");
    if (const auto& shape = problem.dictionary.convolution())
      charts += figure(maps_chart(each.name + ", by kernel", each.code, *shape), "wide");
  }
  return section(
      "Signals and their codes", "The first ones of the part that judges.",
      figure(signals_chart("Signals", signals, shape_of(r.model.signals)), "wide") + charts);
}

Card lead_card(const PursuitEvaluation& e) {
  if (!e.right)
    return {"What a code costs", fmt::format("{:.4g}", e.objective), "",
            fmt::format("{} part, mean over signals", name(e.part)), "lead"};
  const Interval range = e.right->range();
  return {"Accuracy", percent_number(e.right->value()), "%",
          fmt::format("{} part, {}", name(e.part), percent_range(range.low, range.high)), "lead"};
}

std::vector<Card> cards_of(const PursuitReport& r) {
  const PursuitEvaluation& e = r.evaluation;
  return {lead_card(e),
          {"Active groups", percent_number(e.active_groups), "%", "mean over signals"},
          {"Reconstruction", fmt::format("{:.1f}", e.psnr), "dB", "mean over signals"},
          {"Training", duration_text(total(r.checkpoint.seconds)), "",
           fmt::format("{}, the best is {}", plural(r.checkpoint.course.epoch, "epoch"),
                       best_epoch(r.checkpoint.course))}};
}

std::string report_page(const PursuitReport& r) {
  const std::string title = r.scenario.title.empty() ? r.scenario.name : r.scenario.title;
  std::string body =
      page_header("training of a sparse coding", title,
                  fmt::format("{} on {}, seed {}.", pursuit_name(*r.scenario.pursuit),
                              r.model.signals.name, r.scenario.seed));
  body += cards(cards_of(r));
  body += learning_section(r) + atoms_section(r) + codes_section(r);
  body += section("How to get this run again",
                  "The same scenario and version give the same bits on the same type of machine.",
                  calls_panel(r.calls) + "<div class=\"panel\">" +
                      fact_table({{"scenario", r.scenario.name},
                                  {"Retrograde", fmt::format("{} (commit {})", version::string,
                                                             version::git_commit)},
                                  {"build", fmt::format("{}, {}, {}", version::compiler,
                                                        version::build_type, version::arch)}}) +
                      "</div><details><summary>The scenario</summary><pre>" +
                      html(r.scenario.text) + "</pre></details>");
  return page(title, body);
}

}  // namespace

std::string epoch_text(const PursuitCourse& course, std::uint32_t epochs, double seconds) {
  const PursuitEpoch& e = course.epochs.back();
  const std::string judged =
      course.now.decides()
          ? fmt::format("training {}  validation {}", percent_text(e.training_accuracy),
                        percent_text(e.validation_accuracy))
          : fmt::format("validation objective {:.5g}", e.validation_objective);
  return fmt::format("epoch {}/{}  loss {:.4g}  active groups {}  KKT {:.2g}  {}{}  {}",
                     e.epoch + 1, epochs, e.loss, percent_text(e.active), e.kkt, judged,
                     e.best ? " (best)" : "", duration_text(seconds));
}

std::string pursuit_report_text(const PursuitReport& r) {
  const PursuitEvaluation& e = r.evaluation;
  const std::uint64_t signals = r.model.signals.part(e.part).size();
  const std::string judged =
      e.right ? fmt::format("accuracy on {} {} signals: {} ({})", signals, name(e.part),
                            percent_text(e.right->value()),
                            percent_range(e.right->range().low, e.right->range().high))
              : fmt::format("mean objective on {} {} signals: {:.5g}", signals, name(e.part),
                            e.objective);
  return fmt::format(
      "{}: {}, epoch {} of {}\n"
      "{}\n"
      "active: {} of the groups, {} of the atoms; reconstruction {:.2f} dB; KKT residual {:.2g}\n"
      "mutual coherence {:.3f}, block coherence {:.3f}\n"
      "training took {}\n",
      r.scenario.title.empty() ? r.scenario.name : r.scenario.title,
      pursuit_name(*r.scenario.pursuit), best_epoch(r.checkpoint.course), r.checkpoint.course.epoch,
      judged, percent_text(e.active_groups), percent_text(e.active_atoms), e.psnr, e.kkt,
      e.alike.mutual, e.alike.block, duration_text(total(r.checkpoint.seconds)));
}

Json pursuit_report_json(const PursuitReport& r) {
  const PursuitEvaluation& e = r.evaluation;
  const PursuitEpoch* const best = r.checkpoint.course.best_epoch();
  Json document = json_header("retrograde.pursuit_train/1", r.scenario);
  document["commit"] = version::git_commit;
  document["method"] = pursuit_name(*r.scenario.pursuit);
  document["epochs"] = r.checkpoint.course.epoch;
  document["best_epoch"] = best_epoch(r.checkpoint.course);
  document["validation_accuracy"] = value_if(e.right.has_value(), best->validation_accuracy);
  document["validation_objective"] = best->validation_objective;
  document["part"] = name(e.part);
  document["accuracy"] = nullptr;
  if (e.right)
    document["accuracy"] = {{"right", e.right->part},
                            {"of", e.right->whole},
                            {"accuracy", e.right->value()},
                            {"bounds", {e.right->range().low, e.right->range().high}}};
  document["active"] = {{"groups", e.active_groups}, {"atoms", e.active_atoms}};
  document["psnr"] = finite_or_null(e.psnr);
  document["kkt_residual"] = e.kkt;
  document["objective"] = e.objective;
  document["coherence"] = {{"mutual", e.alike.mutual}, {"block", e.alike.block}};
  document["seconds"] = total(r.checkpoint.seconds);
  return document;
}

void write_pursuit_results(const PursuitReport& report, const RunFolder& folder) {
  write_json(folder.summary(), pursuit_report_json(report));
  write_file(folder.report(), report_page(report));
}

}  // namespace retrograde

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <string_view>
#include <thread>

#include <retrograde/engine/device/device.hpp>
#include <retrograde/events/fingerprint.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/json/json_output.hpp>
#include <retrograde/scenarios/show/page/page.hpp>
#include <retrograde/scenarios/show/page/panels.hpp>
#include <retrograde/scenarios/show/page/report.hpp>
#include <retrograde/scenarios/show/page/sections.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>
#include <retrograde/scenarios/show/surrogate/surrogate_text.hpp>
#include <retrograde/scenarios/show/text/deployment.hpp>
#include <retrograde/scenarios/show/text/training_lines.hpp>
#include <retrograde/version.hpp>

namespace retrograde {

using namespace page_parts;

namespace {

constexpr std::size_t largest_scenario = 200'000;  // bytes; what is left out is said

std::string title_of(const Scenario& scenario) {
  if (!scenario.title.empty()) return scenario.title;
  return scenario.name.empty() ? "Untitled run" : scenario.name;
}

// "Test accuracy", or of the training part where there is no other.
std::string accuracy_name(const Evaluation& evaluation) {
  return evaluation.part == Part::test ? "Test accuracy" : "Training accuracy";
}

std::string summary(const Report& report) {
  const Evaluation& e = report.evaluation;
  if (e.labelled() && e.exact.trials > 0) {
    std::string out = fmt::format("The {} decides {} of {} correctly",
                                  report.history().empty() ? "network as it is" : "trained network",
                                  percent_text(e.exact.accuracy()),
                                  plural(e.exact.trials, fmt::format("{} sample", name(e.part))));
    if (e.stepped)
      out += fmt::format("; in the steps that it was trained in it is {}",
                         percent_text(e.stepped->accuracy()));
    if (e.chip)
      out += fmt::format("; on the emulated Loihi 2 it is {}",
                         percent_text(e.chip->conformance.accuracy_chip()));
    return out + ".";
  }
  if (!e.judged)
    return fmt::format("The network as it is, on {}; nothing judges it, so spikes are compared.",
                       plural(e.exact.trials, fmt::format("{} trial", name(e.part))));
  if (report.history().empty()) return "Nothing has been trained yet.";
  const EpochMetrics& last = report.history().back();
  return fmt::format("After {} the training loss is {}.", plural(report.history().size(), "epoch"),
                     short_number(last.train_loss));
}

// How accurate it is, exactly and on the chip.
void add_accuracy_cards(std::vector<Card>& all, const Report& report) {
  const Evaluation& e = report.evaluation;
  if (e.labelled()) {
    all.push_back({accuracy_name(e) + ", exact", percent_number(e.exact.accuracy()), "%",
                   e.part == Part::test
                       ? plural(e.exact.trials, "sample") + " never seen in training"
                       : plural(e.exact.trials, "sample") + ", there is no test part",
                   "lead"});
  } else if (e.judged) {
    all.push_back({"Loss, exact", short_number(e.exact.loss()), "",
                   fmt::format("mean of {}", plural(e.exact.trials, "sample")), "lead"});
  }
  if (e.stepped && e.labelled())
    all.push_back({accuracy_name(e) + ", in steps", percent_number(e.stepped->accuracy()), "%",
                   fmt::format("steps of {:g} ms, as it was trained",
                               report.trained.scenario.surrogate->step)});
  if (!e.chip) return;
  const Conformance& c = e.chip->conformance;
  if (e.labelled()) {
    const double points = 100 * (c.accuracy_chip() - *e.exact.accuracy());
    all.push_back({accuracy_name(e) + ", Loihi 2", percent_number(c.accuracy_chip()), "%",
                   std::abs(points) < 0.005 ? std::string("the same as exact")
                                            : fmt::format("{}{:.2f} points against exact",
                                                          points < 0 ? "−" : "+", std::abs(points)),
                   "chip"});
  }
  if (const Share same = c.same_decision(); same.whole > 0)
    all.push_back({"Agreement", percent_number(same.value()), "%",
                   fmt::format("same decision, exact and chip; {} in 95 of 100 sets like this",
                               percent_range(same.range().low, same.range().high))});
}

// What the training was like.
void add_training_cards(std::vector<Card>& all, const Report& report) {
  const std::vector<EpochMetrics>& history = report.history();
  if (history.empty()) return;
  const EpochMetrics* epoch = report.best_epoch();
  if (epoch == nullptr) epoch = &history.back();
  all.push_back({"Activity", fmt::format("{:.2f}", epoch->spikes_per_neuron), "spikes",
                 epoch->silent_neurons == 0
                     ? std::string("per neuron and sample, none silent")
                     : fmt::format("per neuron and sample, {} silent", epoch->silent_neurons)});
  if (const double seconds = total_seconds(history); seconds > 0)
    all.push_back({"Training time", duration_text(seconds), "",
                   fmt::format("{}, {} each", plural(history.size(), "epoch"),
                               duration_text(seconds / static_cast<double>(history.size())))});
  if (report.trained.peak_memory > 0)
    all.push_back({"Memory", memory_text(report.trained.peak_memory), "", "at most, in training"});
  const double forward = mean_of(history, &EpochMetrics::forward_rate),
               backward = mean_of(history, &EpochMetrics::backward_rate);
  if (forward > 0)
    all.push_back({"Throughput", short_number(forward), "/s",
                   backward > 0
                       ? fmt::format("deliveries forward, {}/s backward", short_number(backward))
                       : std::string("deliveries forward")});
}

std::string hero(const Report& report) {
  std::vector<Card> all;
  if (report.evaluation.exact.trials > 0) add_accuracy_cards(all, report);
  add_training_cards(all, report);
  std::string out = page_header(report.history().empty() ? "report" : "training report",
                                title_of(report.trained.scenario), summary(report));
  if (!all.empty()) out += cards(all);
  if (report.evaluation.exact.trials > 0 && !report.evaluation.has_test_part) {
    std::string sentence(no_test_part);
    sentence[0] = 'T';
    out += callouts({sentence + "."}, "warning");
  }
  if (const auto silent = silences(report.history()); !silent.empty())
    out += callouts(
        {silence_warning(silent, report.trained.scenario.network, report.trained.scenario)},
        "warning");
  if (report.evaluation.chip && !report.trained.untuned.empty())
    out += callouts({"This network is not fine-tuned for the chip: " + report.trained.untuned},
                    "warning");
  if (report.evaluation.chip) {
    const Deployment& d = report.evaluation.chip->deployment;
    out += callouts({fmt::format("It {}.", verdict_text(d))},
                    d.fit.fits() && d.fit.fidelity < Fidelity::other_spikes ? "note" : "warning");
  }
  if (report.evaluation.chip && report.evaluation.chip->remedies)
    if (const std::string advice = advice_text(*report.evaluation.chip->remedies); !advice.empty())
      out += callouts({"What would help: " + advice}, "warning");
  if (report.evaluation.chip)
    return out + callouts(decisive_findings(report.evaluation.chip->deployment), "warning") +
           callouts(report.evaluation.chip->quantization.warnings, "warning");
  if (report.evaluation.chip_refusal.empty()) return out;
  return out + callouts({"This network cannot go on Loihi 2: " + report.evaluation.chip_refusal},
                        "warning");
}

std::vector<ReportFact> run_facts(const Report& report) {
  const Trained& trained = report.trained;
  const Dataset& dataset = report.dataset;
  std::vector<ReportFact> facts = {{"scenario", trained.scenario.name},
                                   {"seed", std::to_string(trained.scenario.seed)}};
  if (trained.checkpoint)
    facts.push_back({"epochs", fmt::format("{} (best: {})", trained.checkpoint->trainer.epoch,
                                           trained.checkpoint->best_epoch)});
  if (trained.scenario.surrogate)
    facts.push_back({"trained", surrogate_text(*trained.scenario.surrogate, trained.network)});
  facts.insert(
      facts.end(),
      {{"learned parameters",
        fmt::format("{}", trained.scenario.learned_of(trained.network).count())},
       {"training, validation, test trials",
        fmt::format("{}, {}, {}", dataset.size(Part::train), dataset.size(Part::validation),
                    dataset.size(Part::test))},
       {"Retrograde", fmt::format("{} (commit {})", version::string, version::git_commit)},
       {"build", fmt::format("{}, {}, {}", version::compiler, version::build_type, version::arch)},
       {"processor threads", std::to_string(std::thread::hardware_concurrency())},
       {"fingerprint of the parameters", fingerprint(trained.network.parameters())}});
  if (trained.scenario.device) facts.push_back({"device", trained.scenario.device->name()});
  return facts;
}

std::string again_section(const Report& report) {
  std::string body = calls_panel(report.trained.calls);
  body += "<div class=\"panel\">" + fact_table(run_facts(report)) + "</div>";
  if (const std::string& text = report.trained.scenario.text; !text.empty()) {
    std::string cut;
    if (text.size() > largest_scenario)
      cut = fmt::format("\n... {} more bytes", text.size() - largest_scenario);
    body += fmt::format(
        "<details><summary>The scenario, as it was trained</summary><pre>{}{}</pre></details>",
        html(std::string_view(text).substr(0, largest_scenario)), html(cut));
  }
  return section(
      "How to get this run again",
      "The same scenario, seed and version give the same bits on the same type of machine, "
      "whatever the number of threads. Another --out keeps this run beside it.",
      body);
}

}  // namespace

const std::vector<EpochMetrics>& Report::history() const {
  static const std::vector<EpochMetrics> none;
  return trained.checkpoint ? trained.checkpoint->history : none;
}

const EpochMetrics* Report::best_epoch() const {
  for (const EpochMetrics& epoch : history())
    if (epoch.epoch == trained.checkpoint->best_epoch) return &epoch;
  return nullptr;
}

std::string render_report(const Report& report) {
  std::string body;
  body += hero(report);
  body += learning_section(report);
  body += sample_section(report);
  body += decisions_section(report);
  body += mistakes_section(report);
  body += activity_section(report);
  body += values_section(report);
  body += chip_section(report);
  if (report.evaluation.chip) {
    // It counts decisions.
    if (report.evaluation.judged) body += budget_section(report.evaluation.chip->budget);
    body += mapping_section(report.evaluation.chip->deployment);
  }
  body += again_section(report);
  return page(title_of(report.trained.scenario), body);
}

std::string render_report_figure(const Report& report) {
  std::vector<std::vector<std::string>> columns;
  std::string raster;
  double height = 560;
  const std::vector<SampleRun>& samples = report.evaluation.samples;
  if (!samples.empty()) {
    raster = render(sample_raster(report, samples.front(), 560));
    height = std::max(natural_height(raster), 400.0);
  }
  // Learning curves, as high together as the raster beside them.
  std::vector<LineChart> curves;
  if (report.evaluation.labelled()) curves.push_back(accuracy_chart(report));
  if (report.evaluation.judged) curves.push_back(loss_chart(report));
  std::vector<std::string> column;
  for (LineChart& chart : curves) {
    chart.width = 420;
    chart.height = height / static_cast<double>(curves.size());
    column.push_back(render(chart));
  }
  if (!report.history().empty() || samples.empty()) columns.push_back(std::move(column));
  if (!samples.empty()) columns.push_back({std::move(raster)});
  return standalone_svg(arrange(columns));
}

}  // namespace retrograde

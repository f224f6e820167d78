#include <algorithm>
#include <array>
#include <fmt/format.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/page/panels.hpp>
#include <retrograde/scenarios/show/page/picture.hpp>
#include <retrograde/scenarios/show/plot/chart/table.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

namespace retrograde {

namespace {

constexpr double whole = 980, half = whole / 2;
constexpr std::size_t most_histograms = 12;  // of a panel; a picture of all shows fewer
constexpr std::size_t few_histograms = 4;

struct PanelFacts {
  Panel panel;
  std::string_view name;
  PanelNeeds needs;
};
constexpr std::array<PanelFacts, std::size(panels)> facts = {
    {{Panel::learning, "learning", PanelNeeds::nothing},
     {Panel::confusion, "confusion", PanelNeeds::evaluation},
     {Panel::activity, "activity", PanelNeeds::evaluation},
     {Panel::raster, "raster", PanelNeeds::sample},
     {Panel::voltages, "voltages", PanelNeeds::sample},
     {Panel::delays, "delays", PanelNeeds::nothing},
     {Panel::weights, "weights", PanelNeeds::nothing},
     {Panel::wrong, "wrong", PanelNeeds::evaluation}}};

const PanelFacts& facts_of(Panel panel) {
  return *std::find_if(facts.begin(), facts.end(),
                       [&](const PanelFacts& f) { return f.panel == panel; });
}

std::vector<ParameterKind> kinds_of(Panel panel) {
  std::vector<ParameterKind> kinds;
  for (const ParameterKind kind : parameter_kinds)
    if (panel == Panel::delays ? is_delay(kind) : kind == ParameterKind::weight)
      kinds.push_back(kind);
  return kinds;
}

// Charts below each other: those of half the width in pairs.
class Stack {
 public:
  void add(std::string chart) {
    flush();
    rows_.push_back(std::move(chart));
  }
  template <typename Chart>
  void add_half(Chart chart) {
    chart.width = half;
    pending_.push_back(render(chart));
    if (pending_.size() == 2) flush();
  }
  // The next chart begins a new row.
  void flush() {
    if (pending_.empty()) return;
    std::vector<std::vector<std::string>> columns;
    for (std::string& chart : pending_) columns.push_back({std::move(chart)});
    pending_.clear();
    rows_.push_back(arrange(columns));
  }
  std::string svg() {
    flush();
    return standalone_svg(arrange({rows_}));
  }

 private:
  std::vector<std::string> rows_, pending_;
};

TextTable table_of(const Report& report) {
  const MistakeTable mistakes = mistake_table(report);
  TextTable table;
  table.title = fmt::format("Most wrong about, {} part", name(report.evaluation.part));
  table.head = mistakes.head;
  table.rows = mistakes.rows;
  if (!mistakes.note.empty()) table.notes.push_back(mistakes.note);
  return table;
}

void add_histograms(Stack& stack, const std::vector<Histogram>& all, std::size_t most) {
  for (std::size_t k = 0; k < std::min(all.size(), most); ++k) stack.add_half(all[k]);
}

void add_sample(Stack& stack, const Report& report, const SampleRun& sample, bool spikes,
                bool voltages) {
  Raster raster = sample_raster(report, sample, whole);
  if (!spikes) raster.bands.clear();
  if (!voltages) raster.traces.clear();
  stack.add(render(raster));
}

void add_panel(Stack& stack, const Report& report, Panel panel, bool alone) {
  const std::vector<SampleRun>& samples = report.evaluation.samples;
  const std::size_t most = alone ? most_histograms : few_histograms;
  switch (panel) {
    case Panel::learning:
      if (report.evaluation.labelled() || report.history().front().train_accuracy)
        stack.add_half(accuracy_chart(report));
      stack.add_half(loss_chart(report));
      break;
    case Panel::confusion: {
      HeatMap map = *confusion_map(report);
      map.title = fmt::format("Decisions, {} part", name(report.evaluation.part));
      stack.add_half(std::move(map));
      break;
    }
    case Panel::activity:
      add_histograms(stack, activity_histograms(report), most);
      break;
    case Panel::raster:
      add_sample(stack, report, samples.front(), true, !alone);
      break;
    case Panel::voltages:
      // In the picture of all they are below the raster.
      if (alone) add_sample(stack, report, samples.front(), false, true);
      break;
    case Panel::delays:
    case Panel::weights:
      add_histograms(stack, learned_histograms(report, kinds_of(panel)), most);
      break;
    case Panel::wrong:
      if (alone) {
        TextTable table = table_of(report);
        table.width = whole;
        stack.add(render(table));
      } else {
        stack.add_half(table_of(report));
      }
      for (std::size_t k = 1;
           k < (alone ? samples.size() : std::min<std::size_t>(samples.size(), 2)); ++k)
        add_sample(stack, report, samples[k], true, true);
  }
}

// Whose values they are is said where they are others.
bool values_of_best_epoch(const Report& report) {
  const auto& checkpoint = report.trained.checkpoint;
  if (!checkpoint || checkpoint->best_values.empty()) return true;
  const auto values = report.trained.network.parameters();
  return std::equal(values.begin(), values.end(), checkpoint->best_values.begin(),
                    checkpoint->best_values.end());
}

std::string heading(const Report& report) {
  const Scenario& scenario = report.trained.scenario;
  const Evaluation& e = report.evaluation;
  std::string line = fmt::format("seed {}", scenario.seed);
  if (!report.history().empty())
    line += fmt::format(", {}, best: {}", plural(report.history().size(), "epoch"),
                        report.trained.checkpoint->best_epoch);
  if (!values_of_best_epoch(report)) line += ", values as training was left";
  if (e.labelled())
    line += fmt::format(", {} accuracy {} of {}", name(e.part), percent_text(e.exact.accuracy()),
                        plural(e.exact.trials, "trial"));
  const std::string title = scenario.title.empty() ? scenario.name : scenario.title;
  return svg_parts::open_svg(whole, 58, title) +
         svg_parts::text(16, 28, svg_parts::fitted(title, 16, whole - 32), "title") +
         svg_parts::text(16, 48, line) + "</svg>";
}

}  // namespace

std::string_view name(Panel panel) { return facts_of(panel).name; }

std::optional<Panel> panel_named(std::string_view name) {
  for (const PanelFacts& f : facts)
    if (f.name == name) return f.panel;
  return std::nullopt;
}

PanelNeeds needs_of(Panel panel) { return facts_of(panel).needs; }

std::string nothing_to_draw(const Report& report, Panel panel) {
  const Evaluation& e = report.evaluation;
  switch (panel) {
    case Panel::learning:
      return report.history().empty() ? "nothing has been trained yet" : "";
    case Panel::confusion:
      if (!e.labelled()) return "its trials have no labels";
      return confusion_map(report) ? "" : "its classes are too many to be read, or have no names";
    case Panel::activity:
      return activity_histograms(report).empty() ? "it has no layer that fires" : "";
    case Panel::raster:
      return e.samples.empty() ? "there is no trial" : "";
    case Panel::voltages:
      return e.samples.empty() || e.samples.front().recordings.empty() ? "there is no trial" : "";
    case Panel::delays:
    case Panel::weights:
      if (!report.trained.checkpoint) return "nothing has been trained yet";
      return learned_histograms(report, kinds_of(panel)).empty()
                 ? fmt::format("no {} are learned", name(panel))
                 : "";
    case Panel::wrong:
      return e.worst.empty() ? "there is no trial" : "";
  }
  return "";
}

std::string render_picture(const Report& report, std::optional<Panel> panel) {
  Stack stack;
  stack.add(heading(report));
  if (panel) {
    add_panel(stack, report, *panel, true);
    return stack.svg();
  }
  for (const Panel p : panels)
    if (nothing_to_draw(report, p).empty()) add_panel(stack, report, p, false);
  return stack.svg();
}

}  // namespace retrograde

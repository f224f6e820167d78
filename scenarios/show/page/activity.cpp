#include <fmt/format.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/run/evaluation/layer_activity.hpp>
#include <retrograde/scenarios/show/page/page.hpp>
#include <retrograde/scenarios/show/page/panels.hpp>
#include <retrograde/scenarios/show/page/sections.hpp>
#include <retrograde/scenarios/show/plot/palette.hpp>

namespace retrograde {

using namespace page_parts;

namespace {

constexpr std::size_t most_layers = 12;

}  // namespace

std::vector<Histogram> activity_histograms(const Report& report) {
  const Network& network = report.trained.network;
  std::vector<Histogram> all;
  for (const LayerActivity& layer : layer_activity(network, report.evaluation.exact)) {
    const Population& p = network.populations()[layer.population];
    Histogram histogram;
    histogram.title =
        fmt::format("{}: {:.2f} spikes, {} of {} silent", p.name, layer.mean, layer.silent, p.size);
    histogram.x.label = "spikes per trial of a neuron";
    histogram.x.low = 0.0;
    histogram.after = layer.spikes;
    histogram.after_name = "neurons";
    histogram.color = palette::exact;
    histogram.bins = 30;
    all.push_back(std::move(histogram));
  }
  return all;
}

std::string activity_section(const Report& report) {
  const std::vector<Histogram> all = activity_histograms(report);
  if (all.empty()) return "";
  std::vector<std::string> charts;
  for (std::size_t k = 0; k < std::min(all.size(), most_layers); ++k)
    charts.push_back(render(all[k]));
  std::string caption = fmt::format(
      "How many spikes each neuron has in a trial, in the mean over the {} part: the number in the "
      "title is the mean of the layer. A neuron that never fires takes no part in any decision.",
      name(report.evaluation.part));
  if (all.size() > most_layers)
    caption += fmt::format(" {} not shown.",
                           plural(all.size() - most_layers, "more layer is", "more layers are"));
  return section("How active its layers are", caption, grid(charts));
}

}  // namespace retrograde

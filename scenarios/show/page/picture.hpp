// The picture of a run: the panels of its report as one SVG file, or one of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/scenarios/show/page/report.hpp>

namespace retrograde {

enum class Panel {
  learning,   // accuracy and loss against epochs
  confusion,  // decisions against labels
  activity,   // spikes of each layer, and how they are spread over its neurons
  raster,     // spikes of a trial, inputs and all layers
  voltages,   // of the same trial, those that decide
  delays,     // learned delays of every kind, before and after
  weights,    // learned weights, before and after
  wrong,      // the trials that it is most wrong about
};
inline constexpr Panel panels[] = {Panel::learning, Panel::confusion, Panel::activity,
                                   Panel::raster,   Panel::voltages,  Panel::delays,
                                   Panel::weights,  Panel::wrong};

std::string_view name(Panel panel);
std::optional<Panel> panel_named(std::string_view name);

// What a panel needs of Report::evaluation beside its part: nothing, a sample, or the whole part.
enum class PanelNeeds { nothing, sample, evaluation };
PanelNeeds needs_of(Panel panel);

// Why there is nothing to draw for a panel; empty: there is something.
std::string nothing_to_draw(const Report& report, Panel panel);

// One SVG file; without a panel all of those that have something to draw, which the one that is asked
// for has.
std::string render_picture(const Report& report, std::optional<Panel> panel);

}  // namespace retrograde

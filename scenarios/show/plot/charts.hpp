// Charts as SVG: a plain struct goes in, an <svg> element comes out that scales with its container
// and takes colours and fonts from plot_style() (svg.hpp). Hovering shows values. All texts are
// escaped; values that are not finite are left out; an empty chart says "no data". Cost and size
// are proportional to what is drawn, which is bounded: curves are reduced to what a screen can
// show.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/events/time.hpp>

namespace retrograde {

struct Axis {
  std::string label = {};  // "accuracy"
  std::string unit = {};   // "%", may be empty
  bool log = false;        // values <= 0 are left out
  // Limits; without them the data, with some air, decides.
  std::optional<double> low = {}, high = {};
  // Of a line chart's x: texts for the positions 0, 1, ... in the place of numbers.
  std::vector<std::string> names = {};
  // Of a line chart's x: ticks at these values; empty: at round ones.
  std::vector<double> ticks = {};
};

struct Series {
  std::string name;
  std::vector<double> x, y;  // x ascending
  int color = -1;            // of the palette; -1: its position
  int dash = 0;              // of the patterns of plot.css; 0: none
  // Half the length of an upright error bar at each point; empty: none.
  std::vector<double> spread = {};
  std::vector<double> spread_below = {};  // of its lower half, where that is another
  double aside = 0;  // pixels to the right of where it belongs, so that like curves show
  int mark = -1;     // shape of its points, also in the legend; -1: small dots
};

// A straight line across the chart, at x (upright) or y, with a short text.
struct Rule {
  double value = 0;
  std::string text;
  bool upright = false;
};

struct LineChart {
  std::string title;
  Axis x, y;
  std::vector<Series> series;
  std::vector<Rule> rules;
  double width = 480, height = 280;
};
std::string render(const LineChart& chart);

// Two samples over the same bins, one behind the other. Bins far above all others are broken, with
// their counts beside them.
struct Histogram {
  std::string title;
  Axis x;
  std::vector<double> before, after;
  std::string before_name = "before", after_name = "after";
  int color = 0;
  int bins = 40;
  double width = 480, height = 240;
};
std::string render(const Histogram& chart);

// A matrix of counts. Each cell's shade is its share of its row; the diagonal (right decisions) is
// grey, everything else (mistakes) coloured. Counts are printed where there is room.
struct HeatMap {
  std::string title;
  std::string row_title, column_title;
  std::vector<std::string> rows, columns;
  std::vector<std::uint64_t> counts;  // row after row
  double width = 480;
};
std::string render(const HeatMap& chart);

// Spikes of several populations over time, each in its own band and colour, with its rate over time
// where its neurons are many; voltages below them. Where spikes are too many to be told apart, a
// band is shaded by how many there are at each place, and so is an analogue signal by its value: as a
// spectrogram is. What is too much for one picture, bands and voltages, is left out and counted.
struct Raster {
  struct Band {
    std::string name;
    std::uint32_t size = 1;                // neurons
    std::vector<double> times;             // ms
    std::vector<std::uint32_t> neurons;    // within the band, one per time
    std::vector<std::size_t> ringed = {};  // positions of spikes to be told from the rest
    // Of an analogue signal: what it is from each time on, 0 before. Empty: these are spikes.
    std::vector<double> levels = {};
  };
  struct Trace {
    std::string name;
    std::vector<double> times, values;
  };
  // Something that happens to the network, over all bands; the label stands above.
  struct Mark {
    Time time;
    std::string label;
  };
  std::string title;
  Time duration = 0;
  // What of it is drawn; without `to` up to the end. Bands and traces may hold more.
  Time from = 0;
  std::optional<Time> to = {};
  std::vector<Band> bands;
  std::vector<Trace> traces;
  std::vector<Mark> marks = {};
  Axis time = {.label = "time", .unit = "ms"};
  std::string members = "neuron", events = "spike";  // what they are called, one of them
  std::string trace_label = "voltage";
  std::optional<double> threshold;  // a line across the traces
  std::vector<std::string> notes;   // below: what is not drawn, and why
  std::vector<Rule> rules;          // upright, at times
  double width = 980;
};
std::string render(const Raster& chart);

// Groups of bars, one bar per series in each group, with the values printed above them.
struct BarGroups {
  std::string title;
  Axis y;
  std::vector<std::string> groups, series;
  std::vector<std::vector<double>> values;  // [series][group], >= 0
  double width = 480, height = 260;
};
std::string render(const BarGroups& chart);

// Several charts in one <svg> with their natural sizes: columns from left to right, each from top
// to bottom.
std::string arrange(const std::vector<std::vector<std::string>>& columns);

// Height of what render() made, in user units.
double natural_height(const std::string& chart);

}  // namespace retrograde

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <utility>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/analysis/text.hpp>

namespace retrograde {

namespace {

constexpr const char* null_names[] = {"free", "within channel"};

std::string number(std::optional<double> value) {
  return value ? fmt::format("{:.3f}", *value) : "none";
}

std::string share(std::optional<double> value) { return value ? percent_text(value) : "none"; }

void add_rows(const char* when, const Clustering& c, std::vector<std::vector<std::string>>& rows) {
  const bool any = c.states[static_cast<std::size_t>(MapState::measured)] > 0;
  for (std::size_t null = 0; null < null_count; ++null) {
    const NullClustering& n = c.nulls[null];
    rows.push_back({null == 0 ? when : "", null_names[null], any ? number(c.moran) : "none",
                    any ? number(n.moran) : "none",
                    n.tested > 0 ? fmt::format("{} of {}", n.significant, n.tested) : "none",
                    share(c.same_sign), fmt::format("{}", c.both_signs), share(n.same_sign),
                    n.p ? fmt::format("{:.2g}", *n.p) : "none"});
  }
}

// What permutations cannot say.
void add_null_remarks(const std::string& where, const Clustering& c, std::size_t null,
                      std::vector<std::string>& remarks) {
  const NullClustering& n = c.nulls[null];
  if (!n.nothing.empty()) {
    remarks.push_back(where + n.nothing);
    return;
  }
  if (c.same_sign && n.counted < n.drawn)
    remarks.push_back(fmt::format(
        "{}{} of {} permutations count for the same signs; the others leave no neuron with "
        "neighbours and both signs",
        where, n.counted, n.drawn));
  std::size_t without = 0;
  std::uint32_t least = n.drawn;
  for (const MapClustering& map : c.maps)
    if (map.p[null] && map.counted[null] < n.drawn) {
      ++without;
      least = std::min(least, map.counted[null]);
    }
  if (without > 0)
    remarks.push_back(fmt::format(
        "{}not all of {} permutations leave {} with neighbours: {} at least count", where, n.drawn,
        plural(without, "neuron that is tested alone", "neurons that are tested alone"), least));
  if (n.needed > 0)
    remarks.push_back(fmt::format(
        "{}{} tested, so that no neuron alone can be significant with {}; use --permutations {}",
        where, plural(n.tested, "neuron"), plural(n.drawn, "permutation"), n.needed));
}

void add_remarks(const char* when, const Clustering& c, std::vector<std::string>& remarks) {
  const auto count = [&](MapState state) { return c.states[static_cast<std::size_t>(state)]; };
  const auto say = [&](MapState state, const char* what) {
    if (count(state) > 0)
      remarks.push_back(fmt::format("{}{} {}", when, plural(count(state), "neuron"), what));
  };
  say(MapState::few, "with fewer than two synapses: no I");
  say(MapState::alike, "whose synapses all have the same value: no I");
  say(MapState::apart, "without two synapses that are neighbours: no I");
  const std::size_t measured = count(MapState::measured);
  if (measured > 0 && c.nulls[0].tested < measured)
    remarks.push_back(fmt::format("{}{} with fewer than {} synapses: tested together only", when,
                                  plural(measured - c.nulls[0].tested, "neuron"), least_for_p));
  if (!c.same_sign)
    remarks.push_back(fmt::format(
        "{}no neuron has neighbours and synapses of both signs: same signs are not tested", when));
  for (std::size_t null = 0; null < null_count; ++null)
    add_null_remarks(fmt::format("{}{}: ", when, null_names[null]), c, null, remarks);
}

}  // namespace

std::string measure_text(const Analysis& analysis) {
  const ClusteringOptions& o = analysis.options.clustering;
  const bool queen = o.neighbourhood.kind == Neighbourhood::Kind::queen;
  return fmt::format(
      "by {}, in steps of {:g} ms, {}, {}", o.value == MapValue::sign ? "sign" : "weight",
      analysis.step,
      queen ? "queen neighbours"
            : fmt::format("Gaussian neighbours of length {:g}", o.neighbourhood.length),
      plural(o.permutations, "permutation"));
}

std::string projection_text(const ProjectionAnalysis& p) {
  const std::string ends = fmt::format("{}->{}", p.source, p.target);
  return p.name == ends ? ends : fmt::format("{} ({})", ends, p.name);
}

std::vector<std::vector<std::string>> analysis_rows(const ProjectionAnalysis& projection) {
  std::vector<std::vector<std::string>> rows;
  add_rows(projection.after ? "before" : "untrained", projection.before.clustering, rows);
  if (projection.after) add_rows("after", projection.after->clustering, rows);
  return rows;
}

std::vector<std::string> analysis_remarks(const ProjectionAnalysis& projection) {
  std::vector<std::string> remarks;
  if (!projection.from_input)
    remarks.push_back(
        fmt::format("{} is no input: the order of its neurons means nothing, and delays alone say "
                    "which synapses are neighbours",
                    projection.source));
  add_remarks(projection.after ? "before: " : "", projection.before.clustering, remarks);
  if (projection.after) add_remarks("after: ", projection.after->clustering, remarks);
  return remarks;
}

std::string analysis_text(const std::string& name, const Analysis& analysis) {
  constexpr int widths[] = {-10, -15, 8, 10, 20, 11, 11, 10, 11};
  const auto line = [&](const auto& cells) {
    std::string out = " ";
    for (std::size_t k = 0; k < std::size(widths); ++k)
      out += widths[k] < 0 ? fmt::format(" {:<{}}", cells[k], -widths[k])
                           : fmt::format(" {:>{}}", cells[k], widths[k]);
    out.erase(out.find_last_not_of(' ') + 1);
    return out + "\n";
  };
  std::string out =
      fmt::format("\n{}: whether like synapses lie together\n{}\n", name, measure_text(analysis));
  for (const ProjectionAnalysis& projection : analysis.projections) {
    out += fmt::format(
        "\n{}, {}\n", projection_text(projection),
        plural((projection.after ? *projection.after : projection.before).clustering.synapses,
               "synapse"));
    out += line(analysis_columns);
    for (const std::vector<std::string>& row : analysis_rows(projection)) out += line(row);
    for (const std::string& remark : analysis_remarks(projection))
      out += fmt::format("  {}\n", remark);
  }
  return out;
}

}  // namespace retrograde

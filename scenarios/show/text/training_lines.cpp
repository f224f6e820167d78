#include <fmt/format.h>
#include <fmt/ranges.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/text/training_lines.hpp>

namespace retrograde {

namespace {

// These say nothing where there is nothing to say.
std::string accuracy_text(const char* what, const std::optional<double>& accuracy) {
  return accuracy ? fmt::format("  {} {:>7}", what, percent_text(accuracy)) : std::string();
}

std::string identities_text(const SelfCheck* check) {
  if (!check) return {};
  return fmt::format("  identities {:.1e}{}", check->worst.relative(),
                     check->violated > 0 ? " VIOLATED" : "");
}

}  // namespace

std::string activity_text(double spikes_per_neuron, std::uint64_t silent,
                          const std::vector<std::string>& silent_populations,
                          const GrazingCounts& counts) {
  std::string text = fmt::format("{:.2f} spikes/neuron  {} silent", spikes_per_neuron, silent);
  if (!silent_populations.empty())
    text += fmt::format(" (all of {})", fmt::join(silent_populations, ", "));
  return counts.grazing > 0 ? text + fmt::format("  {} grazing", counts.grazing) : text;
}

std::string line_of(const EpochProgress& p) {
  return fmt::format(
      "{} {}/{}  {:3.0f} %  loss {:.4f}{}{}  {}  {} deliveries/s  {} left", p.what, p.epoch,
      p.epochs, 100.0 * p.share, p.loss, accuracy_text("train", p.accuracy),
      accuracy_text("best epoch's validation", p.best_validation),
      activity_text(p.activity.spikes_per_neuron, p.activity.silent, p.silent, p.grazing),
      short_number(p.deliveries_per_s), duration_text(p.seconds_left));
}

std::string line_of(const EpochReport& r) {
  const EpochMetrics& m = r.metrics;
  const std::string validation = !r.validated ? std::string()
                                 : m.validation_accuracy
                                     ? accuracy_text("validation", m.validation_accuracy)
                                     : fmt::format("  validation loss {:.4f}", m.validation_loss);
  const std::string rewired =
      m.removed + m.grown == 0 ? std::string()
      : m.removed == m.grown   ? fmt::format("  {} synapses moved", m.grown)
                               : fmt::format("  {} synapses removed, {} grown", m.removed, m.grown);
  return fmt::format(
      "{} {:>{}}/{}  loss {:.4f}{}{}  {}{}  {} deliveries/s forward, {} backward{}  {}  {} left",
      r.what, m.epoch, fmt::formatted_size("{}", r.epochs), r.epochs, m.train_loss,
      accuracy_text("train", m.train_accuracy), validation,
      activity_text(m.spikes_per_neuron, m.silent_neurons, r.silent, m.grazing), rewired,
      short_number(m.forward_rate), short_number(m.backward_rate), identities_text(r.self_check),
      duration_text(m.seconds), duration_text(r.seconds_left));
}

namespace {

std::vector<std::string> learned_projections(const StructurePlan& structure) {
  std::vector<std::string> names;
  const auto& projections = structure.pairs().outline().projections();
  for (std::size_t p = 0; p < projections.size(); ++p)
    if (structure.spec().projections[p]) names.push_back(projections[p].name);
  return names;
}

// Projections that leave neurons whose sign the structure sets, and do not keep it themselves.
std::vector<std::string> beside_signs(const StructurePlan& structure) {
  std::vector<std::string> names;
  if (structure.spec().signs != Signs::neuron) return names;
  const Network& network = structure.pairs().outline();
  std::vector<char> has_signs(network.populations().size(), 0);
  for (std::size_t p = 0; p < network.projections().size(); ++p)
    if (structure.spec().projections[p]) has_signs[network.projections()[p].source] = 1;
  for (std::size_t p = 0; p < network.projections().size(); ++p)
    if (!structure.spec().projections[p] && has_signs[network.projections()[p].source])
      names.push_back(network.projections()[p].name);
  return names;
}

}  // namespace

std::string structure_text(const StructurePlan& structure) {
  const StructureSpec& spec = structure.spec();
  std::string text = spec.dynamic() ? "learned structure" : "fixed structure";
  if (spec.signs != Signs::free)
    text += fmt::format(", signs per {}", spec.signs == Signs::neuron ? "neuron" : "synapse");
  const char* between = ": ";
  for (const StructurePlan::Region& region : structure.regions()) {
    text += fmt::format(
        "{}{} {} of {} pairs", between,
        spec.budget == Budget::network
            ? fmt::format("{} together", fmt::join(learned_projections(structure), " and "))
            : region.name,
        region.budget, region.pairs);
    between = ", ";
  }
  const std::vector<std::string> beside = beside_signs(structure);
  if (!beside.empty())
    text += fmt::format("; the signs of neurons do not hold in {}", fmt::join(beside, ", "));
  return text;
}

std::string silence_warning(const std::vector<SilentPopulation>& silences, const Network& network,
                            const Scenario& scenario) {
  return fmt::format(
      "{} ended the training without a spike, and no gradient reaches a silent neuron: {}",
      names_of(silences, network), silence_remedy(scenario));
}

void TrainingLines::began(const CourseStart& start) {
  progress_.keep();  // what another course drew
  live_.begin(start);
}

void TrainingLines::epoch_progress(const EpochProgress& progress) {
  if (progress_.live())
    progress_.draw(live_.lines(terminal_of_stderr(), &progress));
  else
    progress_.update(line_of(progress));
}

void TrainingLines::epoch_ended(const EpochReport& report) {
  live_.add(report);
  if (progress_.live())
    progress_.draw(live_.lines(terminal_of_stderr(), nullptr));
  else
    progress_.print(line_of(report));
}

void TrainingLines::stopped() {
  progress_.redraw();
  progress_.keep();
}

}  // namespace retrograde

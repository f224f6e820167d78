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

std::string grazing_text(const GrazingCounts& counts) {
  return counts.grazing > 0 ? fmt::format("  {} grazing", counts.grazing) : std::string();
}

std::string identities_text(const SelfCheck* check) {
  if (!check) return {};
  return fmt::format("  identities {:.1e}{}", check->worst.relative(),
                     check->violated > 0 ? " VIOLATED" : "");
}

// "12 silent", "12 silent (all of hidden)"
std::string silent_text(std::uint64_t neurons, const std::vector<std::string>& populations) {
  return fmt::format("{} silent{}", neurons,
                     populations.empty()
                         ? std::string()
                         : fmt::format(" (all of {})", fmt::join(populations, ", ")));
}

}  // namespace

std::string line_of(const EpochProgress& p) {
  return fmt::format(
      "{} {}/{}  {:3.0f} %  loss {:.4f}{}{}  {:.2f} spikes/neuron  {}{}  {} deliveries/s  {} left",
      p.what, p.epoch, p.epochs, 100.0 * p.share, p.loss, accuracy_text("train", p.accuracy),
      accuracy_text("best validation", p.best_validation), p.activity.spikes_per_neuron,
      silent_text(p.activity.silent, p.silent), grazing_text(p.grazing),
      short_number(p.deliveries_per_s), duration_text(p.seconds_left));
}

std::string line_of(const EpochReport& r) {
  const EpochMetrics& m = r.metrics;
  const std::string validation = !r.validated ? std::string()
                                 : m.validation_accuracy
                                     ? accuracy_text("validation", m.validation_accuracy)
                                     : fmt::format("  validation loss {:.4f}", m.validation_loss);
  return fmt::format(
      "{} {:>{}}/{}  loss {:.4f}{}{}  {:.2f} spikes/neuron  {}{}  {} deliveries/s forward, {} "
      "backward{}  {}  {} left",
      r.what, m.epoch, fmt::formatted_size("{}", r.epochs), r.epochs, m.train_loss,
      accuracy_text("train", m.train_accuracy), validation, m.spikes_per_neuron,
      silent_text(m.silent_neurons, r.silent), grazing_text(m.grazing),
      short_number(m.forward_rate), short_number(m.backward_rate), identities_text(r.self_check),
      duration_text(m.seconds), duration_text(r.seconds_left));
}

std::string silence_warning(const std::vector<Silence>& silences, const Network& network,
                            double silent_increment) {
  return fmt::format(
      "{} ended the training without a spike, and no gradient reaches a silent neuron: {}",
      names_of(silences, network), silence_remedy(silent_increment));
}

void TrainingLines::epoch_progress(const EpochProgress& progress) {
  progress_.update(line_of(progress));
}

void TrainingLines::epoch_ended(const EpochReport& report) { progress_.print(line_of(report)); }

}  // namespace retrograde

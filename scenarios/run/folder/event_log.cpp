#include <cerrno>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>

#include <retrograde/scenarios/exchange/tensorboard.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/run/folder/event_log.hpp>

namespace retrograde {

namespace {

namespace fs = std::filesystem;
namespace tb = tensorboard;

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::vector<tb::Scalar> scalars_of(const EpochMetrics& m, bool validated) {
  std::vector<tb::Scalar> scalars = {
      {"loss/training", m.train_loss},
      {"activity/spikes_per_neuron", m.spikes_per_neuron},
      {"activity/silent_neurons", static_cast<double>(m.silent_neurons)},
      {"activity/silent_per_batch", m.silent_per_batch},
      {"rate/factor", m.rate_factor},
      {"rate/delay_factor", m.delay_rate_factor},
      {"rate/neuron_factor", m.neuron_rate_factor},
      {"rate/forward_deliveries_per_s", m.forward_rate},
      {"rate/backward_deliveries_per_s", m.backward_rate},
      {"gradient/grazing_spikes", static_cast<double>(m.grazing.grazing)}};
  if (std::isfinite(m.grazing.smallest_slope))
    scalars.push_back({"gradient/smallest_slope_per_ms", m.grazing.smallest_slope});
  if (m.train_accuracy) scalars.push_back({"accuracy/training", *m.train_accuracy});
  if (!validated) return scalars;
  scalars.push_back({"loss/validation", m.validation_loss});
  if (m.validation_accuracy) scalars.push_back({"accuracy/validation", *m.validation_accuracy});
  return scalars;
}

std::vector<tb::Distribution> distributions_of(const Learning& learning, const Network& network) {
  std::vector<tb::Distribution> all;
  for (const LearnedGroup& group : learned_groups(network, learning))
    all.push_back(
        {fmt::format("{}/{}", name(group.kind), group.where), group.of(network.parameters())});
  return all;
}

// What a file holds already.
struct Found {
  std::vector<std::uint8_t> bytes;
  std::size_t kept = 0;  // bytes, of epochs of the history
  std::size_t epochs = 0;
  double began = 0;  // s since 1970
};

Found found(const std::string& path, const std::vector<EpochMetrics>& history) {
  Found file;
  std::error_code error;
  if (fs::is_regular_file(path, error)) file.bytes = read_file(path);
  for (const tb::Record& record : tb::whole_records(file.bytes)) {
    if (record.step < 0 || static_cast<std::uint64_t>(record.step) > history.size()) break;
    if (file.kept == 0) file.began = record.wall_time;
    file.kept = record.end;
    file.epochs = static_cast<std::size_t>(record.step);
  }
  if (file.kept == 0) file.began = seconds_now() - total_seconds(history);
  return file;
}

void append(const std::string& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::app);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) throw_io_error(path, "write", errno);
}

}  // namespace

void write_event_log(const std::string& path, const EventLog& log,
                     const std::vector<EpochMetrics>& history, const Network& now) {
  const Found file = found(path, history);
  std::string added;
  if (file.kept == 0) {
    added = tb::head(file.began);
    added += tb::record_of({file.began, 0, {}, distributions_of(log.learning, log.before)});
  }
  double time = file.began;
  for (std::size_t k = 0; k < history.size(); ++k) {
    time += history[k].seconds;
    if (k < file.epochs) continue;
    tb::Event event{time, history[k].epoch, scalars_of(history[k], log.validated), {}};
    if (k + 1 == history.size())
      event.distributions =
          distributions_of(log.learning_now ? *log.learning_now : log.learning, now);
    added += tb::record_of(event);
  }
  if (file.kept > 0 && file.kept == file.bytes.size()) return append(path, added);
  write_file(path, std::string(file.bytes.begin(),
                               file.bytes.begin() + static_cast<std::ptrdiff_t>(file.kept)) +
                       added);
}

}  // namespace retrograde

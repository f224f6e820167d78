#include <algorithm>
#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/run/folder/archive.hpp>
#include <retrograde/scenarios/run/pursuit/pursuit_checkpoint.hpp>

namespace retrograde {

namespace {

constexpr ArchiveFormat format = {"RETROSCP", 1, "checkpoint of a sparse coding"};

void arrays(ArchiveWriter& a, const std::vector<NamedArray>& all) {
  a.value(std::uint64_t{all.size()});
  for (const NamedArray& each : all) {
    a.list(std::vector<char>(each.name.begin(), each.name.end()));
    a.value(static_cast<std::int64_t>(each.values.rows()));
    a.value(static_cast<std::int64_t>(each.values.cols()));
    a.list(std::vector<double>(each.values.data(), each.values.data() + each.values.size()));
  }
}

void arrays(ArchiveReader& a, std::vector<NamedArray>& all) {
  std::uint64_t count = 0;
  a.value(count);
  for (std::uint64_t k = 0; k < count; ++k) {
    std::vector<char> name;
    std::int64_t rows = 0, columns = 0;
    std::vector<double> values;
    a.list(name);
    a.value(rows);
    a.value(columns);
    a.list(values);
    const auto size = static_cast<std::int64_t>(values.size());
    if (rows < 0 || columns < 0 ||
        (rows > 0 ? columns != size / rows || size % rows != 0 : size != 0))
      a.fail("the shape of an array contradicts its size");
    NamedArray& each = all.emplace_back();
    each.name.assign(name.begin(), name.end());
    each.values.resize(rows, columns);
    std::copy(values.begin(), values.end(), each.values.data());
  }
}

template <typename Archive, typename Epoch>
void row(Archive& a, Epoch& e) {
  a.value(e.epoch);
  for (auto* d :
       {&e.loss, &e.reconstruction, &e.cross_entropy, &e.coherence, &e.gap, &e.kkt, &e.active,
        &e.train_accuracy, &e.validation_accuracy, &e.validation_loss, &e.seconds})
    a.value(*d);
}

template <typename Archive, typename State>
void head(Archive& a, State& c) {
  a.value(c.scenario_identity);
  a.value(c.data_identity);
  a.value(c.epoch);
  arrays(a, c.state);
  a.value(c.best_epoch);
  a.value(c.best_score);
  arrays(a, c.best);
}

}  // namespace

const Matrix& array_named(const std::vector<NamedArray>& all, const std::string& name) {
  for (const NamedArray& each : all)
    if (each.name == name) return each.values;
  throw InternalError(fmt::format("a checkpoint has no array {}", name));
}

void write_pursuit_checkpoint(const std::string& path, const PursuitCheckpoint& checkpoint) {
  ArchiveWriter content;
  head(content, checkpoint);
  content.value(std::uint64_t{checkpoint.history.size()});
  for (const PursuitEpoch& each : checkpoint.history) row(content, each);
  write_file(path, framed(format, content.text()));
}

PursuitCheckpoint read_pursuit_checkpoint(const std::string& path) {
  return parse_pursuit_checkpoint(read_file(path), path);
}

PursuitCheckpoint parse_pursuit_checkpoint(const std::vector<std::uint8_t>& bytes,
                                           const std::string& file) {
  ArchiveReader content = unframed(format, bytes, file);
  PursuitCheckpoint c;
  head(content, c);
  std::uint64_t rows = 0;
  content.value(rows);
  for (std::uint64_t k = 0; k < rows; ++k) row(content, c.history.emplace_back());
  if (!content.at_end()) content.fail("something follows the last entry");
  return c;
}

void write_pursuit_metrics(const std::string& path, const std::vector<PursuitEpoch>& history) {
  std::string text =
      "epoch,loss,reconstruction,cross_entropy,coherence,gap,kkt,active_groups,train_accuracy,"
      "validation_accuracy,validation_loss,seconds\n";
  for (const PursuitEpoch& e : history)
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}\n", e.epoch, e.loss, e.reconstruction,
                        e.cross_entropy, e.coherence, e.gap, e.kkt, e.active, e.train_accuracy,
                        e.validation_accuracy, e.validation_loss, e.seconds);
  write_file(path, text);
}

}  // namespace retrograde

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include <retrograde/adjoint/pursuit/learned_atoms.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/run/folder/archive.hpp>
#include <retrograde/scenarios/run/pursuit/pursuit_checkpoint.hpp>

namespace retrograde {

namespace {

constexpr ArchiveFormat format = {"RETROSCP", 2, "checkpoint of a sparse coding"};

template <typename Values>
void array(ArchiveWriter& a, const Values& values) {
  a.list(std::vector<double>(values.data(), values.data() + values.size()));
}
// Of the size that it has already.
template <typename Values>
void array(ArchiveReader& a, Values& values) {
  std::vector<double> stored;
  a.list(stored);
  if (static_cast<Eigen::Index>(stored.size()) != values.size())
    a.fail(fmt::format("an array has {} values where the scenario has {}", stored.size(),
                       values.size()));
  std::copy(stored.begin(), stored.end(), values.data());
}

// The dictionary with its eigenvalue, which steps of the training were measured by.
void dictionary(ArchiveWriter& a, const Dictionary& d) {
  array(a, learned_atoms(d));
  a.value(d.largest_eigenvalue());
}
void dictionary(ArchiveReader& a, Dictionary& d) {
  Matrix atoms = learned_atoms(d);
  double eigenvalue = 0.0;
  array(a, atoms);
  a.value(eigenvalue);
  if (!atoms.allFinite() || !(eigenvalue > 0.0)) a.fail("a dictionary is not finite");
  d = with_atoms(d, std::move(atoms), eigenvalue);
}

template <typename Archive, typename Classifier>
void classifier(Archive& a, Classifier& c) {
  dictionary(a, c.problem.dictionary);
  array(a, c.problem.penalty.l1);
  array(a, c.problem.penalty.l2);
  array(a, c.weights);
  array(a, c.bias);
}

template <typename Archive, typename Moments>
void moments(Archive& a, Moments& m) {
  array(a, m.dictionary);
  array(a, m.weights);
  array(a, m.bias);
  array(a, m.l1);
  array(a, m.l2);
}

template <typename Archive, typename Epoch>
void row(Archive& a, Epoch& e) {
  a.value(e.epoch);
  for (auto* d : {&e.loss, &e.reconstruction, &e.cross_entropy, &e.coherence, &e.gap, &e.kkt,
                  &e.active, &e.training_accuracy, &e.validation_accuracy})
    a.value(*d);
  a.value(e.best);
}

template <typename Archive, typename State>
void schedule(Archive& a, State& s) {
  for (auto* d : {&s.factor, &s.fast, &s.slow}) a.value(*d);
  a.value(s.watched);
  a.value(s.changed);
}

template <typename T, typename Entry>
void entries(ArchiveWriter& a, const std::vector<T>& all, const Entry& entry) {
  a.value(std::uint64_t{all.size()});
  for (const T& each : all) entry(a, each);
}
template <typename T, typename Entry>
void entries(ArchiveReader& a, std::vector<T>& all, const Entry& entry) {
  std::uint64_t count = 0;
  a.value(count);
  for (std::uint64_t k = 0; k < count; ++k) entry(a, all.emplace_back());
}

template <typename Archive, typename State>
void body(Archive& a, State& c) {
  a.value(c.scenario_identity);
  a.value(c.data_identity);
  auto& course = c.course;
  classifier(a, course.now);
  classifier(a, course.best);
  moments(a, course.first);
  moments(a, course.second);
  a.value(course.steps);
  a.value(course.epoch);
  a.value(course.batch);
  row(a, course.running);
  entries(a, course.schedules, [](auto& archive, auto& each) { schedule(archive, each); });
  entries(a, course.epochs, [](auto& archive, auto& each) { row(archive, each); });
  a.list(c.seconds);
  a.value(c.running_seconds);
}

}  // namespace

std::string pursuit_checkpoint_bytes(const PursuitCheckpoint& checkpoint) {
  ArchiveWriter content;
  body(content, checkpoint);
  return framed(format, content.text());
}

void write_pursuit_checkpoint(const std::string& path, const PursuitCheckpoint& checkpoint) {
  write_file(path, pursuit_checkpoint_bytes(checkpoint));
}

PursuitCheckpoint read_pursuit_checkpoint(const std::string& path, PursuitCourse begin) {
  return parse_pursuit_checkpoint(read_file(path), path, std::move(begin));
}

PursuitCheckpoint parse_pursuit_checkpoint(const std::vector<std::uint8_t>& bytes,
                                           const std::string& file, PursuitCourse begin) {
  ArchiveReader content = unframed(format, bytes, file);
  PursuitCheckpoint c{0, 0, std::move(begin), {}, 0.0};
  body(content, c);
  if (c.seconds.size() != c.course.epochs.size() || c.course.epoch != c.course.epochs.size())
    content.fail("the number of epochs contradicts itself");
  if (!content.at_end()) content.fail("something follows the last entry");
  return c;
}

std::uint32_t best_epoch(const PursuitCourse& course) {
  std::uint32_t best = 0;
  for (const PursuitEpoch& each : course.epochs)
    if (each.best) best = each.epoch + 1;
  return best;
}

void write_pursuit_metrics(const std::string& path, const PursuitCheckpoint& checkpoint) {
  std::string text =
      "epoch,loss,reconstruction,cross_entropy,coherence,gap,kkt,active_groups,train_accuracy,"
      "validation_accuracy,seconds\n";
  for (std::size_t k = 0; k < checkpoint.course.epochs.size(); ++k) {
    const PursuitEpoch& e = checkpoint.course.epochs[k];
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", e.epoch + 1, e.loss, e.reconstruction,
                        e.cross_entropy, e.coherence, e.gap, e.kkt, e.active, e.training_accuracy,
                        e.validation_accuracy, checkpoint.seconds[k]);
  }
  write_file(path, text);
}

}  // namespace retrograde

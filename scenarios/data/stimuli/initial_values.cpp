#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/stimuli/initial_values.hpp>

namespace retrograde {

namespace {

// A distribution that hardly ever lies below is a mistake, and would take for ever.
constexpr int most_draws = 10'000;

double of(const std::vector<double>& values, std::uint32_t n) {
  return values[values.size() == 1 ? 0 : n];
}

double draw(const InitialRow& row, std::uint32_t n, std::uint64_t seed, std::uint64_t trial) {
  if (!row.draw) return of(row.values, n);
  Random random(seed, row.purpose, trial << 32 | n);
  for (int k = 0; k < most_draws; ++k) {
    const double value = row.draw(random);
    if (row.below.empty() || value < of(row.below, n)) return value;
  }
  throw NumericalError(
      row.first + n, 0.0,
      fmt::format("in trial {} none of {} draws of {}, its initial V, lies below its "
                  "threshold {}; choose another distribution",
                  trial, most_draws, row.purpose, of(row.below, n)));
}

// Those of another set, which begin in a given state.
class BegunTrials final : public LabelledTrials {
 public:
  BegunTrials(Dataset set, Part part, std::uint64_t first,
              std::shared_ptr<const InitialValues> initial)
      : set_(std::move(set)), all_(set_.part(part)), first_(first), initial_(std::move(initial)) {}
  std::size_t size() const override { return all_.size(); }
  int label(std::size_t index) const override { return all_.label(index); }
  Trial trial(std::size_t index) const override { return begun(all_.trial(index), index); }
  Trial shown(std::size_t index, std::uint32_t epoch) const override {
    return begun(all_.shown(index, epoch), index);
  }

 private:
  Trial begun(Trial trial, std::size_t index) const {
    if (!trial.initial) trial.initial = initial_->of(first_ + index);
    return trial;
  }

  const Dataset set_;
  const LabelledTrials& all_;
  const std::uint64_t first_;
  const std::shared_ptr<const InitialValues> initial_;
};

}  // namespace

InitialValues::InitialValues(std::vector<InitialRow> rows, NeuronId neurons, std::uint64_t seed)
    : rows_(std::move(rows)),
      neurons_(neurons),
      seed_(seed),
      drawn_(std::ranges::any_of(rows_, [](const InitialRow& row) { return bool(row.draw); })) {
  if (!drawn_) fixed_ = make(0);
}

std::shared_ptr<const InitialState> InitialValues::of(std::uint64_t trial) const {
  return drawn_ ? make(trial) : fixed_;
}

std::shared_ptr<const InitialState> InitialValues::make(std::uint64_t trial) const {
  auto state = std::make_shared<InitialState>();
  for (const InitialRow& row : rows_) {
    auto& values = row.receptor < 0 ? state->v : state->i[static_cast<std::size_t>(row.receptor)];
    values.resize(neurons_, 0.0);
    for (std::uint32_t n = 0; n < row.size; ++n) values[row.first + n] = draw(row, n, seed_, trial);
  }
  return state;
}

Dataset begun(const Dataset& dataset, const std::shared_ptr<const InitialValues>& initial) {
  std::shared_ptr<const LabelledTrials> parts[3];
  std::uint64_t first = 0;
  for (const Part part : {Part::train, Part::validation, Part::test}) {
    parts[static_cast<std::size_t>(part)] =
        std::make_shared<BegunTrials>(dataset, part, first, initial);
    first += dataset.size(part);
  }
  return Dataset(dataset.info(), parts[0], parts[1], parts[2]);
}

}  // namespace retrograde

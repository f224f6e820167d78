// Trials from arrays, and the arrays of trials.
#include <algorithm>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>
#include <numeric>
#include <tuple>

#include <retrograde/scenarios/data/flat_trials.hpp>

#include "arrays.hpp"
#include "bind.hpp"
#include "types.hpp"

namespace retrograde::python {

namespace {

using Neurons = nb::ndarray<const std::uint32_t, nb::c_contig, nb::device::cpu>;

// What Python gave for all trials together.
struct Given {
  const double* times;
  const std::uint32_t* neurons;
  const double* payloads;  // null: none
  const std::int64_t* offsets;
};

// Trial k, and where in the arrays its spikes stand, in their order.
Trial made(const Given& given, std::size_t k, double duration, std::size_t* order) {
  Trial trial;
  trial.duration = duration;
  const auto begin = static_cast<std::size_t>(given.offsets[k]);
  const auto end = static_cast<std::size_t>(given.offsets[k + 1]);
  std::iota(order + begin, order + end, begin);
  const auto earlier = [&](std::size_t a, std::size_t b) {
    return std::pair(given.times[a], given.neurons[a]) <
           std::pair(given.times[b], given.neurons[b]);
  };
  if (!std::is_sorted(order + begin, order + end, earlier))
    std::stable_sort(order + begin, order + end, earlier);
  for (std::size_t i = begin; i < end; ++i) {
    trial.inputs.push_back({given.times[order[i]], given.neurons[order[i]]});
    if (given.payloads) trial.payloads.push_back(given.payloads[order[i]]);
  }
  return trial;
}

void check_offsets(const Integers& offsets, std::size_t spikes) {
  if (offsets.size() == 0)
    throw UsageError("offsets is empty; it has one entry more than there are trials, from 0");
  const std::int64_t* at = offsets.data();
  const std::size_t last = offsets.size() - 1;
  if (at[0] != 0 || at[last] != static_cast<std::int64_t>(spikes))
    throw UsageError(
        fmt::format("offsets go from {} to {}; they go from 0 to the number of spikes, {}", at[0],
                    at[last], spikes));
  if (!std::is_sorted(at, at + offsets.size()))
    throw UsageError("offsets fall; each is where a trial begins among the spikes");
}

TrialsPtr make_trials(const Doubles& times, const Neurons& neurons, const Integers& offsets,
                      const Doubles& durations, const std::optional<Integers>& labels,
                      const std::optional<Doubles>& payloads) {
  const std::size_t spikes = times.size();
  if (times.ndim() != 1)
    throw UsageError(
        fmt::format("times has the shape {}; it is (spikes,), trial after trial, with offsets that "
                    "say where each begins; Trials.stack makes it of the spikes of each trial",
                    shape_text(times)));
  want_shape(neurons, {spikes}, "neurons", "one for each of times");
  check_offsets(offsets, spikes);
  const std::size_t count = offsets.size() - 1;
  want_size(durations, count, "duration", "one per trial");
  if (labels) want_size(*labels, count, "labels", "one per trial");
  if (payloads) want_shape(*payloads, {spikes}, "payloads", "one for each of times");
  const Given given{times.data(), neurons.data(), payloads ? payloads->data() : nullptr,
                    offsets.data()};
  const nb::gil_scoped_release released;
  std::vector<int> label;
  if (labels) label.assign(labels->data(), labels->data() + count);
  std::vector<Trial> trials(count);
  std::vector<std::size_t> order(spikes);
  auto result = std::make_shared<PyTrials>();
  for (std::size_t k = 0; k < count; ++k) {
    trials[k] = made(given, k, durations.data()[k], order.data());
    result->longest = std::max(result->longest, trials[k].duration);
  }
  result->trials = std::make_shared<const TrialList>(std::move(trials), std::move(label));
  if (!std::is_sorted(order.begin(), order.end())) result->order = std::move(order);
  result->numbers.resize(count);
  std::iota(result->numbers.begin(), result->numbers.end(), std::uint64_t{0});
  return result;
}

// Some of the trials, by their index.
class ChosenTrials final : public LabelledTrials {
 public:
  ChosenTrials(std::shared_ptr<const LabelledTrials> all, std::vector<std::size_t> chosen)
      : all_(std::move(all)), chosen_(std::move(chosen)) {}
  std::size_t size() const override { return chosen_.size(); }
  Trial trial(std::size_t k) const override { return all_->trial(chosen_[k]); }
  int label(std::size_t k) const override { return all_->label(chosen_[k]); }
  Trial shown(std::size_t k, std::uint32_t epoch) const override {
    return all_->shown(chosen_[k], epoch);
  }

 private:
  std::shared_ptr<const LabelledTrials> all_;
  std::vector<std::size_t> chosen_;
};

TrialsPtr take(const PyTrials& self, const Integers& indices) {
  std::vector<std::size_t> chosen;
  const auto count = static_cast<std::int64_t>(self.trials->size());
  for (std::size_t k = 0; k < indices.size(); ++k) {
    const std::int64_t index = indices.data()[k];
    if (index < 0 || index >= count)
      throw nb::index_error(fmt::format("trial {} of {}", index, count).c_str());
    chosen.push_back(static_cast<std::size_t>(index));
  }
  auto result = std::make_shared<PyTrials>();
  result->scenario = self.scenario;
  for (const std::size_t index : chosen) result->numbers.push_back(self.numbers[index]);
  result->longest = self.longest;
  result->trials = std::make_shared<const ChosenTrials>(self.trials, std::move(chosen));
  return result;
}

// times, neurons, payloads (none: no trial has them), offsets, durations, labels
using Arrays = std::tuple<View<double>, View<std::uint32_t>, std::optional<View<double>>,
                          View<std::uint64_t>, View<double>, View<std::int64_t>>;

Arrays arrays(const PyTrials& self) {
  FlatTrials all;
  {
    const nb::gil_scoped_release released;
    all = flat(*self.trials);
  }
  // As Python gave them.
  const auto put_back = [&](auto& sorted) {
    auto given = sorted;
    for (std::size_t k = 0; k < self.order.size(); ++k) given[self.order[k]] = sorted[k];
    sorted = std::move(given);
  };
  if (!self.order.empty()) {
    put_back(all.times);
    put_back(all.neurons);
    if (!all.payloads.empty()) put_back(all.payloads);
  }
  std::optional<View<double>> payloads;
  if (!all.payloads.empty()) payloads = array(std::move(all.payloads));
  return {
      array(std::move(all.times)),   array(std::move(all.neurons)),   std::move(payloads),
      array(std::move(all.offsets)), array(std::move(all.durations)), array(std::move(all.labels))};
}

}  // namespace

void bind_trials(nb::module_& m) {
  nb::class_<PyTrials>(m, "Trials")
      .def_prop_ro("size", [](const PyTrials& self) { return self.trials->size(); })
      .def_ro("longest", &PyTrials::longest)
      .def("arrays", arrays)
      .def("labels",
           [](const PyTrials& self) {
             std::vector<std::int64_t> labels(self.trials->size());
             for (std::size_t k = 0; k < labels.size(); ++k) labels[k] = self.trials->label(k);
             return array(std::move(labels));
           })
      .def("take", take, nb::arg("indices"))
      // Whose events happen; none: nothing happens.
      .def(
          "events", [](const PyTrials& self) { return self.scenario; },
          nb::sig("def events(self) -> Scenario | None"))
      .def("numbers",
           [](const PyTrials& self) { return array(std::vector<std::uint64_t>(self.numbers)); })
      .def(
          "numbered",
          [](const PyTrials& self, const std::vector<std::uint64_t>& numbers,
             const ScenarioPtr& events) {
            if (numbers.size() != self.trials->size())
              throw UsageError("as many numbers as trials are needed");
            auto made = std::make_shared<PyTrials>(self);
            made->scenario = events;
            made->numbers = numbers;
            return made;
          },
          nb::arg("numbers"), nb::arg("events").none())
      .def("without_events", [](const TrialsPtr& self) {
        if (!self->scenario) return self;
        auto plain = std::make_shared<PyTrials>(*self);
        plain->scenario = nullptr;
        return plain;
      });
  m.def("make_trials", make_trials, nb::arg("times"), nb::arg("neurons"), nb::arg("offsets"),
        nb::arg("durations"), nb::arg("labels").none(), nb::arg("payloads").none());
}

}  // namespace retrograde::python

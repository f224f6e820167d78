// Where two sides part first, and why.
#include <fmt/format.h>
#include <map>
#include <memory>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <nlohmann/json.hpp>

#include <retrograde/scenarios/run/diff/order.hpp>
#include <retrograde/scenarios/run/timeline/timeline_of.hpp>
#include <retrograde/scenarios/show/json/diff.hpp>
#include <retrograde/scenarios/show/plot/diff_picture.hpp>
#include <retrograde/scenarios/show/text/diff.hpp>

#include "bind.hpp"
#include "document.hpp"
#include "subject.hpp"

namespace retrograde::python {

namespace {

using Text = std::string;

PyDocument diff(const std::vector<Text>& words, const std::map<Text, SubjectPtr>& subjects,
                const SubjectPtr& others, const std::optional<Text>& network,
                const std::optional<Text>& columns, const std::optional<Text>& tolerance,
                const std::vector<Text>& populations, const std::optional<Text>& part,
                std::optional<std::size_t> trial, const std::vector<Text>& of_runs,
                const nb::object& progress) {
  DiffOrder order;
  order.network = network.value_or("");
  order.columns = columns.value_or("");
  if (tolerance) order.tolerance = wanted_tolerance(*tolerance);
  order.populations = populations;
  order.of_runs = of_runs;
  TrialChoice choice;
  if (part) choice.part = part_named(*part);
  choice.trial = trial;
  PyDocument result;
  call_interruptibly([&](Stop& stop) {
    Teller teller(stop, progress);
    Diff found = named_sides(words);
    TracedRuns runs(
        [&](const Text& path) {
          const auto known = subjects.find(path);
          if (known != subjects.end()) return known->second->open();
          PySubject other = *others;
          other.path = path;
          return other.open();
        },
        [&](TracedRun& run) {
          const auto known = subjects.find(run.path);
          const PySubject& subject = known == subjects.end() ? *others : *known->second;
          if (!subject.given &&
              (!run.trained.scenario.data.none() || run.trained.data_path.empty()))
            return choose_trial(run.trained.scenario, choice,
                                [&] { return data_of(subject, run.trained, teller.reading()); });
          run.dataset = data_of(subject, run.trained, teller.reading());
          return choose_trial(*run.dataset, choice);
        });
    find_differences(found, order, runs);
    result = {text_of(json_diff(found)), diff_text(found), found.equal()};
    result.picture = picture(found, voltages_of_first(found));
    for (const auto& [path, run] : runs.all()) {
      if (Text told = without_events(run->trained.scenario, "the comparison"); !told.empty())
        result.warnings.push_back(std::move(told));
      for (const Text& warning : run->warnings)
        result.warnings.push_back(fmt::format("{}: {}", path, warning));
    }
  });
  return result;
}

}  // namespace

void bind_diff(nb::module_& m) {
  m.def("diff", diff, nb::arg("words"), nb::arg("subjects"), nb::arg("others"),
        nb::arg("network").none(), nb::arg("columns").none(), nb::arg("tolerance").none(),
        nb::arg("populations"), nb::arg("part").none(), nb::arg("trial").none(), nb::arg("of_runs"),
        nb::arg("progress").none());
}

}  // namespace retrograde::python

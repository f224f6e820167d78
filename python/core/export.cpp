// Networks as files of other tools.
#include <filesystem>
#include <fmt/format.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <retrograde/scenarios/run/export/export.hpp>
#include <retrograde/scenarios/run/folder/inputs.hpp>
#include <retrograde/scenarios/run/timeline/timeline_of.hpp>

#include "bind.hpp"
#include "subject.hpp"

namespace retrograde::python {

namespace {

using Text = std::string;
namespace fs = std::filesystem;

// A file that is there stays unless it may be replaced, and what is read stays in any case.
void require_free(const Text& path, const PySubject& subject, const Trained& trained,
                  bool overwrite) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return;
  if (!overwrite)
    throw UsageError(fmt::format(
        "{} is there already; name another file with --out, or replace it with --overwrite", path));
  std::vector<Text> read = inputs_of(trained.scenario, trained.data_path);
  for (const Text& file : {subject.path, trained.scenario.file}) read.push_back(file);
  for (const Text& file : read) refuse_input(path, "out", file);
}

// The file, and warnings.
std::pair<Text, std::vector<Text>> export_to(
    const SubjectPtr& subject, const Text& format_name, const std::optional<Text>& out,
    bool overwrite, const std::optional<Text>& delays, std::optional<bool> exact,
    const std::optional<Text>& part, std::optional<std::size_t> trial, const nb::object& progress) {
  const ExportFormat& format = export_format(format_name);
  std::vector<Text> special;
  if (delays) special.emplace_back("delays");
  if (exact) special.emplace_back("exact");
  if (part) special.emplace_back("part");
  if (trial) special.emplace_back("trial");
  require_options(format, special);
  ExportOrder order{.format = format};
  if (delays) order.delays = nir_delays(*delays);
  order.exact = exact.value_or(false);
  TrialChoice choice;
  if (part) choice.part = part_named(*part);
  choice.trial = trial;
  std::pair<Text, std::vector<Text>> result;
  call_interruptibly([&](Stop& stop) {
    Teller teller(stop, progress);
    const Trained trained = subject->open();
    result.first = out ? *out : export_file(trained, format);
    require_free(result.first, *subject, trained, overwrite);
    order.choose = [&](const Scenario& scenario, const Dataset& dataset) {
      return subject->given || (scenario.data.none() && !trained.data_path.empty())
                 ? choose_trial(dataset, choice)
                 : choose_trial(scenario, choice, [&] { return dataset; });
    };
    const auto open = [&] { return data_of(*subject, trained, teller.reading()); };
    for (const Text& warning : trained.scenario.warnings)
      result.second.push_back(fmt::format("{}: {}", trained.scenario.file, warning));
    if (Text told = without_events(trained.scenario, "what is exported"); !told.empty())
      result.second.push_back(std::move(told));
    for (Text& warning : export_network(trained, order, result.first, open).warnings)
      result.second.push_back(std::move(warning));
  });
  return result;
}

}  // namespace

void bind_export(nb::module_& m) {
  m.def("export", export_to, nb::arg("subject"), nb::arg("format"), nb::arg("out").none(),
        nb::arg("overwrite"), nb::arg("delays").none(), nb::arg("exact").none(),
        nb::arg("part").none(), nb::arg("trial").none(), nb::arg("progress").none());
}

}  // namespace retrograde::python

// What a network is on a chip and how much it may change: documents, as the command line writes them.
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <nlohmann/json.hpp>

#include <retrograde/scenarios/run/chips/check.hpp>
#include <retrograde/scenarios/run/folder/folder_claim.hpp>
#include <retrograde/scenarios/run/margins/margins.hpp>
#include <retrograde/scenarios/run/pursuit/chip_coding.hpp>
#include <retrograde/scenarios/run/timeline/timeline_of.hpp>
#include <retrograde/scenarios/show/check.hpp>
#include <retrograde/scenarios/show/margins/picture.hpp>
#include <retrograde/scenarios/show/margins/text.hpp>
#include <retrograde/scenarios/show/pursuit/chip_coding.hpp>
#include <retrograde/scenarios/show/results.hpp>

#include "bind.hpp"
#include "device.hpp"
#include "document.hpp"
#include "subject.hpp"

namespace retrograde::python {

namespace {

using Text = std::string;

// A folder for check.json and a page; null: none is wanted.
std::unique_ptr<FolderClaim> claimed(const PySubject& subject, const Text& chip, const Text& out,
                                     bool overwrite) {
  if (out.empty()) return nullptr;
  if (std::error_code error; std::filesystem::equivalent(out, subject.name(), error))
    throw UsageError(fmt::format("--out {}: that is the run itself; name another folder", out));
  auto claim = std::make_unique<FolderClaim>(
      out, Call{{"check", subject.name(), "--chip", chip, "--out", out},
                std::filesystem::current_path().string(),
                subject.data});
  claim->become(FolderKind::check, overwrite);
  return claim;
}

PyDocument check_trained(const PySubject& subject, const ChosenChip& chip, const Text& device,
                         const FolderClaim* folder, Teller& teller) {
  Trained trained = subject.open();
  require_checkable(trained.scenario, chip);
  if (const auto choice = device_choice(device))
    trained.scenario.device =
        open_device(*choice, trained.scenario, trained.network, DeviceWork::run).device;
  const Dataset dataset = data_of(subject, trained, teller.reading());
  const CheckResult result = check_network(trained, dataset, chip, teller.progress());
  const nlohmann::ordered_json document = json_check(trained, result);
  if (folder) write_check(*folder, document, check_page(trained, dataset, result));
  PyDocument made{text_of(document), check_text(trained, result), fits(result)};
  made.warnings = warnings_of(subject, trained, dataset);
  for (std::string& sentence : check_doubts(trained, dataset, chip))
    made.warnings.push_back(std::move(sentence));
  return made;
}

PyDocument check_pursuit(const PySubject& subject, const ChosenChip& chip, std::size_t signals,
                         const Text& device, const FolderClaim* folder, Teller& teller) {
  const auto choice = device_choice(device);
  if (choice && choice->kind != DeviceKind::cpu && choice->kind != DeviceKind::automatic)
    throw UsageError(
        fmt::format("device \"{}\": sparse coding runs on the CPU; leave it out", device));
  if (subject.last)
    throw UsageError(
        "--last: it is for networks of spiking neurons, and this is sparse coding; leave it out");
  if (subject.given)
    throw UsageError("data: the signals of sparse coding are those of its scenario; name a folder");
  const ChipProfile& profile = loihi_profile(chip, graded_needed);
  if (signals == 0) throw UsageError("--trials 0: one signal is needed at least");
  const TrainedPursuit trained = subject.open_pursuit();
  const ChipCoding coding =
      code_on_chip(trained.spec(), trained.model, profile, signals, teller.progress());
  const nlohmann::ordered_json document = chip_coding_json(trained.scenario, profile, coding);
  if (folder) write_check(*folder, document, chip_coding_page(trained.scenario, profile, coding));
  PyDocument made{text_of(document), chip_coding_text(trained.scenario, profile, coding),
                  coding.fits()};
  if (std::string told = unlearned(trained, subject.name()); !told.empty())
    made.warnings.push_back(std::move(told));
  return made;
}

PyDocument check(const SubjectPtr& subject, const Text& chip_name,
                 std::optional<std::size_t> trials, const Text& device, const Text& out,
                 bool overwrite, const nb::object& progress) {
  PyDocument result;
  call_interruptibly([&](Stop& stop) {
    Teller teller(stop, progress);
    const ChosenChip chip = choose_chip(chip_name);
    const bool sparse = subject->is_sparse_coding();
    if (trials && !sparse)
      throw UsageError(
          "--trials: it is for sparse coding; the whole test part of a network is run, so leave it "
          "out");
    const std::unique_ptr<FolderClaim> folder = claimed(*subject, chip_name, out, overwrite);
    result = sparse ? check_pursuit(*subject, chip, trials.value_or(signals_on_chip), device,
                                    folder.get(), teller)
                    : check_trained(*subject, chip, device, folder.get(), teller);
  });
  return result;
}

PyDocument margins(const SubjectPtr& subject, std::size_t trials, const nb::object& progress) {
  PyDocument result;
  call_interruptibly([&](Stop& stop) {
    Teller teller(stop, progress);
    const Trained trained = subject->open();
    require_provable(trained.scenario);
    const Dataset dataset = data_of(*subject, trained, teller.reading());
    const Margins found = margins_of(trained, dataset, trials, teller.progress());
    const Text& name = trained.scenario.name;
    result = {text_of(json_margins(trained.scenario, found)), margins_text(name, found), true};
    result.picture = margins_picture(name, found);
    result.warnings = warnings_of(*subject, trained, dataset);
    if (Text told = without_events(trained.scenario, "what is proven"); !told.empty())
      result.warnings.push_back(std::move(told));
  });
  return result;
}

}  // namespace

void bind_check(nb::module_& m) {
  nb::class_<PyDocument>(m, "Document")
      .def_ro("json", &PyDocument::json)
      .def_ro("text", &PyDocument::text)
      .def_ro("verdict", &PyDocument::verdict)
      .def_ro("warnings", &PyDocument::warnings)
      .def_ro("picture", &PyDocument::picture);
  m.def("check", check, nb::arg("subject"), nb::arg("chip"), nb::arg("trials").none(),
        nb::arg("device"), nb::arg("out"), nb::arg("overwrite"), nb::arg("progress").none());
  m.def("margins", margins, nb::arg("subject"), nb::arg("trials"), nb::arg("progress").none());
}

}  // namespace retrograde::python

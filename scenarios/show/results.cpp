#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/show/json/evaluation.hpp>
#include <retrograde/scenarios/show/results.hpp>

namespace retrograde {

void write_results(const Report& report) {
  const RunFolder& folder = *report.trained.folder;
  write_json(folder.summary(), json_training(report.trained, report.evaluation));
  write_file(folder.report(), render_report(report));
  write_file(folder.file("figure.svg"), render_report_figure(report));
}

void write_check(const FolderClaim& folder, const nlohmann::ordered_json& document,
                 const std::optional<std::string>& page) {
  const std::filesystem::path report = folder.folder() / "report.html";
  write_json((folder.folder() / "check.json").string(), document);
  write_calls(folder.folder(), {folder.call()});
  if (page) return write_file(report.string(), *page);
  std::error_code error;  // of an earlier check, of another chip perhaps
  std::filesystem::remove(report, error);
}

}  // namespace retrograde

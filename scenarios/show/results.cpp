#include <nlohmann/json.hpp>

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

void write_check(const Report& report, const FolderClaim& folder) {
  write_json((folder.folder() / "check.json").string(),
             json_evaluation(report.trained, report.evaluation));
  write_calls(folder.folder(), {folder.call()});
  write_file((folder.folder() / "report.html").string(), render_report(report));
}

}  // namespace retrograde

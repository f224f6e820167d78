#include <algorithm>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/finding.hpp>

namespace retrograde {

bool fits(std::span<const Finding> findings) {
  return std::none_of(findings.begin(), findings.end(),
                      [](const Finding& f) { return f.severity == Finding::Severity::problem; });
}

void problems_first(std::vector<Finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
}

const char* name(Finding::Severity severity) {
  switch (severity) {
    case Finding::Severity::problem:
      return "problem";
    case Finding::Severity::warning:
      return "warning";
  }
  throw InternalError("a severity without a name");
}

}  // namespace retrograde

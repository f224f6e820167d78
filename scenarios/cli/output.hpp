// The files that a verb writes where the user says: --json, --trace, --svg, --out FILE. They are
// claimed before the computation that fills them, so that neither a place where nothing can be
// written nor a file that would be lost is noticed too late. "-" is standard output; what a verb
// prints for people goes to standard error then.
#pragma once

#include <boost/program_options.hpp>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/folder/folder_claim.hpp>

namespace retrograde::cli {

class Outputs {
 public:
  explicit Outputs(const boost::program_options::variables_map& given) : given_(given) {}

  // What is read though no option names it, to be said before claims: a file or folder; the files that
  // a scenario names and the data that a run folder remembers, if any (Trained::data_path).
  void reads(std::string path) { read_.push_back(std::move(path)); }
  void reads(const Scenario& scenario, const std::string& data_path = {});

  // The file that an option names; none where it is not given. Throws UsageError for a file that is
  // there already, unless --overwrite is given, for one that two options name, and, --overwrite or
  // not, for one that is read: an argument, what another option names, or a file of such a folder.
  // IoError where no file can be written.
  std::optional<std::string> claim(const char* option);
  // The same of a file that has its name from elsewhere.
  std::string claim(const std::string& path, const char* option);

 private:
  // Throws UsageError where writing the file would lose what this call reads.
  void keep_inputs(const std::string& path, const char* option) const;

  const boost::program_options::variables_map& given_;
  std::set<std::string> claimed_;  // absolute
  std::vector<std::string> read_;
};

// The folder of --out, which becomes one of `kind`, before anything runs; null without --out. Throws
// UsageError where it is `argument`, what the verb reads, and what FolderClaim throws.
std::unique_ptr<FolderClaim> claim_out(const boost::program_options::variables_map& given,
                                       const std::string& argument, FolderKind kind);

}  // namespace retrograde::cli

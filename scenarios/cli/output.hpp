// The files that a verb writes where the user says: --json, --trace, --svg, --out FILE. They are
// claimed before the computation that fills them, so that neither a place where nothing can be
// written nor a file that would be lost is noticed too late. "-" is standard output; what a verb
// prints for people goes to standard error then.
#pragma once

#include <boost/program_options.hpp>
#include <optional>
#include <set>
#include <string>

namespace retrograde::cli {

class Outputs {
 public:
  explicit Outputs(const boost::program_options::variables_map& given) : given_(given) {}

  // The file that an option names; none where it is not given. Throws UsageError for a file that is
  // there already, unless --overwrite is given, and for one that two options name; IoError where no
  // file can be written.
  std::optional<std::string> claim(const char* option);
  // The same of a file that has its name from elsewhere.
  std::string claim(const std::string& path, const char* option);

 private:
  const boost::program_options::variables_map& given_;
  std::set<std::string> claimed_;  // absolute
};

}  // namespace retrograde::cli

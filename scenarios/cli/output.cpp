#include <filesystem>
#include <fmt/format.h>
#include <system_error>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/run/folder/inputs.hpp>

namespace retrograde::cli {

namespace fs = std::filesystem;

std::optional<std::string> Outputs::claim(const char* option) {
  if (!given_.count(option)) return std::nullopt;
  return claim(given_[option].as<std::string>(), option);
}

// ---- files that are read ------------------------------------------------------------------------

namespace {

// Options that name what is written; all others that hold texts may name what is read.
bool names_output(const std::string& option) {
  return option == "out" || option == "json" || option == "svg" || option == "trace" ||
         option == "spikes" || option == "samples";
}

}  // namespace

void Outputs::reads(const Scenario& scenario, const std::string& data_path) {
  for (std::string& path : inputs_of(scenario, data_path)) read_.push_back(std::move(path));
}

void Outputs::keep_inputs(const std::string& path, const char* option) const {
  std::error_code failed;
  if (!fs::is_regular_file(path, failed)) return;
  for (const std::string& input : read_) refuse_input(path, option, input);
  for (const auto& [name, value] : given_) {
    if (names_output(name)) continue;
    if (const auto* text = boost::any_cast<std::string>(&value.value()))
      refuse_input(path, option, *text);
    else if (const auto* texts = boost::any_cast<std::vector<std::string>>(&value.value()))
      for (const std::string& one : *texts) refuse_input(path, option, one);
  }
}

std::string Outputs::claim(const std::string& path, const char* option) {
  if (path.empty()) throw UsageError(fmt::format("--{}: the name of a file is missing", option));
  const bool standard_output = path == "-";
  const std::string place = standard_output ? path : fs::absolute(path).lexically_normal().string();
  if (!claimed_.insert(place).second)
    throw UsageError(
        fmt::format("--{} {}: another option writes there; name another file", option, path));
  if (standard_output) {
    reserve_standard_output();
    return path;
  }
  keep_inputs(path, option);
  std::error_code error;
  if (fs::is_regular_file(path, error) && !given_.count("overwrite"))
    throw UsageError(
        fmt::format("{} is there already; name another file with --{}, or replace it with "
                    "--overwrite",
                    path, option));
  probe_writable(path);
  return path;
}

// ---- folders -------------------------------------------------------------------------------------

std::unique_ptr<FolderClaim> claim_out(const boost::program_options::variables_map& given,
                                       const std::string& argument, FolderKind kind) {
  if (!given.count("out")) return nullptr;
  const std::string path = given["out"].as<std::string>();
  if (std::error_code error; fs::equivalent(path, argument, error))
    throw UsageError(fmt::format("--out {}: that is the run itself; name another folder", path));
  auto claim = std::make_unique<FolderClaim>(path, this_call(data_path(given)));
  claim->become(kind, given.count("overwrite") > 0);
  return claim;
}

}  // namespace retrograde::cli

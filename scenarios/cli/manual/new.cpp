// retro new [NAME FILE]: scenarios to start from.
#include <filesystem>
#include <fmt/format.h>
#include <system_error>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/read/library.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

struct Start {
  std::string name, text;
  std::string about;  // the first line of comment
  std::string data;   // the file of spikes that it reads, beside it; empty: none
};

// As the scenarios name it.
std::string shipped_name(const Start& start) {
  return "scenarios/library/start/" + fs::path(start.data).filename().string();
}

std::vector<Start> starts() {
  std::vector<Start> all;
  for (const std::string& path : library_starts()) {
    Start start{fs::path(path).stem().string(), read_text_file(path), "", ""};
    const fs::path data = fs::path(path).replace_extension(".csv");
    if (std::error_code error; fs::exists(data, error)) start.data = data.string();
    const std::string first = start.text.substr(0, start.text.find('\n'));
    if (first.starts_with("# ")) start.about = first.substr(2);
    all.push_back(std::move(start));
  }
  return all;
}

// Throws UsageError where a file is there already.
void require_new(const std::string& path) {
  std::error_code error;
  if (fs::exists(fs::symlink_status(path, error)))
    throw UsageError(
        fmt::format("{} is there already, and nothing is replaced; name another file", path));
}

// Within the quotes of a string of TOML.
std::string quoted(const std::string& text) {
  std::string out;
  for (const char c : text)
    out += c == '"' || c == '\\' ? fmt::format("\\{}", c) : std::string(1, c);
  return out;
}

// The data of a start goes beside the scenario, which then reads that.
std::string with_data_beside(const Start& start, const std::string& path) {
  if (path == "-")
    throw UsageError(
        fmt::format("retro new: {} comes with a file of spikes, which is written beside it; "
                    "name a file: retro new {} my.toml",
                    start.name, start.name));
  const std::string data = fs::path(path).replace_extension(".csv").string();
  require_new(data);
  std::string text = start.text;
  const std::string shipped = shipped_name(start), written = quoted(data);
  for (std::size_t at = 0; (at = text.find(shipped, at)) != std::string::npos; at += written.size())
    text.replace(at, shipped.size(), written);
  write_file(data, read_text_file(start.data));
  fmt::print("wrote {}\n", data);
  return text;
}

int run(const po::variables_map&, const std::vector<std::string>& arguments) {
  const std::vector<Start> all = starts();
  if (arguments.empty()) {
    for (const Start& start : all) fmt::print("  {:<12} {}\n", start.name, start.about);
    return 0;
  }
  std::vector<std::string> names;
  const Start* chosen = nullptr;
  for (const Start& start : all) {
    names.push_back(start.name);
    if (start.name == arguments[0]) chosen = &start;
  }
  if (chosen == nullptr)
    throw UsageError(
        fmt::format("retro new: there is no scenario {} to start from{}; `retro new` "
                    "lists them",
                    arguments[0], suggestion(arguments[0], names)));
  if (arguments.size() < 2)
    throw UsageError(
        fmt::format("retro new: name the file to write: retro new {} my.toml", chosen->name));
  const std::string& path = arguments[1];
  if (path == "-") {
    reserve_standard_output();
  } else {
    if (!path.ends_with(".toml"))
      throw UsageError(fmt::format("retro new: {} has to end in .toml, as scenarios do", path));
    require_new(path);
  }
  write_file(path, chosen->data.empty() ? chosen->text : with_data_beside(*chosen, path));
  if (path != "-")
    fmt::print("wrote {0}; try: retro info {1}, then the commands in its first lines\n", path,
               shell_word(path));
  return 0;
}

}  // namespace

Verb new_verb() {
  return {
      .name = "new",
      .arguments = "[NAME FILE]",
      .summary = "write a commented scenario to start from",
      .text =
          "Lists scenarios to start from, or writes the one that is named as FILE, a .toml that "
          "is not there yet. Each is short, says in comments what its lines are for, and runs as "
          "it is. own_data comes with a file of spikes, which is written beside it.",
      .examples =
          "retro new\n"
          "retro new hello my.toml\n"
          "retro new own_data mine.toml                 and mine.csv, with spikes and labels",
      .min_arguments = 0,
      .max_arguments = 2,
      .options = [](po::options_description&) {},
      .run = run,
      .tells = true};
}

}  // namespace retrograde::cli

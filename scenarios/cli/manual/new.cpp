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
};

std::vector<Start> starts() {
  std::vector<Start> all;
  for (const std::string& path : library_starts()) {
    Start start{fs::path(path).stem().string(), read_text_file(path), ""};
    const std::string first = start.text.substr(0, start.text.find('\n'));
    if (first.starts_with("# ")) start.about = first.substr(2);
    all.push_back(std::move(start));
  }
  return all;
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
    std::error_code error;
    if (fs::exists(fs::symlink_status(path, error)))
      throw UsageError(
          fmt::format("{} is there already, and nothing is replaced; name another file", path));
  }
  write_file(path, chosen->text);
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
          "it is.",
      .examples =
          "retro new\n"
          "retro new hello my.toml",
      .min_arguments = 0,
      .max_arguments = 2,
      .options = [](po::options_description&) {},
      .run = run,
      .tells = true};
}

}  // namespace retrograde::cli

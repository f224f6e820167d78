#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/read/network/names.hpp>

namespace retrograde {

std::string text_problem(const std::string& name) {
  if (!is_utf8(name)) return "it is no text (UTF-8); use letters, digits and signs";
  if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    return "it contains control characters; use letters, digits and signs";
  return {};
}

std::string read_name(const TomlValue& value, const char* remedy) {
  std::string name = value.text();
  if (name.empty()) value.fail(fmt::format("it is empty; {}", remedy));
  if (const std::string problem = text_problem(name); !problem.empty()) value.fail(problem);
  return name;
}

std::string folder_name_problem(const std::string& name) {
  constexpr std::size_t longest = 200;  // bytes; file systems have 255, temporary names some more
  if (name.empty()) return "it is empty; write a short name, such as \"first\"";
  if (name == "." || name == "..")
    return "it is the name of another folder; write a short name, such as \"first\"";
  if (name.find('/') != std::string::npos)
    return "its runs are kept in a folder of that name, which \"/\" cannot be part of; leave it "
           "out, and say where runs are kept with --out";
  if (const std::string problem = text_problem(name); !problem.empty()) return problem;
  if (name.size() > longest)
    return fmt::format(
        "it has {} bytes, and a folder of that name is made; use at most {}, and "
        "title for the rest",
        name.size(), longest);
  return {};
}

std::string read_folder_name(const TomlValue& value) {
  std::string name = value.text();
  if (const std::string problem = folder_name_problem(name); !problem.empty())
    value.fail(fmt::format("{} cannot be the name: {}", value.found(), problem));
  return name;
}

std::uint32_t population_named(const TomlValue& name, const std::vector<std::string>& names) {
  const std::string wanted = name.text();
  const auto found = std::find(names.begin(), names.end(), wanted);
  if (found == names.end())
    name.fail(fmt::format("there is no population {}{}; the populations are {}", name.found(),
                          suggestion(wanted, names), fmt::join(names, ", ")));
  return static_cast<std::uint32_t>(found - names.begin());
}

std::vector<std::string> population_names(const Network& network) {
  std::vector<std::string> names;
  for (const Population& p : network.populations()) names.push_back(p.name);
  return names;
}

}  // namespace retrograde

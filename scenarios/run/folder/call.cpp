#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/run/folder/call.hpp>
#include <retrograde/version.hpp>

namespace retrograde {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string Call::text() const {
  std::string text = "retro";
  for (const std::string& word : words) text += " " + shell_word(word);
  return text;
}

std::string calls_text(const std::vector<Call>& calls) {
  std::string text, folder;
  for (const Call& call : calls) {
    if (call.folder != folder) text += fmt::format("cd {}\n", shell_word(folder = call.folder));
    text += call.text() + "\n";
  }
  return text;
}

void write_calls(const fs::path& folder, const std::vector<Call>& calls) {
  Json list = Json::array();
  for (const Call& call : calls)
    list.push_back({{"words", call.words}, {"folder", call.folder}, {"data", call.data}});
  write_json(
      (folder / "command.json").string(),
      {{"schema", "retrograde.command/1"}, {"retrograde", version::string}, {"calls", list}});
}

std::vector<Call> read_calls(const fs::path& folder) {
  const std::string path = (folder / "command.json").string();
  std::error_code error;
  if (!fs::exists(path, error)) return {};
  const Json document = read_json(path);
  std::vector<Call> calls;
  try {
    for (const Json& entry : document.at("calls"))
      calls.push_back({entry.at("words").get<std::vector<std::string>>(),
                       entry.at("folder").get<std::string>(), entry.at("data").get<std::string>()});
  } catch (const nlohmann::json::exception&) {
    calls.clear();
  }
  if (calls.empty() || calls.front().words.empty())
    throw FormatError(path, "",
                      "it does not say which command made this folder; remove it, and name "
                      "--data, --epochs and other options again");
  return calls;
}

std::string remembered_data_path(const std::vector<Call>& calls) {
  for (auto call = calls.rbegin(); call != calls.rend(); ++call)
    if (!call->data.empty()) return call->data;
  return {};
}

}  // namespace retrograde

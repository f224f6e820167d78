#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/json_file.hpp>

namespace retrograde {

using Json = nlohmann::ordered_json;

void write_json(const std::string& path, const Json& document) {
  // Texts of the user's may be no UTF-8; they do not cost the document.
  write_file(path, document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

Json read_json(const std::string& path) {
  try {
    return Json::parse(read_text_file(path));
  } catch (const Json::parse_error& error) {
    throw FormatError(path, error.byte > 0 ? error.byte - 1 : 0,
                      "it is no JSON from there on; remove it, and it is written anew");
  }
}

}  // namespace retrograde

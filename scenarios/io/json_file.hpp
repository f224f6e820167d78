// JSON documents as files. What goes into one stands beside the values that it is made of.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace retrograde {

// Writes a document, one field to a line. Throws IoError.
void write_json(const std::string& path, const nlohmann::ordered_json& document);

// Throws IoError, and FormatError (with the offset) for what is no JSON.
nlohmann::ordered_json read_json(const std::string& path);

}  // namespace retrograde

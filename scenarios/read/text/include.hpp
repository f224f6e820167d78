// include = ["neurons.toml"] at the top of a scenario: what these files say is put in the place of that
// line. [[population]] and the like of all files stand one behind the other, tables become one, and a
// key that two files give is an error that names both places. Every value knows the file it is from.
#pragma once

#include <map>
#include <string>
#include <toml++/toml.h>

namespace retrograde {

// Texts of files by the names that they are opened by.
using IncludedTexts = std::map<std::string, std::string>;

// Puts in what the document of `file` includes, and what that includes. `texts` holds those that are
// known and gets those that are opened. Whether there was any. Throws ScenarioError: a file that is not
// there, that includes itself or comes twice, a key twice.
bool put_in_included(toml::table& document, const std::string& file, IncludedTexts& texts);

}  // namespace retrograde

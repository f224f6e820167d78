// A call of retro, as it was typed. A folder that a verb writes keeps the calls that made it in
// command.json: what the folder is, what `train --resume` goes on with, and how to get it again.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace retrograde {

struct Call {
  std::vector<std::string> words;  // after the program's name; the first is the verb
  std::string folder;              // that it was typed in
  std::string data;                // folder of the data set, absolute; empty: not said

  std::string verb() const { return words.empty() ? std::string() : words.front(); }
  // "retro train 'my scenario.toml' --epochs 10", for a shell.
  std::string text() const;
};

// The same of several, one after the other, each in the folder that it was typed in.
std::string calls_text(const std::vector<Call>& calls);

// Writes command.json: the call that made the folder, then those that went on with it in another
// way. Throws IoError.
void write_calls(const std::filesystem::path& folder, const std::vector<Call>& calls);

// None where the folder has no command.json. Throws IoError, and FormatError for what is none.
std::vector<Call> read_calls(const std::filesystem::path& folder);

// The folder of the data set that the last call which named one named; empty: none did.
std::string remembered_data_path(const std::vector<Call>& calls);

}  // namespace retrograde

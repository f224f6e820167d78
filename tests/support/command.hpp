// Runs the command retro as a user would and keeps what it said.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <sys/wait.h>

#include "tests/support/scratch.hpp"

namespace retrograde::test {

struct CommandResult {
  int status = -1;  // exit status, or 128 + the signal that ended it
  std::string out, err;
};

// `arguments` goes through the shell; quote what needs it. Runs in `folder`.
inline CommandResult retro(const std::string& arguments, const std::filesystem::path& folder) {
  const auto out = folder / ".stdout", err = folder / ".stderr";
  const std::string command = "cd '" + folder.string() + "' && '" RETROGRADE_CLI "' " + arguments +
                              " >'" + out.string() + "' 2>'" + err.string() + "'";
  const int raw = std::system(command.c_str());
  CommandResult result;
  result.status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
  result.out = get(out);
  result.err = get(err);
  return result;
}

}  // namespace retrograde::test

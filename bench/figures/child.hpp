// `retro` started by `retro`: for what wants a process of its own, and to compare two builds.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace retrograde::bench {

// Runs `executable bench arguments --json FILE` with a file of its own and returns the document.
// Throws UsageError (it cannot be started, it fails, or it leaves no document), with the last line
// that it said; Interrupted if it was.
nlohmann::ordered_json run_bench(const std::filesystem::path& executable,
                                 std::vector<std::string> arguments);

}  // namespace retrograde::bench

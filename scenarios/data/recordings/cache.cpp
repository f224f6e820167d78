#include <cstdlib>
#include <fmt/format.h>
#include <system_error>
#include <xxhash.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/event_file.hpp>
#include <retrograde/scenarios/data/recordings/cache.hpp>
#include <retrograde/scenarios/data/recordings/encode.hpp>
#include <retrograde/scenarios/io/readable.hpp>

namespace retrograde {

namespace fs = std::filesystem;

fs::path cache_folder() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  if (const std::string xdg = variable("XDG_CACHE_HOME"); !xdg.empty() && xdg.front() == '/')
    return fs::path(xdg) / "retrograde";
  if (const std::string home = variable("HOME"); !home.empty())
    return fs::path(home) / ".cache" / "retrograde";
  throw IoError(
      "$XDG_CACHE_HOME",
      "neither this variable nor HOME names a folder in which encoded recordings can be "
      "kept: set one of them, or write the spikes yourself by `retro encode` and use kind = "
      "\"events\"");
}

fs::path cache_path(const SoundSet& set, const FrontEnd& front_end) {
  const std::string words = front_end.description() + '\n' + set.identity();
  const XXH128_hash_t hash = XXH3_128bits(words.data(), words.size());
  return cache_folder() / fmt::format("events-{:016x}{:016x}.h5", hash.high64, hash.low64);
}

KeptEvents kept_events(const SoundSet& set, const FrontEnd& front_end,
                       const WorkProgress& progress) {
  const fs::path path = cache_path(set, front_end);
  KeptEvents kept;
  kept.path = path.string();
  if (fs::exists(path)) {
    try {
      kept.set = open_event_file(kept.path, progress);
    } catch (const FormatError&) {  // made again
    }
  }
  if (!kept.set) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error)
      throw IoError(path.parent_path().string(),
                    fmt::format("cannot make this folder for encoded recordings: {}. Set "
                                "XDG_CACHE_HOME to one that can be written",
                                error.message()));
    encode_events(set, front_end, kept.path, progress);
    kept.set = open_event_file(kept.path, progress);
    kept.made = true;
  }
  kept.note = fmt::format("{} of {} are {} as spikes in {}", plural(set.size(), "sample"),
                          set.what(), kept.made ? "now kept" : "kept", kept.path);
  return kept;
}

}  // namespace retrograde

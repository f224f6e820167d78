// Encoding takes minutes, so its result is kept: a file of events in $XDG_CACHE_HOME/retrograde, or in
// ~/.cache/retrograde, whose name is a hash over the front end with its version and over the identity
// of the recordings (names, sizes, labels, parts). Several processes may come at once: each writes a
// file of its own and renames it, and all write the same bytes. A file that is damaged is made again.
// Nothing ever deletes from there; whoever needs the room may, at any time.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <retrograde/scenarios/data/audio/front_end.hpp>
#include <retrograde/scenarios/data/events/event_set.hpp>
#include <retrograde/scenarios/data/recordings/sound_set.hpp>
#include <retrograde/scenarios/io/work_progress.hpp>

namespace retrograde {

struct KeptEvents {
  std::shared_ptr<const EventSet> set;
  std::string path;
  bool made = false;  // just now, rather than found
  std::string note;   // a sentence for whoever trains on it
};

// Throws IoError: no place for such a folder, with the remedy.
std::filesystem::path cache_folder();

std::filesystem::path cache_path(const SoundSet& set, const FrontEnd& front_end);

KeptEvents kept_events(const SoundSet& set, const FrontEnd& front_end,
                       const WorkProgress& progress = {});

}  // namespace retrograde

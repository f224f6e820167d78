// The claim of a verb on the folder that it writes: made before anything is computed, held until
// the verb is done.
//
// One process at a time holds a folder, or several that share it (the shards of a study). The lock is the system's (flock on .lock) and ends with the
// process, however it ends; the file says who holds it. Nothing that another verb wrote, and no
// file of anybody else, is replaced unless that was asked for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/scenarios/run/folder/call.hpp>

namespace retrograde {

// What a folder holds: of train and demo, of study, of run, of check, of analyse.
enum class FolderKind { training, study, simulation, check, analysis };

// By its command.json; without one by its files. None: nothing of these.
std::optional<FolderKind> folder_kind(const std::filesystem::path& folder);

// Alone, or beside others that share the folder as well; not beside one that has it alone.
enum class Holding : std::uint8_t { alone, shared };

class FolderClaim {
 public:
  // Makes the folder where there is none, locks it, and sees that files can be made in it. Throws
  // UsageError when another process holds it (who, and since when) or a file is in the way, IoError.
  FolderClaim(std::filesystem::path folder, Call call);
  FolderClaim(std::filesystem::path folder, Call call, Holding holding);
  FolderClaim(const FolderClaim&) = delete;
  FolderClaim& operator=(const FolderClaim&) = delete;
  // Gives the lock back. What this claim became is taken back where nothing came of it, and a folder
  // that it made and that holds nothing goes.
  ~FolderClaim();

  const std::filesystem::path& folder() const { return folder_; }
  const Call& call() const { return call_; }

  // The folder becomes one of `kind`, made by this call. What it holds of another kind, a finished
  // or interrupted training, and files of unknown origin that would be replaced are in the way: with
  // `overwrite` what Retrograde wrote is removed, without it UsageError says what there is. A study
  // takes up a study; a simulation or check replaces one, whose files, command.json too, are as they
  // were until it writes its own.
  void become(FolderKind kind, bool overwrite);
  // The folder stays what it is, and remembers this call as one that went on with it.
  void go_on();
  // False where the file system knows no locks.
  bool locked() const { return locked_; }

 private:
  void lock();
  void remove_unused() noexcept;

  std::filesystem::path folder_;
  Call call_;
  std::vector<std::filesystem::path> made_;  // folders, from the inside out
  std::optional<FolderKind> became_;
  bool locked_ = false;
  Holding holding_;
  int descriptor_ = -1;
};

}  // namespace retrograde

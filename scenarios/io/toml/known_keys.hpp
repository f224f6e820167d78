// Which keys readers of TOML know, for what is held to them: manuals, schemas. While one of these lives,
// readers in the same thread tell it, table by table, what they know (TomlTable::known).
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace retrograde {

class KnownKeys {
 public:
  KnownKeys() : before_(listening) { listening = this; }
  ~KnownKeys() { listening = before_; }
  KnownKeys(const KnownKeys&) = delete;
  KnownKeys& operator=(const KnownKeys&) = delete;

  // By the path of the table, "train.regulariser"; those of a list together.
  const std::map<std::string, std::set<std::string>>& all() const { return all_; }

  // What a reader knows of the table "population[1]".
  static void tell(const std::string& path, const std::vector<std::string>& keys);

 private:
  static thread_local KnownKeys* listening;
  KnownKeys* before_;
  std::map<std::string, std::set<std::string>> all_;
};

}  // namespace retrograde

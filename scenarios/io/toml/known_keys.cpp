#include <retrograde/scenarios/io/toml/known_keys.hpp>

namespace retrograde {

thread_local KnownKeys* KnownKeys::listening = nullptr;

void KnownKeys::tell(const std::string& path, const std::vector<std::string>& keys) {
  if (listening == nullptr) return;
  std::string table;
  bool index = false;
  for (const char c : path) {
    index = index ? c != ']' : c == '[';
    if (!index && c != ']') table += c;
  }
  listening->all_[table].insert(keys.begin(), keys.end());
}

}  // namespace retrograde

#include <retrograde/engine/ranks/ranks.hpp>

namespace retrograde {

void Ranks::all_gather(std::span<const std::byte> own, AllGathered& all) {
  const std::uint64_t size = own.size();
  for (int other = 0; other < this->size(); ++other) {
    if (other == rank()) continue;
    send(other, std::as_bytes(std::span(&size, 1)));
    if (size > 0) send(other, own);
  }
  all.bytes.clear();
  all.ends.clear();
  for (int other = 0; other < this->size(); ++other) {
    const std::size_t begin = all.bytes.size();
    if (other == rank()) {
      all.bytes.insert(all.bytes.end(), own.begin(), own.end());
    } else {
      std::uint64_t theirs = 0;
      receive(other, std::as_writable_bytes(std::span(&theirs, 1)));
      all.bytes.resize(begin + theirs);
      if (theirs > 0) receive(other, std::span(all.bytes).subspan(begin));
    }
    all.ends.push_back(all.bytes.size());
  }
  sent();
}

}  // namespace retrograde

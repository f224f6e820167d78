// Marks of arrivals are found again, whatever blocks they lie in and however many were forgotten. Reference:
// all of them in a list.
#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

#include <retrograde/engine/windowed/arrival_marks.hpp>
#include <retrograde/events/random.hpp>

using namespace retrograde;

TEST_CASE("marks are found by target and window, the oldest forgotten") {
  for (const std::size_t targets : {std::size_t{1}, std::size_t{16}, std::size_t{37}}) {
    ArrivalMarks marks(targets);
    Random random(1, "marks", targets);
    std::vector<std::vector<std::uint32_t>> all;  // window per spike and target
    std::size_t kept = 0, found = 0;
    for (std::uint32_t w = 0; w < 700; ++w) {
      const std::size_t before = all.size(), more = random.index(w % 50 == 0 ? 90 : 5);
      while (kept < before && random.index(3) > 0) ++kept;
      marks.extend(kept, before + more);
      for (std::size_t k = before; k < before + more; ++k) {
        all.emplace_back();
        for (std::size_t j = 0; j < targets; ++j) {
          all.back().push_back(w + static_cast<std::uint32_t>(random.index(300)));
          marks.row(k)[j] = static_cast<std::uint8_t>(all.back().back());
        }
      }
      const std::size_t j = random.index(targets);
      std::vector<std::size_t> expected, got;
      for (std::size_t k = kept; k < all.size(); ++k)
        if (all[k][j] % 256 == w % 256) expected.push_back(k);
      marks.find(j, w, kept, all.size(), [&](std::size_t k) { got.push_back(k); });
      REQUIRE(got == expected);
      found += got.size();
    }
    CHECK(found > 100);
  }
}

// Routes over the mesh, and where cores come to lie.
#include <catch2/catch.hpp>
#include <set>

#include <retrograde/events/random.hpp>
#include <retrograde/hardware/loihi2/place/placement.hpp>

#include "tests/support/chip_network.hpp"
#include "tests/support/shipped_chip.hpp"

using namespace retrograde;
using namespace retrograde::loihi2;

namespace {

Mapping cores_in_order(std::uint32_t count, const Mesh& mesh) {
  Mapping mapping;
  for (std::uint32_t c = 0; c < count; ++c) mapping.cores.push_back({0, {}, {}, c, mesh.tile(c)});
  return mapping;
}

std::set<std::uint32_t> slots(const Mapping& mapping) {
  std::set<std::uint32_t> all;
  for (const MappedCore& core : mapping.cores) all.insert(core.slot);
  return all;
}

}  // namespace

TEST_CASE("a route goes along x, then y, and is as long as the distance", "[mesh]") {
  const Mesh mesh(8, 4, 4);
  CHECK(mesh.slots() == 128);
  CHECK(mesh.tile(0) == Tile{0, 0});
  CHECK(mesh.tile(35) == Tile{0, 1});
  std::vector<std::size_t> links;
  mesh.route({1, 3}, {3, 0}, [&](std::size_t link) { links.push_back(link); });
  // Eastward (0) from (1, 3) and (2, 3), then toward smaller y (3) from (3, 3), (3, 2), (3, 1).
  CHECK(links ==
        std::vector<std::size_t>{4 * 25 + 0, 4 * 26 + 0, 4 * 27 + 3, 4 * 19 + 3, 4 * 11 + 3});
  std::set<std::size_t> seen;
  for (std::uint32_t a = 0; a < 128; a += 4)
    for (std::uint32_t b = 0; b < 128; b += 4) {
      std::uint32_t length = 0;
      mesh.route(mesh.tile(a), mesh.tile(b), [&](std::size_t link) {
        ++length;
        seen.insert(link);
        CHECK(link < mesh.links());
      });
      CHECK(length == hops(mesh.tile(a), mesh.tile(b)));
    }
  CHECK(seen.size() == 2 * (7 * 4 + 3 * 8));  // every link there is
}

TEST_CASE("a chain of cores comes to lie along neighbouring routers", "[loihi2][placement]") {
  const Mesh mesh(4, 4, 1);
  Mapping mapping = cores_in_order(8, mesh);
  Traffic traffic(8);
  traffic.from_outside[5] = 1000;
  // 5 - 2 - 7 - 0 - 3 - 6 - 1 - 4
  const std::uint32_t chain[] = {5, 2, 7, 0, 3, 6, 1, 4};
  for (int k = 0; k + 1 < 8; ++k) traffic.between[chain[k] * 8 + chain[k + 1]] = 100;
  place(mapping, mesh, traffic);
  CHECK(slots(mapping).size() == 8);
  CHECK(mapping.cores[5].tile == entrance);
  CHECK(total_hops(mapping, traffic) == 700);
}

// Three routers in a row, one core each. From outside core 0 gets 1 spike; it sends 4 to core 1 and
// 5 to core 2. One after the other: 0 at the entrance, 2 beside it (5 hops), 1 behind (2 x 4): 13
// hops. With 0 in the middle they are 1 + 5 + 4 = 10; with 0 at an end never less than 13.
TEST_CASE("cores that were placed one after the other are exchanged where that helps",
          "[loihi2][placement]") {
  const Mesh mesh(3, 1, 1);
  Mapping mapping = cores_in_order(3, mesh);
  Traffic traffic(3);
  traffic.from_outside[0] = 1;
  traffic.between[0 * 3 + 1] = 4;
  traffic.between[0 * 3 + 2] = 5;
  place(mapping, mesh, traffic);
  CHECK(mapping.cores[0].slot == 1);
  CHECK(mapping.cores[1].slot == 2);
  CHECK(mapping.cores[2].slot == 0);
  CHECK(total_hops(mapping, traffic) == 10);
}

// The same row. Core 0 gets 10 spikes from outside, core 1 gets 4 and exchanges 1 with core 0, core 2
// exchanges 3 with it. In the order 0, 1, 2 they are 4 + 1 + 2 x 3 = 11 hops, in the order 0, 2, 1
// 2 x 4 + 2 x 1 + 3 = 13; with core 0 in the middle, best without the outside, at least 10 + 4.
TEST_CASE("what comes from outside holds its cores at the entrance", "[loihi2][placement]") {
  const Mesh mesh(3, 1, 1);
  Mapping mapping = cores_in_order(3, mesh);
  Traffic traffic(3);
  traffic.from_outside[0] = 10;
  traffic.from_outside[1] = 4;
  traffic.between[0 * 3 + 1] = 1;
  traffic.between[0 * 3 + 2] = 3;
  place(mapping, mesh, traffic);
  CHECK(mapping.cores[0].slot == 0);
  CHECK(mapping.cores[1].slot == 1);
  CHECK(mapping.cores[2].slot == 2);
  CHECK(total_hops(mapping, traffic) == 11);
}

TEST_CASE("cores of one router cost nothing between each other", "[loihi2][placement]") {
  const Mesh mesh(8, 4, 4);
  Mapping mapping = cores_in_order(4, mesh);
  Traffic traffic(4);
  for (std::uint64_t& t : traffic.between) t = 3;
  place(mapping, mesh, traffic);
  CHECK(total_hops(mapping, traffic) == 0);
}

TEST_CASE("placing never makes traffic longer, uses each slot once, and is the same each time",
          "[loihi2][placement]") {
  const Mesh mesh(5, 3, 2);
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Random random(seed, "placement");
    const auto count = static_cast<std::uint32_t>(2 + random.index(28));
    Mapping mapping = cores_in_order(count, mesh);
    Traffic traffic(count);
    for (std::uint64_t& t : traffic.between) t = random.index(4) == 0 ? random.index(1000) : 0;
    for (std::uint64_t& t : traffic.from_outside) t = random.index(100);
    const std::uint64_t before = total_hops(mapping, traffic);
    place(mapping, mesh, traffic);
    CHECK(total_hops(mapping, traffic) <= before);
    CHECK(slots(mapping).size() == count);
    Mapping again = cores_in_order(count, mesh);
    place(again, mesh, traffic);
    for (std::uint32_t c = 0; c < count; ++c) CHECK(again.cores[c].slot == mapping.cores[c].slot);
  }
}

TEST_CASE("more cores than a chip has keep their order", "[loihi2][placement]") {
  const Mesh mesh(2, 1, 1);
  Mapping mapping = cores_in_order(3, mesh);
  place(mapping, mesh, Traffic(3));
  CHECK(mapping.cores[2].slot == 2);
}

TEST_CASE("traffic is what spikes send", "[loihi2][placement]") {
  const ChipNetwork chip = test::dense_chip({3, 2, 4}, {1});
  const ChipProfile profile = test::shipped_chip("loihi2");
  const Mapping mapping = partition(chip, profile.core, Mesh(profile.mesh));
  const Traffic all = uniform_traffic(mapping);
  CHECK(all.from_outside == std::vector<std::uint64_t>{3, 0});
  CHECK(all.between == std::vector<std::uint64_t>{2, 2, 0, 0});
  Traffic some(2);
  add_traffic(some, mapping, {{0, 0}, {4, 0}, {7, 3}, {9, 6}});
  CHECK(some.from_outside == std::vector<std::uint64_t>{2, 0});
  CHECK(some.between == std::vector<std::uint64_t>{1, 1, 0, 0});
}

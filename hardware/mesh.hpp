// The mesh between the cores of a chip: a rectangle of routers, each with the same number of cores.
// A spike enters at the router of its sender, goes along x, then along y (dimension order), and
// leaves at the router of its receiver. Two more links lie on its way: core to router and router to
// core. Spikes from outside enter at router (0, 0); where they really do is not public.
#pragma once

#include <cstddef>
#include <cstdint>

#include <retrograde/hardware/chip_profile.hpp>

namespace retrograde {

struct Tile {
  std::uint32_t x = 0, y = 0;  // of the router
  friend bool operator==(const Tile&, const Tile&) = default;
};

inline constexpr Tile entrance{0, 0};

constexpr std::uint32_t distance(std::uint32_t a, std::uint32_t b) { return a < b ? b - a : a - b; }
constexpr std::uint32_t hops(Tile a, Tile b) { return distance(a.x, b.x) + distance(a.y, b.y); }

class Mesh {
 public:
  Mesh(std::uint32_t columns, std::uint32_t rows, std::uint32_t cores_per_router)
      : columns_(columns), rows_(rows), cores_per_router_(cores_per_router) {}
  explicit Mesh(const MeshShape& shape)
      : Mesh(static_cast<std::uint32_t>(shape.columns.value.low),
             static_cast<std::uint32_t>(shape.rows.value.low),
             static_cast<std::uint32_t>(shape.cores_per_router.value.low)) {}

  std::uint32_t columns() const { return columns_; }
  std::uint32_t rows() const { return rows_; }
  std::uint32_t cores_per_router() const { return cores_per_router_; }
  std::uint32_t slots() const { return columns_ * rows_ * cores_per_router_; }
  // Slots are numbered router after router, row after row.
  Tile tile(std::uint32_t slot) const {
    const std::uint32_t router = slot / cores_per_router_ % (columns_ * rows_);
    return {router % columns_, router / columns_};
  }

  // Links between routers, four directions each.
  std::size_t links() const { return std::size_t{4} * columns_ * rows_; }
  // Calls visit(link) for each link between two routers, in the order of the way.
  template <typename Visit>
  void route(Tile from, Tile to, const Visit& visit) const {
    Tile at = from;
    const auto link = [&](std::uint32_t direction) {
      return std::size_t{4} * (at.y * columns_ + at.x) + direction;
    };
    while (at.x != to.x) {
      visit(link(at.x < to.x ? 0 : 1));
      at.x += at.x < to.x ? 1 : -1;
    }
    while (at.y != to.y) {
      visit(link(at.y < to.y ? 2 : 3));
      at.y += at.y < to.y ? 1 : -1;
    }
  }

 private:
  std::uint32_t columns_, rows_, cores_per_router_;
};

}  // namespace retrograde

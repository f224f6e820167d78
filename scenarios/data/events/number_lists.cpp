#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <span>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/number_lists.hpp>

namespace retrograde {

namespace {

constexpr std::size_t heap_head = 16, object_head = 16, alignment = 8;
// Of a collection: their numbers have 16 bits.
constexpr int most_objects = 1 << 16;

std::uint64_t little_endian(std::span<const std::uint8_t> bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t k = 0; k < size; ++k) value |= std::uint64_t{bytes[at + k]} << (8 * k);
  return value;
}

[[noreturn]] void damaged(const RawFile& file, std::uint64_t offset, const std::string& what) {
  throw FormatError(file.name(), offset, what + ": the file is damaged, get it again");
}

// Where the collection ends.
std::uint64_t check_heap(const RawFile& file, std::uint64_t heap) {
  std::array<std::uint8_t, heap_head> head;
  file.read(heap, head);
  constexpr std::array<std::uint8_t, 4> signature = {'G', 'C', 'O', 'L'};
  if (!std::equal(signature.begin(), signature.end(), head.begin()))
    damaged(file, heap, "a list should lie in a heap here, but there is none");
  if (head[4] != 1)
    throw FormatError(
        file.name(), heap + 4,
        fmt::format("a heap of version {}, and only version 1 is known; write the file "
                    "anew with h5py",
                    head[4]));
  const std::uint64_t size = little_endian(head, 8, 8);
  if (size < heap_head || size > file.size() - heap)
    damaged(file, heap + 8, fmt::format("a heap of {} bytes does not fit into the file", size));
  return heap + size;
}

}  // namespace

std::vector<std::uint8_t> read_heap_object(const RawFile& file, std::uint64_t heap,
                                           std::uint32_t object, std::uint64_t count) {
  const std::uint64_t end = check_heap(file, heap);
  std::uint64_t at = heap + heap_head;
  std::array<std::uint8_t, object_head> head;
  for (int seen = 0; seen < most_objects && end - at >= object_head; ++seen) {
    file.read(at, head);
    const std::uint64_t number = little_endian(head, 0, 2), size = little_endian(head, 8, 8);
    if (number == 0) break;  // the free space at the end
    if (size > end - at - object_head)
      damaged(file, at + 8, fmt::format("an object of {} bytes does not fit into its heap", size));
    if (number == object) {
      if (count > size)
        damaged(file, at + 8,
                fmt::format("a list of {} bytes, but its object has {}", count, size));
      return file.read(at + object_head, count);
    }
    const std::uint64_t padded = (size + alignment - 1) / alignment * alignment;
    at += object_head + std::min(padded, end - at - object_head);
  }
  damaged(file, heap, fmt::format("the heap here has no object {}", object));
}

NumberLists::NumberLists(const hdf5::Reader& reader, std::shared_ptr<const RawFile> file,
                         const std::string& path)
    : file_(std::move(file)) {
  const hdf5::Placement placement = reader.placement(path);
  if (!placement.lists || placement.shape.size() != 1)
    reader.fail(path,
                "it is no row of lists of variable length, one for each sample, as these sets have "
                "it; docs/data.md shows a simpler format for sets of your own");
  type_ = placement.type;
  const std::uint64_t count = placement.size();
  const std::vector<std::uint8_t> bytes =
      placement.offset ? file_->read(*placement.offset, count * hdf5::list_reference_size)
      : count > 0      ? reader.list_references(path)
                       : std::vector<std::uint8_t>{};
  references_.resize(count);
  for (std::uint64_t k = 0; k < count; ++k) {
    const std::uint64_t at = k * hdf5::list_reference_size;
    references_[k] = {little_endian(bytes, at + 4, 8),
                      static_cast<std::uint32_t>(little_endian(bytes, at, 4)),
                      static_cast<std::uint32_t>(little_endian(bytes, at + 12, 4))};
  }
}

std::vector<std::uint8_t> NumberLists::bytes(std::size_t index) const {
  const Reference& list = references_[index];
  if (list.length == 0) return {};
  return read_heap_object(*file_, list.heap, list.object, std::uint64_t{list.length} * type_.bytes);
}

}  // namespace retrograde

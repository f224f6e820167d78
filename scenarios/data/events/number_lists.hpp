// Lists of numbers as HDF5 keeps those of variable length: a dataset of references, and heaps all over
// the file that hold what they refer to. Both are read from the bytes themselves, at their place: many
// threads at once, nothing of the library and nothing kept but the references (16 bytes a list).
//
// Reference: HDF5 File Format Specification Version 3.0, III.E "Global Heap" and IV.B "Data Storage"
// (variable-length types). Everything is checked against the size of the file: forged references and
// heaps are a FormatError.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <retrograde/scenarios/data/events/raw_file.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

namespace retrograde {

class NumberLists {
 public:
  // The dataset `path` of a file that is open. Throws FormatError where it holds no lists of numbers.
  NumberLists(const hdf5::Reader& reader, std::shared_ptr<const RawFile> file,
              const std::string& path);

  std::size_t size() const { return references_.size(); }
  const hdf5::NumberType& type() const { return type_; }
  // Numbers in a list.
  std::uint64_t length(std::size_t index) const { return references_[index].length; }
  // Them, as they are stored. Throws FormatError, IoError.
  std::vector<std::uint8_t> bytes(std::size_t index) const;

 private:
  struct Reference {
    std::uint64_t heap = 0;
    std::uint32_t length = 0, object = 0;
  };

  std::shared_ptr<const RawFile> file_;
  hdf5::NumberType type_;
  std::vector<Reference> references_;
};

// The first `count` bytes of an object of the heap collection at `heap`. Throws FormatError: it lies
// outside of the file, is none, has no such object or a smaller one; IoError.
std::vector<std::uint8_t> read_heap_object(const RawFile& file, std::uint64_t heap,
                                           std::uint32_t object, std::uint64_t count);

}  // namespace retrograde

// IDX, the format of MNIST: a big-endian header (two zero bytes, element type, number of
// dimensions, one 32-bit size per dimension), then the elements, the last dimension running
// fastest. Read are images (unsigned bytes, three dimensions: count, rows, columns) and labels
// (unsigned bytes, one dimension), plain or packed with gzip.
//
// Reference: LeCun, Cortes, Burges, "The MNIST database of handwritten digits".
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace retrograde {

struct IdxImages {
  std::uint32_t count = 0, rows = 0, columns = 0;
  std::vector<std::uint8_t> pixels;  // image after image, row after row

  std::size_t image_size() const { return std::size_t{rows} * columns; }
  std::span<const std::uint8_t> image(std::size_t index) const {
    return std::span(pixels).subspan(index * image_size(), image_size());
  }
};

// From bytes in memory; `file` is for messages. Throws FormatError with the offset of the first
// byte that is wrong: wrong magic number, type or number of dimensions, an empty dimension, fewer
// or more bytes than the header announces.
IdxImages parse_idx_images(std::vector<std::uint8_t> bytes, const std::string& file);

// Labels 0 .. classes - 1; a larger one is a FormatError, too.
std::vector<std::uint8_t> parse_idx_labels(std::span<const std::uint8_t> bytes,
                                           const std::string& file, std::uint32_t classes);

// The file in `folder` that holds NAME: NAME or NAME.gz, for NAME as given and with the last '-'
// before "idx" as a dot, which is how some archives unpack ("train-images.idx3-ubyte"). Throws
// IoError that lists what was looked for, with `where_from` as the remedy.
std::filesystem::path find_idx(const std::filesystem::path& folder, const std::string& name,
                               const std::string& where_from);

// Throw IoError and what the parsers throw.
IdxImages read_idx_images(const std::filesystem::path& path);
std::vector<std::uint8_t> read_idx_labels(const std::filesystem::path& path, std::uint32_t classes);

}  // namespace retrograde

// N-MNIST: the digits of MNIST, seen by an event camera that moves. One file per sample, in the folder
// of its class: Train/0 .. Train/9 and Test/0 .. Test/9, each with files *.bin.
//
// A file is a row of events of five bytes: x, y, then one bit of polarity (1: brighter) and 23 bits of
// time in microseconds, the highest byte first. An event with y = 240 is none: it says that from here
// on all times are 2^13 us later. The unit of an event is (polarity * 34 + y) * 34 + x.
//
// Reference: Orchard, Jayawant, Cohen, Thakor, "Converting Static Image Datasets to Spiking Neuromorphic
// Datasets Using Saccades", Frontiers in Neuroscience 9:437 (2015).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include <retrograde/scenarios/data/events/event_set.hpp>

namespace retrograde {

inline constexpr std::uint32_t n_mnist_side = 34;
inline constexpr std::uint32_t n_mnist_units = 2 * n_mnist_side * n_mnist_side;

// From bytes in memory; `file` is for messages. Throws FormatError with the offset: an event that is
// cut off, a pixel outside of 34 x 34.
EventSample parse_n_mnist(std::span<const std::uint8_t> bytes, const std::string& file);

// Whether a folder looks like it.
bool has_n_mnist(const std::filesystem::path& folder);

// Throws IoError (a folder is missing or empty, and which), FormatError. Files are opened as samples
// are asked for; names are kept (some 20 bytes for each of 70,000).
std::shared_ptr<const EventSet> open_n_mnist(const std::filesystem::path& folder);

}  // namespace retrograde

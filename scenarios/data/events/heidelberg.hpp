// The Heidelberg sets of spoken words, and whatever is stored like them:
//
//   Spiking Heidelberg Digits (SHD): shd_train.h5, shd_test.h5; digits in English and German
//   Spiking Speech Commands (SSC):   ssc_train.h5, ssc_valid.h5, ssc_test.h5; 35 words
//
//   /spikes/times    a list of floats (16, 32 or 64 bits) for each sample, in seconds
//   /spikes/units    a list of integers for each, 0 .. 699: channels of an artificial cochlea
//   /labels          an integer for each
//   /extra/speaker   an integer or a text for each, where it is known
//   /extra/keys      the names of the classes, where they are known
//
// Reference: Cramer, Stradmann, Schemmel, Zenke, "The Heidelberg Spiking Data Sets for the Systematic
// Evaluation of Spiking Neural Networks", IEEE TNNLS 33, 2744 (2022). docs/data.md says where they
// are to be had.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/scenarios/data/events/event_set.hpp>

namespace retrograde {

inline constexpr std::uint32_t heidelberg_units = 700;

struct HeidelbergFile {
  std::filesystem::path path;
  std::optional<Part> part;  // of all its samples
};

// The files of a set in a folder, `prefix` being "shd" or "ssc". Throws IoError: one is missing, and
// which, or is packed still, and how to unpack it.
std::vector<HeidelbergFile> find_heidelberg(const std::filesystem::path& folder,
                                            std::string_view prefix);
// Whether the folder has one of them, packed or not.
bool has_heidelberg(const std::filesystem::path& folder, std::string_view prefix);

// Several files as one set; their classes have to be the same. `source` is what messages call it.
// Throws IoError, FormatError.
std::shared_ptr<const EventSet> open_heidelberg(const std::vector<HeidelbergFile>& files,
                                                std::string source);

}  // namespace retrograde

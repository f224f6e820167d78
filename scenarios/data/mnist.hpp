// MNIST: 28 x 28 grey images of the digits 0 to 9, 60,000 to train and 10,000 to test, in four IDX
// files. Any other set with the same file names and ten classes (Fashion-MNIST, say) reads alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <retrograde/scenarios/data/data_kind.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/data/encoding.hpp>
#include <retrograde/scenarios/data/idx.hpp>

namespace retrograde {

struct LabelledImages {
  IdxImages images;
  std::vector<std::uint8_t> labels;
};

// The images and labels of a folder that are called STEM-images-idx3-ubyte and STEM-labels-idx1-ubyte,
// STEM being "train" or "t10k". Throws IoError and FormatError as below.
std::shared_ptr<const LabelledImages> read_labelled_images(const std::filesystem::path& folder,
                                                           const std::string& stem);

// From a folder with train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
// t10k-labels-idx1-ubyte, each plain or with .gz. The last `validation` training images are the
// validation part. One input per pixel, row after row, and the bias neuron if the encoding has one.
//
// Throws IoError (missing: which names were looked for and where the set is to be had), FormatError
// (damaged, or files that do not belong together), ScenarioError (`validation` leaves nothing to
// train with, or an encoding that cannot be).
Dataset load_mnist(const std::filesystem::path& folder, const LatencyEncoding& encoding,
                   std::size_t validation);

// kind = "mnist" of [data].
DataKind mnist_kind();

}  // namespace retrograde

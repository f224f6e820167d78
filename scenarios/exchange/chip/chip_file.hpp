// A network on the chip as a file: everything that a ChipNetwork says, and the arithmetic that it
// is meant for, as HDF5 that h5py can write. What is read is what was written, bit for bit.
//
//   /chip/version = 1, step_ms, spike_phase, semantics/{a, u, v, spike_register}
//   /chip/populations/K/{name, model, size, lag, scale, reset_interval, reset_offset, and what the
//                        neurons of the model have}
//   /chip/projections/K/{name, source, target, sign, weight_bits, weight_exponent, message_bits,
//                        port, and synapse/{source, target, weight, delay} or
//                        convolution/{in, out, kernel, stride, padding, dilation, groups, weight, delay}}
//
// docs/exchange.md has all of it. What the neurons have is one value for all of them or one for
// each.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <retrograde/hardware/loihi2/model/chip_network.hpp>
#include <retrograde/hardware/loihi2/model/semantics.hpp>
#include <retrograde/scenarios/io/limits.hpp>

namespace retrograde {

struct ChipFile {
  loihi2::ChipNetwork chip;
  loihi2::Semantics semantics;
};

// The content of the file. Throws what check(ChipNetwork) throws.
std::string write_chip_file(const ChipFile& file);

// `file` is what messages call it. Throws FormatError with the path inside the file, the value and
// the remedy for what is malformed or fits no field of the chip; LimitError.
ChipFile read_chip_file(std::span<const std::uint8_t> bytes, const std::string& file,
                        const ScenarioLimits& limits = {});

}  // namespace retrograde

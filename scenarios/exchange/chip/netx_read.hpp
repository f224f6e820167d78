// The way in for netX (netx.hpp is the way out): files of integers, as lava-dl's SLAYER, mlGeNN and
// Retrograde write them. docs/exchange.md has the table of what is read.
//
//   input, flatten, dense, dense_rec, conv        layers, each of CUBA (LOIHI) neurons
//
// A layer without a neuron group integrates: there lava-dl has iDecay = 0 and vDecay = 4096, so
// that v is u, the sum of all that arrived. No field of the chip holds these two; du = 4095 and dv
// = 0 give the same v, and are taken.
//
// Order. Signals are (channels, height, width), and neurons are numbered in C order of it, as
// SLAYER has them and flatten leaves them; Lava's own arrays are (width, height, channels). A
// convolution is a correlation in these axes, as PyTorch has it. Its kernel is kept once
// (hardware/loihi2/model/convolution.hpp).
//
// Weights. The integer in the file is what one spike adds to u, before the shift by 6, whatever
// mantissa and exponent a reader chooses. What no 8-bit format holds exactly becomes what lava-dl
// makes of it, with a warning.
//
// Delays count as ours, without the step of latency: (targets, sources), or one per target, or one
// per source, or one for all.
//
// Resets are not in the file; lava-dl is told of them, and so are we: layer k of those that are
// read (k from 0; an input layer with neurons counts) starts the steps n (from 0) with (n + 1) mod
// interval = (offset + 1 + k) mod interval from rest.
//
// Sources: lava-nc/lava-dl 0.6.0 (netx/hdf5.py), genn-team/ml_genn_netx 37c1c35. Measured: the
// recorded run of PilotNet LIF of lava-dl (tests/golden/netx.cpp).
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <retrograde/hardware/loihi2/model/chip_network.hpp>
#include <retrograde/scenarios/io/limits.hpp>

namespace retrograde {

struct NetxReading {
  // Layers of the file that are left out: those before the first of these, whose spikes are the
  // input then, and those from the second one on.
  std::uint32_t skip_layers = 0;
  std::uint32_t num_layers = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t reset_interval = 0, reset_offset = 0;  // steps; 0: never
  Time step = 1.0;                                     // ms, where the file does not say
  ScenarioLimits limits = {};
};

struct NetxNetwork {
  loihi2::ChipNetwork chip;
  bool says_step = false;             // the step is the file's
  std::vector<std::string> warnings;  // what other readers do otherwise, and what is not exactly
                                      // what the file says
};

// `file` is what messages call it. Populations are called as /retrograde says, else input, layer_1,
// and so on. Throws FormatError with the path inside the file for what is malformed and for what
// cannot be represented, with the remedy; LimitError before memory is taken.
NetxNetwork read_netx(std::span<const std::uint8_t> bytes, const std::string& file,
                      const NetxReading& reading = {});

}  // namespace retrograde

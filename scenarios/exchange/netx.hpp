// Networks as netX, the HDF5 format of Intel's lava-dl (lava.lib.dl.netx.hdf5.Network): a chain of
// layers, each dense onto the next and perhaps onto itself. docs/exchange.md has the table of what
// is written.
//
//   /layer/0  input: type, shape          /layer/1 ..  type "dense" or "dense_rec", shape,
//             weight, weight_rec, delay, delay_rec, bias, neuron/{type, iDecay, vDecay, vThMant,
//             refDelay}
//
// A weight is the integer that one spike adds before the shift by 6; the reader chooses mantissa
// and exponent itself. How it does that is repeated here for every matrix, so that what is written
// is loaded without a weight being clipped or rounded. Delays count as ours, without the step of
// latency. /retrograde, which readers ignore, has what the format leaves out: step, scales, lags,
// input encoding, reset, readout, and what the emulator predicts.
//
// Sources: published code, lava-nc/lava-dl 0.6.0 (netx/hdf5.py, netx/utils.py), genn-team/
// ml_genn_netx 37c1c35; tests/lava loads files with lava-dl and compares every v and spike.
#pragma once

#include <string>
#include <vector>

#include <retrograde/scenarios/exchange/deployed.hpp>

namespace retrograde {

struct NetxFile {
  std::string bytes;
  std::vector<std::string> warnings;  // what public readers lose
};

// Throws NetworkError, with the remedy, for what netX cannot say: anything but a chain of layers
// from one input, neurons of a layer that differ in decays or threshold, readouts with more than
// one scale, weights and biases that the reader would change, delays above 62, a layer whose
// weights are all 0.
NetxFile write_netx(const Deployed& deployed);

}  // namespace retrograde

// A network as a Python script of Lava processes (lava-nc), for those that netX cannot say:
// recurrent delays, skip connections, several inputs, neurons that differ. The script is whole: it
// holds the network, the input of one trial and what the emulator made of it, runs the trial in
// Lava's fixed-point simulation, and compares. docs/exchange.md says more.
//
//   input population            lava.proc.io.source.RingBuffer
//   cuba_lif, cuba_li           lava.proc.lif.LIF (LIFReset with a reset interval), one process for
//                               all neurons of equal decays and threshold, which Lava has per
//                               process
//   refractory period           a LIF of the script's own: Lava's integer one has none
//   projection                  Dense or Sparse (where pairs have no synapse), DelayDense or
//                               DelaySparse where there are delays; one per pair of processes
//   lag                         none in Lava: nothing arrives before it; a bias is set when it ends
//   readout                     on the host, from v of each step, as the emulator does it
#pragma once

#include <string>
#include <vector>

#include <retrograde/scenarios/exchange/deployed.hpp>

namespace retrograde {

struct LavaScript {
  std::string text;
  std::vector<std::string> warnings;
};

// `emulation` is what the emulator made of the trial, with the readout of `deployed`; its input
// spikes are the script's. Throws NetworkError, with the remedy, for models other than cuba_lif and
// cuba_li, payloads, and a refractory period together with a reset interval.
LavaScript write_lava_script(const Deployed& deployed, const std::string& trial,
                             const loihi2::Emulation& emulation);

}  // namespace retrograde

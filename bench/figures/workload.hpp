// What is run when speed is measured: one definition of each network and trial, for bench/ and for
// `retro bench`. All of them are functions of their specification alone.
#pragma once

#include <cstdint>

#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/engine/trial/trial.hpp>

namespace retrograde::bench {

struct Workload {
  Network network;
  Trial trial;
  Readout readout;
};

// A keyword: 700 inputs with 8,000 spikes in 1 s, hidden cuba_lif neurons (tau_mem 20 ms, tau_syn 5
// ms) that fire about 15 times a second, 20 readouts by their voltage integral.
struct KeywordSpec {
  std::uint32_t hidden = 256;
  bool recurrent = false;  // delays 1 .. 30 ms among the hidden ones
  Time max_delay = 30.0;   // of the input synapses, which start at 0 ms
  double size = 1.0;       // of the trial: factor on its duration and its input spikes
  Time quiet = 0.0;        // ms without input at the end, for the last spikes to arrive
  std::uint64_t seed = 1;  // of the input spikes
};
Workload keyword(const KeywordSpec& spec);
Trial keyword_trial(const KeywordSpec& spec);

// The same with two hidden layers of 256, delays from 0 ms up to one limit into both: what learned
// delays are usually measured with.
struct DeepKeywordSpec {
  std::uint32_t inputs = 700;  // that share the 8,000 spikes
  Time max_delay = 250.0;
  double size = 1.0;
  std::uint64_t seed = 1;
};
Workload deep_keyword(const DeepKeywordSpec& spec);
Trial deep_keyword_trial(const DeepKeywordSpec& spec);

// A sparse recurrent network: every neuron has `fan_out` synapses onto random others, delays 1 .. 30
// ms, and is driven by 10 of neurons/10 inputs, each of which fires 40 times a second over 100
// synapses. A few spikes per neuron and second.
struct SparseSpec {
  std::uint32_t neurons = 1000;
  std::uint32_t fan_out = 100;
  Time duration = 200.0;
};
Workload sparse(const SparseSpec& spec);
// Bytes that making it takes at the most at the usual fan-out, with the copy that the bare kernel
// works on.
double sparse_memory(std::uint32_t neurons);

// Layers of neurons that are connected from all to all, delays 0 .. 30 ms: `inputs` of them,
// `hidden`, and readouts. The trial brings every input `spikes` times in `duration` ms.
struct LayeredSpec {
  std::uint32_t inputs = 784, hidden = 1000, outputs = 10;
  Time duration = 60.0;
  std::uint32_t spikes = 1;
  double weight = 0.02;  // mean, into the hidden layer
  std::uint64_t seed = 1;
};
Workload layered(const LayeredSpec& spec);
Trial layered_trial(const LayeredSpec& spec);

// A loss that sees the voltage integrals of all readouts of a keyword.
LossValue integral_loss(const Workload& workload);

}  // namespace retrograde::bench

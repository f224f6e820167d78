// What reaches a place in a NIR graph: a linear function of the signals that leave one population,
// each with its delay, and what the nodes between neurons make of it.
//
// Signals of more than one dimension are counted in C order: channel, row, column. A convolution
// gives y[o, p] = sum over c, k of w[o, c, k] x[g, p stride - padding + k dilation], as PyTorch's; a
// pool of sums the same with weights 1 and every channel for itself, a pool of means divides by the
// size of its window, padding included. "same" padding keeps the size; an odd rest goes behind.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

namespace retrograde::nir {

using Shape = hdf5::Shape;

// Product of the extents; at most 2^53.
std::uint64_t size_of(const Shape& shape);

struct Entry {
  std::uint32_t source = 0, target = 0;
  double weight = 1.0, delay = 0.0;  // ms
};

// By target, then source; at most one of a pair.
struct Signal {
  Shape shape;  // of the targets
  std::vector<Entry> entries;
  bool weighted = false;  // some node has given its signals weights
};

// Each signal as it is.
Signal identity(const Shape& shape);

// Entries of a matrix, by target; `source` counts what comes in.
struct SignalMatrix {
  std::uint32_t sources = 0;
  Shape shape;  // of what comes out
  std::vector<Entry> entries;
};

struct Convolution {
  Shape in;  // channels and extents
  std::uint64_t out_channels = 0, groups = 1;
  Shape kernel;                                     // extents, one or two
  std::vector<std::int64_t> stride, dilation;       // one each
  std::vector<std::int64_t> pad_before, pad_after;  // likewise
  // (out_channels, in channels / groups, kernel...); empty: every channel for itself, all weights
  // `constant`.
  std::vector<double> weights;
  double constant = 1.0;
};

// The shape of what comes out: channels and extents. Empty where the kernel is larger than what comes
// in.
Shape shape_of(const Convolution& convolution);
// How many synapses it unrolls to. O(extents).
std::uint64_t entries_of(const Convolution& convolution);
SignalMatrix unrolled(const Convolution& convolution);

// `signal` behind the matrix. False if signals of different delays meet in one entry, which no synapse
// can say. Throws LimitError for more than `most` entries.
bool apply(Signal& signal, SignalMatrix matrix, std::uint64_t most);

}  // namespace retrograde::nir

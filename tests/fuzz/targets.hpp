// What the readers are fuzzed with: any bytes go in, and either the reader refuses them with an
// Error or what it made of them keeps a promise. Everything else, a crash, another exception, a
// broken promise, is a finding; libFuzzer and the test that replays the corpus report it alike.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace retrograde {
struct ChipFile;
}

namespace retrograde::fuzz {

// A scenario. One that is accepted is accepted again in its resolved form and gives the same
// network.
void scenario(std::span<const std::uint8_t> bytes);

// A checkpoint, and the same bytes as the body of a checkpoint whose header and checksum are right,
// without which no random input would get past the checksum. One that is accepted is written as it
// was read.
void checkpoint(std::span<const std::uint8_t> bytes);

// A chip profile, of either family. One that is accepted has finite intervals with ends in order, and every number
// has a source.
void chip_profile(std::span<const std::uint8_t> bytes);

// A NIR graph, as lines of text that are written to HDF5 first: the C library of HDF5 is not made
// for forged files, and every random input would end in it. A graph that is accepted comes back
// from the file that is written for it bit for bit.
//   NODE type CubaLIF      NODE tau_mem 0.02 0.01      NODE weight 1 2 ; 3 4      NODE -> NODE
void nir(std::span<const std::uint8_t> bytes);

// The file that those lines describe.
std::string described_nir(std::span<const std::uint8_t> bytes);

// A netX file, as lines of text that are written to HDF5 first (described_hdf5.hpp). A network that is
// accepted keeps to the limits, runs on the emulator, and comes back from a chip file. A first line
// "reading SKIP NUM INTERVAL OFFSET" says which layers are read, and the reset.
void netx(std::span<const std::uint8_t> bytes);

// A chip file, as lines of text, too. One that is accepted is written again and read again as the same
// bytes.
void chip_file(std::span<const std::uint8_t> bytes);

// Throws InternalError unless the network comes back from the chip file that is written for it.
void same_as_chip_file(const ChipFile& file);

// A trace. One that is accepted has lists of as many entries as it has steps, or sorted times; and
// it equals itself.
void trace(std::span<const std::uint8_t> bytes);

// A set of events in our own format, as lines of text that are written to HDF5 first. The samples of one
// that is accepted are in order and of units that there are, or refused one by one; converted, they come
// back bit for bit.
//   unit_count 4        class_names a b        times 0.5 1        offsets 0 1 2        labels 1 0
void event_file(std::span<const std::uint8_t> bytes);

// A good file of the Heidelberg sets, with bytes of its lists and heaps replaced, which we read ourselves:
// three bytes of input say where (modulo what there is) and which. Samples are refused or in order.
void heidelberg(std::span<const std::uint8_t> bytes);

// A recording of N-MNIST. The events of one that is accepted are in order and of units that there are.
void n_mnist(std::span<const std::uint8_t> bytes);

// A recording, WAV or FLAC. One that is accepted has samples that are numbers, and the front end
// makes spikes of it whose times are.
void sound(std::span<const std::uint8_t> bytes);

// An array of numpy. One that is accepted has as many values as its shape says, and they are numbers.
void npy(std::span<const std::uint8_t> bytes);

// A file of named arrays: NPZ, CSV or NPY, and not HDF5 (see nir). Each array of one that is accepted is
// refused or has as many finite values as its shape says; and those come back from a written NPZ.
void array_file(std::span<const std::uint8_t> bytes);

// What its corpus begins with, by name, in the format of the moment: a whole checkpoint, its body, and
// three that are refused.
std::map<std::string, std::vector<std::uint8_t>> checkpoint_seeds();

// The body of a checkpoint with its header and checksum.
std::vector<std::uint8_t> sealed_checkpoint(std::span<const std::uint8_t> body);

}  // namespace retrograde::fuzz

// TensorBoard's event files: curves and histograms over steps, as TensorBoard reads them while they
// are written.
//
// A file is a row of TFRecords: u64 length, u32 masked CRC-32C of the length, the record, u32 masked
// CRC-32C of the record, all little-endian. Each record is an Event in the wire format of protocol
// buffers; the first names the version, "brain.Event:2". Only the few messages that curves and
// histograms take are written: Event, Summary, Summary.Value and HistogramProto.
//
// Sources: tensorflow/core/lib/io/record_writer.cc, tensorflow/core/lib/hash/crc32c.h (the mask),
// tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto; protobuf.dev/
// programming-guides/encoding. CRC-32C: RFC 3720, 12.1, by Boost.CRC.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace retrograde::tensorboard {

struct Scalar {
  std::string tag;   // "loss/training"
  double value = 0;  // kept as a float
};

struct Distribution {
  std::string tag;
  std::vector<double> values;  // shown as a histogram; what is not finite is left out
};

struct Event {
  double wall_time = 0;  // s since 1970
  std::int64_t step = 0;
  std::vector<Scalar> scalars = {};
  std::vector<Distribution> distributions = {};
};

// What a file begins with.
std::string head(double wall_time);
std::string record_of(const Event& event);

// A whole record of a file: where it ends, and whether and when it happened.
struct Record {
  std::size_t end = 0;  // bytes from the beginning of the file
  double wall_time = 0;
  std::int64_t step = 0;  // 0 of the head
};
// The records from the beginning up to the first that is damaged or not there to its end: what an
// interrupted program has left is taken up behind them.
std::vector<Record> whole_records(std::span<const std::uint8_t> file);

}  // namespace retrograde::tensorboard

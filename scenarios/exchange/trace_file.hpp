// Traces as CSV files: what a chip, another simulator or this one did, neuron by neuron.
// docs/diff.md is the manual of the format. A trace is in whole steps, with integers (a Capture),
// or in continuous time, with spike times.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/probe.hpp>
#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/hardware/loihi2/emulator/capture.hpp>
#include <retrograde/hardware/spike_match.hpp>

namespace retrograde {

struct TraceFile {
  std::optional<loihi2::Capture> steps;  // none: the trace is in continuous time
  SpikeTrains spikes;                    // then
  std::optional<Time> step;              // of a trace in steps (ms), where the file says it
};

struct TraceLimits {
  std::uint64_t rows = 100'000'000;    // of a file
  std::uint64_t neurons = 4'000'000;   // of all populations
  std::uint64_t values = 300'000'000;  // that are held: neurons x steps, of each register
};

// Reads a trace. `columns`: the line of column names, for a file that has none; empty: the first
// line is it. Throws IoError, FormatError (line, value, remedy), LimitError.
TraceFile read_trace(const std::string& path, const std::string& columns = {});
// The same from text; `file` is what messages call it.
TraceFile parse_trace(std::string_view text, const std::string& file,
                      const std::string& columns = {}, const TraceLimits& limits = {});

// Which populations a trace shows; empty: all.
using TracedPopulations = std::vector<std::string>;

// Rows that a file is worth; more are refused with the way to choose.
inline constexpr std::uint64_t largest_written_trace = 5'000'000;
// Throws LimitError for more, before what would fill them is computed.
void check_trace_rows(double rows);
// Throws UsageError unless every name can stand in a trace and every wanted one is there.
void check_trace_names(const TracedPopulations& wanted, const std::vector<std::string>& names);

// Writes what the emulator did: u, v and message of every step, of inputs and silent steps only the
// messages. Throws LimitError, IoError, UsageError for a name that no CSV can hold.
void write_trace(const std::string& path, const loihi2::Capture& capture, Time step,
                 const TracedPopulations& populations = {});

// Writes what the exact network did: its spikes, and V and I where they were recorded.
void write_trace(const std::string& path, const Network& network, const Tape& tape,
                 const std::vector<Probe>& probes, const std::vector<Recording>& recordings,
                 const TracedPopulations& populations = {});

}  // namespace retrograde

#include <algorithm>
#include <bit>
#include <limits>
#include <string>
#include <xxhash.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/folder/checkpoint.hpp>

#include "tests/fuzz/targets.hpp"

namespace retrograde::fuzz {

namespace {

void read(const std::vector<std::uint8_t>& bytes) {
  Checkpoint checkpoint;
  try {
    checkpoint = parse_checkpoint(bytes, "fuzz.bin");
  } catch (const Error&) {
    return;
  }
  const std::string written = checkpoint_bytes(checkpoint);
  if (!std::equal(written.begin(), written.end(), bytes.begin(), bytes.end(),
                  [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }))
    throw InternalError("a checkpoint is written otherwise than it was read");
}

void append(std::vector<std::uint8_t>& bytes, std::uint64_t value, int count) {
  for (int k = 0; k < count; ++k) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * k)));
}

}  // namespace

std::map<std::string, std::vector<std::uint8_t>> checkpoint_seeds() {
  // Two neurons, three pairs, of which two have a synapse and one is remembered; two epochs and a part of
  // the third.
  Checkpoint c;
  c.scenario_identity = 0x0123456789abcdef;
  c.data_identity = 42;
  c.layout = {2, 2};
  c.pairs = 3;
  const std::vector<double> values(c.layout.size(), 0.5),
      moments(4, 0.25);  // of weights and delays
  c.trainer.epoch = 2;
  c.trainer.next_trial = 16;
  c.trainer.values = values;
  c.trainer.synapses = {0, 2};
  c.trainer.remembered = {{1, 2.5, 0.125, 0.0625}};
  c.trainer.source = {0.1, 0.9};
  c.trainer.adam = {7, moments, moments};
  c.trainer.epoch_result.trials = c.trainer.epoch_result.labelled = 16;
  c.trainer.epoch_result.loss_sum = 11.5;
  c.trainer.epoch_result.spikes = {3, 1};
  c.trainer.schedules = {{1.0, 0.5, 0.25, 2, 1}};
  c.best_epoch = 2;
  c.best_accuracy = 0.75;
  c.best_values = values;
  c.best_synapses = {0, 1};
  c.folded_values = values;
  EpochMetrics row;
  row.silent_populations = {1};
  row.train_accuracy = 0.5;
  c.history = {row, row};

  const auto bytes_of = [](const std::string& text) {
    return std::vector<std::uint8_t>(text.begin(), text.end());
  };
  constexpr std::ptrdiff_t header = 20, sum = 8;
  const std::vector<std::uint8_t> whole = bytes_of(checkpoint_bytes(c));
  const std::vector<std::uint8_t> body(whole.begin() + header, whole.end() - sum);
  // The first list's number of entries is that of the parameters.
  std::vector<std::uint8_t> count, huge_count = body;
  append(count, c.layout.size(), 8);
  *(std::search(huge_count.begin(), huge_count.end(), count.begin(), count.end()) + 7) = 0x20;
  // None is one NaN of many, and the writer writes no other.
  std::vector<std::uint8_t> known, other, another_nan = body;
  append(known, std::bit_cast<std::uint64_t>(*c.best_accuracy), 8);
  append(other, std::bit_cast<std::uint64_t>(std::numeric_limits<double>::quiet_NaN()) + 1, 8);
  const auto accuracy =
      std::search(another_nan.begin(), another_nan.end(), known.begin(), known.end());
  std::copy(other.begin(), other.end(), accuracy);
  return {{"whole", whole},
          {"body", body},
          {"cut", {whole.begin(), whole.begin() + 300}},
          {"huge_count", huge_count},
          {"another_nan", another_nan}};
}

std::vector<std::uint8_t> sealed_checkpoint(std::span<const std::uint8_t> body) {
  const std::string whole = checkpoint_bytes({});
  std::vector<std::uint8_t> bytes(whole.begin(), whole.begin() + 12);  // magic and version
  append(bytes, body.size(), 8);
  bytes.insert(bytes.end(), body.begin(), body.end());
  append(bytes, XXH3_64bits(body.data(), body.size()), 8);
  return bytes;
}

void checkpoint(std::span<const std::uint8_t> bytes) {
  read({bytes.begin(), bytes.end()});
  read(sealed_checkpoint(bytes));
}

}  // namespace retrograde::fuzz

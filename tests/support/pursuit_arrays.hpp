// Two classes of signals as arrays of numpy: what a classifier of codes learns in a moment.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>

namespace retrograde::test {

// float64, C order, version 1.
inline void put_npy(const std::filesystem::path& path, const std::string& shape,
                    const std::vector<double>& values) {
  std::string head = "{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + ", }";
  while ((10 + head.size() + 1) % 64 != 0) head += ' ';
  head += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(head.size() & 255);
  bytes += static_cast<char>(head.size() >> 8);
  bytes += head;
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double));
  write_file(path, bytes);
}

// 60 signals of 8 values, in signals.npy and labels.npy: class 1 is strong in the last four.
inline void put_signals(const std::filesystem::path& folder) {
  Random random(1, "test/signals");
  std::vector<double> signals, labels;
  for (int k = 0; k < 60; ++k) {
    labels.push_back(k % 2);
    for (int i = 0; i < 8; ++i)
      signals.push_back(0.1 * random.normal() + (i / 4 == k % 2 ? random.uniform(0.5, 1.5) : 0.0));
  }
  put_npy(folder / "signals.npy", "(60, 8)", signals);
  put_npy(folder / "labels.npy", "(60,)", labels);
}

inline const std::string learned_pursuit = R"([scenario]
name = "learned"
seed = 2
[data]
kind = "npy"
signals = "signals.npy"
labels = "labels.npy"
validation = 10
test = 20
[dictionary]
kind = "samples"
atoms = 8
group_size = 2
noise = 0.1
learn = true
[pursuit]
l2 = 0.05
[classifier]
features = "norms"
weights = "learned"
[train]
epochs = 6
classifier_rate = 0.1
batch = 10
[attack]
epsilons = [0, 3.0]
trials = 10
)";

}  // namespace retrograde::test

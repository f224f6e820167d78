// What a batch of trials leaves at every point of its grid. Trials go side by side in chunks of
// lanes::width; the last chunk may have idle lanes, which carry zeros and count for nothing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <retrograde/adjoint/stepped/lanes.hpp>

namespace retrograde {

// A row per neuron: `points` of the grid with zeros before and after them.
class StepRows {
 public:
  // Zeros everywhere if the shape is another one than before; else what was there stays.
  void shape(std::size_t neurons, std::size_t front, std::size_t points, std::size_t back = 0) {
    const std::size_t stride = (front + points + back) * lanes::width;
    if (front == front_ && points == points_ && stride == stride_ &&
        values_.size() == neurons * stride)
      return;
    front_ = front;
    points_ = points;
    stride_ = stride;
    values_.assign(neurons * stride, 0.0f);
  }
  bool empty() const { return values_.empty(); }
  std::size_t neurons() const { return stride_ == 0 ? 0 : values_.size() / stride_; }
  // The first number of the first row, and how far from there a point of a row is.
  const float* base() const { return values_.data(); }
  std::ptrdiff_t offset(std::size_t neuron, std::ptrdiff_t point) const {
    return static_cast<std::ptrdiff_t>(neuron * stride_) +
           (static_cast<std::ptrdiff_t>(front_) + point) *
               static_cast<std::ptrdiff_t>(lanes::width);
  }
  float* at(std::size_t neuron, std::size_t point = 0) {
    return values_.data() + offset(neuron, static_cast<std::ptrdiff_t>(point));
  }
  const float* at(std::size_t neuron, std::size_t point = 0) const {
    return values_.data() + offset(neuron, static_cast<std::ptrdiff_t>(point));
  }
  // The points of one neuron, all 0.
  void clear(std::size_t neuron) { std::fill_n(at(neuron), points_ * lanes::width, 0.0f); }

 private:
  std::size_t front_ = 0, points_ = 0, stride_ = 0;
  std::vector<float> values_;
};

// Of one population in one chunk.
struct StepTraces {
  StepRows sent;               // spikes that leave; of inputs with their payloads
  StepRows value;              // of inputs at step receptors: their signal
  StepRows impulses, signals;  // what arrives at exponential and at step receptors
  StepRows v;                  // V before the reset; -infinity where it is held
  // Backward: dL/d of impulses and signals, and of spikes (of V for readouts).
  StepRows impulses_back, signals_back, back;
  std::vector<float> open;            // [neuron][lane] 0: muted; empty: nobody is
  std::vector<std::uint32_t> spikes;  // [neuron][lane]
  std::vector<double> drift;          // per neuron: sum over points and lanes of dL/dV
};

struct StepChunk {
  std::size_t trials = 0;  // lanes in use
  std::vector<StepTraces> populations;
};

}  // namespace retrograde

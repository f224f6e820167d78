// The figures that bench/ and `retro bench` measure, one function each; bench/README.md has the
// numbers and the decisions.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/bench/figures/figure.hpp>

namespace retrograde::bench {

struct FigureOptions {
  // Everything, or what fits into two minutes.
  bool full = false;
  // Factor on durations, spikes, sizes of networks and numbers of trials; below 1 to see that it
  // works.
  double size = 1.0;
  std::filesystem::path mnist;       // folder with MNIST's four files; empty: none
  std::filesystem::path executable;  // `retro`, which the memory figure starts
};

struct FigureMaker {
  std::string name;
  bool essential;  // measured without --full
  std::function<Figure(const FigureOptions&)> make;
};

const std::vector<FigureMaker>& figures();
// Throws UsageError with the names there are.
const FigureMaker& figure_named(const std::string& name);

// How many deliveries a second, against the sequential scheduler and the bare memory traffic?
Figure keyword_figure(const FigureOptions& options);                // feed-forward, 256
Figure keyword_recurrent_figure(const FigureOptions& options);      // 256 recurrent
Figure keyword_recurrent_512_figure(const FigureOptions& options);  // 512 recurrent
// Does a delivery cost more in a large network?
Figure scaling_figure(const FigureOptions& options);
// Does it cost more when delays are long?
Figure delay_range_figure(const FigureOptions& options);
// What do two threads bring, in a batch of trials and inside one trial?
Figure batch_threads_figure(const FigureOptions& options);
Figure trial_threads_figure(const FigureOptions& options);
// How long does a sparse code take, by events, by proximal gradients, by steps?
Figure pursuit_figure(const FigureOptions& options);
// How much memory does a training step take at batch 32?
Figure memory_figure(const FigureOptions& options);
// How fast is the chip emulated?
Figure emulation_figure(const FigureOptions& options);
// What does an exponential cost, and how exact is it?
Figure elementary_figure(const FigureOptions& options);
// How long does a training step with learned delays take, exactly and by dilated convolution?
Figure dilated_figure(const FigureOptions& options);
// How long does an epoch of MNIST take, 784-350-10?
Figure mnist_figure(const FigureOptions& options);

}  // namespace retrograde::bench

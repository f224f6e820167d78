// How kernels lie on the images of a convolution (convolution.hpp says what it is).
#pragma once

#include <Eigen/Core>

namespace retrograde {

struct ConvolutionShape {
  Eigen::Index height = 28, width = 28, channels = 1;  // of an image
  Eigen::Index kernel_height = 8, kernel_width = 8;
  Eigen::Index stride = 1;
  Eigen::Index kernels = 0;

  Eigen::Index rows() const { return (height - kernel_height) / stride + 1; }  // of positions
  Eigen::Index columns() const { return (width - kernel_width) / stride + 1; }
  Eigen::Index positions() const { return rows() * columns(); }
  Eigen::Index kernel_size() const { return channels * kernel_height * kernel_width; }
  Eigen::Index signal_size() const { return channels * height * width; }
  Eigen::Index atoms() const { return positions() * kernels; }
};

}  // namespace retrograde

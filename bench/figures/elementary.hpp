// Elementary functions under comparison: what one value costs in a loop over an array, and how far
// it is from the truth.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <retrograde/bench/figures/figure.hpp>

namespace retrograde::bench {

struct ElementaryFunction {
  std::string name;
  // To each of `size` values, a multiple of 4.
  void (*apply)(const double* in, double* out, std::size_t size);
  long double (*exact)(long double x);
  double low, high;  // of x
};

// libm and our own.
std::vector<ElementaryFunction> elementary_functions();

// Largest error over many random x of the range, in units in the last place of the result. The
// truth is taken in long double: 11 bits more on x86, where they matter.
double largest_error(const ElementaryFunction& function, std::size_t samples = 1 << 18);

Figure elementary_figure(const std::vector<ElementaryFunction>& functions, double size);

}  // namespace retrograde::bench

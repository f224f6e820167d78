// What does an exponential cost, and how exact is it: libm, SLEEF (if libsleef-dev is there), or
// polynomials of our own?
#include <retrograde/bench/figures/elementary.hpp>

#include "../registration.hpp"

#if defined(RETROGRADE_SLEEF) && defined(__AVX2__)
#include <cmath>
#include <immintrin.h>
#include <sleef.h>
#endif

using namespace retrograde::bench;

namespace {

Figure with_sleef(const FigureOptions& options) {
  std::vector<ElementaryFunction> functions = elementary_functions();
#if defined(RETROGRADE_SLEEF) && defined(__AVX2__)
  ElementaryFunction sleef = functions[0];
  sleef.name = "SLEEF exp, 1 ulp, -40 .. 0";
  sleef.apply = [](const double* in, double* out, std::size_t size) {
    for (std::size_t k = 0; k < size; k += 4)
      _mm256_storeu_pd(out + k, Sleef_expd4_u10avx2(_mm256_loadu_pd(in + k)));
  };
  functions.push_back(sleef);
  sleef = functions[4];
  sleef.name = "SLEEF expm1(-x)/-x, 1 ulp, 0 .. 0.25";
  sleef.apply = [](const double* in, double* out, std::size_t size) {
    for (std::size_t k = 0; k < size; k += 4) {
      const __m256d x = _mm256_sub_pd(_mm256_setzero_pd(), _mm256_loadu_pd(in + k));
      _mm256_storeu_pd(out + k, _mm256_div_pd(Sleef_expm1d4_u10avx2(x), x));
    }
  };
  functions.push_back(sleef);
#endif
  Figure f = elementary_figure(functions, options.size);
#if defined(RETROGRADE_SLEEF) && defined(__AVX2__)
  f.ratios.push_back({"exp_nonpositive to SLEEF", {1}, {6}});
  f.ratios.push_back({"short_exp to SLEEF's exp", {3}, {6}});
  f.ratios.push_back({"short_phi to SLEEF", {5}, {7}});
#else
  f.notes.push_back("without SLEEF: libsleef-dev was not there when this was built");
#endif
  return f;
}

}  // namespace

[[maybe_unused]] static const bool elementary = measure("elementary", with_sleef);

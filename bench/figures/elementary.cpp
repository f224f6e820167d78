#include <algorithm>
#include <cmath>
#include <memory>

#include <retrograde/bench/figures/elementary.hpp>
#include <retrograde/bench/figures/figures.hpp>
#include <retrograde/engine/neuron/exp_nonpositive.hpp>
#include <retrograde/engine/windowed/short_flow.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde::bench {

namespace {

template <double (*f)(double)>
void apply(const double* __restrict in, double* __restrict out, std::size_t size) {
  for (std::size_t k = 0; k < size; ++k) out[k] = f(in[k]);
}

double libm_exp(double x) { return std::exp(x); }
double libm_phi(double x) { return x == 0.0 ? 1.0 : -std::expm1(-x) / x; }

long double exact_exp(long double x) { return std::exp(x); }
long double exact_short_exp(long double x) { return std::exp(-x); }
long double exact_phi(long double x) { return x == 0.0L ? 1.0L : -std::expm1(-x) / x; }

std::vector<double> random_values(const ElementaryFunction& f, std::size_t size) {
  Random random(1, "elementary");
  std::vector<double> x(size);
  for (double& value : x) value = random.uniform(f.low, f.high);
  return x;
}

}  // namespace

std::vector<ElementaryFunction> elementary_functions() {
  return {{"libm exp, -40 .. 0", apply<libm_exp>, exact_exp, -40.0, 0.0},
          {"exp_nonpositive, -40 .. 0", apply<exp_nonpositive>, exact_exp, -40.0, 0.0},
          {"libm exp, -0.25 .. 0", apply<libm_exp>, exact_exp, -0.25, 0.0},
          {"short_exp, 0 .. 0.25", apply<short_exp>, exact_short_exp, 0.0, short_flow_limit},
          {"libm expm1(-x)/-x, 0 .. 0.25", apply<libm_phi>, exact_phi, 0.0, short_flow_limit},
          {"short_phi, 0 .. 0.25", apply<short_phi>, exact_phi, 0.0, short_flow_limit}};
}

double largest_error(const ElementaryFunction& f, std::size_t samples) {
  const std::vector<double> x = random_values(f, samples);
  std::vector<double> y(samples);
  f.apply(x.data(), y.data(), samples);
  double largest = 0.0;
  for (std::size_t k = 0; k < samples; ++k) {
    const long double exact = f.exact(x[k]);
    const int exponent = std::ilogb(static_cast<double>(exact)) - 52;
    const auto error = static_cast<double>(std::ldexp(std::fabs(y[k] - exact), -exponent));
    largest = std::max(largest, error);
  }
  return largest;
}

Figure elementary_figure(const std::vector<ElementaryFunction>& functions, double size) {
  Figure f;
  f.name = "elementary";
  f.question = "elementary functions in a loop over 4096 values, errors in the last place";
  constexpr std::size_t values = 4096;
  const auto samples =
      std::max(values, static_cast<std::size_t>((1 << 18) * size) / values * values);
  for (const ElementaryFunction& function : functions) {
    const auto in = std::make_shared<std::vector<double>>(random_values(function, values));
    const auto out = std::make_shared<std::vector<double>>(values);
    f.contestants.push_back({function.name, "values", [in, out, run = function.apply] {
                               constexpr int repetitions = 100;
                               for (int k = 0; k < repetitions; ++k)
                                 run(in->data(), out->data(), values);
                               return double{repetitions * values};
                             }});
    f.errors.push_back(largest_error(function, samples));
  }
  f.ratios = {{"exp_nonpositive to libm", {1}, {0}},
              {"short_exp to libm", {3}, {2}},
              {"short_phi to libm", {5}, {4}}};
  return f;
}

Figure elementary_figure(const FigureOptions& options) {
  return elementary_figure(elementary_functions(), options.size);
}

}  // namespace retrograde::bench

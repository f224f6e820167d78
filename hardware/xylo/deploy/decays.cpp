#include <algorithm>
#include <cmath>

#include <retrograde/engine/neuron/cuba_lif.hpp>
#include <retrograde/hardware/xylo/deploy/decays.hpp>
#include <retrograde/hardware/xylo/model/xylo_network.hpp>

namespace retrograde::xylo {

namespace {

// What a state keeps of itself in a step.
double kept(int dash) { return 1.0 - std::ldexp(1.0, -dash); }

// Steps for which a dash stands.
double represented_steps(int dash) { return -1.0 / std::log1p(-std::ldexp(1.0, -dash)); }

retrograde::CubaLif exact(Time tau_mem, Time tau_syn) {
  retrograde::CubaLif neuron;
  neuron.tau_mem = tau_mem;
  neuron.tau_syn = tau_syn;
  neuron.derive();
  return neuron;
}

// A time constant that its dash misses by more than this is another one.
constexpr double much = 0.01;

bool stands_for(int dash, Time tau, Time step) {
  return std::fabs(represented_tau(dash, step) / tau - 1.0) <= much;
}

}  // namespace

Time represented_tau(int dash, Time step) { return represented_steps(dash) * step; }

int dash_of(Time tau, Time step) {
  const double steps = tau / step;
  int best = 1;
  for (int dash = 2; dash <= highest_dash; ++dash)
    if (std::fabs(std::log(represented_steps(dash) / steps)) <
        std::fabs(std::log(represented_steps(best) / steps)))
      best = dash;
  return best;
}

Time fitting_step(Time tau, Time step) { return tau / represented_steps(dash_of(tau, step)); }

double largest_response(int dash_mem, int dash_syn) {
  const double alpha = kept(dash_syn), beta = kept(dash_mem);
  // v rises as long as what arrives outweighs what is forgotten.
  double i = 1.0, v = 0.0, largest = 0.0;
  for (;;) {
    i *= alpha;
    v = beta * v + i;
    if (v <= largest) return largest;
    largest = v;
  }
}

double gain(Time tau_mem, Time tau_syn, int dash_mem, int dash_syn, Time step) {
  if (stands_for(dash_mem, tau_mem, step) && stands_for(dash_syn, tau_syn, step))
    return exact(represented_tau(dash_mem, step), represented_tau(dash_syn, step))
               .propagator(step)
               .kernel /
           kept(dash_syn);
  return exact(tau_mem, tau_syn).peak / largest_response(dash_mem, dash_syn);
}

}  // namespace retrograde::xylo

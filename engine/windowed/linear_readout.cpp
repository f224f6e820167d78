#include <retrograde/engine/network/cuba_lif_neurons.hpp>
#include <retrograde/engine/neuron/exp_nonpositive.hpp>
#include <retrograde/engine/windowed/linear_readout.hpp>

namespace retrograde {

LinearReadout::LinearReadout(const Network& network, std::uint32_t population,
                             const TimeWeight& weighting, Time duration)
    : weighting_(weighting), duration_(duration) {
  const Population& p = network.populations()[population];
  for (NeuronId n = p.first; n < p.first + p.size; ++n) {
    models_.push_back(cuba_lif_neuron(network, n));
    flows_.add(ShortFlow(models_.back()));
    rate_syn_.push_back(models_.back().rate_syn);
    const double rate = exponential() ? 1.0 / weighting.tau() : 0.0;
    span_mem_.push_back(1.0 / (models_.back().rate_mem + rate));
    span_syn_.push_back(1.0 / (models_.back().rate_syn + rate));
  }
}

double LinearReadout::of_bias(std::uint32_t n) const {
  return models_[n].integral({}, duration_, weighting_.stretch(0.0, duration_, duration_));
}

LinearReadout::OwnSlopes LinearReadout::own_slopes(std::uint32_t n) const {
  const CubaLif& model = models_[n];
  const double a = model.rate_mem;  // V = bias a [-a,0] + V(0) [-a]
  const auto weight = weighting_.stretch(0.0, duration_, duration_);
  const double one = weight.of(duration_, -a, 0.0), two = weight.of(duration_, -a, -a, 0.0);
  return {a * one, -a * a * model.bias * (one - a * two), weight.of(duration_, -a)};
}

template <bool dense, bool weighed, bool full>
void LinearReadout::respond_to(Time time, const WindowRow& row, double* __restrict h,
                               double* __restrict r, double* __restrict by_tau_mem,
                               double* __restrict by_tau_syn) const {
  const double* __restrict rate_mem = flows_.rate_mem.data();
  const double* __restrict rate_slow = flows_.rate_slow.data();
  const double* __restrict rate_gap = flows_.rate_gap.data();
  const double* __restrict fall_mem = flows_.fall_mem.data();
  const double* __restrict fall_syn = flows_.fall_syn.data();
  const double* __restrict rate_syn = rate_syn_.data();
  const double* __restrict span_mem = span_mem_.data();
  const double* __restrict span_syn = span_syn_.data();
  const double* __restrict delay = row.delay;
  const std::uint32_t* __restrict target = row.target;
  const double rate = weighed ? 1.0 / weighting_.tau() : 0.0;
  const double fall = weighting_.kind() == TimeWeight::Kind::linear ? 1.0 / duration_ : 0.0;
  const double level = fall > 0.0 ? 0.0 : 1.0;
  const Time end = duration_;
  const auto size = static_cast<int>(row.size);
  for (int k = 0; k < size; ++k) {
    const std::size_t j = dense ? row.first_target + static_cast<std::size_t>(k) : target[k];
    const double arrival = time + delay[k];
    const double left = end - arrival;
    const double s = left > 0.0 ? left : 0.0;
    const double slow = exp_nonpositive(-(rate_slow[j] + rate) * s);
    const double z = rate_gap[j] * s;
    const double near = short_phi(z < short_flow_limit ? z : 0.0);
    const double far = (1.0 - exp_nonpositive(-z)) / (z < short_flow_limit ? 1.0 : z);
    const double p = s * (z < short_flow_limit ? near : far);
    const double both = slow * p;                                             // [-A,-B]
    const double one = (1.0 - slow * (1.0 - fall_mem[j] * p)) * span_mem[j];  // [-A,0]
    const double one_fall = (s - one) * span_mem[j];                          // [-A,0,0]
    const double two = (one - both) * span_syn[j];                            // [-A,-B,0]
    const double two_fall = (one_fall - two) * span_syn[j];                   // [-A,-B,0,0]
    const double scale = weighed ? exp_nonpositive(-rate * arrival) : 1.0;
    r[k] = scale * (level * one + fall * one_fall);
    h[k] = scale * rate_mem[j] * (level * two + fall * two_fall);
    if constexpr (full) {
      const double a = rate_mem[j], b = rate_syn[j];
      // [-A,-A] .. of the faster and the slower rate, and [-A,-A,-B] and [-A,-B,-B] of both.
      const double mem_mem = s * slow * (1.0 - fall_mem[j] * p);
      const double syn_syn = s * slow * (1.0 - fall_syn[j] * p);
      const double z_safe = z < short_flow_limit ? 1.0 : z;
      const double second = z < short_flow_limit ? short_second(z < short_flow_limit ? z : 0.0)
                                                 : (1.0 - far) / z_safe;
      const double other = (z < short_flow_limit ? near : far) - second, square = slow * s * s;
      const double mem_mem_syn = square * (fall_mem[j] > 0.0 ? other : second);
      const double mem_syn_syn = square * (fall_mem[j] > 0.0 ? second : other);
      const double syn_one = (1.0 - slow * (1.0 - fall_syn[j] * p)) * span_syn[j];  // [-B,0]
      const double mem_mem_0 = (one - mem_mem) * span_mem[j];
      const double syn_syn_0 = (syn_one - syn_syn) * span_syn[j];
      const double mem_mem_syn_0 = (mem_mem_0 - mem_mem_syn) * span_syn[j];
      const double mem_syn_syn_0 = (syn_syn_0 - mem_syn_syn) * span_mem[j];
      const double mem_mem_0_0 = (one_fall - mem_mem_0) * span_mem[j];
      const double syn_syn_0_0 = ((s - syn_one) * span_syn[j] - syn_syn_0) * span_syn[j];
      const double mem_mem_syn_0_0 = (mem_mem_0_0 - mem_mem_syn_0) * span_syn[j];
      const double mem_syn_syn_0_0 = (syn_syn_0_0 - mem_syn_syn_0) * span_mem[j];
      by_tau_mem[k] =
          -a * a * (h[k] / a - scale * a * (level * mem_mem_syn_0 + fall * mem_mem_syn_0_0));
      by_tau_syn[k] = b * b * scale * a * (level * mem_syn_syn_0 + fall * mem_syn_syn_0_0);
    }
  }
}

template <bool full>
void LinearReadout::respond_to(Time time, const WindowRow& row, double* h, double* r,
                               double* by_tau_mem, double* by_tau_syn) const {
  if (row.target)
    exponential() ? respond_to<false, true, full>(time, row, h, r, by_tau_mem, by_tau_syn)
                  : respond_to<false, false, full>(time, row, h, r, by_tau_mem, by_tau_syn);
  else
    exponential() ? respond_to<true, true, full>(time, row, h, r, by_tau_mem, by_tau_syn)
                  : respond_to<true, false, full>(time, row, h, r, by_tau_mem, by_tau_syn);
}

void LinearReadout::respond(Time time, const WindowRow& row, double* h, double* r) const {
  respond_to<false>(time, row, h, r, nullptr, nullptr);
}

void LinearReadout::respond(Time time, const WindowRow& row, double* h, double* r,
                            double* by_tau_mem, double* by_tau_syn) const {
  respond_to<true>(time, row, h, r, by_tau_mem, by_tau_syn);
}

}  // namespace retrograde

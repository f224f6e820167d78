#include <retrograde/engine/network/cuba_lif_neurons.hpp>
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

ResponseWeight LinearReadout::weight() const {
  const double fall = weighting_.kind() == TimeWeight::Kind::linear ? 1.0 / duration_ : 0.0;
  return {exponential() ? 1.0 / weighting_.tau() : 0.0, fall > 0.0 ? 0.0 : 1.0, fall, duration_};
}

ResponseRates LinearReadout::rates(std::uint32_t n) const {
  return {flows_.rate_mem[n], rate_syn_[n],       flows_.rate_slow[n], flows_.rate_gap[n],
          flows_.fall_mem[n], flows_.fall_syn[n], span_mem_[n],        span_syn_[n]};
}

double LinearReadout::of_start(std::uint32_t n, const NeuronStart& start) const {
  return models_[n].integral({start.v, start.i[0]}, duration_,
                             weighting_.stretch(0.0, duration_, duration_));
}

LinearReadout::OwnSlopes LinearReadout::own_slopes(std::uint32_t n,
                                                   const NeuronStart& start) const {
  const CubaLif& model = models_[n];
  const double a = model.rate_mem;  // V = bias a [-a,0] + V(0) [-a]
  const auto weight = weighting_.stretch(0.0, duration_, duration_);
  const double one = weight.of(duration_, -a, 0.0), two = weight.of(duration_, -a, -a, 0.0);
  OwnSlopes slopes{a * one, -a * a * model.bias * (one - a * two), 0.0, weight.of(duration_, -a)};
  if (start.v != 0.0) slopes.by_tau_mem += a * a * start.v * weight.of(duration_, -a, -a);
  if (start.i[0] != 0.0) {  // as an arrival at 0 ms
    const Response response = exponential()
                                  ? retrograde::respond<true, true>(rates(n), this->weight(), 0.0)
                                  : retrograde::respond<false, true>(rates(n), this->weight(), 0.0);
    slopes.by_tau_mem += start.i[0] * response.by_tau_mem;
    slopes.by_tau_syn = start.i[0] * response.by_tau_syn;
  }
  return slopes;
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
  const ResponseWeight weight = this->weight();
  const auto size = static_cast<int>(row.size);
  for (int k = 0; k < size; ++k) {
    const std::size_t j = dense ? row.first_target + static_cast<std::size_t>(k) : target[k];
    const Response response =
        retrograde::respond<weighed, full>({rate_mem[j], rate_syn[j], rate_slow[j], rate_gap[j],
                                            fall_mem[j], fall_syn[j], span_mem[j], span_syn[j]},
                                           weight, time + delay[k]);
    r[k] = response.r;
    h[k] = response.h;
    if constexpr (full) {
      by_tau_mem[k] = response.by_tau_mem;
      by_tau_syn[k] = response.by_tau_syn;
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

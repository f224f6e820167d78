// First spikes that keep their distance:
//
//   1/2 sum over i != l of ((t_i - t_l - margin)/scale)^2
//
// t the first spikes of the population, l the label; a silent neuron counts as t = duration. Only
// differences count.
//
// The time-invariant form of Mészáros, Knight & Nowotny, Efficient event-based delay learning in
// spiking neural networks, Nature Communications (2025), doi:10.1038/s41467-025-65394-8.
#pragma once

#include <cstdint>
#include <memory>

#include <retrograde/adjoint/loss/loss.hpp>

namespace retrograde {

struct FirstSpikeMarginSpec {
  std::uint32_t population = 0;
  Time margin = 2.0;
  Time scale = 1.0;
};
std::unique_ptr<Loss> make_loss(const FirstSpikeMarginSpec& spec);

}  // namespace retrograde

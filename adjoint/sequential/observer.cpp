#include <retrograde/adjoint/sequential/backward_pass.hpp>
#include <retrograde/adjoint/sequential/observer.hpp>

namespace retrograde {

std::vector<double> reverse_observed(const Network& network, const Tape& tape,
                                     const LossValue& loss, const Readout& readout,
                                     const BackwardOptions& options,
                                     std::span<const std::uint32_t> populations,
                                     Gradient& gradient) {
  BackwardPass pass(network, tape, loss, readout, options, gradient);
  for (const std::uint32_t p : populations) pass.reverse_readout(p);
  return {pass.messages().begin(), pass.messages().end()};
}

}  // namespace retrograde

#include <retrograde/adjoint/sequential/backward_pass.hpp>
#include <retrograde/adjoint/sequential/sequential.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

BackwardStatistics backward_sequential(const Network& network, const Tape& tape,
                                       const LossValue& loss, const Readout& readout,
                                       const BackwardOptions& options, Gradient& gradient) {
  if (!gradient.fits(network.layout()))
    throw InternalError("backward_sequential: the gradient has not the layout of the network");
  return BackwardPass(network, tape, loss, readout, options, gradient).run();
}

}  // namespace retrograde

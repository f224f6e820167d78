#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include <retrograde/adjoint/loss/function_loss.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

class FunctionLoss final : public Loss {
 public:
  explicit FunctionLoss(FunctionLossSpec spec) : spec_(std::move(spec)) {}
  std::string_view name() const override { return spec_.name; }
  Readout readout() const override { return spec_.readout; }

 private:
  LossValue measure(const Network& network, const Population&, const Tape& tape,
                    int label) const override {
    LossValue value = spec_.measure(network, tape, label);
    check_size(value.spike_times.size(), tape.spikes.size(), "spike_times", "spikes of the tape");
    check_size(value.integrals.size(), network.neuron_count(), "integrals", "neurons");
    if (!value.integrals.empty() && tape.voltage_integrals.empty())
      fail("integrals are given, and the tape has none; choose the readout voltage_integral");
    for (const LossValue::Sample& s : value.samples)
      if (s.neuron >= network.neuron_count())
        fail(fmt::format("a sample is of neuron {}, and there are {}", s.neuron,
                         network.neuron_count()));
    if (!std::ranges::is_sorted(value.samples, {}, &LossValue::Sample::time))
      fail("samples are not in order of time; sort them");
    for (const LossValue::Delivery& d : value.deliveries)
      if (d.spike >= tape.spikes.size() || d.synapse >= network.synapse_count())
        fail(fmt::format("a delivery is of spike {} over synapse {}, and there are {} and {}",
                         d.spike, d.synapse, tape.spikes.size(), network.synapse_count()));
    return value;
  }
  [[noreturn]] void fail(const std::string& message) const {
    throw NetworkError("loss " + spec_.name, message);
  }
  void check_size(std::size_t given, std::size_t wanted, const char* what, const char* of) const {
    if (given != 0 && given != wanted)
      fail(fmt::format("{} has {} entries, and there are {} {}; give one for each, or none", what,
                       given, wanted, of));
  }

  FunctionLossSpec spec_;
};

}  // namespace

std::unique_ptr<Loss> make_loss(FunctionLossSpec spec) {
  if (!spec.measure) throw NetworkError("loss " + spec.name, "measure is missing; give a function");
  return std::make_unique<FunctionLoss>(std::move(spec));
}

}  // namespace retrograde

// input: neurons that fire when the trial says so. They have no state and receive nothing.
#pragma once

#include <retrograde/engine/neuron/model.hpp>

namespace retrograde {

class InputModel final : public NeuronModel {
 public:
  std::string_view name() const override { return "input"; }
  bool is_input() const override { return true; }
  bool fires() const override { return true; }
  bool has_voltage() const override { return false; }
  bool has_receptors() const override { return false; }
  std::span<const ParameterKind> parameters() const override { return {}; }
  std::shared_ptr<const Dynamics> dynamics(const PopulationView&) const override { return nullptr; }
};

}  // namespace retrograde

// One input under attack at every radius, beside the weaker attacks that a curve holds it against.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <retrograde/adjoint/attack/attack.hpp>
#include <retrograde/scenarios/run/attack/attack_curve.hpp>

namespace retrograde {

// A classifier at one input of a known class, as functions of the values of the input.
struct Attackable {
  AttackTarget target;                                    // the margin, and its gradient
  std::function<double(std::span<const double>)> margin;  // the former alone
  std::function<bool(std::span<const double>)> right;     // whether it decides right
};

struct AttackedInput {
  struct Radius {
    Attacked worst;
    double change = 0.0;  // of a value, mean of its size
    bool right = false, right_after_one_step = false, right_at_random = false;
  };
  std::vector<Radius> radii;  // one per epsilon of the spec
};

// `id` chooses the random starts and points of this input. Without `weaker` the attack alone, and the
// decisions after weaker ones are meaningless. About (restarts + 1) (steps + 3) gradients
// and twice as many margins per radius. Throws what attack throws.
AttackedInput attack_input(const Attackable& classifier, std::span<const double> input,
                           const AttackSpec& spec, std::uint64_t id, bool weaker = true);

// An empty curve over the radii of the spec.
AttackCurve empty_curve(std::string name, const AttackSpec& spec);
// Adds an input to a curve. In the order of inputs: means have rounding; `finish` ends them.
void add(AttackCurve& curve, const AttackedInput& input);
void finish(AttackCurve& curve);

}  // namespace retrograde

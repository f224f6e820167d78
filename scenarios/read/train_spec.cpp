#include <retrograde/scenarios/read/train_spec.hpp>

namespace retrograde {

TrainSpec read_train(TomlTable table) {
  table.known({"epochs", "batch", "weight_rate", "delay_rate", "neuron_rate", "rate_decay", "beta1",
               "beta2", "epsilon", "silent_increment", "regulariser", "gradient_clip", "grazing"});
  TrainSpec train;
  train.epochs = table.integer("epochs", train.epochs, 1);
  train.batch = table.integer("batch", train.batch, 1);
  train.weight_rate = table.number("weight_rate", train.weight_rate, Range::not_negative());
  train.delay_rate = table.number("delay_rate", train.delay_rate, Range::not_negative());
  train.neuron_rate = table.number("neuron_rate", train.neuron_rate, Range::not_negative());
  train.rate_decay = table.number("rate_decay", train.rate_decay, Range::positive());
  const Range moment{0.0, 1.0, false, true};
  train.beta1 = table.number("beta1", train.beta1, moment);
  train.beta2 = table.number("beta2", train.beta2, moment);
  train.epsilon = table.number("epsilon", train.epsilon, Range::positive());
  train.silent_increment =
      table.number("silent_increment", train.silent_increment, Range::not_negative());
  train.gradient_clip = table.number("gradient_clip", train.gradient_clip, Range::not_negative());
  if (auto regulariser = table.single("regulariser")) {
    regulariser->known({"strength", "target"});
    train.regulariser_strength =
        regulariser->require("strength", "strength = 1e-3").number(Range::not_negative());
    train.regulariser_target =
        regulariser->require("target", "target = 1.0, in spikes per neuron and trial")
            .number(Range::not_negative());
  }
  if (auto grazing = table.single("grazing")) {
    grazing->known({"policy", "slope_min"});
    constexpr GrazingPolicy policies[] = {GrazingPolicy::keep, GrazingPolicy::clip,
                                          GrazingPolicy::error};
    train.grazing.policy =
        policies[grazing->require("policy", "policy = \"clip\"").choice({"keep", "clip", "error"})];
    train.grazing.slope_min =
        grazing->number("slope_min", train.grazing.slope_min, Range::positive());
  }
  return train;
}

}  // namespace retrograde

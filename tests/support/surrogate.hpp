// A scenario that is trained by surrogate gradients, small enough for a test: delays with kernels,
// batch normalisation, a validation part.
#pragma once

#include <string>

namespace retrograde::test {

inline const std::string surrogate_scenario = R"([scenario]
name = "small"
duration = "60 ms"
seed = 9
[[population]]
name = "in"
size = 4
[[population]]
name = "hidden"
size = 12
[[population]]
name = "out"
size = 3
model = "cuba_li"
[[projection]]
from = "in"
to = "hidden"
weight = { distribution = "normal", mean = 4.0, std = 3.0 }
delay = { distribution = "uniform", low = "0 ms", high = "10 ms" }
delay_max = "10 ms"
learn = ["weight", "delay"]
[[projection]]
from = "hidden"
to = "out"
weight = { distribution = "normal", mean = 0.5, std = 1.0 }
learn = ["weight"]
[data]
kind = "yin_yang"
population = "in"
t_early = "1.5 ms"
t_late = "20 ms"
train = 100
test = 60
[loss]
kind = "voltage_cross_entropy"
gain = 20
[train]
epochs = 4
batch = 20
weight_rate = 0.05
method = "surrogate"
[train.surrogate]
step = "1 ms"
batch_norm = ["hidden"]
)";

// The same with other text in place of some of it, which is there.
inline std::string surrogate_scenario_with(const std::string& what, const std::string& instead) {
  std::string text = surrogate_scenario;
  return text.replace(text.find(what), what.size(), instead);
}

}  // namespace retrograde::test

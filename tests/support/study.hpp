// A scenario small enough to be studied in a test.
#pragma once

#include <string>

namespace retrograde::test {

// Without [study]; add one. 41 lines.
inline const std::string small_scenario = R"([scenario]
duration = "60 ms"
seed = 9
[[population]]
name = "in"
size = 4
[[population]]
name = "hidden"
size = 5
t_ref = "1 s"
[[population]]
name = "out"
size = 3
[[projection]]
from = "in"
to = "hidden"
weight = { distribution = "normal", mean = 4.0, std = 3.0 }
delay_max = "10 ms"
learn = ["weight"]
[[projection]]
from = "hidden"
to = "out"
weight = { distribution = "normal", mean = 3.0, std = 2.0 }
learn = ["weight"]
[data]
kind = "yin_yang"
population = "in"
t_early = "1.5 ms"
t_late = "20 ms"
train = 120
test = 60
[loss]
kind = "first_spike_margin"
[train]
epochs = 3
batch = 20
weight_rate = 0.02
)";

}  // namespace retrograde::test

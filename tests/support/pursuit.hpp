// A small scenario of sparse coding: nothing in it takes longer than a moment.
#pragma once

#include <string>

namespace retrograde::test {

inline const std::string small_pursuit = R"([scenario]
name = "small"
seed = 3
[data]
kind = "group_codes"
samples = 12
active = 2
margin = 0.05
[dictionary]
kind = "packing"
dimension = 16
groups = 8
group_size = 3
iterations = 50
seed = 7
[pursuit]
l2 = 0.1
[classifier]
features = "norms"
[attack]
epsilons = [0, 0.2, 2.0]
steps = 3
trials = 10
)";

// With `from` in it replaced by `to`.
inline std::string changed(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  return at == std::string::npos ? std::string("# not found\n") : text.replace(at, from.size(), to);
}

}  // namespace retrograde::test

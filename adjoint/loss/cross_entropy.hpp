// The cross-entropy between the softmax of logits and a label.
#pragma once

#include <vector>

namespace retrograde {

// -log of the entry `label` of softmax(x), and its derivatives in place of x: softmax(x) with the
// label's entry less 1. That is minus the sum of the others, which keeps its digits where the label
// wins clearly. Logits may be as far apart as they like. Not finite if the label's is not, or the
// largest.
double cross_entropy(std::vector<double>& x, int label);

}  // namespace retrograde

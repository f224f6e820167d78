// What a network that has learned nothing comes to, by always naming one class: whoever has an accuracy of that
// size is told.
#pragma once

#include <string>

#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>

namespace retrograde {

// A sentence, where the exact accuracy lies within two standard errors of the share of the most frequent class
// or below it; empty: it is better, there is none, or trials are too few to tell.
std::string no_better_than_guessing(const Evaluation& evaluation, const Dataset& dataset);

}  // namespace retrograde

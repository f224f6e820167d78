// The ball of an attack on the command line: --norm and --epsilons, in whatever unit inputs have.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <retrograde/adjoint/attack/attack.hpp>

namespace retrograde::cli {

// Throws UsageError for another word than "linf" and "l2".
AttackNorm wanted_norm(const std::string& text);

// "0.1 ms, 1 ms": what is between commas, by `parse`, which throws UsageError where there is no radius.
// Ascending, each once, 0 among them.
std::vector<double> wanted_radii(const std::string& text,
                                 const std::function<double(const std::string& word)>& parse);

}  // namespace retrograde::cli

// What stands in the way of a network on a chip, or may cost it something there, whatever the chip.
//
// A problem means that the network does not fit or computes something else there; a warning, that
// it may cost accuracy or that a limit is near. Each names the place, the numbers and the remedy.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace retrograde {

struct Finding {
  enum class Severity : std::uint8_t { problem, warning };
  Severity severity = Severity::warning;
  std::string where;     // population, projection or chip
  std::string resource;  // "cores", "synapse words", "u"; empty: none in particular
  // Of "spikes", "neurons", "decisions": exactly, and on the chip. Of "first spikes": all, and those near.
  double limit = 0, wanted = 0;
  std::string message;
  std::string remedy;  // may be empty where the message has it
};

// Whether none of them is a problem.
bool fits(std::span<const Finding> findings);

// Problems before warnings, each in the order in which they were found.
void problems_first(std::vector<Finding>& findings);

const char* name(Finding::Severity severity);  // "problem"

}  // namespace retrograde

// Times, rates, energies and powers as users write them: a number and a unit, "1.5 ms". Everywhere
// inside a time is a double in ms, a rate in 1/ms, an energy in mJ, a power in W.
#pragma once

#include <string>
#include <string_view>

#include <retrograde/events/time.hpp>

namespace retrograde {

struct ParsedQuantity {
  double value = 0;     // ms, 1/ms, mJ or W, finite; may be negative
  std::string problem;  // what is wrong and how to write it; empty: nothing
};

// Number, optional blanks, unit: ns, us, ms, s or min. The result is the double nearest to what is
// written, so "250 us" and "0.25 ms" are the same bits.
ParsedQuantity parse_time(std::string_view text);
// The same with mHz, Hz, kHz, MHz.
ParsedQuantity parse_rate(std::string_view text);
// The same with pJ, nJ, uJ, mJ, J, and with uW, mW, W.
ParsedQuantity parse_energy(std::string_view text);
ParsedQuantity parse_power(std::string_view text);

}  // namespace retrograde

// Times as users write them: a number and a unit, "1.5 ms". Everywhere inside a time is a double in
// ms.
#pragma once

#include <string>
#include <string_view>

#include <retrograde/events/time.hpp>

namespace retrograde {

struct ParsedTime {
  Time value = 0;       // ms, finite; may be negative
  std::string problem;  // what is wrong and how to write it; empty: nothing
};

// Number, optional blanks, unit: ns, us, ms, s or min. The result is the double nearest to what is
// written, so "250 us" and "0.25 ms" are the same bits ("min" rounds once more).
ParsedTime parse_time(std::string_view text);

}  // namespace retrograde

#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/model/semantics.hpp>

namespace retrograde::loihi2 {

std::string_view name(Overflow overflow) {
  switch (overflow) {
    case Overflow::keep:
      return "keep";
    case Overflow::lava_wrap:
      return "lava_wrap";
    case Overflow::twos_complement:
      return "twos_complement";
    case Overflow::saturate:
      return "saturate";
  }
  return "unknown";
}

void check(const Semantics& semantics) {
  const auto require = [](bool holds, const char* which, Overflow given, const char* choices) {
    if (holds) return;
    throw NetworkError("semantics",
                       fmt::format("overflow of {} is {}; take {}", which, name(given), choices));
  };
  require(semantics.a != Overflow::lava_wrap, "a", semantics.a,
          "keep, twos_complement or saturate");
  require(semantics.u != Overflow::keep, "u", semantics.u,
          "lava_wrap, twos_complement or saturate");
  require(semantics.v == Overflow::saturate || semantics.v == Overflow::twos_complement, "v",
          semantics.v, "saturate or twos_complement");
}

}  // namespace retrograde::loihi2

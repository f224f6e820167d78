#include <string_view>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/kept/kept_events.hpp>
#include <retrograde/scenarios/io/arrays/zip.hpp>

#include "tests/fuzz/targets.hpp"

namespace retrograde::fuzz {

void kept_events(std::span<const std::uint8_t> bytes) {
  const KeptLimits limits{100'000, 10'000};
  std::shared_ptr<const EventSet> set;
  try {
    set = is_zip(bytes)
              ? parse_npz_events(bytes, "fuzz", {}, limits)
              : parse_csv_events({reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                                 "fuzz", {}, limits);
  } catch (const Error&) {
    return;
  }
  if (set->size() == 0 || set->info().units == 0 || set->info().class_names.empty())
    throw InternalError("an accepted set has no sample, unit or class");
  for (std::size_t k = 0; k < set->size(); ++k) {
    EventSample sample = set->sample(k);
    if (!put_in_order(sample) || !time_fault(sample).empty())
      throw InternalError("the events of an accepted sample are not in order");
    for (const std::uint32_t unit : sample.units)
      if (unit >= set->info().units) throw InternalError("a unit that there is not");
    if (set->label(k) < 0 ||
        static_cast<std::size_t>(set->label(k)) >= set->info().class_names.size())
      throw InternalError("a label that there is not");
    if (set->duration(k).has_value() != set->duration(0).has_value() ||
        (set->duration(k) && !(*set->duration(k) > 0.0)))
      throw InternalError("a duration that no trial has");
  }
}

}  // namespace retrograde::fuzz

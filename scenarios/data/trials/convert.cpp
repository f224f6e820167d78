#include <retrograde/scenarios/data/events/event_file.hpp>
#include <retrograde/scenarios/data/trials/convert.hpp>

namespace retrograde {

void convert_events(const EventSet& set, const std::string& path, EventShape shape,
                    const WorkProgress& progress) {
  EventSetInfo info = set.info();
  shape.units = info.units;
  info.units = shape.inputs();
  EventFileWriter writer(path, info);
  for (std::size_t k = 0; k < set.size(); ++k) {
    writer.add(shaped(set.sample(k), shape), set.label(k), set.speaker(k), set.part(k));
    if (progress) progress(k + 1, set.size(), "converting " + info.source);
  }
  writer.finish();
}

}  // namespace retrograde

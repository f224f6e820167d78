#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/stimuli/spike_file.hpp>

namespace retrograde {

std::vector<Spike> read_spike_file(const std::filesystem::path& path,
                                   const SpikeFileReading& /*reading*/) {
  throw IoError(path.string(), "files of spikes are not read yet");
}

}  // namespace retrograde

// What one training step takes at its peak. A process can only tell the peak of its whole life, so
// each measurement is a process of its own: the memory figure starts `retro bench --memory NAME`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace retrograde::bench {

struct MemoryStep {
  std::string name;
  double peak = 0.0;         // bytes above what the process took after a step of a tiny network
  double network = 0.0;      // bytes that the Network object holds: what its making allocated, less
                             // what was freed again, as the allocator counts
  double optimizer = 0.0;    // both moments of Adam
  std::uint64_t spikes = 0;  // of the batch, inputs included
  std::uint32_t batch = 0;

  // What issue and README hold the peak against, but for the factor.
  double yardstick() const { return network + optimizer + 40.0 * static_cast<double>(spikes); }
};

// Networks that a step is measured with: a keyword of 256 recurrent neurons; 784-1000-10; and
// 700-256-256-20 with delays up to 250 ms, exactly and by dilated convolution in steps of 1 ms.
std::vector<std::string> memory_steps();

// Measures in this process, which should have done nothing large before. Throws UsageError for an
// unknown name, IoError where the system tells no peak (it has to be Linux).
MemoryStep measure_memory_step(std::string_view name, double size);

}  // namespace retrograde::bench

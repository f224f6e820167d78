#include <retrograde/bench/gpu/step.hpp>
namespace retrograde::bench {
bool traffic_step(const GpuOptions&) { return true; }
}  // namespace retrograde::bench

#include <retrograde/hardware/cost_model.hpp>
#include <retrograde/hardware/loihi2/place/placement.hpp>
#include <retrograde/hardware/loihi2/place/workload.hpp>
#include <retrograde/hardware/loihi2/pursuit/lca_forecast.hpp>

namespace retrograde::loihi2 {

LcaForecast forecast(const ChipLca& lca, const Emulation& emulation, const ChipProfile& profile) {
  const Mesh mesh(profile.mesh);
  LcaForecast result;
  result.chips_cores = static_cast<std::uint32_t>(profile.mesh.usable_cores.value.low);
  result.mapping = partition(lca.network, profile.core, mesh);
  Traffic traffic(result.mapping.cores.size());
  add_traffic(traffic, result.mapping, emulation.spikes);
  place(result.mapping, mesh, traffic);
  const Workload work =
      count_events(result.mapping, mesh, static_cast<std::uint32_t>(lca.network.populations.size()),
                   emulation.total_steps, emulation.spikes);
  result.forecast = forecast(fit_costs(profile), result.mapping, {work});
  return result;
}

}  // namespace retrograde::loihi2

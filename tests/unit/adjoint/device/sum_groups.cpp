#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

#include <retrograde/adjoint/device/sum_groups.hpp>
#include <retrograde/engine/device/cpu_device.hpp>
#include <retrograde/engine/device/cuda_device.hpp>

#include "tests/skip.hpp"

using namespace retrograde;

namespace {

// Numbers of which sums depend on the order.
std::vector<double> buffers(std::size_t entries, std::uint32_t groups) {
  std::vector<double> values(entries * groups);
  std::uint64_t state = 1;
  for (double& value : values) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value = (static_cast<double>(state >> 40) - 8e6) / static_cast<double>(1 + (state >> 60));
  }
  return values;
}

void check_sums_on(const std::shared_ptr<Device>& device) {
  for (const std::uint32_t groups : {1u, 2u, 3u, 8u}) {
    for (const std::size_t entries : {std::size_t{1}, std::size_t{63}, std::size_t{10'007}}) {
      INFO(groups << " groups of " << entries);
      const std::vector<double> values = buffers(entries, groups);
      std::vector<double> expected(values.begin(),
                                   values.begin() + static_cast<std::ptrdiff_t>(entries));
      for (std::uint32_t g = 1; g < groups; ++g)
        for (std::size_t k = 0; k < entries; ++k) expected[k] += values[g * entries + k];

      const DeviceArray<double> sums(device, values);
      sum_groups(*device, sums.data(), entries, groups);
      std::vector<double> found(entries);
      sums.download(found);
      CHECK(found == expected);
    }
  }
}

}  // namespace

TEST_CASE("gradients of groups are added one after the other on a device", "[adjoint][device]") {
  check_sums_on(make_cpu_device());
}

TEST_CASE("gradients of groups are added one after the other on a GPU", "[adjoint][device]") {
  const GpuSurvey survey = survey_gpus();
  if (!survey.usable()) RETROGRADE_SKIP(survey.problem);
  check_sums_on(make_gpu_device(survey.usable()->index));
}

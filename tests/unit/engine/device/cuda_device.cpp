// What can be said of GPUs anywhere; what needs one is skipped by name where there is none.
#include <catch2/catch.hpp>
#include <cstdint>
#include <numeric>
#include <vector>

#include <retrograde/engine/device/cuda_device.hpp>
#include <retrograde/events/error.hpp>

#include "tests/skip.hpp"

using namespace retrograde;
using Catch::Matchers::Contains;

TEST_CASE("a survey of GPUs names one that can be used, or says why there is none and what to do",
          "[device]") {
  const GpuSurvey survey = survey_gpus(true);
  CHECK(survey.built == !cuda_build().empty());
  CHECK(survey.runtime == cuda_build());
  CHECK((survey.usable() != nullptr) == survey.problem.empty());
  if (!survey.problem.empty()) CHECK_THAT(survey.problem, Contains("--device cpu"));
  for (std::size_t k = 0; k < survey.gpus.size(); ++k) {
    CHECK(survey.gpus[k].index == static_cast<int>(k));
    if (!survey.gpus[k].unusable.empty()) continue;
    CHECK(survey.gpus[k].free > 0);
    CHECK(survey.gpus[k].free <= survey.gpus[k].memory);
    CHECK(survey.gpus[k].processors > 0);
  }
}

TEST_CASE("a GPU that is not there is a DeviceError with the remedy", "[device]") {
  const GpuSurvey survey = survey_gpus();
  const int beyond = static_cast<int>(survey.gpus.size());
  for (const int index : {-1, beyond, 1000}) CHECK_THROWS_AS(make_gpu_device(index), DeviceError);
  if (survey.gpus.empty())
    CHECK_THROWS_WITH(make_gpu_device(0), Contains(survey.problem));
  else
    CHECK_THROWS_WITH(make_gpu_device(beyond), Contains("gpu:0"));
}

TEST_CASE("what is sent to a GPU comes back, in order with what clears it", "[device]") {
  const GpuSurvey survey = survey_gpus();
  if (!survey.usable()) RETROGRADE_SKIP(survey.problem);
  const std::shared_ptr<Device> device = make_gpu_device(survey.usable()->index);
  CHECK_THAT(device->name(), Contains("gpu:"));
  for (const std::size_t size : {std::size_t{1}, std::size_t{1000}, std::size_t{3'000'001}}) {
    std::vector<std::uint32_t> values(size), found(size);
    std::iota(values.begin(), values.end(), 7u);
    DeviceArray<std::uint32_t> array(device, values);
    array.download(found);
    CHECK(found == values);
    array.clear();
    array.download(found);
    CHECK(found == std::vector<std::uint32_t>(size, 0));
  }
}

TEST_CASE("memory of a GPU that is released is there again, of the same size at the same place",
          "[device]") {
  const GpuSurvey survey = survey_gpus();
  if (!survey.usable()) RETROGRADE_SKIP(survey.problem);
  const std::shared_ptr<Device> device = make_gpu_device(survey.usable()->index);
  const std::size_t before = device->room();
  void* const first = device->allocate(5'000'000);
  CHECK(device->room() < before);
  device->release(first);
  CHECK(device->room() + (std::size_t{4} << 20) > before);
  void* const second = device->allocate(4'900'000);
  CHECK(second == first);
  device->release(second);
  // What is kept goes where more is wanted than is free otherwise.
  void* const most = device->allocate(before / 10 * 9);
  CHECK_THROWS_AS(device->allocate(before / 2), LimitError);
  device->release(most);
  CHECK_NOTHROW(device->finish());
}

// What CudaDevice makes of what CUDA says, which a fake runtime says for it.
#include <catch2/catch.hpp>
#include <vector>

#include <retrograde/engine/device/cuda_device.hpp>
#include <retrograde/events/error.hpp>

#include "tests/cuda/fake_runtime.hpp"

using namespace retrograde;
using Catch::Matchers::Contains;
using test::fake_runtime;
using test::FakeRuntime;

namespace {

const KernelEntry kernel{"sum_groups", nullptr, nullptr, &kernel};

std::string problem_of(const FakeRuntime& runtime) {
  fake_runtime() = runtime;
  return survey_gpus().problem;
}

}  // namespace

TEST_CASE("why there is no GPU: no driver, one that is too old, no card, another reason") {
  FakeRuntime runtime;
  CHECK(problem_of(runtime).empty());
  runtime.start = cudaErrorInsufficientDriver;
  runtime.driver = 0;
  CHECK_THAT(problem_of(runtime), Contains("no NVIDIA driver") && Contains("install it"));
  runtime.driver = 11040;
  CHECK_THAT(problem_of(runtime), Contains("knows CUDA 11.4") && Contains(cuda_build()) &&
                                      Contains("update the driver"));
  runtime.driver = CUDART_VERSION;
  runtime.start = cudaErrorNoDevice;
  CHECK_THAT(problem_of(runtime), Contains("sees no GPU") && Contains("CUDA_VISIBLE_DEVICES"));
  runtime.start = cudaErrorSystemDriverMismatch;
  CHECK_THAT(problem_of(runtime), Contains("an error in words") && Contains("nvidia-smi"));
  runtime.start = cudaSuccess;
  runtime.gpus.clear();
  CHECK_THAT(problem_of(runtime), Contains("sees no GPU"));
}

TEST_CASE("of GPUs that cannot be used each says why, and the first that can is taken") {
  FakeRuntime runtime;
  runtime.gpus = {{"Old", 7, 5}, {"Locked", 9, 0, true}};
  CHECK_THAT(problem_of(runtime), Contains("none of the GPUs") && Contains("gpu:0 (Old)") &&
                                      Contains("7.5") && Contains("gpu:1 (Locked)") &&
                                      Contains("nvidia-smi -i 1 -c DEFAULT"));
  CHECK_THROWS_WITH(make_gpu_device(0), Contains("7.5"));
  runtime.gpus.push_back({"Good", 8, 0});
  CHECK(problem_of(runtime).empty());
  CHECK(survey_gpus().usable()->index == 2);
  CHECK_THROWS_WITH(make_gpu_device(3), Contains("gpu:3") && Contains("gpu:0 to gpu:2"));
  const auto device = make_gpu_device(2);
  CHECK(device->name() == "gpu:2 (Good)");
  CHECK(device->blocks() == 20);
}

TEST_CASE("threads are whole warps, as many as the kernel can have at most") {
  fake_runtime() = {};
  const auto device = make_gpu_device(0);
  CHECK(device->threads(kernel, 1) == 32);
  CHECK(device->threads(kernel, 32) == 32);
  CHECK(device->threads(kernel, 33) == 64);
  CHECK(device->threads(kernel, 1000) == 224);
}

TEST_CASE("what is released is used again, and given back where memory is short") {
  fake_runtime() = {};
  {
    const auto device = make_gpu_device(0);
    const std::size_t all = device->room();
    CHECK(all == 941'168);  // of 1'000'000, without what rounding up may take
    void* const first = device->allocate(100'000);
    void* const second = device->allocate(500'000);
    CHECK(fake_runtime().allocations == 2);
    device->release(first);
    CHECK(device->allocate(99'000) == first);
    CHECK(fake_runtime().allocations == 2);
    device->release(first);
    device->release(second);
    CHECK(device->room() == all);
    CHECK(fake_runtime().taken > 600'000);
    void* const large = device->allocate(900'000);
    CHECK(fake_runtime().taken < 960'000);
    try {
      device->allocate(300'000);
      FAIL("more than there is");
    } catch (const LimitError& error) {
      CHECK(error.wanted == 300'000);
      CHECK(error.limit == static_cast<double>(fake_runtime().memory - fake_runtime().taken));
      CHECK_THAT(error.what(), Contains("gpu:0 (Fake)") && Contains("300000 bytes") &&
                                   Contains("smaller batch") && Contains("--device cpu"));
    }
    device->release(large);
  }
  CHECK(fake_runtime().taken == 0);
}

TEST_CASE("a device that fails says what failed, after which kernel, and what stands") {
  fake_runtime() = {};
  const auto device = make_gpu_device(0);
  int value = 1;
  DeviceArray<int> array(device, 1);
  device->launch(kernel, &value, sizeof(value), 1, 32);
  fake_runtime().work = cudaErrorIllegalAddress;
  const auto fails = [&](const auto& call, const std::string& name) {
    CHECK_THROWS_AS(call(), DeviceError);
    CHECK_THROWS_WITH(call(), Contains("gpu:0 (Fake): " + name) && Contains("kernel sum_groups") &&
                                  Contains("an error in words") && Contains("last checkpoint"));
  };
  fails([&] { device->finish(); }, "cudaStreamSynchronize");
  fails([&] { array.download({&value, 1}); }, "cudaMemcpyAsync");
  fails([&] { array.clear(); }, "cudaMemsetAsync");
  fails([&] { device->launch(kernel, &value, sizeof(value), 1, 32); }, "cudaLaunchKernel");
  fake_runtime().work = cudaErrorNoKernelImageForDevice;
  CHECK_THROWS_WITH(device->threads(kernel, 32), Contains("compute capability 9.0") &&
                                                     Contains("RETROGRADE_CUDA_ARCHITECTURES"));
}

#include <catch2/catch.hpp>
#include <string>

#include <retrograde/engine/device/cuda_device.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/device/open_device.hpp>

#include "tests/support/surrogate.hpp"

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

Scenario small(const std::string& head, const std::string& neuron) {
  return parse_scenario("[scenario]\nname = \"small\"\nduration = \"20 ms\"\n" + head +
                            "[[population]]\nname = \"in\"\nsize = 1\nspikes = [[\"1 ms\"]]\n"
                            "[[population]]\nname = \"out\"\nsize = 2\n" +
                            neuron + "[[projection]]\nfrom = \"in\"\nto = \"out\"\nweight = 1.0\n",
                        "small.toml");
}

OpenedDevice opened(const char* choice, const Scenario& scenario,
                    DeviceWork work = DeviceWork::run) {
  return open_device(*parse_device(choice), scenario, scenario.network, work);
}

}  // namespace

TEST_CASE("what cannot go on a device is refused with the reason, and auto leaves it on the CPU",
          "[device]") {
  const Scenario alif = small("", "model = \"alif\"\n");
  const Scenario sequential = small("scheduler = \"sequential\"\n", "");
  for (const Scenario* scenario : {&alif, &sequential}) {
    const std::string why = device_obstacle(*scenario, scenario->network, DeviceWork::run);
    REQUIRE_FALSE(why.empty());
    for (const char* choice : {"gpu", "gpu:0", "emulated"})
      CHECK_THROWS_WITH(opened(choice, *scenario),
                        Contains(choice) && Contains(why) && Contains("choose the device cpu"));
    const OpenedDevice there = opened("auto", *scenario);
    CHECK(there.device == nullptr);
    CHECK_THAT(there.note, Contains(why));
  }
  CHECK_THROWS_WITH(opened("gpu", sequential), Contains("scheduler"));
}

TEST_CASE("a network that is trained in steps may run on a device, and not be trained there",
          "[device]") {
  const Scenario stepped = parse_scenario(test::surrogate_scenario, "small.toml");
  CHECK(device_obstacle(stepped, stepped.network, DeviceWork::run).empty());
  CHECK_THAT(device_obstacle(stepped, stepped.network, DeviceWork::training),
             Contains("surrogate"));
}

TEST_CASE("the CPU is no device, and the kernels of GPUs run on it", "[device]") {
  const Scenario scenario = small("", "");
  CHECK(opened("cpu", scenario).device == nullptr);
  CHECK(opened("cpu", scenario).note.empty());
  const OpenedDevice emulated = opened("emulated", scenario);
  REQUIRE(emulated.device);
  CHECK(emulated.device->name() == "emulated");
  CHECK_THAT(emulated.note, Contains("emulated"));
}

TEST_CASE("what did not stay on its device is told where it is much", "[device]") {
  const OpenedDevice emulated = opened("emulated", small("", ""));
  Device& device = *emulated.device;
  device.work.trials = 100;
  device.work.left_to_cpu = 4;
  CHECK(left_to_cpu(device).empty());
  device.work.left_to_cpu = 5;
  REQUIRE(left_to_cpu(device).size() == 1);
  CHECK_THAT(left_to_cpu(device)[0], Contains("5 of 100 trials were run again on the CPU"));
  device.work.networks_elsewhere = 2;
  REQUIRE(left_to_cpu(device).size() == 2);
  CHECK_THAT(left_to_cpu(device)[0], Contains("2 runs ran on the CPU"));
}

TEST_CASE("without a usable GPU it is an error that says why, and auto takes the CPU", "[device]") {
  const Scenario scenario = small("", "");
  const GpuSurvey survey = survey_gpus();
  if (survey.usable()) {
    CHECK(opened("auto", scenario).device);
    CHECK(opened("gpu", scenario).device);
    return;
  }
  CHECK_THROWS_WITH(opened("gpu", scenario), Contains(survey.problem));
  CHECK_THROWS_AS(opened("gpu:3", scenario), DeviceError);
  const OpenedDevice automatic = opened("auto", scenario);
  CHECK(automatic.device == nullptr);
  CHECK_THAT(automatic.note, Contains("device: cpu") && Contains(survey.problem));
}

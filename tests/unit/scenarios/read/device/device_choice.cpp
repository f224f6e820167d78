#include <catch2/catch.hpp>
#include <string>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/read/device/device_choice.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

Scenario with_train(const std::string& train) {
  return parse_scenario(
      "[scenario]\nduration = \"20 ms\"\n[[population]]\nname = \"in\"\nmodel = \"input\"\n"
      "size = 3\n[train]\n" +
          train,
      "test.toml");
}

}  // namespace

TEST_CASE("a device is read as it is written, and nothing else is one", "[device]") {
  for (const char* text : {"cpu", "auto", "gpu", "gpu:0", "gpu:12", "emulated"}) {
    INFO(text);
    REQUIRE(parse_device(text));
    CHECK(name(*parse_device(text)) == text);
  }
  CHECK(parse_device("gpu:12")->index == 12);
  CHECK_FALSE(parse_device("gpu")->index);
  for (const char* text : {"", "GPU", "gpu:", "gpu:-1", "gpu:x", "gpu:1x", "gpu: 1", "gpu:99999999",
                           "gpu1", "cuda", "cpu:0"}) {
    INFO(text);
    CHECK_FALSE(parse_device(text));
  }
}

TEST_CASE("[train] says on which device, and a wrong one is refused with its place", "[device]") {
  CHECK_FALSE(with_train("epochs = 3").train.device);
  CHECK(with_train("device = \"gpu:1\"").train.device->index == 1);
  CHECK(with_train("device = \"auto\"").train.device->kind == DeviceKind::automatic);
  CHECK_THROWS_WITH(with_train("device = \"fpga\""),
                    Contains("test.toml:8") && Contains("train.device") && Contains("gpu:N"));
  CHECK_THROWS_AS(with_train("device = 0"), ScenarioError);
  // Reading opens none.
  CHECK(with_train("device = \"gpu\"").device == nullptr);
}

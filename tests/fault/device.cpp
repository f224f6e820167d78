// --device where it cannot be: status 2, why, and what to do; and retro info --devices anywhere.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include <retrograde/engine/device/cuda_device.hpp>

#include "tests/skip.hpp"
#include "tests/support/command.hpp"

using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

const std::string library = RETROGRADE_SOURCE_DIR "/scenarios/library/";

void refused(const std::string& arguments, const std::string& message, const std::string& remedy) {
  const ScratchFolder folder;
  const CommandResult result = retro(arguments, folder.path());
  CAPTURE(arguments, result.out, result.err);
  CHECK(result.status == 2);
  CHECK_THAT(result.err, Contains(message) && Contains(remedy));
  for (const std::string& name : folder.names()) CHECK((name == ".stdout" || name == ".stderr"));
}

}  // namespace

TEST_CASE("a GPU where there is none is refused before anything is written", "[device]") {
  const retrograde::GpuSurvey survey = retrograde::survey_gpus();
  if (survey.usable()) RETROGRADE_SKIP("there is a GPU");
  for (const char* verb : {"run ", "gradient ", "train "})
    for (const char* device : {"gpu", "gpu:1"})
      refused(verb + library + "yin_yang.toml --device " + device, survey.problem, "--device cpu");
  refused("study " + library + "yin_yang_study.toml --device gpu", survey.problem, "--device cpu");
}

TEST_CASE("the only reasons for no GPU at all are said as such", "[device]") {
  const retrograde::GpuSurvey survey = retrograde::survey_gpus();
  if (survey.usable()) RETROGRADE_SKIP("there is a GPU");
  if (!survey.built)
    CHECK_THAT(survey.problem, Contains("built without CUDA") && Contains("toolkit"));
  else if (survey.driver.empty())
    CHECK_THAT(survey.problem, Contains("no NVIDIA driver") && Contains("nvidia-smi"));
}

TEST_CASE("what is no device is refused", "[device]") {
  refused("run " + library + "hello.toml --device fpga", "--device fpga", "gpu:N");
  refused("run " + library + "hello.toml --device ''", "--device", "--help");
}

TEST_CASE("what cannot go on a GPU is refused whether there is one or not", "[device]") {
  refused("run " + library + "pursuit_hello.toml --device gpu", "sparse coding", "leave");
  refused("train " + library + "pursuit_hello.toml --device gpu", "sparse coding", "leave");
  refused("gradient " + library + "yin_yang.toml --device emulated --against surrogate",
          "on the CPU", "remove --device");
}

TEST_CASE("auto runs everywhere and says where; cpu says nothing and gives the same", "[device]") {
  const ScratchFolder folder;
  const CommandResult plain = retro("run " + library + "hello.toml", folder.path());
  const CommandResult cpu = retro("run " + library + "hello.toml --device cpu", folder.path());
  CHECK(cpu.out.substr(0, cpu.out.find("fingerprint")) ==
        plain.out.substr(0, plain.out.find("fingerprint")));
  CHECK_THAT(cpu.err, !Contains("device"));
  if (retrograde::survey_gpus().usable()) return;
  const CommandResult automatic =
      retro("run " + library + "hello.toml --device auto", folder.path());
  CHECK(automatic.status == 0);
  CHECK_THAT(automatic.err, Contains("device: cpu, since "));
}

TEST_CASE("the devices of this machine are told as text and JSON, with status 0", "[device]") {
  const ScratchFolder folder;
  const CommandResult text = retro("info --devices --json devices.json", folder.path());
  CAPTURE(text.out, text.err);
  CHECK(text.status == 0);
  CHECK_THAT(text.out, Contains("cpu"));
  const auto document = nlohmann::json::parse(get(folder.path() / "devices.json"));
  CHECK(document["schema"] == "retrograde.devices/1");
  const retrograde::GpuSurvey survey = retrograde::survey_gpus();
  CHECK(document["cuda"]["built"] == survey.built);
  CHECK(document["gpus"].size() == survey.gpus.size());
  if (survey.problem.empty()) {
    CHECK(document["problem"].is_null());
  } else {
    CHECK(document["problem"] == survey.problem);
    CHECK_THAT(text.out, Contains(survey.problem));
  }
  refused("info --devices " + library + "hello.toml", "--devices", "name no scenario");
  refused("info", "SCENARIO|RUN is missing", "--help");
}

TEST_CASE("the version says whether there is CUDA in it", "[device]") {
  const ScratchFolder folder;
  const std::string cuda = retrograde::cuda_build();
  CHECK_THAT(retro("version", folder.path()).out,
             Contains(cuda.empty() ? "no CUDA" : "CUDA " + cuda));
}

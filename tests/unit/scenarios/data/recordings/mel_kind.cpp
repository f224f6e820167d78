// Mel frames as signals of input neurons. Expected values are the frames themselves.
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <retrograde/scenarios/data/recordings/mel_kind.hpp>
#include <retrograde/scenarios/data/recordings/recordings.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

#include "tests/support/scratch.hpp"
#include "tests/support/sound_file.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

// Values of all neurons just after a time, by adding up the changes.
std::map<NeuronId, double> values_at(const Trial& trial, Time time) {
  std::map<NeuronId, double> values;
  for (std::size_t k = 0; k < trial.inputs.size() && trial.inputs[k].time <= time; ++k)
    values[trial.inputs[k].neuron] += trial.payloads[k];
  return values;
}

}  // namespace

TEST_CASE("mel frames are signals that hold for a frame and end with the last one") {
  MelFrames mel;
  mel.bands = 2;
  mel.frames = 3;
  const std::vector<float> frames = {0.5f, 0.25f, 0.5f, 1.5f, 0.0f, 0.125f};
  const Trial trial = mel_trial(mel, frames, 100, 7);
  CHECK(trial.duration == 100);
  CHECK(trial.graded());
  for (int f = 0; f < 3; ++f)
    for (unsigned b = 0; b < 2; ++b)
      CHECK(values_at(trial, 10 * f + 9.5)[7 + b] == static_cast<double>(frames[2 * f + b]));
  CHECK(values_at(trial, 30)[7] == 0);
  CHECK(values_at(trial, 30)[8] == 0);
  // Two of the first frame, one each of the second's and the end's, two of the third.
  CHECK(trial.inputs.size() == 6);
  const Trial cut = mel_trial(mel, frames, 15, 0);
  CHECK(cut.inputs.back().time == 10);
}

TEST_CASE("a folder of recordings is trained on as mel frames, test speakers held out") {
  const ScratchFolder folder;
  for (int digit = 0; digit < 10; ++digit)
    for (const char* speaker : {"ann", "bob"})
      for (int index : {5, 6})
        put(folder / (std::to_string(digit) + "_" + speaker + "_" + std::to_string(index) + ".wav"),
            wav(sine(200 + 150 * digit, 0.1, 8000)));
  MelFrames mel;
  mel.frames = 12;
  EventTask task;
  task.shape.duration = 130;
  task.parts.test_speakers = {"bob"};
  const auto sounds = open_recordings(folder.path().string());
  const Dataset data = mel_trials(*sounds, mel, task, LoadContext{3, {}, 1, {}});
  CHECK(data.info().inputs == 40);
  CHECK(data.classes() == 10);
  CHECK(data.size(Part::test) == 20);
  CHECK(data.size(Part::train) + data.size(Part::validation) == 20);
  const std::vector<double> frames = mel_frames(mel, sounds->sound(2));  // 0_bob_5
  const auto values = values_at(data.trial(Part::test, 0), 45);
  for (std::uint32_t b = 0; b < 40; ++b)
    CHECK((values.count(3 + b) ? values.at(3 + b) : 0.0) ==
          Approx(frames[4 * 40 + b]).margin(1e-6));
  CHECK(data.label(Part::test, 19) == 9);
}

TEST_CASE("mel frames go to step receptors, and a scenario that sends them elsewhere is refused") {
  const auto with_receptor = [](const std::string& receptors) {
    return parse_scenario(
        "[scenario]\nduration = \"800 ms\"\n"
        "[[population]]\nname = \"in\"\nsize = 40\n"
        "[[population]]\nname = \"out\"\nsize = 10\n" +
            receptors +
            "[[projection]]\nfrom = \"in\"\nto = \"out\"\nweight = 0.1\n"
            "[data]\nkind = \"mel_frames\"\npopulation = \"in\"\n",
        "mel.toml");
  };
  CHECK(with_receptor("receptors = [\"step\"]\n").data.kind == "mel_frames");
  CHECK_THROWS_WITH(with_receptor(""), Catch::Contains("in->out") && Catch::Contains("step"));
}

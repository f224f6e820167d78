// Folders of recordings: their layouts, and the way into a data set. Files are made here.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <tbb/global_control.h>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/event_file.hpp>
#include <retrograde/scenarios/data/recordings/cache.hpp>
#include <retrograde/scenarios/data/recordings/encode.hpp>
#include <retrograde/scenarios/data/recordings/recordings.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

#include "tests/skip.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/sound_file.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// Digit d of speaker s is a tone of its own.
Bytes tone(int digit, double pitch = 1) {
  return wav(sine((200 + 150 * digit) * pitch, 0.1, 8000));
}

void make_free_digits(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  for (int digit = 0; digit < 10; ++digit)
    for (const char* speaker : {"ann", "bob_jr"})
      for (int index : {0, 4, 5, 12})
        put(folder / (std::to_string(digit) + "_" + speaker + "_" + std::to_string(index) + ".wav"),
            tone(digit, 1 + 0.01 * index));
}

std::string heidelberg_name(const char* language, int speaker, int trial, int digit) {
  return std::string("lang-") + language + "_speaker-0" + std::to_string(speaker) + "_trial-" +
         std::to_string(trial) + "_digit-" + std::to_string(digit) + ".flac";
}

FrontEnd small_ear() {
  FrontEnd front_end;
  front_end.cochlea.channels = 10;
  return front_end;
}

}  // namespace

TEST_CASE("the Free Spoken Digit Dataset is recognised, with speakers and its test part") {
  for (const char* below : {"", "recordings"}) {
    const ScratchFolder folder;
    make_free_digits(folder / below);
    put(folder / "README.md", "not a sound");
    const auto set = open_recordings(folder.path().string());
    CHECK(set->what() == "Free Spoken Digit Dataset");
    REQUIRE(set->size() == 80);
    CHECK(set->info().class_names.size() == 10);
    CHECK(set->info().speakers == std::vector<std::string>{"ann", "bob_jr"});
    int tests = 0;
    for (std::size_t k = 0; k < set->size(); ++k) {
      const std::string name = set->name(k);
      CHECK(set->label(k) == name[0] - '0');
      CHECK(set->speaker(k) == (name.find("ann") == std::string::npos ? 1u : 0u));
      const bool early =
          name.find("_0.wav") != std::string::npos || name.find("_4.wav") != std::string::npos;
      CHECK(set->part(k) == (early ? Part::test : Part::train));
      tests += early;
    }
    CHECK(tests == 40);
    CHECK(set->sound(0).seconds() == Approx(0.1));
  }
}

TEST_CASE("the archive of the Heidelberg digits is recognised, with its lists") {
  const ScratchFolder folder;
  std::filesystem::create_directories(folder / "audio");
  const std::string a = heidelberg_name("english", 3, 0, 7),
                    b = heidelberg_name("german", 4, 11, 2), c = heidelberg_name("german", 3, 1, 0);
  for (const std::string& name : {a, b, c})
    put_flac(folder / "audio" / name, sine(300, 0.05, 8000), 8000);
  const auto unlisted = open_recordings(folder.path().string());
  CHECK(unlisted->size() == 3);
  CHECK(!unlisted->part(0));

  put(folder / "train_filenames.txt", a + "\r\n" + c + "\n\n");
  put(folder / "test_filenames.txt", b + "\n");
  for (const char* named : {"", "audio", "audio/", "audio/."}) {
    const auto set = open_recordings((folder / named).string());
    CHECK(set->what() == "Heidelberg digits (recordings)");
    REQUIRE(set->size() == 3);
    CHECK(set->label(0) == 7);
    CHECK(set->label(1) == 10);
    CHECK(set->label(2) == 12);
    CHECK(set->info().class_names[12] == "zwei");
    CHECK(set->part(0) == Part::train);
    CHECK(set->part(2) == Part::test);
    CHECK(set->info().speakers == std::vector<std::string>{"03", "04"});
    CHECK(set->speaker(2) == 1);
  }
  put(folder / "test_filenames.txt", heidelberg_name("german", 4, 12, 2) + "\n");
  CHECK_THROWS_WITH(open_recordings(folder.path().string()),
                    Contains("is missing") && Contains("line 1") && Contains("unpack"));
  put(folder / "test_filenames.txt", "readme.txt\n");
  CHECK_THROWS_WITH(open_recordings(folder.path().string()),
                    Contains("line 1") && Contains("readme.txt"));
  put(folder / "test_filenames.txt", "../audio/" + b + "\n");
  CHECK_THROWS_WITH(open_recordings(folder.path().string()), Contains("is no name"));
  // Nothing is trained on and tested with.
  put(folder / "test_filenames.txt", b + "\n" + a + "\n");
  CHECK_THROWS_WITH(open_recordings(folder.path().string()),
                    Contains("test_filenames.txt") && Contains("line 2") && Contains("twice"));
  std::filesystem::remove(folder / "test_filenames.txt");
  CHECK_THROWS_WITH(open_recordings(folder.path().string()),
                    Contains("test_filenames.txt") && Contains("is missing"));
}

TEST_CASE("folders are classes, and lists say the parts as in Speech Commands") {
  const ScratchFolder folder;
  for (const char* word : {"yes", "no", "_background_noise_"})
    std::filesystem::create_directories(folder / word);
  put(folder / "yes" / "ab_nohash_0.wav", tone(1));
  put(folder / "yes" / "cd_nohash_0.wav", tone(1));
  put(folder / "no" / "ab_nohash_1.WAV", tone(2));
  put(folder / "_background_noise_" / "hum.wav", tone(3));
  auto set = open_recordings(folder.path().string());
  REQUIRE(set->size() == 3);
  CHECK(set->info().class_names == std::vector<std::string>{"no", "yes"});
  CHECK(set->info().speakers == std::vector<std::string>{"ab", "cd"});
  CHECK(!set->part(0));
  // Who is not named is nobody of those who are.
  put(folder / "no" / "somebody.wav", tone(2));
  set = open_recordings(folder.path().string());
  CHECK(set->info().speakers == std::vector<std::string>{"ab", "cd", "unknown"});
  CHECK(set->name(1) == "no/somebody.wav");
  CHECK(set->speaker(1) == 2);
  std::filesystem::remove(folder / "no" / "somebody.wav");
  put(folder / "validation_list.txt", "yes/cd_nohash_0.wav\n");
  try {
    open_recordings(folder.path().string());
    FAIL("a list without the other");
  } catch (const IoError& error) {
    CHECK_THAT(error.what(), Contains("testing_list.txt") && Contains("take that list away"));
  }
  std::filesystem::remove(folder / "validation_list.txt");
  put(folder / "testing_list.txt", "yes/cd_nohash_0.wav\n");
  put(folder / "validation_list.txt", "no/ab_nohash_1.WAV\n");
  set = open_recordings(folder.path().string());
  CHECK(set->part(0) == Part::validation);
  CHECK(set->part(1) == Part::train);
  CHECK(set->part(2) == Part::test);
  put(folder / "testing_list.txt", "yes/ef_nohash_0.wav\n");
  CHECK_THROWS_WITH(open_recordings(folder.path().string()), Contains("yes/ef_nohash_0.wav"));
}

TEST_CASE("recordings that fit no layout are counted, and the first of them named") {
  const ScratchFolder folder;
  make_free_digits(folder / "recordings");
  CHECK(open_recordings(folder.path().string())->left_out().empty());
  for (const char* name : {"e.wav", "7-ann-0.wav", "7_ann_x.wav", "77_ann_0.wav", "zoë.flac"})
    put(folder / "recordings" / name, tone(7));
  put(folder / "recordings" / "0_eve_0.mp3", "another format");
  put(folder / "recordings" / "0_ann_0.mp3", "what 0_ann_0.wav was made of");
  put(folder / "recordings" / "notes.txt", "no sound");
  put(folder / "recordings" / ".hidden.wav", "nobody's");
  const auto set = open_recordings(folder.path().string());
  CHECK(set->size() == 80);
  const std::vector<std::string> told = set->left_out();
  REQUIRE(told.size() == 2);
  CHECK_THAT(told[0], Contains("5 recordings are left out") &&
                          Contains("7-ann-0.wav, 77_ann_0.wav, 7_ann_x.wav and 2 more"));
  CHECK_THAT(told[1],
             Contains("1 recording is left out") && Contains("format") && Contains("0_eve_0.mp3"));
}

TEST_CASE("recordings beside and below the folders of classes are told, and so are unlisted ones") {
  const ScratchFolder folder;
  for (const char* word : {"yes", "no", "yes/more", "_background_noise_"})
    std::filesystem::create_directories(folder / word);
  for (const char* name : {"yes/a.wav", "yes/b.wav", "no/a.wav", "yes/more/c.wav", "beside.wav",
                           "_background_noise_/hum.wav"})
    put(folder / name, tone(1));
  const auto set = open_recordings(folder.path().string());
  CHECK(set->size() == 3);
  put_flac(folder / "no/a.flac", sine(300, 0.05, 8000), 8000);
  CHECK_THROWS_WITH(open_recordings(folder.path().string()),
                    Contains("no/a is there with two endings"));
  std::filesystem::remove(folder / "no/a.flac");
  REQUIRE(set->left_out().size() == 1);
  CHECK_THAT(set->left_out()[0],
             Contains("2 recordings") && Contains("beside.wav, yes/more/c.wav"));

  const ScratchFolder listed;
  const std::string a = heidelberg_name("english", 3, 0, 7), b = heidelberg_name("german", 4, 1, 2),
                    c = heidelberg_name("german", 3, 1, 0);
  for (const std::string& name : {a, b, c}) put_flac(listed / name, sine(300, 0.05, 8000), 8000);
  put(listed / "train_filenames.txt", a + "\n");
  put(listed / "test_filenames.txt", b + "\n");
  const auto heidelberg = open_recordings(listed.path().string());
  REQUIRE(heidelberg->left_out().size() == 1);
  CHECK_THAT(heidelberg->left_out()[0], Contains("no list names") && Contains(c));
}

TEST_CASE("a folder most of whose recordings fit nothing is refused with what to do") {
  const ScratchFolder folder;
  put(folder / "7_ann_0.wav", tone(7));
  put(folder / "7_ann_1.wav", tone(7));
  put(folder / "seven.wav", tone(7));
  put(folder / "eight.wav", tone(8));
  CHECK(open_recordings(folder.path().string())->size() == 2);
  put(folder / "nine.wav", tone(9));
  CHECK_THROWS_WITH(open_recordings(folder.path().string()),
                    Contains("3 recordings are left out") && Contains("eight.wav") &&
                        Contains("Rename or move them") && Contains("docs/audio.md"));
  for (const char* name : {"nine.wav", "eight.wav"}) std::filesystem::remove(folder / name);
  for (const char* name : {"a.mp3", "b.OGG", "c.opus"}) put(folder / name, "another format");
  CHECK_THROWS_WITH(open_recordings(folder.path().string()), Contains("Convert them to WAV"));
}

TEST_CASE("folders that are none of the layouts are refused with what is known") {
  const ScratchFolder folder;
  CHECK_THROWS_AS(open_recordings((folder / "nowhere").string()), IoError);
  put(folder / "a.wav", tone(1));
  CHECK_THROWS_AS(open_recordings((folder / "a.wav").string()), IoError);
  CHECK_THROWS_WITH(open_recordings(folder.path().string()), Contains("1 WAV or FLAC") &&
                                                                 Contains("DIGIT_SPEAKER_INDEX") &&
                                                                 Contains("folder per class"));
}

TEST_CASE("encoded recordings are the same bytes for any number of threads") {
  const ScratchFolder folder;
  make_free_digits(folder / "recordings");
  const auto set = open_recordings(folder.path().string());
  std::vector<std::string> files;
  for (const std::size_t threads : {1u, 2u, 5u}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    const std::string path = (folder / ("events" + std::to_string(threads) + ".h5")).string();
    std::uint64_t told = 0;
    const Encoded encoded = encode_events(
        *set, small_ear(), path, [&](std::uint64_t done, std::uint64_t total, std::string_view) {
          told = done * 1000 + total;
        });
    CHECK(told == 80'080);
    CHECK(encoded.samples == 80);
    CHECK(encoded.seconds == Approx(8));
    CHECK(encoded.silent == 0);
    files.push_back(get(path));
  }
  CHECK(files[0] == files[1]);
  CHECK(files[0] == files[2]);
  const auto events = open_event_file((folder / "events1.h5").string());
  REQUIRE(events->size() == 80);
  CHECK(events->info().units == 10);
  for (const std::size_t k : {0u, 33u, 79u}) {
    CHECK(events->sample(k) == heard(small_ear(), set->sound(k)));
    CHECK(events->label(k) == set->label(k));
    CHECK(events->part(k) == set->part(k));
    CHECK(events->speaker(k) == set->speaker(k));
  }
}

TEST_CASE("one damaged recording ends the encoding with its name, and no file is left") {
  const ScratchFolder folder;
  make_free_digits(folder / "recordings");
  put(folder / "recordings" / "7_ann_5.wav", "no sound");
  const auto set = open_recordings(folder.path().string());
  CHECK_THROWS_WITH(encode_events(*set, small_ear(), (folder / "events.h5").string()),
                    Contains("7_ann_5.wav"));
  CHECK(folder.names() == std::vector<std::string>{"recordings"});
}

TEST_CASE("mel frames of a folder are one array with labels and parts") {
  const ScratchFolder folder;
  make_free_digits(folder / "recordings");
  const auto set = open_recordings(folder.path().string());
  MelFrames mel;
  mel.frames = 12;
  encode_frames(*set, mel, (folder / "frames.h5").string());
  const hdf5::Reader file(folder / "frames.h5");
  CHECK(file.text("/format") == "retrograde frames");
  const auto frames = file.numbers("/frames");
  CHECK(frames.shape == hdf5::Shape{80, 12, 40});
  const std::vector<double> expected = mel_frames(mel, set->sound(5));
  for (std::size_t k = 0; k < expected.size(); ++k)
    CHECK(frames.values[5 * expected.size() + k] == Approx(expected[k]).margin(1e-6));
  CHECK(file.numbers("/labels").values[79] == 9);
  CHECK(file.numbers("/parts").values[0] == 2);
}

TEST_CASE("encoded recordings are kept, found again, and made again when they are damaged") {
  const ScratchFolder folder;
  make_free_digits(folder / "recordings");
  const char* const before = std::getenv("XDG_CACHE_HOME");
  const std::optional<std::string> kept_before =
      before == nullptr ? std::nullopt : std::optional<std::string>(before);
  ::setenv("XDG_CACHE_HOME", (folder / "cache").c_str(), 1);
  const auto set = open_recordings(folder.path().string());
  const KeptEvents first = kept_events(*set, small_ear());
  CHECK(first.made);
  CHECK_THAT(first.note, Contains(first.path) && Contains("80 samples"));
  const std::string bytes = get(first.path);
  const KeptEvents second = kept_events(*set, small_ear());
  CHECK(!second.made);
  CHECK(second.path == first.path);
  CHECK(second.set->sample(3) == first.set->sample(3));

  put(first.path, "damaged");
  CHECK(kept_events(*set, small_ear()).made);
  CHECK(get(first.path) == bytes);

  FrontEnd other = small_ear();
  other.cell.adaptation = 0.2;
  CHECK(cache_path(*set, other) != cache_path(*set, small_ear()));
  const std::string quieter = folder / "recordings" / "7_ann_5.wav";
  const auto size = std::filesystem::file_size(quieter);
  put(quieter, wav(sine(301, 0.1, 8000)));  // another sound in as many bytes
  REQUIRE(std::filesystem::file_size(quieter) == size);
  CHECK(cache_path(*open_recordings(folder.path().string()), small_ear()) !=
        std::filesystem::path(first.path));
  if (kept_before)
    ::setenv("XDG_CACHE_HOME", kept_before->c_str(), 1);
  else
    ::unsetenv("XDG_CACHE_HOME");
}

TEST_CASE("real spoken digits become as many spikes as those of the Heidelberg sets") {
  const char* const data = std::getenv("RETROGRADE_DATA");
  if (data == nullptr) RETROGRADE_SKIP("RETROGRADE_DATA is not set");
  const std::filesystem::path packed = std::filesystem::path(data) / "fsdd" / "fsdd-26eb9aa.tar.gz";
  const std::filesystem::path unpacked = std::filesystem::path(data) / "fsdd" / "recordings";
  if (!std::filesystem::exists(packed) && !std::filesystem::exists(unpacked))
    RETROGRADE_SKIP("RETROGRADE_DATA does not hold fsdd");
  const ScratchFolder folder;
  std::filesystem::path place = unpacked;
  if (!std::filesystem::exists(unpacked)) {
    const std::string command =
        "tar xzf '" + packed.string() + "' -C '" + folder.path().string() + "'";
    REQUIRE(std::system(command.c_str()) == 0);
    place = folder.path();
  }
  const auto set = open_recordings(place.string());
  REQUIRE(set->size() == 3000);
  CHECK(set->info().speakers.size() == 6);
  FrontEnd front_end;
  front_end.cochlea.channels = 70;
  double spikes = 0, seconds = 0;
  std::size_t tests = 0;
  for (std::size_t k = 0; k < set->size(); k += 50) {
    Sound sound = set->sound(k);
    seconds += sound.seconds();
    spikes += static_cast<double>(heard(front_end, std::move(sound)).times.size());
  }
  for (std::size_t k = 0; k < set->size(); ++k) tests += set->part(k) == Part::test;
  CHECK(tests == 300);
  CHECK(spikes / seconds > 500);
  CHECK(spikes / seconds < 2000);
}

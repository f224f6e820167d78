// Every input of the corpora through the targets that the fuzzers run: what was found once stays
// fixed. An input is a finding when the target throws, or the process dies.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <optional>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/audio/sound.hpp>
#include <retrograde/scenarios/data/events/open_set.hpp>
#include <retrograde/scenarios/data/stimuli/recorded.hpp>
#include <retrograde/scenarios/exchange/chip/chip_file.hpp>
#include <retrograde/scenarios/exchange/chip/netx_read.hpp>
#include <retrograde/scenarios/exchange/nir/nir.hpp>
#include <retrograde/scenarios/exchange/recorders/spike_recording.hpp>
#include <retrograde/scenarios/exchange/trace_file.hpp>
#include <retrograde/scenarios/io/arrays/array_file.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/npy.hpp>
#include <retrograde/scenarios/read/chips/chip_profile.hpp>
#include <retrograde/scenarios/read/library.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/folder/checkpoint.hpp>

#include "tests/fuzz/described_hdf5.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

const std::filesystem::path source = RETROGRADE_SOURCE_DIR;
const std::filesystem::path corpus = source / "tests" / "fuzz" / "corpus";

template <typename Target>
void replay(const std::filesystem::path& folder, const Target& target) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  REQUIRE(files.size() >= 3);
  for (const auto& file : files) {
    CAPTURE(file.filename().string());
    CHECK_NOTHROW(target(read_file(file)));
  }
}

}  // namespace

TEST_CASE("no scenario of the corpus, shipped or broken, gets past the reader's promises") {
  replay(corpus / "scenario", fuzz::scenario);
  replay(source / "scenarios" / "library", fuzz::scenario);
}

TEST_CASE("no checkpoint of the corpus gets past the reader's promises") {
  replay(corpus / "checkpoint", fuzz::checkpoint);
}

TEST_CASE("no chip profile of the corpus, shipped or broken, gets past the reader's promises") {
  replay(corpus / "chip_profile", fuzz::chip_profile);
  for (const std::string& name : library_chips())
    CHECK_NOTHROW(fuzz::chip_profile(read_file(library_chip(name))));
}

TEST_CASE("no NIR graph of the corpus gets past the reader's promises") {
  replay(corpus / "nir", fuzz::nir);
}

TEST_CASE("no netX and no chip file of the corpus gets past the readers' promises") {
  replay(corpus / "netx", fuzz::netx);
  replay(corpus / "chip_file", fuzz::chip_file);
}

TEST_CASE("no trace of the corpus gets past the reader's promises") {
  replay(corpus / "trace", fuzz::trace);
}

TEST_CASE("no set of events of the corpus gets past the readers' promises") {
  replay(corpus / "event_file", fuzz::event_file);
  replay(corpus / "heidelberg", fuzz::heidelberg);
  replay(corpus / "n_mnist", fuzz::n_mnist);
  replay(corpus / "kept_events", fuzz::kept_events);
}

TEST_CASE("no file of spikes of the corpus gets past the reader's promises") {
  for (const char* spikes : {"spike_file", "spike_recording"}) {
    replay(corpus / spikes, fuzz::spike_file);
    replay(corpus / spikes, fuzz::spike_recording);
  }
}

TEST_CASE("no recording of the corpus gets past the reader's promises") {
  replay(corpus / "sound", fuzz::sound);
}

TEST_CASE("no array of the corpus gets past the reader's promises") {
  replay(corpus / "npy", fuzz::npy);
  replay(corpus / "array_file", fuzz::array_file);
}

// Without these the corpora could go stale: refused at the first byte, they would test nothing.
TEST_CASE("the seeds of the corpora are still accepted") {
  const auto text = [](const char* name) {
    const Bytes bytes = read_file(corpus / "scenario" / name);
    return std::string(bytes.begin(), bytes.end());
  };
  for (const char* name : {"every_key.toml", "first_spike.toml", "margin.toml", "target.toml",
                           "power.toml", "stimuli.toml"}) {
    CAPTURE(name);
    CHECK_NOTHROW(parse_scenario(text(name), name));
  }
  CHECK_NOTHROW(read_chip_profile((corpus / "chip_profile" / "whole.toml").string()));
  const std::string graph = fuzz::described_nir(read_file(corpus / "nir" / "whole"));
  CHECK_NOTHROW(
      read_nir({reinterpret_cast<const std::uint8_t*>(graph.data()), graph.size()}, "whole"));
  const auto hdf5 = [](const char* folder, const char* name) {
    return fuzz::described_hdf5(read_file(corpus / folder / name));
  };
  CHECK(read_netx(fuzz::span_of(hdf5("netx", "whole")), "whole").chip.populations.size() == 4);
  CHECK(read_netx(fuzz::span_of(hdf5("netx", "matrices")), "matrices").chip.neuron_count() == 7);
  CHECK(
      read_chip_file(fuzz::span_of(hdf5("chip_file", "whole")), "whole").chip.projections.size() ==
      2);
  CHECK(read_chip_file(fuzz::span_of(hdf5("chip_file", "models")), "models")
            .chip.populations.size() == 9);
  for (const char* name : {"steps.csv", "times.csv", "neurons.csv"})
    CHECK_NOTHROW(read_trace((corpus / "trace" / name).string()));
  for (const char* name : {"pcm16.wav", "float_stereo.wav", "whole.flac"})
    CHECK_NOTHROW(read_sound(corpus / "sound" / name));
  for (const char* name : {"float32_fortran.npy", "float64_version2.npy"})
    CHECK_NOTHROW(read_npy(corpus / "npy" / name));
  for (const char* name : {"stored.npz", "deflated.npz", "columns.csv", "tabs.csv"})
    CHECK(ArrayFile(corpus / "array_file" / name).read("source").values.size() == 3);
  const SpikeChoice hundred{.size = 100, .first = 1, .name = "a"};
  for (const char* name : {"columns.csv", "nest3.dat", "nest2.gdf", "semicolons.csv", "arrays.npz"})
    CHECK_NOTHROW(chosen_spikes(read_spike_file(corpus / "spike_file" / name), hundred));
  const std::string sonata = hdf5("spike_file", "sonata");
  CHECK(parse_spike_file({sonata.begin(), sonata.end()}, "sonata").populations.at(0).times.size() ==
        3);
  CHECK(open_events((corpus / "kept_events" / "whole.csv").string(), std::nullopt)->size() == 3);
  CHECK(open_events((corpus / "kept_events" / "whole.npz").string(), std::nullopt)->size() == 3);
  for (const char* name : {"two_trials.csv", "by_hand.csv", "two_trials.npz"})
    CHECK(
        !recording_of(read_spike_file(corpus / "spike_recording" / name)).trials[0].spikes.empty());
}

// A new format makes new seeds: test_fuzz "[.write_seeds]" writes them.
TEST_CASE("the seeds of checkpoints are of the format of the moment") {
  for (const auto& [name, bytes] : fuzz::checkpoint_seeds()) {
    CAPTURE(name);
    CHECK(read_file(corpus / "checkpoint" / name) == bytes);
    const bool accepted = name == "whole" || name == "body";
    const auto framed = name == "whole" || name == "cut" ? bytes : fuzz::sealed_checkpoint(bytes);
    if (accepted)
      CHECK_NOTHROW(parse_checkpoint(framed, name));
    else
      CHECK_THROWS_AS(parse_checkpoint(framed, name), FormatError);
  }
}

TEST_CASE("the seeds of checkpoints are written anew", "[.write_seeds]") {
  for (const auto& [name, bytes] : fuzz::checkpoint_seeds())
    write_file((corpus / "checkpoint" / name).string(), std::string(bytes.begin(), bytes.end()));
}

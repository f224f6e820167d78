// The published layout, in the widths and chunkings in which h5py and PyTables write it.
#include <catch2/catch.hpp>
#include <tbb/parallel_for.h>

#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/data/events/heidelberg.hpp>
#include <retrograde/scenarios/data/events/open_set.hpp>
#include <retrograde/scenarios/data/events/stored_numbers.hpp>

#include "tests/support/heidelberg_file.hpp"
#include "tests/support/scratch.hpp"

using namespace retrograde;
using Catch::Matchers::Contains;
using test::HeidelbergLayout;
using test::SpokenSample;

namespace {

const std::vector<std::string> words = {"zero", "one", "f\xc3\xbcnf"};

// Times that are numbers of 16 bits, so that every width holds them.
std::vector<SpokenSample> spoken(std::size_t count, std::uint64_t most, int first_speaker = 0) {
  std::vector<SpokenSample> samples(count);
  for (std::size_t k = 0; k < count; ++k) {
    Random random(5, "spoken", k);
    const std::uint64_t events = k == 2 ? 0 : random.index(most + 1);
    for (std::uint64_t e = 0; e < events; ++e) {
      samples[k].seconds.push_back(half_to_double(test::half_bits(random.uniform(0.0, 1.2))));
      samples[k].units.push_back(static_cast<std::uint32_t>(random.index(200)));
    }
    samples[k].label = static_cast<int>(k % 3);
    samples[k].speaker = first_speaker + static_cast<int>(k % 4);
  }
  return samples;
}

EventSample expected(const SpokenSample& spoken) {
  EventSample sample;
  for (const double t : spoken.seconds) sample.times.push_back(t * 1000);
  sample.units = spoken.units;
  put_in_order(sample);
  return sample;
}

}  // namespace

TEST_CASE("the published layout is read in every width, order and chunking") {
  std::vector<HeidelbergLayout> layouts(9);
  layouts[1].time_bytes = 4;
  layouts[1].unit_bytes = 4;
  layouts[2].time_bytes = layouts[2].unit_bytes = 8;
  layouts[3].big_endian = true;
  layouts[4].chunk = 7;  // PyTables' VLArray: extendable, hence in chunks
  layouts[5].chunk = 7;
  layouts[5].gzip = true;
  layouts[6].chunk = 64;
  layouts[6].gzip = layouts[6].shuffle = true;
  layouts[7].names_of_fixed_width = false;
  layouts[7].unit_bytes = 1;
  layouts[8].names = layouts[8].speakers = false;
  const auto samples = spoken(23, 400);
  for (std::size_t l = 0; l < layouts.size(); ++l) {
    CAPTURE(l);
    const test::ScratchFolder folder;
    test::write_heidelberg(folder / "shd_train.h5", samples, words, layouts[l]);
    const auto set = open_heidelberg({{folder / "shd_train.h5", Part::train}}, "it");
    REQUIRE(set->size() == samples.size());
    for (std::size_t k = 0; k < samples.size(); ++k) {
      CHECK(set->sample(k) == expected(samples[k]));
      CHECK(set->label(k) == samples[k].label);
      CHECK(set->part(k) == Part::train);
    }
    CHECK(set->info().units == 700);
    if (layouts[l].names) {
      CHECK(set->info().class_names == words);
      CHECK(set->info().speakers == std::vector<std::string>{"0", "1", "2", "3"});
      CHECK(set->speaker(6) == 2);
    } else {
      CHECK(set->info().class_names == std::vector<std::string>{"0", "1", "2"});
      CHECK(set->info().speakers.empty());
    }
  }
}

TEST_CASE("times of float16 come as the exact thousandfold") {
  const test::ScratchFolder folder;
  // 0.1 s as a float16 is 1638 / 2^14 s.
  test::write_heidelberg(folder / "x.h5", {{{0.1, 1.0}, {3, 4}, 0, 0}}, words);
  const auto set = open_heidelberg({{folder / "x.h5", std::nullopt}}, "it");
  CHECK(set->sample(0).times == std::vector<Time>{1638 / 16384.0 * 1000, 1000.0});
}

TEST_CASE("the files of a set are one set, speakers numbered across them") {
  const test::ScratchFolder folder;
  test::write_heidelberg(folder / "shd_train.h5", spoken(8, 20), words);
  test::write_heidelberg(folder / "shd_test.h5", spoken(5, 20, 8), words);
  const OpenedSet opened = open_event_set(folder.path());
  CHECK(opened.kind == "shd");
  const EventSet& set = *opened.set;
  REQUIRE(set.size() == 13);
  CHECK(set.part(7) == Part::train);
  CHECK(set.part(8) == Part::test);
  CHECK(set.sample(9) == expected(spoken(5, 20)[1]));
  // In the order of numbers: 9 before 10.
  CHECK(set.info().speakers == std::vector<std::string>{"0", "1", "2", "3", "8", "9", "10", "11"});
  CHECK(set.info().speakers[set.speaker(10)] == "10");
}

TEST_CASE("samples of the Heidelberg sets are read without the HDF5 library") {
  const test::ScratchFolder folder;
  const auto samples = spoken(200, 300);
  HeidelbergLayout chunks;
  chunks.chunk = 16;
  test::write_heidelberg(folder / "ssc_valid.h5", samples, words, chunks);
  const OpenedSet opened = open_event_set(folder / "ssc_valid.h5");
  CHECK(opened.kind == "ssc");
  CHECK(opened.set->part(0) == Part::validation);
  const auto held = hdf5::library();
  std::vector<EventSample> read(samples.size());
  tbb::parallel_for(std::size_t{0}, read.size(),
                    [&](std::size_t k) { read[k] = opened.set->sample(k); });
  for (std::size_t k = 0; k < read.size(); ++k) CHECK(read[k] == expected(samples[k]));
}

TEST_CASE("a file that is missing or packed is named with what to do") {
  const test::ScratchFolder folder;
  test::write_heidelberg(folder / "shd_train.h5", spoken(3, 5), words);
  CHECK_THROWS_WITH(find_heidelberg(folder.path(), "shd"),
                    Contains("shd_test.h5") && Contains("not found") && Contains("zenkelab.org"));
  test::put(folder / "shd_test.h5.gz", "x");
  CHECK_THROWS_WITH(find_heidelberg(folder.path(), "shd"), Contains("gunzip"));
  test::put(folder / "ssc_test.h5.zip", "x");
  CHECK_THROWS_WITH(open_event_set(folder.path()), Contains("both shd_*.h5 and ssc_*.h5"));
  const test::ScratchFolder zipped;
  test::put(zipped / "ssc_train.h5.zip", "x");
  CHECK_THROWS_WITH(open_event_set(zipped.path()), Contains("unzip"));
}

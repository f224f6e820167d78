// Our own format: what is written comes back, bit for bit, and files of others in the same format are
// read, too, packed or not.
#include <catch2/catch.hpp>
#include <fstream>
#include <hdf5.h>
#include <iterator>
#include <limits>
#include <sys/stat.h>
#include <tbb/parallel_for.h>

#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/data/events/event_file.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

#include "tests/support/scratch.hpp"

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

EventSetInfo small_info() { return {"", 5, {"left", "right"}, {"ann", "bob", "cid"}}; }

EventSample drawn(std::uint64_t index, std::uint32_t units, std::uint64_t most) {
  Random random(3, "test", index);
  EventSample sample;
  const std::uint64_t count = random.index(most + 1);
  for (std::uint64_t k = 0; k < count; ++k) {
    sample.times.push_back(random.uniform(0.0, 900.0));
    sample.units.push_back(static_cast<std::uint32_t>(random.index(units)));
  }
  put_in_order(sample);
  return sample;
}

void write_drawn(const std::string& path, std::size_t samples, std::uint32_t units,
                 std::uint64_t most) {
  EventFileWriter writer(path, {"", units, {"a", "b", "c"}, {}});
  for (std::size_t k = 0; k < samples; ++k)
    writer.add(drawn(k, units, most), static_cast<int>(k % 3), 0, std::nullopt);
  writer.finish();
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("what is written into an event file comes back bit for bit") {
  const test::ScratchFolder folder;
  const std::string path = folder / "set.h5";
  const std::vector<EventSample> samples = {
      {{0.0, 0.1, 1.0 / 3, 99.25}, {4, 0, 2, 1}}, {}, {{5e-324, 7.0, 7.0}, {0, 3, 3}}};
  {
    EventFileWriter writer(path, small_info());
    writer.add(samples[0], 1, 2, Part::train);
    writer.add(samples[1], 0, 0, std::nullopt);
    writer.add(samples[2], 1, 1, Part::test);
    writer.finish();
  }
  CHECK(folder.names() == std::vector<std::string>{"set.h5"});
  const auto set = open_event_file(path);
  CHECK(set->info().source == path);
  CHECK(set->info().units == 5);
  CHECK(set->info().class_names == std::vector<std::string>{"left", "right"});
  CHECK(set->info().speakers == std::vector<std::string>{"ann", "bob", "cid"});
  REQUIRE(set->size() == 3);
  for (std::size_t k = 0; k < 3; ++k) CHECK(set->sample(k) == samples[k]);
  CHECK((set->label(0) == 1 && set->label(1) == 0 && set->label(2) == 1));
  CHECK((set->speaker(0) == 2 && set->speaker(1) == 0 && set->speaker(2) == 1));
  CHECK(set->part(0) == Part::train);
  CHECK(set->part(1) == std::nullopt);
  CHECK(set->part(2) == Part::test);
}

TEST_CASE("a set whose samples are all empty is a set") {
  const test::ScratchFolder folder;
  const std::string path = folder / "silent.h5";
  EventFileWriter writer(path, {"", 3, {"one"}, {}});
  writer.add({}, 0, 0, std::nullopt);
  writer.add({}, 0, 0, std::nullopt);
  writer.finish();
  const auto set = open_event_file(path);
  REQUIRE(set->size() == 2);
  CHECK(set->sample(1) == EventSample{});
  CHECK(set->info().speakers.empty());
  CHECK(set->part(0) == std::nullopt);
}

TEST_CASE("an event file that is not finished leaves what was there") {
  const test::ScratchFolder folder;
  const std::string path = folder / "set.h5";
  test::put(path, "before");
  {
    EventFileWriter writer(path, small_info());
    writer.add({{1.0}, {0}}, 0, 0, std::nullopt);
  }
  CHECK(bytes_of(path) == "before");
  CHECK(folder.names() == std::vector<std::string>{"set.h5"});
  write_drawn(path, 3, 5, 10);
  CHECK(open_event_file(path)->size() == 3);
}

TEST_CASE("an event file depends on nothing but its content") {
  const test::ScratchFolder folder;
  write_drawn(folder / "a.h5", 40, 300, 500);
  write_drawn(folder / "b.h5", 40, 300, 500);
  CHECK(bytes_of(folder / "a.h5") == bytes_of(folder / "b.h5"));
}

TEST_CASE("units beyond 65,536 are kept as they are") {
  const test::ScratchFolder folder;
  const std::string path = folder / "wide.h5";
  const EventSample sample{{1.0, 2.0}, {70'000, 65'536}};
  EventFileWriter writer(path, {"", 70'001, {"one"}, {}});
  writer.add(sample, 0, 0, std::nullopt);
  writer.finish();
  CHECK(open_event_file(path)->sample(0) == sample);
}

TEST_CASE("many threads read one event file, and nobody waits for the HDF5 library") {
  const test::ScratchFolder folder;
  const std::string path = folder / "set.h5";
  write_drawn(path, 500, 700, 300);
  const auto set = open_event_file(path);
  const auto held = hdf5::library();  // whoever needs it now waits for ever
  std::vector<EventSample> read(set->size());
  tbb::parallel_for(std::size_t{0}, set->size(), [&](std::size_t k) { read[k] = set->sample(k); });
  for (std::size_t k = 0; k < read.size(); ++k) CHECK(read[k] == drawn(k, 700, 300));
}

TEST_CASE("the writer refuses what no reader would take") {
  const test::ScratchFolder folder;
  EventFileWriter writer(folder / "set.h5", small_info());
  const auto add = [&](const EventSample& sample, int label = 0, std::uint32_t speaker = 0) {
    writer.add(sample, label, speaker, std::nullopt);
  };
  CHECK_THROWS_WITH(add({{1.0}, {5}}), Contains("unit 5; they are 0 to 4"));
  CHECK_THROWS_WITH(add({{-1.0}, {0}}), Contains("is at -1 ms"));
  CHECK_THROWS_WITH(add({{std::numeric_limits<double>::quiet_NaN()}, {0}}), Contains("finite"));
  CHECK_THROWS_WITH(add({{1.0}, {}}), Contains("1 times, but 0 units"));
  CHECK_THROWS_WITH(add({}, 2), Contains("label 2 of 2 classes"));
  CHECK_THROWS_WITH(add({}, -1), Contains("label -1"));
  CHECK_THROWS_WITH(add({}, 0, 3), Contains("speaker 3 of 3"));
  CHECK_THROWS_WITH(writer.finish(), Contains("no samples"));
  CHECK_THROWS_AS(EventFileWriter(folder / "x.h5", EventSetInfo{}), ScenarioError);
  CHECK_THROWS_AS(EventFileWriter(folder / "no" / "x.h5", small_info()), IoError);
}

namespace {

// As somebody else writes the format, with h5py's defaults for `compression="gzip"` and with plain
// datasets: other widths, chunks, float32.
void write_as_others(const std::filesystem::path& path, bool packed) {
  hdf5::Writer out(path);
  std::vector<float> times;
  std::vector<std::int32_t> units;
  for (int k = 0; k < 6000; ++k) {
    times.push_back(static_cast<float>((k * 37) % 1000) * 0.5f);
    units.push_back(k % 7);
  }
  const std::size_t count = packed ? 6000 : 4000;  // the writer packs what is longer than 4096
  out.text("/format", "retrograde events");
  out.integer("/version", 1);
  out.integer("/unit_count", 7);
  out.texts("/class_names", std::vector<std::string>{"a", "b"}, {2});
  out.numbers("/times", std::span(times).first(count), {count});
  out.numbers("/units", std::span(units).first(count), {count});
  out.numbers("/offsets", std::vector<std::int32_t>{0, 1500, static_cast<int>(count)}, {3});
  out.numbers("/labels", std::vector<std::int32_t>{1, 0}, {2});
}

}  // namespace

TEST_CASE("event files of others are read, in chunks and packed or in one piece") {
  const test::ScratchFolder folder;
  for (const bool packed : {false, true}) {
    CAPTURE(packed);
    const std::string path = folder / "others.h5";
    write_as_others(path, packed);
    CHECK(hdf5::Reader(std::filesystem::path(path)).placement("/times").offset.has_value() !=
          packed);
    std::vector<std::uint64_t> told;
    const auto set = open_event_file(
        path, [&](std::uint64_t done, std::uint64_t, std::string_view) { told.push_back(done); });
    CHECK(told == (packed ? std::vector<std::uint64_t>{6000, 6000} : std::vector<std::uint64_t>{}));
    EventSample expected;
    for (int k = 0; k < 1500; ++k) {
      expected.times.push_back((k * 37) % 1000 * 0.5);
      expected.units.push_back(static_cast<std::uint32_t>(k % 7));
    }
    put_in_order(expected);
    CHECK(set->sample(0) == expected);
    CHECK(set->sample(1).times.size() == (packed ? 4500 : 2500));
    CHECK(set->label(0) == 1);
    CHECK(folder.names() == std::vector<std::string>{"others.h5"});
  }
}

TEST_CASE("events are put into order, and whether they were is told") {
  EventSample sample{{3.0, 1.0, 1.0}, {0, 2, 1}};
  CHECK_FALSE(put_in_order(sample));
  CHECK(sample == EventSample{{1.0, 1.0, 3.0}, {1, 2, 0}});
  CHECK(put_in_order(sample));
  EventSample none;
  CHECK(put_in_order(none));
}

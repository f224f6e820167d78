// Sets of events that are wrong, cut off, of another kind or forged: each is a named error with the place
// and what to do, never a crash, and never a sample that is not in the file.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/data/events/event_file.hpp>
#include <retrograde/scenarios/data/events/heidelberg.hpp>
#include <retrograde/scenarios/data/events/number_lists.hpp>
#include <retrograde/scenarios/data/events/open_set.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

#include "tests/support/command.hpp"
#include "tests/support/heidelberg_file.hpp"
#include "tests/support/own_bytes.hpp"
#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// The content of a file of our format, good as it stands; a case changes one thing.
struct Content {
  std::string format = "retrograde events";
  std::vector<double> version = {1}, unit_count = {4};
  std::vector<std::string> class_names = {"a", "b"}, speaker_names = {"x"};
  std::vector<double> times = {0.5, 1, 0, 7};
  std::vector<double> units = {3, 0, 1, 2}, offsets = {0, 1, 4}, labels = {1, 0}, parts = {0, 2},
                      speakers = {0, 0};
  std::string without;  // a dataset that is missing
  std::string added;    // one that nobody knows
};

void write(const Content& c, const std::filesystem::path& path) {
  hdf5::Writer out(path);
  const auto put_list = [&](const std::string& name, const std::vector<double>& values) {
    if (name != c.without) out.numbers("/" + name, values, {values.size()});
  };
  const auto put_whole = [&](const std::string& name, const std::vector<double>& values) {
    std::vector<std::int64_t> whole(values.begin(), values.end());
    if (name != c.without) out.numbers("/" + name, whole, {whole.size()});
  };
  const auto put_names = [&](const std::string& name, const std::vector<std::string>& names) {
    if (name != c.without) out.texts("/" + name, names, {names.size()});
  };
  if (c.without != "format") out.text("/format", c.format);
  put_list("version", c.version);
  put_list("unit_count", c.unit_count);
  put_names("class_names", c.class_names);
  put_names("speaker_names", c.speaker_names);
  put_list("times", c.times);
  put_whole("units", c.units);
  put_list("offsets", c.offsets);
  put_list("labels", c.labels);
  put_list("parts", c.parts);
  put_list("speakers", c.speakers);
  if (!c.added.empty()) put_list(c.added, {0, 1});
}

// What reading all of it says.
std::string complaint(const std::filesystem::path& path) {
  try {
    const auto set = open_event_set(path.string()).set;
    for (std::size_t k = 0; k < set->size(); ++k) (void)set->sample(k);
  } catch (const FormatError& error) {
    CHECK_THAT(error.what(), Contains(path.filename().string()));
    return error.what();
  } catch (const IoError& error) {
    return error.what();
  }
  return "accepted";
}

template <typename Change>
std::string complaint_of(const Change& change) {
  const ScratchFolder folder;
  Content content;
  change(content);
  write(content, folder / "set.h5");
  return complaint(folder / "set.h5");
}

SpokenSample spoken(std::size_t k) {
  SpokenSample sample;
  for (std::size_t e = 0; e < 40 + k; ++e) {
    sample.seconds.push_back(static_cast<double>(e) / 128);
    sample.units.push_back(static_cast<std::uint32_t>(17 * e % 700));
  }
  sample.label = static_cast<int>(k % 2);
  return sample;
}

void put_number(Bytes& bytes, std::size_t at, std::uint64_t value, int width) {
  for (int k = 0; k < width; ++k)
    bytes[at + static_cast<std::size_t>(k)] = static_cast<std::uint8_t>(value >> (8 * k));
}

}  // namespace

TEST_CASE("every part of an event file that cannot be meant is named with the remedy") {
  CHECK(complaint_of([](Content&) {}) == "accepted");
  CHECK_THAT(complaint_of([](Content& c) { c.format = "other"; }), Contains("/format"));
  CHECK_THAT(complaint_of([](Content& c) { c.version = {2}; }),
             Contains("/version") && Contains("version 1"));
  CHECK_THAT(complaint_of([](Content& c) { c.unit_count = {0}; }), Contains("/unit_count"));
  CHECK_THAT(complaint_of([](Content& c) { c.unit_count = {1e18}; }), Contains("/unit_count"));
  CHECK_THAT(complaint_of([](Content& c) { c.unit_count = {2.5}; }), Contains("/unit_count"));
  CHECK_THAT(
      complaint_of([](Content& c) { c.unit_count = {3}; }),
      Contains("/units") && Contains("event 0 of sample 0 is of unit 3") && Contains("0 to 2"));
  CHECK_THAT(complaint_of([](Content& c) { c.units[2] = -1; }), Contains("unit -1"));
  CHECK_THAT(complaint_of([](Content& c) { c.units.pop_back(); }),
             Contains("3 units, but 4 times"));
  CHECK_THAT(complaint_of([](Content& c) { c.times[1] = std::nan(""); }),
             Contains("/times") && Contains("sample 1: event 0 is at nan ms"));
  CHECK_THAT(complaint_of([](Content& c) { c.times[3] = -0.5; }), Contains("event 2 is at -0.5"));
  CHECK_THAT(complaint_of([](Content& c) { c.times[3] = 1.0 / 0.0; }), Contains("inf ms"));
  CHECK_THAT(complaint_of([](Content& c) { c.labels[1] = 2; }),
             Contains("/labels") && Contains("that of sample 1 is 2") && Contains("from 0 to 1"));
  CHECK_THAT(complaint_of([](Content& c) { c.labels[0] = 0.5; }), Contains("/labels"));
  CHECK_THAT(complaint_of([](Content& c) { c.labels = {}; }), Contains("at least one label"));
  CHECK_THAT(complaint_of([](Content& c) { c.class_names = {}; }), Contains("/class_names"));
  CHECK_THAT(complaint_of([](Content& c) { c.class_names[1] = "a"; }),
             Contains("/class_names") && Contains("\"a\" stands there twice"));
  CHECK_THAT(complaint_of([](Content& c) {
               c.speaker_names = {"x", "y", "x"};
             }),
             Contains("/speaker_names") && Contains("twice"));
  CHECK_THAT(complaint_of([](Content& c) { c.parts[1] = 3; }), Contains("/parts"));
  CHECK_THAT(complaint_of([](Content& c) { c.parts.pop_back(); }),
             Contains("1 values for 2 samples"));
  CHECK_THAT(complaint_of([](Content& c) { c.speakers[0] = 1; }), Contains("/speakers"));
  CHECK_THAT(complaint_of([](Content& c) { c.without = "speaker_names"; }),
             Contains("belong together"));
  for (const char* needed :
       {"version", "unit_count", "class_names", "times", "units", "offsets", "labels"})
    CHECK_THAT(complaint_of([&](Content& c) { c.without = needed; }),
               Contains(needed) && Contains("missing"));
  CHECK(complaint_of([](Content& c) { c.without = "parts"; }) == "accepted");
  // Order among the events of a sample is nothing to insist on.
  CHECK(complaint_of([](Content& c) { c.times = {0.5, 7, 1, 0}; }) == "accepted");
}

TEST_CASE("a dataset that is not known, as a misspelt one, is named with those that are") {
  const auto misspelt = [](const char* name, const char* meant) {
    return complaint_of([&](Content& c) {
      c.without = meant;
      c.added = name;
    });
  };
  CHECK_THAT(misspelt("part", "parts"), Contains("/part:") && Contains("did you mean parts?") &&
                                            Contains("known are format, version, unit_count") &&
                                            Contains("speaker_names. Rename it"));
  CHECK_THAT(misspelt("lables", "labels"), Contains("did you mean labels?"));
  CHECK_THAT(misspelt("extra/inside", ""), Contains("/extra") && Contains("take it out"));
}

TEST_CASE("offsets that fall, leave the events or end elsewhere are refused") {
  for (const std::vector<double>& offsets : {std::vector<double>{0, 5, 4},
                                             {1, 2, 4},
                                             {0, 1, 3},
                                             {0, 1, 5},
                                             {0, -1, 4},
                                             {0, 0.5, 4},
                                             {0, 1, 9e18},
                                             {0, std::nan(""), 4}}) {
    CAPTURE(offsets);
    CHECK_THAT(complaint_of([&](Content& c) { c.offsets = offsets; }),
               Contains("/offsets") && Contains("never fall"));
  }
  CHECK_THAT(complaint_of([](Content& c) {
               c.offsets = {0, 4};
             }),
             Contains("2 offsets for 2 samples"));
}

TEST_CASE("what is no set of events is told apart") {
  const ScratchFolder folder;
  put(folder / "text.h5", "not at all");
  CHECK_THAT(complaint(folder / "text.h5"), Contains("does not begin as an HDF5 file"));
  put(folder / "empty.h5", "");
  CHECK_THAT(complaint(folder / "empty.h5"), Contains("does not begin"));
  put(folder / "packed.h5", Bytes{0x1f, 0x8b, 8, 0});
  CHECK_THAT(complaint(folder / "packed.h5"), Contains("unpack it"));
  put(folder / "packed.zip", "PK\x03\x04");
  CHECK_THAT(complaint(folder / "packed.zip"), Contains("unpack it"));
  {
    hdf5::Writer other(folder / "other.h5");
    other.number("/x", 1);
  }
  CHECK_THAT(complaint(folder / "other.h5"), Contains("no set of events"));
  CHECK_THROWS_AS(open_event_set(folder / "nothing.h5"), IoError);
  CHECK_THROWS_WITH(open_event_set(folder.path()), Contains("no set of events is in it"));
}

TEST_CASE("a set that ends early is refused wherever it ends") {
  const ScratchFolder folder;
  const auto path = folder / "shd_train.h5";
  write_heidelberg(path, 6, spoken, {"zero", "one"});
  const Bytes whole = read_file(path);
  write(Content{}, folder / "set.h5");
  const Bytes ours = read_file(folder / "set.h5");
  for (const Bytes* file : {&whole, &ours})
    for (std::size_t k = 0; k < 60; ++k) {
      const std::size_t length = k * file->size() / 60;
      CAPTURE(length);
      put(path, Bytes(file->begin(), file->begin() + static_cast<std::ptrdiff_t>(length)));
      CHECK(complaint(path) != "accepted");
    }
}

TEST_CASE("forged references and heaps are refused with their place") {
  const ScratchFolder folder;
  const auto path = folder / "shd_train.h5";
  write_heidelberg(path, 6, spoken, {"zero", "one"});
  const OwnBytes good = own_bytes(path);
  REQUIRE(good.heaps.size() >= 1);
  std::size_t references, heap = good.heaps[0];
  {
    const hdf5::Reader reader(path);
    references = *reader.placement("/spikes/times").offset;
  }
  const auto changed = [&](std::size_t at, std::uint64_t value, int width) {
    Bytes bytes = good.file;
    put_number(bytes, at, value, width);
    put(path, bytes);
    return complaint(path);
  };
  CHECK(complaint(path) == "accepted");
  CHECK_THAT(changed(references, 0xffffffff, 4), Contains("times, but 40 units"));
  CHECK_THAT(changed(references + 4, good.file.size() + 8, 8), Contains("the file has"));
  CHECK_THAT(changed(references + 4, ~std::uint64_t{0}, 8), Contains("the file has"));
  CHECK_THAT(changed(references + 4, 8, 8), Contains("there is none"));
  CHECK_THAT(changed(references + 12, 60'000, 4), Contains("no object 60000"));
  CHECK_THAT(changed(references + 12, 0, 4), Contains("no object 0"));
  CHECK_THAT(changed(heap, 'X', 1), Contains(fmt::format("byte {}", heap)) && Contains("none"));
  CHECK_THAT(changed(heap + 4, 2, 1), Contains("version 2"));
  CHECK_THAT(changed(heap + 8, ~std::uint64_t{0}, 8), Contains("does not fit into the file"));
  CHECK_THAT(changed(heap + 8, 3, 8), Contains("a heap of 3 bytes"));
  CHECK_THAT(changed(heap + 24, ~std::uint64_t{0}, 8), Contains("does not fit into its heap"));
  // The first object is the list of sample 0: 40 floats of two bytes.
  CHECK_THAT(changed(heap + 24, 79, 8), Contains("but its object has 79"));
  const std::uint64_t room = [&] {
    std::uint64_t size = 0;
    for (int k = 0; k < 8; ++k) size |= std::uint64_t{good.file[heap + 8 + k]} << (8 * k);
    return size - 16 - 16;  // of the heap, less its head and that of the object
  }();
  CHECK_THAT(changed(heap + 24, room + 1, 8), Contains("does not fit into its heap"));
}

TEST_CASE("no change of the bytes that we read ourselves does more than a named error") {
  const ScratchFolder folder;
  const auto path = folder / "shd_train.h5";
  write_heidelberg(path, 5, spoken, {"zero", "one"});
  const OwnBytes good = own_bytes(path);
  Random random(1, "forged");
  std::size_t refused = 0;
  for (int round = 0; round < 1500; ++round) {
    Bytes bytes = good.file;
    for (std::uint64_t k = random.index(4) + 1; k > 0; --k)
      bytes[good.places[random.index(good.places.size())]] =
          static_cast<std::uint8_t>(random.bits());
    put(path, bytes);
    refused += complaint(path) != "accepted";
  }
  CHECK(refused > 100);
}

TEST_CASE("files whose lists do not belong together are refused") {
  const ScratchFolder folder;
  const auto path = folder / "shd_train.h5";
  const auto complaint_with = [&](const auto& sample, const HeidelbergLayout& layout = {}) {
    write_heidelberg(path, 3, sample, {"zero", "one"}, layout);
    return complaint(path);
  };
  CHECK_THAT(complaint_with([](std::size_t k) {
               SpokenSample s = spoken(k);
               if (k == 1) s.units.pop_back();
               return s;
             }),
             Contains("sample 1 has 41 times, but 40 units"));
  CHECK_THAT(complaint_with([](std::size_t k) {
               SpokenSample s = spoken(k);
               s.units[5] = 700;
               return s;
             }),
             Contains("event 5 of sample 0 is of unit 700") && Contains("0 to 699"));
  CHECK_THAT(complaint_with([](std::size_t k) {
               SpokenSample s = spoken(k);
               s.label = 2;
               return s;
             }),
             Contains("/labels") && Contains("there are 2 classes"));
  HeidelbergLayout wide;
  wide.time_bytes = 8;
  CHECK_THAT(complaint_with(
                 [](std::size_t k) {
                   SpokenSample s = spoken(k);
                   s.seconds[3] = -0.25;
                   return s;
                 },
                 wide),
             Contains("event 3 is at -250 ms"));
  write_heidelberg(folder / "shd_test.h5", 3, spoken, {"null", "eins"});
  write_heidelberg(path, 3, spoken, {"zero", "one"});
  CHECK_THROWS_WITH(open_event_set(folder.path()), Contains("do not belong together"));
}

TEST_CASE("heaps whose objects never end are left after as many as there can be") {
  RawFile file = RawFile::temporary(std::filesystem::temp_directory_path(), "heap");
  Bytes heap(std::size_t{1} << 21, 0);
  std::copy_n("GCOL\1\0\0\0", 8, heap.begin());
  put_number(heap, 8, heap.size(), 8);
  for (std::size_t at = 16; at + 16 <= heap.size(); at += 16) put_number(heap, at, 7, 2);
  put_number(heap, 16 + 16 * 70'000, 9, 2);  // behind more than can have a number
  file.append(heap);
  CHECK_THROWS_WITH(read_heap_object(file, 0, 9, 0), Contains("no object 9"));
  CHECK(read_heap_object(file, 0, 7, 0).empty());
}

TEST_CASE("retro data refuses what it cannot mean") {
  const ScratchFolder folder;
  write(Content{}, folder / "set.h5");
  const std::string set = (folder / "set.h5").string();
  const auto refused = [&](const std::string& arguments) {
    const CommandResult result = retro(arguments, folder.path());
    CAPTURE(arguments, result.err);
    CHECK(result.status == 2);
    return result.err;
  };
  CHECK_THAT(refused("data"), Contains("info|plot|convert"));
  CHECK_THAT(refused("data show " + set), Contains("info, plot or convert is needed"));
  CHECK_THAT(refused("data info"), Contains("name a file or folder"));
  CHECK_THAT(refused("data info " + set + " --svg x.svg"), Contains("`retro data plot`"));
  CHECK_THAT(refused("data plot " + set + " --sample 2"), Contains("2 samples, numbered from 0"));
  CHECK_THAT(refused("data convert " + set + " --bin 0ms"), Contains("above 0"));
  CHECK_THAT(refused("data convert " + set + " --bin 3"), Contains("--bin 3"));
  CHECK_THAT(refused("data convert " + set + " --out " + set), Contains("--overwrite"));
  CHECK_THAT(refused("data info nothing.h5"), Contains("nothing.h5"));
  CHECK(folder.names() == std::vector<std::string>{".stderr", ".stdout", "set.h5"});
  const std::string piped = "cd '" + folder.path().string() +
                            "' && cat set.h5 | '" RETROGRADE_CLI "' data info /dev/stdin 2>err";
  CHECK(std::system(piped.c_str()) != 0);
  CHECK_THAT(get(folder / "err"), Contains("is no regular file") && Contains("into a file"));
}

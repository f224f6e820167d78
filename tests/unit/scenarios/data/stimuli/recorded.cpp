// Files of spikes as other programs write them.
#include <catch2/catch.hpp>
#include <hdf5.h>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/stimuli/recorded.hpp>
#include <retrograde/scenarios/io/arrays/array_file.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

SpikeChoice of(std::uint32_t size, std::uint64_t first = 0) {
  return {.size = size, .first = first, .name = "here"};
}

std::vector<std::uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

// Of the only trial.
std::vector<Spike> parse(std::string_view text, const SpikeChoice& choice,
                         const std::string& file = "spikes.csv", const SpikeReading& reading = {}) {
  const auto trials = chosen_spikes(parse_spike_file(bytes_of(text), file, reading), choice);
  REQUIRE(trials.size() == 1);
  return trials[0];
}

std::vector<Spike> read(const std::filesystem::path& path, const SpikeChoice& choice) {
  return chosen_spikes(read_spike_file(path), choice).at(0);
}

std::string refusal(std::string_view text, const SpikeChoice& choice = of(10),
                    const std::string& file = "spikes.csv", const SpikeReading& reading = {}) {
  try {
    parse(text, choice, file, reading);
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing";
}

// A SONATA file, its units as a text of fixed or of variable length; none: no attribute.
void write_sonata(const std::string& path, const std::vector<std::string>& groups,
                  const char* units, bool variable) {
  {
    hdf5::Writer writer{std::filesystem::path(path)};
    for (const std::string& group : groups) {
      writer.numbers(group + "/timestamps", std::vector<double>{3.5, 1.0, 2.0}, {3});
      writer.numbers(group + "/node_ids", std::vector<std::int64_t>{1, 0, 1}, {3});
    }
  }
  if (!units) return;
  const auto lock = hdf5::library();
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  for (const std::string& group : groups) {
    const hid_t data = H5Dopen2(file, (group + "/timestamps").c_str(), H5P_DEFAULT);
    const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, variable ? H5T_VARIABLE : std::string_view(units).size());
    const hid_t attribute = H5Acreate2(data, "units", type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, type, variable ? static_cast<const void*>(&units) : units);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
    H5Dclose(data);
  }
  H5Fclose(file);
}

const std::vector<Spike> three = {{1.0, 0}, {2.0, 1}, {3.5, 1}};

}  // namespace

TEST_CASE("spikes as text: CSV, with units and separators, and what NEST records") {
  CHECK(parse("neuron,time_ms\n1,3.5\n0,1\n1,2\n", of(2)) == three);
  CHECK(parse("time_s;id\r\n3.5e-3;1\r\n# a comment\r\n\r\n0.001;0\r\n0.002;1\r\n", of(2)) ==
        three);
  CHECK(parse("\xef\xbb\xbftime_us\tunit\n3500\t1\n1000\t0\n2000\t1", of(2)) == three);
  CHECK(parse("time,node_id\n0.0035,1\n0.001,0\n0.002,1\n", of(2), "s.csv", {.unit = 1e3}) ==
        three);
  // NEST 3: RecordBackendASCII version 2.
  CHECK(parse("# NEST version: 3.4.0\n# RecordBackendASCII version: 2\nsender\ttime_ms\n"
              "102\t3.500\n101\t1.000\n102\t2.000\n",
              of(2, 101), "recorder-101-0.dat") == three);
  // NEST 2: no line with names.
  CHECK(parse("102\t3.500\t\n101\t1.000\t\n102 2.000\n", of(2, 101), "spikes-101-0.gdf") == three);
  CHECK(parse("neuron,time_ms\n", of(2)).empty());
}

TEST_CASE("spikes as arrays of NPZ and HDF5, and as SONATA") {
  const ScratchFolder scratch;
  const std::vector<NamedArray> arrays = {{"senders", {{3}, {1, 0, 1}, true}},
                                          {"times", {{3}, {3.5, 1, 2}, false}}};
  for (const char* name : {"a.npz", "a.h5"}) {
    const std::string path = (scratch / name).string();
    write_arrays(path, *array_format_of(path), arrays);
    CHECK(read(path, of(2)) == three);
  }
  for (const bool variable : {false, true}) {
    const std::string path = (scratch / (variable ? "v.h5" : "f.h5")).string();
    write_sonata(path, {"/spikes/cortex"}, "milliseconds", variable);
    CHECK(read(path, of(2)) == three);
    write_sonata(path, {"/spikes"}, "seconds", variable);
    CHECK(read(path, of(2))[2] == Spike{3500.0, 1});
    write_sonata(path, {"/spikes/a", "/spikes/b"}, nullptr, variable);
    CHECK_THROWS_WITH(read(path, of(2)),
                      Contains("no spikes of a population here; write population = \"b\"") &&
                          Contains("another of a, b"));
    SpikeChoice b = of(2);
    b.population = "b";
    CHECK(read(path, b) == three);
    b.population = "c";
    CHECK_THROWS_WITH(read(path, b), Contains("no spikes of a population c"));
    b.population = "";
    b.name = "a";
    CHECK(read(path, b) == three);
    write_sonata(path, {"/spikes/a"}, "fortnights", variable);
    CHECK_THROWS_WITH(read(path, of(2)), Contains("milliseconds and seconds are read"));
  }
}

TEST_CASE("what is no file of spikes is refused with its place and a remedy") {
  CHECK_THAT(refusal(""), Contains("it has no line; name the columns"));
  CHECK_THAT(refusal("1,2\n"), Contains("line 1: \"1\" is no column of spikes; name the columns"));
  CHECK_THAT(refusal("neuron,time_ms,weight\n"), Contains("\"weight\" is no column"));
  CHECK_THAT(refusal("neuron,id,time_ms\n"), Contains("\"id\" says again what \"neuron\" says"));
  CHECK_THAT(refusal("time_ms\n1\n"), Contains("no column has the neurons"));
  CHECK_THAT(refusal("neuron\n1\n"), Contains("no column has the times"));
  CHECK_THAT(refusal("sender time_step time_offset\n"), Contains("time_in_steps = False"));
  CHECK_THAT(refusal("neuron,time\n1,2\n"), Contains("in which unit") && Contains("time_ms"));
  CHECK_THAT(refusal("neuron,time_ms\n1,2\n3\n"), Contains("line 3: it has 1 cells"));
  CHECK_THAT(refusal("neuron,time_ms\n1,x\n"), Contains("line 2: time is \"x\"; a finite number"));
  CHECK_THAT(refusal("neuron,time_ms\n1,inf\n"), Contains("time is \"inf\""));
  CHECK_THAT(refusal("neuron,time_ms\n1,-2\n"), Contains("at -2 ms"));
  CHECK_THAT(refusal("neuron,time_ms\n1.5,2\n"), Contains("neuron is \"1.5\"; a whole number"));
  CHECK_THAT(refusal("neuron,time_ms\n11,2\n12,3\n"),
             Contains("called 0 to 9") && Contains("has 11 to 12: write first = 11"));
  CHECK_THAT(refusal("neuron,time_ms\n1,2\n1,2\n"), Contains("neuron 1 fires twice at 2 ms"));
  CHECK_THAT(refusal(std::string_view("neuron\0", 7)), Contains("neither text"));
  CHECK_THAT(refusal("neuron,time_ms\n1,2\n1,3\n", of(10), "a.csv", {.most = 1}),
             Contains("more than 1 spikes"));
  CHECK_THAT(refusal("neuron,time_ms\n1,2\n", of(10), "a.csv", {.unit = 1.0}),
             Contains("remove unit"));
  CHECK_THAT(refusal("1\t2\t3\n", of(10), "a.gdf"), Contains("line 1: a line of a .gdf file"));
  CHECK_THAT(refusal("neuron,time_ms,trial\n1,2,-1\n"), Contains("trial is \"-1\""));
  CHECK_THAT(refusal("{\"schema\": 1"), Contains("begins as JSON does"));
  SpikeChoice named = of(10);
  named.population = "a";
  CHECK_THAT(refusal("neuron,time_ms\n1,2\n", named),
             Contains("population = \"a\" chooses nothing; remove it"));
  const ScratchFolder scratch;
  CHECK_THROWS_AS(read_spike_file(scratch / "none.csv"), IoError);
  CHECK_THROWS_WITH(read_spike_file(scratch.path()), Contains("no file"));
}

TEST_CASE("a file of several populations and trials gives each population its trials") {
  const std::string text =
      "# size 3 a\n# size 2 b c\n# duration_ms 10\n# duration_ms 5\n"
      "population,neuron,time_ms,trial\na,2,1,1\nb c,1,4,0\na,0,9,0\na,2,0.5,1\n";
  const SpikeFile file = parse_spike_file(bytes_of(text), "f.csv");
  CHECK(file.trials == 2);
  CHECK(file.durations == std::vector<Time>{10, 5});
  SpikeChoice a{.size = 3, .name = "a"};
  CHECK(chosen_spikes(file, a) == std::vector<std::vector<Spike>>{{{9, 0}}, {{0.5, 2}, {1, 2}}});
  a.trial = 1;
  CHECK(chosen_spikes(file, a) == std::vector<std::vector<Spike>>{{{0.5, 2}, {1, 2}}});
  a.trial = 2;
  CHECK_THROWS_WITH(chosen_spikes(file, a), Contains("no trial 2; its trials are 0 to 1"));
  const SpikeChoice other{.size = 3, .name = "x", .population = "b c"};
  CHECK(chosen_spikes(file, other) == std::vector<std::vector<Spike>>{{{4, 1}}, {}});
  // A neuron may fire at the same time in two trials.
  CHECK(chosen_spikes(parse_spike_file(bytes_of("id;time_s;trial\n0;1;0\n0;1;1\n"), "f.csv"),
                      a = {.size = 1})
            .size() == 2);
}

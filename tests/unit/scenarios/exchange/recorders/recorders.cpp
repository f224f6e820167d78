// Spikes and samples as files: what is written is what is read, bit for bit, of every kind; files of others;
// files that are wrong.
#include <algorithm>
#include <catch2/catch.hpp>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/recorders/sample_file.hpp>
#include <retrograde/scenarios/exchange/recorders/spike_recording.hpp>
#include <retrograde/scenarios/io/arrays/array_file.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>

#include "tests/support/scratch.hpp"

using namespace retrograde;
using Catch::Contains;

namespace {

// An input, a population that fires and a readout.
Network three() {
  NetworkBuilder builder;
  builder.add({.name = "in", .model = Model::input, .size = 2});
  builder.add({.name = "hidden layer", .model = Model::alif, .size = 3});
  builder.add({.name = "out", .model = Model::cuba_li, .size = 1});
  return builder.build();
}

Tape tape_of(Time duration, const std::vector<std::pair<Time, NeuronId>>& spikes) {
  Tape tape;
  tape.duration = duration;
  for (const auto& [time, neuron] : spikes) {
    TapeSpike spike{};
    spike.time = time;
    spike.neuron = neuron;
    tape.spikes.push_back(spike);
  }
  return tape;
}

std::string written(const std::string& path, const std::string& text) {
  write_file(path, text);
  return path;
}

template <typename Call>
std::string message(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

std::vector<std::pair<Time, NeuronId>> spikes_of(const Tape& tape) {
  std::vector<std::pair<Time, NeuronId>> all;
  for (const TapeSpike& s : tape.spikes) all.emplace_back(s.time, s.neuron);
  return all;
}

}  // namespace

TEST_CASE(
    "spikes come back from every kind of file as they were, with sizes, trials and durations") {
  const test::ScratchFolder folder;
  const Network network = three();
  const std::vector<Tape> trials = {
      tape_of(20.5, {{0.1, 0}, {1.0 / 3, 3}, {1.0 / 3, 4}, {19.9, 1}}), tape_of(7, {}),
      tape_of(20.5, {{2.5, 2}})};
  for (const std::size_t count : {1, 3})
    for (const char* name : {"s.csv", "s.npz", "s.h5", "s.hdf5"}) {
      INFO(name << ", trials: " << count);
      const std::string path = (folder / name).string();
      check_recording_name(path, "--spikes", network);
      write_spike_recording(path, network, std::span(trials).first(count));
      const SpikeRecording read = recording_of(read_spike_file(path));
      CHECK(read.notes.empty());
      // A readout never fires and is not there.
      REQUIRE(read.network.populations().size() == 2);
      REQUIRE(read.trials.size() == count);
      for (std::size_t k = 0; k < count; ++k) {
        CHECK(read.trials[k].duration == trials[k].duration);
        std::vector<std::pair<Time, NeuronId>> expected, got;
        const auto name_of = [](const Network& n, NeuronId neuron) {
          return n.neuron_name(neuron);
        };
        std::vector<std::pair<Time, std::string>> a, b;
        for (const auto& [time, neuron] : spikes_of(trials[k]))
          a.emplace_back(time, name_of(network, neuron));
        for (const auto& [time, neuron] : spikes_of(read.trials[k]))
          b.emplace_back(time, name_of(read.network, neuron));
        std::sort(a.begin(), a.end());
        std::sort(b.begin(), b.end());
        CHECK(a == b);
      }
      for (const Population& p : read.network.populations())
        CHECK(p.size == (p.name == "in" ? 2 : 3));
      std::filesystem::remove(path);
    }
}

TEST_CASE("an HDF5 file of spikes has the layout of SONATA") {
  const test::ScratchFolder folder;
  const std::string path = (folder / "s.h5").string();
  const std::vector<Tape> trials = {tape_of(20, {{0.5, 0}, {1.5, 4}, {2.5, 2}})};
  write_spike_recording(path, three(), trials);
  const ArrayFile file(path);
  CHECK(file.read("spikes/hidden layer/timestamps").values == std::vector<double>{1.5, 2.5});
  CHECK(file.read("spikes/hidden layer/node_ids").values == std::vector<double>{2, 0});
  CHECK(!file.has("spikes/hidden layer/trials"));
  CHECK(file.read("durations").values == std::vector<double>{20});
}

TEST_CASE("a CSV file of spikes is what anybody would write") {
  const test::ScratchFolder folder;
  const std::string path = (folder / "s.csv").string();
  const std::vector<Tape> trials = {tape_of(20, {{0.5, 0}, {1.5, 4}}), tape_of(20, {{0.25, 1}})};
  write_spike_recording(path, three(), trials);
  CHECK(read_text_file(path, 4096) ==
        "# size 2 in\n# size 3 hidden layer\n# duration_ms 20\n# duration_ms 20\n"
        "population,neuron,time_ms,trial\nin,0,0.5,0\nhidden layer,2,1.5,0\nin,1,0.25,1\n");
}

TEST_CASE("of a file of others sizes and durations follow from its spikes, and it is said") {
  const test::ScratchFolder folder;
  const SpikeRecording read = recording_of(read_spike_file(
      written((folder / "s.csv").string(), "# made by hand\nneuron, time_ms\n4, 2.5\n0, 1\n")));
  REQUIRE(read.network.populations().size() == 1);
  CHECK(read.network.populations()[0].size == 5);
  CHECK(spikes_of(read.trials.at(0)) == std::vector<std::pair<Time, NeuronId>>{{1.0, 0}, {2.5, 4}});
  CHECK(read.trials[0].duration > 2.5);
  CHECK(read.trials[0].duration < 2.5000001);
  REQUIRE(read.notes.size() == 2);
  CHECK_THAT(read.notes[0], Contains("how many neurons"));
  CHECK_THAT(read.notes[1], Contains("how long") && Contains("2.5 ms"));
}

TEST_CASE("a file of spikes that is wrong is refused with the place and the remedy") {
  const test::ScratchFolder folder;
  const auto refused = [&](const std::string& text) {
    const std::string path = written((folder / "s.csv").string(), text);
    const std::string said = message([&] { recording_of(read_spike_file(path)); });
    CHECK_THAT(said, Contains("s.csv"));
    return said;
  };
  CHECK_THAT(refused(""), Contains("neuron,time_ms") && Contains("population and trial"));
  CHECK_THAT(refused("neuron,time\n1,2\n"),
             Contains("in which unit its times are") && Contains("--unit ms"));
  CHECK_THAT(refused("population,neuron\na,2\n"), Contains("no column has the times"));
  CHECK_THAT(refused("neuron,time_ms\n1,2\n-1,2\n"), Contains("line 3") && Contains("neuron"));
  CHECK_THAT(refused("neuron,time_ms\n1,-2\n"), Contains("line 2") && Contains("at -2 ms"));
  CHECK_THAT(refused("neuron,time_ms\n1,nan\n"), Contains("line 2"));
  CHECK_THAT(refused("neuron,time_ms\n1\n"), Contains("line 2"));
  CHECK_THAT(refused("neuron,time_ms,trial\n1,2,1.5\n"), Contains("trial"));
  CHECK_THAT(refused("population,neuron,time_ms\n,1,2\n"), Contains("is empty"));
  CHECK_THAT(refused("# size 2 a\npopulation,neuron,time_ms\na,2,1\n"),
             Contains("a has 2 neurons and a spike of neuron 2"));
  CHECK_THAT(refused("# duration_ms 5\nneuron,time_ms\n1,6\n"), Contains("ends at 5 ms"));
  CHECK_THAT(refused("# duration_ms 5\nneuron,time_ms,trial\n1,2,1\n"), Contains("1 durations"));
  CHECK_THAT(refused("neuron,time_ms\n"), Contains("no spikes"));
  CHECK_THAT(refused(std::string("neuron\0time", 11)), Contains("neither text"));

  const auto refused_arrays = [&](std::vector<NamedArray> arrays) {
    const std::string path = (folder / "s.npz").string();
    write_arrays(path, ArrayFormat::npz, arrays);
    return message([&] { recording_of(read_spike_file(path)); });
  };
  const auto list = [](std::string name, std::vector<double> values) {
    const std::size_t size = values.size();
    return NamedArray{std::move(name), {.shape = {size}, .values = std::move(values)}};
  };
  CHECK_THAT(refused_arrays({list("other", {1})}), Contains("no spikes"));
  CHECK_THAT(refused_arrays({list("a/times", {1})}), Contains("a/neurons"));
  CHECK_THAT(refused_arrays({list("a/times", {1}), list("a/neurons", {1, 2})}),
             Contains("1 times, 2 neurons"));
  CHECK_THAT(refused_arrays({list("a/times", {1}), list("a/neurons", {1.5})}),
             Contains("a/neurons: 1.5 is no whole number"));
  CHECK_THAT(refused_arrays({list("a/times", {-1}), list("a/neurons", {1})}),
             Contains("a/times: -1"));
  CHECK_THAT(refused_arrays({list("a/times", {1}), list("a/neurons", {1}), list("a/size", {0})}),
             Contains("no number of neurons"));
  CHECK_THAT(refused_arrays({list("a/times", {1}), list("a/neurons", {1}), list("durations", {0})}),
             Contains("longer than 0 ms"));
}

TEST_CASE("run.json of a simulation is read, and what is none is refused") {
  const test::ScratchFolder folder;
  const auto with = [&](const std::string& text) {
    return written((folder / "run.json").string(), text);
  };
  const SpikeRecording read = recording_of(read_spike_file(with(
      R"({"schema": "retrograde.run/1", "duration_ms": 10, "spikes": {"a": [[1, 3], []], "b": [[2]], "out": [[], []]}, "without_spikes": ["out"]})")));
  REQUIRE(read.network.populations().size() == 2);
  CHECK(read.network.populations()[0].size == 2);
  CHECK(read.trials.at(0).duration == 10);
  CHECK(spikes_of(read.trials[0]) ==
        std::vector<std::pair<Time, NeuronId>>{{1, 0}, {2, 2}, {3, 0}});
  for (const char* wrong :
       {R"({"schema": "retrograde.pursuit_run/1"})", R"({"schema": "retrograde.run/1"})", "{}",
        R"({"schema": "retrograde.run/1", "duration_ms": 10, "spikes": {"a": [[11]]}})",
        R"({"schema": "retrograde.run/1", "duration_ms": 10, "spikes": {"a": [["x"]]}})",
        R"({"schema": "retrograde.run/1", "duration_ms": 10, "spikes": {"a": []}})",
        R"({"schema": "retrograde.run/1", "duration_ms": -1, "spikes": {"a": [[]]}})"})
    CHECK_THAT(message([&] { read_spike_file(with(wrong)); }),
               Contains("run.json") && Contains("retro run --out"));
}

TEST_CASE(
    "names of recordings that say no kind of file, or cannot hold a population, are refused") {
  NetworkBuilder builder;
  builder.add({.name = "a/b", .model = Model::input, .size = 1});
  builder.add({.name = "c,d", .model = Model::input, .size = 1});
  const Network odd = builder.build();
  const auto refused = [](const char* path, const Network& network) {
    return message([&] { check_recording_name(path, "--spikes", network); });
  };
  CHECK_THAT(refused("spikes.txt", three()), Contains("--spikes spikes.txt") && Contains(".npz"));
  CHECK_THAT(refused("spikes.npy", three()), Contains("the ending of the name"));
  CHECK_THAT(refused("-", three()), Contains("the ending of the name"));
  CHECK_THAT(refused("spikes.h5", odd), Contains("a/b") && Contains("write .csv"));
  CHECK_THAT(refused("spikes.csv", odd), Contains("c,d") && Contains("write .npz"));
  CHECK(refused("spikes.csv", three()) == "accepted");
}

TEST_CASE("samples are written with what each probe takes, and read as the same bits") {
  const test::ScratchFolder folder;
  const Network network = three();
  Probe first{{4, 2}, 1.0}, second{{5}, 1.0};
  first.i = false;
  first.threshold = true;
  second.v = false;
  second.receptors = {0};
  const std::vector<Probe> probes = {first, second};
  std::vector<std::vector<Recording>> recordings(1);
  Recording a, b;
  a.times = {0, 1.0 / 3};
  a.v = {{1, 2}, {3, 4}};
  a.threshold = {{1, 1.5}, {1, 1}};
  b.times = {0.5};
  b.i = {{-2}};
  b.receptors = {{{-0.1}}};
  recordings[0] = {a, b};
  write_samples((folder / "s.csv").string(), network, probes, recordings);
  CHECK(read_text_file((folder / "s.csv").string(), 4096) ==
        "population,neuron,time_ms,v,i,i_1,threshold\n"
        "hidden layer,2,0,1,,,1\nhidden layer,2,0.3333333333333333,2,,,1.5\n"
        "hidden layer,0,0,3,,,1\nhidden layer,0,0.3333333333333333,4,,,1\n"
        "out,0,0.5,,-2,-0.1,\n");
  for (const char* name : {"s.npz", "s.h5"}) {
    write_samples((folder / name).string(), network, probes, recordings);
    const ArrayFile file((folder / name).string());
    CHECK(file.names().size() == 8);
    CHECK(file.read("probe_0/hidden layer/times").values == a.times);
    CHECK(file.read("probe_0/hidden layer/neurons").values == std::vector<double>{2, 0});
    const NumericArray v = file.read("probe_0/hidden layer/v");
    CHECK(v.shape == std::vector<std::size_t>{2, 2});
    CHECK(v.values == std::vector<double>{1, 2, 3, 4});
    CHECK(file.read("probe_1/out/i_1").values == std::vector<double>{-0.1});
  }
  recordings.push_back(recordings[0]);
  write_samples((folder / "two.npz").string(), network, probes, recordings);
  CHECK(ArrayFile((folder / "two.npz").string()).has("trial_1/probe_1/out/i"));
}

// Files of other tools that are damaged, lie about their size, or hold what is not supported: each
// is refused with the file, the place inside it and the remedy. And networks that a format cannot
// say, on the command line.
#include <catch2/catch.hpp>
#include <cmath>
#include <fmt/format.h>
#include <hdf5.h>
#include <limits>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/nir/nir.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

#include "tests/support/command.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// A small graph whose parts can be left out or replaced.
struct Graph {
  std::vector<double> tau_mem = {0.02, 0.02}, tau_syn = {0.005, 0.005}, threshold = {1.0, 1.0},
                      reset = {0.0, 0.0}, weight = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0},
                      delay = {0.0, 0.1, 0.2};
  hdf5::Shape shape = {2, 3};
  std::vector<std::string> edges = {"in", "d", "d", "w", "w", "n", "n", "out"};
  std::string without;  // a dataset, by its path below /node/nodes
  std::int64_t inputs = 3;
  bool text_for_tau = false;
  std::vector<std::pair<std::string, std::string>> more;  // nodes by name and type

  std::string bytes() const {
    hdf5::Writer out;
    const auto put = [&](const std::string& path, const std::vector<double>& values,
                         const hdf5::Shape& size = {}) {
      if (path != without)
        out.numbers("/node/nodes/" + path, values,
                    size.empty() ? hdf5::Shape{values.size()} : size);
    };
    const auto type = [&](const std::string& node, const std::string& what) {
      if (node + "/type" != without) out.text("/node/nodes/" + node + "/type", what);
    };
    out.text("/version", "1.0");
    out.text("/node/type", "NIRGraph");
    type("in", "Input");
    out.numbers("/node/nodes/in/shape", {&inputs, 1}, {1});
    type("n", "CubaLIF");
    if (text_for_tau)
      out.text("/node/nodes/n/tau_mem", "20 ms");
    else
      put("n/tau_mem", tau_mem);
    put("n/tau_syn", tau_syn);
    put("n/v_threshold", threshold);
    put("n/v_reset", reset);
    put("n/v_leak", {0.0, 0.0});
    put("n/r", {1.0, 1.0});
    put("n/w_in", tau_syn);
    type("w", "Linear");
    put("w/weight", weight, shape);
    type("d", "Delay");
    put("d/delay", delay);
    type("out", "Output");
    for (const auto& [node, what] : more) type(node, what);
    out.texts("/node/edges", edges, {edges.size() / 2, 2});
    return out.bytes();
  }
};

std::span<const std::uint8_t> span_of(const std::string& bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

std::string refusal(const std::string& bytes, const NirReading& reading = {}) {
  try {
    read_nir(span_of(bytes), "model.nir", reading);
  } catch (const FormatError& error) {
    CHECK(error.file == "model.nir");
    return error.what();
  } catch (const LimitError& error) {
    return error.what();
  }
  return "accepted";
}

template <typename Change>
std::string refused(const Change& change) {
  Graph graph;
  change(graph);
  return refusal(graph.bytes());
}

// The file as the library makes it when it is used directly.
template <typename Make>
std::string raw(const Make& make) {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fapl_core(access, 1 << 16, 0);
  const hid_t file = H5Fcreate("raw", H5F_ACC_TRUNC, H5P_DEFAULT, access);
  make(file);
  H5Fflush(file, H5F_SCOPE_GLOBAL);
  std::string bytes(static_cast<std::size_t>(H5Fget_file_image(file, nullptr, 0)), '\0');
  H5Fget_file_image(file, bytes.data(), bytes.size());
  H5Fclose(file);
  H5Pclose(access);
  return bytes;
}

const std::string scenario = R"(
[scenario]
duration = "20 ms"
[network]
file = "model.nir"
[[population]]
name = "in"
spikes = [["1 ms"], [], []]
)";

}  // namespace

TEST_CASE("NIR: the graph that the others are variations of is accepted") {
  CHECK(refusal(Graph().bytes()) == "accepted");
}

TEST_CASE("NIR: a file cut off anywhere is refused") {
  const std::string whole = Graph().bytes();
  for (std::size_t size = 0; size < whole.size(); size += size < 100 ? 1 : 499) {
    CAPTURE(size);
    CHECK(refusal(whole.substr(0, size)) != "accepted");
  }
}

TEST_CASE("NIR: what is no HDF5, or HDF5 of something else, is refused") {
  CHECK_THAT(refusal(""), Contains("does not begin as an HDF5 file") && Contains("nir.write"));
  CHECK_THAT(refusal(std::string(1000, 'x')), Contains("model.nir"));
  hdf5::Writer other;
  other.number("/layer/0/weight", 1.0);
  CHECK_THAT(refusal(other.bytes()), Contains("/node/nodes") && Contains("no graph of NIR"));
}

TEST_CASE("NIR: missing datasets are named") {
  for (const char* path : {"n/tau_mem", "n/tau_syn", "n/v_threshold", "n/v_leak", "n/r", "w/weight",
                           "w/type", "d/delay"}) {
    CAPTURE(path);
    CHECK_THAT(refused([&](Graph& g) { g.without = path; }),
               Contains("model.nir: /node/nodes/" + std::string(path) + ": it is missing"));
  }
}

TEST_CASE("NIR: wrong shapes and types are refused by their path") {
  CHECK_THAT(refused([](Graph& g) {
               g.shape = {3, 2};
             }),
             Contains("/w/weight") && Contains("(3, 2)") && Contains("(outputs, 3) is needed"));
  CHECK_THAT(refused([](Graph& g) { g.shape = {6}; }), Contains("/w/weight") && Contains("(6)"));
  CHECK_THAT(refused([](Graph& g) { g.inputs = 4; }),
             Contains("/d/delay") && Contains("4 are needed"));
  CHECK_THAT(refused([](Graph& g) { g.threshold.pop_back(); }),
             Contains("/n/v_threshold") && Contains("2 are needed"));
  CHECK_THAT(refused([](Graph& g) { g.text_for_tau = true; }),
             Contains("/n/tau_mem") && Contains("no numbers"));
  CHECK_THAT(refused([](Graph& g) { g.inputs = 0; }),
             Contains("/in/shape") && Contains("from 1 to"));
  CHECK_THAT(refused([](Graph& g) { g.inputs = std::int64_t{1} << 60; }), Contains("/in/shape"));
  CHECK_THAT(refused([](Graph& g) {
               g.edges = {"in", "n"};
             }),
             Contains("/n") && Contains("put a Linear"));
}

TEST_CASE("NIR: values that cannot be are refused with their place") {
  const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();
  CHECK_THAT(refused([](Graph& g) { g.tau_mem[1] = -0.02; }),
             Contains("/n/tau_mem: value 1 is -0.02 s"));
  CHECK_THAT(refused([](Graph& g) { g.tau_syn[0] = 0.0; }), Contains("/n/tau_syn: value 0"));
  CHECK_THAT(refused([&](Graph& g) { g.tau_mem[0] = nan; }),
             Contains("/n/tau_mem: value 0 is nan"));
  CHECK_THAT(refused([&](Graph& g) { g.weight[4] = inf; }),
             Contains("/w/weight: entry (1, 1) is inf"));
  CHECK_THAT(refused([](Graph& g) { g.threshold[1] = 0.0; }), Contains("/n/v_threshold: value 1"));
  CHECK_THAT(refused([](Graph& g) { g.reset[1] = 1.0; }), Contains("/n/v_reset: value 1"));
  CHECK_THAT(refused([](Graph& g) { g.delay[2] = -0.001; }),
             Contains("/d/delay: value 2 is -0.001 s"));
}

TEST_CASE("NIR: nodes that are not supported are listed with their types") {
  CHECK_THAT(refused([](Graph& g) {
               g.more = {{"a", "Conv3d"}, {"b", "MaxPool2d"}};
             }),
             Contains("a (Conv3d), b (MaxPool2d)") &&
                 Contains("supported are NIRGraph, Input, Output, LIF"));
}

TEST_CASE("NIR: edges that lead nowhere, twice, or around are refused") {
  const auto with = [](std::vector<std::string> edges) {
    return refused([&](Graph& g) { g.edges = edges; });
  };
  CHECK_THAT(with({"in", "nowhere"}),
             Contains("/node/edges: edge 0 (in -> nowhere)") && Contains("no node nowhere"));
  CHECK_THAT(with({"in", "d", "in", "d"}), Contains("edge 1") && Contains("twice"));
  CHECK_THAT(with({"n", "in"}), Contains("an Input receives nothing"));
  CHECK_THAT(with({"out", "n"}), Contains("an Output sends nothing"));
  CHECK_THAT(with({"in", "d", "d", "w", "w", "d"}), Contains("cycle without neurons"));
  Graph graph;
  graph.more = {{"sub", "NIRGraph"}};
  graph.edges = {"in", "sub"};
  CHECK_THAT(refusal(graph.bytes()), Contains("the graph sub has 0 nodes Input"));
}

TEST_CASE("NIR: sizes beyond the limits are refused before memory is taken") {
  ScenarioLimits limits;
  limits.neurons = 4;
  CHECK_THAT(refusal(Graph().bytes(), {.limits = limits}), Contains("more than 4 neurons"));
  limits = {};
  limits.synapses = 5;
  CHECK_THAT(refusal(Graph().bytes(), {.limits = limits}), Contains("5 values that are read"));
  limits = {};
  limits.populations = 1;
  CHECK_THAT(refusal(Graph().bytes(), {.limits = limits}), Contains("2 nodes of neurons"));

  // Ten million values that were never written take no room in the file.
  const auto declared = [](hsize_t rows, hsize_t chunk) {
    return raw([=](hid_t file) {
      const hsize_t size[] = {rows, 1000}, piece[] = {chunk, 1000};
      const hid_t space = H5Screate_simple(2, size, nullptr);
      const hid_t creation = H5Pcreate(H5P_DATASET_CREATE), links = H5Pcreate(H5P_LINK_CREATE);
      H5Pset_chunk(creation, 2, piece);
      H5Pset_create_intermediate_group(links, 1);
      H5Dclose(H5Dcreate2(file, "/a/b", H5T_NATIVE_DOUBLE, space, links, creation, H5P_DEFAULT));
      H5Pclose(links);
      H5Pclose(creation);
      H5Sclose(space);
    });
  };
  const auto read = [](const std::string& bytes) {
    return hdf5::Reader(span_of(bytes), "x").numbers("/a/b");
  };
  CHECK_THROWS_WITH(read(declared(10'000, 1)),
                    Contains("/a/b") && Contains("more than the file holds"));
  CHECK_THROWS_WITH(read(declared(std::uint64_t{1} << 50, 1)), Contains("100000000 values"));
}

TEST_CASE("NIR: links, cycles of groups and data in other files are not followed") {
  const std::string soft = raw([](hid_t file) {
    H5Gclose(H5Gcreate2(file, "/node", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Lcreate_soft("/node", file, "/node/nodes", H5P_DEFAULT, H5P_DEFAULT);
  });
  CHECK_THAT(refusal(soft), Contains("/node/nodes: it is a link"));
  const std::string external = raw([](hid_t file) {
    H5Gclose(H5Gcreate2(file, "/node", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Lcreate_external("other.h5", "/", file, "/node/nodes", H5P_DEFAULT, H5P_DEFAULT);
  });
  CHECK_THAT(refusal(external), Contains("/node/nodes: it is a link"));
  const std::string cycle = raw([](hid_t file) {
    H5Gclose(H5Gcreate2(file, "/node", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Lcreate_hard(file, "/node", file, "/node/nodes", H5P_DEFAULT, H5P_DEFAULT);
  });
  CHECK_THAT(refusal(cycle), Contains("/node/nodes/nodes/type: it is missing"));
  const std::string outside = raw([](hid_t file) {
    const hsize_t size = 4;
    const hid_t space = H5Screate_simple(1, &size, nullptr),
                creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(creation, "/dev/zero", 0, 32);
    H5Dclose(H5Dcreate2(file, "/a", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
    H5Pclose(creation);
    H5Sclose(space);
  });
  CHECK_THROWS_WITH(hdf5::Reader(span_of(outside), "x").numbers("/a"), Contains("in another file"));
}

TEST_CASE("[network]: a file that is not there, is another, or says what the tables say too") {
  const ScratchFolder folder;
  const auto info = [&](const std::string& text) {
    put(folder / "x.toml", text);
    const CommandResult result = retro("info x.toml", folder.path());
    UNSCOPED_INFO(result.out << result.err);
    return result;
  };
  CommandResult result = info(scenario);
  CHECK(result.status == 2);
  CHECK_THAT(result.err,
             Contains("x.toml:5:8: network.file: there is no file") && Contains("model.nir"));

  put(folder / "model.nir", Graph().bytes());
  CHECK(info(scenario).status == 0);
  const auto refused = [&](const std::string& text, const std::string& message) {
    const CommandResult r = info(text);
    CHECK(r.status == 2);
    CHECK_THAT(r.err, Contains(message));
  };
  refused(scenario + "tau_mem = \"3 ms\"\n", "the network file says it");
  refused(scenario + "tau_men = \"3 ms\"\n", "did you mean tau_mem?");
  refused(scenario + "[[population]]\nname = \"m\"\n", "the network file has no population \"m\"");
  refused(scenario + "[[population]]\nname = \"in\"\n", "is there twice");
  refused(scenario + "[[projection]]\nname = \"w\"\nfrom = \"in\"\n", "the network file says it");
  refused(scenario + "[[projection]]\nname = \"w\"\nlearn = [\"weight\"]\nweight_max = 5.5\n",
          "synapse (target 1, source 2) starts with weight 6");
  refused(scenario + "[[population]]\nname = \"n\"\nspikes = [[], []]\n", "no Input");
  std::string text = scenario;
  text.insert(text.find("file = "), "hash = \"0123456789abcdef\"\n");
  refused(text, "it is not the file that was meant");
  text = scenario;
  text.insert(text.find("file = "), "spike_width = \"0 ms\"\n");
  refused(text, "above 0 ms");
  put(folder / "model.nir", std::string("no file of HDF5"));
  refused(scenario, "model.nir");
}

TEST_CASE("[network]: a cycle without a delay, and a network of steps, are told what they need") {
  const ScratchFolder folder;
  Graph graph;
  graph.edges = {"in", "d", "d", "w", "w", "n", "n", "n"};
  put(folder / "model.nir", graph.bytes());
  const auto call = [&](const std::string& verb, const std::string& keys, const std::string& more) {
    std::string text = scenario;
    text.insert(text.find("[[population]]"), keys);
    put(folder / "x.toml", text + more);
    const CommandResult r = retro(verb + " x.toml", folder.path());
    UNSCOPED_INFO(r.out << r.err);
    return r;
  };
  const auto refused = [&](const std::string& verb, const std::string& keys,
                           const std::string& more, const std::string& message) {
    const CommandResult r = call(verb, keys, more);
    CHECK(r.status == 2);
    CHECK_THAT(r.err, Contains(message));
  };
  refused("run", "", "",
          "The file says no delay for n->n: write [[projection]] with name = \"n->n\"");
  const std::string delay = "[[projection]]\nname = \"n->n\"\ndelay = \"2 ms\"\n";
  CHECK(call("run", "", delay).status == 0);
  CHECK_THAT(call("info", "", delay).out, Contains("shortest cycle 2 ms"));
  refused("run", "", "[[projection]]\nname = \"w\"\ndelay = \"2 ms\"\n",
          "the network file says the delays");

  refused("run", "reading = \"grid\"\n", "", "is none of continuous, steps");
  refused("run", "reading = \"steps\"\n", "", "write dt = \"1 ms\"");
  refused("run", "dt = \"1 ms\"\n", delay, "network.dt: it speaks of a network of steps");
  refused("run", "fire = \"above\"\n", delay, "network.fire: it speaks of a network of steps");
  const std::string steps = "reading = \"steps\"\ndt = \"1 ms\"\n";
  CHECK(call("run", steps, "").status == 0);
  CHECK(call("run", steps + "fire = \"above\"\n", "").status == 0);
  refused("run", steps + "fire = \"over\"\n", "", "is none of at, above");
  CHECK_THAT(call("info", steps, "").out, Contains("goes in steps of 1 ms"));
  refused("run", steps, "[[projection]]\nname = \"n->n\"\ndelay = \"1.5 ms\"\n",
          "no whole number of steps of 1 ms");
  refused("run", steps, "[chip]\nstep = \"0.5 ms\"\n", "the network goes in steps of 1 ms");
  const std::string loss = "[loss]\nkind = \"spike_time_power\"\n";
  refused("gradient", steps, loss, "a gradient needs a network in continuous time");
  refused("gradcheck", steps, loss, "needs a network in continuous time");
  refused("train", steps,
          "[[projection]]\nname = \"w\"\nlearn = [\"weight\"]\n" + loss + "[train]\nepochs = 1\n",
          "training needs a network in continuous time");
  std::string text = scenario;
  text.insert(text.find("[network]"), "scheduler = \"sequential\"\n");
  text.insert(text.find("[[population]]"), steps);
  put(folder / "x.toml", text);
  const CommandResult scheduler = retro("run x.toml", folder.path());
  CHECK(scheduler.status == 2);
  CHECK_THAT(scheduler.err, Contains("scenario.scheduler: the network goes in steps"));
}

TEST_CASE("[network]: runaway activity of a file says what its spikes may have meant") {
  const ScratchFolder folder;
  Graph graph;
  graph.edges = {"in", "d", "d", "w", "w", "n", "n", "n"};
  graph.weight.assign(6, 1e9);
  put(folder / "model.nir", graph.bytes());
  put(folder / "x.toml", scenario);
  std::string text = scenario + "[[projection]]\nname = \"n->n\"\ndelay = \"1 us\"\n";
  put(folder / "x.toml", text);
  const CommandResult r = retro("run x.toml", folder.path());
  CAPTURE(r.out, r.err);
  CHECK(r.status == 2);
  CHECK_THAT(r.err, Contains("runaway activity") && Contains("spike_width") && Contains("reading"));
}

TEST_CASE("a run of a NIR file goes on when the file has changed or is gone") {
  const ScratchFolder folder;
  put(folder / "model.nir", Graph().bytes());
  put(folder / "x.toml",
      scenario +
          "[[projection]]\nname = \"w\"\nlearn = [\"weight\"]\n[loss]\nkind = "
          "\"spike_time_power\"\n[train]\nepochs = 2\nbatch = 1\nsilent_increment = 0.1\n");
  const CommandResult first = retro("train x.toml --out run --epochs 1", folder.path());
  INFO(first.err);
  REQUIRE(first.status == 0);
  Graph other;
  other.tau_mem = {0.03, 0.03};
  put(folder / "model.nir", other.bytes());
  std::filesystem::remove(folder / "x.toml");
  const CommandResult second = retro("train --resume run --epochs 2", folder.path());
  INFO(second.err);
  CHECK(second.status == 0);
  CHECK_THAT(get(folder / "run" / "scenario.toml"),
             Contains("file = 'imported.nir'") && Contains("hash = "));
  // The copy is the run's; another one is noticed.
  put(folder / "run" / "imported.nir", other.bytes());
  const CommandResult third = retro("check run", folder.path());
  CHECK(third.status == 2);
  CHECK_THAT(third.err, Contains("network.hash") && Contains("imported.nir"));
}

TEST_CASE("export: what is wrong with the command, or cannot be written, is said with the remedy") {
  const ScratchFolder folder;
  const std::string library = RETROGRADE_SOURCE_DIR "/scenarios/library/";
  const auto refused = [&](const std::string& arguments, const std::string& message) {
    const CommandResult r = retro("export " + arguments, folder.path());
    CAPTURE(arguments, r.out, r.err);
    CHECK(r.status == 2);
    CHECK_THAT(r.err, Contains(message));
  };
  const std::string hello = library + "hello.toml";
  refused(hello, "--format is missing");
  refused(hello + " --format onnx",
          "netx (lava-dl), nir, lava (a Python script), chip, npz (numpy) or csv");
  refused(hello + " --format netx --delays branches", "--delays is for --format nir");
  refused(hello + " --format nir --trial 1", "--trial is for --format lava");
  refused(hello + " --format nir --delays twigs", "metadata or branches");
  refused(library + "temporal_xor.toml --format nir --exact", "t_ref is 30 ms");
  refused(library + "mnist_latency.toml --format nir", "--data FOLDER");
  refused("nowhere --format nir", "nowhere");
  CHECK(retro("export " + hello + " --format nir", folder.path()).status == 0);
  refused(hello + " --format nir", "network.nir is there already");
  CHECK(retro("export " + hello + " --format nir --overwrite --exact", folder.path()).status == 0);
  put(folder / "two.toml", R"(
[scenario]
duration = "20 ms"
[[population]]
name = "a"
size = 1
spikes = [["1 ms"]]
[[population]]
name = "b"
size = 1
spikes = [["2 ms"]]
[[population]]
name = "n"
size = 1
[[projection]]
from = "a"
to = "n"
weight = 9.0
[[projection]]
from = "b"
to = "n"
weight = 9.0
)");
  refused("two.toml --format netx",
          "one input, and here are 2; `--format lava` writes such networks");
  CHECK(retro("export two.toml --format lava", folder.path()).status == 0);
  CHECK_THAT(get(folder / "lava_network.py"), Contains("EXPECTED = "));
}

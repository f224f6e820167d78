// NIR: what is written comes back bit for bit, and what others write means what NIR's equations
// say. Files of the Python package nir are read in tests/golden/nir.cpp, and by it in tests/nir.
#include <catch2/catch.hpp>
#include <cstring>

#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>
#include <retrograde/scenarios/exchange/nir/nir.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

#include "tests/support/random_network.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

std::span<const std::uint8_t> span_of(const std::string& bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

Network built(NirNetwork file) {
  NetworkBuilder builder;
  for (PopulationSpec& p : file.populations) builder.add(std::move(p));
  for (NirNetwork::Projection& p : file.projections)
    builder.connect(p.source, p.target, std::move(p.synapses), p.name);
  return builder.build();
}

Network read(const std::string& bytes) { return built(read_nir(span_of(bytes), "x.nir")); }

void check_equal(const Network& a, const Network& b) {
  REQUIRE(a.populations().size() == b.populations().size());
  for (std::size_t p = 0; p < a.populations().size(); ++p) {
    CHECK(a.populations()[p].name == b.populations()[p].name);
    CHECK(a.populations()[p].model == b.populations()[p].model);
  }
  REQUIRE(a.projections().size() == b.projections().size());
  for (std::size_t p = 0; p < a.projections().size(); ++p) {
    CHECK(a.projections()[p].name == b.projections()[p].name);
    CHECK(a.projections()[p].rows == b.projections()[p].rows);
    CHECK(a.projections()[p].targets == b.projections()[p].targets);
  }
  REQUIRE(a.parameters().size() == b.parameters().size());
  CHECK(std::memcmp(a.parameters().data(), b.parameters().data(), a.parameters().size_bytes()) ==
        0);
}

// Two layers, the second onto itself; delays as `delay` says.
template <typename Delay>
Network network(const Delay& delay, double axonal = 0.0, double dendritic = 0.0) {
  NetworkBuilder builder;
  builder.add({.name = "in", .model = Model::input, .size = 3, .axonal_delay = {axonal}});
  builder.add({.name = "out", .size = 2, .tau_mem = {0.1 + 0.2}, .dendritic_delay = {dendritic}});
  std::vector<SynapseSpec> forward, recurrent;
  for (std::uint32_t t = 0; t < 2; ++t) {
    for (std::uint32_t s = 0; s < 3; ++s)
      if (s != 1 || t != 1) forward.push_back({s, t, 0.1 * s - 0.3 * t, delay(s, t)});
    recurrent.push_back({t, 1 - t, -0.5, 1.7});
  }
  builder.connect(0, 1, forward);
  builder.connect(1, 1, recurrent);
  return builder.build();
}

// A file by hand: in (2) -> linear -> n (2), with what `change` adds.
template <typename Change>
std::string by_hand(const Change& change, std::vector<std::string> edges = {"in", "w", "w", "n"},
                    const std::string& scalar = "") {
  hdf5::Writer out;
  const std::string nodes = "/node/nodes/";
  out.text("/version", "1.0");
  out.text("/node/type", "NIRGraph");
  out.text(nodes + "in/type", "Input");
  const std::int64_t two = 2;
  out.numbers(nodes + "in/shape", {&two, 1}, {1});
  out.text(nodes + "n/type", "CubaLIF");
  const std::vector<double> tau_mem = {0.02, 0.02}, tau_syn = {0.005, 0.004}, r = {2.0, 1.0},
                            v_leak = {0.0, 0.1}, ones = {1.0, 1.0}, w_in = {0.005, 1.0};
  // The parameter `scalar` is written as one number, the first of its two.
  const auto put = [&](const std::string& key, const std::vector<double>& values) {
    if (key == scalar)
      out.number(nodes + "n/" + key, values[0]);
    else
      out.numbers(nodes + "n/" + key, values, {2});
  };
  put("tau_mem", tau_mem);
  put("tau_syn", tau_syn);
  put("r", r);
  put("v_leak", v_leak);
  put("v_threshold", ones);
  put("w_in", w_in);
  change(out, nodes);
  out.texts("/node/edges", edges, {edges.size() / 2, 2});
  return out.bytes();
}

void add_linear(hdf5::Writer& out, const std::string& nodes, const char* name = "w",
                const char* type = "Linear") {
  const std::vector<double> weight = {1.0, 2.0, 3.0, 0.0};
  out.text(nodes + name + "/type", type);
  out.numbers(nodes + name + "/weight", weight, {2, 2});
}

}  // namespace

TEST_CASE("a network comes back from NIR bit for bit, and is written again as the same file") {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    for (const Wiring wiring : {Wiring::recurrent, Wiring::feed_forward}) {
      const Network original =
          random_network({.seed = seed, .refractory = false, .wiring = wiring, .delays = seed > 1})
              .network;
      NirOptions read_out;
      read_out.outputs = {2};
      const NirFile file = write_nir(original, read_out);
      const Network again = read(file.bytes);
      check_equal(original, again);
      CHECK(write_nir(again, read_out).bytes == file.bytes);
      CHECK_FALSE(file.warnings.empty());  // delays differ from synapse to synapse
    }
  }
}

TEST_CASE(
    "delays of one per source or target, and of neurons, become Delay nodes without warning") {
  const auto per_source = [](std::uint32_t s, std::uint32_t) { return 0.1 + s; };
  const auto per_target = [](std::uint32_t, std::uint32_t t) { return 0.3 + t; };
  const auto check = [](const Network& n, const std::vector<std::string>& nodes) {
    const NirFile file = write_nir(n);
    CHECK(file.warnings.empty());
    check_equal(n, read(file.bytes));
    const hdf5::Reader in(span_of(file.bytes), "x");
    for (const std::string& node : nodes)
      CHECK(in.text("/node/nodes/" + node + "/type") == "Delay");
  };
  check(network(per_source), {"in->out.delay", "out->out.delay"});
  check(network(per_target), {"in->out.delay", "out->out.delay"});
  check(network(per_target, 0.7, 1.1), {"in.axonal", "out.dendritic"});
}

TEST_CASE("branches say in Delay nodes what differs from synapse to synapse") {
  const Network original =
      network([](std::uint32_t s, std::uint32_t t) { return (s + t) % 3 * 1.5; });
  const NirFile file = write_nir(original, {.delays = NirDelays::branches});
  CHECK(file.warnings.empty());
  const Network branched = read(file.bytes);
  CHECK(branched.projections().size() == 4);  // 0, 1.5 and 3 ms, and the recurrent one
  CHECK(branched.synapse_count() == original.synapse_count());
  CHECK(write_nir(branched, {.delays = NirDelays::branches}).bytes == file.bytes);
  double sum = 0.0, branched_sum = 0.0;
  for (SynapseId k = 0; k < original.synapse_count(); ++k) {
    sum += original.weight(k) * original.total_delay(k);
    branched_sum += branched.weight(k) * branched.total_delay(k);
  }
  CHECK(branched_sum == Approx(sum).epsilon(1e-14));

  std::vector<SynapseSpec> many;
  for (std::uint32_t s = 0; s < 70; ++s)
    for (std::uint32_t t = 0; t < 2; ++t) many.push_back({s, t, 1.0, 0.5 * s + t});
  NetworkBuilder builder;
  builder.add({.name = "in", .model = Model::input, .size = 70});
  builder.add({.name = "out", .size = 2});
  builder.connect(0, 1, many);
  CHECK_THROWS_WITH(write_nir(builder.build(), {.delays = NirDelays::branches}),
                    Contains("in->out") && Contains("72 different delays") && Contains("64"));
}

// jump of r I per unit of weight: r w_in / tau_syn; 2 * 0.005 / 0.005 = 2 and 1 / 0.004 = 250.
TEST_CASE("weights of other tools are scaled by r w_in / tau_syn") {
  const std::string file = by_hand([](auto& out, auto& nodes) { add_linear(out, nodes); });
  const Network n = read(file);
  CHECK(n.find_projection("w").has_value());
  CHECK(n.weight(0) == 2.0);                  // (0, 0): 1
  CHECK(n.weight(1) == Approx(3.0 * 250.0));  // source 0, target 1: 3
  CHECK(n.weight(2) == 4.0);                  // source 1, target 0: 2
  CHECK(n.synapse_count() == 4);              // a zero is a synapse unless a mask says otherwise
  CHECK(n.parameter(ParameterKind::tau_mem, 2) == 20.0);
  CHECK(n.parameter(ParameterKind::bias, 3) == 0.1);
  CHECK(n.parameter(ParameterKind::v_reset, 2) == 0.0);  // absent
  // A tool with steps of 0.1 ms: a spike is 1 for 1e-4 s.
  const Network stepped = built(read_nir(span_of(file), "x", {.spike_width = 0.1}));
  CHECK(stepped.weight(0) == Approx(2e-4));
}

TEST_CASE("a parameter that is one number holds for all neurons of its layer") {
  const std::vector<std::string> edges = {"in", "w", "w", "n"};
  const auto with_scalar = [&](const char* key) {
    return read(by_hand([](auto& out, auto& nodes) { add_linear(out, nodes); }, edges, key));
  };
  const Network w_in = with_scalar("w_in");
  CHECK(w_in.weight(0) == 2.0);                                     // 1 r w_in / tau_syn = 2 5 / 5
  CHECK(w_in.weight(1) == Approx(3.0 * 5.0 / 4.0).epsilon(1e-15));  // 3 1 5 / 4
  CHECK(with_scalar("tau_syn").parameter(ParameterKind::tau_syn, 3) == 5.0);
  CHECK(with_scalar("tau_mem").parameter(ParameterKind::tau_mem, 3) == 20.0);
  CHECK(with_scalar("v_leak").parameter(ParameterKind::bias, 3) == 0.0);
  CHECK(with_scalar("v_threshold").parameter(ParameterKind::v_threshold, 3) == 1.0);
  CHECK(with_scalar("r").weight(1) == Approx(3.0 * 2.0 * 250.0));
}

TEST_CASE("Affine, Delay, direct edges and flattened inputs are read") {
  const Network affine = read(by_hand([](auto& out, auto& nodes) {
    add_linear(out, nodes, "w", "Affine");
    const std::vector<double> bias = {0.0, 0.5};
    out.numbers(nodes + "w/bias", bias, {2});
  }));
  CHECK(affine.parameter(ParameterKind::bias, 2) == 0.0);
  CHECK(affine.parameter(ParameterKind::bias, 3) == 0.1 + 1.0 * 1.0 * 0.5);  // r w_in b

  const std::string delayed = by_hand(
      [](auto& out, auto& nodes) {
        add_linear(out, nodes);
        const std::vector<double> before = {0.001, 0.002}, behind = {0.01, 0.0};
        out.text(nodes + "d/type", "Delay");
        out.numbers(nodes + "d/delay", before, {2});
        out.text(nodes + "e/type", "Delay");
        out.numbers(nodes + "e/delay", behind, {2});
      },
      {"in", "d", "d", "w", "w", "e", "e", "n", "in", "n"});
  const Network n = read(delayed);
  REQUIRE(n.projections().size() == 2);
  CHECK(n.projections()[0].name == "in->n");  // the direct edge, one to one
  CHECK(n.projections()[0].size == 2);
  const SynapseId first = n.projections()[1].first;
  CHECK(n.delay(first) == Approx(11.0));
  CHECK(n.delay(first + 3) == Approx(2.0));

  const Network flat = read(by_hand(
      [](auto& out, auto& nodes) {
        const std::vector<std::int64_t> shape = {1, 2};
        out.text(nodes + "image/type", "Input");
        out.numbers(nodes + "image/shape", shape, {2});
        out.text(nodes + "f/type", "Flatten");
        add_linear(out, nodes);
      },
      {"image", "f", "f", "w", "w", "n"}));
  CHECK(flat.projections()[0].size == 4);
}

TEST_CASE("what the chip would hold is in the metadata, with dt in s") {
  const Network n = network([](std::uint32_t s, std::uint32_t) { return 1.0 + s; });
  loihi2::Quantized q = loihi2::quantize(n, {.step = 0.05});
  NirOptions options;
  options.chip = &q.chip;
  const NirFile file = write_nir(n, options);
  const hdf5::Reader in(span_of(file.bytes), "x");
  CHECK(in.numbers("/node/metadata/dt").values[0] == 0.05 / 1000.0);
  const auto threshold = in.numbers("/node/nodes/out/metadata/loihi2/threshold");
  CHECK(threshold.values == std::vector<double>(2, q.chip.neurons[3].vth));
  const auto weight = in.numbers("/node/nodes/in->out/metadata/loihi2/weight");
  CHECK(weight.shape == hdf5::Shape{2, 3});
  CHECK(weight.values[0] == q.chip.projections[0].synapses[0].weight);
  CHECK(weight.values[4] == 0.0);  // no synapse
  check_equal(n, read(file.bytes));
}

TEST_CASE("what another tool has changed counts, not what the metadata remember") {
  const auto change = [](auto& o, auto& nodes) {
    add_linear(o, nodes);
    const std::vector<double> stale = {21.0, 20.0};
    o.numbers(nodes + "n/metadata/tau_mem_ms", stale, {2});
  };
  const Network n = read(by_hand(change));
  CHECK(n.parameter(ParameterKind::tau_mem, 2) == 20.0);
}

TEST_CASE("what NIR cannot say is refused by name") {
  const auto refusal = [](PopulationSpec spec, const char* name = "in->n") {
    NetworkBuilder builder;
    builder.add({.name = "in", .model = Model::input, .size = 1});
    builder.add(std::move(spec));
    builder.connect(0, 1, {{0, 0, 1.0, 1.0}}, name);
    try {
      write_nir(builder.build());
    } catch (const NetworkError& error) {
      return std::string(error.what());
    }
    return std::string("written");
  };
  CHECK_THAT(refusal({.name = "n", .model = Model::alif, .size = 1}),
             Contains("n: NIR has no neuron like alif"));
  CHECK_THAT(refusal({.name = "n", .model = Model::qif, .size = 1}), Contains("qif"));
  CHECK_THAT(refusal({.name = "n", .size = 1, .t_ref = {2.0}}),
             Contains("n[0]") && Contains("t_ref is 2 ms"));
  CHECK_THAT(refusal({.name = "n", .size = 1, .receptors = {SynapseShape::alpha}}),
             Contains("one exponential receptor"));
  CHECK_THAT(refusal({.name = "n/m", .size = 1}, "p"), Contains("without /"));
  CHECK_THAT(refusal({.name = std::string("n\0m", 3), .size = 1}, "p"), Contains("at a NUL"));
  CHECK_THAT(refusal({.name = "n", .size = 1}, "n"), Contains("choose another name"));
  CHECK(refusal({.name = "n", .size = 1}) == "written");
}

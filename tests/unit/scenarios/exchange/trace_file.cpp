// Traces as files: what is written is read back, and both layouts mean the same.
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <string>

#include <retrograde/engine/scheduler.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/exchange/trace_file.hpp>

#include "tests/support/random_network.hpp"
#include "tests/support/scratch.hpp"

using namespace retrograde;
using loihi2::Capture;
using loihi2::CapturedNeuron;
using loihi2::CapturedPopulation;
using loihi2::unknown;

namespace {

using Values = std::vector<std::int32_t>;

// Some registers recorded, some not, some in some steps.
Capture random_capture(std::uint64_t seed) {
  Random random(seed, "capture");
  Capture capture;
  capture.steps = 3 + static_cast<std::uint32_t>(random.index(30));
  for (const char* name : {"in", "hidden layer", "out-2"}) {
    CapturedPopulation p;
    p.name = name;
    p.begin = static_cast<std::uint32_t>(random.index(3));
    p.end = capture.steps - static_cast<std::uint32_t>(random.index(capture.steps - p.begin));
    p.neurons.resize(1 + random.index(4));
    const bool u = random.index(2) == 0, v = random.index(2) == 0;
    for (CapturedNeuron& n : p.neurons) {
      n.messages.assign(capture.steps, 0);
      if (u) n.u.assign(capture.steps, unknown);
      if (v) n.v.assign(capture.steps, unknown);
      for (std::uint32_t t = p.begin; t < p.end; ++t) {
        if (random.index(4) == 0) n.messages[t] = static_cast<std::int32_t>(random.index(3)) - 1;
        if (u) n.u[t] = static_cast<std::int32_t>(random.index(1 << 24)) - (1 << 23);
        if (v && random.index(5) != 0) n.v[t] = static_cast<std::int32_t>(random.index(1000));
      }
      if (v) n.v[p.begin] = 7;
    }
    capture.populations.push_back(std::move(p));
  }
  return capture;
}

}  // namespace

TEST_CASE("trace: captures come back as they were written") {
  const test::ScratchFolder folder;
  const std::string file = (folder / "x.csv").string();
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Capture capture = random_capture(seed);
    write_trace(file, capture, 0.5);
    const TraceFile read = read_trace(file);
    REQUIRE(read.steps);
    CHECK(read.step == 0.5);
    CHECK(read.steps->steps == capture.steps);
    REQUIRE(read.steps->populations.size() == 3);
    for (std::size_t p = 0; p < 3; ++p) {
      const CapturedPopulation &a = capture.populations[p], &b = read.steps->populations[p];
      CHECK(a.name == b.name);
      CHECK(a.begin == b.begin);
      CHECK(a.end == b.end);
      REQUIRE(a.neurons.size() == b.neurons.size());
      for (std::size_t n = 0; n < a.neurons.size(); ++n) {
        CHECK(a.neurons[n].messages == b.neurons[n].messages);
        CHECK(a.neurons[n].u == b.neurons[n].u);
        CHECK(a.neurons[n].v == b.neurons[n].v);
      }
    }
  }
}

TEST_CASE("trace: spike times of the exact network come back bit for bit") {
  const test::ScratchFolder folder;
  const std::string file = (folder / "x.csv").string();
  const test::RandomNetwork r = test::random_network({.seed = 3});
  const std::vector<Probe> probes = {{{4, 5}, 1.0}};
  std::vector<Recording> recordings;
  const Tape tape = run(r.network, r.trial, {}, probes, &recordings);
  write_trace(file, r.network, tape, probes, recordings);
  const TraceFile read = read_trace(file);
  CHECK_FALSE(read.steps);
  std::vector<Spike> spikes, expected;
  REQUIRE(read.spikes.populations.size() == r.network.populations().size());
  for (std::size_t p = 0; p < read.spikes.populations.size(); ++p)
    for (std::uint32_t n = 0; n < r.network.populations()[p].size; ++n)
      for (const Time t : *read.spikes.populations[p].neurons.at(n))
        spikes.push_back({t, r.network.populations()[p].first + n});
  for (const TapeSpike& s : tape.spikes) expected.push_back({s.time, s.neuron});
  std::sort(spikes.begin(), spikes.end());
  std::sort(expected.begin(), expected.end());
  CHECK(spikes == expected);
  CHECK(expected.size() > 20);

  // Populations can be chosen.
  write_trace(file, r.network, tape, {}, {}, {"hidden"});
  CHECK(read_trace(file).spikes.populations.size() == 1);
  CHECK_THROWS_WITH(write_trace(file, r.network, tape, {}, {}, {"hiden"}),
                    Catch::Contains("did you mean hidden"));
}

TEST_CASE("trace: columns of neurons, one row a step, mean the same as rows of neurons") {
  const Capture rows = *parse_trace(
                            "step,population,neuron,spike,u,v\n"
                            "0,lif,0,0,,5\n0,in,0,1,,\n"
                            "1,lif,0,1,,-6\n",
                            "x")
                            .steps;
  const Capture columns =
      *parse_trace("lif[0].spike,in[0].spike, lif[0].v\n0,1,5\n 1.0 ,0,-6.0\n", "x").steps;
  const Capture named =
      *parse_trace("0,0,1,5\r\n1,1,0,-6\r\n", "x", "step,lif[0].spike,in[0].spike,lif[0].v").steps;
  for (const Capture* other : {&columns, &named}) {
    CHECK(other->steps == 2);
    for (const char* name : {"in", "lif"}) {
      const CapturedNeuron &a = rows.populations[*rows.find(name)].neurons[0],
                           &b = other->populations[*other->find(name)].neurons[0];
      CHECK(a.messages == b.messages);
      CHECK(a.u == b.u);
      CHECK(a.v == b.v);
    }
  }
  CHECK(rows.populations[0].neurons[0].v == Values{5, -6});
}

TEST_CASE("trace: what was not recorded is not known, and a declared population is") {
  const Capture capture = *parse_trace(
                               "# steps 4\n# population a 3\n# written by nobody\n"
                               "step,population,neuron,spike,v\n2,a,1,1,\n1,b,1,,9\n",
                               "x")
                               .steps;
  REQUIRE(capture.populations.size() == 2);
  const auto& a = capture.populations[*capture.find("a")].neurons;
  REQUIRE(a.size() == 3);
  CHECK(a[0].messages == Values{0, 0, 0, 0});
  CHECK(a[1].messages == Values{0, 0, 1, 0});
  CHECK(a[1].v.empty());
  const auto& b = capture.populations[*capture.find("b")].neurons;
  REQUIRE(b.size() == 2);
  CHECK(b[0].empty());
  CHECK(b[1].messages.empty());
  CHECK(b[1].v == Values{unknown, 9, unknown, unknown});
}

TEST_CASE("trace: more rows or values than the limits are refused before they are held") {
  const std::string head = "step,population,neuron,v\n";
  CHECK_THROWS_AS(parse_trace(head + "0,a,0,1\n1,a,0,1\n2,a,0,1\n", "x", {}, {.rows = 2}),
                  LimitError);
  CHECK_THROWS_AS(
      parse_trace(head + "0,a,1000000,1\n0,b,1000000,1\n", "x", {}, {.neurons = 2'000'000}),
      LimitError);
  // One row of a neuron far out and one of a step far out.
  CHECK_THROWS_AS(parse_trace("# steps 9000000\n" + head + "0,a,0,1\n0,a,1,1\n", "x", {},
                              {.values = 10'000'000}),
                  LimitError);
}

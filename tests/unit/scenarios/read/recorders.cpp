// What [[probe]] means: neurons, instants, quantities.
#include <catch2/catch.hpp>

#include <retrograde/scenarios/read/scenario.hpp>

using namespace retrograde;

namespace {

std::vector<Probe> probes(const std::string& text) {
  return parse_scenario(
             "[scenario]\nduration = \"20 ms\"\n"
             "[[population]]\nname = \"in\"\nsize = 1\nmodel = \"input\"\n"
             "[[population]]\nname = \"h\"\nsize = 3\nmodel = \"alif\"\nreceptors = "
             "[\"exponential\", "
             "\"alpha\"]\n[[projection]]\nfrom = \"in\"\nto = \"h\"\nweight = 1\n" +
                 text,
             "probes.toml")
      .probes;
}

}  // namespace

TEST_CASE("a probe takes V and I of all neurons a thousand times, unless it says otherwise") {
  const Probe p = probes("[[probe]]\npopulation = \"h\"\n").at(0);
  CHECK(p.neurons == std::vector<NeuronId>{1, 2, 3});
  CHECK(p.interval == Approx(0.02));
  CHECK(p.from == 0);
  CHECK(p.to == never);
  CHECK((p.v && p.i && !p.threshold && p.receptors.empty() && p.times.empty()));
  CHECK(sample_times(p, 20).size() == 1001);
}

TEST_CASE("a probe samples from, up to, or at instants of its own") {
  const auto read = probes(
      "[[probe]]\npopulation = \"h\"\nfrom = \"5 ms\"\nto = \"15 ms\"\n"
      "[[probe]]\npopulation = \"h\"\nfrom = \"5 ms\"\ninterval = \"2 ms\"\n"
      "[[probe]]\npopulation = \"h\"\ntimes = [\"3 ms\", \"0 ms\", \"20 ms\"]\n");
  CHECK(read.at(0).interval == Approx(0.01));
  CHECK(sample_times(read[0], 20).front() == 5);
  CHECK(sample_times(read[0], 20).back() == Approx(15));
  CHECK(sample_times(read.at(1), 20).back() == 19);
  CHECK(sample_times(read.at(2), 20) == std::vector<Time>{0, 3, 20});
}

TEST_CASE("a probe takes what it lists") {
  const auto read = probes(
      "[[probe]]\npopulation = \"h\"\nrecord = [\"threshold\", \"v\"]\n"
      "[[probe]]\npopulation = \"h\"\nreceptors = [2, 1]\nrecord = []\n");
  CHECK((read.at(0).v && !read[0].i && read[0].threshold));
  CHECK(read[0].quantities() == 2);
  CHECK((!read.at(1).v && !read[1].i && !read[1].threshold));
  CHECK(read[1].receptors == std::vector<std::uint32_t>{1, 0});
}

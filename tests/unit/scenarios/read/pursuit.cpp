// The tables of sparse coding become what solvers, classifiers and attacks are told. Reference: the
// text, with a different number in every place, and docs/scenario.md for the defaults.
#include "tests/support/pursuit.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/read/pursuit/pursuit_spec.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

PursuitSpec spec_of(const std::string& text) { return *parse_scenario(text, "x.toml").pursuit; }

// A mistake: where, and what is said.
void refused(const std::string& text, std::uint32_t line, const std::string& key,
             const std::string& message) {
  CAPTURE(text);
  try {
    parse_scenario(text, "x.toml");
    FAIL("it was read");
  } catch (const ScenarioError& error) {
    INFO(error.what());
    CHECK(error.line == line);
    CHECK(error.key == key);
    CHECK_THAT(error.what(), Contains(message));
  }
}

}  // namespace

TEST_CASE("sparse coding: every key of group codes, packing, events and attack arrives") {
  const PursuitSpec spec = spec_of(R"([scenario]
name = "x"
seed = 5
[data]
kind = "group_codes"
samples = 11
active = 3
values = [-1.5, 2.5]
margin = 0.25
[dictionary]
kind = "packing"
dimension = 20
groups = 9
group_size = 2
iterations = 17
seed = 6
[pursuit]
l1 = 0.3
l2 = 0.4
non_negative = true
solver = "events"
theta = 0.002
tau = "12 ms"
delay = "0.5 ms"
tolerance = 0.03
[classifier]
features = "norms"
seed = 8
[attack]
norm = "linf"
epsilons = { from = 0.1, to = 0.4, step = 0.1 }
steps = 7
restarts = 2
lowest = -3
highest = 4
trials = 13
seed = 9
)");
  const auto& data = std::get<GroupCodesData>(spec.data);
  CHECK(data.samples == 11);
  CHECK(data.active == 3);
  CHECK(data.lowest == -1.5);
  CHECK(data.highest == 2.5);
  CHECK(data.margin == 0.25);
  CHECK(spec.dictionary.kind == DictionaryKind::packing);
  CHECK(spec.dictionary.dimension == 20);
  CHECK(spec.dictionary.atoms == 18);
  CHECK(spec.dictionary.group_size == 2);
  CHECK(spec.dictionary.iterations == 17);
  CHECK(spec.dictionary.seed == 6);
  CHECK(spec.pursuit.l1 == 0.3);
  CHECK(spec.pursuit.l2 == 0.4);
  CHECK(spec.pursuit.non_negative);
  CHECK(spec.pursuit.solver == PursuitSolverKind::events);
  CHECK(spec.pursuit.theta == 0.002);
  CHECK(spec.pursuit.tau == 12.0);
  CHECK(spec.pursuit.delay == 0.5);
  CHECK(spec.pursuit.tolerance == 0.03);
  REQUIRE(spec.classifier);
  CHECK(spec.classifier->features == CodeFeatures::norms);
  CHECK_FALSE(spec.classifier->learned);
  CHECK(spec.classifier->seed == 8);
  CHECK(spec.attack.attack.norm == AttackNorm::linf);
  // 0 is always among them, and 0.3 is what people write.
  CHECK(spec.attack.attack.epsilons == std::vector<double>{0.0, 0.1, 0.2, 0.3, 0.4});
  CHECK(spec.attack.attack.steps == 7);
  CHECK(spec.attack.attack.restarts == 2);
  CHECK(spec.attack.attack.lowest == -3.0);
  CHECK(spec.attack.attack.highest == 4.0);
  CHECK(spec.attack.trials == 13);
  CHECK(spec.attack.attack.seed == 9);
  CHECK_FALSE(spec.learns());
}

TEST_CASE("sparse coding: every key of MNIST and of learning arrives") {
  const PursuitSpec spec = spec_of(R"([scenario]
name = "x"
[data]
kind = "mnist"
path = "digits"
standardise = "image"
validation = 100
train = 1000
test = 200
[dictionary]
kind = "samples"
atoms = 64
noise = 0.1
group_size = 8
learn = true
[pursuit]
l2 = 0.2
tolerance = 1e-5
[classifier]
weights = "learned"
[train]
epochs = 9
batch = 32
rate = 0.01
classifier_rate = 0.02
penalty_rate = 0.03
schedule = "cosine"
patience = 4
iterations = 21
reconstruction = 0.5
coherence = 0.6
gap = 0.7
warm_up = 2.5
unsupervised = 3
)");
  const auto& data = std::get<MnistSignals>(spec.data);
  CHECK(data.path == "digits");
  CHECK(data.standardise == Standardise::image);
  CHECK(data.validation == 100);
  CHECK(data.train == 1000u);
  CHECK(data.test == 200u);
  CHECK(spec.dictionary.kind == DictionaryKind::samples);
  CHECK(spec.dictionary.atoms == 64);
  CHECK(spec.dictionary.learned);
  CHECK(spec.pursuit.tolerance == 1e-5);
  REQUIRE(spec.train);
  CHECK(spec.train->epochs == 9);
  CHECK(spec.train->batch == 32);
  CHECK(spec.dictionary.noise == 0.1);
  CHECK(spec.train->dictionary_rate == 0.01);
  CHECK(spec.train->classifier_rate == 0.02);
  CHECK(spec.train->penalty_rate == 0.03);
  REQUIRE(spec.train->schedules.list.size() == 1);
  CHECK(std::holds_alternative<Cosine>(spec.train->schedules.list[0].shape));
  CHECK(spec.train->patience == 4);
  CHECK(spec.train->pursuit.iterations == 21);
  CHECK(spec.train->loss.reconstruction == 0.5);
  CHECK(spec.train->loss.coherence == 0.6);
  CHECK(spec.train->loss.gap == 0.7);
  CHECK(spec.train->loss.classification == 1.0);
  CHECK(spec.train->warm_up == 2.5);
  CHECK(spec.train->unsupervised == 3);
}

TEST_CASE("sparse coding: what is wrong is refused where it stands") {
  const std::string& text = small_pursuit;
  refused(text + "[network]\nfile = \"x.nir\"\n", 24, "network", "no populations");
  refused(changed(text, "active = 2", "active = 9"), 7, "data.active", "write fewer");
  refused(changed(text, "margin = 0.05", "margin = -1"), 8, "data.margin", "at least 0");
  refused(changed(text, "margin = 0.05", "path = \"x\""), 8, "data.path", "does not apply");
  refused(changed(text, "samples = 12", "sampels = 12"), 6, "data.sampels", "samples");
  refused(changed(text, "kind = \"packing\"", "kind = \"samples\"\natoms = 24"), 10,
          "dictionary.kind", "makes its signals");
  refused(changed(text, "groups = 8", "atoms = 8"), 12, "dictionary.atoms", "does not apply");
  refused(changed(text, "group_size = 3", "group_size = 17"), 13, "dictionary.group_size", "fit");
  refused(changed(text, "seed = 7", "learn = true"), 15, "dictionary.learn", "is known");
  refused(changed(text, "l2 = 0.1", "l2 = 0.0"), 16, "pursuit", "nothing makes the code sparse");
  refused(changed(text, "l2 = 0.1", "l2 = 0.1\ntheta = 0.01"), 18, "pursuit.theta",
          "solver = \"events\"");
  refused(changed(text, "l2 = 0.1", "l2 = 0.1\nsolver = \"events\"\ntheta = 0.2"), 19,
          "pursuit.theta", "rounds them away");
  refused(changed(text, "features = \"norms\"", "weights = \"learned\""), 19, "classifier.weights",
          "decisions of this classifier");
  refused(changed(text, "[attack]", "[train]\nepochs = 2\n[attack]"), 20, "train",
          "nothing is learned");
  refused(changed(text, "[0, 0.2, 2.0]", "[0, 2.0, 0.2]"), 21, "attack.epsilons", "ascend");
  refused(changed(text, "[0, 0.2, 2.0]", "{ to = 1.0, step = 1e-9 }"), 21, "attack.epsilons",
          "radii");
  refused(changed(text, "[classifier]\nfeatures = \"norms\"\n", ""), 8, "data.margin",
          "nothing decides");
}

TEST_CASE("sparse coding: a table of it needs a dictionary, and studies reach its tables") {
  refused("[scenario]\nduration = \"1 ms\"\n[pursuit]\nl1 = 0.1\n", 3, "pursuit", "[dictionary]");
  const Scenario scenario = parse_scenario(
      small_pursuit + "[study]\n[[study.axis]]\n\"pursuit.l2\" = [0.1, 0.2]\n", "x.toml");
  REQUIRE(scenario.study);
  CHECK(scenario.study->combinations() == 2);
  const Scenario second =
      parse_scenario(scenario.text, "x.toml", {.study = std::vector<std::size_t>{1}});
  CHECK(second.pursuit->pursuit.l2 == 0.2);
}

TEST_CASE("sparse coding: kernels make a convolution of a dictionary") {
  const std::string text = R"([scenario]
name = "x"
[data]
kind = "npy"
signals = "signals.npy"
[dictionary]
kind = "normal"
atoms = 8
kernel = [5, 3]
stride = 2
group_size = 4
[pursuit]
l2 = 0.1
)";
  const DictionarySpec d = spec_of(text).dictionary;
  REQUIRE(d.kernel);
  CHECK(d.kernel->height == 5);
  CHECK(d.kernel->width == 3);
  CHECK(d.kernel->stride == 2);
  CHECK(d.atoms == 8);
  const KernelSpec square =
      *spec_of(changed(text, "kernel = [5, 3]\nstride = 2", "kernel = 6")).dictionary.kernel;
  CHECK(square.height == 6);
  CHECK(square.width == 6);
  CHECK(square.stride == 1);
  CHECK_FALSE(spec_of(changed(text, "kernel = [5, 3]\nstride = 2\n", "")).dictionary.kernel);
  refused(changed(text, "kernel = [5, 3]\n", ""), 9, "dictionary.stride", "write kernel = 8");
  refused(changed(text, "[5, 3]", "[5, 3, 1]"), 9, "dictionary.kernel", "a height and a width");
  refused(changed(text, "[5, 3]", "0"), 9, "dictionary.kernel", "1");
  refused(changed(text, "[5, 3]", "[0, 3]"), 9, "dictionary.kernel", "1");
  refused(changed(text, "stride = 2", "stride = 0"), 10, "dictionary.stride", "1");
  refused(changed(text, "stride = 2", "dimension = 15"), 10, "dictionary.dimension",
          "does not apply");
  refused(changed(text, "group_size = 4", "group_size = 3"), 11, "dictionary.group_size",
          "8 atoms");
  refused(changed(text, "kind = \"normal\"\natoms = 8", "kind = \"packing\"\ndimension = 9"), 9,
          "dictionary.kernel", "does not apply");
  refused(changed(small_pursuit, "kind = \"packing\"\ndimension = 16\ngroups = 8",
                  "kind = \"normal\"\natoms = 24\nkernel = 3"),
          12, "dictionary.kernel", "no images");
}

TEST_CASE("sparse coding: arrays keep their place when a scenario is kept elsewhere") {
  const std::string text = R"([scenario]
name = "x"
[data]
kind = "npy"
signals = "signals.npy"
[dictionary]
kind = "npy"
path = "atoms.npy"
[pursuit]
l1 = 0.1
)";
  const std::string kept = resolved_text(parse_scenario(text, "/somewhere/x.toml"));
  CHECK_THAT(kept, Contains("/somewhere/signals.npy") && Contains("/somewhere/atoms.npy"));
  CHECK(resolved_text(parse_scenario(kept, "/elsewhere/scenario.toml")) == kept);
}

TEST_CASE("sparse coding: every key of [chip] arrives, and what does not apply is said") {
  const std::string bp = changed(small_pursuit, "l2 = 0.1", "l1 = 0.1");
  const loihi2::ChipLcaOptions unsaid = spec_of(bp).chip;
  CHECK(unsaid.step == 1.0 / 128);
  CHECK(unsaid.steps == 1024);
  CHECK_FALSE(unsaid.two_layers);
  CHECK(unsaid.scale == 0.0);
  CHECK(unsaid.bits == 32);
  const loihi2::ChipLcaOptions chip =
      spec_of(bp +
              "[chip]\nkind = \"loihi2\"\nstep = 0.25\nsteps = 77\nlayers = 2\n"
              "spike_height = 0.5\nscale = 1024\nbits = 20\n")
          .chip;
  CHECK(chip.step == 0.25);
  CHECK(chip.steps == 77);
  CHECK(chip.two_layers);
  CHECK(chip.spike_height == 0.5);
  CHECK(chip.scale == 1024.0);
  CHECK(chip.bits == 20);
  const auto line = static_cast<std::uint32_t>(std::count(bp.begin(), bp.end(), '\n')) + 2;
  refused(bp + "[chip]\nstep = 0.3\n", line, "chip.step", "step = 0.25");
  refused(bp + "[chip]\nstep = \"1 ms\"\n", line, "chip.step", "time constant");
  refused(bp + "[chip]\nsteps = 0\n", line, "chip.steps", "1");
  refused(bp + "[chip]\nlayers = 3\n", line, "chip.layers", "2");
  refused(bp + "[chip]\nspike_height = 0.5\n", line, "chip.spike_height", "layers = 2");
  refused(bp + "[chip]\nbits = 33\n", line, "chip.bits", "32");
  refused(bp + "[chip]\nscale = 0\n", line, "chip.scale", "above 0");
  refused(bp + "[chip]\nkind = \"xylo\"\n", line, "chip.kind", "loihi2");
  refused(bp + "[chip]\ngroups = 8\n", line, "chip.groups", "step");
}

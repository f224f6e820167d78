// Networks in integers on the command line: what takes them, what refuses them and with which
// remedy.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include <retrograde/scenarios/exchange/chip/chip_file.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

#include "tests/support/chip_network.hpp"
#include "tests/support/command.hpp"

using namespace retrograde;
using namespace retrograde::loihi2;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

// in (2) -> n (1): two spikes in one step make it fire.
std::string netx_file() {
  hdf5::Writer out;
  out.fixed_text("/layer/0/type", "dense", 10);
  const std::int64_t one = 1;
  out.numbers("/layer/0/shape", {&one, 1}, {1});
  const std::vector<float> weights = {60, 50};
  out.numbers("/layer/0/weight", weights, {1, 2});
  out.text("/layer/0/neuron/type", "CUBA");
  out.integer("/layer/0/neuron/iDecay", 4096);
  out.integer("/layer/0/neuron/vDecay", 1024);
  out.integer("/layer/0/neuron/vThMant", 100);
  return out.bytes();
}

// A ternary population between: no engine model has it.
std::string chip_file() {
  ChipFile file;
  file.chip = dense_chip({2, 3, 2});
  file.chip.populations[1].model = ChipModel::ternary_lif;
  file.chip.populations[1].cells =
      std::vector<TernaryLif>(3, {.du = 4095, .dv = 100, .vth_lo = -150, .vth_hi = 150});
  file.chip.populations[2].model = ChipModel::cuba_li;
  file.semantics.u = Overflow::saturate;
  return write_chip_file(file);
}

const std::string head = "[scenario]\nduration = \"10 ms\"\n[network]\nfile = \"";

const std::string with_spikes =
    head +
    "x.net\"\n[[population]]\nname = \"input\"\nspikes = [[\"1 ms\", \"4 "
    "ms\"], [\"4 ms\"]]\n";

}  // namespace

TEST_CASE("integers: run, info, check, diff and export take a netX file") {
  const ScratchFolder folder;
  put(folder / "x.net", netx_file());
  put(folder / "x.toml", with_spikes);
  const auto good = [&](const std::string& arguments, int status = 0) {
    const CommandResult r = retro(arguments, folder.path());
    CAPTURE(arguments, r.out, r.err);
    REQUIRE(r.status == status);
    return r.out;
  };
  const std::string run = good("run x.toml --json run.json --trace run.csv --out picture");
  CHECK_THAT(run, Contains("10 steps of 1 ms emulated") && Contains("layer_1[0]       5\n"));
  const auto document = nlohmann::json::parse(get(folder / "run.json"));
  CHECK(document["chip"]["spike_steps"]["input"] == nlohmann::json::parse("[[1, 4], [4]]"));
  CHECK(document["chip"]["spike_steps"]["layer_1"] == nlohmann::json::parse("[[5]]"));
  CHECK(document["spikes"]["layer_1"] == nlohmann::json::parse("[[5.5]]"));
  CHECK(std::filesystem::exists(folder / "picture" / "raster.svg"));
  CHECK_THAT(good("info x.toml"),
             Contains("x.net (netX), a step is 1 ms") && Contains("input->layer_1"));
  const std::string check = good("check x.toml --json check.json --out checked");
  CHECK_THAT(check, Contains("wrote checked/check.json; there is no page of such a check"));
  const CommandResult xylo = retro("check x.toml --chip xylo_audio3", folder.path());
  CHECK(xylo.status == 2);
  CHECK_THAT(xylo.err, Contains("integers of Loihi 2") && Contains("Xylo Audio 3") &&
                           Contains("--chip loihi2"));
  CHECK_THAT(check, Contains("no exact one to hold it against") && Contains("fits Loihi 2") &&
                        Contains("u of layer_1"));
  CHECK(nlohmann::json::parse(get(folder / "check.json"))["schema"] ==
        "retrograde.check_integers/1");
  good("diff x.toml:chip run.csv");
  good("export x.toml --format netx");
  good("export x.toml --format lava");
  good("export x.toml --format chip");

  // What was written is the same network, whichever way it comes back.
  for (const char* file : {"network.net", "network.chip"}) {
    std::string text = with_spikes;
    text.replace(text.find("x.net"), 5, file);
    put(folder / "back.toml", text);
    good("diff back.toml:chip run.csv");
  }
  // Another input is seen.
  std::string other = with_spikes;
  other.replace(other.find("[\"4 ms\"]"), 8, "[\"5 ms\"]");
  put(folder / "other.toml", other);
  good("diff other.toml:chip run.csv", 1);
}

TEST_CASE("integers: a chip file with models of the chip's own runs, and is not made values of") {
  const ScratchFolder folder;
  put(folder / "x.chip", chip_file());
  put(folder / "x.toml",
      head +
          "x.chip\"\n[[population]]\nname = \"layer0\"\nspikes = [[\"1 ms\", \"2 "
          "ms\", \"3 ms\"], []]\n");
  const CommandResult run = retro("run x.toml", folder.path());
  CAPTURE(run.out, run.err);
  CHECK(run.status == 0);
  CHECK_THAT(run.out, Contains("layer1[0]") && Contains("(-1)"));
  CHECK_THAT(retro("info x.toml", folder.path()).out,
             Contains("ternary_lif") && Contains("u saturate"));
  CHECK(retro("check x.toml", folder.path()).status == 0);
}

TEST_CASE("integers: what was exported decides as before, over the same data") {
  const ScratchFolder folder;
  const std::string yin_yang = get(RETROGRADE_SOURCE_DIR "/scenarios/library/yin_yang.toml");
  put(folder / "values.toml", yin_yang);
  REQUIRE(retro("check values.toml --json values.json", folder.path()).status == 0);
  const auto values = nlohmann::json::parse(get(folder / "values.json"));
  const std::size_t data = yin_yang.find("[data]"), train = yin_yang.find("[train]");
  for (const std::string format : {"netx", "chip"}) {
    CAPTURE(format);
    REQUIRE(
        retro("export values.toml --format " + format + " --out " + format, folder.path()).status ==
        0);
    put(folder / (format + ".toml"), "[scenario]\nduration = \"280 ms\"\n[network]\nfile = \"" +
                                         format + "\"\n" + yin_yang.substr(data, train - data));
    REQUIRE(retro("check " + format + ".toml --json " + format + ".json", folder.path()).status ==
            0);
    const auto integers = nlohmann::json::parse(get(folder / (format + ".json")));
    CHECK(integers["trials"] == 1000);
    CHECK(integers["accuracy"] == values["chip"]["accuracy"]);
    CHECK(integers["registers"] == values["chip"]["registers"]);
    CHECK(integers["cores"] == values["chip"]["cores"]);
  }
}

TEST_CASE("integers: silent populations and overflows are said") {
  const ScratchFolder folder;
  put(folder / "x.net", netx_file());
  put(folder / "x.toml", head + "x.net\"\n");
  const CommandResult check = retro("check x.toml", folder.path());
  CHECK(check.status == 0);
  CHECK_THAT(check.out, Contains("input sends nothing in 1 trial") &&
                            Contains("layer_1 sends nothing in 1 trial"));
  ChipFile file;
  file.chip = dense_chip({2, 1});
  file.chip.neurons[2].dv = 0;
  file.chip.neurons[2].du = 0;
  file.chip.neurons[2].vth = vth_limit;
  file.chip.projections[0].format.exponent = 7;
  for (ChipSynapse& s : file.chip.projections[0].synapses) s.weight = 254;
  put(folder / "x.chip", write_chip_file(file));
  std::string spikes;
  for (int k = 0; k < 9; ++k) spikes += "\"" + std::to_string(k) + " ms\", ";
  put(folder / "y.toml", head + "x.chip\"\n[[population]]\nname = \"layer0\"\nspikes = [[" +
                             spikes + "], [" + spikes + "]]\n");
  const CommandResult run = retro("run y.toml", folder.path());
  CHECK(run.status == 0);
  CHECK_THAT(run.err, Contains("layer1: the synaptic input left 16 bits") &&
                          Contains("layer1: u left its 24 bits"));
}

TEST_CASE("integers: verbs and keys for real values refuse them with the remedy") {
  const ScratchFolder folder;
  put(folder / "x.net", netx_file());
  put(folder / "x.chip", chip_file());
  put(folder / "x.toml", with_spikes);
  const auto refused = [&](const std::string& arguments, const std::string& message) {
    const CommandResult r = retro(arguments, folder.path());
    CAPTURE(arguments, r.out, r.err);
    CHECK(r.status == 2);
    CHECK_THAT(r.err, Contains(message));
  };
  for (const char* verb : {"train", "gradient", "gradcheck", "study", "plot", "grid", "attack"})
    refused(std::string(verb) + " x.toml", "retro " + std::string(verb) + " needs real values");
  refused("diff x.toml:exact x.toml:chip", "x.toml:exact needs real values");
  refused("diff x.toml", "x.toml:exact needs real values");
  refused("export x.toml --format nir", "--format nir needs real values");
  refused("run x.toml --trace t.csv --population nobody", "nobody");

  const auto text = [&](const std::string& scenario, const std::string& message) {
    put(folder / "y.toml", scenario);
    refused("info y.toml", message);
  };
  const std::string net = head + "x.net\"\n", chip = head + "x.chip\"\n";
  text(net + "spike_width = \"1 ms\"\n", "network.spike_width: is for NIR files");
  text(net + "reset_offset = 1\n", "there is no reset_interval");
  text(net + "skip_layers = 1\n", "no layer of neurons");
  text(chip + "skip_layers = 1\n", "network.skip_layers: does not apply");
  text(net + "[[population]]\nname = \"layer_1\"\nlearn = [\"tau_mem\"]\n", "are not trained");
  text(net + "[[population]]\nname = \"layer_2\"\n", "layer_2");
  text(net + "[[population]]\nname = \"layer_1\"\nspikes = [[\"1 ms\"]]\n", "is no Input");
  text(net + "[train]\nepochs = 1\n", "are not trained");
  text(net + "[[probe]]\npopulation = \"layer_1\"\n", "retro run --trace");
  text(net + "[chip]\ngroups = 2\n", "chip.groups: does not apply");
  text(chip + "[chip]\nstep = \"2 ms\"\n", "the network file says 1 ms");
  text(chip + "[chip]\nspike_register = \"zero\"\n", "the network file says it");
  std::string scheduled = net;
  scheduled.insert(scheduled.find("[network]"), "scheduler = \"windowed\"\n");
  text(scheduled, "which the emulator runs");
  put(folder / "x.net", std::string("no file of HDF5"));
  refused("info x.toml", "x.net");
}

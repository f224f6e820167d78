// docs/scenario.md holds to what the reader does: its examples parse and its tables have every key.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <retrograde/scenarios/read/scenario.hpp>

using namespace retrograde;

namespace {

std::string manual() {
  std::ifstream file(std::string(RETROGRADE_SOURCE_DIR) + "/docs/scenario.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> examples() {
  std::vector<std::string> all;
  const std::string text = manual(), open = "```toml\n", close = "\n```";
  for (std::size_t at = text.find(open); at != std::string::npos; at = text.find(open, at)) {
    at += open.size();
    const std::size_t end = text.find(close, at);
    all.push_back(text.substr(at, end + 1 - at));
    at = end;
  }
  return all;
}

}  // namespace

TEST_CASE("the examples of the scenario manual parse") {
  const std::string frame =
      "[[population]]\nname = \"pixels\"\nsize = 784\nmodel = \"input\"\n"
      "[[population]]\nname = \"readout\"\nsize = 10\nmodel = \"cuba_li\"\n";
  const auto all = examples();
  REQUIRE(all.size() >= 9);
  for (const std::string& example : all) {
    CAPTURE(example);
    std::string text = example;
    // Excerpts get what they speak of.
    if (example.find("[scenario]") == std::string::npos) {
      text = "[scenario]\nduration = \"40 ms\"\n" + frame;
      if (example.find("name = \"hidden\"") == std::string::npos)
        text += "[[population]]\nname = \"hidden\"\nsize = 100\n";
      if (example.find("[loss]") != std::string::npos)
        text +=
            "[data]\nkind = \"mnist\"\npopulation = \"pixels\"\nt_early = \"0 ms\"\nt_late = \"1 "
            "ms\"\n";
      text += example;
    }
    CHECK_NOTHROW(parse_scenario(text, "docs/scenario.md"));
  }
}

TEST_CASE("the tables of the scenario manual have every key") {
  const std::string text = manual();
  for (const char* key : {"name",
                          "title",
                          "duration",
                          "seed",
                          "max_rate",
                          "file",
                          "spike_width",
                          "skip_layers",
                          "num_layers",
                          "reset_interval",
                          "reset_offset",
                          "hash",
                          "size",
                          "model",
                          "tau_mem",
                          "tau_syn",
                          "v_threshold",
                          "v_reset",
                          "bias",
                          "t_ref",
                          "receptors",
                          "tau_syn_2",
                          "tau_adapt",
                          "adaptation",
                          "axonal_delay",
                          "tau_mem_min",
                          "dendritic_delay_max",
                          "dendritic_delay",
                          "receptor",
                          "spikes",
                          "signal",
                          "learn",
                          "from",
                          "to",
                          "connect",
                          "weight",
                          "delay",
                          "density",
                          "allow_autapses",
                          "allow_multapses",
                          "indegree",
                          "outdegree",
                          "total",
                          "synapses",
                          "grid",
                          "folder",
                          "weight_min",
                          "weight_max",
                          "delay_min",
                          "delay_max",
                          "kind",
                          "population",
                          "t_early",
                          "t_late",
                          "bias_spike",
                          "validation",
                          "pixel_threshold",
                          "train",
                          "test",
                          "path",
                          "bin",
                          "merge_units",
                          "test_speakers",
                          "validation_speakers",
                          "validation_share",
                          "test_share",
                          "equal_counts",
                          "reversed_test",
                          "blend",
                          "shift",
                          "dilation",
                          "jitter",
                          "deletion",
                          "channels",
                          "lowest",
                          "highest",
                          "sharpness",
                          "keep_silence",
                          "bands",
                          "method",
                          "step",
                          "slope",
                          "kernel",
                          "width",
                          "width_end",
                          "width_share",
                          "batch_norm",
                          "batch_norm_rate",
                          "batch_norm_momentum",
                          "batch_norm_epsilon",
                          "unit",
                          "frames",
                          "label",
                          "tau0",
                          "alpha",
                          "tau1",
                          "weighting",
                          "tau_weight",
                          "tau",
                          "gain",
                          "target",
                          "scale",
                          "margin",
                          "power",
                          "coefficient",
                          "integral",
                          "epochs",
                          "batch",
                          "beta1",
                          "weight_rate",
                          "delay_rate",
                          "neuron_rate",
                          "rate_decay",
                          "schedule",
                          "patience",
                          "best",
                          "weight_decay",
                          "weight_l1",
                          "delay_l1",
                          "delay_share",
                          "delay_choice",
                          "axonal_delay_share",
                          "dropout",
                          "beta2",
                          "epsilon",
                          "batch_groups",
                          "device",
                          "silent_increment",
                          "strength",
                          "gradient_clip",
                          "step",
                          "neurons",
                          "calibrate",
                          "clip_percentile",
                          "overflow",
                          "spike_register",
                          "interval",
                          "times",
                          "record",
                          "jitter",
                          "trials",
                          "folder",
                          "rates",
                          "every",
                          "phase",
                          "start",
                          "stop",
                          "from",
                          "probability",
                          "first",
                          "repeat",
                          "part",
                          "own_durations",
                          "unit_count",
                          "seeds",
                          "axis",
                          "labels"}) {
    CAPTURE(key);
    const std::string quoted = "`" + std::string(key) + "`";
    CHECK((text.find("\n| " + quoted) != std::string::npos ||
           text.find(", " + quoted + " |") != std::string::npos ||
           text.find(", " + quoted + ",") != std::string::npos));
  }
}

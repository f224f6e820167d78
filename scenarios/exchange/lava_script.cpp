#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <zlib.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/lava_script.hpp>
#include <retrograde/version.hpp>

namespace retrograde {

// exchange/lava_script.py: every script, with marks for what belongs to one network.
namespace embedded {
extern const std::string_view lava_script;
}

namespace {

using namespace loihi2;

// The text with `value` for the one place that says `mark`.
std::string filled(std::string text, std::string_view mark, std::string_view value) {
  const std::size_t at = text.find(mark);
  if (at == std::string::npos) throw InternalError(fmt::format("lava_script.py has no {}", mark));
  return text.replace(at, mark.size(), value);
}

std::string base64(std::span<const std::uint8_t> bytes) {
  constexpr const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t k = 0; k < bytes.size(); k += 3) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8 | (k + i < bytes.size() ? bytes[k + i] : 0u);
    for (std::size_t i = 0; i < 4; ++i)
      text += k + i <= bytes.size() ? digits[group >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

// As a number where all are equal, as a list where they are few, else packed.
std::string python(const std::vector<std::int32_t>& values) {
  constexpr std::size_t few = 16, column = 96;
  if (!values.empty() &&
      std::all_of(values.begin(), values.end(), [&](std::int32_t v) { return v == values[0]; }))
    return fmt::format("{}", values[0]);
  if (values.size() <= few) return fmt::format("np.array([{}], int)", fmt::join(values, ", "));
  uLongf size = compressBound(static_cast<uLong>(values.size() * sizeof(std::int32_t)));
  std::vector<std::uint8_t> packed(size);
  if (compress2(packed.data(), &size, reinterpret_cast<const Bytef*>(values.data()),
                static_cast<uLong>(values.size() * sizeof(std::int32_t)), 9) != Z_OK)
    throw InternalError("zlib cannot pack an array");
  packed.resize(size);
  const std::string text = base64(packed);
  std::string result = "unpacked(";
  for (std::size_t k = 0; k < text.size(); k += column)
    result += fmt::format("\n        \"{}\"", text.substr(k, column));
  return result + ")";
}

// JSON's strings are Python's.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

const char* python(SignMode sign) {
  return sign == SignMode::mixed        ? "MIXED"
         : sign == SignMode::excitatory ? "EXCITATORY"
                                        : "INHIBITORY";
}

std::string python_decision(int decision) {
  return decision == no_decision ? "None" : std::to_string(decision);
}

class Script {
 public:
  Script(const Deployed& deployed, const std::string& trial, const Emulation& emulation)
      : deployed_(deployed), chip_(deployed.chip), trial_(trial), emulation_(emulation) {}

  LavaScript run() {
    check(chip_);
    write_head();
    write_populations();
    write_projections();
    write_trial();
    std::string script(embedded::lava_script);
    script = filled(std::move(script), "@version@", version::string);
    script = filled(std::move(script), "@input@", input_encoding);
    script = filled(std::move(script), "@reset@", reset_policy);
    script = filled(std::move(script), "# @network@", text_);
    return {std::move(script), std::move(warnings_)};
  }

 private:
  template <typename... Arguments>
  void put(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    text_ += fmt::format(format, std::forward<Arguments>(arguments)...);
  }

  // What is measured in steps.
  void write_head() {
    put("NAME = {}\n"
        "SOURCE = {}  # fingerprint of the parameters that were quantised\n"
        "STEP_MS = {}\n"
        "STEPS = {}  # of a trial\n"
        "TOTAL = {}  # with the largest lag\n",
        quoted(deployed_.name), quoted(deployed_.source), chip_.step, emulation_.steps,
        emulation_.total_steps);
  }

  void write_populations() {
    put("\n# v * scale / 64 is the voltage. A trial begins for a population in step lag.\n"
        "POPULATIONS = [\n");
    for (const ChipPopulation& p : chip_.populations) {
      put("    {{\"name\": {}, \"model\": \"{}\", \"size\": {}, \"lag\": {}", quoted(p.name),
          name(p.model), p.size, p.lag);
      if (p.model != ChipModel::input) write_neurons(p);
      put("}},\n");
    }
    put("]\n");
  }

  void write_neurons(const ChipPopulation& p) {
    if (p.model != ChipModel::cuba_lif && p.model != ChipModel::cuba_li)
      throw NetworkError(p.name, fmt::format("the script has cuba_lif and cuba_li, and it is {}; "
                                             "build it with Lava's own process",
                                             name(p.model)));
    std::vector<std::int32_t> du, dv, vth, mantissa, exponent, refractory;
    for (NeuronId n = p.first; n < p.first + p.size; ++n) {
      const loihi2::CubaLif& neuron = chip_.neurons[n];
      if (neuron.refractory_delay > 1 && p.reset_interval > 0)
        throw NetworkError(chip_.neuron_name(n),
                           "it has a refractory period and periodic resets, and the script has one "
                           "of them; leave reset_interval at 0");
      du.push_back(neuron.du);
      dv.push_back(neuron.dv);
      vth.push_back(p.model == ChipModel::cuba_li ? vth_limit : neuron.vth);
      mantissa.push_back(neuron.bias_mantissa);
      exponent.push_back(neuron.bias_exponent);
      refractory.push_back(neuron.refractory_delay);
    }
    put(",\n     \"du\": {}, \"dv\": {}, \"vth\": {},\n     \"bias_mant\": {}, \"bias_exp\": {},\n"
        "     \"refractory_delay\": {}, \"reset_interval\": {}, \"reset_offset\": {},\n"
        "     \"scale\": [{}]",
        python(du), python(dv), python(vth), python(mantissa), python(exponent), python(refractory),
        p.reset_interval, p.reset_offset, fmt::join(p.scales, ", "));
    const std::size_t index = static_cast<std::size_t>(&p - chip_.populations.data());
    const std::int64_t limit = std::int64_t{vth_limit} << state_shift;
    if (p.model == ChipModel::cuba_li && emulation_.populations[index].v.max > limit)
      warnings_.push_back(
          fmt::format("{}: its v saturates, and above {} the LIF of Lava that "
                      "stands for a readout fires",
                      p.name, limit));
  }

  void write_projections() {
    put("\n# Weights as stored; a sum of them counts 2^exponent. Delays without the step of "
        "latency.\nPROJECTIONS = [\n");
    for (const ChipProjection& p : chip_.projections) {
      if (p.message_bits > 0 || p.port > 0)
        throw NetworkError(p.name,
                           "it carries payloads, and the script has spikes without; build "
                           "it with Lava's own processes");
      if (p.synapses.empty()) continue;
      require_matrix(p);
      std::vector<std::int32_t> sources, targets, weights, delays;
      for (const ChipSynapse& s : p.synapses) {
        sources.push_back(static_cast<std::int32_t>(s.source));
        targets.push_back(static_cast<std::int32_t>(s.target));
        weights.push_back(s.weight);
        delays.push_back(s.delay);
        // The script cuts a projection where processes begin; sums are shifted piece by piece then.
        if (p.format.exponent < 0 && s.weight % (1 << -p.format.exponent) != 0)
          throw NetworkError(p.name, fmt::format("weight {} with exponent {} is no integer; the "
                                                 "script cannot cut such sums",
                                                 s.weight, p.format.exponent));
      }
      put("    {{\"name\": {}, \"source\": {}, \"target\": {},\n"
          "     \"bits\": {}, \"exponent\": {}, \"sign\": \"{}\",\n"
          "     \"sources\": {},\n     \"targets\": {},\n     \"weights\": {},\n"
          "     \"delays\": {}}},\n",
          quoted(p.name), p.source, p.target, p.format.bits, p.format.exponent,
          python(p.format.sign), python(sources), python(targets), python(weights), python(delays));
    }
    put("]\n");
  }

  void write_trial() {
    put("\nTRIAL = {}\n# [population, step, neuron]\nINPUT = [", quoted(trial_));
    std::size_t count = 0;
    for (const ChipSpike& s : emulation_.spikes) {
      const std::uint32_t p = chip_.population_of(s.neuron);
      if (chip_.populations[p].model != ChipModel::input) continue;
      put("{}[{}, {}, {}],", count++ % 6 == 0 ? "\n    " : " ", p, s.step,
          s.neuron - chip_.populations[p].first);
    }
    put("\n]\n\n");
    const Readout& readout = deployed_.readout;
    put("READOUT = {{\"kind\": \"{}\", \"population\": {}", name(readout.kind), readout.population);
    if (readout.kind == Readout::Kind::voltage_integral) {
      put(", \"weighting\": \"{}\"", name(readout.weighting));
      if (readout.weighting.kind() == TimeWeight::Kind::exponential)
        put(", \"tau_ms\": {}", readout.weighting.tau());
      if (readout.weighting.kind() == TimeWeight::Kind::window)
        put(", \"from_ms\": {}", readout.weighting.from());
      if (readout.weighting.to() != never) put(", \"to_ms\": {}", readout.weighting.to());
    }
    put("}}\n\n# What the emulator of Retrograde makes of this trial.\n"
        "EXPECTED = {{\"decision\": {}, \"spikes\": {{",
        python_decision(emulation_.decision));
    bool first = true;
    for (std::size_t k = 0; k < chip_.populations.size(); ++k) {
      if (chip_.populations[k].model != ChipModel::cuba_lif) continue;
      put("{}{}: {}", first ? "" : ", ", quoted(chip_.populations[k].name),
          emulation_.populations[k].spikes);
      first = false;
    }
    put("}}}}\n");
  }

  const Deployed& deployed_;
  const ChipNetwork& chip_;
  const std::string& trial_;
  const Emulation& emulation_;
  std::string text_;
  std::vector<std::string> warnings_;
};

}  // namespace

LavaScript write_lava_script(const Deployed& deployed, const std::string& trial,
                             const Emulation& emulation) {
  return Script(deployed, trial, emulation).run();
}

}  // namespace retrograde

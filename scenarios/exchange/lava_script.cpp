#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <span>
#include <zlib.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/lava_script.hpp>
#include <retrograde/version.hpp>

namespace retrograde {

namespace {

using namespace loihi2;

// What every script has, below its data.
constexpr const char* program = R"python(
# --- the program, the same for all networks ---


class HeldLIF(LIF):
    """LIF with the chip's refractory period, which Lava has in floating point only."""

    def __init__(self, *, refractory_delay, **others):
        super().__init__(refractory_delay=refractory_delay, **others)


@implements(proc=HeldLIF, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class HeldLIFModel(AbstractPyLifModelFixed):
    """After a spike v stays 0 for refractory_delay - 1 more steps, while u goes on."""

    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    vth: int = LavaPyType(int, np.int32, precision=17)

    def __init__(self, proc_params):
        super().__init__(proc_params)
        self.delay, self.left = proc_params["refractory_delay"], 0

    def scale_threshold(self):
        self.effective_vth, self.isthrscaled = np.left_shift(self.vth, self.vth_shift), True

    def spiking_activation(self):
        return self.v > self.effective_vth

    def subthr_dynamics(self, activation_in):
        super().subthr_dynamics(activation_in)
        self.left = np.maximum(self.left - 1, 0)
        self.v[self.left > 0] = 0

    def reset_voltage(self, spike_vector):
        super().reset_voltage(spike_vector)
        self.left = np.where(spike_vector, self.delay, self.left)


def neurons_of(p):
    """Which neurons have the same decays and threshold: Lava has these per process."""
    columns = [np.broadcast_to(p[key], p["size"]) for key in ("du", "dv", "vth")]
    kinds, kind = np.unique(np.stack(columns), axis=1, return_inverse=True)
    kind = np.ravel(kind)
    return [(np.flatnonzero(kind == k), *(int(x) for x in kinds[:, k]))
            for k in range(kinds.shape[1])]


class Group:
    """Neurons of one population in one Lava process."""

    def __init__(self, p, neurons, du, dv, vth):
        self.neurons = neurons
        self.bias = np.broadcast_to(p["bias_mant"], p["size"])[neurons]
        self.lag = p["lag"] if self.bias.any() else 0
        held = np.broadcast_to(p["refractory_delay"], p["size"])[neurons]
        kind, more = LIF, {}
        if p["reset_interval"]:
            kind, more = LIFReset, {key: p[key] for key in ("reset_interval", "reset_offset")}
        elif (held > 1).any():
            kind, more = HeldLIF, {"refractory_delay": held}
        self.process = kind(
            shape=(len(neurons),), du=du, dv=dv, vth=vth,
            bias_mant=self.bias * (self.lag == 0),
            bias_exp=np.broadcast_to(p["bias_exp"], p["size"])[neurons], **more)
        self.out, self.port = self.process.s_out, self.process.a_in
        self.spikes = Sink(shape=(len(neurons),), buffer=TOTAL)
        self.out.connect(self.spikes.a_in)
        self.u, self.v = Read(buffer=TOTAL), Read(buffer=TOTAL)
        self.u.connect_var(self.process.u)
        self.v.connect_var(self.process.v)


class Inputs:
    """The spikes of an input population."""

    def __init__(self, index, p):
        self.neurons = np.arange(p["size"])
        data = np.zeros((p["size"], TOTAL), int)
        for population, step, neuron in INPUT:
            if population == index:
                data[neuron, step] = 1
        self.process = Source(data=data)
        self.out = self.process.s_out


def connect(projection, groups):
    """One synapse process per pair of groups."""
    shape = (POPULATIONS[projection["target"]]["size"], POPULATIONS[projection["source"]]["size"])
    there, weights, delays = np.zeros(shape, bool), np.zeros(shape, int), np.zeros(shape, int)
    at = (projection["targets"], projection["sources"])
    there[at], weights[at], delays[at] = True, projection["weights"], projection["delays"]
    options = {"num_weight_bits": projection["bits"], "weight_exp": projection["exponent"],
               "sign_mode": SignMode[projection["sign"]]}
    for source in groups[projection["source"]]:
        for target in groups[projection["target"]]:
            block = np.ix_(target.neurons, source.neurons)
            if not there[block].any():
                continue
            sparse = not there[block].all()
            matrix = csr_matrix if sparse else np.asarray
            if delays[block].any():
                kind = DelaySparse if sparse else DelayDense
                synapses = kind(weights=matrix(weights[block]),
                                delays=matrix(delays[block] * (weights[block] != 0)
                                              if sparse else delays[block]), **options)
            else:
                kind = Sparse if sparse else Dense
                synapses = kind(weights=matrix(weights[block]), **options)
            source.out.connect(synapses.s_in)
            synapses.a_out.connect(target.port)


def run(groups):
    """Runs the trial; u, v and spikes of every population, [neuron][step]."""
    lifs = [g for some in groups for g in some if isinstance(g, Group)]
    first = lifs[0].process
    config, done = Loihi2SimCfg(select_tag="fixed_pt"), 0
    # A population of lag L begins at step L: until then its bias is 0.
    for end in sorted({g.lag for g in lifs} - {0}) + [TOTAL]:
        if end > done:
            first.run(condition=RunSteps(num_steps=end - done), run_cfg=config)
            done = end
        for g in lifs:
            if g.lag == end < TOTAL:
                g.process.bias_mant.set(g.bias)
    results = []
    for p, some in zip(POPULATIONS, groups):
        if p["model"] == "input":
            results.append(None)
            continue
        result = {key: np.zeros((p["size"], TOTAL), int) for key in ("u", "v", "spikes")}
        for g in some:
            for key in result:
                result[key][g.neurons] = getattr(g, key).data.get()
        results.append(result)
    first.stop()
    return results


def weighting(t):
    duration = STEPS * STEP_MS
    kind = READOUT["weighting"]
    if kind == "exponential":
        return math.exp(-(1.0 / READOUT["tau_ms"]) * t)
    if kind == "linear":
        return (duration - t) / duration
    if kind == "sigmoid":
        return 1.0 / (1.0 + math.exp((t / duration - 0.5) / 0.2))
    return 1.0


def decide(results):
    """As the host does it: the index of a neuron, or None."""
    if READOUT["kind"] == "none":
        return None
    p, result = POPULATIONS[READOUT["population"]], results[READOUT["population"]]
    window = slice(p["lag"], p["lag"] + STEPS)
    if READOUT["kind"] == "first_spike":
        steps, neurons = np.nonzero(result["spikes"][:, window].T)
        return int(neurons[0]) if len(steps) else None
    v = result["v"][:, window] * np.broadcast_to(p["scale"], p["size"])[:, None] / 64.0
    if READOUT["kind"] == "voltage_maximum":
        return int(np.argmax(np.maximum(v.max(axis=1), 0.0)))
    weights = [weighting((k + 1) * STEP_MS) * STEP_MS for k in range(STEPS)]
    return int(np.argmax(v @ np.array(weights)))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trace", help="write u, v and spikes of every population there (.npz)")
    arguments = parser.parse_args()
    groups = [[Inputs(k, p)] if p["model"] == "input"
              else [Group(p, *kind) for kind in neurons_of(p)]
              for k, p in enumerate(POPULATIONS)]
    for projection in PROJECTIONS:
        connect(projection, groups)
    results = run(groups)

    decision, counts = decide(results), {}
    for p, result in zip(POPULATIONS, results):
        if p["model"] == "cuba_lif":
            counts[p["name"]] = int(result["spikes"][:, p["lag"]:p["lag"] + STEPS].sum())
    print(f"{NAME}, {TRIAL}")
    print(f"decision {decision}, predicted {EXPECTED['decision']}")
    for name, count in counts.items():
        print(f"spikes of {name}: {count}, predicted {EXPECTED['spikes'][name]}")
    if arguments.trace:
        np.savez(arguments.trace, **{f"{key}{k}": result[key] for k, result in enumerate(results)
                                     if result for key in result})
    return 0 if {"decision": decision, "spikes": counts} == EXPECTED else 1


if __name__ == "__main__":
    sys.exit(main())
)python";

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
std::string quoted(const std::string& text) { return nlohmann::json(text).dump(); }

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
    text_ += program;
    return {std::move(text_), std::move(warnings_)};
  }

 private:
  template <typename... Arguments>
  void put(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    text_ += fmt::format(format, std::forward<Arguments>(arguments)...);
  }

  void write_head() {
    put(R"python(#!/usr/bin/env python3
"""A spiking network for Loihi 2 as Lava processes, written by Retrograde {}.

    python3 FILE                 run the trial below in Lava's fixed-point simulation
    python3 FILE --trace OUT     also write every u, v and spike to OUT.npz

Prints the decision and the spike counts beside those that Retrograde's emulator predicts; exit
status 1 if they differ. Needs lava-nc 0.10, which wants Python 3.10.

Input: {}.
Reset: {}.
"""

import argparse
import base64
import math
import sys
import zlib

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
from lava.proc.dense.process import DelayDense, Dense
from lava.proc.io.sink import Read, RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.models import AbstractPyLifModelFixed
from lava.proc.lif.process import LIF, LIFReset
from lava.proc.sparse.process import DelaySparse, Sparse
from lava.utils.weightutils import SignMode
from scipy.sparse import csr_matrix


def unpacked(text):
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), "<i4").astype(int)


NAME = {}
SOURCE = {}  # fingerprint of the parameters that were quantised
STEP_MS = {}
STEPS = {}  # of a trial
TOTAL = {}  # with the largest lag
)python",
        version::string, input_encoding, reset_policy, quoted(deployed_.name),
        quoted(deployed_.source), chip_.step, emulation_.steps, emulation_.total_steps);
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

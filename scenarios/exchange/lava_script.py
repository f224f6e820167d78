#!/usr/bin/env python3
"""A spiking network for Loihi 2 as Lava processes, written by Retrograde @version@.

    python3 FILE                 run the trial below in Lava's fixed-point simulation
    python3 FILE --trace OUT     also write every u, v and spike to OUT.npz

Prints the decision and the spike counts beside those that Retrograde's emulator predicts; exit
status 1 if they differ. Needs lava-nc 0.10, which wants Python 3.10.

Input: @input@.
Reset: @reset@.
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


# @network@
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
    end, close = READOUT.get("to_ms", duration), 1e-6 * STEP_MS
    if kind == "window":
        return float(t > READOUT["from_ms"] + close and not t > end + close)
    if kind == "instant":
        return float(t > end - close and t - STEP_MS <= end - close) / STEP_MS
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

"""Compares the emulator of Xylo with xylosim on random networks: every V, synaptic current and event.

    compare.py --replay PROGRAM [--scratch FOLDER]
    compare.py --golden FOLDER      writes the small recorded runs that are checked in

xylosim is SynSense's own simulator of the chip's SNN core; its module v2 is the one that Rockpool runs
for Xylo Audio 3. Runs in the Python that RETROGRADE_XYLO_PYTHON names, if it names one. Exit status
77, with a line "SKIPPED: ...", where xylosim is not to be had.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from live import use  # noqa: E402

LEAST_NEURON_STEPS = 1_000_000
LEAST_EVENTS = 100_000
SEED = 30

# What is special of a network: sizes, ranges of its numbers, aliases, how dense its input is.
USUAL = dict(channels=16, hidden=120, outputs=8, steps=700, density=0.3, threshold=(60, 900),
             dash=(1, 5), bias=(0, 0), shift=(0, 1), alias=0.0, busy=0.15, most=2, weights=127)
KINDS = {
    "usual": {},
    "extreme": dict(dash=(0, 15), weights=128, shift=(0, 8), threshold=(1, 32767),
                    bias=(-32768, 32767), most=18),
    "saturating": dict(shift=(5, 8), threshold=(2000, 32767), busy=0.6, most=15, weights=128),
    "bursts": dict(threshold=(1, 20), busy=0.5, most=18),
    "biases": dict(bias=(-40, 120)),
    "aliases": dict(alias=0.6, threshold=(40, 400)),
    "slow": dict(dash=(6, 15), threshold=(200, 3000)),
    "negative": dict(dash=(0, 4), shift=(6, 8), weights=-128, busy=0.5, threshold=(100, 20000)),
    "one": dict(channels=1, hidden=1, outputs=1, density=1.0, busy=0.5),
}
GOLDEN = ["usual", "extreme", "saturating", "aliases", "biases"]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replay", help="the program xylo_replay")
    parser.add_argument("--golden", type=pathlib.Path)
    parser.add_argument("--scratch", type=pathlib.Path)
    arguments = parser.parse_args()
    xylosim = use("RETROGRADE_XYLO_PYTHON", "xylosim.v2", "xylosim")

    if arguments.golden:
        arguments.golden.mkdir(parents=True, exist_ok=True)
        for name in GOLDEN:
            small = dict(channels=4, hidden=10, outputs=3, steps=60, density=0.5)
            path = arguments.golden / f"{name}.json"
            run = recorded(xylosim, name, SEED, small)
            path.write_text(json.dumps(run, separators=(",", ":")) + "\n")
            print(f"{path}: {events_of(run)} events")
        return 0

    neuron_steps = events = failures = 0
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as scratch:
        for seed in (SEED + 1, SEED + 2):
            for name in KINDS:
                run = recorded(xylosim, name, seed, {})
                path = pathlib.Path(scratch) / f"{name}_{seed}.json"
                path.write_text(json.dumps(run, separators=(",", ":")))
                neuron_steps += (len(run["hidden"]) + len(run["outputs"])) * len(run["events"])
                events += events_of(run)
                failures += subprocess.run([arguments.replay, path]).returncode != 0
                sys.stdout.flush()
                path.unlink()
    print(f"{neuron_steps} neuron-steps, {events} events, {failures} networks that differ")
    if neuron_steps < LEAST_NEURON_STEPS or events < LEAST_EVENTS:
        print(f"too few: the test promises {LEAST_NEURON_STEPS} and {LEAST_EVENTS}")
        failures += 1
    return failures != 0


def events_of(run):
    return sum(map(sum, run["fired"]))


def recorded(xylosim, name, seed, small):
    """A network and what xylosim did with it; tests/support/xylo_run.hpp reads it."""
    what = {**USUAL, **KINDS[name], **small}
    rng = random.Random(f"{name} {seed}")
    hidden, outputs = what["hidden"], what["outputs"]

    def weight():
        if what["weights"] < 0:  # far more often negative
            return rng.choice([rng.randint(what["weights"], 127), rng.randint(what["weights"], -1)])
        return rng.randint(-what["weights"], min(what["weights"], 127))

    def rows(sources, targets, synapses):
        return [[[t, s, w] for t in range(targets) for s in range(synapses)
                 if rng.random() < what["density"] and (w := weight()) != 0]
                for _ in range(sources)]

    def neurons(count, has_alias):
        return [[rng.randint(*what["threshold"]), rng.randint(*what["bias"]),
                 rng.randint(*what["dash"]), rng.randint(*what["dash"]), rng.randint(*what["dash"]),
                 other(k, count) if has_alias and rng.random() < what["alias"] else -1]
                for k in range(count)]

    def other(k, count):
        return rng.choice([n for n in range(count) if n != k])

    run = {
        "shifts": [rng.randint(*what["shift"]) for _ in range(3)],
        "hidden": neurons(hidden, True),
        "outputs": neurons(outputs, False),
        "input": rows(what["channels"], hidden, 2),
        "recurrent": rows(hidden, hidden, 2),
        "readout": rows(hidden, outputs, 1),
        "events": [[rng.randint(1, what["most"]) if rng.random() < what["busy"] else 0
                    for _ in range(what["channels"])] for _ in range(what["steps"])],
    }
    return {**run, **simulated(xylosim, run)}


def simulated(xylosim, run):
    def synapses(rows):
        return [[xylosim.XyloSynapse(*entry) for entry in row] for row in rows]

    hidden, outputs = run["hidden"], run["outputs"]
    # The layer holds pointers to them and does not keep them alive.
    kept = [synapses(run[kind]) for kind in ("input", "recurrent", "readout")]
    layer = xylosim.XyloLayer(
        synapses_in=kept[0],
        synapses_rec=kept[1],
        synapses_out=kept[2],
        aliases=[[n[5]] if n[5] >= 0 else [] for n in hidden],
        threshold=[n[0] for n in hidden],
        threshold_out=[n[0] for n in outputs],
        has_bias=True,
        bias=[n[1] for n in hidden],
        bias_out=[n[1] for n in outputs],
        weight_shift_inp=run["shifts"][0],
        weight_shift_rec=run["shifts"][1],
        weight_shift_out=run["shifts"][2],
        dash_mem=[n[2] for n in hidden],
        dash_mem_out=[n[2] for n in outputs],
        dash_syns=[n[3:5] for n in hidden],
        dash_syns_out=[n[3:4] for n in outputs],
        name="compared")
    layer.evolve(run["events"])

    def by_step(hidden_values, output_values):
        return [list(column) for column in zip(*hidden_values, *output_values)]

    return {
        # Per step, hidden neurons first.
        "v": by_step(layer.rec_v_mem, layer.rec_v_mem_out),
        "i": by_step(layer.rec_i_syn, layer.rec_i_syn_out),
        "i2": by_step(layer.rec_i_syn2, []),
        "fired": [list(h) + list(o) for h, o in zip(layer.rec_recurrent_spikes,
                                                    layer.rec_out_spikes)],
    }


if __name__ == "__main__":
    sys.exit(main())

"""Is the windowed scheduler faster than Brian2's generated code? The same networks in both.

    against_brian2.py PROGRAM [--network NAME]... [--rounds N]

PROGRAM is bench_brian2. Brian2 is that of this Python, or of the one that RETROGRADE_BRIAN2_PYTHON
names: `pip install brian2 "numpy<2.4"` (2.9 does not start with a later numpy). NAME is
keyword-256, keyword-512r (hidden neurons; r: recurrent) or sparse-10000x100 (neurons and the
synapses of each), as bench/figures/workload.hpp has them. Without one, eight networks take four
minutes on one core; sparse-1000000x100, which only comes when it is asked for, wants a machine of
its own.

Both get the same synapses, weights, delays and input spikes. Brian2 runs them as its manual
recommends for speed: C++ standalone, one thread, its own compiler flags (-O3 -march=native and fast
arithmetic), exact integration of the linear equations, a delay of its own for each synapse, and no
monitors but counts of spikes. Its grid is 1 ms for keywords and 0.1 ms for the others, to which it
rounds delays and we round input spikes; a second spike of one input in a step waits for the next.

On both sides a process runs the trial twice and the second run counts, so that queues have grown
and memory has been met. The clock is processor time: of Brian2 what its program reports of the run,
which leaves out reading arrays and preparing queues; of ours, that of `WindowedMachine::run`. The
two take turns, and the fastest run of each counts; the range is over the rounds. A delivery is a
synapse of a neuron that spiked. On a grid neurons fire a little differently, so each side's time is
divided by its own deliveries.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests" / "support"))

from live import use  # noqa: E402

NETWORKS = ("keyword-256", "keyword-512", "keyword-256r", "keyword-512r", "sparse-1000x100",
            "sparse-10000x100", "sparse-10000x1000", "sparse-100000x100")
PAUSE = 100  # ms without input between the two runs, after which nothing is under way

b2 = use("RETROGRADE_BRIAN2_PYTHON", "brian2", "brian2")
import numpy as np  # noqa: E402


def on_grid(neurons, times, dt):
    """The step of each input spike: none has two in one step, which Brian2 does not allow."""
    steps = np.floor(times / dt + 0.5).astype(int)
    order = np.lexsort((steps, neurons))
    last = {}
    for k in order:
        steps[k] = max(steps[k], last.get(neurons[k], -1) + 1)
        last[neurons[k]] = steps[k]
    return steps


def equations(population):
    constants = {"tau_mem": population["tau_mem"] * b2.ms, "tau_syn": population["tau_syn"] * b2.ms}
    text = "dv/dt = (current - v) / tau_mem : 1\ndcurrent/dt = -current / tau_syn : 1"
    if not population["fires"]:
        return dict(model=text + "\nintegral : second", namespace=constants)
    constants |= {"v_threshold": population["v_threshold"], "v_reset": population["v_reset"]}
    return dict(model=text, threshold="v >= v_threshold", reset="v = v_reset", namespace=constants)


class Brian2:
    """One network, built; `run` runs it."""

    def __init__(self, network, arrays, folder, dt):
        self.device = b2.get_device()
        self.device.reinit()
        self.device.activate(build_on_run=False)
        self.folder, self.results = folder, pathlib.Path(folder) / "results"
        b2.defaultclock.dt = dt * b2.ms
        self.groups, self.counts, self.fan_out = {}, {}, {}
        pause = network["duration"] + PAUSE
        for p in network["populations"]:
            if p["input"]:
                neurons = np.fromfile(arrays / "inputs.neurons", np.int32)
                steps = on_grid(neurons, np.fromfile(arrays / "inputs.times"), dt)
                again = steps + round(pause / dt)
                group = b2.SpikeGeneratorGroup(p["size"], np.tile(neurons, 2),
                                               np.concatenate((steps, again)) * dt * b2.ms)
            else:
                group = b2.NeuronGroup(p["size"], method="exact", **equations(p))
                if not p["fires"]:
                    group.run_regularly("integral += v * dt", when="end")
            self.groups[p["name"]] = group
            self.fan_out[p["name"]] = np.zeros(p["size"], int)
            if p.get("fires", True):
                self.counts[p["name"]] = b2.SpikeMonitor(group, record=False)
        projections = [self.connect(p, arrays) for p in network["projections"]]
        net = b2.Network(*self.groups.values(), *self.counts.values(), *projections)
        net.run(pause * b2.ms, namespace={})
        # A second net.run() would compile all its code once more; the program can go on by itself.
        for count in self.counts.values():
            self.device.insert_code("main", self.cleared(count.variables["count"]))
        self.device.insert_code("main", f"{net.name}.run({network['duration'] / 1e3}, NULL, 10.0);")
        self.device.build(directory=folder, compile=True, run=False, with_output=False)

    def connect(self, projection, arrays):
        def part(name, kind):
            return np.fromfile(arrays / f"{projection['name']}.{name}", kind)

        sources = part("sources", np.int32)
        synapses = b2.Synapses(self.groups[projection["source"]], self.groups[projection["target"]],
                               "w : 1", on_pre="current_post += w")
        synapses.connect(i=sources, j=part("targets", np.int32))
        synapses.w = part("weights", float)
        delays = part("delays", float)
        # One number where all delays are equal, which Brian2 has a faster queue for.
        synapses.delay = (delays if delays.any() else 0) * b2.ms
        fan_out = self.fan_out[projection["source"]]
        fan_out += np.bincount(sources, minlength=len(fan_out))
        return synapses

    def cleared(self, variable):
        name = self.device.get_array_name(variable)
        return f"for (int k = 0; k < {variable.size}; ++k) {name}[k] = 0;"

    def run(self):
        self.device.run(with_output=False)
        counts = {name: np.array(count.count) for name, count in self.counts.items()}
        deliveries = sum(int(n @ self.fan_out[name]) for name, n in counts.items())
        return {"seconds": self.device._last_run_time, "deliveries": deliveries,
                "spikes": {name: int(n.sum()) for name, n in counts.items()}}


def ours(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr.strip() or f"{program} ended with status {done.returncode}")
    return json.loads(done.stdout)


def per_delivery(result):
    return 1e9 * result["seconds"] / result["deliveries"]


def rate(network, result):
    """Spikes per second of the neurons that may fire."""
    neurons = {p["name"]: p["size"] for p in network["populations"] if p.get("fires")}
    spikes = sum(result["spikes"][name] for name in neurons)
    return 1e3 * spikes / sum(neurons.values()) / network["duration"]


def compare(program, name, rounds):
    dt = 1.0 if name.startswith("keyword") else 0.1
    with tempfile.TemporaryDirectory() as folder:
        arrays = pathlib.Path(folder) / "arrays"
        arrays.mkdir()
        network = ours(program, name, arrays)
        brian2 = Brian2(network, arrays, os.path.join(folder, "brian2"), dt)
        pairs = [(ours(program, name), brian2.run()) for _ in range(rounds)]
    best = [min(side, key=per_delivery) for side in zip(*pairs)]
    ratios = [per_delivery(theirs) / per_delivery(mine) for mine, theirs in pairs]
    mine, theirs = best
    print(f"{name:18} {dt:4g} {mine['deliveries'] / 1e6:9.2f} {theirs['deliveries'] / 1e6:7.2f} "
          f"{rate(network, mine):9.2f} {rate(network, theirs):7.2f} "
          f"{per_delivery(mine):9.2f} {per_delivery(theirs):7.2f} "
          f"{per_delivery(theirs) / per_delivery(mine):9.2f} "
          f"({min(ratios):.2f} to {max(ratios):.2f})", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--network", action="append", metavar="NAME",
                        help=f"one or more; without it {', '.join(NETWORKS)}")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    if not os.access(arguments.program, os.X_OK):
        sys.exit(f"{arguments.program} is no program; the target bench_brian2 makes it "
                 "(bench/README.md)")
    b2.set_device("cpp_standalone", build_on_run=False)
    b2.prefs.devices.cpp_standalone.openmp_threads = 0
    # As many compilers as cores, and not all at once.
    b2.prefs.devices.cpp_standalone.extra_make_args_unix = [f"-j{len(os.sched_getaffinity(0))}"]
    print(f"Brian2 {b2.__version__}, {arguments.rounds} rounds; of two numbers ours comes first\n"
          f"{'network':18} {'grid':>4} {'million deliv.':>17} {'spikes/s':>17} "
          f"{'ns a delivery':>17} {'ratio':>9}", flush=True)
    for name in arguments.network or NETWORKS:
        compare(arguments.program, name, arguments.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())

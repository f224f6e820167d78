#!/usr/bin/env python3
"""What Python costs: a batch through Python beside the same in C++, and the time from `import` to the first spike
beside other packages.

    cmake --preset bench -D RETROGRADE_BUILD_PYTHON=ON && cmake --build --preset bench --target bench_through_python retrograde_python
    PYTHONPATH=build/bench/python build/python/bin/python bench/peers/through_python.py build/bench/bin/bench_through_python

A batch: 256 trials of Yin-Yang, run (`rg.run`) and with the mean gradient (`rg.gradient_of`), in the network with
other values each time, as a training has it, and with the values already there. Both sides are one process each that
waits for the other; they take turns, and who is first alternates. What counts is the median over the rounds of the
ratio within a round, by the clock and by processor time. Both sides have the same spikes and the same loss, or it ends.

First spike: a process of its own imports the package, makes one neuron and runs it until it fires. Beside ours stand
those packages whose Python an environment variable names: RETROGRADE_BRIAN2_PYTHON (`pip install brian2 "numpy<2.4"`, with NumPy,
and with Cython with an empty cache and with what it compiled), RETROGRADE_TORCH_PYTHON (`pip install torch exact-snn-nn`) and
RETROGRADE_JAX_PYTHON (`pip install eventax`). One round before those that count brings the files into memory. Processor time includes that
of compilers.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

SCENARIO = pathlib.Path(__file__).parents[2] / "scenarios/library/yin_yang.toml"
BATCH = 256


# ---- a batch -------------------------------------------------------------------------------------


def batch(path: str, count: int) -> None:
    """The other side of through_python.cpp."""
    import retrograde as rg

    scenario = rg.Scenario.read(path)
    data = scenario.data().train[:count]
    trials = rg.Trials(data.times, data.neurons, data.offsets, duration=data.durations, labels=data.labels)
    for word in sys.stdin:
        # With other values it is another machine, as in a training and as C++ makes it.
        net = scenario.network.with_values(scenario.network.values)
        work = (lambda: rg.run(net, trials)) if word.strip() == "forward" else (lambda: rg.gradient_of(net, trials))
        start, before = time.perf_counter(), time.process_time()
        result = work()
        used, took = time.process_time() - before, time.perf_counter() - start
        print(1e3 * took, 1e3 * used, result.times.size if word.strip() == "forward" else result.loss, flush=True)
        del result


class Side:
    """A process that does one round when it is told."""

    def __init__(self, *words: str) -> None:
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def round(self, what: str) -> list[float]:
        try:
            self.process.stdin.write(what + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:  # it has said why
            sys.exit(f"{self.process.args[0]} ended")
        return [float(word) for word in self.process.stdout.readline().split()]

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def quartiles(values: list[float]) -> str:
    low, middle, high = statistics.quantiles(values, n=4)
    return f"{100 * (middle - 1):+.1f} % (quartiles {100 * (low - 1):+.1f} to {100 * (high - 1):+.1f})"


def compare(program: str, scenario: pathlib.Path, count: int, rounds: int) -> None:
    cpp = Side(program, str(scenario), str(count))
    python = Side(sys.executable, __file__, "--child", "batch", str(scenario), str(count))
    for what in ("forward", "gradient"):
        for side in (cpp, python):
            side.round(what)
        pairs = []
        for k in range(rounds):
            order = (cpp, python) if k % 2 else (python, cpp)
            took = {side: side.round(what) for side in order}
            pairs.append((took[cpp], took[python]))
        if any(theirs[2] != ours[2] for theirs, ours in pairs):
            sys.exit(f"{what}: the two sides differ: {pairs[0][0][2]!r} in C++, {pairs[0][1][2]!r} in Python")
        for k, clock in enumerate(("clock", "processor time")):
            middle = [statistics.median(pair[side][k] for pair in pairs) for side in (0, 1)]
            ratios = [ours[k] / theirs[k] for theirs, ours in pairs]
            print(f"{what} of {count} trials, {clock}: C++ {middle[0]:.1f} ms, Python {middle[1]:.1f} ms, {quartiles(ratios)}", flush=True)
    for side in (cpp, python):
        side.end()


# ---- the first spike -----------------------------------------------------------------------------


def first_retrograde() -> float:
    import retrograde as rg

    net = rg.build(
        [dict(name="in", size=1, model="input"), dict(name="h", size=1)],
        [dict(from_="in", to="h", weight=20.0)],
    )
    return rg.run(net, rg.Trial([1.0], [0], duration=50.0)).spikes_of("h")[0][0]


def first_brian2(target: str) -> float:
    import brian2 as b2

    b2.prefs.codegen.target = target
    if folder := os.environ.get("RETROGRADE_CYTHON_CACHE"):
        b2.prefs.codegen.runtime.cython.cache_dir = folder
    given = b2.SpikeGeneratorGroup(1, [0], [1.0] * b2.ms)
    neuron = b2.NeuronGroup(
        1,
        "dv/dt = (current - v) / (20 * ms) : 1\ndcurrent/dt = -current / (5 * ms) : 1",
        threshold="v > 1",
        reset="v = 0",
        method="exact",
    )
    synapse = b2.Synapses(given, neuron, on_pre="current += 20")
    synapse.connect()
    seen = b2.SpikeMonitor(neuron)
    b2.run(50 * b2.ms)
    return float(seen.t[0] / b2.ms)


def first_exact_snn() -> float:
    import exact_snn
    import torch

    layer = exact_snn.ExactTTFSLinear(1, 1, tm=20.0, ts=5.0, t_max=50.0, dtype=torch.float64)
    layer.weight.data = torch.tensor([[20.0 * 5.0 * layer.k_peak, 0.0]], dtype=torch.float64)
    return float(layer(torch.tensor([[1.0]], dtype=torch.float64)).detach()[0, 0])


def first_eventax() -> float:
    import jax

    jax.config.update("jax_enable_x64", True)
    import diffrax
    import jax.numpy as jnp
    import optimistix
    from eventax.evnn import FFEvNN
    from eventax.neuron_models.lif import LIF
    from eventax.neuron_models.refractory_wrapper import Refractory

    model = FFEvNN(
        [1], 1, Refractory(LIF), 50.0, key=jax.random.key(0), solver=diffrax.Tsit5(), solver_stepsize=0.01,
        dtype=jnp.float64, stepsize_controller=diffrax.PIDController(rtol=1e-9, atol=1e-11), max_event_steps=20,
        root_finder=optimistix.Newton(1e-12, 1e-12), thresh=1.0, tsyn=5.0, tmem=20.0, init_bias=0.0,
        init_weights=jnp.array([[0.0], [20.0]]), t_refrac=500.0,
    )
    return float(model.ttfs(jnp.array([[1.0]]))[0])


FIRST = {
    "retrograde": first_retrograde,
    "brian2-numpy": lambda: first_brian2("numpy"),
    "brian2-cython": lambda: first_brian2("cython"),
    "exact-snn-nn": first_exact_snn,
    "eventax": first_eventax,
}


def first_spikes(turns: int) -> None:
    pythons = {"retrograde": sys.executable}
    for variable, names in (
        ("RETROGRADE_BRIAN2_PYTHON", ("brian2-numpy", "brian2-cython")),
        ("RETROGRADE_TORCH_PYTHON", ("exact-snn-nn",)),
        ("RETROGRADE_JAX_PYTHON", ("eventax",)),
    ):
        if python := os.environ.get(variable):
            pythons.update(dict.fromkeys(names, python))
        else:
            print(f"{', '.join(names)}: left out; {variable} names a Python that has it")
    took: dict[str, list[list[float]]] = {}
    with tempfile.TemporaryDirectory() as kept:
        for turn in range(turns + 1):
            for name, python in pythons.items():
                with tempfile.TemporaryDirectory() as empty:
                    caches = {name: kept}
                    if name == "brian2-cython":
                        caches = {name + ", empty cache": empty, name: kept}
                    for what, cache in caches.items():
                        words = [python, __file__, "--child", name]
                        environment = dict(os.environ, RETROGRADE_CYTHON_CACHE=cache)
                        # Ours alone needs it, and another Python may not get along with what is there.
                        if name != "retrograde":
                            environment.pop("PYTHONPATH", None)
                        done = subprocess.run(words, capture_output=True, text=True, env=environment)
                        if done.returncode:
                            sys.exit(f"{what}: {done.stderr}")
                        if turn:
                            *both, spike = (float(word) for word in done.stdout.split())
                            took.setdefault(f"{what} (fires at {spike:.4f} ms)", []).append(both)
    for what, rounds in took.items():
        clock, processor = (
            f"{statistics.median(s):.2f} s ({min(s):.2f} to {max(s):.2f})" for s in zip(*rounds)
        )
        print(f"import to the first spike, {what}: by the clock {clock}, processor time {processor}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", nargs="?", help="bench_through_python")
    parser.add_argument("--scenario", type=pathlib.Path, default=SCENARIO, help="whose training data and loss are taken")
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--turns", type=int, default=5, help="of the first spike; 0 leaves it out")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        what, *words = given.child
        if what == "batch":
            return batch(words[0], int(words[1]))
        start, before = time.perf_counter(), sum(os.times()[:4])
        spike = FIRST[what]()
        print(time.perf_counter() - start, sum(os.times()[:4]) - before, spike)
        return None
    if given.turns:
        first_spikes(given.turns)
    if given.program:
        compare(given.program, given.scenario, given.batch, given.rounds)
    return None


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Spike times, gradients and time per gradient beside the torch packages that call their gradients exact, in one run.

    against_exact_packages.py RETRO [SIZES ...]     RETRO is the program retro; SIZES such as 20-16-4 50-32-10 (the default)

exact-snn-nn 3.2.3 (its layer on a grid, and its layer by events), exact-event-adjoint 0.2.0 and, where it is installed, eventax
0.1.0 of JAX (its fifth-order solver at tolerances of 1e-9), of this Python or of RETROGRADE_EXACT_PYTHON, in double precision on one thread:

    pip install torch exact-snn-nn==3.2.3 exact-event-adjoint==0.2.0 eventax==0.1.0

The network is what all can express: layers of leaky integrate-and-fire neurons with exponential currents, without
delays, that fire once at most; the loss is a weighted sum of the output neurons' spike times. Their membranes are ours
but for a factor on the weights. Two questions:

1. The same batch, forward and backward: how far spike times and gradients are from ours, and how long a gradient of a
   trial takes. The packages are called as modules of torch, forward and backward. Ours is `retro train` at learning
   rate 0: an epoch of 1024 trials in batches of 64, reading, loss, sums and optimiser included, the time of a long run
   less that of a short one, so that starting is left out. Processor time on both sides. The fastest of three rounds.
2. One layer at the edge of firing: 2000 neurons, 20 inputs, weights of both signs, and how many first spikes are missed,
   late or not there at all.
"""

import argparse
import json
import math
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests" / "support"))

from live import use  # noqa: E402

torch = use("RETROGRADE_EXACT_PYTHON", "torch", "torch")
exact_snn = use("RETROGRADE_EXACT_PYTHON", "exact_snn", "exact-snn-nn")
adjoint = use("RETROGRADE_EXACT_PYTHON", "exact_event_adjoint", "exact-event-adjoint")
import exact_snn.event  # noqa: E402
import numpy as np  # noqa: E402

TAU_MEM, TAU_SYN, DURATION, BATCH, EPOCH = 15.0, 4.0, 40.0, 64, 1024


# ---- the packages --------------------------------------------------------------------------------


class OnGrid:
    """exact-snn-nn: (neurons, batch), a bias in the last column of the weights, inf for silence."""

    name, layer = "exact-snn-nn, grid", exact_snn.ExactTTFSLinear

    def __init__(self, weights):
        self.layers = [self.layer(w.shape[1], w.shape[0], tm=TAU_MEM, ts=TAU_SYN, t_max=DURATION, dtype=torch.float64)
                       for w in weights]
        for layer, w in zip(self.layers, weights):
            ours = TAU_SYN * layer.k_peak  # K is scaled to a peak of 1
            layer.weight.data = torch.cat([torch.tensor(w * ours), torch.zeros(len(w), 1, dtype=torch.float64)], 1)
            layer.ours = ours

    def __call__(self, times):
        t = torch.tensor(times.T)
        for layer in self.layers:
            t = layer(t)
        return t.T

    def gradients(self):
        return [(layer.weight.grad[:, :-1] * layer.ours).numpy() for layer in self.layers]


class ByEvents(OnGrid):
    name, layer = "exact-snn-nn, events", exact_snn.event.ExactEventLinear


class Adjoint:
    """exact-event-adjoint: (batch, neurons), the end of the trial for silence."""

    name = "exact-event-adjoint"

    def __init__(self, weights):
        self.layers = [adjoint.ExactAdjointLinear(w.shape[1], w.shape[0], tau_m=TAU_MEM, tau_s=TAU_SYN, t_max=DURATION)
                       for w in weights]
        for layer, w in zip(self.layers, weights):
            layer.weight.data = torch.tensor(w / TAU_MEM)

    def __call__(self, times):
        t = torch.tensor(times)
        for layer in self.layers:
            t = layer(t)
        return torch.where(t < DURATION, t, math.inf)

    def gradients(self):
        return [layer.weight.grad.numpy() / TAU_MEM for layer in self.layers]


class Solver:
    """eventax: every trial is an initial value problem; compiled by XLA once, which is not timed."""

    name = "eventax"
    compiled = {}

    @classmethod
    def gradient(cls, weights, times, coefficient):
        sizes = tuple(len(w) for w in weights)
        shape = (weights[0].shape[1],) + sizes
        count = sum(sizes)
        matrix = np.zeros((count + shape[0], count))  # rows: neurons, then inputs
        ends = np.cumsum((0,) + sizes)
        rows = [slice(count, None)] + [slice(a, b) for a, b in zip(ends, ends[1:])][:-1]
        columns = [slice(a, b) for a, b in zip(ends, ends[1:])]
        for row, column, w in zip(rows, columns, weights):
            matrix[row, column] = w.T
        if shape not in cls.compiled:
            model = eventax.evnn.FFEvNN(
                list(sizes), shape[0], eventax.neuron_models.refractory_wrapper.Refractory(eventax.neuron_models.lif.LIF),
                DURATION, key=jax.random.key(0), solver=diffrax.Tsit5(), solver_stepsize=0.01, dtype=jnp.float64,
                stepsize_controller=diffrax.PIDController(rtol=1e-9, atol=1e-11), max_event_steps=2 * sum(shape) + 10,
                root_finder=optimistix.Newton(1e-12, 1e-12), thresh=1.0, tsyn=TAU_SYN, tmem=TAU_MEM, init_bias=0.0,
                init_weights=jnp.asarray(matrix), t_refrac=10 * DURATION)

            def loss(w, t, c):
                network = equinox.tree_at(lambda m: m.neuron_model.neuron.weights, model, w)
                spikes = jax.vmap(network.ttfs)(t[..., None])
                return (jnp.where(jnp.isfinite(spikes), spikes, 0.0) * c).sum(), spikes

            cls.compiled[shape] = jax.jit(jax.value_and_grad(loss, has_aux=True))
            jax.block_until_ready(cls.compiled[shape](matrix, times, coefficient))
        begin = time.process_time()
        (_, spikes), gradient = jax.block_until_ready(cls.compiled[shape](matrix, times, coefficient))
        seconds = time.process_time() - begin
        return np.array(spikes), [np.array(gradient)[row, column].T for row, column in zip(rows, columns)], seconds


PACKAGES = [OnGrid, ByEvents, Adjoint]
try:
    import diffrax
    import equinox
    import eventax.evnn
    import eventax.neuron_models.lif
    import eventax.neuron_models.refractory_wrapper
    import jax
    import jax.numpy as jnp
    import optimistix

    jax.config.update("jax_enable_x64", True)
    PACKAGES.append(Solver)
except ImportError as error:
    print(f"eventax is left out: {error}")


def gradient_of(package, weights, times, coefficient):
    """First spikes of the outputs, gradients of the weights, processor seconds."""
    if package is Solver:
        return package.gradient(weights, times, coefficient)
    network = package(weights)
    begin = time.process_time()
    spikes = network(times)
    fired = torch.isfinite(spikes)
    (torch.where(fired, spikes, 0.0) * torch.tensor(coefficient)).sum().backward()
    return spikes.detach().numpy(), network.gradients(), time.process_time() - begin


# ---- ours ----------------------------------------------------------------------------------------


def scenario(weights, times, coefficient, epochs=1):
    names = ["in"] + [f"h{k}" for k in range(1, len(weights))] + ["out"]
    lines = [f'scenario = {{ duration = "{DURATION} ms" }}',
             f'[[population]]\nname = "in"\nsize = {weights[0].shape[1]}\nmodel = "input"']
    for name, source, w in zip(names[1:], names, weights):
        lines += [f'[[population]]\nname = "{name}"\nsize = {len(w)}\ntau_mem = "{TAU_MEM} ms"\ntau_syn = "{TAU_SYN} ms"\n'
                  f't_ref = "{10 * DURATION} ms"',
                  f'[[projection]]\nfrom = "{source}"\nto = "{name}"\nweight = {json.dumps(w.tolist())}\nlearn = ["weight"]']
    lines += [f'[loss]\nkind = "spike_time_power"\npopulation = "out"\ncoefficient = {json.dumps(coefficient.tolist())}',
              f"[train]\nbatch = {BATCH}\nepochs = {epochs}\nweight_rate = 0"]
    for row in times:
        lines.append("[[trial]]\n[trial.spikes]\nin = " + json.dumps([[f"{t!r} ms"] for t in row.tolist()]))
    return "\n".join(lines)


class Retro:
    def __init__(self, program, folder):
        self.program, self.folder = program, pathlib.Path(folder)

    def __call__(self, *arguments):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([self.program, *map(str, arguments), "--threads", "1", "--quiet"],
                              capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"retro {arguments[0]}: {done.stderr}")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def file(self, text):
        path = self.folder / "scenario.toml"
        path.write_text(text)
        return path

    def gradients(self, weights, times, coefficient):
        path = self.file(scenario(weights, times, coefficient))
        spikes, sums = [], [np.zeros_like(w) for w in weights]
        for k in range(len(times)):
            which = ("--part", "train", "--trial", k) if len(times) > 1 else ()
            document = json.loads(self("gradient", path, *which, "--json", "-")[0])
            spikes.append([s[0] if s else math.inf for s in document["spikes"]["out"]])
            for total, projection in zip(sums, document["gradient"]["projections"].values()):
                total += np.array(projection["weight"])
        return np.array(spikes), sums

    def seconds(self, weights, times, coefficient):
        """Processor time of forward and backward passes of a trial, of an epoch of EPOCH trials of a batch repeated."""
        took = {}
        many = np.tile(times, (EPOCH // len(times), 1))
        for epochs in (1, 9):
            path = self.file(scenario(weights, many, coefficient, epochs))
            took[epochs] = self("train", path, "--out", self.folder / "run", "--overwrite")[1]
        return (took[9] - took[1]) / (8 * EPOCH)


# ---- the questions -------------------------------------------------------------------------------


def network(sizes, generator):
    """Positive on the whole, so that every neuron fires: none of the packages carries silence through a deep network."""
    return [generator.normal(2.0, 1.0, (n, m)) * 12 / m for m, n in zip(sizes, sizes[1:])]


def relative(a, b):
    return max(np.abs(x - y).max() / np.abs(y).max() for x, y in zip(a, b))


def compare(retro, sizes):
    generator = np.random.default_rng(1)
    weights = network(sizes, generator)
    times = generator.uniform(0.0, 10.0, (BATCH, sizes[0]))
    coefficient = generator.uniform(0.5, 1.5, sizes[-1])
    spikes, gradients = retro.gradients(weights, times, coefficient)
    print(f"{'-'.join(map(str, sizes))}, batch of {BATCH}: {np.isfinite(spikes).mean():.0%} of the outputs fire, "
          f"{spikes.min():.1f} to {spikes.max():.1f} ms")
    ours = min(retro.seconds(weights, times, coefficient) for _ in range(3))
    print(f"  retrograde: {1e6 * ours:.0f} us a gradient")
    for package in PACKAGES:
        runs = [gradient_of(package, weights, times, coefficient) for _ in range(3)]
        theirs, their_gradients, _ = runs[0]
        seconds = min(run[2] for run in runs) / BATCH
        both = np.isfinite(theirs) & np.isfinite(spikes)
        print(f"  {package.name}: {1e6 * seconds:.0f} us a gradient ({seconds / ours:.0f} times ours); spike times differ by up to "
              f"{np.abs(theirs - spikes)[both].max():.1e} ms, gradients by {relative(their_gradients, gradients):.1e} of the "
              f"largest; {np.sum(np.isfinite(theirs) != np.isfinite(spikes))} spikes on one side only", flush=True)


def edge(retro, count=2000, inputs=20):
    generator = np.random.default_rng(2)
    weights = [generator.normal(0.0, 6.0, (count, inputs))]
    times = generator.uniform(0.0, 20.0, (1, inputs))
    coefficient = np.ones(count)
    spikes, gradients = retro.gradients(weights, times, coefficient)
    fires = np.isfinite(spikes)
    print(f"{count} neurons with {inputs} inputs of both signs: {fires.sum()} fire")
    for package in PACKAGES:
        if package is Solver:  # one system of 4000 equations with a stop at each of a thousand spikes: not its task
            continue
        theirs, their_gradients, _ = gradient_of(package, weights, times, coefficient)
        there = np.isfinite(theirs)
        off = np.subtract(theirs, spikes, out=np.zeros_like(spikes), where=fires & there)
        wrong = np.abs(their_gradients[0] - gradients[0]).max(1) > 1e-6 * np.abs(gradients[0]).max(1)
        print(f"  {package.name}: {np.sum(fires & ~there)} spikes missed, {np.sum(off > 1e-6)} late by more than 1e-6 ms (up to "
              f"{off.max():.2g} ms), {np.sum(off < -1e-6)} early, {np.sum(there & ~fires)} invented; gradient of "
              f"{np.sum(wrong)} neurons off by more than 1e-6 of its largest part", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("retro")
    parser.add_argument("sizes", nargs="*", default=["20-16-4", "50-32-10"])
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        retro = Retro(arguments.retro, folder)
        edge(retro)
        for sizes in arguments.sizes:
            compare(retro, [int(n) for n in sizes.split("-")])
    return 0


if __name__ == "__main__":
    sys.exit(main())

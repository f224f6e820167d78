"""NIR graphs as tools run them that go in steps: a second implementation of Retrograde's reading
"steps", which shares nothing with it, and the graph whose spikes are checked in.

    steps.py --golden FOLDER      writes steps.nir.gz and steps.json
    steps.py --golden FOLDER --recorded DATA/nir
                                  also braille.nir.gz and braille.json: the published network, one
                                  sample, and what snnTorch and Norse were recorded to do with it

In each step, 1 for a spike, with c = dt/tau (forward Euler):
    CubaLIF, CubaLI   I += a (w_in S - I)      v += c (v_leak - v + r I)
    LIF, LI           v += c (v_leak - v + r S)         IF, I   v += dt r S
    spike where v >= v_threshold, then v = v_reset      Threshold   1 where S >= threshold
Nodes with neurons take turns, behind those whose signals reach them, and read what others have sent
last: in this step, or, of themselves, in the one before.

Needs the Python package nir (1.0.8).
"""

import argparse
import gzip
import json
import pathlib
import tempfile

import nir
import numpy as np

DT = 1e-3  # s
FIRING = (nir.IF, nir.LIF, nir.CubaLIF, nir.Threshold)
HOLDING = (nir.Input,) + FIRING + (nir.LI, nir.CubaLI, nir.I)


def everything():
    """Every node that Retrograde reads, two inputs, two outputs, a nested graph, cycles with and
    without a Delay."""
    random = np.random.default_rng(7)
    normal = random.normal
    ones = np.ones
    block = nir.NIRGraph(
        {"in": nir.Input(np.array([4])),
         "cell": nir.LIF(tau=np.array([0.004, 0.006, 0.008, 0.01]), r=ones(4), v_leak=0.05 * ones(4),
                         v_threshold=0.1 * ones(4), v_reset=np.array([0.0, -0.1, 0.02, 0.0])),
         "out": nir.Output(np.array([4]))},
        [("in", "cell"), ("cell", "out")])
    nodes = {
        "image": nir.Input(np.array([2, 6, 6])),
        "conv": nir.Conv2d((6, 6), normal(0.05, 0.2, (3, 2, 3, 3)), 1, 1, 1, 1,
                           np.array([0.0, 0.02, -0.01])),
        "pixels": nir.IF(r=1000.0 * ones((3, 6, 6)), v_threshold=0.7 * ones((3, 6, 6)),
                         v_reset=0.0 * ones((3, 6, 6))),
        "pool": nir.SumPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])),
        "conv2": nir.Conv2d((3, 3), normal(0.3, 0.5, (6, 1, 2, 2)), (1, 1), (1, 0), (1, 1), 3,
                            0.0 * ones(6)),
        "maps": nir.LIF(tau=random.uniform(0.004, 0.02, (6, 4, 2)), r=3.0 * ones((6, 4, 2)),
                        v_leak=0.0 * ones((6, 4, 2)), v_threshold=0.8 * ones((6, 4, 2)),
                        v_reset=0.0 * ones((6, 4, 2))),
        "mean": nir.AvgPool2d(np.array([2, 2]), np.array([2, 1]), np.array([0, 0])),
        "flat": nir.Flatten({"input": np.array([6, 2, 1])}, 0, -1),
        "dense": nir.Affine(normal(0.6, 0.8, (5, 12)), np.array([0.1, 0.0, 0.2, -0.1, 0.05])),
        "sound": nir.Input(np.array([1, 8])),
        "conv1": nir.Conv1d(8, normal(0.4, 0.6, (2, 1, 3)), 2, "valid", 1, 1, np.array([0.01, 0.0])),
        "line": nir.Flatten({"input": np.array([2, 3])}, 0, 1),
        "lin": nir.Linear(normal(0.4, 0.8, (5, 6))),
        "cuba": nir.CubaLIF(tau_syn=np.array([0.002, 0.003, 0.005, 0.001, 0.004]),
                            tau_mem=np.array([0.01, 0.008, 0.02, 0.012, 0.009]), r=4.0 * ones(5),
                            v_leak=np.array([0.0, 0.1, 0.0, 0.2, 0.0]), v_threshold=0.9 * ones(5),
                            v_reset=np.array([0.0, 0.0, 0.1, 0.0, -0.2]),
                            w_in=np.array([1.0, 2.0, 1.5, 1.0, 2.0])),
        "back": nir.Affine(normal(-0.2, 0.5, (5, 5)), np.array([0.0, 0.05, 0.0, 0.0, -0.05])),
        "loop": nir.Linear(normal(0.1, 0.4, (5, 5))),
        "echo": nir.Delay(np.array([0.003, 0.002, 0.005, 0.003, 0.004])),
        "factor": nir.Scale(np.array([1.0, -0.5, 2.0, 1.5, 0.7])),
        "mix": nir.Linear(normal(0.5, 0.6, (4, 5))),
        "level": nir.Threshold(np.array([0.4, 0.6, 0.5, 0.7])),
        "late": nir.Delay(np.array([0.002, 0.0, 0.001, 0.004])),
        "block": block,
        "last": nir.Linear(normal(0.5, 0.5, (3, 4))),
        "li": nir.LI(tau=np.array([0.01, 0.02, 0.03]), r=ones(3), v_leak=0.1 * ones(3)),
        "slow": nir.CubaLI(tau_syn=np.array([0.004]), tau_mem=np.array([0.02]), r=ones(1),
                           v_leak=0.0 * ones(1), w_in=2.0 * ones(1)),
        "one": nir.Linear(normal(0.5, 0.5, (1, 5))),
        "count": nir.I(r=500.0 * ones(5)),
        "vote": nir.Affine(normal(0.0, 1.0, (2, 5)), np.array([0.1, -0.2])),
        "voltages": nir.Output(np.array([3])),
        "sum": nir.Output(np.array([2])),
    }
    edges = [("image", "conv"), ("conv", "pixels"), ("pixels", "pool"), ("pool", "conv2"),
             ("conv2", "maps"), ("maps", "mean"), ("mean", "flat"), ("flat", "dense"),
             ("dense", "cuba"), ("sound", "conv1"), ("conv1", "line"), ("line", "lin"),
             ("lin", "cuba"), ("cuba", "back"), ("back", "cuba"), ("cuba", "loop"),
             ("loop", "echo"), ("echo", "cuba"), ("cuba", "factor"), ("factor", "mix"),
             ("mix", "level"), ("level", "late"), ("late", "block"), ("block", "last"),
             ("last", "li"), ("li", "voltages"), ("cuba", "one"), ("one", "slow"),
             ("cuba", "count"), ("cuba", "vote"), ("vote", "sum")]
    return nir.NIRGraph(nodes, edges, type_check=False)


def inlined(graph):
    """Nodes and edges without graphs in graphs, GRAPH.NODE."""
    nodes, edges = {}, []
    for name, node in graph.nodes.items():
        if isinstance(node, nir.NIRGraph):
            for inner, one in node.nodes.items():
                nodes[f"{name}.{inner}"] = one
            edges += [(f"{name}.{a}", f"{name}.{b}") for a, b in node.edges]
        else:
            nodes[name] = node

    def end(name, kind):
        if not isinstance(graph.nodes[name], nir.NIRGraph):
            return name
        return next(f"{name}.{k}" for k, n in graph.nodes[name].nodes.items() if isinstance(n, kind))

    edges += [(end(a, nir.Output), end(b, nir.Input)) for a, b in graph.edges]
    return nodes, edges


def windows(x, kernel, stride, padding, dilation):
    """(channels, positions..., kernel...) of x (channels, extents...), zeros around it."""
    d = x.ndim - 1
    x = np.pad(x, [(0, 0)] + [(p, p) for p in padding])
    shape = [(x.shape[1 + i] - dilation[i] * (kernel[i] - 1) - 1) // stride[i] + 1 for i in range(d)]
    out = np.zeros([x.shape[0], *shape, *kernel])
    for at in np.ndindex(*shape):
        for k in np.ndindex(*kernel):
            place = tuple(at[i] * stride[i] + k[i] * dilation[i] for i in range(d))
            out[(slice(None), *at, *k)] = x[(slice(None), *place)]
    return out


def listed(value, d):
    return [0] * d if isinstance(value, str) else [int(v) for v in np.ones(d, int) * value]


def convolved(node, x, d):
    x = x.reshape(-1, *x.shape[-d:])
    kernel = node.weight.shape[2:]
    w = windows(x, kernel, listed(node.stride, d), listed(node.padding, d), listed(node.dilation, d))
    outputs, inputs = node.weight.shape[:2]
    per_group = outputs // int(node.groups)
    out = []
    for o in range(outputs):
        g = o // per_group
        group = w[g * inputs:(g + 1) * inputs]
        axes = tuple(range(-d, 0))
        expanded = node.weight[o].reshape(inputs, *([1] * d), *kernel)
        out.append((group * expanded).sum(axis=axes).sum(axis=0) + node.bias[o])
    return np.array(out)


class Run:
    def __init__(self, graph):
        self.nodes, edges = inlined(graph)
        self.into = {name: [a for a, b in edges if b == name] for name in self.nodes}
        self.sent = {}     # by node with neurons: what it sends, at the latest
        self.state = {}
        self.late = {name: [] for name in self.nodes}  # inputs of Delays, step by step
        holding = [n for n, node in self.nodes.items() if isinstance(node, HOLDING)
                   and not (isinstance(node, nir.Input) and "." in n)]
        before = {name: self.sources(name, holding) - {name} for name in holding}
        self.order = []
        while len(self.order) < len(holding):
            self.order += [n for n in holding
                           if n not in self.order and before[n] <= set(self.order)]

    def sources(self, name, holding):
        """The nodes with neurons whose signals reach a node."""
        found, seen, open_ = set(), set(), list(self.into[name])
        while open_:
            node = open_.pop()
            if node in seen:
                continue
            seen.add(node)
            if node in holding:
                found.add(node)
            else:
                open_ += self.into[node]
        return found

    def shape(self, name):
        node = self.nodes[name]
        for key in ("r", "threshold"):
            if hasattr(node, key):
                return np.shape(getattr(node, key))
        return tuple(int(n) for n in node.input_type["input"])

    def signal(self, name):
        """What arrives at a node in this step."""
        return sum(self.leaving(a) for a in self.into[name])

    def leaving(self, name):
        node = self.nodes[name]
        if name in self.order:
            return self.sent.get(name, np.zeros(self.shape(name)))
        x = self.signal(name)
        if isinstance(node, nir.Affine):
            return node.weight @ x.reshape(-1) + node.bias
        if isinstance(node, nir.Linear):
            return node.weight @ x.reshape(-1)
        if isinstance(node, nir.Scale):
            return x * node.scale
        if isinstance(node, (nir.Conv2d, nir.Conv1d)):
            return convolved(node, x, 2 if isinstance(node, nir.Conv2d) else 1)
        if isinstance(node, (nir.SumPool2d, nir.AvgPool2d)):
            w = windows(x, listed(node.kernel_size, 2), listed(node.stride, 2),
                        listed(node.padding, 2), [1, 1])
            return w.sum(axis=(-1, -2)) if isinstance(node, nir.SumPool2d) else w.mean(axis=(-1, -2))
        if isinstance(node, nir.Flatten):
            return x.reshape(-1)
        if isinstance(node, nir.Delay):
            return self.delayed[name]
        return x  # Input or Output of a graph in a graph

    def step(self, inputs):
        # What leaves each Delay now went in so many steps ago.
        self.delayed = {}
        for name, node in self.nodes.items():
            if isinstance(node, nir.Delay):
                steps = np.rint(node.delay / DT).astype(int)
                past = self.late[name]
                self.delayed[name] = np.array([past[len(past) - s][k] if 0 < s <= len(past) else 0.0
                                               for k, s in enumerate(steps)])
        for name in self.order:
            node = self.nodes[name]
            if isinstance(node, nir.Input):
                self.sent[name] = inputs[name]
                continue
            for delay in self.into[name]:  # those of no step take what has just been sent
                if isinstance(self.nodes[delay], nir.Delay):
                    now = np.rint(self.nodes[delay].delay / DT) == 0
                    self.delayed[delay] = np.where(now, self.signal(delay), self.delayed[delay])
            if "." in name:
                for outer in self.into[name.split(".")[0] + ".in"]:
                    if isinstance(self.nodes[outer], nir.Delay):
                        now = np.rint(self.nodes[outer].delay / DT) == 0
                        self.delayed[outer] = np.where(now, self.signal(outer), self.delayed[outer])
            self.sent[name] = self.update(name, node, self.signal(name).reshape(self.shape(name)))
        for name, node in self.nodes.items():
            if isinstance(node, nir.Delay):
                self.late[name].append(self.signal(name))

    def update(self, name, node, x):
        if isinstance(node, nir.Threshold):
            return (x >= node.threshold).astype(float)
        v, i = self.state.get(name, (np.zeros(x.shape), np.zeros(x.shape)))
        if isinstance(node, (nir.CubaLIF, nir.CubaLI)):
            i = i + DT / node.tau_syn * (node.w_in * x - i)
            v = v + DT / node.tau_mem * (node.v_leak - v + node.r * i)
        elif isinstance(node, (nir.LIF, nir.LI)):
            v = v + DT / node.tau * (node.v_leak - v + node.r * x)
        else:
            v = v + DT * node.r * x
        fired = np.zeros(x.shape)
        if isinstance(node, FIRING):
            fired = (v >= node.v_threshold).astype(float)
            v = np.where(fired > 0, node.v_reset, v)
        self.state[name] = (v, i)
        return fired if isinstance(node, FIRING) else v


def simulate(graph, spikes, steps):
    """spikes: (step, node, neuron). Spikes of all neurons that fire, and the voltages of readouts
    summed over steps; that of "sum" is what has reached it so far."""
    run = Run(graph)
    fired, voltages, total = [], {}, 0.0
    for n in range(steps):
        inputs = {name: np.zeros(run.shape(name)) for name in run.order
                  if isinstance(run.nodes[name], nir.Input)}
        for step, name, k in spikes:
            if step == n:
                inputs[name].reshape(-1)[k] = 1.0
        run.step(inputs)
        for name in run.order:
            if isinstance(run.nodes[name], FIRING):
                fired += [(n, name, int(k)) for k in np.flatnonzero(run.sent[name].reshape(-1))]
            elif not isinstance(run.nodes[name], nir.Input):
                voltages[name] = voltages.get(name, 0.0) + run.sent[name].reshape(-1)
        total = total + run.signal("sum")
        voltages["sum"] = voltages.get("sum", 0.0) + total
    return fired, voltages


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--golden", type=pathlib.Path, required=True)
    parser.add_argument("--recorded", type=pathlib.Path)
    arguments = parser.parse_args()
    golden = arguments.golden
    graph, steps = everything(), 60
    random = np.random.default_rng(8)
    spikes = sorted([(int(n), "image", int(k)) for n, k in
                     {(random.integers(steps), random.integers(72)) for _ in range(700)}]
                    + [(int(n), "sound", int(k)) for n, k in
                       {(random.integers(steps), random.integers(8)) for _ in range(90)}])
    if arguments.recorded:
        file = arguments.recorded / "braille_noDelay_bias_zero.nir"
        (golden / "braille.nir.gz").write_bytes(gzip.compress(file.read_bytes(), mtime=0))
        recorded = np.load(arguments.recorded / "braille.npz")
        document = {"source": "neuromorphs/NIR 7232ada (BSD-3-Clause), paper/03_rnn", "dt_ms": 0.1}
        for key, name in (("input", "input"), ("snntorch", "snntorch_activity_noDelay_bias_"),
                          ("norse", "norse_activity_noDelay_bias_")):
            document[key] = np.argwhere(recorded[name] > 0).tolist()
        (golden / "braille.json").write_text(json.dumps(document) + "\n")
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "steps.nir"
        nir.write(path, graph)
        packed = gzip.compress(path.read_bytes(), mtime=0)
    # As it comes back from the file.
    fired, voltages = simulate(graph, spikes, steps)
    counts = {}
    for _, name, _ in fired:
        counts[name] = counts.get(name, 0) + 1
    print(counts, {name: list(v) for name, v in voltages.items()})
    (golden / "steps.nir.gz").write_bytes(packed)
    document = {"source": f"nir {nir.version}, tests/nir/steps.py", "dt_ms": 1e3 * DT, "steps": steps,
                "input": spikes, "spikes": fired,
                "voltages": {name: list(v) for name, v in voltages.items()}}
    (golden / "steps.json").write_text(json.dumps(document) + "\n")


if __name__ == "__main__":
    main()

"""NIR graphs in the Python package nir, and what its equations make of them: a simulator that shares
nothing with Retrograde.

    tau_syn dI/dt = -I + w_in S        tau_mem dv/dt = v_leak - v + r I        v > v_threshold: v_reset

S is a sum of Dirac impulses. Between two of them the solution is closed (tau_mem != tau_syn); times
of crossings are bisected. Time in s.
"""

import heapq
import math

import nir
import numpy as np


def recurrent():
    """Inputs over Linear, Delay and Affine onto neurons that all differ, recurrent with a delay,
    and a readout."""
    random = np.random.default_rng(3)
    hidden, inputs = 4, 3
    one = np.ones(hidden)
    nodes = {
        "in": nir.Input(input_type=np.array([inputs])),
        "late": nir.Delay(np.array([0.0005, 0.002, 0.0])),
        "forward": nir.Affine(weight=random.normal(1.1, 0.5, (hidden, inputs)),
                              bias=np.array([0.0, 0.05, -0.1, 0.0])),
        "hidden": nir.CubaLIF(tau_syn=np.array([0.004, 0.005, 0.003, 0.006]),
                              tau_mem=np.array([0.011, 0.02, 0.013, 0.017]),
                              r=np.array([1.0, 2.0, 1.0, 0.5]), v_leak=0.1 * one,
                              v_threshold=np.array([0.5, 0.4, 0.6, 0.5]),
                              v_reset=np.array([0.0, -0.2, 0.1, 0.0]),
                              w_in=np.array([0.01, 0.005, 0.006, 0.012])),
        "back": nir.Linear(weight=random.normal(-0.2, 0.4, (hidden, hidden))),
        "loop": nir.Delay(np.array([0.0015, 0.001, 0.003, 0.002])),
        "out": nir.Output(output_type=np.array([hidden])),
    }
    edges = [("in", "late"), ("late", "forward"), ("forward", "hidden"), ("hidden", "back"),
             ("back", "loop"), ("loop", "hidden"), ("hidden", "out")]
    spikes = [(0.001 * float(t), k) for k in range(inputs)
              for t in np.sort(random.uniform(0.5, 40.0, 8))]
    return nir.NIRGraph(nodes, edges), spikes, 0.06


class Neurons:
    """State at `time`. A constant b of an Affine is a current that settles from 0 on: I starts below
    its rest w_in b by all of it."""

    def __init__(self, node, settled):
        self.node, self.size = node, len(node.tau_mem)
        self.i = -node.w_in * settled * np.ones(self.size)
        self.v, self.time = np.zeros(self.size), 0.0
        self.rest = node.v_leak + node.r * node.w_in * settled

    def at(self, time):
        s, n = time - self.time, self.node
        a, b = np.exp(-s / n.tau_mem), np.exp(-s / n.tau_syn)
        kernel = n.tau_syn / (n.tau_mem - n.tau_syn) * (a - b)
        return self.rest + (self.v - self.rest) * a + n.r * self.i * kernel, self.i * b

    def advance(self, time):
        self.v, self.i = self.at(time)
        self.time = time


def simulate(graph, spikes, duration, resolution=2e-5):
    """Spikes of all CubaLIF: (time in s, node, neuron), in order of time."""
    following = {}
    for source, target in graph.edges:
        following.setdefault(source, []).append(target)
    settled = {name: 0.0 for name in graph.nodes}
    for name, node in graph.nodes.items():
        if isinstance(node, nir.Affine):
            for target in following[name]:
                settled[target] = settled[target] + node.bias
    neurons = {name: Neurons(node, settled[name]) for name, node in graph.nodes.items()
               if isinstance(node, nir.CubaLIF)}
    queue, fired = [], []

    def send(source, index, amplitude, time):
        for name in following.get(source, []):
            node = graph.nodes[name]
            if isinstance(node, (nir.Linear, nir.Affine)):
                for target in range(node.weight.shape[0]):
                    if node.weight[target, index] != 0.0:
                        send(name, target, amplitude * node.weight[target, index], time)
            elif isinstance(node, nir.Delay):
                send(name, index, amplitude, time + node.delay[index])
            elif isinstance(node, nir.CubaLIF):
                heapq.heappush(queue, (time, name, index, amplitude))

    for time, k in spikes:
        for name, node in graph.nodes.items():
            if isinstance(node, nir.Input):
                send(name, k, 1.0, time)
    now = 0.0
    while now < duration:
        until = min(now + resolution, duration, queue[0][0] if queue else math.inf)
        crossing = None
        for name, some in neurons.items():
            v, _ = some.at(until)
            for k in np.flatnonzero(v > some.node.v_threshold):
                low, high = now, until
                for _ in range(60):
                    middle = 0.5 * (low + high)
                    if some.at(middle)[0][k] > some.node.v_threshold[k]:
                        high = middle
                    else:
                        low = middle
                crossing = min(crossing or (math.inf,), (high, name, int(k)))
        if crossing and crossing[0] < until:
            now, name, k = crossing
            for some in neurons.values():
                some.advance(now)
            neurons[name].v[k] = neurons[name].node.v_reset[k]
            fired.append(crossing)
            send(name, k, 1.0, now)
            continue
        now = until
        for some in neurons.values():
            some.advance(now)
        while queue and queue[0][0] <= now:
            _, name, k, amplitude = heapq.heappop(queue)
            node = neurons[name].node
            neurons[name].i[k] += amplitude * node.w_in[k] / node.tau_syn[k]
    return fired

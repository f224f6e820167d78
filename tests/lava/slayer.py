"""Networks of lava-dl's SLAYER, quantised and exported to netX by lava-dl itself, and what lava-dl's
netX makes of the files in Lava's fixed-point simulation.

Each function returns the blocks of a network and the shape (channels, height, width) or (size,) of
its input. Weights are drawn, not trained.
"""

import numpy as np
import torch
import lava.lib.dl.slayer as slayer
from lava.lib.dl.netx.hdf5 import Network
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.io.sink import Read
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source

cuba = slayer.block.cuba


def neuron(threshold, current_decay, voltage_decay, **more):
    return {"threshold": threshold, "current_decay": current_decay, "voltage_decay": voltage_decay,
            "requires_grad": False, **more}


def dense():
    return [cuba.Dense(neuron(1.25, 0.25, 0.03), 12, 16, weight_scale=3),
            cuba.Dense(neuron(0.8, 0.5, 0.2), 16, 12, weight_scale=3, weight_norm=True),
            cuba.Dense(neuron(0.5, 1.0, 0.0), 12, 6, weight_scale=2)], (12,)


def delays():
    """Axonal delays, drawn over all their range."""
    blocks = [cuba.Dense(neuron(0.9, 0.3, 0.05), 10, 14, weight_scale=3, delay=True),
              cuba.Dense(neuron(0.6, 0.3, 0.05), 14, 8, weight_scale=3, delay=True)]
    return blocks, (10,)


def recurrent():
    """Without delays: with them lava-dl 0.6.0 takes those of the layer for both matrices and leaves
    the weight exponent out (its issue 372)."""
    return [cuba.Recurrent(neuron(0.8, 0.3, 0.05), 10, 12, weight_scale=3),
            cuba.Dense(neuron(0.5, 0.2, 0.1), 12, 5, weight_scale=3)], (10,)


def bias():
    """Batch normalisation that leaves a bias behind."""
    norm = slayer.neuron.norm.MeanOnlyBatchNorm
    return [cuba.Dense(neuron(0.9, 0.25, 0.03, norm=norm), 8, 12, weight_scale=3),
            cuba.Dense(neuron(0.7, 0.4, 0.1), 12, 6, weight_scale=3)], (8,)


def convolutions():
    """Padding, strides, dilation and groups, each different in both directions; then dense."""
    return [cuba.Input(delay_shift=False),  # without neurons: the shape of the input
            cuba.Conv(neuron(0.6, 0.4, 0.1), 2, 4, (3, 2), stride=(2, 1), padding=(1, 2),
                      weight_scale=3),
            cuba.Conv(neuron(0.5, 0.5, 0.1), 4, 4, (2, 3), dilation=(1, 2), groups=2,
                      weight_scale=3),
            cuba.Flatten(),
            cuba.Dense(neuron(0.4, 0.3, 0.05), 48, 6, weight_scale=3)], (2, 7, 5)


def readout():
    """An output with the highest threshold that lava-dl has, which nothing reaches."""
    return [cuba.Dense(neuron(0.7, 0.3, 0.05), 8, 10, weight_scale=3),
            cuba.Affine(neuron(0.7, 0.3, 0.05), 10, 4, weight_scale=3)], (8,)


def integrator():
    """An output without dynamics: its layer has no neurons in the file."""
    return [cuba.Dense(neuron(0.7, 0.3, 0.05), 8, 10, weight_scale=3),
            cuba.Affine(neuron(0.7, 0.3, 0.05), 10, 4, weight_scale=3, dynamics=False)], (8,)


# (network, steps, reset interval and offset)
ALL = [(dense, 150, None), (delays, 200, None), (recurrent, 150, None), (bias, 150, None),
       (convolutions, 80, None), (readout, 120, None), (integrator, 120, None),
       (dense, 150, (25, 3))]


class Exported(torch.nn.Module):
    """What export_hdf5 of lava-dl's tutorials does."""

    def __init__(self, blocks):
        super().__init__()
        self.blocks = torch.nn.ModuleList(blocks)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x

    def export(self, path):
        import h5py
        with h5py.File(path, "w") as file:
            layers = file.create_group("layer")
            for k, block in enumerate(self.blocks):
                block.export_hdf5(layers.create_group(f"{k}"))


def export(build, path, seed):
    """Writes the netX file; the shape of the input."""
    torch.manual_seed(seed)
    blocks, shape = build()
    network = Exported(blocks)
    with torch.no_grad():
        network(torch.zeros(1, *shape, 4))  # now the blocks know their shapes
        for block in blocks:
            if getattr(block, "delay", None) is not None:
                block.delay.delay.data = torch.rand_like(block.delay.delay) * 63
            norm = getattr(getattr(block, "neuron", None), "norm", None)
            if norm is not None:
                norm.running_mean.data = torch.rand_like(norm.running_mean) * 0.4 - 0.2
    network.eval()
    network.export(path)
    return shape


def run(path, shape, steps, reset, seed):
    """Runs the file in Lava. The input [neuron][step] and for each layer u, v and spikes, alike;
    neurons in C order of (channels, height, width)."""
    random = np.random.default_rng(seed)
    data = (random.random((int(np.prod(shape)), steps)) < 0.2).astype(int)
    there = data.reshape(*shape, steps)
    if len(shape) == 3:
        there = there.transpose(2, 1, 0, 3)
    options = {} if reset is None else {"reset_interval": reset[0], "reset_offset": reset[1]}
    network = Network(str(path), input_shape=shape[::-1] if len(shape) == 3 else None, **options)
    Source(data=there).s_out.connect(network.inp)
    probes = []
    for layer in network.layers:
        u, v = Read(buffer=steps), Read(buffer=steps)
        u.connect_var(layer.neuron.u)
        v.connect_var(layer.neuron.v)
        spikes = Sink(shape=layer.neuron.s_out.shape, buffer=steps)
        layer.neuron.s_out.connect(spikes.a_in)
        probes.append((u, v, spikes))
    network.run(condition=RunSteps(num_steps=steps), run_cfg=Loihi2SimCfg(select_tag="fixed_pt"))
    results = [[ours(probe.data.get()) for probe in layer] for layer in probes]
    network.stop()
    return data, results


def ours(values):
    """From (width, height, channels, steps)."""
    whole = np.rint(values)
    assert np.array_equal(whole, values), "Lava left the integers"
    if whole.ndim == 4:
        whole = whole.transpose(2, 1, 0, 3)
    return np.ascontiguousarray(whole.reshape(-1, whole.shape[-1]), dtype="<i4")

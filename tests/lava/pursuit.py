"""Random networks of the neurons that lava-optimization solves sparse coding with (LCA), of one layer
and of two, for networks.py's recorder. Weights, thresholds and signals are drawn such that some
coefficients are active and others not, and codes go beyond 24 bits."""

import numpy as np
from lava.lib.optimization.solvers.lca.residual_neuron.process import ResidualNeuron
from lava.lib.optimization.solvers.lca.v1_neuron.process import V1Neuron

SCALE = 1 << 21
TAU_EXP = -6


def dictionary(r, atoms, dimension):
    """Atoms as rows, of length 1."""
    d = r.random.normal(size=(atoms, dimension))
    return d / np.linalg.norm(d, axis=1, keepdims=True)


def integers(weights):
    """Mantissas and exponent, as the solver's example makes them."""
    exponent = int(np.frexp(np.max(np.abs(weights)))[1]) - 8
    return (weights * 2.0 ** -exponent).astype(np.int32), exponent


def coefficients(r, size, shift, **more):
    two_layer = more.get("excites_itself", False)
    neuron = V1Neuron(shape=(size,), vth=SCALE // 10, tau=1, tau_exp=TAU_EXP, two_layer=two_layer,
                      **({} if two_layer else {"bias": more["bias"]}))
    return r.population("lca", size, neuron, (None, "v"), vth=SCALE // 10, tau=1 << (24 + TAU_EXP),
                        input_shift=shift, **more)


def lca_one_layer(r, size):
    """Neurons that hold each other back; an exponent below -8, which the neuron makes up for."""
    d = dictionary(r, size, max(4, size // 2))
    signal = 4.0 * d[0] - 3.0 * d[size // 3] + r.random.normal(size=d.shape[1])
    weights, exponent = integers((np.eye(size) - d @ d.T) * 2.0 ** TAU_EXP)
    shift = -8 - exponent
    bias = ((d @ signal) * 2.0 ** TAU_EXP * SCALE).astype(np.int32)
    neurons = coefficients(r, size, shift, bias=bias)
    r.connect(neurons, neurons, weights, exponent=-8, shift=shift, message_bits=24, sign="mixed")


def lca_two_layers(r, size):
    """A residual layer that sends when it has gathered enough."""
    d = dictionary(r, size, max(4, size // 2))
    signal = ((4.0 * d[0] - 3.0 * d[size // 3]) * SCALE).astype(np.int32)
    weights, exponent = integers(d)
    shift = -8 - exponent
    neurons = coefficients(r, size, shift - TAU_EXP, excites_itself=True)
    height = int(r.random.integers(0, SCALE // 50))
    residual = r.population("lca_residual", d.shape[1],
                            ResidualNeuron(shape=(d.shape[1],), spike_height=height, bias=signal),
                            (None, "v"), spike_height=height, bias=signal, input_shift=shift)
    r.connect(residual, neurons, weights, exponent=-8, shift=shift - TAU_EXP, message_bits=24,
              sign="mixed")
    r.connect(neurons, residual, -weights.T, exponent=-8, shift=shift, message_bits=24,
              sign="mixed")


def tag_of(build):
    return "fixed_pt"


# (network, neurons of a golden vector, its steps, neurons and steps of the comparison with Lava)
ALL = [
    (lca_one_layer, 24, 120, 300, 400),
    (lca_two_layers, 24, 120, 300, 400),
]

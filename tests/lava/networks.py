"""Random networks that between them use every integer model of Lava that the emulator has.

Each function builds one on a Recorder; `size` is the number of neurons per population, or about it.
Parameters are drawn such that neurons fire, and now and then overflow.
"""

import numpy as np
from lava.proc.graded.process import GradedReluVec, GradedVec
from lava.proc.lif.process import LIF, LIFRefractory, LIFReset, TernaryLIF
from lava.proc.resfire.process import RFZero
from lava.proc.rf.process import RF
from lava.proc.rf_iz.process import RF_IZ
from lava.proc.sdn.process import ActivationMode, Delta, Sigma, SigmaDelta


def biases(r, size):
    """Mantissa and exponent for each neuron; two thirds have none."""
    some = r.random.random(size) < 1 / 3
    return (np.where(some, r.random.integers(-400, 800, size), 0),
            np.where(some, r.random.integers(-3, 3, size), 0))


def lif(r, size, du, dv, vth, process=LIF, **more):
    mantissa, exponent = biases(r, size)
    return r.population("cuba_lif", size,
                        process(shape=(size,), du=du, dv=dv, vth=vth, bias_mant=mantissa,
                                bias_exp=exponent, **more),
                        ("u", "v"), du=du, dv=dv, vth=vth, bias_mantissa=mantissa,
                        bias_exponent=exponent, **more)


def fan_in(r, target, source, low, high, count, **options):
    """About `count` synapses for each target; the others have weight 0, or are not there if
    `sparse`."""
    density = min(1.0, count / r.populations[source].size)
    r.connect(source, target, r.weights(target, source, low, high, density), **options)


def recurrent_lif(r, size):
    """Two layers, the first recurrent; mixed, excitatory and inhibitory weights."""
    i = r.inputs(max(8, size // 8), 0.05)
    a = lif(r, size, 741, 200, 900)
    b = lif(r, size, int(r.random.integers(0, 4096)), int(r.random.integers(0, 400)), 700)
    fan_in(r, a, i, -100, 180, 16)
    fan_in(r, a, a, -60, 60, 16)
    fan_in(r, b, a, 0, 255, 12)
    fan_in(r, b, b, -255, 0, 6)
    fan_in(r, b, i, -256, 255, 4)


def lif_reset(r, size):
    """State is set back in regular steps."""
    i = r.inputs(max(8, size // 8), 0.06)
    a = lif(r, size, 500, 100, 1500, LIFReset, reset_interval=32, reset_offset=5)
    b = lif(r, size, 300, 50, 1200, LIFReset, reset_interval=25, reset_offset=53)
    fan_in(r, a, i, -60, 160, 16)
    fan_in(r, b, a, -60, 160, 16, sparse=True)


def ternary_lif(r, size):
    """Positive and negative spikes, which count with and without their sign."""
    mantissa, exponent = biases(r, size)
    i = r.inputs(max(8, size // 8), 0.06)
    a = r.population("ternary_lif", size,
                     TernaryLIF(shape=(size,), du=600, dv=150, vth_hi=800, vth_lo=-500,
                                bias_mant=mantissa, bias_exp=exponent),
                     ("u", "v"), du=600, dv=150, vth_hi=800, vth_lo=-500, bias_mantissa=mantissa,
                     bias_exponent=exponent)
    b = lif(r, size, 700, 200, 700)
    fan_in(r, a, i, -140, 150, 16)
    fan_in(r, a, a, -60, 60, 8, message_bits=2)
    fan_in(r, b, a, -120, 160, 12)
    fan_in(r, b, a, -120, 160, 12, message_bits=2)


def integrator(r, size):
    """Neurons that never fire, to be read out."""
    i = r.inputs(max(8, size // 8), 0.05)
    out = r.population("cuba_li", size, LIF(shape=(size,), du=741, dv=200, vth=131071), ("u", "v"),
                       du=741, dv=200)
    fan_in(r, out, i, -128, 127, 16)


def overflows(r, size):
    """u wraps and v saturates. What arrives in one step stays below a turn of u, beyond which Lava
    leaves its own register."""
    i = r.inputs(max(8, size // 8), 0.3, (1, 30))
    a = lif(r, size, int(r.random.integers(0, 60)), int(r.random.integers(0, 8)), 131071)
    fan_in(r, a, i, -200, 255, 12, exponent=5)
    fan_in(r, a, i, -255, 0, 6, message_bits=8)


def exponents(r, size):
    """Weight bits, exponents of both signs and all sign modes."""
    i = r.inputs(max(8, size // 8), 0.08)
    a = lif(r, size, 800, 300, 300)
    for exponent in (-7, -3, -1, 2):
        bits = int(r.random.integers(1, 9))
        fan_in(r, a, i, -300, 300, 8, exponent=exponent, bits=bits)
        fan_in(r, a, i, 0, 300, 4, exponent=exponent, bits=bits)
        fan_in(r, a, i, -300, 0, 4, exponent=exponent, bits=bits)
    fan_in(r, a, a, -90, 90, 8, exponent=-2, sparse=True)


def delays(r, size):
    """Every synapse has its delay, recurrent ones too."""
    i = r.inputs(max(8, size // 2), 0.04)
    a = lif(r, size, 741, 200, 500)
    b = lif(r, size, 600, 100, 500)
    r.connect(i, a, r.weights(a, i, -128, 200), delays=r.delays(a, i, 62))
    r.connect(a, a, r.weights(a, a, -80, 80), delays=r.delays(a, a, 20))
    r.connect(a, b, r.weights(b, a, -80, 120), delays=r.delays(b, a, 9), exponent=-1)
    r.connect(b, a, r.weights(a, b, -90, 60), delays=r.delays(a, b, 62), exponent=-3)


def sparse_delays(r, size):
    """The same with synapses between some neurons only, and payloads."""
    i = r.inputs(max(8, size // 4), 0.05, (-3, 9))
    a = lif(r, size, 741, 200, 500)
    weights = r.weights(a, i, -60, 90, 0.3)
    r.connect(i, a, weights, delays=np.where(weights != 0, r.delays(a, i, 62), 0), sparse=True,
              message_bits=8)
    weights = r.weights(a, a, -80, 80, 0.2)
    r.connect(a, a, weights, delays=np.where(weights != 0, r.delays(a, a, 15), 0), sparse=True,
              exponent=-2)


def refractory(r, size):
    """The refractory period, which Lava has in floating point only. Without decay of v and with
    full decay of u its numbers are integers, 64 times smaller."""
    i = r.inputs(max(8, size // 8), 0.2)
    a = r.population("cuba_lif", size,
                     LIFRefractory(shape=(size,), du=1, dv=0, vth=300, refractory_period=5),
                     ("u", "v"), scale=64, du=4095, dv=0, vth=300, refractory_delay=6)
    b = r.population("cuba_lif", size,
                     LIFRefractory(shape=(size,), du=1, dv=0, vth=200, refractory_period=1),
                     ("u", "v"), scale=64, du=4095, dv=0, vth=200, refractory_delay=2)
    # Even weights within 8 bits: the same in floating point.
    even = r.random.integers(-40, 80, (size, r.populations[i].size)) * 2
    r.connect(i, a, even)
    r.connect(a, b, r.random.integers(-30, 40, (size, size)) * 2)


def graded(r, size):
    """Payloads through neurons without memory, into neurons with it."""
    i = r.inputs(max(8, size // 8), 0.2, (-20, 30))
    a = r.population("graded", size, GradedVec(shape=(size,), vth=900), (None, "v"), vth=900)
    b = r.population("graded", size, GradedReluVec(shape=(size,), vth=4000), (None, "v"), vth=4000,
                     rectified=True)
    c = lif(r, size, 741, 300, 30000)
    fan_in(r, a, i, -60, 80, 12, message_bits=8)
    fan_in(r, b, a, -5, 6, 6, message_bits=24)
    fan_in(r, b, a, -60, 60, 6)
    fan_in(r, c, b, -60, 80, 6, exponent=-6, message_bits=24)


def sigma_delta(r, size):
    """Encoder, sigma-delta neurons of every kind, decoder."""
    i = r.inputs(max(8, size // 8), 0.5, (-40, 60))
    encoder = r.population("delta", size, Delta(shape=(size,), vth=30, spike_exp=0, state_exp=3),
                           ("act", "residue"), vth=30, spike_exp=0, state_exp=3)
    fan_in(r, encoder, i, -3, 4, 3, message_bits=8)
    cumulative = r.population("delta", size,
                              Delta(shape=(size,), vth=45, spike_exp=1, state_exp=2,
                                    cum_error=True),
                              ("act", "residue"), vth=45, spike_exp=1, state_exp=2,
                              cumulative_error=True)
    fan_in(r, cumulative, i, -3, 4, 3, message_bits=8)
    layers = []
    for unit in (False, True):
        for error in (False, True):
            bias = r.random.integers(-40, 60, size)
            layers.append(r.population(
                "sigma_delta", size,
                SigmaDelta(shape=(size,), vth=3, bias=bias, spike_exp=6, state_exp=6,
                           cum_error=error,
                           act_mode=ActivationMode.UNIT if unit else ActivationMode.RELU),
                ("sigma", "residue"), vth=3, spike_exp=6, state_exp=6, cumulative_error=error,
                linear=unit, bias=bias))
            fan_in(r, layers[-1], encoder, -60, 80, 6, message_bits=16)
            fan_in(r, layers[-1], cumulative, -60, 80, 6, message_bits=16)
    decoder = r.population("sigma", size, Sigma(shape=(size,)), ("sigma", None))
    for layer in layers:
        fan_in(r, decoder, layer, -4, 4, 3, message_bits=16)


def resonate_fire(r, size):
    """Resonators of all kinds, fed on both ports."""
    i = r.inputs(max(8, size // 8), 0.1)
    j = r.inputs(max(8, size // 8), 0.1)
    kinds = [("phase_crossing", RF, 60), ("izhikevich", RF_IZ, 40)]
    for kind, process, vth in kinds:
        for period, alpha in ((9.3, 0.07), (23.0, 0.004)):
            neurons = r.population(
                "resonate_fire", size,
                process(shape=(size,), period=period, alpha=alpha, state_exp=6, decay_bits=12,
                        vth=vth),
                ("real", "imag"), ("a_real_in", "a_imag_in"), resonance=kind, period=period,
                alpha=alpha, state_exp=6, decay_bits=12, vth=vth)
            fan_in(r, neurons, i, -60, 60, 8)
            fan_in(r, neurons, j, -60, 60, 8, port=1)
    frequencies = r.random.uniform(5.0, 200.0, size)
    zero = RFZero(shape=(size,), freqs=frequencies, decay_tau=np.full(size, 0.03), uth=100)
    neurons = r.population("resonate_fire", size, zero, ("u", "v"), ("u_in", "v_in"),
                           resonance="graded", decay_bits=15, state_exp=0, vth=100,
                           sin_decay=zero.lst.init, cos_decay=zero.lct.init)
    fan_in(r, neurons, i, -200, 200, 8)
    fan_in(r, neurons, j, -200, 200, 8, port=1)


def tag_of(build):
    return "floating_pt" if build is refractory else "fixed_pt"


# (network, neurons of a golden vector, its steps, neurons and steps of the comparison with Lava)
ALL = [
    (recurrent_lif, 12, 160, 1600, 1000),
    (lif_reset, 10, 120, 200, 1000),
    (ternary_lif, 10, 160, 900, 1000),
    (integrator, 10, 160, 1500, 1000),
    (overflows, 10, 120, 1500, 1000),
    (exponents, 12, 160, 200, 1000),
    (delays, 10, 200, 40, 1000),
    (sparse_delays, 12, 200, 60, 800),
    (refractory, 10, 160, 300, 500),
    (graded, 10, 120, 400, 1000),
    (sigma_delta, 6, 120, 100, 1000),
    (resonate_fire, 6, 120, 160, 1000),
]

"""Many small random networks that go to the edges of every field: the golden vectors of
tests/golden/lava/vectors.

Each family is a function that builds its k-th network on a Recorder. What arrives in a neuron in one
step stays below a turn of u, 2^18 weight units, beyond which Lava leaves its own register.
"""

import numpy as np
from lava.proc.graded.process import GradedReluVec, GradedVec
from lava.proc.lif.process import LIF, LIFRefractory, LIFReset, TernaryLIF
from lava.proc.resfire.process import RFZero
from lava.proc.rf.process import RF
from lava.proc.rf_iz.process import RF_IZ
from lava.proc.sdn.process import ActivationMode, Delta, Sigma, SigmaDelta

TURN = 1 << 18  # weight units
DECAYS = [0, 1, 2, 31, 64, 255, 256, 741, 1024, 2047, 2048, 2049, 3000, 4000, 4094, 4095]
THRESHOLDS = [1, 2, 17, 100, 300, 900, 5000, 40000, 131070, 131071]
SIGNS = ("mixed", "excitatory", "inhibitory")


def one_of(r, choices):
    return choices[int(r.random.integers(len(choices)))]


def edge_or_any(r, edges, low, high):
    """One of the edges, or any value from low to high, as often."""
    return int(one_of(r, edges) if r.random.random() < 0.5 else r.random.integers(low, high + 1))


def decay(r):
    return edge_or_any(r, DECAYS, 0, 4095)


def biases(r, size, share=0.5):
    """Mantissa and exponent of each neuron, from edge to edge; the others have none."""
    some = r.random.random(size) < share
    mantissa = [edge_or_any(r, [-4096, -4095, -1, 1, 7, 4095], -4096, 4095) for _ in range(size)]
    return (np.where(some, mantissa, 0),
            np.where(some, r.random.integers(-7, 8, size), 0))


def lif(r, size, du, dv, vth, share=0.5, process=LIF, **more):
    mantissa, exponent = biases(r, size, share)
    return r.population("cuba_lif", size,
                        process(shape=(size,), du=du, dv=dv, vth=vth, bias_mant=mantissa,
                                bias_exp=exponent, **more),
                        ("u", "v"), du=du, dv=dv, vth=vth, bias_mantissa=mantissa,
                        bias_exponent=exponent, **more)


def exponent_below(r, fan_in, payload=1, low=-8):
    """A weight exponent with which `fan_in` synapses stay below a turn."""
    high = 7
    while fan_in * 256 * payload << max(high, 0) >= TURN and high > low:
        high -= 1
    return int(r.random.integers(low, high + 1))


def signed_weights(r, target, source, sign):
    low, high = {"mixed": (-256, 255), "excitatory": (0, 255), "inhibitory": (-255, 0)}[sign]
    strongest = one_of(r, [7, 40, 120, 256])
    return np.clip(r.weights(target, source, -strongest, strongest, one_of(r, [0.5, 0.8, 1.0])),
                   low, high)


def lif_fields(r, k):
    """Every field of the neuron from edge to edge."""
    i = r.inputs(6, 0.2)
    for _ in range(4):
        a = lif(r, 5, decay(r), decay(r), edge_or_any(r, THRESHOLDS, 1, 2000), one_of(r, [0, 0.5]))
        sign = one_of(r, SIGNS[:2])
        r.connect(i, a, signed_weights(r, a, i, sign), exponent=exponent_below(r, 6, low=-2),
                  sign=sign)


def at_threshold(r, k):
    """Neurons that forget nothing of v and all of u come to lie exactly at their threshold."""
    i = r.inputs(6, 0.3)
    for vth in (1, 2, 3, 4, 8):
        a = lif(r, 5, 4095, 0, vth, 0)
        r.connect(i, a, r.random.integers(-2, 3, (5, 6)) * 2, exponent=one_of(r, [-1, 0]),
                  sign="mixed")


def recurrent(r, k):
    """Two populations that feed each other and themselves."""
    i = r.inputs(5, 0.2)
    a = lif(r, 6, decay(r), decay(r), edge_or_any(r, [64, 300], 1, 900), 0.3)
    b = lif(r, 6, decay(r), decay(r), edge_or_any(r, [64, 300], 1, 900), 0.3)
    for source, target in ((i, a), (a, a), (a, b), (b, b), (b, a)):
        sign = "mixed" if source == i else one_of(r, SIGNS)
        r.connect(source, target, signed_weights(r, target, source, sign),
                  bits=int(r.random.integers(1, 9)),
                  exponent=int(r.random.integers(-3, 3)), sign=sign,
                  sparse=bool(r.random.random() < 0.3))


def reset(r, k):
    """State set back in regular steps, every step and beyond the run included."""
    i = r.inputs(6, 0.2)
    for _ in range(3):
        a = lif(r, 5, decay(r), decay(r), edge_or_any(r, THRESHOLDS, 1, 900), 0.5, LIFReset,
                reset_interval=edge_or_any(r, [1, 2, 100, 1000], 3, 40),
                reset_offset=edge_or_any(r, [0, 1], 0, 200))
        r.connect(i, a, signed_weights(r, a, i, "mixed"), sign="mixed")


def refractory(r, k):
    """Which Lava has in floating point only. Without decay of v and with full decay of u its
    numbers are integers, 64 times smaller."""
    i = r.inputs(6, 0.5)
    before = i
    for _ in range(3):
        vth, period = int(r.random.integers(1, 400)), edge_or_any(r, [1, 2, 61, 62], 1, 62)
        a = r.population("cuba_lif", 4,
                         LIFRefractory(shape=(4,), du=1, dv=0, vth=vth, refractory_period=period),
                         ("u", "v"), scale=64, du=4095, dv=0, vth=vth, refractory_delay=period + 1)
        # Even weights within 8 bits: the same in floating point.
        r.connect(i, a, r.random.integers(-40, 100, (4, 6)) * 2)
        if before != i:
            r.connect(before, a, r.random.integers(-60, 90, (4, 4)) * 2)
        before = a


def overflows(r, k):
    """u wraps and v saturates, at both ends."""
    i = r.inputs(6, 0.6)
    for sign in SIGNS:
        a = lif(r, 4, edge_or_any(r, [0, 1], 0, 20), edge_or_any(r, [0, 1], 0, 20),
                one_of(r, [40000, 131071]), 0.5)
        r.connect(i, a, r.weights(a, i, *{"mixed": (-256, 255), "excitatory": (100, 255),
                                          "inhibitory": (-255, -100)}[sign]),
                  exponent=one_of(r, [5, 6, 7]), sign=sign)


def edges(r, k):
    """u exactly at both ends of its register and beside them, payloads exactly at a threshold."""
    i = r.inputs(6, 1.0)
    for sign, way in (("excitatory", 1), ("inhibitory", -1)):
        a = lif(r, 5, 4095, 4095, 131071, 0)
        # Sums of 1022 to 1026, shifted up by 7 and by 6: 2^23 is 1024.
        r.connect(i, a, np.array([[255, 255, 255, 255, c, 0] for c in range(2, 7)]) * way,
                  exponent=7, sign=sign)
    sums = np.array([[150] * 5 + [c] for c in (148, 150, 152)])
    sums = np.concatenate([sums, -sums])
    for process, more in ((GradedVec, {}), (GradedReluVec, {"rectified": True})):
        b = r.population("graded", 6, process(shape=(6,), vth=900), (None, "v"), vth=900, **more)
        r.connect(i, b, sums, message_bits=8, sign="mixed")


def long_runs(r, k):
    """Thousands of steps; input comes in the first half only, and state dies away."""
    i = r.inputs(6, 0.1, until=r.steps // 2)
    a = lif(r, 3, int(r.random.integers(20, 900)), int(r.random.integers(0, 90)), 300, 0)
    b = lif(r, 3, int(r.random.integers(0, 5)), int(r.random.integers(0, 5)), 900, 0.3)
    r.connect(i, a, signed_weights(r, a, i, "mixed"), sign="mixed")
    r.connect(a, b, signed_weights(r, b, a, "mixed"), exponent=-2, sign="mixed")


def ternary(r, k):
    """Positive and negative spikes, with and without their sign, between any thresholds."""
    i = r.inputs(6, 0.3)
    before = i
    for _ in range(3):
        mantissa, exponent = biases(r, 5, 0.3)
        du, dv = decay(r), decay(r)
        low, high = sorted((edge_or_any(r, [-1, 0, -131071], -900, 50),
                            edge_or_any(r, [1, 2, 131071], 60, 900)))
        a = r.population("ternary_lif", 5,
                         TernaryLIF(shape=(5,), du=du, dv=dv, vth_hi=high, vth_lo=low,
                                    bias_mant=mantissa, bias_exp=exponent),
                         ("u", "v"), du=du, dv=dv, vth_hi=high, vth_lo=low, bias_mantissa=mantissa,
                         bias_exponent=exponent)
        r.connect(i, a, signed_weights(r, a, i, "mixed"), exponent=one_of(r, [-1, 0, 1]),
                  sign="mixed")
        r.connect(before, a, signed_weights(r, a, before, "mixed"),
                  message_bits=one_of(r, [0, 1, 2]), sign="mixed")
        before = a


def synapse_formats(r, k):
    """One exponent, all sign modes and weight bits, without and with payloads: each format has two
    neurons of its own in one population, whose u is what the synapses deliver."""
    exponent, payloads = k // 2 - 8, bool(k % 2)
    most = max(1, min(100, TURN // (6 * 256) >> max(exponent, 0)))
    i = r.inputs(6, 0.5, (-most, most) if payloads else (1, 1))
    a = lif(r, 48, 4095, 4095, 131071, 0)
    for f, (sign, bits) in enumerate((s, b) for s in SIGNS for b in range(1, 9)):
        weights = np.zeros((48, 6), int)
        # Beyond the edges too: Lava clips.
        weights[2 * f:2 * f + 2] = r.random.integers(-300, 301, (2, 6))
        r.connect(i, a, weights, bits=bits, exponent=exponent, sign=sign,
                  message_bits=8 if payloads else 0, nonzero=True)


def delays(r, k):
    """Delays of 0 to 63 steps in dense and sparse matrices, with every exponent and payloads."""
    payload = one_of(r, [1, 1, 5])
    i = r.inputs(5, 0.15, (1, 1) if payload == 1 else (-payload, payload))
    a = lif(r, 6, decay(r), decay(r), edge_or_any(r, [300], 1, 900), 0)
    b = lif(r, 4, 4095, 4095, 131071, 0)
    for source, target in ((i, a), (a, a), (i, b), (a, b)):
        sparse = bool(r.random.random() < 0.5)
        sign = one_of(r, SIGNS)
        weights = signed_weights(r, target, source, sign)
        if not weights.any():
            weights[0, 0] = -8 if sign == "inhibitory" else 8
        steps = r.delays(target, source, one_of(r, [0, 1, 9, 62, 63]))
        steps[0, 0] = max(1, steps[0, 0])  # a matrix of zeros has no delays in Lava
        if sparse:
            weights[0, 0] = weights[0, 0] or (-8 if sign == "inhibitory" else 8)
            steps = np.where(weights != 0, steps, 0)
        r.connect(source, target, weights, delays=steps, sparse=sparse,
                  bits=int(r.random.integers(1, 9)), exponent=exponent_below(r, 30, payload),
                  message_bits=8 if payload > 1 and source == i else 0, sign=sign)


def payloads(r, k):
    """Messages of up to 31 bits through neurons without memory."""
    size = 6
    most, exponent = one_of(r, [(1, 0), (128, -2), (1000, -5)])
    i = r.inputs(6, 0.4, (-most, most))
    vth = one_of(r, [0, 1, 900])
    a = r.population("graded", size, GradedVec(shape=(size,), vth=vth), (None, "v"), vth=vth)
    vth = edge_or_any(r, [0, 1], 0, 5000)
    b = r.population("graded", size, GradedReluVec(shape=(size,), vth=vth), (None, "v"), vth=vth,
                     rectified=True)
    c = lif(r, 4, decay(r), decay(r), 30000, 0)
    d = r.population("graded", size, GradedVec(shape=(size,), vth=8388607), (None, "v"),
                     vth=8388607)
    r.connect(i, a, signed_weights(r, a, i, "mixed"), message_bits=one_of(r, [1, 8, 16, 24]),
              sign="mixed", exponent=exponent)
    r.connect(a, b, r.random.integers(-1, 2, (size, size)) * 2, message_bits=24, sign="mixed",
              sparse=bool(k % 2))
    r.connect(a, b, signed_weights(r, b, a, "mixed"), sign="mixed")
    r.connect(b, c, r.random.integers(-8, 9, (4, size)) * 2, exponent=-8, message_bits=24,
              sign="mixed")
    r.connect(b, d, signed_weights(r, d, b, "mixed"), message_bits=24, sign="mixed")


def convolutions(r, k):
    """Kernels with strides, padding, dilation and groups, on spikes and on payloads."""
    while True:
        groups = one_of(r, [1, 1, 2])
        shape = (int(r.random.integers(3, 7)), int(r.random.integers(3, 7)),
                 groups * int(r.random.integers(1, 3)))
        channels = groups * int(r.random.integers(1, 3))
        kernel, stride, padding, dilation = (
            tuple(int(x) for x in r.random.integers(low, high, 2))
            for low, high in ((1, 4), (1, 3), (0, 3), (1, 3)))
        width, height = ((shape[d] + 2 * padding[d] - dilation[d] * (kernel[d] - 1) - 1)
                         // stride[d] + 1 for d in (0, 1))
        if width > 0 and height > 0 and width * height * channels <= 40:
            break
    payload = one_of(r, [0, 0, 30])
    i = r.inputs(int(np.prod(shape)), 0.1, (-payload, payload) if payload else (1, 1))
    a = lif(r, width * height * channels, int(r.random.integers(300, 4096)), decay(r),
            int(r.random.integers(60, 900)), 0)
    weights = r.random.integers(-128, 128, (channels, *kernel, shape[2] // groups)) * 2
    r.convolve(i, a, weights, shape, stride, padding, dilation, groups, 8 if payload else 0)


def sigma_delta(r, k):
    """Encoder, neurons of every kind, decoder, with every exponent."""
    def exponents():
        return {"spike_exp": int(r.random.integers(0, 8)), "state_exp": int(r.random.integers(0, 8))}

    i = r.inputs(6, 0.5, (-40, 60))
    error = bool(k % 2)
    e = exponents()
    vth = edge_or_any(r, [0, 1], 0, 40)
    encoder = r.population("delta", 5,
                           Delta(shape=(5,), vth=vth, cum_error=error, **e), ("act", "residue"),
                           vth=vth, cumulative_error=error, **e)
    r.connect(i, encoder, r.random.integers(-3, 4, (5, 6)) * 2, message_bits=8, sign="mixed")
    decoder = r.population("sigma", 5, Sigma(shape=(5,)), ("sigma", None))
    for unit in (False, True):
        e = exponents()
        vth = edge_or_any(r, [0, 1], 0, 20)
        bias, error = r.random.integers(-60, 60, 5), bool(r.random.integers(2))
        layer = r.population(
            "sigma_delta", 5,
            SigmaDelta(shape=(5,), vth=vth, bias=bias, cum_error=error,
                       act_mode=ActivationMode.UNIT if unit else ActivationMode.RELU, **e),
            ("sigma", "residue"), vth=vth, linear=unit, bias=bias,
            cumulative_error=error, **e)
        r.connect(encoder, layer, signed_weights(r, layer, encoder, "mixed"), message_bits=24,
                  exponent=one_of(r, [-8, -3, 0]), sign="mixed")
        r.connect(layer, decoder, r.random.integers(-2, 3, (5, 5)) * 2, message_bits=24,
                  sign="mixed")


def resonators(r, k):
    """Both kinds that fire a spike, with any period, decay, exponents and threshold."""
    i, j = r.inputs(5, 0.2), r.inputs(5, 0.2)
    for kind, process in (("phase_crossing", RF), ("izhikevich", RF_IZ)):
        for _ in range(3):
            fields = {"period": float(edge_or_any(r, [4, 5], 4, 60) + one_of(r, [0, 0.37])),
                      "alpha": float(one_of(r, [0.0, 0.004, 0.07, 0.3, 0.9])),
                      "state_exp": int(r.random.integers(0, 8)),
                      "decay_bits": edge_or_any(r, [12, 12, 1, 15], 2, 14),
                      "vth": edge_or_any(r, [1, 2], 1, 120)}
            a = r.population("resonate_fire", 4, process(shape=(4,), **fields), ("real", "imag"),
                             ("a_real_in", "a_imag_in"), resonance=kind, **fields)
            for source, port in ((i, 0), (j, 1)):
                r.connect(source, a, signed_weights(r, a, source, "mixed"), port=port,
                          exponent=one_of(r, [-2, 0]), sign="mixed")


def amplitudes(r, k):
    """Resonators that send their amplitude. |re| and |im| stay below 2^16, beyond which Lava's
    products leave 32 bits."""
    i, j = r.inputs(5, 0.2), r.inputs(5, 0.2)
    for _ in range(3):
        frequencies, uth = r.random.uniform(1.0, 450.0, 5), edge_or_any(r, [0, 1], 1, 300)
        zero = RFZero(shape=(5,), freqs=frequencies,
                      decay_tau=np.full(5, one_of(r, [0.002, 0.01, 0.03])), uth=uth)
        a = r.population("resonate_fire", 5, zero, ("u", "v"), ("u_in", "v_in"),
                         resonance="graded", decay_bits=15, state_exp=0, vth=uth,
                         sin_decay=zero.lst.init, cos_decay=zero.lct.init)
        for source, port in ((i, 0), (j, 1)):
            r.connect(source, a, signed_weights(r, a, source, "mixed"), port=port, sign="mixed")


def tag_of(build):
    return "floating_pt" if build is refractory else "fixed_pt"


# (family, networks, steps)
ALL = [
    (lif_fields, 40, 80),
    (at_threshold, 6, 80),
    (recurrent, 48, 80),
    (reset, 12, 100),
    (refractory, 12, 160),
    (overflows, 12, 60),
    (edges, 1, 20),
    (long_runs, 3, 4000),
    (ternary, 16, 80),
    (synapse_formats, 32, 30),
    (delays, 40, 120),
    (payloads, 24, 60),
    (convolutions, 40, 50),
    (sigma_delta, 16, 60),
    (resonators, 16, 80),
    (amplitudes, 6, 80),
]

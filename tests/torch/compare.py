"""Compares surrogate gradients in steps with PyTorch: networks written down from their formulas, whose
gradients automatic differentiation makes, in double precision.

    compare.py --replay PROGRAM [--scratch FOLDER]
    compare.py --golden FOLDER      writes the small cases that are checked in

Runs in the Python that RETROGRADE_TORCH_PYTHON names, if it names one. Exit status 77, with a line
"SKIPPED: ...", where torch is not to be had. The taps of kernels are those of the package DCLS (Dilated
convolution with learnable spacings) where it is importable, else those of its published formula.

The published network (Hammouamri, Khalfaoui-Hassani & Masquelier, arXiv:2306.17670; Meszaros, Knight &
Nowotny, arXiv:2407.18917), of frames x(t), t = 0 .. T - 1, and kernels of K taps:

    I(t) = sum_j w_j sum_k h_k x_j(t + k - (K - 1))     h_k: a kernel about c = P + (K - 1)/2
    hidden, after batch normalisation of I:
      o(t) = [m(t) >= 1]    m(t+1) = (b m(t) + s(t)) (1 - o(t))    s(t+1) = I(t)
    readout: the same without o

Every layer comes late: by a step for s, and one more where m is followed to the next step. Here neither is
there: with tau_mem = -step / log b the hidden V at point n is m(n + 1), the readout's V is m(n + 2), so
that the points 1 .. T here are the steps 3 .. T + 2 there; before them all m are 0. A delay there is
d = (K - 1)/2 - P steps, and one of d steps here. A signal held for a step brings (1 - b) w here, so that
hidden weights here are those there divided by 1 - b, and so are gain and offset; the epsilon of batch
normalisation is divided by its square.
"""

import argparse
import json
import math
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from live import use  # noqa: E402

STEP = 10.0  # ms
TAU = 10.05  # steps
CLOSEST = 2e-4  # no V of a case is closer to the threshold: single precision decides alike
SIZES = dict(inputs=6, hidden=8, outputs=4, points=20, batch=5, taps=9)
LARGE = dict(inputs=20, hidden=30, outputs=5, points=60, batch=37, taps=25)

torch = None


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replay", help="the program torch_replay")
    parser.add_argument("--golden", type=pathlib.Path)
    parser.add_argument("--scratch", type=pathlib.Path)
    arguments = parser.parse_args()
    global torch
    torch = use("RETROGRADE_TORCH_PYTHON", "torch", "torch")
    torch.set_num_threads(2)

    if arguments.golden:
        arguments.golden.mkdir(parents=True, exist_ok=True)
        for name, case in cases(SIZES, 1, 6):
            path = arguments.golden / f"{name}.json"
            path.write_text(json.dumps(case, separators=(",", ":")) + "\n")
            print(f"{path}: {case['source']}")
        return 0

    failures = count = 0
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as scratch:
        for sizes, seed in ((SIZES, 2), (SIZES, 3), (LARGE, 4)):
            for name, case in cases(sizes, seed):
                path = pathlib.Path(scratch) / f"{name}_{seed}.json"
                path.write_text(json.dumps(case))
                failures += subprocess.run([arguments.replay, path]).returncode != 0
                count += 1
                sys.stdout.flush()
                path.unlink()
    print(f"{count} cases of torch {torch.__version__}, kernels of {kernels_of()}, {failures} differ")
    return failures != 0


def cases(sizes, seed, delays=40):
    for name, choices in (
            ("gaussian", dict(kernel="gaussian", width=1.4, surrogate="arctangent", norm=True)),
            ("wide", dict(kernel="gaussian", width=12.0, surrogate="arctangent", norm=True)),
            ("triangle", dict(kernel="triangle", width=1.7, surrogate="fast_sigmoid", norm=True,
                              dropout=0.4)),
            ("bilinear", dict(kernel="bilinear", width=0.0, surrogate="superspike", norm=False))):
        yield name, settled(published, sizes, seed, choices)
    yield "recurrent", settled(recurrent, sizes, seed, dict(kernel="gaussian", width=0.8,
                                                            surrogate="superspike"))
    yield "taps", taps(seed, delays)
    yield "widths", widths()
    yield "adam", adam(seed)


def settled(make, sizes, seed, choices):
    """The first case from a seed on that no rounding decides, and that fires."""
    while True:
        case, closest, spikes = make(dict(sizes), seed, choices)
        cells = sizes["hidden"] * sizes["points"] * sizes["batch"]
        least = min(CLOSEST, 0.2 / cells)
        if closest > least and 0.02 * cells < spikes < 0.5 * cells:
            return case
        seed += 1000


# ---- what networks are made of --------------------------------------------------------------------


def kernels(shape, width, centre, taps):
    """h_k, k = 0 .. taps - 1, about `centre`, a tensor; the last dimension is k."""
    k = torch.arange(taps, dtype=torch.float64)
    distance = k - centre.unsqueeze(-1)
    if shape == "bilinear":
        return torch.clamp(1.0 - distance.abs(), min=0.0)
    if shape == "gaussian":
        g = torch.exp(-0.5 * (distance / (width + 0.27)) ** 2)
    else:
        g = torch.clamp(width + 1.0 - distance.abs(), min=0.0)
    return g / (g.sum(-1, keepdim=True) + 1e-7)


def convolved(x, weight, position, shape, width, taps):
    """x [trial][step][source] to [trial][step][target]; weight and position [target][source]."""
    kernel = weight.unsqueeze(-1) * kernels(shape, width, position + (taps - 1) / 2, taps)
    padded = torch.nn.functional.pad(x.transpose(1, 2), (taps - 1, 0))
    return torch.nn.functional.conv1d(padded, kernel).transpose(1, 2)


def spike_function(shape, slope):
    class Spike(torch.autograd.Function):
        @staticmethod
        def forward(context, x):
            context.save_for_backward(x)
            return (x >= 0).to(x)

        @staticmethod
        def backward(context, gradient):
            (x,) = context.saved_tensors
            if shape == "arctangent":
                return gradient * slope / 2 / (1 + (math.pi * slope * x / 2) ** 2)
            height = slope / 2 if shape == "fast_sigmoid" else 1.0
            return gradient * height / (1 + slope * x.abs()) ** 2

    return Spike.apply


def softmax_sum_loss(m, labels):
    """Of m [trial][step][class]: cross-entropy of the sums of the softmax of every step, per trial."""
    return torch.nn.functional.cross_entropy(torch.softmax(m, -1).sum(1), labels, reduction="none")


def generator(seed, *what):
    g = torch.Generator()
    g.manual_seed(hash_of(f"{seed} {what}"))
    return g


def hash_of(text):
    value = 2166136261
    for byte in text.encode():
        value = (value ^ byte) * 16777619 % 2**32
    return value


def uniform(g, low, high, *shape):
    return low + (high - low) * torch.rand(*shape, dtype=torch.float64, generator=g)


def source():
    return f"tests/torch/compare.py with torch {torch.__version__}"


def lists(x):
    return x.detach().tolist()


# ---- networks -------------------------------------------------------------------------------------


def published(sizes, seed, choices):
    g = generator(seed, choices["kernel"], choices["width"])
    n, hidden, outputs = sizes["inputs"], sizes["hidden"], sizes["outputs"]
    steps, batch, taps = sizes["points"], sizes["batch"], sizes["taps"]
    beta = 1.0 - 1.0 / TAU
    reach = (taps - 1) / 2
    spike = spike_function(choices["surrogate"], 5.0)
    x = uniform(g, 0.0, 1.6, batch, steps, n)
    labels = torch.randint(outputs, (batch,), generator=g)
    scale = 1.0 if choices["norm"] else 0.6
    w1 = uniform(g, -scale, scale, hidden, n).requires_grad_()
    w2 = uniform(g, -1.0, 1.0, outputs, hidden).requires_grad_()
    p1 = uniform(g, -reach, reach, hidden, n).requires_grad_()
    p2 = uniform(g, -reach, reach, outputs, hidden).requires_grad_()
    gain = uniform(g, 0.15, 0.6, hidden).requires_grad_()
    offset = uniform(g, -0.05, 0.1, hidden).requires_grad_()
    dropped = choices.get("dropout", 0.0)
    kept = (uniform(g, 0.0, 1.0, batch, hidden) >= dropped).double()
    mask = (kept / (1.0 - dropped)).unsqueeze(1)

    current = convolved(x, w1, p1, choices["kernel"], choices["width"], taps)
    used = current
    if choices["norm"]:
        flat = current.reshape(-1, hidden)
        used = torch.nn.functional.batch_norm(flat, None, None, gain, offset, training=True,
                                              eps=1e-5).reshape(current.shape)
    zero = torch.zeros(batch, hidden, dtype=torch.float64)
    m, s, spikes, closest = zero, zero, [], math.inf
    for t in range(steps + 1):
        closest = min(closest, (m - 1.0).abs().min().item())
        o = spike(m - 1.0)
        spikes.append(o)
        m = (beta * m + s) * (1.0 - o.detach())
        s = used[:, t] if t < steps else zero
    o = torch.stack(spikes, 1)
    arriving = convolved(o * mask, w2, p2, choices["kernel"], choices["width"], taps)
    m = f = torch.zeros(batch, outputs, dtype=torch.float64)
    voltages = []
    for t in range(steps + 3):
        voltages.append(m)
        m, f = beta * m + f, arriving[:, t] if t < steps + 1 else f
    v = torch.stack(voltages, 1)
    assert v[:, :3].abs().max() == 0.0
    losses = softmax_sum_loss(v[:, 3:], labels)
    losses.sum().backward()

    held, drop = 1.0 - beta, 1.0 - dropped
    tau_mem = -STEP / math.log(beta)
    case = {
        "kind": "network", "source": source(), "step": STEP, "points": steps,
        "populations": [
            {"name": "in", "model": "input", "size": n},
            {"name": "hidden", "model": "cuba_lif", "size": hidden, "tau_mem": [tau_mem],
             "t_ref": [STEP], "receptor": "step"},
            {"name": "out", "model": "li", "size": outputs, "tau_mem": [tau_mem]}],
        "projections": [projection(0, 1, w1 / held, p1, taps), projection(1, 2, w2 / drop, p2, taps)],
        "longest": taps - 1, "kernel": choices["kernel"], "width": choices["width"],
        "surrogate": choices["surrogate"], "slope": 5.0,
        "frames": lists(x), "labels": lists(labels),
        "muted": [[0] * n + [int(k == 0) for k in row] + [0] * outputs for row in lists(kept)],
        "expected": {
            "loss": lists(losses), "v": lists(v[:, 3:]),
            "weight_gradient": [lists(w1.grad * held), lists(w2.grad * drop)],
            "delay_gradient": [lists(-p1.grad / STEP), lists(-p2.grad / STEP)],
        },
    }
    if choices["norm"]:
        case["batch_norm"] = normalised(current, gain, offset, held, batch)
    return case, closest, o.detach().sum().item()


def normalised(current, gain, offset, held, batch):
    """Batch normalisation as it is here, its gradients, and where a step of Adam takes it."""
    rate = 2e-3
    values, after = [], []
    for x in (gain, offset):
        parameter = (x.detach() / held).requires_grad_()
        values.append(lists(parameter))
        parameter.grad = x.grad * held / batch
        torch.optim.Adam([parameter], lr=rate).step()
        after.append(lists(parameter))
    flat = current.detach().reshape(-1, current.shape[-1]) / held
    return {"population": 1, "epsilon": 1e-5 / held**2, "rate": rate,
            "gain": values[0], "offset": values[1],
            "gain_gradient": lists(gain.grad * held), "offset_gradient": lists(offset.grad * held),
            "gain_after": after[0], "offset_after": after[1],
            "mean_after": lists(0.1 * flat.mean(0)),
            "variance_after": lists(0.9 + 0.1 * flat.var(0, unbiased=True))}


def projection(source_population, target, weight, position, taps):
    """Rows by source; delays in ms."""
    delay = ((taps - 1) / 2 - position) * STEP
    return {"source": source_population, "target": target, "weights": lists(weight),
            "delays": lists(delay)}


def recurrent(sizes, seed, choices):
    """cuba_lif neurons with a recurrent projection, cuba_li readouts, spikes as input:

        V(n+1) = bias + (V(n) - bias) e^(-a) + K I(n)    I(n+1) = e^(-b) I(n) + what arrives at n + 1
        K = a (e^(-a) - e^(-b)) / (b - a)                a, b: step / tau_mem, step / tau_syn
    """
    g = generator(seed, "recurrent")
    n, hidden, outputs = sizes["inputs"], sizes["hidden"], sizes["outputs"]
    steps, batch, taps = sizes["points"], sizes["batch"], sizes["taps"]
    longest = taps - 1
    spike = spike_function(choices["surrogate"], 3.0)
    x = (uniform(g, 0.0, 1.0, batch, steps + 1, n) < 0.3).double()
    x[:, steps] = 0.0
    labels = torch.randint(outputs, (batch,), generator=g)
    crowd = math.sqrt(6.0 / n)
    shapes = [(hidden, n, -1.5 * crowd, 3.0 * crowd), (hidden, hidden, -0.8, 0.8),
              (outputs, hidden, -1.0, 1.5)]
    w = [uniform(g, low, high, to, of).requires_grad_() for to, of, low, high in shapes]
    d = [uniform(g, 0.0, longest, to, of).requires_grad_() for to, of, _, _ in shapes]
    tau = [uniform(g, 40.0, 200.0, k) for k in (hidden, outputs)]
    syn = [uniform(g, 15.0, 120.0, k) for k in (hidden, outputs)]
    bias = [uniform(g, -0.1, 0.2, k).requires_grad_() for k in (hidden, outputs)]
    t_ref = torch.randint(4, (hidden,), generator=g)
    kernel = [weight.unsqueeze(-1) * kernels(choices["kernel"], choices["width"], delay, taps)
              for weight, delay in zip(w, d)]

    def arriving(which, sent, at):
        """What taps 0 .. longest bring to step `at` of `sent`, a list of [trial][source]."""
        total = 0.0
        for lag in range(min(longest, at) + 1):
            total = total + sent[at - lag] @ kernel[which][:, :, lag].T
        return total

    def flow(layer, v, i):
        a, b = STEP / tau[layer], STEP / syn[layer]
        mem, decay = torch.exp(-a), torch.exp(-b)
        return bias[layer] + (v - bias[layer]) * mem + a * (mem - decay) / (b - a) * i, decay * i

    inputs = [x[:, t] for t in range(steps + 1)]
    v, i = torch.zeros(2, batch, hidden, dtype=torch.float64)
    u, j = torch.zeros(2, batch, outputs, dtype=torch.float64)
    waiting = torch.zeros(batch, hidden)
    sent, voltages, closest = [], [], math.inf
    for t in range(steps + 1):
        o = torch.zeros_like(v)
        if t > 0:
            v, i = flow(0, v, i)
            u, j = flow(1, u, j)
            voltages.append(u)
            free = (waiting == 0).double()
            distance = (v - 1.0).abs() + 10.0 * (1.0 - free)
            closest = min(closest, distance.min().item())
            o = spike(v - 1.0) * free
            fired = o.detach()
            v = v * free * (1.0 - fired)
            waiting = torch.where(fired > 0, t_ref.expand(batch, -1).float(),
                                  torch.clamp(waiting - 1, min=0))
        sent.append(o)
        i = i + arriving(0, inputs, t) + arriving(1, sent, t)
        j = j + arriving(2, sent, t)
    v = torch.stack(voltages, 1)
    losses = softmax_sum_loss(v, labels)
    losses.sum().backward()

    def joined(source_population, target, k):
        return {"source": source_population, "target": target, "weights": lists(w[k]),
                "delays": lists(d[k] * STEP)}

    case = {
        "kind": "network", "source": source(), "step": STEP, "points": steps,
        "populations": [
            {"name": "in", "model": "input", "size": n},
            {"name": "hidden", "model": "cuba_lif", "size": hidden, "tau_mem": lists(tau[0]),
             "tau_syn": lists(syn[0]), "bias": lists(bias[0]), "t_ref": lists(t_ref * STEP)},
            {"name": "out", "model": "cuba_li", "size": outputs, "tau_mem": lists(tau[1]),
             "tau_syn": lists(syn[1]), "bias": lists(bias[1])}],
        "projections": [joined(0, 1, 0), joined(1, 1, 1), joined(1, 2, 2)],
        "longest": longest, "kernel": choices["kernel"], "width": choices["width"],
        "surrogate": choices["surrogate"], "slope": 3.0,
        "spikes": lists(x[:, :steps].int()), "labels": lists(labels),
        "expected": {
            "loss": lists(losses), "v": lists(v),
            "weight_gradient": [lists(k.grad) for k in w],
            "delay_gradient": [lists(k.grad / STEP) for k in d],
            "bias_gradient": [[0.0] * n, lists(bias[0].grad), lists(bias[1].grad)],
        },
    }
    return case, closest, sum(o.detach().sum().item() for o in sent)


# ---- kernels, their widths, and the optimiser -----------------------------------------------------


def dcls():
    """The module of the package DCLS, or None."""
    try:
        from DCLS.construct.modules import Dcls1d
    except ImportError:
        return None
    return Dcls1d


def kernels_of():
    return "the package DCLS" if dcls() else "its formula, as the package DCLS is not there"


def taps(seed, random_delays):
    """Kernels of 25 taps and their derivatives by the delay, of DCLS if it is there."""
    Dcls1d = dcls()
    g = generator(seed, "taps")
    count = 25
    delays = torch.cat([uniform(g, 0.0, count - 1.0, random_delays), torch.tensor([0.0, 3.5, 24.0])])
    rows = []
    for shape, version in (("gaussian", "gauss"), ("triangle", "max"), ("bilinear", "v1")):
        for width in (0.23, 0.9, 4.0, 12.0) if shape != "bilinear" else (0.0,):
            if Dcls1d:
                layer = Dcls1d(1, len(delays), kernel_count=1, dilated_kernel_size=count,
                               bias=False, version=version).double()
                position = layer.P
                position.data[:] = ((count - 1) / 2 - delays).reshape(position.shape)
                layer.weight.data.fill_(1.0)
                if shape != "bilinear":
                    layer.SIG.data.fill_(width)
                h = layer.DCK(layer.weight, position, layer.SIG).reshape(len(delays), count)
            else:
                position = ((count - 1) / 2 - delays).requires_grad_()
                h = kernels(shape, width, position + (count - 1) / 2, count)
            # By delay: tap k is that of the delay count - 1 - k, and delays go against positions.
            slopes = [torch.autograd.grad(h[:, k].sum(), position, retain_graph=True)[0].reshape(-1)
                      for k in range(count)]
            slope = -torch.stack(slopes, -1)
            for at, delay in enumerate(lists(delays)):
                smooth = shape == "gaussian" or abs(delay - round(delay)) > 1e-3
                on_kink = shape == "triangle" and abs((delay + width) % 1.0) < 1e-3
                rows.append({"kernel": shape, "width": width, "delay": delay,
                             "h": lists(h[at].flip(-1)),
                             "slope": lists(slope[at].flip(-1)) if smooth and not on_kink else []})
    return {"kind": "taps", "source": f"{source()}, kernels of {kernels_of()}",
            "longest": count - 1, "taps": rows}


def widths():
    """Effective widths of a Gaussian kernel of 25 taps over 150 epochs, as published: 12 at first,
    multiplied after each of the first 37 epochs by (0.23/12)^(1/37)."""
    width, sequence = 12.0, []
    for epoch in range(150):
        sequence.append(width + 0.27)
        if epoch < 150 // 4:
            width *= (0.23 / 12.0) ** (1.0 / (150 // 4))
    return {"kind": "widths", "source": "tests/torch/compare.py", "epochs": 150, "longest": 24,
            "effective": sequence}


def adam(seed):
    """Steps of AdamW for weights, with the proximal step of L1 behind it, and of Adam for delays, which
    are clipped."""
    g = generator(seed, "adam")
    count, steps = 12, 6
    decay, l1, rates, longest = 0.01, 0.3, (5e-3, 0.1), 24.0
    weights = uniform(g, -0.05, 0.05, count).requires_grad_()
    delays = uniform(g, 0.0, longest, count)
    delays[0], delays[1] = 0.02, longest - 0.02
    delays.requires_grad_()
    case = {"kind": "adam", "source": source(), "weights": lists(weights), "delays": lists(delays),
            "rates": rates, "decay": decay, "l1": l1, "longest": longest, "gradients": [],
            "after": []}
    by_weight = torch.optim.AdamW([weights], lr=rates[0], weight_decay=decay)
    by_delay = torch.optim.Adam([delays], lr=rates[1])
    for _ in range(steps):
        gradients = uniform(g, -1.0, 1.0, 2, count)
        weights.grad, delays.grad = gradients[0], gradients[1]
        by_weight.step()
        by_delay.step()
        with torch.no_grad():
            weights.copy_(torch.nn.functional.softshrink(weights, rates[0] * l1))
            delays.clamp_(0.0, longest)
        case["gradients"].append(lists(gradients))
        case["after"].append([lists(weights), lists(delays)])
    return case


if __name__ == "__main__":
    sys.exit(main())

"""A training step with learned delays: the exact engine against the published way in PyTorch, in one run.

    against_torch.py RETRO     RETRO is the program retro; torch of this Python, or of RETROGRADE_TORCH_PYTHON

700-256-256-20, 8,000 input spikes in 1 s, a weight and a delay for every pair of neurons: delays as Gaussian
kernels over the whole range, rebuilt from weights and positions and given to conv1d, as "Dilated convolution
with learnable spacings" has them (Hammouamri, Khalfaoui-Hassani & Masquelier, ICLR 2024, arXiv:2306.17670), and
leaky integrate-and-fire neurons in steps of 1 ms with an arctangent surrogate, by automatic differentiation;
single precision. Its time is that of forward and backward passes of a batch of 8, by the trial; its memory the
peak of a process of its own that does a batch of 32 at delays to 250 ms. The exact engine's numbers are those
of `retro bench --only dilated` and `--only memory` (bench/README.md), run in between.
"""

import argparse
import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests" / "support"))

from live import use  # noqa: E402

SIZES, SPIKES, STEPS, TAU = (700, 256, 256, 20), 8000, 1000, 20.0
RANGES = (64, 128, 250)  # ms, which are steps

torch = use("RETROGRADE_TORCH_PYTHON", "torch", "torch")


class Spike(torch.autograd.Function):
    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return (x >= 0).float()

    @staticmethod
    def backward(context, gradient):
        (x,) = context.saved_tensors
        slope = 5.0
        return gradient * (slope / 2) / (1 + (torch.pi * slope * x / 2) ** 2)


class Layer:
    """One weight and one position per pair, kernels of `taps` steps."""

    def __init__(self, inputs, outputs, taps, mean, deviation):
        self.taps = taps
        self.weight = (mean + deviation * torch.randn(outputs, inputs)).requires_grad_()
        self.position = ((taps - 1) * torch.rand(outputs, inputs)).requires_grad_()
        self.width = 0.5 * taps

    def __call__(self, x):
        taps = torch.arange(self.taps, dtype=torch.float32)
        kernel = torch.exp(-0.5 * ((taps - self.position[..., None]) / self.width) ** 2)
        kernel = self.weight[..., None] * kernel / (kernel.sum(-1, keepdim=True) + 1e-7)
        return torch.nn.functional.conv1d(torch.nn.functional.pad(x, (self.taps - 1, 0)), kernel)


def run(current, fires):
    keep, v, out = 1 - 1 / TAU, torch.zeros_like(current[..., 0]), []
    for n in range(current.shape[-1]):
        v = keep * v + current[..., n]
        if fires:
            spike = Spike.apply(v - 1)
            v = v * (1 - spike.detach())
        out.append(spike if fires else v)
    return torch.stack(out, -1)


def trials(batch):
    x = torch.zeros(batch, SIZES[0], STEPS)
    for k in range(batch):
        x[k].view(-1)[torch.randint(SIZES[0] * STEPS, (SPIKES,))] = 1
    return x


def training_step(taps, batch):
    torch.manual_seed(1)
    # Weights with which hidden neurons fire about 15 times a second, as in the figure.
    layers = [Layer(*ends, taps, *w)
              for ends, w in zip(zip(SIZES, SIZES[1:]), ((0.0066, 0.012), (0.012, 0.025), (0.0, 0.03)))]
    x, labels = trials(batch), torch.arange(batch) % SIZES[-1]
    begin = time.process_time()
    spikes = x
    counts = []
    for k, layer in enumerate(layers):
        spikes = run(layer(spikes), k + 1 < len(layers))
        counts.append(spikes.sum().item() / (batch * SIZES[k + 1]))
    loss = torch.nn.functional.cross_entropy(spikes.sum(-1), labels)
    loss.backward()
    return (time.process_time() - begin) / batch, counts[:-1]


def exact(retro):
    """Seconds per trial, by range, and the peak memory of a batch of 32, in MB."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "bench.json"
        subprocess.run([retro, "bench", "--only", "dilated", "--only", "memory", "--json", path], check=True,
                       stdout=subprocess.DEVNULL)
        figures = {f["name"]: f["rows"] for f in json.loads(path.read_text())["figures"]}
    rows = {row["name"]: row for rows in figures.values() for row in rows}
    times = {r: 1 / rows[f"exact, delays to {r} ms"]["value"] for r in RANGES}
    return times, rows["deep, peak"]["value"] / 1e6


def megabytes(batch):
    """Peak of a process of its own that does one training step."""
    return float(subprocess.run([sys.executable, __file__, "", "--memory-of", str(batch)], check=True,
                                capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("retro")
    parser.add_argument("--memory-of", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.memory_of:
        training_step(RANGES[-1], arguments.memory_of)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
        return 0

    before = {r: training_step(r, 8) for r in RANGES}
    times, memory = exact(arguments.retro)
    for r in RANGES:
        seconds, rates = training_step(r, 8)
        seconds = min(seconds, before[r][0])
        print(f"delays to {r} ms: torch {1e3 * seconds:.0f} ms per trial ({rates[0]:.0f} and {rates[1]:.0f} spikes/s), "
              f"exact {1e3 * times[r]:.0f} ms: {seconds / times[r]:.1f} times faster", flush=True)
    peak = megabytes(32)
    print(f"memory of a batch of 32, delays to {RANGES[-1]} ms: torch {peak:.0f} MB, exact {memory:.0f} MB: "
          f"{memory / peak:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The bridge to PyTorch: operators that torch's own checks accept, gradients against differences, and a network
among other layers."""

from __future__ import annotations

import copy
import gc
import io

import numpy as np
import pytest

torch = pytest.importorskip("torch", minversion="2.4")

import retrograde as rg
import retrograde.torch as rt
from test_threads import leaks_nothing


def layer_of(net: rg.Network, **more: object) -> rt.Network:
    keys = dict(duration=60.0, spikes="h", readout=dict(kind="voltage_integral", population="out"))
    keys.update(more)
    return rt.Network(net, **keys)


def latencies(batch: int = 3) -> torch.Tensor:
    random = np.random.default_rng(7)
    return torch.tensor(random.uniform(1.0, 20.0, (batch, 2)), requires_grad=True)


def test_forward_is_a_run(net: rg.Network, trials: rg.Trials) -> None:
    layer = layer_of(net, most=3)
    out = layer(trials)
    run = rg.run(net, trials, readout=dict(kind="voltage_integral", population="out"))
    assert out.spikes.shape == (8, 3, 3) and out.readout.shape == (8, 2)
    assert np.array_equal(out.readout.detach().numpy(), run.integrals)
    for k in range(8):
        times, local = run.spikes_of("h", k)
        for n in range(3):
            mine = list(times[local == n][:3])
            assert out.spikes[k, n].tolist() == mine + [60.0] * (3 - len(mine))


def test_latencies_are_trials(net: rg.Network) -> None:
    x = latencies().detach()
    x[1, 0] = torch.inf
    out = layer_of(net)(x)
    spikes = [(row[np.isfinite(row)], np.nonzero(np.isfinite(row))[0]) for row in x.numpy()]
    run = rg.run(net, rg.Trials.stack(spikes, duration=60.0), readout=dict(kind="voltage_integral", population="out"))
    assert np.array_equal(out.readout.detach().numpy(), run.integrals)


def test_backward_is_the_way_back(net: rg.Network, trials: rg.Trials) -> None:
    layer = layer_of(net)
    layer(trials).readout.square().sum().backward()
    run = rg.run(net, trials, readout=dict(kind="voltage_integral", population="out"))
    g = run.backward(integrals=2 * run.integrals)
    for name, parameter in layer.named_parameters():
        assert np.array_equal(parameter.grad.numpy(), g[tuple(name.split(":"))]), name


@pytest.mark.parametrize("readout", ["voltage_integral", "voltage_maximum"])
def test_gradcheck(net: rg.Network, readout: str) -> None:
    layer = layer_of(net, readout=dict(kind=readout, population="out"))
    x = latencies()

    def of(x: torch.Tensor, *values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.func.functional_call(layer, dict(zip(names, values)), (x,))

    names = [name for name, _ in layer.named_parameters()]
    values = [p.detach().clone() for p in layer.parameters()]
    # Away from the end of the range of delays, which project_ would put back.
    values = [v.clamp(min=0.01).requires_grad_() if "delay" in n else v.requires_grad_() for n, v in zip(names, values)]
    assert torch.autograd.gradcheck(of, (x, *values), eps=1e-6, atol=1e-4, rtol=1e-3)


def test_opcheck(net: rg.Network) -> None:
    layer = layer_of(net)
    times, neurons, offsets = layer._flat(latencies())
    values = layer._values().detach().requires_grad_()
    arguments = (values, times.detach().requires_grad_(), neurons, offsets, layer._spec.number)
    torch.library.opcheck(torch.ops.retrograde.run.default, arguments)


def test_a_step_of_torchs_optimiser(net: rg.Network, trials: rg.Trials) -> None:
    layer = layer_of(net)
    head = torch.nn.Linear(2, 2, dtype=torch.float64)
    optimiser = torch.optim.Adam([*layer.parameters(), *head.parameters()], lr=0.05)
    labels = torch.tensor(trials.labels)
    losses = []
    for _ in range(40):
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(head(layer(trials).readout / 60.0), labels)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]
    learned = layer.network()
    assert (learned["in -> h", "delay"] >= 0).all()
    assert not np.array_equal(learned["in -> h", "weight"], net["in -> h", "weight"])
    assert np.array_equal(learned["h -> h", "weight"], net["h -> h", "weight"])  # not learned


def test_inside_a_model_of_single_precision(net: rg.Network) -> None:
    model = torch.nn.Sequential()
    front = torch.nn.Linear(4, 2)
    layer = layer_of(net, spikes=None)

    def forward(x: torch.Tensor) -> torch.Tensor:
        return layer(10.0 * torch.sigmoid(front(x)) + 1.0).readout.float()

    forward(torch.randn(5, 4)).sum().backward()
    assert front.weight.grad.abs().sum() > 0 and len(model) == 0


def test_state_dict(net: rg.Network) -> None:
    layer = layer_of(net)
    with torch.no_grad():
        for p in layer.parameters():
            p.add_(0.5)
    file = io.BytesIO()
    torch.save(layer.state_dict(), file)
    file.seek(0)
    other = layer_of(net)
    other.load_state_dict(torch.load(file))
    x = latencies()
    assert torch.equal(other(x).readout, layer(x).readout)
    assert torch.equal(copy.deepcopy(layer)(x).readout, layer(x).readout)
    assert set(layer.state_dict()) == {"in->h:weight", "in->h:delay", "h->out:weight", "h:tau_mem"}


@pytest.mark.parametrize("workers", [0, 2])
def test_data_loader(net: rg.Network, trials: rg.Trials, workers: int) -> None:
    loader = torch.utils.data.DataLoader(
        rt.TrialsDataset(trials), batch_size=3, num_workers=workers, collate_fn=rt.collate
    )
    layer = layer_of(net)
    whole = layer(trials).readout
    parts, labels = [], []
    for inputs, label in loader:
        parts.append(layer(inputs).readout)
        labels += label.tolist()
    assert torch.equal(torch.cat(parts), whole) and labels == trials.labels.tolist()


def test_what_cannot_be(net: rg.Network) -> None:
    with pytest.raises(rg.UsageError, match="nothing would come out"):
        rt.Network(net, duration=60.0)
    with pytest.raises(rg.UsageError, match="kind voltage_integral"):
        layer_of(net, readout=dict(kind="first_spike", population="h"))
    with pytest.raises(rg.NetworkError):
        layer_of(net, learn=[("h", "weight")])
    with pytest.raises(rg.UsageError, match=r"needs \(batch, 2\)"):
        layer_of(net)(torch.zeros(3, 5))
    with pytest.raises(rg.NetworkError, match="nan"):
        layer_of(net)(torch.tensor([[1.0, torch.nan]]))
    with pytest.raises(rg.UsageError, match="trials of 30 to 60 ms; those of this module last 60 ms"):
        layer_of(net)(rg.Trials([1.0, 2.0], [0, 1], [0, 1, 2], duration=[60.0, 30.0]))
    graded = rg.Trial([1.0], [0], duration=60.0, payloads=[3.0])
    for use in (layer_of(net), rt.TrialsDataset):
        with pytest.raises(rg.UsageError, match="graded spikes"):
            use(graded)
    for inputs, said in (
        (np.zeros((3, 2)), "inputs are a ndarray"),
        ((torch.ones(2), torch.tensor([0.0, 1.7]), torch.tensor([0, 2])), "whole numbers"),
    ):
        with pytest.raises(rg.UsageError, match=said):
            layer_of(net)(inputs)
    for wrong, said in (
        (dict(learn=["weight"]), "two names, an owner and a kind"),
        (dict(readout="voltage_integral"), "a dictionary here"),
        (dict(duration=0.0), "above 0"),
    ):
        with pytest.raises(rg.UsageError, match=said):
            layer_of(net, **wrong)
    with pytest.raises(rg.UsageError, match="a Network is needed"):
        rt.Network(net.scenario, duration=60.0, spikes="h")


def test_a_graph_outlives_its_module(net: rg.Network) -> None:
    x, y = latencies(), latencies()

    def loss(inputs: torch.Tensor) -> torch.Tensor:
        return rt.Network(net, duration="60 ms", spikes="h").forward(inputs).spikes.sum()

    gone = loss(x)
    gc.collect()
    gone.backward()
    kept = layer_of(net)
    kept(y).spikes.sum().backward()
    assert x.grad.abs().max() > 0 and torch.equal(x.grad, y.grad)


def test_kernels_of_gpus_on_the_cpu(net: rg.Network) -> None:
    x, y = latencies(), latencies()
    for inputs, device in ((x, ""), (y, "emulated")):
        out = layer_of(net, device=device)(inputs)
        (out.spikes.sum() + out.readout.sum()).backward()
    assert torch.equal(x.grad, y.grad)
    with pytest.raises(rg.UsageError, match='device "tpu"'):
        layer_of(net, device="tpu")(x)


def test_ten_thousand_steps_leak_nothing(net: rg.Network) -> None:
    layer = layer_of(net)
    x = latencies(2)

    def work() -> None:
        out = layer(x)
        (out.spikes.sum() + out.readout.sum()).backward()

    leaks_nothing(work, 10_000, 1_000_000)


def test_a_module_goes_with_its_last_reference(net: rg.Network) -> None:
    layer = layer_of(net)
    layer(latencies()).readout.sum().backward()
    number = layer._spec.number
    assert number in rt._Spec._all
    del layer
    gc.collect()
    assert number not in rt._Spec._all

"""PyTorch: a network as a module whose parameters torch learns and whose spikes autograd goes through.

::

    import retrograde.torch as rt

    layer = rt.Network(net, duration=50.0, spikes="h", readout=dict(kind="voltage_integral", population="out"))
    spikes, voltages = layer(latencies)         # (batch, neurons, 1), (batch, outputs)
    loss = torch.nn.functional.cross_entropy(voltages, labels)
    loss.backward()                             # exact, by every parameter and by the latencies

Everything is in double precision on the CPU, whatever surrounds it; what goes in may be of any precision
on any device, and a layer of single precision after it takes ``spikes.float()``. Gradients of gradients there
are none, and neither ``torch.func.vmap`` nor TorchScript.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Union

import numpy as np

try:
    import torch
except ImportError as error:  # pragma: no cover
    raise ImportError("retrograde.torch needs PyTorch 2.4 or later: pip install torch") from error

if not hasattr(torch.library, "custom_op"):  # pragma: no cover
    raise ImportError(f"retrograde.torch needs PyTorch 2.4 or later, and this is {torch.__version__}")

from ._arguments import Time, instance, milliseconds, whole
from .errors import UsageError
from .network import Name, _name
from .network import Network as _Network
from .runs import Run, _readout, run
from .trials import Trials

__all__ = ["Network", "Output", "TrialsDataset", "collate"]


class Output(NamedTuple):
    """What a network says of a batch."""

    spikes: torch.Tensor
    """Times of the first spikes of each neuron (ms), ``(batch, neurons, most)``."""
    readout: torch.Tensor
    """What the readout takes down, ``(batch, neurons)``."""


class _Spec:
    """What an operator needs besides tensors. Operators know it by a number."""

    _numbers = itertools.count(1)
    _all: weakref.WeakValueDictionary[int, _Spec] = weakref.WeakValueDictionary()
    _kept = 4  # runs

    def __init__(
        self,
        network: _Network,
        spikes: str | None,
        most: int,
        readout: dict[str, Any] | None,
        duration: float,
        silent: float,
        scheduler: str | None,
        device: str,
        neuron_parameters: bool,
    ) -> None:
        self.network, self.spikes, self.most = network, spikes, most
        self.readout, self.duration, self.silent = readout, duration, silent
        self.scheduler, self.device, self.neuron_parameters = scheduler, device, neuron_parameters
        self.neurons = 0 if spikes is None else network.population(spikes).size
        self.read = 0 if readout is None else network.population(readout["population"]).size
        self.number = next(self._numbers)
        self._all[self.number] = self
        # Runs that a way back may be asked for; one that has gone is made again, with the same bits.
        self._runs: OrderedDict[bytes, Run] = OrderedDict()
        self._lock = threading.Lock()

    def __reduce__(self) -> Any:
        return _Spec, (
            self.network,
            self.spikes,
            self.most,
            self.readout,
            self.duration,
            self.silent,
            self.scheduler,
            self.device,
            self.neuron_parameters,
        )

    def run(self, values: Any, times: Any, neurons: Any, offsets: Any) -> Run:
        arrays = [t.detach().contiguous().numpy() for t in (values, times, neurons, offsets)]
        key = b"".join(a.tobytes() for a in arrays)
        with self._lock:
            if key in self._runs:
                self._runs.move_to_end(key)
                return self._runs[key]
        trials = Trials(arrays[1], arrays[2], arrays[3], duration=self.duration)
        network = self.network.with_values(arrays[0])
        readout = self.readout if self.readout is not None else {"kind": "first_spike", "population": network.populations[0].name}
        made = run(network, trials, readout=readout, scheduler=self.scheduler, device=self.device)
        with self._lock:
            self._runs[key] = made
            while len(self._runs) > self._kept:
                self._runs.popitem(last=False)
        return made

    def places(self, done: Run) -> Any:
        """Where in ``done.times`` the first spikes of each neuron are, -1 for none."""
        assert self.spikes is not None
        p = done.network.population(self.spikes)
        trial, local, where = done._local(p)
        slot = trial * p.size + local
        # The number of each spike among those of its neuron in its trial.
        order = np.argsort(slot, kind="stable")
        ranks = np.empty(slot.size, dtype=np.int64)
        starts = np.searchsorted(slot[order], np.arange(len(done) * p.size))
        ranks[order] = np.arange(slot.size) - starts[slot[order]]
        index = np.full((len(done) * p.size, self.most), -1, dtype=np.int64)
        early = ranks < self.most
        index[slot[early], ranks[early]] = where[early]
        return index.reshape(len(done), p.size, self.most)

    def values_read(self, done: Run) -> Any:
        if self.readout is None:
            return np.zeros((len(done), 0))
        return done.integrals if self.readout["kind"] == "voltage_integral" else done.maxima


def _of(number: int) -> _Spec:
    spec = _Spec._all.get(number)
    if spec is None:
        raise UsageError("the network of this operator is gone; keep its module")
    return spec


@torch.library.custom_op("retrograde::run", mutates_args=())
def _run(
    values: torch.Tensor, times: torch.Tensor, neurons: torch.Tensor, offsets: torch.Tensor, number: int
) -> tuple[torch.Tensor, torch.Tensor]:
    spec = _of(number)
    done = spec.run(values, times, neurons, offsets)
    spikes = np.full((len(done), spec.neurons, spec.most), spec.silent)
    if spec.spikes is not None:
        index = spec.places(done)
        spikes[index >= 0] = done.times[index[index >= 0]]
    return torch.from_numpy(spikes), torch.from_numpy(np.array(spec.values_read(done)))


@_run.register_fake
def _(values, times, neurons, offsets, number):  # type: ignore[no-untyped-def]
    spec = _of(number)
    batch = offsets.shape[0] - 1
    return values.new_empty(batch, spec.neurons, spec.most), values.new_empty(batch, spec.read)


@torch.library.custom_op("retrograde::run_backward", mutates_args=())
def _run_backward(
    spikes: torch.Tensor,
    readout: torch.Tensor,
    values: torch.Tensor,
    times: torch.Tensor,
    neurons: torch.Tensor,
    offsets: torch.Tensor,
    number: int,
) -> tuple[torch.Tensor, torch.Tensor]:
    spec = _of(number)
    done = spec.run(values, times, neurons, offsets)
    by_time = np.zeros(done.times.size)
    if spec.spikes is not None:
        index = spec.places(done)
        by_time[index[index >= 0]] = spikes.detach().contiguous().numpy()[index >= 0]
    read = {}
    if spec.readout is not None:
        name = "integrals" if spec.readout["kind"] == "voltage_integral" else "maxima"
        read[name] = readout.detach().contiguous().numpy()
    gradient = done.backward(times=by_time, neuron_parameters=spec.neuron_parameters, **read)
    return torch.from_numpy(np.array(gradient.values)), torch.from_numpy(np.array(gradient.input_times))


@_run_backward.register_fake
def _(spikes, readout, values, times, neurons, offsets, number):  # type: ignore[no-untyped-def]
    return torch.empty_like(values), torch.empty_like(times)


def _setup(ctx: Any, inputs: Any, output: Any) -> None:
    *tensors, ctx.number = inputs
    ctx.spec = _of(ctx.number)  # as long as the graph, whatever becomes of the module
    ctx.save_for_backward(*tensors)


def _back(ctx: Any, spikes: Any, readout: Any) -> Any:
    values, times = _run_backward(spikes, readout, *ctx.saved_tensors, ctx.number)
    return values, times, None, None, None


_run.register_autograd(_back, setup_context=_setup)

Inputs = Union[torch.Tensor, Trials, tuple[torch.Tensor, torch.Tensor, torch.Tensor]]


class Network(torch.nn.Module):
    """A network of spiking neurons as a module.

    ``learn`` names what is a parameter, ``[("in -> h", "weight"), ...]``; by default what the scenario of
    the network learns, or all weights. Parameters are called ``"in->h:weight"`` and are in the order of
    ``net[...]``. ``spikes`` is the population whose spikes come out: the first ``most`` of each neuron, and
    ``silent`` (ms; the duration, unless it is given) for those that there are not, through which no gradient
    goes. ``readout`` is that of :func:`retrograde.run`, of integrals or maxima. ``inputs`` is the
    population that tensors of latencies go into, the first one with ``model="input"`` unless it is given;
    ``duration`` (ms, or ``"50 ms"``) is that of every trial. ``scheduler`` and ``device`` are those of :func:`retrograde.run`: where
    trials run, wherever the tensors are.

    Parameters are put back into their bounds (delays at 0 and above, say) before they are used.
    """

    def __init__(
        self,
        network: _Network,
        *,
        duration: Time,
        spikes: str | None = None,
        most: int = 1,
        readout: Mapping[str, Any] | None = None,
        learn: Iterable[Name] | None = None,
        inputs: str | None = None,
        silent: Time | None = None,
        scheduler: str | None = None,
        device: str = "",
    ) -> None:
        super().__init__()
        instance(network, _Network, "network", "make it by build, or take scenario.network")
        length = milliseconds(duration, "duration")
        if not length > 0:
            raise UsageError(f"duration is {length} ms; it is above 0")
        if readout is not None and not isinstance(readout, Mapping):
            raise UsageError('a readout is a dictionary here: dict(kind="voltage_integral", population="out")')
        if spikes is None and readout is None:
            raise UsageError("nothing would come out; name a population for spikes, or a readout")
        if readout is not None and readout.get("kind") not in ("voltage_integral", "voltage_maximum"):
            raise UsageError("a readout is of kind voltage_integral or voltage_maximum here")
        whole(most, "most", 1)
        if readout is not None:
            _readout(network, readout)  # says what is wrong with it
        blocks = {(b.owner, b.kind): b for b in network.blocks}
        if learn is None:
            learned = network.learned
            chosen = [b for b in blocks.values() if learned[b.slice].any()]
            chosen = chosen or [b for b in blocks.values() if b.kind == "weight"]
        else:
            chosen = [network.block(*_name(name)) for name in ([learn] if isinstance(learn, str) else learn)]
        lower, upper = network.bounds()
        for block in chosen:
            name = f"{block.owner}:{block.kind}".replace(".", "_")
            self.register_parameter(name, torch.nn.Parameter(torch.from_numpy(np.array(network.values[block.slice]))))
        costly = any(b.kind not in ("weight", "delay") for b in chosen)
        self._spec = _Spec(
            network,
            spikes,
            most,
            None if readout is None else dict(readout),
            length,
            length if silent is None else milliseconds(silent, "silent"),
            scheduler,
            device,
            costly,
        )
        self._blocks = {f"{b.owner}:{b.kind}".replace(".", "_"): b for b in chosen}
        self._bounds = {
            name: (torch.from_numpy(lower[b.slice].copy()), torch.from_numpy(upper[b.slice].copy()))
            for name, b in self._blocks.items()
        }
        self._base = torch.from_numpy(np.array(network.values))
        names = [p.name for p in network.populations if p.model == "input"]
        if inputs is None and not names:
            raise UsageError("the network has no input population")
        self._input = network.population(names[0] if inputs is None else inputs)

    def project_(self) -> None:
        """Puts parameters back into their bounds."""
        with torch.no_grad():
            for name, (low, high) in self._bounds.items():
                p = getattr(self, name)
                inside = torch.minimum(torch.maximum(p, low.to(p)), high.to(p))
                if not torch.equal(inside, p):
                    p.copy_(inside)

    def network(self) -> _Network:
        """The network with the values that its parameters have now."""
        self.project_()
        return self._spec.network.with_values(self._values().detach().numpy())

    def _values(self) -> torch.Tensor:
        parts, at = [], 0
        for name, block in sorted(self._blocks.items(), key=lambda item: item[1].begin):
            parts += [self._base[at : block.begin], getattr(self, name).to("cpu", torch.float64)]
            at = block.begin + block.size
        return torch.cat([*parts, self._base[at:]])

    def forward(self, inputs: Inputs) -> Output:
        """Runs a batch.

        ``inputs`` are latencies ``(batch, neurons)`` of the input population in ms, of which those outside of
        a trial (infinity, say) are no spikes; or :class:`Trials` of the same duration; or ``(times, neurons, offsets)``
        as :class:`Trials` has them. Gradients go to the times. Raises :class:`UsageError` for inputs that do not
        fit, and what :func:`retrograde.run` raises, for a time that is no number, say.
        """
        times, neurons, offsets = self._flat(inputs)
        self.project_()
        return Output(*_run(self._values(), times, neurons, offsets, self._spec.number))

    def _flat(self, inputs: Inputs) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        if isinstance(inputs, Trials):
            _plain(inputs)
            if inputs.payloads is not None:
                raise UsageError("graded spikes do not go through a module; use rg.run and Run.backward")
            if (inputs.durations != self._spec.duration).any():
                raise UsageError(
                    f"trials of {inputs.durations.min():g} to {inputs.durations.max():g} ms; those of this module last "
                    f"{self._spec.duration:g} ms"
                )
            return (
                torch.from_numpy(np.array(inputs.times)),
                torch.from_numpy(inputs.neurons.astype(np.int64)),
                torch.from_numpy(inputs.offsets.astype(np.int64)),
            )
        if isinstance(inputs, tuple):
            times, neurons, offsets = inputs
            if neurons.is_floating_point() or offsets.is_floating_point():
                raise UsageError(f"neurons and offsets are whole numbers, and these are {neurons.dtype} and {offsets.dtype}")
            return (
                times.to("cpu", torch.float64),
                neurons.to("cpu", torch.int64),
                offsets.to("cpu", torch.int64),
            )
        if not isinstance(inputs, torch.Tensor):
            raise UsageError(f"inputs are a {type(inputs).__name__}; a tensor, Trials or (times, neurons, offsets) is needed")
        if inputs.ndim != 2 or inputs.shape[1] != self._input.size:
            raise UsageError(
                f"latencies of shape {tuple(inputs.shape)}; {self._input.name} needs (batch, {self._input.size})"
            )
        latencies = inputs.to("cpu", torch.float64)
        # What is no number fires, and is refused where it runs.
        fires = ~((latencies < 0) | (latencies >= self._spec.duration))
        neurons = torch.arange(self._input.first, self._input.first + self._input.size).expand_as(latencies)
        counts = fires.sum(dim=1)
        offsets = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
        return latencies[fires], neurons[fires], offsets

    def extra_repr(self) -> str:
        return repr(self._spec.network)


def _plain(trials: Trials) -> None:
    if trials._core.events() is not None:
        raise UsageError("what happens in trials of a scenario with [[event]] does not go through a module; use rg.run")


class TrialsDataset(torch.utils.data.Dataset[Any]):
    """Trials for a ``DataLoader`` with any number of workers; use :func:`collate` with it."""

    def __init__(self, trials: Trials) -> None:
        _plain(trials)
        if trials.payloads is not None:
            raise UsageError("graded spikes do not go through a module; use rg.run and Run.backward")
        # Workers touch these arrays and nothing else of us.
        self.times = np.array(trials.times)
        self.neurons = trials.neurons.astype(np.int64)
        self.offsets = trials.offsets.astype(np.int64)
        self.labels = np.array(trials.labels)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, k: int) -> tuple[torch.Tensor, torch.Tensor, int]:
        where = slice(self.offsets[k], self.offsets[k + 1])
        return torch.from_numpy(self.times[where]), torch.from_numpy(self.neurons[where]), int(self.labels[k])


def collate(
    samples: Sequence[tuple[torch.Tensor, torch.Tensor, int]],
) -> tuple[tuple[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]:
    """``((times, neurons, offsets), labels)`` of samples of a :class:`TrialsDataset`: the first goes into a
    :class:`Network`."""
    sizes = torch.tensor([0, *(t.numel() for t, _, _ in samples)])
    times = torch.cat([t for t, _, _ in samples])
    neurons = torch.cat([n for _, n, _ in samples])
    return (times, neurons, sizes.cumsum(0)), torch.tensor([label for _, _, label in samples])

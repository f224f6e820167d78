"""Gradients by name."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core
from ._arguments import instance
from ._documents import frame_of
from .errors import RetrogradeWarning, UsageError
from .network import Losses, Name, Network, find_loss
from .runs import Run, run
from .trials import Trials

Floats = npt.NDArray[np.float64]


class Gradient:
    """dL by every parameter, and by what went in. Its arrays are views without a copy, read-only.

    Where parameters are times a gradient is per ms.
    """

    def __init__(self, core: _core.Gradient, network: Network, run: Run | None = None) -> None:
        self._core = core
        self.network = network
        """Of whose parameters it is."""
        self.run = run
        """The run that it is of, of :func:`gradient_of`."""

    @property
    def values(self) -> Floats:
        """In the order of :attr:`Network.values`, ``(values,)``."""
        return self._core.values()

    def __getitem__(self, name: Name) -> Floats:
        """``g["in -> h", "weight"]``: in the order of ``net["in -> h", "weight"]``.

        Raises :class:`NetworkError`, which says what there is.
        """
        return self.values[self.network.block(*name).slice]

    def matrix(self, name: Name, missing: float = np.nan) -> Floats:
        """Those of synapses as a matrix ``(targets, sources)``, as :meth:`Network.matrix` has their values."""
        return self.network._as_matrix(self[name], name, missing)

    def items(self) -> Iterator[tuple[Name, Floats]]:
        """By name, all there are."""
        for block in self.network.blocks:
            yield (block.owner, block.kind), self.values[block.slice]

    @property
    def input_times(self) -> Floats:
        """By the time of each input spike (1/ms), beside ``trials.times``, ``(spikes,)``."""
        return self._core.input_times()

    @property
    def input_payloads(self) -> Floats:
        """By the payload of each graded spike, beside ``trials.payloads``, ``(spikes,)``."""
        return self._core.input_payloads()

    @property
    def initial_v(self) -> Floats:
        """By V at the beginning, ``(trials, neurons)``; no rows unless it was asked for."""
        return self._core.initial_v()

    @property
    def losses(self) -> Floats:
        """Of each trial, of a built-in loss, ``(trials,)``."""
        return self._core.losses()

    @property
    def loss(self) -> float:
        """The mean over the trials, of a built-in loss. Raises :class:`UsageError` after a loss of yours."""
        if self.losses.size == 0:
            raise UsageError("the loss was yours, and only you know it")
        # In the order of trials, as training sums it.
        total = 0.0
        for each in self.losses.tolist():
            total += each
        return total / self.losses.size

    @property
    def decisions(self) -> npt.NDArray[np.int64]:
        """The class that each trial was decided for, -1 for none, of a built-in loss, ``(trials,)``."""
        return self._core.decisions()

    @property
    def accuracy(self) -> float | None:
        """Share of the labelled trials that were decided rightly; ``None`` where there is none."""
        return None if self.run is None else accuracy_of(self.decisions, self.run.trials.labels)

    def to_pandas(self) -> Any:
        """A ``pandas.DataFrame`` with a row for each value: ``owner``, ``kind``, ``index`` among those of its name,
        ``value`` and ``gradient``."""
        blocks = self.network.blocks
        sizes = [block.size for block in blocks]
        order = np.concatenate([np.arange(b.begin, b.begin + b.size) for b in blocks]) if blocks else np.zeros(0, int)
        return frame_of(
            {
                "owner": np.repeat(np.array([b.owner for b in blocks], dtype=object), sizes),
                "kind": np.repeat(np.array([b.kind for b in blocks], dtype=object), sizes),
                "index": np.concatenate([np.arange(n) for n in sizes]) if blocks else order,
                "value": self.network.values[order],
                "gradient": self.values[order],
            }
        )

    def __repr__(self) -> str:
        if self.losses.size == 0:
            return f"<retrograde.Gradient of {self.values.size} values>"
        share = "" if self.accuracy is None else f", accuracy {100 * self.accuracy:.2f} %"
        return f"<retrograde.Gradient of {self.values.size} values: loss {self.loss:.6g}{share}>"


def accuracy_of(decisions: npt.NDArray[np.int64], labels: npt.NDArray[np.int64]) -> float | None:
    """Share of the labelled trials that were decided rightly; ``None`` where there is none."""
    known = labels >= 0
    return float((decisions[known] == labels[known]).mean()) if known.any() else None


def gradient_of(
    network: Network,
    trials: Trials,
    loss: Losses = None,
    *,
    neuron_parameters: bool = True,
    initial_v: bool = False,
    scheduler: str | None = None,
    max_rate: float | None = None,
    device: str = "",
) -> Gradient:
    """The mean of a built-in loss over trials, and its exact gradient: what a step of training takes.

    ``loss`` has the keys of ``[loss]`` (docs/scenario.md): ``dict(kind="voltage_cross_entropy",
    population="out")``; or it is one of :meth:`Network.loss`, or that of the scenario. For the other
    arguments see :meth:`Run.backward` and :func:`run`. On a ``device`` trials run forward; the way back, which
    also goes to what went in, is on the CPU (:func:`train` has both on the device).

    Gradients know nothing of ``[[event]]``: they go without, and warn (:class:`RetrogradeWarning`).

    Raises :class:`UsageError` without a trial or a loss, :class:`ScenarioError` for a loss that cannot be
    meant, :class:`NetworkError`, :class:`NumericalError`, :class:`LimitError`.
    """
    warn_of_events(trials, "the gradient")
    return _gradient_of(network, trials, loss, neuron_parameters, initial_v, scheduler, max_rate, device)


def warn_of_events(trials: Trials, what: str) -> None:
    """At who called the function that calls this."""
    instance(trials, Trials, "trials", "make them by Trial, Trials or Trials.stack")
    events = trials._core.events()
    if events is not None:
        warnings.warn(events.without_events(what), RetrogradeWarning, stacklevel=3)


def _gradient_of(
    network: Network,
    trials: Trials,
    loss: Losses,
    neuron_parameters: bool,
    initial_v: bool,
    scheduler: str | None,
    max_rate: float | None,
    device: str,
) -> Gradient:
    instance(network, Network, "network", "make it by build, or take scenario.network")
    if len(trials) == 0:
        raise UsageError("there is no trial; a mean gradient needs one at least")
    chosen = find_loss(network, loss, trials._core.longest, trials.labelled)
    core = _core.run(
        network._core, trials._core.without_events(), _core.readout_of_loss(chosen._core), [],
        scheduler, max_rate, device,
    )
    gradient = _core.gradient_of(core, chosen._core, neuron_parameters, initial_v)
    return Gradient(gradient, network, Run(core, network, trials))


def evaluate(
    network: Network,
    trials: Trials,
    loss: Losses = None,
    *,
    scheduler: str | None = None,
    max_rate: float | None = None,
    device: str = "",
) -> tuple[float, float | None]:
    """Mean loss and accuracy over trials, without gradients; the accuracy is ``None`` where no trial
    has a label.

    Raises :class:`UsageError` without a trial or a loss, and what :func:`run` raises.
    """
    instance(network, Network, "network", "make it by build, or take scenario.network")
    instance(trials, Trials, "trials", "make them by Trial, Trials or Trials.stack")
    if len(trials) == 0:
        raise UsageError("there is no trial to judge by")
    chosen = find_loss(network, loss, trials._core.longest, trials.labelled)
    done = run(network, trials, readout=chosen, scheduler=scheduler, max_rate=max_rate, device=device)
    losses, decisions = _core.judge(done._core, chosen._core)
    return float(losses.mean()), accuracy_of(decisions, trials.labels)

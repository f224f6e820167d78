"""Runs: trials go through a network, and spikes come out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union

import numpy as np
import numpy.typing as npt

from . import _core
from .errors import UsageError
from .network import Loss, Network
from .trials import Trials

if TYPE_CHECKING:
    from .gradient import Gradient

Floats = npt.NDArray[np.float64]
Readouts = Union[Loss, Mapping[str, Any], None]


@dataclass(frozen=True)
class Recording:
    """What a probe took down of one trial; a quantity that it did not ask for has no rows."""

    times: Floats
    """ms, ``(samples,)``"""
    v: Floats
    """``(neurons, samples)``, just before whatever happens at an instant; so are the others."""
    i: Floats
    """The current of all receptors together, ``(neurons, samples)``."""
    receptors: list[Floats]
    """The current of each receptor, in the order of the probe."""
    threshold: Floats
    """What V has to reach, ``(neurons, samples)``."""


def probe(
    network: Network,
    population: str,
    neurons: npt.ArrayLike | None = None,
    *,
    interval: float = 1.0,
    start: float = 0.0,
    stop: float = np.inf,
    times: npt.ArrayLike | None = None,
    v: bool = True,
    i: bool = True,
    receptors: Sequence[int] = (),
    threshold: bool = False,
) -> _core.Probe:
    """A probe of neurons of a population (indices in it, all by default).

    It samples every ``interval`` ms from ``start`` to ``stop``, or at ``times`` (ms, ascending): ``v``, the
    voltage; ``i``, the current of all receptors together; those of single ``receptors``, counted from 0;
    and ``threshold``, what V has to reach. It changes no result.

    Raises :class:`UsageError` for an interval that is not above 0 or an index that is not there,
    :class:`NetworkError` where there is no such population.
    """
    if not interval > 0:
        raise UsageError(f"an interval of {interval} ms; it is above 0")
    at = [] if times is None else np.asarray(times, dtype=np.float64).ravel().tolist()
    ids = network.neurons(population, neurons).ravel().tolist()
    return _core.Probe(ids, interval, start, stop, at, v, i, list(receptors), threshold)


def _readout(network: Network, given: Readouts) -> _core.Readout:
    if isinstance(given, Loss):
        return _core.readout_of_loss(given._core)
    if given is None:
        scenario = network._core.scenario()
        loss = None if scenario is None else scenario.loss()
        return _core.Readout() if loss is None else _core.readout_of_loss(loss)
    keys = dict(given)
    missing = {"kind", "population"} - keys.keys()
    if missing:
        raise UsageError(f"a readout has kind and population; {', '.join(sorted(missing))} is missing")
    kind, population = str(keys.pop("kind")), str(keys.pop("population"))
    usual = "exponential" if "tau_weight" in keys else "constant"
    weighting = str(keys.pop("weighting", usual))
    tau = float(keys.pop("tau_weight", np.inf))
    begin = float(keys.pop("from_", keys.pop("from", 0.0)))
    end = float(keys.pop("at", np.inf) if weighting == "instant" else keys.pop("to", np.inf))
    if keys:
        raise UsageError(
            f"readout: {', '.join(keys)}: there is kind, population, weighting, tau_weight, from_, to and at"
        )
    return _core.readout(network._core, kind, population, weighting, tau, begin, end)


class Run:
    """What came of trials. Its arrays are views without a copy: they stay valid however long they are
    held, and cannot be written to."""

    def __init__(self, core: _core.Run, network: Network, trials: Trials) -> None:
        self._core = core
        self.network = network
        """What ran."""
        self.trials = trials
        """What went in."""

    def __len__(self) -> int:
        return self._core.size

    @property
    def times(self) -> Floats:
        """Of all spikes (ms), inputs included, trial after trial and within one in the order in which
        they happened, ``(spikes,)``."""
        return self._core.times()

    @property
    def neurons(self) -> npt.NDArray[np.uint32]:
        """Ids, beside :attr:`times`."""
        return self._core.neurons()

    @property
    def offsets(self) -> npt.NDArray[np.uint64]:
        """Trial k has the spikes from ``offsets[k]`` to ``offsets[k + 1]``; ``(trials + 1,)``."""
        return self._core.offsets()

    @property
    def integrals(self) -> Floats:
        """Weighted integrals of V (V ms) of a readout of that kind, ``(trials, neurons)``."""
        return self._core.integrals()

    @property
    def maxima(self) -> Floats:
        """The largest V of each neuron, of a readout of that kind, ``(trials, neurons)``."""
        return self._core.maxima()

    @property
    def decisions(self) -> npt.NDArray[np.int64]:
        """The neuron that the readout decides for, -1 for none, ``(trials,)``."""
        return self._core.decisions()

    @property
    def scheduler(self) -> str:
        """Who ran it: ``"sequential"``, ``"windowed"``, ``"automatic"`` for either, by trial."""
        return self._core.scheduler

    @property
    def deliveries(self) -> int:
        """Spikes that arrived over a synapse, in all trials."""
        return self._core.deliveries()

    def fingerprint(self, trial: int = 0) -> str:
        """A hash over the bits of all spikes of a trial, as ``retro run`` prints it."""
        return self._core.fingerprint(self._trial(trial))

    def _trial(self, trial: int) -> int:
        if not -len(self) <= trial < len(self):
            raise IndexError(f"there are {len(self)} trials, and no {trial}")
        return trial % len(self)

    def slice_of(self, trial: int) -> slice:
        """Where the spikes of a trial are in :attr:`times`."""
        offsets, k = self.offsets, self._trial(trial)
        return slice(int(offsets[k]), int(offsets[k + 1]))

    def spikes_of(
        self, population: str, trial: int = 0
    ) -> tuple[Floats, npt.NDArray[np.int64]]:
        """Times (ms) and indices in the population of its spikes in a trial, in order."""
        p, where = self.network.population(population), self.slice_of(trial)
        local = self.neurons[where].astype(np.int64) - p.first
        chosen = (local >= 0) & (local < p.size)
        return self.times[where][chosen], local[chosen]

    def counts(self, population: str) -> npt.NDArray[np.int64]:
        """Number of spikes of each neuron, ``(trials, neurons)``."""
        p = self.network.population(population)
        trial, local, _ = self._local(p)
        return np.bincount(trial * p.size + local, minlength=len(self) * p.size).reshape(
            len(self), p.size
        )

    def first_spike_index(self, population: str) -> npt.NDArray[np.int64]:
        """Where in :attr:`times` the first spike of each neuron is, -1 for a silent one, ``(trials,
        neurons)``."""
        p = self.network.population(population)
        trial, local, where = self._local(p)
        first = np.full(len(self) * p.size, -1, dtype=np.int64)
        # Of several writes to one place the last one stays.
        first[(trial * p.size + local)[::-1]] = where[::-1]
        return first.reshape(len(self), p.size)

    def first_spikes(self, population: str) -> Floats:
        """Time of the first spike of each neuron (ms), infinity for a silent one, ``(trials,
        neurons)``."""
        index = self.first_spike_index(population)
        found = np.full(index.shape, np.inf)
        found[index >= 0] = self.times[index[index >= 0]]
        return found

    def _local(self, p: Any) -> tuple[Any, Any, Any]:
        """Trial, index in the population and place of each of its spikes."""
        local = self.neurons.astype(np.int64) - p.first
        where = np.nonzero((local >= 0) & (local < p.size))[0]
        trial = np.searchsorted(self.offsets, where, side="right") - 1
        return trial.astype(np.int64), local[where], where

    def recording(self, trial: int = 0, probe: int = 0) -> Recording:
        """What a probe took down of a trial, by its place in ``probes``. Raises :class:`IndexError` where there
        is none."""
        return Recording(*self._core.recording(self._trial(trial), probe))

    def backward(
        self,
        times: npt.ArrayLike | None = None,
        integrals: npt.ArrayLike | None = None,
        maxima: npt.ArrayLike | None = None,
        *,
        neuron_parameters: bool = True,
        initial_v: bool = False,
    ) -> Gradient:
        """The way back for any loss of your own: derivatives of it go in, gradients come out.

        ``times`` is dL/dt of every spike, beside :attr:`times` (those of input spikes are added to
        their gradient); ``integrals`` and ``maxima`` are dL/d of the attributes of those names. The
        result is the sum over trials, exact. Without ``neuron_parameters`` the gradients of time
        constants and biases are not made, which is three to four times as fast; ``initial_v`` adds
        those of V at the beginning.

        Raises :class:`UsageError` for arrays that do not fit, :class:`NumericalError` for a gradient
        that is not finite.
        """
        from .gradient import Gradient

        def flat(given: npt.ArrayLike | None) -> Any:
            return None if given is None else np.ascontiguousarray(given, dtype=np.float64)

        core = _core.backward(
            self._core, flat(times), flat(integrals), flat(maxima), neuron_parameters, initial_v
        )
        return Gradient(core, self.network)

    def __repr__(self) -> str:
        return f"<retrograde.Run: {len(self)} trials, {self.times.size} spikes>"


def run(
    network: Network,
    trials: Trials,
    *,
    readout: Readouts = None,
    probes: Sequence[_core.Probe] | bool = (),
    scheduler: str | None = None,
    max_rate: float | None = None,
) -> Run:
    """Runs trials, on all processors, while other threads of Python go on.

    ``readout`` says what is taken down of the voltages of a population: a loss, or
    ``dict(kind="voltage_integral", population="out")`` with ``weighting`` and its keys as in ``[loss]``
    (ms); kinds are ``"first_spike"``, ``"voltage_integral"`` and ``"voltage_maximum"``. Without one it is
    that of the scenario's loss. ``probes`` are made by :func:`probe`; ``True`` stands for those of the
    scenario. ``scheduler`` is ``"automatic"``, ``"sequential"`` or ``"windowed"``, and that of the
    scenario unless it is given. A neuron that fires more than ``max_rate`` times per ms (10) and 1000
    times stops the run.

    Raises :class:`NetworkError` for a spike outside a trial or of a neuron that is no input,
    :class:`LimitError` for runaway activity.
    """
    if isinstance(probes, bool):
        scenario = network._core.scenario() if probes else None
        probes = _core.scenario_probes(scenario) if scenario is not None else []
    core = _core.run(
        network._core, trials._core, _readout(network, readout), list(probes), scheduler, max_rate
    )
    return Run(core, network, trials)

"""Runs: trials go through a network, and spikes come out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union

import numpy as np
import numpy.typing as npt

from . import _core
from ._arguments import Time, instance, milliseconds, whole, word
from ._documents import frame_of
from .errors import UsageError
from .network import Loss, Network
from .trials import Trials

if TYPE_CHECKING:
    from .gradient import Gradient
    from .scenario import Scenario

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
    population: str
    """Whose neurons they are."""
    neurons: npt.NDArray[np.int64]
    """Which of them, as indices in the population, ``(neurons,)``."""


def probe(
    network: Network,
    population: str,
    neurons: npt.ArrayLike | None = None,
    *,
    record: Sequence[str] = ("v", "i"),
    receptors: Sequence[int] = (),
    from_: Time | None = None,
    to: Time | None = None,
    interval: Time | None = None,
    times: npt.ArrayLike | None = None,
) -> _core.Probe:
    """A probe of neurons of a population (indices in it, or a mask; all by default), with the keys of ``[[probe]]``.

    ``record`` lists what is taken down: ``"v"``, the voltage; ``"i"``, the current of all receptors
    together; ``"threshold"``, what V has to reach. ``receptors`` (counted from 1) are those whose currents
    are taken apart as well. It samples at ``from_``, ``from_`` + ``interval``, ... up to ``to`` (ms; 0, a
    thousandth of that stretch, and the longest trial that the scenario knows), or at ``times`` (ms). A probe
    changes no result.

    Raises :class:`UsageError` for what cannot be meant, :class:`NetworkError` where there is no such
    population.
    """
    instance(network, Network, "network", "make it by build, or by Scenario")
    p = network.population(population)
    if p.model == "input":
        raise UsageError(f"{population} is of inputs, which have no voltage; run.spikes_of has when they fire")
    names = [record] if isinstance(record, str) else list(record)
    unknown = [each for each in names if each not in ("v", "i", "threshold")]
    if unknown or not (names or receptors):
        raise UsageError(f"record is {names}; it lists v, i or threshold")
    apart = [whole(each, "receptors", 1, p.receptors) - 1 for each in receptors]
    if times is not None:
        if not (from_ is None and to is None and interval is None):
            raise UsageError("times are instants of their own; leave from_, to and interval out")
        at = sorted(np.asarray(times, dtype=np.float64).ravel().tolist())
        if not all(np.isfinite(at)) or not at:
            raise UsageError("times of a probe are finite, and one at least")
        step, begin, end = 1.0, 0.0, float("inf")
    else:
        at, begin = [], milliseconds(0.0 if from_ is None else from_, "from_")
        end = milliseconds(float("inf") if to is None else to, "to")
        if not np.isfinite(end) and interval is None and begin >= network.scenario.duration:
            raise UsageError(f"a probe from {begin:g} ms on, where trials of the scenario are over; give to or interval")
        stretch = (end if np.isfinite(end) else network.scenario.duration) - begin
        step = stretch / 1000.0 if interval is None else milliseconds(interval, "interval")
        if not step > 0 or not end > begin >= 0:
            raise UsageError(
                f"a probe from {begin:g} to {end:g} ms every {step:g} ms; it begins at 0 or later, ends after "
                "that, and its interval is above 0"
            )
    ids = network.neurons(population, neurons).ravel().tolist()
    if not ids:
        raise UsageError(f"a probe of no neuron of {population}; name one at least")
    return _core.Probe(ids, step, begin, end, at, "v" in names, "i" in names, apart, "threshold" in names)


# What goes with which weighting of a readout, besides kind and population.
_WEIGHTED: dict[str, tuple[str, ...]] = {
    "constant": (),
    "exponential": ("tau_weight",),
    "linear": (),
    "sigmoid": (),
    "window": ("from_", "to"),
    "instant": ("at",),
}


def _readout(network: Network, given: Readouts) -> _core.Readout:
    if isinstance(given, Loss):
        return _core.readout_of_loss(given._core)
    if given is None:
        loss = network._core.scenario().loss()
        return _core.Readout() if loss is None else _core.readout_of_loss(loss)
    if not isinstance(given, Mapping):
        raise UsageError('a readout is a Loss, or a dictionary: dict(kind="voltage_integral", population="out")')
    keys = {("from_" if key == "from" else key): value for key, value in given.items()}
    missing = {"kind", "population"} - keys.keys()
    if missing:
        raise UsageError(f"a readout has kind and population; {', '.join(sorted(missing))} is missing")
    kind, population = str(keys.pop("kind")), str(keys.pop("population"))
    usual = "exponential" if "tau_weight" in keys else "constant"
    weighting = str(keys.pop("weighting", usual))
    if weighting not in _WEIGHTED:
        raise UsageError(f'readout weighting "{weighting}": choose one of {", ".join(_WEIGHTED)}')
    if kind != "voltage_integral" and (keys or weighting != "constant"):
        raise UsageError(f"readout: {kind} has no weighting; voltage_integral has one")
    goes_with = _WEIGHTED[weighting]
    if keys.keys() != set(goes_with):
        raise UsageError(
            f"readout: weighting {weighting} goes with {' and '.join(goes_with) or 'nothing else'}, "
            f"and not with {', '.join(keys) or 'nothing'}"
        )
    times = {key: milliseconds(value, f"readout.{key}") for key, value in keys.items()}
    tau, begin, end = times.get("tau_weight", np.inf), times.get("from_", 0.0), times.get("to", times.get("at", np.inf))
    if not tau > 0 or not 0 <= begin < end:
        raise UsageError(f"readout: {times}: tau_weight is above 0, and a window begins at 0 or later and ends after that")
    return _core.readout(network._core, kind, population, weighting, tau, begin, end)


class Run:
    """What came of trials. ``times``, ``neurons``, ``offsets``, ``integrals`` and ``maxima`` are views without a
    copy: they stay valid however long they are held, and cannot be written to."""

    def __init__(
        self, core: _core.Run, network: Network, trials: Trials, probes: Sequence[_core.Probe] = ()
    ) -> None:
        self._core = core
        self._probes = list(probes)
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
    def device(self) -> str:
        """Where its trials ran: ``"cpu"``, or the device by its name."""
        return self._core.device

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

    def to_pandas(self, population: str | None = None) -> Any:
        """Spikes as a ``pandas.DataFrame``, a row each with ``trial``, ``population``, ``neuron`` (index in it) and
        ``time_ms``: of all populations, or of one."""
        trial = np.repeat(np.arange(len(self)), np.diff(self.offsets).astype(np.int64))
        chosen = self.network.populations if population is None else [self.network.population(population)]
        which = np.full(self.network.neuron_count, -1)
        for k, p in enumerate(chosen):
            which[p.first : p.first + p.size] = k
        kept = np.nonzero(which[self.neurons] >= 0)[0]
        names, firsts = np.array([p.name for p in chosen], dtype=object), np.array([p.first for p in chosen])
        of = which[self.neurons[kept]]
        columns = {
            "trial": trial[kept],
            "population": names[of],
            "neuron": self.neurons[kept].astype(np.int64) - firsts[of],
            "time_ms": self.times[kept],
        }
        return frame_of(columns)

    def recording(self, trial: int = 0, probe: int = 0) -> Recording:
        """What a probe took down of a trial, by its place in ``probes``. Raises :class:`IndexError` where there
        is none."""
        if not self._probes:
            raise UsageError("nothing was recorded; run with probes=[rg.probe(...)]")
        if not -len(self._probes) <= probe < len(self._probes):
            raise IndexError(f"there are {len(self._probes)} probes, and no {probe}")
        neurons = self._probes[probe].neurons
        p = next(p for p in self.network.populations if p.first <= neurons[0] < p.first + p.size)
        local = np.array(neurons, dtype=np.int64) - p.first
        return Recording(*self._core.recording(self._trial(trial), probe % len(self._probes)), p.name, local)

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

        Raises :class:`UsageError` for arrays that do not fit, or none, :class:`NumericalError` for a gradient
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


def own_trials(network: Network) -> Trials:
    """Those that its scenario writes out: spikes of populations, stimuli, ``[[trial]]``."""
    scenario = network.scenario
    if scenario._core.has_data:
        raise UsageError("trials is missing: the scenario has [data]; take scenario.data().test, say, or some of them")
    return scenario.data().train


def run(
    network: Network | Scenario,
    trials: Trials | None = None,
    *,
    readout: Readouts = None,
    probes: Sequence[_core.Probe] | _core.Probe | bool = (),
    scheduler: str | None = None,
    max_rate: float | None = None,
    device: str = "",
) -> Run:
    """Runs trials, on all processors, while other threads of Python go on.

    A :class:`Scenario` stands for its network with its initial values. Without ``trials`` they are those that
    the scenario writes out itself: spikes of its populations, stimuli, ``[[trial]]``.
    ``readout`` says what is taken down of the voltages of a population: a loss, or
    ``dict(kind="voltage_integral", population="out")``; kinds are ``"first_spike"``, ``"voltage_integral"``
    and ``"voltage_maximum"``. Integrals may have a ``weighting``: ``"exponential"`` with ``tau_weight``,
    ``"linear"``, ``"sigmoid"``, ``"window"`` with ``from_`` and ``to``, ``"instant"`` with ``at``; times as
    numbers of ms or as ``"15 ms"``. Without a readout it is that of the scenario's loss. ``probes`` are made by
    :func:`probe`; ``True`` stands for those of the scenario. ``scheduler`` is ``"automatic"``, ``"sequential"`` or ``"windowed"``, and that of the
    scenario unless it is given. A neuron that fires more than ``max_rate`` times per ms (10) and 1000
    times stops the run. ``device`` says where trials run: ``"cpu"``, which it is unless something is said,
    ``"gpu"``, ``"gpu:1"``, ``"auto"`` (a GPU if it can be used) or ``"emulated"`` (the kernels of GPUs on the CPU); runs
    with probes stay on the CPU. :attr:`Run.device` says where they were.

    Raises :class:`NetworkError` for a spike outside a trial or of a neuron that is no input,
    :class:`LimitError` for runaway activity, :class:`UsageError` for a network that cannot go on the
    device, :class:`DeviceError` where there is no such device.
    """
    from .scenario import Scenario

    if isinstance(network, Scenario):
        network = network.network
    instance(network, Network, "network", "make it by build, or by Scenario.read")
    trials = own_trials(network) if trials is None else trials
    instance(trials, Trials, "trials", "make them by Trial, Trials or Trials.stack")
    if probes is True and not _core.scenario_probes(network._core.scenario()):
        raise UsageError("probes=True stands for those of the scenario, which has none; make some by probe")
    word(device, "device")
    if isinstance(probes, _core.Probe):
        probes = [probes]
    if isinstance(probes, bool):
        probes = _core.scenario_probes(network._core.scenario()) if probes else []
    chosen = list(probes)
    core = _core.run(network._core, trials._core, _readout(network, readout), chosen, scheduler, max_rate, device)
    return Run(core, network, trials, chosen)

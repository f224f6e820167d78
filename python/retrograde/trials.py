"""Trials: input spikes, how long they last, and their labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Union

import numpy as np
import numpy.typing as npt

from . import _core
from ._arguments import Time, milliseconds, whole_numbers
from .errors import UsageError

Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.uint32]
Offsets = npt.NDArray[np.uint64]
Labels = npt.NDArray[np.int64]
_Arrays = tuple[Floats, Ids, Union[Floats, None], Offsets, Floats, Labels]
_CoreTrials = _core.Trials


class Trials:
    """A batch of trials, each with as many input spikes as it has: a ragged array.

    ``times`` (ms) and ``neurons`` (ids, :meth:`Network.neurons`) are the spikes of all trials, one trial
    after the other, ``(spikes,)``; trial k has those from ``offsets[k]`` to ``offsets[k + 1]``. Without
    ``offsets`` it is one trial. ``duration`` is one for all or one per trial (ms; or one for all with its unit, ``"50 ms"``), ``labels`` are
    classes, -1 for none; ``payloads``, one per spike, make them graded spikes. Within a trial spikes
    may come in any order.

    Trials are not checked against a network here but when they run. They never change. Raises
    :class:`UsageError` for arrays that do not fit together.
    """

    _core: _CoreTrials
    _arrays: _Arrays | None

    def __init__(
        self,
        times: npt.ArrayLike,
        neurons: npt.ArrayLike,
        offsets: npt.ArrayLike | None = None,
        *,
        duration: npt.ArrayLike,
        labels: npt.ArrayLike | None = None,
        payloads: npt.ArrayLike | None = None,
    ) -> None:
        time = _ragged(times, "times", np.float64)
        if offsets is None:
            offsets = [0, time.size]
        offset = whole_numbers(offsets, "offsets", 0, 2**63 - 1)
        durations = np.asarray(milliseconds(duration, "duration") if isinstance(duration, str) else duration)
        durations = durations.astype(np.float64)
        if durations.ndim == 0:
            durations = np.full(max(offset.size - 1, 0), durations)
        if labels is not None:
            labels = whole_numbers(labels, "labels", -1, 2**31 - 2).ravel()
        if payloads is not None:
            payloads = np.ascontiguousarray(payloads, dtype=np.float64)
        self._core = _core.make_trials(
            time, _ids(neurons), offset, np.ascontiguousarray(durations), labels, payloads
        )
        self._arrays = None

    @classmethod
    def stack(
        cls,
        trials: Sequence[tuple[npt.ArrayLike, npt.ArrayLike]],
        *,
        duration: npt.ArrayLike,
        labels: npt.ArrayLike | None = None,
        payloads: Sequence[npt.ArrayLike] | None = None,
    ) -> Trials:
        """From ``(times, neurons)`` of each trial, and the payloads of each where spikes are graded."""
        times = [np.asarray(t, dtype=np.float64).ravel() for t, _ in trials]
        neurons = [_ids(n).ravel() for _, n in trials]
        graded = None if payloads is None else [np.asarray(p, dtype=np.float64).ravel() for p in payloads]
        if graded is not None and len(graded) != len(times):
            raise UsageError(f"{len(graded)} lists of payloads for {len(times)} trials; give one for each")
        for k, (t, n) in enumerate(zip(times, neurons)):
            if t.size != n.size or graded is not None and graded[k].size != t.size:
                said = "" if graded is None else f" and {graded[k].size} payloads"
                raise UsageError(f"trial {k} has {t.size} times, {n.size} neurons{said}; give one of each for a spike")
        offsets = np.concatenate([[0], np.cumsum([t.size for t in times])]).astype(np.int64)
        return cls(
            np.concatenate(times) if times else np.zeros(0),
            np.concatenate(neurons) if neurons else np.zeros(0, dtype=np.uint32),
            offsets,
            duration=duration,
            labels=labels,
            payloads=None if graded is None else np.concatenate([np.zeros(0), *graded]),
        )

    @classmethod
    def _of(cls, core: _CoreTrials) -> Trials:
        made = object.__new__(cls)
        made._core = core
        made._arrays = None
        return made

    def _all(self) -> _Arrays:
        if self._arrays is None:
            self._arrays = self._core.arrays()
        return self._arrays

    @property
    def times(self) -> Floats:
        """Of all spikes (ms), trial after trial, as they were given; trials that were taken out of others, or
        that a data set has, have them in order. ``(spikes,)``."""
        return self._all()[0]

    @property
    def neurons(self) -> npt.NDArray[np.uint32]:
        """Ids, beside :attr:`times`."""
        return self._all()[1]

    @property
    def payloads(self) -> Floats | None:
        """Beside :attr:`times`; ``None``: no spike is graded."""
        return self._all()[2]

    @property
    def offsets(self) -> npt.NDArray[np.uint64]:
        """Where each trial begins, ``(trials + 1,)``."""
        return self._all()[3]

    @property
    def durations(self) -> Floats:
        """ms, ``(trials,)``."""
        return self._all()[4]

    @property
    def labels(self) -> npt.NDArray[np.int64]:
        """Classes, -1 for none, ``(trials,)``."""
        return self._core.labels()

    @property
    def labelled(self) -> bool:
        """Whether every trial has a label."""
        return bool(len(self) > 0 and (self.labels >= 0).all())

    def __len__(self) -> int:
        return self._core.size

    def __getitem__(self, index: int | slice | npt.ArrayLike) -> Trials:
        """Some of them: ``trials[3]``, ``trials[:100]``, ``trials[[4, 7]]``, or a mask."""
        places = np.arange(len(self), dtype=np.int64)
        try:
            chosen = np.atleast_1d(places[index])  # type: ignore[index]
        except IndexError as error:
            raise IndexError(f"of {len(self)} trials: {error}") from None
        return Trials._of(self._core.take(np.ascontiguousarray(chosen)))

    def __add__(self, other: Trials) -> Trials:
        """These, and then the others."""
        if not isinstance(other, Trials):
            return NotImplemented
        if self._core.events() is not None or other._core.events() is not None:
            raise UsageError("in trials of a scenario with [[event]] things happen by their number; they are not joined")
        payloads = None
        if self.payloads is not None or other.payloads is not None:
            payloads = np.concatenate([np.ones(t.times.size) if t.payloads is None else t.payloads for t in (self, other)])
        return Trials(
            np.concatenate([self.times, other.times]),
            np.concatenate([self.neurons, other.neurons]),
            np.concatenate([self.offsets, other.offsets[1:] + self.offsets[-1]]),
            duration=np.concatenate([self.durations, other.durations]),
            labels=np.concatenate([self.labels, other.labels]),
            payloads=payloads,
        )

    def __iter__(self) -> Iterator[Trials]:
        for k in range(len(self)):
            yield self[k]

    def batches(self, size: int, seed: int | None = None) -> Iterator[Trials]:
        """Batches of ``size`` trials, the last one smaller; shuffled by ``seed`` if there is one."""
        if size < 1:
            raise UsageError(f"batches of {size} trials; at least 1 is needed")
        order = np.arange(len(self), dtype=np.int64)
        if seed is not None:
            np.random.default_rng(seed).shuffle(order)
        for k in range(0, len(self), size):
            yield self[order[k : k + size]]

    def __reduce__(self) -> Any:
        from .scenario import Scenario

        times, neurons, payloads, offsets, durations, labels = self._core.arrays()
        arrays = tuple(
            None if a is None else np.array(a) for a in (times, neurons, offsets, durations, labels, payloads)
        )
        events = self._core.events()
        return _trials_again, (*arrays, self._core.numbers().tolist(), None if events is None else Scenario._of(events))

    def __repr__(self) -> str:
        return f"<retrograde.Trials: {len(self)}>"


def _trials_again(
    times: Any, neurons: Any, offsets: Any, duration: Any, labels: Any, payloads: Any, numbers: Any, events: Any
) -> Trials:
    plain = Trials(times, neurons, offsets, duration=duration, labels=labels, payloads=payloads)
    return Trials._of(plain._core.numbered(numbers, None if events is None else events._core))


def _ragged(values: npt.ArrayLike, what: str, kind: Any) -> npt.NDArray[Any]:
    """As an array; lists of different lengths are none."""
    try:
        return np.ascontiguousarray(values, dtype=kind)
    except ValueError:
        raise UsageError(
            f"{what} is no array of numbers; for trials with different numbers of spikes use Trials.stack, or offsets"
        ) from None


def _ids(neurons: npt.ArrayLike) -> npt.NDArray[np.uint32]:
    given = neurons if isinstance(neurons, np.ndarray) else _ragged(neurons, "neurons", None)
    if given.dtype == np.uint32:
        return np.ascontiguousarray(given)
    return whole_numbers(given, "neurons", 0, 2**32 - 1).astype(np.uint32)


def Trial(
    times: npt.ArrayLike,
    neurons: npt.ArrayLike,
    *,
    duration: Time,
    label: int | None = None,
    payloads: npt.ArrayLike | None = None,
) -> Trials:
    """One trial: a batch of one."""
    return Trials(
        times, neurons, duration=duration, labels=None if label is None else [label], payloads=payloads
    )

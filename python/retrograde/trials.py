"""Trials: input spikes, how long they last, and their labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Union

import numpy as np
import numpy.typing as npt

from . import _core
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
    ``offsets`` it is one trial. ``duration`` (ms) is one for all or one per trial, ``labels`` are
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
        time = np.ascontiguousarray(times, dtype=np.float64)
        if offsets is None:
            offsets = [0, time.size]
        offset = np.ascontiguousarray(offsets, dtype=np.int64)
        durations = np.asarray(duration, dtype=np.float64)
        if durations.ndim == 0:
            durations = np.full(max(offset.size - 1, 0), durations)
        if labels is not None:
            labels = np.ascontiguousarray(labels, dtype=np.int64).ravel()
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
    ) -> Trials:
        """From ``(times, neurons)`` of each trial."""
        times = [np.asarray(t, dtype=np.float64).ravel() for t, _ in trials]
        neurons = [_ids(n).ravel() for _, n in trials]
        offsets = np.concatenate([[0], np.cumsum([t.size for t in times])]).astype(np.int64)
        return cls(
            np.concatenate(times) if times else np.zeros(0),
            np.concatenate(neurons) if neurons else np.zeros(0, dtype=np.uint32),
            offsets,
            duration=duration,
            labels=labels,
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
        except IndexError:
            raise IndexError(f"there are {len(self)} trials, and no {index!r}") from None
        return Trials._of(self._core.take(np.ascontiguousarray(chosen)))

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
        times, neurons, payloads, offsets, durations, labels = self._core.arrays()
        return _trials_again, tuple(
            None if a is None else np.array(a)
            for a in (times, neurons, offsets, durations, labels, payloads)
        )

    def __repr__(self) -> str:
        return f"<retrograde.Trials: {len(self)}>"


def _trials_again(times: Any, neurons: Any, offsets: Any, duration: Any, labels: Any, payloads: Any) -> Trials:
    return Trials(times, neurons, offsets, duration=duration, labels=labels, payloads=payloads)


def _ids(neurons: npt.ArrayLike) -> npt.NDArray[np.uint32]:
    given = np.asarray(neurons)
    if given.dtype == np.uint32:
        return np.ascontiguousarray(given)
    if given.size and given.dtype.kind not in "iu":
        raise UsageError(f"neurons are whole numbers, and these are {given.dtype}")
    if given.size and (given.min() < 0 or given.max() > np.iinfo(np.uint32).max):
        raise UsageError("a neuron has an id from 0 up")
    return np.ascontiguousarray(given, dtype=np.uint32)


def Trial(
    times: npt.ArrayLike,
    neurons: npt.ArrayLike,
    *,
    duration: float,
    label: int | None = None,
    payloads: npt.ArrayLike | None = None,
) -> Trials:
    """One trial: a batch of one."""
    return Trials(
        times, neurons, duration=duration, labels=None if label is None else [label], payloads=payloads
    )

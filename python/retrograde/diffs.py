"""Where two traces or runs part first, and why: ``retro diff``."""

from __future__ import annotations

import html
import os
from collections.abc import Sequence
from typing import Any, Union

from . import _core
from ._documents import Document, Row, frame, html_table
from ._progress import Progress
from ._subject import Data, Settings, What, subject_of, tell
from .errors import UsageError
from .network import Network
from .scenario import Scenario
from .training import Training

Side = Union[What, tuple[What, str]]
"""A trace file, ``"runs/x:chip"``, ``"runs/x:exact"``, or ``(what, "chip")`` and ``(what, "exact")`` of
anything that the other verbs take."""


class Diff(Document):
    """What ``retro diff`` found. ``print`` shows where the sides part and why."""

    @property
    def equal(self) -> bool:
        """Whether nothing differs but what is a convention of a register, or of the tolerance."""
        return self._core.verdict

    @property
    def first(self) -> Row | None:
        """Where they part first, and the causes, as in the document; ``None``: nowhere."""
        part: Row = self._document["steps"] or self._document["times"]
        first: Row | None = part["first"]
        return first

    @property
    def populations(self) -> list[Row]:
        """What was compared, and how much of it differs."""
        return list((self._document["steps"] or self._document["times"])["populations"])

    @property
    def svg(self) -> str:
        """Spikes and v of both sides around the place where they part, as a picture of its own."""
        return self._core.picture

    def to_pandas(self) -> Any:
        """A row per population that both sides have."""
        return frame(self.populations, "population")

    def __repr__(self) -> str:
        d = self._document
        if self.equal:
            return f"<retrograde.Diff: {d['a']} and {d['b']} are equal>"
        where = self.first
        at = "" if where is None else f" first in {where['population']}[{where['neuron']}]"
        return f"<retrograde.Diff: {d['a']} and {d['b']} differ{at}>"

    def _repr_html_(self) -> str:
        table = html_table("populations", self.populations)
        return f"<pre>{html.escape(str(self))}</pre>{table}{self.svg}"


class _Sides:
    """The words that name sides, and what they name of what is in memory."""

    def __init__(self, data: Data, settings: Settings) -> None:
        self._data, self._settings = data, settings
        self._seen: list[Any] = []
        self.subjects: dict[str, _core.Subject] = {}

    def in_memory(self, what: What) -> str:
        for k, known in enumerate(self._seen):
            if known is what:
                return list(self.subjects)[k]
        kind = "scenario" if isinstance(what, Scenario) else "network"
        name = kind if kind not in self.subjects else f"{kind} {len(self._seen) + 1}"
        self.subjects[name] = subject_of(what, self._data, self._settings)
        self._seen.append(what)
        return name

    def place(self, what: What) -> str:
        """Of a run, as a word without its side."""
        if isinstance(what, Training) and what.folder is not None:
            what = what.folder
        return os.fspath(what) if isinstance(what, (str, os.PathLike)) else self.in_memory(what)

    def word(self, side: Side) -> str:
        if isinstance(side, tuple):
            what, which = side
            if which not in ("chip", "exact"):
                raise UsageError(f'side "{which}": chip or exact is needed')
            return f"{self.place(what)}:{which}"
        if isinstance(side, (Network, Scenario)) or isinstance(side, Training):
            raise UsageError('which side of it? write (what, "chip") or (what, "exact")')
        return os.fspath(side)

    def words(self, a: Side, b: Side | None) -> list[str]:
        if b is not None:
            return [self.word(a), self.word(b)]
        if isinstance(a, tuple):
            raise UsageError(f"{self.word(a)}: one side alone has nothing to differ from; name another")
        if isinstance(a, (str, os.PathLike)):
            return [os.fspath(a)]
        place = self.place(a)
        return [f"{place}:exact", f"{place}:chip"]


def diff(
    a: Side,
    b: Side | None = None,
    *,
    trial: int | None = None,
    part: str | None = None,
    network: What | None = None,
    tolerance: str | None = None,
    populations: Sequence[str] = (),
    columns: str | None = None,
    data: Data = "",
    set: Settings = None,
    progress: bool = True,
) -> Diff:
    """Compares two sides as ``retro diff`` does, or of one run its exact side with its chip side.

    ``trial`` of ``part`` is compared; ``network`` is the run that traces are of; ``tolerance`` is how far
    apart partners are at most where a side is exact, ``"1 ms"``; ``populations`` are those that are compared, all unless some are named; ``columns`` names the columns of trace
    files that do not.

    Raises :class:`UsageError` for what would do nothing, and what reading and running raise.
    """
    sides = _Sides(data, set)
    words = sides.words(a, b)
    known = None if network is None else sides.place(network)
    given = {"data": isinstance(data, str) and bool(data) or not isinstance(data, str)}
    given.update(part=part is not None, trial=trial is not None, set=bool(set))
    with Progress(progress) as told:
        core = _core.diff(
            words,
            sides.subjects,
            subject_of("", data, set),
            known,
            columns,
            tolerance,
            [populations] if isinstance(populations, str) else list(populations),
            part,
            trial,
            [option for option, there in given.items() if there],
            told,
        )
    tell(core.warnings)
    return Diff(core)

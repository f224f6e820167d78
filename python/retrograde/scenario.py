"""Scenarios: everything that a file can say, from a file, a text or dictionaries."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from . import _core
from ._tables import Arrays, _floats, _value, text_of
from .errors import RetrogradeWarning, UsageError
from .network import Loss, Network
from .trials import Trials

_CoreScenario = _core.Scenario


def _settings(given: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    return [(key, value if isinstance(value, str) else _value(value, key)) for key, value in (given or {}).items()]


def _arrays(given: Mapping[str, Any] | None) -> Arrays:
    result: Arrays = {}
    for name, value in (given or {}).items():
        if isinstance(value, Mapping):
            result[name] = [(str(inner), _floats(array)) for inner, array in value.items()]
        else:
            result[name] = [("", _floats(value))]
    return result


@dataclass
class Dataset:
    """Labelled trials in three parts; parts that are not there are empty."""

    train: Trials
    """What is learned from."""
    validation: Trials
    """What chooses the best epoch."""
    test: Trials
    """What the result is judged by, once."""
    class_names: list[str] = field(default_factory=list)
    """By label; empty where classes have no names."""
    name: str = "python"
    """Of the set."""
    notes: list[str] = field(default_factory=list)
    """What reading it has to say, of spikes that were left out, say."""

    def __repr__(self) -> str:
        return (
            f"<retrograde.Dataset {self.name}: {len(self.train)} training, "
            f"{len(self.validation)} validation, {len(self.test)} test trials>"
        )


class Scenario:
    """A scenario, checked and with its units resolved. docs/scenario.md is its manual.

    ``text`` is the text of a scenario, or a dictionary of its tables: ``Scenario({"scenario":
    {"duration": "50 ms"}, "population": [{...}], ...})``. Wherever a scenario names a file of arrays a
    dictionary may have a NumPy array, and a text names one of ``arrays``: ``{ file = "memory:w" }`` is
    ``arrays={"w": ...}``. ``set``, ``seed`` and ``epochs`` are the options ``--set``, ``--seed`` and
    ``--epochs`` of the command line. Files are named from the folder of ``file``, which is also what
    errors call it.

    Raises :class:`ScenarioError` for what cannot be meant, with file, line, column and key.
    """

    _core: _CoreScenario
    _network: Network | None

    def __init__(
        self,
        text: str | Mapping[str, Any],
        *,
        arrays: Mapping[str, Any] | None = None,
        set: Mapping[str, Any] | None = None,
        seed: int | None = None,
        epochs: int | None = None,
        file: str = "python",
    ) -> None:
        given = _arrays(arrays)
        if isinstance(text, Mapping):
            text, named = text_of(text)
            given.update(named)
        self._core = _core.parse_scenario(text, file, _settings(set), seed, epochs, given)
        self._network = None
        _warn(self._core)

    @classmethod
    def read(
        cls,
        path: str | os.PathLike[str],
        *,
        arrays: Mapping[str, Any] | None = None,
        set: Mapping[str, Any] | None = None,
        seed: int | None = None,
        epochs: int | None = None,
    ) -> Scenario:
        """The scenario of a file.

        Raises :class:`IoError` where it cannot be read, and :class:`ScenarioError`.
        """
        core = _core.read_scenario(os.fspath(path), _settings(set), seed, epochs, _arrays(arrays))
        _warn(core)
        return cls._of(core)

    @classmethod
    def _of(cls, core: _CoreScenario) -> Scenario:
        made = object.__new__(cls)
        made._core = core
        made._network = None
        return made

    @property
    def network(self) -> Network:
        """The network with its initial values."""
        if self._network is None:
            self._network = Network(self._core.network())
        return self._network

    @property
    def loss(self) -> Loss | None:
        """That of ``[loss]``; ``None`` where there is none."""
        core = self._core.loss()
        return None if core is None else Loss(core)

    def data(self, path: str | os.PathLike[str] = "") -> Dataset:
        """The trials of ``[data]``, or those that the scenario writes out itself.

        ``path`` is the folder of the data set, as ``--data``. Raises :class:`IoError`,
        :class:`FormatError`, :class:`ScenarioError`, :class:`UsageError`.
        """
        folder = os.path.abspath(path) if os.fspath(path) else ""
        parts, names, notes, name = self._core.data(folder)
        train, validation, test = (Trials._of(part) for part in parts)
        return Dataset(train, validation, test, names, name, notes)

    @property
    def name(self) -> str:
        """Of ``[scenario]``, or of its file."""
        return self._core.name

    @property
    def title(self) -> str:
        """Of ``[scenario]``; may be empty."""
        return self._core.title

    @property
    def file(self) -> str:
        """As it was named."""
        return self._core.file

    @property
    def text(self) -> str:
        """Its text, with what it includes and what ``set`` says."""
        return self._core.text

    @property
    def duration(self) -> float:
        """Of its longest trial (ms)."""
        return self._core.duration

    @property
    def seed(self) -> int:
        """Of all random draws."""
        return self._core.seed

    @property
    def epochs(self) -> int:
        """Of ``[train]``: how often training sees its part of the data."""
        return self._core.epochs

    @property
    def batch(self) -> int:
        """Of ``[train]``: trials per step."""
        return self._core.batch

    @property
    def warnings(self) -> list[str]:
        """What the file of its network says otherwise than is meant."""
        return self._core.warnings

    @property
    def arrays(self) -> dict[str, Any]:
        """The arrays that were given with it."""
        return {
            name: inner[0][1] if len(inner) == 1 and not inner[0][0] else dict(inner)
            for name, inner in self._core.arrays().items()
        }

    def __reduce__(self) -> Any:
        return _scenario_again, (self._core.resolved_text(), self.file, self._core.arrays())

    def __repr__(self) -> str:
        return f"<retrograde.Scenario {self.name} ({self.file})>"


def shipped(file: str) -> Path:
    """Where a scenario that comes with Retrograde is: ``rg.shipped("yin_yang.toml")``. Those to start from
    (``retro new``) are in ``start/``.

    Raises :class:`IoError` where there is none of that name.
    """
    return Path(_core.library_scenario(file))


def _warn(core: _CoreScenario) -> None:
    for text in core.warnings:
        warnings.warn(text, RetrogradeWarning, stacklevel=3)


def _scenario_again(text: str, file: str, arrays: Arrays) -> Scenario:
    given = {name: [(inner, np.array(a)) for inner, a in all_] for name, all_ in arrays.items()}
    return Scenario._of(_core.parse_scenario(text, file, [], None, None, given))


def _network_again(scenario: Scenario, values: Any) -> Network:
    return scenario.network.with_values(values)


def build(
    populations: Sequence[Mapping[str, Any]],
    projections: Sequence[Mapping[str, Any]] = (),
    *,
    seed: int = 1,
    duration: str = "1 s",
    **tables: Any,
) -> Network:
    """A network from populations and projections, with the keys of ``[[population]]`` and
    ``[[projection]]`` (docs/scenario.md)::

        net = rg.build(
            populations=[dict(name="in", size=100, model="input"),
                         dict(name="h", size=50, tau_mem="20 ms")],
            projections=[dict(from_="in", to="h", weight=W, delay="1 ms")])

    ``from_`` stands for ``from``. ``weight`` and ``delay`` may be matrices ``(targets, sources)``, in
    units of V and in ms; NaN in a weight, or what a ``scipy.sparse`` matrix leaves out, is no synapse.
    Values of neurons may be arrays ``(size,)``. ``synapses=dict(source=..., target=..., weight=...,
    delay=...)`` lists synapses one by one. ``seed`` is that of all random draws; ``duration`` is the
    longest that a trial is meant to be, for the keys that depend on it; other arguments are further
    tables: ``loss=dict(...)``, ``train=dict(...)``.

    Raises :class:`ScenarioError` for what cannot be meant, :class:`NetworkError` for a network that
    cannot exist.
    """
    scenario = dict(tables.pop("scenario", {}))
    for key, value in (("duration", duration), ("seed", seed)):
        if key in scenario:
            raise UsageError(f"build: {key} is an argument; leave it out of scenario")
        scenario[key] = value
    all_tables = {"scenario": scenario, "population": list(populations), "projection": list(projections)}
    all_tables.update(tables)
    return Scenario(all_tables).network

"""Scenarios: everything that a file can say, from a file, a text or dictionaries."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from . import _core
from ._arguments import Time, instance, milliseconds, whole
from ._tables import Arrays, _floats, _value, text_of
from .errors import RetrogradeWarning, UsageError
from .network import Loss, Network
from .trials import Trials

_CoreScenario = _core.Scenario


def _settings(given: Mapping[str, Any] | None, arrays: Arrays | None = None) -> list[tuple[str, str]]:
    """As the words of ``--set``. Where ``arrays`` are taken, NumPy's go there."""
    settings = []
    for key, value in (given or {}).items():
        if not isinstance(key, str):
            raise UsageError(f'set: the key {key!r} is no text; write {{"train.epochs": 3}}')
        if arrays is not None and isinstance(value, np.ndarray) and value.ndim > 0:
            name = f"set_{key}"
            arrays[name] = [("", _floats(value))]
            value = {"file": f"memory:{name}"}
        settings.append((re.sub(r"\s*->\s*", "->", key), value if isinstance(value, str) else _value(value, key)))
    return settings


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
    """Labelled trials in three parts; those that are left out are empty."""

    train: Trials
    """What is learned from."""
    validation: Trials | None = None
    """What chooses the best epoch."""
    test: Trials | None = None
    """What the result is judged by, once."""
    class_names: list[str] = field(default_factory=list)
    """By label; empty where classes have no names."""
    name: str = "python"
    """Of the set."""
    notes: list[str] = field(default_factory=list)
    """What reading it has to say, of spikes that were left out, say."""

    def __post_init__(self) -> None:
        remedy = "make them by Trials, or by Trials.stack"
        instance(self.train, Trials, "train", remedy)
        for part in ("validation", "test"):
            if getattr(self, part) is None:
                setattr(self, part, self.train[:0])
            instance(getattr(self, part), Trials, part, remedy)

    def _as_core(self) -> _core.Dataset:
        parts = (self.train, self.validation, self.test)
        train, validation, test = (part._core for part in parts if part is not None)
        return _core.make_dataset(train, validation, test, list(self.class_names), self.name, list(self.notes))

    def __repr__(self) -> str:
        sizes = [0 if part is None else len(part) for part in (self.train, self.validation, self.test)]
        return f"<retrograde.Dataset {self.name}: {sizes[0]} training, {sizes[1]} validation, {sizes[2]} test trials>"


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
        elif not isinstance(text, str):
            raise UsageError(f"text is a {type(text).__name__}; Scenario.read takes the path of a file")
        elif "\n" not in text and "=" not in text and text.endswith(".toml"):
            raise UsageError(f'"{text}" is the name of a file; Scenario.read("{text}") reads it')
        settings = _settings(set, given)
        self._core = _core.parse_scenario(text, file, settings, _seed(seed), _epochs(epochs), given)
        self._network = None
        _require_named(self._core, arrays)
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
        if isinstance(path, str) and "\n" in path:
            raise UsageError("path is the text of a scenario; Scenario(text) takes it")
        given = _arrays(arrays)
        settings = _settings(set, given)
        core = _core.read_scenario(os.fspath(path), settings, _seed(seed), _epochs(epochs), given)
        _require_named(core, arrays)
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


def _seed(given: int | None) -> int | None:
    return None if given is None else whole(given, "seed", 0, 2**64 - 1)


def _epochs(given: int | None) -> int | None:
    return None if given is None else whole(given, "epochs", 0)


def _require_named(core: _CoreScenario, arrays: Mapping[str, Any] | None) -> None:
    for name in arrays or {}:
        if f"memory:{name}" not in core.text:
            raise UsageError(f'arrays: nothing names "{name}"; write {{ file = "memory:{name}" }} where it belongs')


def _warn(core: _CoreScenario) -> None:
    for text in core.warnings:
        warnings.warn(text, RetrogradeWarning, stacklevel=3)


def _scenario_again(text: str, file: str, arrays: Arrays) -> Scenario:
    given = {name: [(inner, np.array(a)) for inner, a in all_] for name, all_ in arrays.items()}
    return Scenario._of(_core.parse_scenario(text, file, [], None, None, given))


def _network_again(scenario: Scenario, values: Any, pairs: Sequence[int] = ()) -> Network:
    if pairs:  # its structure was learned
        return Network(_core.network_with_pairs(scenario._core, pairs, values))
    return scenario.network.with_values(values)


def build(
    populations: Sequence[Mapping[str, Any]],
    projections: Sequence[Mapping[str, Any]] = (),
    *,
    seed: int = 1,
    duration: Time = "1 s",
    **tables: Any,
) -> Network:
    """A network from populations and projections, with the keys of ``[[population]]`` and
    ``[[projection]]`` (docs/scenario.md)::

        net = rg.build(
            populations=[dict(name="in", size=100, model="input"),
                         dict(name="h", size=50, tau_mem="20 ms")],
            projections=[dict(from_="in", to="h", weight=W, delay="1 ms")])

    ``from_`` stands for ``from``. ``weight`` and ``delay`` may be matrices ``(targets, sources)``, in
    units of V and in ms; NaN in an array of weights, or what a ``scipy.sparse`` matrix leaves out, is no synapse.
    Values of neurons may be arrays ``(size,)``. ``synapses=dict(source=..., target=..., weight=...,
    delay=...)`` lists synapses one by one. ``seed`` is that of all random draws; ``duration`` is the
    longest that a trial is meant to be, for the keys that depend on it; other arguments are further
    tables: ``loss=dict(...)``, ``train=dict(...)``.

    Raises :class:`ScenarioError` for what cannot be meant, :class:`NetworkError` for a network that
    cannot exist.
    """
    scenario = dict(tables.pop("scenario", {}))
    if not isinstance(duration, str):
        duration = f"{milliseconds(duration, 'duration')!r} ms"
    whole(seed, "seed", 0, 2**64 - 1)
    for key, value in (("duration", duration), ("seed", seed if seed < 2**63 else str(seed))):  # what TOML can hold
        if key in scenario:
            raise UsageError(f"build: {key} is an argument; leave it out of scenario")
        scenario[key] = value
    for key in ("population", "projection"):
        if key in tables:
            raise UsageError(f"build: {key}: the first two arguments are populations and projections; leave it out")
    all_tables = {"scenario": scenario, "population": list(populations), "projection": list(projections)}
    all_tables.update(tables)
    return Scenario(all_tables).network

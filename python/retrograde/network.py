"""Networks: who is in them, and their values by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union

import numpy as np
import numpy.typing as npt

from . import _core
from ._arguments import whole_numbers
from ._tables import loss_text
from .errors import UsageError

if TYPE_CHECKING:
    from .scenario import Scenario

Floats = npt.NDArray[np.float64]
Name = tuple[str, str]
"""``("in -> h", "weight")`` or ``("h", "tau_mem")``: an owner and a kind of parameter."""


@dataclass(frozen=True)
class Population:
    """A population of a network."""

    name: str
    """By which projections, runs and values call it."""
    model: str
    """As scenarios call it: ``"input"``, ``"cuba_lif"``, ..."""
    first: int
    """Id of its first neuron; neurons are numbered in the order of the populations."""
    size: int
    """Number of neurons."""
    receptors: int
    """How many each neuron has."""

    @property
    def neurons(self) -> npt.NDArray[np.uint32]:
        """Ids of its neurons, ``(size,)``."""
        return np.arange(self.first, self.first + self.size, dtype=np.uint32)


@dataclass(frozen=True)
class Projection:
    """A projection of a network."""

    name: str
    """``"in->h"`` unless it has one of its own."""
    source: str
    """Name of the population that it leaves."""
    target: str
    """Name of the population that it reaches."""
    receptor: int
    """At which receptor of its targets it arrives, counted from 1."""
    size: int
    """Number of synapses."""


@dataclass(frozen=True)
class Block:
    """Where the values of one kind of one population or projection lie among all values."""

    owner: str
    """Name of the population or projection."""
    kind: str
    """``"weight"``, ``"delay"``, ``"tau_mem"``, ..."""
    begin: int
    """Index of the first one in :attr:`Network.values`."""
    size: int
    """Number of values."""

    @property
    def slice(self) -> slice:
        """Theirs in :attr:`Network.values`."""
        return slice(self.begin, self.begin + self.size)


class Loss:
    """A built-in loss of one network, made by :meth:`Network.loss`."""

    def __init__(self, core: _core.Loss) -> None:
        self._core = core

    @property
    def name(self) -> str:
        """Its ``kind``."""
        return self._core.name

    def __repr__(self) -> str:
        return f"<retrograde.Loss {self.name}>"


class Network:
    """A network: populations, projections and the values of all parameters.

    A network never changes; :meth:`with_values` makes another one that shares everything but the
    values. Many threads may use one network. It is made by :func:`retrograde.build` or by
    :attr:`Scenario.network`, and goes through ``pickle``.
    """

    def __init__(self, core: _core.Network) -> None:
        self._core = core
        self._populations = [Population(*row) for row in core.populations()]
        names = [p.name for p in self._populations]
        self._projections = [
            Projection(name, names[source], names[target], receptor, size)
            for name, source, target, receptor, size in core.projections()
        ]
        self._losses: dict[tuple[str, float, bool], Loss] = {}

    # ---- who is in it ----

    @property
    def populations(self) -> list[Population]:
        """In the order of their neurons."""
        return list(self._populations)

    @property
    def projections(self) -> list[Projection]:
        """In the order of their synapses."""
        return list(self._projections)

    def population(self, name: str) -> Population:
        """The population of that name.

        Raises :class:`NetworkError` where there is none.
        """
        return self._populations[self._core.population_named(name)]

    @property
    def neuron_count(self) -> int:
        """Of all populations."""
        return self._core.neuron_count

    @property
    def synapse_count(self) -> int:
        """Of all projections."""
        return self._core.synapse_count

    def neurons(self, population: str, index: npt.ArrayLike | None = None) -> npt.NDArray[np.uint32]:
        """Ids of neurons of a population: of all, of those with these indices in it, or of those where a
        mask ``(size,)`` is true.

        Raises :class:`UsageError` for an index that it has not.
        """
        p = self.population(population)
        if index is None:
            return p.neurons
        given = np.asarray(index)
        if given.dtype == np.bool_:
            if given.shape != (p.size,):
                raise UsageError(f"{population}: a mask of the shape {given.shape}; it has {p.size} neurons")
            return np.asarray(p.neurons[given], dtype=np.uint32)
        return (whole_numbers(given, f"neurons of {population}", 0, p.size - 1) + p.first).astype(np.uint32)

    def neuron_name(self, neuron: int) -> str:
        """What a neuron of this id is called: ``"h[3]"``."""
        return self._core.neuron_name(neuron)

    def synapses(self, projection: str) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
        """Source and target of each synapse of a projection, as indices in their populations,
        ``(size,)`` each, in the order of its weights and delays.

        Raises :class:`NetworkError` where there is no such projection.
        """
        return self._core.ends(projection)

    # ---- values ----

    @property
    def blocks(self) -> list[Block]:
        """Where which values lie in :attr:`values`, one entry for each owner and kind. Of pandas it is a table by
        ``pandas.DataFrame(net.blocks)``."""
        return [Block(*row) for row in self._core.blocks()]

    def block(self, owner: str, kind: str) -> Block:
        """The entry of :attr:`blocks` of one owner and kind. Raises :class:`NetworkError` where there is none."""
        return Block(*self._core.block(owner, kind))

    @property
    def values(self) -> Floats:
        """All values in one array ``(values,)``, read-only and without a copy, as long as it is held. Times are in
        ms, all else in units of V. Values that influence nothing have places, too: see
        :attr:`blocks`."""
        return self._core.values()

    def __getitem__(self, name: Name) -> Floats:
        """``net["in -> h", "weight"]``: one value per synapse, in the order of :meth:`synapses`;
        ``net["h", "tau_mem"]``: one per neuron. Read-only, without a copy.

        Raises :class:`NetworkError`, which says what there is.
        """
        return self.values[self.block(*_name(name)).slice]

    def matrix(self, name: Name, missing: float = np.nan) -> Floats:
        """Values of synapses as a matrix ``(targets, sources)``; ``missing`` where there is none.
        Of pairs with several synapses it has the last one. Raises :class:`NetworkError`."""
        return self._as_matrix(self[name], name, missing)

    def _as_matrix(self, values: Floats, name: Name, missing: float) -> Floats:
        sources, targets = self.synapses(name[0])
        projection = next(p for p in self._projections if p.name == self.block(*name).owner)
        shape = (self.population(projection.target).size, self.population(projection.source).size)
        matrix = np.full(shape, missing)
        matrix[targets, sources] = values
        return matrix

    def with_values(self, values: npt.ArrayLike | Mapping[Name, npt.ArrayLike]) -> Network:
        """The same network with other values.

        ``values`` is an array like :attr:`values`, or a dictionary of what changes: ``{("in -> h",
        "weight"): array, ("h", "tau_mem"): 10.0}``, with a value for all or one for each; matrices
        ``(targets, sources)`` do for synapses. Raises :class:`NetworkError` for values that cannot be,
        and :class:`UsageError` for a number of values that does not fit.
        """
        if isinstance(values, Mapping):
            flat = self.values.copy()
            for name, new in values.items():
                self._put(flat, name, new)
        else:
            flat = np.ascontiguousarray(values, dtype=np.float64)
        return self._like(self._core.with_values(flat))

    def _put(self, flat: Floats, name: Name, new: npt.ArrayLike) -> None:
        block = self.block(*_name(name))
        array = np.asarray(new, dtype=np.float64)
        if array.ndim == 2 and any(p.name == block.owner for p in self._populations):
            raise UsageError(f"{name}: an array of shape {array.shape}; it is ({block.size},), a value for each neuron")
        if array.ndim == 2:
            sources, targets = self.synapses(name[0])
            expected = self.matrix(name).shape
            if array.shape != expected:
                raise UsageError(
                    f"{name}: a matrix of shape {array.shape}; it is {expected}, (targets, sources)"
                )
            nowhere = np.ones(expected, dtype=bool)
            nowhere[targets, sources] = False
            if (np.nan_to_num(array[nowhere]) != 0).any():
                raise UsageError(f"{name}: the matrix has values where there is no synapse; write nan or 0 there")
            array = array[targets, sources]
        if array.ndim == 1 and array.size != block.size or array.ndim > 2:
            raise UsageError(f"{name}: {array.size} values for {block.size}")
        flat[block.slice] = array

    def _like(self, core: _core.Network) -> Network:
        made = object.__new__(Network)
        made._core = core
        made._populations = self._populations
        made._projections = self._projections
        made._losses = {}
        return made

    # ---- learning ----

    @property
    def learned(self) -> npt.NDArray[np.bool_]:
        """Which of :attr:`values` its scenario learns (``learn = ["weight"]``): a mask ``(values,)``, whose part
        for one name is ``net.learned[net.block("in -> h", "weight").slice]``."""
        return self._core.learned().view(np.bool_)

    def bounds(self) -> tuple[Floats, Floats]:
        """The lowest and the highest value that learning may give each of :attr:`values`, ``(values,)`` each."""
        return self._core.lower(), self._core.upper()

    def loss(self, *, duration: float | None = None, labelled: bool = True, **keys: Any) -> Loss:
        """A built-in loss, from the keys of ``[loss]``: ``net.loss(kind="voltage_cross_entropy",
        population="out")``.

        ``duration`` (ms) is that of the trials it is for, where a key depends on it; ``labelled``:
        whether they have labels of their own. Raises :class:`ScenarioError`.
        """
        text = loss_text(keys)
        if duration is None:
            duration = self.scenario.duration
        key = (text, duration, labelled)
        if key not in self._losses:
            self._losses[key] = Loss(_core.make_loss(self._core, text, duration, labelled))
        return self._losses[key]

    @property
    def scenario(self) -> Scenario:
        """Where it is from; its values may be others by now."""
        from .scenario import Scenario

        return Scenario._of(self._core.scenario())

    # ---- Python ----

    def __reduce__(self) -> Any:
        from .scenario import _network_again

        return _network_again, (self.scenario, np.asarray(self.values), self._core.pairs().tolist())

    def __repr__(self) -> str:
        parts = ", ".join(f"{p.name}: {p.size} {p.model}" for p in self._populations[:6])
        more = ", ..." if len(self._populations) > 6 else ""
        return f"<retrograde.Network {parts}{more}; {self.synapse_count} synapses>"


Losses = Union[Loss, Mapping[str, Any], None]
"""A loss of :meth:`Network.loss`, its keys, or that of the scenario."""


def _name(name: Name) -> Name:
    """What names values. Raises :class:`UsageError` for anything else."""
    if not isinstance(name, tuple) or len(name) != 2 or not all(isinstance(part, str) for part in name):
        raise UsageError(f'{name!r}: values have two names, an owner and a kind: ("in -> h", "weight"), ("h", "tau_mem")')
    return name


def find_loss(network: Network, loss: Losses, duration: float, labelled: bool) -> Loss:
    """The loss that an argument means. Raises :class:`UsageError` where there is none."""
    if isinstance(loss, Loss):
        return loss
    if loss is not None and not isinstance(loss, Mapping):
        raise UsageError(
            f"loss is a {type(loss).__name__}; give the keys of a built-in one, dict(kind=...). For a loss of your own "
            "run, compute its derivatives, and go back by Run.backward"
        )
    if loss is not None:
        return network.loss(duration=duration, labelled=labelled, **loss)
    own = network._core.scenario().loss()
    if own is None:
        raise UsageError('there is no loss; give one: loss=dict(kind="voltage_cross_entropy", ...)')
    return Loss(own)

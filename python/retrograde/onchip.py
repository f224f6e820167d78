"""A network on the chip: its integers, and trials of it, integer for integer."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Sequence
from typing import Any, Union

import numpy as np
import numpy.typing as npt

from . import _core
from ._arguments import instance
from ._documents import Row, frame, html_table
from ._progress import Progress
from ._subject import Data, Settings, What, subject_of, tell
from .errors import NetworkError, UsageError
from .trials import Trials

Integers = npt.NDArray[np.int32]
Name = tuple[str, str]


def _plain(name: str) -> str:
    return name.replace(" ", "")


class Quantised:
    """The integers of a network on Loihi 2 (:func:`quantise`).

    ``q["in -> h", "weight"]`` and ``q["in -> h", "delay"]`` (steps, without the one of latency) have a
    value per synapse, in the order of :meth:`synapses`; ``q["h", "vth"]``, ``"du"``, ``"dv"``,
    ``"bias_mantissa"``, ``"bias_exponent"``, ``"refractory_delay"`` and ``"scale"`` (units of V per
    weight step) one per neuron. docs/loihi2.md has what they mean. These arrays are read-only views without a
    copy.
    """

    def __init__(self, core: _core.OnChip) -> None:
        self._core = core
        self._summary: Row = json.loads(core.summary())
        self._columns = {(_plain(owner), kind): k for k, (owner, kind) in enumerate(core.columns())}
        self._populations = core.populations()

    @property
    def step(self) -> float:
        """ms"""
        return self._core.step

    @property
    def populations(self) -> list[Row]:
        """``population``, ``model``, ``neurons``, ``lag`` (steps); ``scale``, the largest of ``scales``
        different ones; ``threshold``, ``u_decay`` (du + 1) and ``v_decay``, the largest;
        ``threshold_error`` (largest, relative) and ``bias_error``."""
        return list(self._summary["populations"])

    @property
    def projections(self) -> list[Row]:
        """``projection``, ``synapses``, ``weights_clipped``, ``weights_zeroed``, ``sqnr_db``,
        ``delays_clipped``, ``max_delay_steps``, ``from``, ``to``, ``sign``, ``weight_bits``,
        ``weight_exponent``: the chip adds weight times 2^weight_exponent."""
        return list(self._summary["projections"])

    @property
    def weight_exponent(self) -> int:
        """By which bits all weights are larger that the registers leave free (``chip.weight_exponent``)."""
        return int(self._summary["weight_exponent"])

    @property
    def fine_tuned(self) -> bool:
        """Whether these are the values that fine-tuning found."""
        return bool(self._summary["fine_tuned"])

    @property
    def warnings(self) -> list[str]:
        """What was clipped, and what of the run is not as it seems."""
        return list(self._core.warnings)

    def _column(self, name: Name) -> int:
        owner, kind = name
        found = self._columns.get((_plain(owner), kind))
        if found is not None:
            return found
        kinds = [k for o, k in self._columns if o == _plain(owner)]
        if kinds:
            raise NetworkError(f'{owner} has no "{kind}" on the chip; there are {", ".join(kinds)}')
        owners = list(dict.fromkeys(o for o, _ in self._core.columns()))
        raise NetworkError(f'there is no "{owner}" with values on the chip; there are {", ".join(owners)}')

    def __getitem__(self, name: Name) -> npt.NDArray[Any]:
        column = self._column(name)
        return self._core.reals(column) if name[1] == "scale" else self._core.integers(column)

    def names(self, owner: str) -> list[str]:
        """The kinds of values that a population or projection has."""
        return [k for o, k in self._columns if o == _plain(owner)]

    def synapses(self, projection: str) -> tuple[Integers, Integers]:
        """Source and target of each synapse, as indices in their populations."""
        return self[projection, "source"], self[projection, "target"]

    def matrix(self, name: Name, missing: int = 0) -> Integers:
        """Values of synapses as a matrix ``(targets, sources)``; ``missing`` where there is none."""
        values = self[name]
        source, target = self.synapses(name[0])
        row = next(p for p in self.projections if _plain(p["projection"]) == _plain(name[0]))
        sizes = {p["population"]: p["neurons"] for p in self.populations}
        matrix = np.full((sizes[row["to"]], sizes[row["from"]]), missing, dtype=np.int32)
        matrix[target, source] = values
        return matrix

    def to_dict(self) -> Row:
        """What became of it, without the arrays."""
        return self._summary

    def to_pandas(self, table: str = "projections") -> Any:
        """``"projections"`` or ``"populations"``, a row each; or a single one by its name, with a row per
        synapse or neuron."""
        if table in ("projections", "populations"):
            return frame(self._summary[table], table[:-1])
        kinds = self.names(table)
        if not kinds:
            self._column((table, "weight"))
        columns = [self[table, kind].tolist() for kind in kinds]
        return frame([dict(zip(kinds, values)) for values in zip(*columns)])

    def __repr__(self) -> str:
        synapses = sum(p["synapses"] for p in self.projections)
        parts = ", ".join(f"{p['population']}: {p['neurons']} {p['model']}" for p in self.populations[:6])
        return f"<retrograde.Quantised {parts}; {synapses} synapses, steps of {self.step:g} ms>"

    def _repr_html_(self) -> str:
        return (
            f"<p>{html.escape(repr(self)[1:-1])}</p>"
            + html_table("populations", self.populations)
            + html_table("projections", self.projections)
        )


def refuse_more(data: Data, settings: Settings, last: bool) -> None:
    """Of what has been quantised already."""
    if isinstance(data, (str, os.PathLike)) and not os.fspath(data) and settings is None and not last:
        return
    raise UsageError("a Quantised has its data and settings already; leave data, set and last out")


def quantise(
    what: What, *, data: Data = "", last: bool = False, set: Settings = None, progress: bool = True
) -> Quantised:
    """A network as the integers of Loihi 2, as ``retro check`` puts it there: weight units and thresholds
    are calibrated on training trials, as ``[chip]`` of its scenario says; a fine-tuned run has the
    values of its fine-tuning.

    Raises :class:`DeploymentError` for what the chip cannot hold, with the remedy; what reading and
    running raise.
    """
    subject = subject_of(what, data, set, last)
    with Progress(progress) as told:
        core = _core.put_on_chip(subject, told)
    tell(core.warnings)
    return Quantised(core)


class Emulation:
    """What trials come to on the emulated chip, in steps (:func:`emulate`). ``steps``, ``neurons``, ``payloads``,
    ``times`` and ``offsets`` are read-only views without a copy."""

    def __init__(self, core: _core.Emulation, quantised: Quantised, trials: Trials) -> None:
        self._core = core
        self.quantised = quantised
        self.trials = trials

    def __len__(self) -> int:
        return self._core.size

    @property
    def steps(self) -> npt.NDArray[np.uint32]:
        """Of all spikes, inputs included, trial after trial, ordered by step and neuron, ``(spikes,)``.
        Steps are the chip's and count from 0: a population with a lag begins so much later."""
        return self._core.steps()

    @property
    def neurons(self) -> npt.NDArray[np.uint32]:
        """Ids, beside :attr:`steps`."""
        return self._core.neurons()

    @property
    def payloads(self) -> Integers:
        """What each message carries, 1 for a spike without more."""
        return self._core.payloads()

    @property
    def times(self) -> npt.NDArray[np.float64]:
        """For which time of the trial each spike stands (ms), beside :attr:`steps`."""
        return self._core.times()

    @property
    def offsets(self) -> npt.NDArray[np.uint64]:
        """Trial k has the spikes from ``offsets[k]`` to ``offsets[k + 1]``; ``(trials + 1,)``."""
        return self._core.offsets()

    @property
    def lengths(self) -> npt.NDArray[np.uint32]:
        """Steps of each trial, with the largest lag, ``(trials,)``."""
        return self._core.lengths()

    @property
    def decisions(self) -> npt.NDArray[np.int64]:
        """What the readout of the loss decides for, -1 for none, ``(trials,)``."""
        return self._core.decisions()

    @property
    def integrals(self) -> npt.NDArray[np.float64]:
        """Of a readout of voltage integrals (V ms), ``(trials, neurons)``."""
        return self._core.integrals()

    @property
    def maxima(self) -> npt.NDArray[np.float64]:
        """Of a readout of voltage maxima (V), ``(trials, neurons)``."""
        return self._core.maxima()

    @property
    def activity(self) -> list[Row]:
        """Of each population over all trials: ``spikes``, the smallest and largest ``a``, ``u`` and
        ``v``, and how often they left their registers."""
        rows: list[Row] = json.loads(self._core.activity())
        return rows

    @property
    def synaptic_operations(self) -> int:
        """Weights that were added, over all trials."""
        return self._core.synaptic_operations

    @property
    def input_collisions(self) -> int:
        """Input spikes that shared a step with another of their neuron and were dropped."""
        return self._core.input_collisions

    def _trial(self, trial: int) -> int:
        if not -len(self) <= trial < len(self):
            raise IndexError(f"there are {len(self)} trials, and no {trial}")
        return trial % len(self)

    def _range(self, population: str) -> tuple[int, int]:
        for name, _, first, size in self.quantised._populations:
            if name == population:
                return first, size
        names = ", ".join(row[0] for row in self.quantised._populations)
        raise NetworkError(f'there is no population "{population}"; there are {names}')

    def slice_of(self, trial: int) -> slice:
        """Where the spikes of a trial are in :attr:`steps`."""
        k, offsets = self._trial(trial), self.offsets
        return slice(int(offsets[k]), int(offsets[k + 1]))

    def spikes_of(self, population: str, trial: int = 0) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
        """Steps and indices in the population of its spikes in a trial, in order."""
        first, size = self._range(population)
        where = self.slice_of(trial)
        local = self.neurons[where].astype(np.int64) - first
        chosen = (local >= 0) & (local < size)
        return self.steps[where][chosen], local[chosen]

    def counts(self, population: str) -> npt.NDArray[np.int64]:
        """Number of spikes of each neuron, ``(trials, neurons)``."""
        first, size = self._range(population)
        local = self.neurons.astype(np.int64) - first
        where = np.nonzero((local >= 0) & (local < size))[0]
        trial = np.searchsorted(self.offsets, where, side="right").astype(np.int64) - 1
        counts = np.bincount(trial * size + local[where], minlength=len(self) * size)
        return counts.reshape(len(self), size)

    def registers(self, population: str, trial: int = 0) -> tuple[Integers, Integers]:
        """u and v after each step, ``(neurons, steps)`` each, of a population that was asked for
        (``emulate(..., registers=["h"])``). docs/loihi2.md has what a population of another model
        than cuba_lif shows as u and v."""
        return self._core.registers(self._trial(trial), population)

    def _rows(self) -> list[Row]:
        names = np.empty(sum(size for _, _, _, size in self.quantised._populations), dtype=object)
        firsts = np.zeros(len(names), dtype=np.int64)
        for name, _, first, size in self.quantised._populations:
            names[first : first + size] = name
            firsts[first : first + size] = first
        trial = np.repeat(np.arange(len(self)), np.diff(self.offsets).astype(np.int64))
        ids = self.neurons
        columns = {
            "trial": trial,
            "population": names[ids],
            "neuron": ids - firsts[ids],
            "step": self.steps,
            "time_ms": self.times,
            "payload": self.payloads,
        }
        lists = [np.asarray(column).tolist() for column in columns.values()]
        return [dict(zip(columns, values)) for values in zip(*lists)]

    def to_pandas(self, table: str = "spikes") -> Any:
        """``"spikes"``, a row each with ``trial``, ``population``, ``neuron`` (index in it), ``step``,
        ``time_ms`` and ``payload``; or ``"activity"``, a row per population."""
        if table == "activity":
            return frame(self.activity, "population")
        if table != "spikes":
            raise UsageError(f'table "{table}": choose one of spikes, activity')
        return frame(self._rows())

    def to_dict(self) -> Row:
        """Activity and decisions, without the arrays of spikes."""
        return {
            "trials": len(self),
            "step_ms": self.quantised.step,
            "populations": self.activity,
            "decisions": [None if d < 0 else d for d in self.decisions.tolist()],
            "input_collisions": self.input_collisions,
            "synaptic_operations": self.synaptic_operations,
        }

    def __repr__(self) -> str:
        return (
            f"<retrograde.Emulation: {len(self)} trials, {self.steps.size} spikes, "
            f"steps of {self.quantised.step:g} ms>"
        )

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(repr(self)[1:-1])}</p>" + html_table("populations", self.activity)


def emulate(
    what: Union[What, Quantised],
    trials: Trials,
    *,
    registers: Union[Sequence[str], str, bool] = (),
    data: Data = "",
    last: bool = False,
    set: Settings = None,
    progress: bool = True,
) -> Emulation:
    """Runs trials on the emulated chip, integer for integer as Loihi 2 does.

    ``what`` is as for :func:`quantise`, or what that has returned, which spares the calibration.
    ``registers`` names populations whose u and v are kept at every step; ``True``: all but inputs.

    Raises :class:`LimitError` for more registers than fit into memory, and what :func:`quantise`
    raises.
    """
    if isinstance(what, Quantised):
        refuse_more(data, set, last)
        quantised = what
    else:
        with Progress(progress) as told:
            quantised = Quantised(_core.put_on_chip(subject_of(what, data, set, last), told))
        tell(quantised.warnings)
    instance(trials, Trials, "trials", "make them by Trial, Trials or Trials.stack")
    if isinstance(registers, bool):
        wanted = [name for name, model, _, _ in quantised._populations if model != "input"] if registers else []
    else:
        wanted = [registers] if isinstance(registers, str) else list(dict.fromkeys(registers))
    with Progress(progress) as told:
        core = quantised._core.emulate(trials._core, wanted, told)
    return Emulation(core, quantised, trials)

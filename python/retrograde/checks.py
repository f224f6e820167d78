"""Whether a network fits a chip, what it does there, and what that takes: ``retro check`` and its parts."""

from __future__ import annotations

import html
import json
import os
from typing import Any

from . import _core
from ._arguments import whole, word
from ._documents import Document, Row, frame, html_table, json_text
from ._progress import Progress
from ._subject import Data, Settings, What, subject_of, tell
from .errors import DeploymentError, UsageError
from .onchip import Quantised, refuse_more

_TABLES = {
    "layers": "population",
    "budget": "step",
    "findings": None,
    "registers": None,
    "populations": "population",
    "projections": "projection",
    "cores": None,
    "decisions": "trial",
    "signals": None,
}


class Check(Document):
    """What ``retro check`` found. Its attributes are the fields of the document (docs/json.md)."""

    _chip: Row

    def __init__(self, core: _core.Document) -> None:
        super().__init__(core)
        d = self._document
        # By schema, what is said of the chip lies in `chip`, in `comparison`, or at the top.
        self._chip = dict(d)
        for inner in (d.get("comparison"), d.get("chip")):
            if isinstance(inner, dict):
                self._chip.update(inner)

    @property
    def fits(self) -> bool:
        """Whether the network fits the chip: the exit status of the command line."""
        return self._core.verdict

    @property
    def verdict(self) -> Row:
        """``fits``, ``faithful``, ``fidelity``, ``same_decision``, ``text``, ``findings``, ..."""
        return dict(self._chip.get("verdict") or {"fits": self.fits})

    @property
    def faithful(self) -> bool | None:
        """Whether nothing was seen to be otherwise on the chip; ``None``: nobody looked."""
        return self.verdict.get("faithful")

    @property
    def accuracy(self) -> dict[str, float | None]:
        """``exact`` and on the ``chip``, from 0 to 1; ``None`` where there is none."""
        d = self._document
        exact = d["exact"]["accuracy"] if isinstance(d.get("exact"), dict) else self._chip.get("exact_accuracy")
        chip = self._chip.get("chip_accuracy", self._chip.get("accuracy"))
        return {"exact": exact, "chip": chip}

    @property
    def agreement(self) -> float | None:
        """Share of trials with equal decisions on both sides."""
        return self._chip.get("agreement")

    @property
    def findings(self) -> list[Row]:
        """What stands in the way and what may cost something: ``severity``, ``where``, ``message``,
        ``remedy``, ... Problems come first."""
        found: list[Any] = self.verdict.get("findings", self._document.get("findings")) or []
        return [f if isinstance(f, dict) else {"message": f} for f in found]

    @property
    def layers(self) -> list[Row]:
        """Spikes of each population on both sides."""
        return list(self._chip.get("layers") or [])

    @property
    def registers(self) -> list[Row]:
        """How far the registers of each population were used."""
        return list(self._chip.get("registers") or self._chip.get("states") or [])

    @property
    def populations(self) -> list[Row]:
        """Weight units, thresholds and decays of each population."""
        return list(self._chip.get("populations") or [])

    @property
    def projections(self) -> list[Row]:
        """What was clipped of each projection."""
        return list(self._chip.get("projections") or [])

    @property
    def cores(self) -> list[Row]:
        """What each core holds, and of how much."""
        cores = self._chip.get("cores")
        return cores if isinstance(cores, list) else []

    @property
    def decisions(self) -> list[Row]:
        """``trial``, ``label``, ``exact`` and ``chip`` of every trial; empty where nothing decides."""
        decided = self._chip.get("decisions") or self._document.get("decisions")
        return decided if isinstance(decided, list) else []

    @property
    def budget(self) -> list[Row]:
        """What each approximation on the way to the chip costs: ``step``, ``alone`` and ``added`` to
        those before, each with ``accuracy``, ``changed`` and ``distance``."""
        budget = self._chip.get("error_budget") or {}
        return list(budget.get("steps") or [])

    @property
    def forecast(self) -> Forecast | None:
        """Time and energy of a trial; ``None`` where it does not lie on the chip."""
        found = self._chip.get("forecast")
        return None if found is None else Forecast(found)

    @property
    def waterfall(self) -> dict[str, float]:
        """From the exact accuracy to that of the chip (%), step by step, for :func:`plot.waterfall`.

        Raises :class:`UsageError` where no accuracy is known.
        """
        budget = self._chip.get("error_budget") or {}
        level = budget.get("exact_accuracy")
        if level is None:
            raise UsageError("there is no accuracy to fall: the trials have no labels, or it was no check of Loihi 2")
        steps = {"exact": 100.0 * level}
        added = {step["step"]: step["added"]["accuracy"] for step in budget["steps"]}
        if budget["fine_tuned"] is not None:
            added["fine-tuning"] = budget["fine_tuned"]["accuracy"]
        for name, accuracy in added.items():
            steps[name] = 100.0 * (accuracy - level)
            level = accuracy
        return steps

    def _rows(self, table: str) -> list[Row]:
        if table not in _TABLES:
            raise UsageError(f'table "{table}": choose one of {", ".join(_TABLES)}')
        if table == "signals":
            return list(self._document.get("signals") or [])
        return list(getattr(self, table))

    def to_pandas(self, table: str = "layers") -> Any:
        """A table as a ``pandas.DataFrame``: ``"layers"``, ``"budget"``, ``"findings"``,
        ``"registers"``, ``"populations"``, ``"projections"``, ``"cores"``, ``"decisions"``; of sparse
        coding ``"signals"``."""
        return frame(self._rows(table), _TABLES.get(table))

    def __repr__(self) -> str:
        text = self.verdict.get("text") or ("fits" if self.fits else "does not fit")
        return f"<retrograde.Check of {self._document['scenario']}: {text}>"

    def _repr_html_(self) -> str:
        tables = ("layers", "findings") if self.layers else ("findings", "signals")
        return f"<p>{html.escape(repr(self)[1:-1])}</p>" + "".join(html_table(t, self._rows(t)) for t in tables)


def check(
    what: What,
    chip: str = "loihi2",
    *,
    data: Data = "",
    device: str = "",
    out: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    trials: int | None = None,
    last: bool = False,
    set: Settings = None,
    progress: bool = True,
) -> Check:
    """Compares a network with the emulated chip, as ``retro check`` does: the same document.

    ``chip`` is ``"loihi1"``, ``"loihi2"``, ``"xylo_audio3"`` or a profile file. ``out`` is a folder for
    check.json and report.html. ``last`` takes the last values of a run instead of the best, ``set``
    goes before what the scenario says, ``trials`` is of sparse coding. ``device`` is where the exact network runs, as for :func:`run`. ``progress`` shows a bar where
    tqdm is installed.

    Raises :class:`UsageError` for a network that cannot go on the chip, with the reason and the remedy;
    what reading and running raise.
    """
    word(device, "device")
    if trials is not None:
        whole(trials, "trials", 1, 2**63 - 1)
    subject = subject_of(what, data, set, last)
    with Progress(progress) as told:
        core = _core.check(subject, chip, trials, device, "" if out is None else os.fspath(out), overwrite, told)
    tell(core.warnings)
    return Check(core)


class Fit(Document):
    """Whether a network fits, and what to change if not. ``to_dict()`` has the fields ``verdict`` and
    ``cores`` of a check."""

    def __init__(self, core: _core.Document) -> None:
        super().__init__(core)
        self._document.pop("forecast", None)

    def to_json(self) -> str:
        """The text of :meth:`to_dict`."""
        return json_text(self._document)

    @property
    def fits(self) -> bool:
        """Whether nothing that is a problem was found."""
        return self._core.verdict

    @property
    def verdict(self) -> Row:
        """``fits``, ``cores``, ``usable_cores``, ``all_cores``, ``text``, ``findings``, ..."""
        return dict(self._document["verdict"])

    @property
    def findings(self) -> list[Row]:
        """As :attr:`Check.findings`, but for what only the exact network beside it shows."""
        return list(self.verdict["findings"])

    @property
    def cores(self) -> list[Row]:
        """``population``, ``router``, ``uses`` (resource, ``used``, ``limit``) and ``events``."""
        return list(self._document.get("cores", []))

    @property
    def uses(self) -> list[Row]:
        """Of a chip without cores: what is used, and of how much."""
        return list(self.verdict.get("uses", []))

    def to_pandas(self, by: str = "core") -> Any:
        """What is used: a row per ``"core"``, or per ``"population"`` with its number of cores and the
        fullest of them. Of a chip without cores a row per resource."""
        if by not in ("core", "population"):
            raise UsageError(f'by "{by}": choose core or population')
        if not self.cores:
            return frame(self.uses, "name")
        return frame(self.cores) if by == "core" else frame(self._populations(), "population")

    def _populations(self) -> list[Row]:
        rows: dict[str, Row] = {}
        for core in self.cores:
            row = rows.setdefault(core["population"], {"population": core["population"], "cores": 0})
            row["cores"] += 1
            for name, use in core["uses"].items():
                row[name] = max(row.get(name, 0), use["used"])
        return list(rows.values())

    def __repr__(self) -> str:
        return f"<retrograde.Fit: {self.verdict['text']}>"

    def _repr_html_(self) -> str:
        rows = self._populations() or self.uses
        return (
            f"<p>{html.escape(self.verdict['text'])}</p>" + html_table("uses", rows) + html_table("findings", self.findings)
        )


class Forecast:
    """What a trial takes on the chip, means over trials, with the range that each may lie in.
    ``to_dict()`` is the field ``forecast`` of a check."""

    def __init__(self, document: Row) -> None:
        self._document = document

    def to_dict(self) -> Row:
        """The field ``forecast`` of the document of a check."""
        return self._document

    def to_json(self) -> str:
        """The text of :meth:`to_dict`."""
        return json_text(self._document)

    @property
    def time(self) -> Row:
        """ms: ``value``, ``low``, ``high``."""
        return dict(self._document["time_ms"])

    @property
    def energy(self) -> Row:
        """mJ: ``value``, ``low``, ``high``; the parts are in :meth:`to_pandas`."""
        energy = self._document["energy_mj"]
        return dict(energy.get("total", energy))

    def _rows(self) -> list[Row]:
        d, rows = self._document, []
        if "total" in d["energy_mj"]:
            energies = {f"{part} energy": e for part, e in d["energy_mj"].items() if e is not None}
        else:
            energies = {"total energy": d["energy_mj"]}
            energies.update({p["name"]: p["value"] for p in d["energy_parts"] if p["value"] is not None})
        figures = [("time", "ms", d["time_ms"])] + [(name, "mJ", e) for name, e in energies.items()]
        if "energy_delay_mj_ms" in d:
            figures.append(("energy times time", "mJ ms", d["energy_delay_mj_ms"]))
        for name, unit, estimate in figures:
            rows.append({"figure": name, "unit": unit, **estimate})
        return rows

    def to_pandas(self) -> Any:
        """A row each for time and energies: ``unit``, ``value``, ``low``, ``high``."""
        return frame(self._rows(), "figure")

    def __str__(self) -> str:
        return "".join(
            f"{row['figure']:<24}{row['value']:.4g} {row['unit']} ({row['low']:.4g} .. {row['high']:.4g})\n"
            for row in self._rows()
        )

    def __repr__(self) -> str:
        t, e = self.time, self.energy
        return (
            f"<retrograde.Forecast: {t['value']:.3g} ms ({t['low']:.3g} .. {t['high']:.3g}), "
            f"{e['value']:.3g} mJ ({e['low']:.3g} .. {e['high']:.3g}) a trial>"
        )

    def _repr_html_(self) -> str:
        return html_table("a trial", self._rows())


def _deployed(
    what: What | Quantised, chip: str, data: Data, settings: Settings, last: bool, progress: bool
) -> _core.Document:
    with Progress(progress) as told:
        if isinstance(what, Quantised):
            refuse_more(data, settings, last)
            return what._core.deploy(chip, told)
        subject = subject_of(what, data, settings, last)
        document = _core.deploy_elsewhere(subject, chip, told)
        if document is None:
            on_chip = _core.put_on_chip(subject, told)
            tell(on_chip.warnings, stacklevel=4)
            document = on_chip.deploy(chip, told)
    tell(document.warnings, stacklevel=4)
    return document


def fit(
    what: What | Quantised,
    chip: str = "loihi2",
    *,
    data: Data = "",
    last: bool = False,
    set: Settings = None,
    progress: bool = True,
) -> Fit:
    """Whether a network fits a chip: cores, findings with their remedies. Much faster than
    :func:`check`, since nothing is judged; the registers are those of at most 200 trials that place
    it.

    Raises :class:`DeploymentError` for a network that the chip cannot hold, :class:`UsageError`.
    """
    return Fit(_deployed(what, chip, data, set, last, progress))


def forecast(
    what: What | Quantised,
    chip: str = "loihi2",
    *,
    data: Data = "",
    last: bool = False,
    set: Settings = None,
    progress: bool = True,
) -> Forecast:
    """Time and energy of a trial on a chip, by the same trials and with the same numbers as
    :func:`check`.

    Raises :class:`DeploymentError` for a network that does not fit, and what :func:`fit` raises.
    """
    document = json.loads(_deployed(what, chip, data, set, last, progress).json)
    if document["forecast"] is None or not document["verdict"]["fits"]:
        problems = [f"{f['message']}; {f['remedy']}" for f in document["verdict"]["findings"] if f["severity"] == "problem"]
        raise DeploymentError(". ".join([document["verdict"]["text"], *problems]))
    return Forecast(document["forecast"])

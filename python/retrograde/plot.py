"""Pictures with matplotlib, which is imported when the first one is drawn. Each function draws into ``ax``, or into
axes of its own, and returns them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .checks import Check
from .errors import UsageError
from .network import Network
from .proofs import Margins
from .runs import Recording, Run
from .training import Training

__all__ = ["confusion", "delays", "learning_curve", "margins", "raster", "voltages", "waterfall"]


def _axes(ax: Any, **keys: Any) -> Any:
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError("retrograde.plot needs matplotlib: pip install matplotlib") from error
    return pyplot.subplots(**keys)[1]


def raster(
    run: Run, trial: int = 0, populations: Sequence[str] | None = None, ax: Any = None
) -> Any:
    """The spikes of a trial: time in ms to the right, neurons upwards, population by population.

    Raises :class:`NetworkError` for a population that is not there, :class:`IndexError` for such a trial.
    """
    chosen = run.network.populations
    if populations is not None:
        chosen = [run.network.population(name) for name in populations]
    shown = [p for p in chosen if p.model not in ("cuba_li", "li", "integrator")]
    ax = _axes(ax)
    ticks, at = [], 0
    for p in shown:
        times, local = run.spikes_of(p.name, trial)
        # Lines of one neuron's height stay visible for a few neurons and thin for many.
        ax.plot(times, at + local, "|", markersize=max(1.0, min(8.0, 200 / sum(q.size for q in shown))))
        ticks.append(at + (p.size - 1) / 2)
        at += p.size
        ax.axhline(at - 0.5, color="0.85", linewidth=0.5)
    ax.set_yticks(ticks, [p.name for p in shown])
    ax.set_ylim(-0.5, max(at, 1) - 0.5)
    ax.set_xlim(0.0, float(run.trials[trial % len(run)].durations[0]))
    ax.set_xlabel("time (ms)")
    return ax


def voltages(recording: Recording, names: Sequence[str] | None = None, ax: Any = None) -> Any:
    """V of each neuron of a recording over time.

    Raises :class:`UsageError` for one without voltages.
    """
    if recording.times.size == 0:
        raise UsageError("the probe has no sample within its trial")
    if recording.v.size == 0:
        raise UsageError('the probe took no voltages down; write record="v"')
    if names is not None and len(names) != len(recording.v):
        raise UsageError(f"{len(names)} names for {len(recording.v)} neurons; give one for each")
    ax = _axes(ax)
    for k, v in enumerate(recording.v):
        ax.plot(recording.times, v, linewidth=1.0, label=f"{recording.population}[{recording.neurons[k]}]" if names is None else names[k])
    if len(recording.v) <= 10:
        ax.legend(frameon=False)
    ax.set_xlabel("time (ms)")
    ax.set_ylabel("V")
    return ax


def delays(network: Network, projection: str, ax: Any = None, bins: int = 30) -> Any:
    """How many synapses of a projection have which delay.

    Raises :class:`NetworkError` where there is no such projection.
    """
    values = network[projection, "delay"]
    ax = _axes(ax)
    ax.hist(values, bins=bins)
    ax.set_xlabel(f"delay of {projection} (ms)")
    ax.set_ylabel("synapses")
    return ax


def learning_curve(training: Training | Sequence[Mapping[str, Any]], ax: Any = None) -> Any:
    """Accuracy over epochs or, without labels, loss: of the training and of the validation part."""
    history = training.history if isinstance(training, Training) else list(training)
    if not history:
        raise UsageError("there is no epoch to draw")
    what = "loss" if history[0]["train_accuracy"] is None else "accuracy"
    ax = _axes(ax)
    epochs = [row["epoch"] for row in history]
    for part in ("train", "validation"):
        values = [row[f"{part}_{what}"] for row in history]
        # A loss of a validation part that is not there is 0.
        if all(v is None for v in values) or (part == "validation" and not any(values)):
            continue
        ax.plot(epochs, values, label={"train": "training"}.get(part, part))
    if isinstance(training, Training) and training.best_epoch:
        ax.axvline(training.best_epoch, color="0.7", linewidth=0.8, linestyle="--")
    ax.set_xlabel("epoch")
    ax.set_ylabel(what)
    ax.legend(frameon=False)
    return ax


def confusion(
    labels: npt.ArrayLike | Check,
    decisions: npt.ArrayLike | None = None,
    class_names: Sequence[str] | None = None,
    ax: Any = None,
) -> Any:
    """How often trials of each class (rows) were decided for each class (columns); the last column, where it
    is needed, is of those without a decision. ``confusion(check)`` is of what the chip decides."""
    if isinstance(labels, Check):
        if decisions is not None:
            raise UsageError("a Check has its decisions; leave them out")
        rows = labels.decisions
        labels, decisions = ([-1 if row[key] is None else row[key] for row in rows] for key in ("label", "chip"))
    elif decisions is None:
        raise UsageError("labels without decisions; give both, or a Check")
    known, decided = np.asarray(labels, dtype=np.int64), np.asarray(decisions, dtype=np.int64)
    if known.shape != decided.shape:
        raise UsageError(f"{known.size} labels and {decided.size} decisions")
    classes = int(max(known.max(initial=-1), decided.max(initial=-1))) + 1
    if class_names is not None:
        if len(class_names) < classes:
            raise UsageError(f"{len(class_names)} class_names, and there is a class {classes - 1}; give one for each from 0")
        classes = len(class_names)
    undecided = bool((decided[known >= 0] < 0).any())
    table = np.zeros((classes, classes + undecided), dtype=np.int64)
    for label, decision in zip(known[known >= 0], decided[known >= 0]):
        table[label, decision] += 1  # -1 is the last column
    names = [str(c) for c in range(classes)] if class_names is None else list(class_names)
    ax = _axes(ax)
    ax.imshow(table, cmap="Blues")
    for (row, column), count in np.ndenumerate(table):
        dark = count > table.max() / 2
        ax.text(column, row, str(count), ha="center", va="center", color="white" if dark else "black")
    ax.set_xticks(range(classes + undecided), names + ["none"] * undecided)
    ax.set_yticks(range(classes), names)
    ax.set_xlabel("decision")
    ax.set_ylabel("label")
    return ax


def waterfall(steps: Mapping[str, float] | Check, ax: Any = None, unit: str = "%") -> Any:
    """From the first value to the last, step by step: ``{"exact": 97.1, "weights": -0.4, "steps": -1.2}``.
    The first is a level, the others are changes; the level that they lead to is drawn last. Of a
    :class:`Check` it is the way from the exact accuracy to that on the chip.

    Raises :class:`UsageError` for a check without labels.
    """
    if isinstance(steps, Check):
        steps = steps.waterfall
    if len(steps) < 2:
        raise UsageError("a waterfall has a level and a change at least")
    names, changes = list(steps), np.array(list(steps.values()), dtype=np.float64)
    levels = np.cumsum(changes)
    ax = _axes(ax)
    ax.bar(0, changes[0], color="0.6")
    for k in range(1, len(names)):
        ax.bar(k, changes[k], bottom=levels[k - 1], color="C2" if changes[k] >= 0 else "C3")
    ax.bar(len(names), levels[-1], color="0.6")
    ax.set_xticks(range(len(names) + 1), [*names, "result"], rotation=30, ha="right")
    low, high = min(levels.min(), levels[-1]), levels.max()
    ax.set_ylim(low - 0.5 * (high - low) - 1e-9, high + 0.2 * (high - low) + 1e-9)
    ax.set_ylabel(unit)
    return ax


def margins(found: Margins, ax: Any = None) -> Any:
    """The share of trials whose decision is proven against how far all weights may be off (%)."""
    radii = np.sort(found.radii)
    if not radii.size:
        raise UsageError("there is no trial to draw")
    ax = _axes(ax)
    shares = 100.0 * np.arange(radii.size, 0, -1) / radii.size
    ax.step(100.0 * np.maximum(radii, 1e-6), shares, where="pre")
    ax.set_xscale("log")
    ax.set_ylim(0.0, 100.0)
    ax.set_xlabel("weights off by (%)")
    ax.set_ylabel("proven trials (%)")
    return ax

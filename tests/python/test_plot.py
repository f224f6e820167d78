"""Pictures: what is drawn is what there is."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

import retrograde as rg
from retrograde import plot


@pytest.fixture(autouse=True)
def closed():
    yield
    from matplotlib import pyplot

    pyplot.close("all")


def test_raster(net: rg.Network, trials: rg.Trials) -> None:
    run = rg.run(net, trials)
    ax = plot.raster(run, 3)
    drawn = np.concatenate([line.get_xdata() for line in ax.lines if line.get_marker() == "|"])
    assert np.array_equal(np.sort(drawn), np.sort(run.times[run.slice_of(3)]))
    assert ax.get_xlim() == (0.0, 60.0)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["in", "h"]  # readouts do not fire
    only = plot.raster(run, 3, ["h"])
    assert [t.get_text() for t in only.get_yticklabels()] == ["h"]
    with pytest.raises(rg.NetworkError):
        plot.raster(run, 0, ["hidden"])


def test_voltages(net: rg.Network, trials: rg.Trials) -> None:
    run = rg.run(net, trials, probes=[rg.probe(net, "out", interval=1.0), rg.probe(net, "out", record="i")])
    ax = plot.voltages(run.recording(0, 0), names=["left", "right"])
    assert np.array_equal(ax.lines[1].get_ydata(), run.recording(0, 0).v[1])
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["left", "right"]
    with pytest.raises(rg.UsageError, match="no voltages"):
        plot.voltages(run.recording(0, 1))


def test_delays(net: rg.Network) -> None:
    ax = plot.delays(net.with_values({("in -> h", "delay"): [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]}), "in -> h", bins=6)
    assert [p.get_height() for p in ax.patches] == [1.0] * 6


def test_learning_curve() -> None:
    rows = [
        dict(epoch=e, train_accuracy=0.5 + e / 10, validation_accuracy=None, train_loss=1 / e, validation_loss=0.0)
        for e in (1, 2, 3)
    ]
    ax = plot.learning_curve(rows)
    assert len(ax.lines) == 1 and ax.lines[0].get_ydata().tolist() == [0.6, 0.7, 0.8] and ax.get_ylabel() == "accuracy"
    for row in rows:
        row["train_accuracy"] = None
        row["validation_loss"] = 2.0
    ax = plot.learning_curve(rows)
    assert ax.get_ylabel() == "loss" and len(ax.lines) == 2
    with pytest.raises(rg.UsageError, match="no epoch"):
        plot.learning_curve([])


def test_confusion() -> None:
    ax = plot.confusion([0, 0, 1, 1, -1], [0, 1, 1, -1, 0], ["left", "right"])
    assert ax.images[0].get_array().tolist() == [[1, 1, 0], [0, 1, 1]]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["left", "right", "none"]
    with pytest.raises(rg.UsageError, match="1 labels and 2 decisions"):
        plot.confusion([0], [0, 1])


def test_waterfall() -> None:
    ax = plot.waterfall({"exact": 97.0, "weights": -0.5, "steps": -1.5})
    assert [p.get_height() for p in ax.patches] == [97.0, -0.5, -1.5, 95.0]
    assert ax.patches[2].get_y() == 96.5
    with pytest.raises(rg.UsageError):
        plot.waterfall({"exact": 97.0})


def test_pictures_of_a_check_and_of_margins() -> None:
    library = rg.shipped("hello.toml").parent
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rg.RetrogradeWarning)
        check = rg.check(library / "temporal_xor.toml", progress=False)
    ax = plot.waterfall(check)
    assert [t.get_text() for t in ax.get_xticklabels()] == ["exact", *(row["step"] for row in check.budget), "result"]
    assert ax.patches[0].get_height() == pytest.approx(100.0 * check.accuracy["exact"])
    assert ax.patches[-1].get_height() == pytest.approx(100.0 * check.budget[-1]["added"]["accuracy"])
    ax = plot.confusion(check)
    drawn = np.array([int(t.get_text()) for t in ax.texts])
    assert drawn.tolist() == [n for row in np.reshape(check.to_dict()["chip"]["confusion"], (2, 3))[:, :2] for n in row]
    with pytest.raises(rg.UsageError, match="leave them out"):
        plot.confusion(check, [0, 1])
    with pytest.raises(rg.UsageError, match="labels without decisions"):
        plot.confusion([0, 1])
    margins = rg.margins(library / "yin_yang.toml", 3, progress=False)
    ax = plot.margins(margins)
    assert ax.get_xscale() == "log" and ax.lines[0].get_ydata()[0] == 100.0

"""Training: the same run as that of the command line, callbacks, steps of one's own."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import retrograde as rg

TEXT = """
[scenario]
name = "small"
duration = "30 ms"
[[population]]
name = "in"
size = 5
[[population]]
name = "h"
size = 8
[[population]]
name = "out"
size = 3
model = "cuba_li"
[[projection]]
from = "in"
to = "h"
weight = { distribution = "normal", mean = 3.0, std = 1.5 }
learn = ["weight", "delay"]
[[projection]]
from = "h"
to = "out"
weight = { distribution = "normal", mean = 0.0, std = 0.5 }
learn = ["weight"]
[data]
kind = "yin_yang"
population = "in"
t_early = "2 ms"
t_late = "15 ms"
bias_spike = "2 ms"
[loss]
kind = "voltage_cross_entropy"
population = "out"
[train]
epochs = 3
batch = 16
weight_rate = 0.02
delay_rate = 0.1
"""


def few() -> rg.Dataset:
    """96 of its 5000 trials, and 48 of the others."""
    data = rg.Scenario(TEXT).data()
    return rg.Dataset(data.train[:96], data.validation[:48], data.test[:48])


def without_clocks(text: str) -> list[list[str]]:
    rows = [line.split(",") for line in text.strip().splitlines()]
    keep = [k for k, name in enumerate(rows[0]) if "seconds" not in name and "deliveries" not in name and "per_s" not in name]
    return [[row[k] for k in keep] for row in rows]


def test_the_run_of_the_command_line(retro) -> None:
    (retro.folder / "small.toml").write_text(TEXT)
    retro("train", "small.toml", "--out", "theirs")
    done = rg.train(retro.folder / "small.toml", out=retro.folder / "ours", progress=False)
    assert done.finished and not done.early and len(done.history) == 3
    theirs, ours = retro.folder / "theirs", retro.folder / "ours"
    assert without_clocks((ours / "metrics.csv").read_text()) == without_clocks((theirs / "metrics.csv").read_text())
    assert (ours / "scenario.toml").read_text() == (theirs / "scenario.toml").read_text()
    assert {p.name for p in ours.iterdir()} >= {p.name for p in theirs.iterdir()}
    # And the verbs of the command line take it.
    assert "small" in retro("info", "ours")


def test_callbacks(tmp_path) -> None:
    batches, epochs = [], []
    done = rg.train(
        rg.Scenario(TEXT, epochs=2),
        data=few(),
        on_batch=lambda row: batches.append(row),
        on_epoch=lambda row: epochs.append(row),
        progress=False,
    )
    assert done.folder is None and done.finished
    assert [row["epoch"] for row in epochs] == [1, 2] and epochs == done.history
    # Six batches an epoch, of which the last is told by on_epoch.
    assert [(row["epoch"], round(row["share"] * 6)) for row in batches] == [(e, b) for e in (1, 2) for b in range(1, 6)]
    assert all(row["loss"] > 0 and 0 <= row["accuracy"] <= 1 for row in batches)
    assert done.best_epoch in (1, 2) and done.to_dict()["history"] == done.history


def test_a_callback_stops_and_the_run_goes_on(tmp_path) -> None:
    folder = tmp_path / "run"
    stopped = rg.train(rg.Scenario(TEXT), data=few(), out=folder, on_batch=lambda row: row["epoch"] < 2, progress=False)
    assert not stopped.finished and len(stopped.history) == 1
    rest = rg.train(resume=folder, data=few(), progress=False)
    whole = rg.train(rg.Scenario(TEXT), data=few(), out=tmp_path / "whole", progress=False)
    assert rest.finished and np.array_equal(rest.network.values, whole.network.values)
    clocks = ("seconds",)
    assert [{k: v for k, v in row.items() if k not in clocks} for row in rest.history] == [
        {k: v for k, v in row.items() if k not in clocks} for row in whole.history
    ]


def test_an_error_of_a_callback_comes_out(tmp_path) -> None:
    class Mine(Exception):
        pass

    def fail(row: dict) -> None:
        raise Mine(f"in epoch {row['epoch']}")

    with pytest.raises(Mine, match="in epoch 1"):
        rg.train(rg.Scenario(TEXT), data=few(), on_epoch=fail, progress=False)
    with pytest.raises(Mine, match="in epoch 1"):
        rg.train(rg.Scenario(TEXT), data=few(), on_batch=fail, progress=False)
    assert rg.train(rg.Scenario(TEXT, epochs=1), data=few(), progress=False).finished


def test_arrays_are_kept_in_the_run_folder(tmp_path, retro) -> None:
    w = np.random.default_rng(5).normal(3.0, 1.5, (8, 5))
    text = TEXT.replace('weight = { distribution = "normal", mean = 3.0, std = 1.5 }', 'weight = { file = "memory:w" }')
    folder = retro.folder / "arrays"
    scenario = rg.Scenario(text, arrays={"w": w})
    rg.train(scenario, data=few(), out=folder, epochs=1, progress=False)
    assert np.array_equal(np.load(folder / "arrays" / "w.npy"), w)
    more = rg.train(resume=folder, data=few(), epochs=2, progress=False)
    assert len(more.history) == 2
    assert "small" in retro("info", "arrays")
    np.save(folder / "arrays" / "w.npy", w + 1.0)
    with pytest.raises(rg.UsageError, match="another scenario"):
        rg.train(resume=folder, data=few(), epochs=3, progress=False)


def test_data_of_ones_own(tmp_path) -> None:
    scenario = rg.Scenario(TEXT)
    data = scenario.data()
    assert [len(part) for part in (data.train, data.validation, data.test)] == [5000, 1000, 1000]
    assert data.train.labelled and len(data.class_names) == 3
    again = rg.Dataset(
        *(
            rg.Trials(t.times, t.neurons, t.offsets, duration=t.durations, labels=t.labels)
            for t in (data.train, data.validation, data.test)
        )
    )
    theirs = rg.train(scenario, epochs=1, progress=False)
    ours = rg.train(scenario, data=again, epochs=1, progress=False)
    assert np.array_equal(ours.network.values, theirs.network.values)


def test_steps_of_ones_own() -> None:
    scenario = rg.Scenario(TEXT)
    train, net = scenario.data().train[:96], scenario.network
    trainer = rg.Trainer(net)
    first = trainer.epoch(train.batches(16, seed=0))
    for epoch in range(1, 40):
        last = trainer.epoch(train.batches(16, seed=epoch))
    assert last < 0.95 * first
    changed = trainer.network.values != net.values
    assert changed[net.learned].mean() > 0.7 and not changed[~net.learned].any()
    assert (trainer.network["in -> h", "delay"] >= 0).all()


def test_adam_is_that_of_the_training() -> None:
    """The optimiser beside its formula, for the first step: a rate times the sign, nearly."""
    scenario = rg.Scenario(TEXT)
    train, net = scenario.data().train[:16], scenario.network
    trainer = rg.Trainer(net)
    g = trainer.step(train)
    block = net.block("in -> h", "weight").slice
    down = g.values[block]
    moved = trainer.network.values[block] - net.values[block]
    assert np.allclose(moved, -0.02 * down / (np.abs(down) + 1e-8), rtol=1e-9, atol=1e-15)


def test_an_optimiser_of_ones_own() -> None:
    scenario = rg.Scenario(TEXT)
    train, net = scenario.data().train[:16], scenario.network
    trainer = rg.Trainer(net, optimiser=lambda values, gradient: values - 0.5 * gradient - 1.0)
    g = trainer.step(train)
    weights, delays = net.block("in -> h", "weight").slice, net.block("in -> h", "delay").slice
    assert np.allclose(trainer.network.values[weights], net.values[weights] - 0.5 * g.values[weights] - 1.0)
    assert (trainer.network.values[delays] == 0).all()  # put into their bounds
    assert np.array_equal(trainer.network.values[~net.learned], net.values[~net.learned])


def test_what_cannot_be_trained(tmp_path, net: rg.Network) -> None:
    with pytest.raises(rg.UsageError, match="has no \\[loss\\]"):
        rg.train(net.scenario, progress=False)
    with pytest.raises(rg.UsageError, match="a scenario, or resume"):
        rg.train()
    fixed = rg.build([dict(name="in", size=1, model="input"), dict(name="h", size=1)], [dict(from_="in", to="h", weight=1.0)])
    with pytest.raises(rg.UsageError, match="nothing is learned"):
        rg.Trainer(fixed)
    folder = tmp_path / "run"
    rg.train(rg.Scenario(TEXT, epochs=1), data=few(), out=folder, progress=False, report=False)
    with pytest.raises(rg.UsageError):
        rg.train(rg.Scenario(TEXT, epochs=1), data=few(), out=folder, progress=False)
    assert rg.train(rg.Scenario(TEXT, epochs=1), data=few(), out=folder, overwrite=True, progress=False, report=False).finished


def test_what_a_training_warns_of() -> None:
    """As the command line does: settings without effect, data that lack something, silent neurons."""
    quiet = """
[[population]]
name = "quiet"
size = 4
[[projection]]
from = "in"
to = "quiet"
weight = -1.0
[data]"""
    scenario = rg.Scenario(TEXT.replace("\n[data]", quiet))
    with pytest.warns(rg.RetrogradeWarning, match="quiet \\(since epoch 1\\).*without a spike") as caught:
        rg.train(scenario, data=few(), epochs=1, progress=False)
    assert all(w.filename == __file__ for w in caught)
    data = few()
    with pytest.warns(rg.RetrogradeWarning, match="no test part"):
        rg.train(rg.Scenario(TEXT), data=rg.Dataset(data.train, data.validation, data.test[:0]), epochs=1, progress=False)
    with pytest.warns(rg.RetrogradeWarning, match="python: .*patience"):
        rg.train(rg.Scenario(TEXT, set={"train.patience": 7}), data=few(), epochs=1, progress=False)


def test_gradients_check_themselves() -> None:
    check = rg.train(rg.Scenario(TEXT), data=few(), epochs=1, self_check=1, progress=False).self_check
    assert check["trials"] > 0 and check["violated"] == 0
    assert 0 < check["of_tolerance"] < 1 and check["epoch"] == 1
    assert rg.train(rg.Scenario(TEXT), data=few(), epochs=1, progress=False).self_check["trials"] == 0


def test_a_violated_identity_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    trained = rg.training._core.train
    wrong = dict(trials=9, violated=2, worst="translation", trial=4, epoch=1)

    def train(*words: object) -> SimpleNamespace:
        core = trained(*words)
        names = ("network", "history", "finished", "early", "best_epoch", "best_accuracy", "folder")
        return SimpleNamespace(self_check=wrong, **{name: getattr(core, name) for name in names})

    monkeypatch.setattr(rg.training._core, "train", train)
    with pytest.warns(rg.RetrogradeWarning, match="2 identities are violated in 9 trials.*translation in trial 4"):
        assert rg.train(rg.Scenario(TEXT), data=few(), epochs=1, self_check=1, progress=False).self_check == wrong

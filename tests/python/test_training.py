"""Training: the same run as that of the command line, callbacks, steps of one's own."""

from __future__ import annotations

import copy
import pickle
import threading
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


def test_an_epoch_is_enough() -> None:
    """Also of one batch, and by what NumPy calls False."""
    data = rg.Dataset(few().train[:16])
    for no in (False, np.bool_(False)):
        told = []
        done = rg.train(rg.Scenario(TEXT), data=data, on_epoch=lambda row: (told.append(row["epoch"]), no)[1], progress=False)
        assert told == [1] and len(done.history) == 1 and not done.finished
    once = rg.train(rg.Scenario(TEXT), data=data, epochs=1, progress=False)
    assert np.array_equal(done.network.values, once.network.values)
    assert rg.train(rg.Scenario(TEXT), data=data, on_epoch=lambda row: row["epoch"] < 3, progress=False).finished


def test_classes_keep_their_names(tmp_path) -> None:
    data = few()
    data.class_names, data.name = ["Apple", "Berry", "Cherry"], "fruit"
    rg.train(rg.Scenario(TEXT), data=data, epochs=1, out=tmp_path / "run", progress=False)
    page = (tmp_path / "run" / "report.html").read_text()
    assert all(name in page for name in data.class_names)
    data.class_names = ["Apple"]
    with pytest.raises(rg.UsageError, match="1 names, and the largest label is 2"):
        rg.train(rg.Scenario(TEXT), data=data, epochs=1, progress=False)


def test_fine_tuning_needs_a_folder(tmp_path) -> None:
    tuned = {"chip.fine_tune": {"epochs": 1, "rate": 0.3}, "train.epochs": 1}
    with pytest.warns(rg.RetrogradeWarning, match="fine_tune of .chip. finds, so it is left out"):
        rg.train(rg.Scenario(TEXT, set=tuned), data=few(), progress=False)
    done = rg.train(rg.Scenario(TEXT, set=tuned), data=few(), out=tmp_path / "run", report=False, progress=False)
    assert rg.quantise(done, data=few(), progress=False).fine_tuned


def test_a_network_is_trained_from_where_its_scenario_begins() -> None:
    net = rg.Scenario(TEXT).network
    ours = rg.train(net, data=few(), epochs=1, progress=False)
    assert np.array_equal(ours.network.values, rg.train(rg.Scenario(TEXT), data=few(), epochs=1, progress=False).network.values)
    with pytest.raises(rg.UsageError, match="other values than its scenario begins with.*rg.Trainer"):
        rg.train(net.with_values({("in -> h", "weight"): 9.0}), data=few(), progress=False)


STRUCTURED = TEXT + """
[structure]
rule = "deep_r"
density = 0.5
l1 = 0.5
temperature = 1e-4
"""


def test_a_run_of_python_keeps_its_options(tmp_path, retro) -> None:
    folder = retro.folder / "run"
    (retro.folder / "small.toml").write_text(TEXT)
    stop = lambda row: row["epoch"] < 2
    rg.train(retro.folder / "small.toml", out=folder, epochs=4, values_every=1, on_epoch=stop, progress=False, report=False)
    rest = rg.train(resume=folder, progress=False, report=False)
    assert len(rest.history) == 4 and len(list((folder / "values").glob("*.npz"))) == 5
    retro("train", "--resume", "run", "--epochs=5")
    assert len(rg.train(resume=folder, progress=False, report=False).history) == 5


def test_the_data_of_a_scenario_are_its_own(tmp_path) -> None:
    """Given as they were read they are no other data."""
    scenario = rg.Scenario(TEXT)
    rg.train(scenario, data=scenario.data(), out=tmp_path / "run", epochs=1, progress=False, report=False)
    assert len(rg.train(resume=tmp_path / "run", epochs=2, progress=False, report=False).history) == 2


def test_what_is_wrong_with_data_is_said_before() -> None:
    data = few()
    with pytest.raises(rg.UsageError, match="the training part of python has no trial"):
        rg.train(rg.Scenario(TEXT), data=rg.Dataset(data.train[:0], data.train), progress=False)
    bad = data.test[:2] + rg.Trial([1.0], [7], duration=30.0, label=0)
    with pytest.raises(rg.NetworkError, match="test trial 2.*not an input"):
        rg.train(rg.Scenario(TEXT), data=rg.Dataset(data.train, data.validation, bad), progress=False)
    with pytest.raises(rg.UsageError, match="out is 3"):
        rg.train(rg.Scenario(TEXT), out=3)
    with pytest.raises(rg.UsageError, match="device is None; a text"):
        rg.train(rg.Scenario(TEXT), device=None)


def test_epochs_of_fine_tuning_are_no_part_of_the_history(tmp_path) -> None:
    told = []
    tuned = {"chip.fine_tune": {"epochs": 2, "rate": 0.3}, "train.epochs": 1}
    done = rg.train(rg.Scenario(TEXT, set=tuned), data=few(), out=tmp_path / "run", report=False, on_epoch=told.append, progress=False)
    assert told == done.history and len(told) == 1


def test_a_learned_structure_goes_through_pickle() -> None:
    """And so does what else a network has: the copy does what the network does."""
    done = rg.train(rg.Scenario(STRUCTURED), data=few(), progress=False)
    first = rg.Scenario(STRUCTURED).network
    assert any(not np.array_equal(a, b) for a, b in zip(first.synapses("in -> h"), done.network.synapses("in -> h")))
    for again in (pickle.loads(pickle.dumps(done.network)), copy.deepcopy(done.network)):
        assert all(np.array_equal(a, b) for a, b in zip(again.synapses("in -> h"), done.network.synapses("in -> h")))
        assert np.array_equal(again.values, done.network.values) and np.array_equal(again.learned, done.network.learned)
        test = few().test
        assert rg.run(again, test).fingerprint(3) == rg.run(done.network, test).fingerprint(3)


def test_one_training_stops_and_another_goes_on() -> None:
    """An error in one thread is nobody else's."""
    failing, fail = threading.Event(), threading.Event()
    results: dict[str, object] = {}

    def first() -> None:
        def on_epoch(row: dict) -> None:
            failing.set()
            raise KeyError("mine")

        fail.wait(60)
        try:
            rg.train(rg.Scenario(TEXT), data=few(), on_epoch=on_epoch, progress=False)
        except KeyError as error:
            results["first"] = error

    def second() -> None:
        def on_epoch(row: dict) -> None:
            fail.set()
            if row["epoch"] == 1:
                failing.wait(60)

        results["second"] = rg.train(rg.Scenario(TEXT, epochs=8), data=few(), on_epoch=on_epoch, progress=False)

    threads = [threading.Thread(target=work) for work in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert isinstance(results["first"], KeyError)
    done = results["second"]
    assert isinstance(done, rg.Training) and done.finished and len(done.history) == 8


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


def test_gradients_of_ones_own_move_the_optimiser_of_the_scenario() -> None:
    scenario = rg.Scenario(TEXT)
    train, net = scenario.data().train[:16], scenario.network
    theirs, ours = rg.Trainer(net), rg.Trainer(net)
    theirs.step(train)
    run = rg.run(net, train, readout=scenario.loss)
    ours.apply(rg.gradient_of(net, train))
    assert np.array_equal(ours.network.values, theirs.network.values)
    ours.apply(np.zeros_like(net.values), factor=0.5)
    ours.apply(run.backward(times=np.zeros(run.times.size)))
    before = ours.network.values.copy()
    with pytest.raises(rg.UsageError, match="gradient: value 3 is nan"):
        ours.apply(np.where(np.arange(net.values.size) == 3, np.nan, 0.0))
    assert np.array_equal(ours.network.values, before)
    ours.step(train)
    with pytest.raises(rg.UsageError, match="a gradient of the shape"):
        ours.apply([1.0, 2.0])


def test_what_a_trainer_leaves_to_train() -> None:
    net = rg.Scenario(TEXT).network
    for key, value in (("gradient_clip", 1e-9), ("silent_increment", 0.1), ("rate_decay", 0.9)):
        with pytest.warns(rg.RetrogradeWarning, match=f"go without {key}"):
            rg.Trainer(rg.Scenario(TEXT, set={f"train.{key}": value}).network)
    with pytest.raises(rg.UsageError, match="structure"):
        rg.Trainer(rg.Scenario(STRUCTURED).network)
    with pytest.raises(rg.UsageError, match="surrogate"):
        stepped = {"train.method": "surrogate", "train.surrogate.step": "1 ms", "projection.in -> h.learn": ["weight"]}
        rg.Trainer(rg.Scenario(TEXT, set=stepped).network)
    train = few().train[:8]
    for optimiser, said in (
        (lambda values, gradient: None, "returned nothing"),
        (lambda values, gradient: values[:3], "of the shape \\(3,\\)"),
    ):
        with pytest.raises(rg.UsageError, match=said):
            rg.Trainer(net, optimiser=optimiser).step(train)

    def in_place(values: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        values -= 0.5 * gradient
        return values

    mine, plain = rg.Trainer(net, optimiser=in_place), rg.Trainer(net, optimiser=lambda v, g: v - 0.5 * g)
    mine.step(train)
    plain.step(train)
    assert np.array_equal(mine.network.values, plain.network.values) and not np.array_equal(mine.network.values, net.values)
    with pytest.raises(rg.UsageError, match="factor multiplies the rates of Adam"):
        mine.step(train, factor=0.1)
    with pytest.raises(rg.UsageError, match="a function of values and gradient"):
        rg.Trainer(net, optimiser="adam")
    with pytest.raises(rg.UsageError, match="Run.backward"):
        rg.Trainer(net, lambda run: 0.0).step(train)


def test_gradients_say_that_they_go_without_events() -> None:
    text = TEXT + '\n[[event]]\ndo = "silence"\npopulation = "h"\nshare = 0.5\n'
    scenario = rg.Scenario(text)
    trials, plain = scenario.data().test[:16], rg.Scenario(TEXT).data().test[:16]
    with pytest.warns(rg.RetrogradeWarning, match="gradient knows nothing of") as caught:
        g = rg.gradient_of(scenario.network, trials)
    assert all(w.filename == __file__ for w in caught)
    assert np.array_equal(g.values, rg.gradient_of(scenario.network, plain).values)
    with pytest.warns(rg.RetrogradeWarning, match="gradient knows nothing of") as caught:
        rg.Trainer(scenario.network).step(trials)
    assert all(w.filename == __file__ for w in caught)
    # What happens in trials goes with them through pickle, and to parts of them.
    there = rg.run(scenario.network, trials)
    for again in (pickle.loads(pickle.dumps(trials)), rg.Scenario(text).data().test[:32][:16]):
        assert [rg.run(scenario.network, again).fingerprint(k) for k in range(16)] == [there.fingerprint(k) for k in range(16)]
    assert there.counts("h").sum() < rg.run(scenario.network, plain).counts("h").sum()
    with pytest.raises(rg.UsageError, match="not joined"):
        trials + plain
    other = rg.build([dict(name="in", size=5, model="input"), dict(name="z", size=8)], [dict(from_="in", to="z", weight=1.0)])
    with pytest.raises(rg.UsageError, match="this network has others"):
        rg.run(other, trials)


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
    for wrong, said in (
        (dict(tensorboard=True), "tensorboard: without out nothing is kept"),
        (dict(values_every=2), "values_every: without out"),
        (dict(overwrite=True), "overwrite: without out"),
        (dict(epochs=-1), "epochs is -1"),
        (dict(self_check=-1), "self_check is -1"),
        (dict(data=few().train), "data is a Trials; a Dataset"),
        (dict(data=(few().train,)), "data is a tuple; a Dataset"),
    ):
        with pytest.raises(rg.UsageError, match=said):
            rg.train(rg.Scenario(TEXT), **{"data": few(), "progress": False, **wrong})
    with pytest.raises(rg.UsageError, match="resume goes on in its own folder"):
        rg.train(resume=folder, out=tmp_path / "other", progress=False)
    with pytest.raises(rg.UsageError, match="scenario is a list"):
        rg.train([TEXT], progress=False)
    with pytest.raises(rg.UsageError, match="validation is a tuple"):
        rg.Dataset(few().train, ())


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
        names = ("network", "history", "finished", "early", "best_epoch", "best_accuracy", "folder", "device")
        return SimpleNamespace(self_check=wrong, **{name: getattr(core, name) for name in names})

    monkeypatch.setattr(rg.training._core, "train", train)
    with pytest.warns(rg.RetrogradeWarning, match="2 identities are violated in 9 trials.*translation in trial 4"):
        assert rg.train(rg.Scenario(TEXT), data=few(), epochs=1, self_check=1, progress=False).self_check == wrong

"""Runs: spikes and readouts as the command line has them, ragged batches, views, probes."""

from __future__ import annotations

import gc
import pickle

import numpy as np
import pytest

import retrograde as rg
from retrograde._tables import text_of


def random_tables(seed: int, arrays: bool) -> dict:
    """A recurrent network of 12 neurons with delays, inputs, readouts and a loss; its numbers as arrays or
    as they are written."""
    random = np.random.default_rng(seed)
    keep = arrays
    say = (lambda a: a) if keep else (lambda a: a.tolist())
    times = (lambda a: a) if keep else (lambda a: [[f"{x!r} ms" for x in row] for row in a.tolist()])
    inputs, hidden, outputs = 4, 12, 3
    spikes = [[f"{t!r} ms" for t in sorted(random.uniform(0, 40, 5).tolist())] for _ in range(inputs)]
    tau = random.uniform(5, 30, hidden)
    return {
        "scenario": {"duration": "60 ms", "name": "random"},
        "population": [
            dict(name="in", size=inputs, spikes=spikes),
            dict(name="h", size=hidden, tau_mem=tau if keep else [f"{t!r} ms" for t in tau.tolist()]),
            dict(name="out", size=outputs, model="cuba_li"),
        ],
        "projection": [
            dict(
                from_="in",
                to="h",
                weight=say(random.normal(3.0, 2.0, (hidden, inputs))),
                delay=times(random.uniform(0.1, 5.0, (hidden, inputs))),
            ),
            dict(
                from_="h",
                to="h",
                weight=say(random.normal(0.0, 0.7, (hidden, hidden))),
                delay=times(random.uniform(0.5, 5.0, (hidden, hidden))),
            ),
            dict(from_="h", to="out", weight=say(random.normal(0.0, 1.0, (outputs, hidden)))),
        ],
        "loss": dict(kind="voltage_cross_entropy", population="out", label=seed % outputs),
    }


@pytest.mark.parametrize("seed", range(20))
def test_the_command_line_has_the_same_bits(seed, retro) -> None:
    text, nothing = text_of(random_tables(seed, arrays=False))
    assert not nothing
    (retro.folder / "random.toml").write_text(text)
    theirs = retro.json("gradient", "random.toml")

    scenario = rg.Scenario(random_tables(seed, arrays=True))
    net, trials = scenario.network, scenario.data().train
    ours = rg.gradient_of(net, trials)
    assert ours.run.fingerprint() == theirs["fingerprint"]
    assert ours.loss == theirs["loss"]["value"]
    assert len(ours.run.spikes_of("h")[0]) > 5
    for projection, key in (("in -> h", "in->h"), ("h -> h", "h->h"), ("h -> out", "h->out")):
        for kind in ("weight", "delay"):
            matrix = np.array(theirs["gradient"]["projections"][key][kind], dtype=float)
            assert np.array_equal(ours.matrix((projection, kind)), matrix)
    for kind in ("tau_mem", "tau_syn", "v_threshold", "v_reset", "bias"):
        assert ours["h", kind].tolist() == theirs["gradient"]["populations"]["h"][kind]
    by_neuron = theirs["gradient"]["inputs"]["in"]
    for neuron, wanted in enumerate(by_neuron):
        assert ours.input_times[trials.neurons == neuron].tolist() == wanted


def test_a_batch_is_its_trials(net: rg.Network, trials: rg.Trials) -> None:
    batch = rg.run(net, trials)
    assert len(batch) == 8 and batch.offsets.shape == (9,)
    for k, one in enumerate(trials):
        alone = rg.run(net, one)
        assert np.array_equal(batch.times[batch.slice_of(k)], alone.times)
        assert np.array_equal(batch.neurons[batch.slice_of(k)], alone.neurons)
        assert batch.fingerprint(k) == alone.fingerprint()
        times, local = batch.spikes_of("h", k)
        assert np.array_equal(times, alone.times[(alone.neurons >= 2) & (alone.neurons < 5)])
        assert (np.diff(times) >= 0).all() and (local < 3).all()
    counts = batch.counts("h")
    assert counts.shape == (8, 3) and counts.sum() == sum(len(batch.spikes_of("h", k)[0]) for k in range(8))
    first, index = batch.first_spikes("h"), batch.first_spike_index("h")
    for k in range(8):
        times, local = batch.spikes_of("h", k)
        for n in range(3):
            mine = times[local == n]
            assert first[k, n] == (mine[0] if mine.size else np.inf)
            assert index[k, n] == -1 or batch.times[index[k, n]] == first[k, n]


def test_schedulers_agree(net: rg.Network, trials: rg.Trials) -> None:
    first = rg.run(net, trials, scheduler="sequential")
    second = rg.run(net, trials, scheduler="windowed")
    assert np.array_equal(first.neurons, second.neurons)
    assert np.allclose(first.times, second.times, rtol=0, atol=1e-9)
    with pytest.raises(rg.UsageError, match="choose one of automatic, sequential, windowed"):
        rg.run(net, trials, scheduler="fast")


def test_integrals_and_maxima(net: rg.Network, trials: rg.Trials) -> None:
    sums = rg.run(net, trials, readout=dict(kind="voltage_integral", population="out"))
    assert sums.integrals.shape == (8, 2) and sums.maxima.size == 0
    tops = rg.run(net, trials, readout=dict(kind="voltage_maximum", population="out"))
    assert tops.maxima.shape == (8, 2)
    assert np.array_equal(tops.decisions, tops.maxima.argmax(axis=1))
    # A probe is a second implementation: the trapezoidal rule over samples.
    probe = rg.probe(net, "out", interval=0.01, record="v")
    sampled = rg.run(net, trials, probes=[probe])
    for k in range(8):
        r = sampled.recording(k)
        assert r.v.shape == (2, 6001) and r.i.size == 0
        assert np.allclose(np.trapezoid(r.v, r.times, axis=1), sums.integrals[k], rtol=1e-5, atol=1e-6)
        assert np.allclose(r.v.max(axis=1), tops.maxima[k], atol=1e-4)
    weighted = rg.run(
        net, trials, readout=dict(kind="voltage_integral", population="out", tau_weight=15.0)
    )
    r = sampled.recording(3)
    assert np.allclose(
        np.trapezoid(r.v * np.exp(-r.times / 15.0), r.times, axis=1), weighted.integrals[3], rtol=1e-5
    )


def test_readouts_that_cannot_be(net: rg.Network, trials: rg.Trials) -> None:
    with pytest.raises(rg.UsageError, match="population is missing"):
        rg.run(net, trials, readout=dict(kind="first_spike"))
    with pytest.raises(rg.UsageError, match="choose first_spike"):
        rg.run(net, trials, readout=dict(kind="loudest", population="out"))
    with pytest.raises(rg.UsageError, match="tau_wieght"):
        rg.run(net, trials, readout=dict(kind="voltage_integral", population="out", weighting="exponential", tau_wieght=3.0))
    for keys, said in (
        (dict(tau_weight=0.0), "tau_weight is above 0"),
        (dict(weighting="window", from_=5.0, to=2.0), "ends after that"),
        (dict(weighting="linear", tau_weight=3.0), "linear goes with nothing else, and not with tau_weight"),
        (dict(weighting="exponential"), "exponential goes with tau_weight, and not with nothing"),
        (dict(from_=1.0), "constant goes with nothing else"),
        (dict(weighting="loud"), "choose one of constant, exponential"),
        (dict(tau_weight="15"), "15"),
    ):
        with pytest.raises(rg.UsageError, match=said):
            rg.run(net, trials, readout=dict(kind="voltage_integral", population="out", **keys))
    with pytest.raises(rg.UsageError, match="voltage_maximum has no weighting"):
        rg.run(net, trials, readout=dict(kind="voltage_maximum", population="out", tau_weight=3.0))
    with pytest.raises(rg.UsageError, match="a dictionary"):
        rg.run(net, trials, readout="voltage_integral")
    unit = rg.run(net, trials, readout=dict(kind="voltage_integral", population="out", tau_weight="0.015 s"))
    plain = rg.run(net, trials, readout=dict(kind="voltage_integral", population="out", tau_weight=15.0))
    assert np.array_equal(unit.integrals, plain.integrals)
    with pytest.raises(rg.NetworkError):
        rg.run(net, trials, readout=dict(kind="first_spike", population="hidden"))


def test_views_outlive_what_they_are_of(net: rg.Network, trials: rg.Trials) -> None:
    run = rg.run(net, trials)
    times, neurons, values = run.times, run.neurons, net["h", "tau_mem"]
    assert times.base is not None and not times.flags.writeable and not values.flags.writeable
    assert run.times.ctypes.data == times.ctypes.data  # no copy
    before = times.copy(), neurons.copy()
    del run, net, trials
    gc.collect()
    filling = [np.random.default_rng(0).random(1000) for _ in range(100)]
    assert np.array_equal(times, before[0]) and np.array_equal(neurons, before[1])
    assert values.tolist() == [20.0] * 3 and len(filling) == 100
    with pytest.raises(ValueError):
        times[0] = 1.0


def test_trials_in_any_order() -> None:
    times, neurons = [9.0, 2.0, 5.0, 2.0], [0, 1, 0, 0]
    mixed = rg.Trials(times, neurons, duration=20.0)
    assert mixed.times.tolist() == times and mixed.neurons.tolist() == neurons  # as given
    assert mixed[:1].times.tolist() == [2.0, 2.0, 5.0, 9.0]  # taken out: in order
    assert mixed[:1].neurons.tolist() == [0, 1, 0, 0]


def test_trials_are_chosen(trials: rg.Trials) -> None:
    assert len(trials[2:5]) == 3 and len(trials[[7, 0]]) == 2 and len(trials[trials.labels == 1]) == 4
    assert trials[-1].labels.tolist() == [1]
    assert np.array_equal(trials[[3]].times, np.sort(trials.times[int(trials.offsets[3]) : int(trials.offsets[4])]))
    sizes = [len(b) for b in trials.batches(3, seed=1)]
    assert sizes == [3, 3, 2]
    again = pickle.loads(pickle.dumps(trials))
    assert np.array_equal(again.times, trials.times) and np.array_equal(again.labels, trials.labels)
    with pytest.raises(IndexError, match="of 8 trials"):
        trials[8]


def test_trials_that_cannot_be(net: rg.Network) -> None:
    with pytest.raises(rg.UsageError, match="one for each of times"):
        rg.Trials([1.0, 2.0], [0], duration=10.0)
    with pytest.raises(rg.UsageError, match="from 0 to the number of spikes, 2"):
        rg.Trials([1.0, 2.0], [0, 1], [0, 1], duration=10.0)
    with pytest.raises(rg.UsageError, match="offsets fall"):
        rg.Trials([1.0, 2.0], [0, 1], [0, 2, 1, 2], duration=10.0)
    with pytest.raises(rg.UsageError, match="labels"):
        rg.Trials([1.0], [0], duration=10.0, labels=[1, 2])
    with pytest.raises(rg.UsageError, match="whole numbers"):
        rg.Trials([1.0], [0.5], duration=10.0)
    with pytest.raises(rg.UsageError, match="neurons: one is -1; they are from 0"):
        rg.Trials([1.0], [-1], duration=10.0)
    with pytest.raises(rg.NetworkError, match="in\\[0\\]"):
        rg.run(net, rg.Trial([12.0], [0], duration=10.0))
    with pytest.raises(rg.NetworkError, match="neuron 3, which is not an input"):
        rg.run(net, rg.Trial([2.0], [3], duration=10.0))
    with pytest.raises(rg.NetworkError):
        rg.run(net, rg.Trial([2.0], [99], duration=10.0))
    with pytest.raises(rg.NetworkError, match="duration"):
        rg.run(net, rg.Trial([], [], duration=0.0))


def test_trials_whose_numbers_are_none(net: rg.Network, trials: rg.Trials) -> None:
    for wrong, said in (
        (dict(labels=[0.7]), "labels are whole numbers"),
        (dict(labels=[2**32 + 1]), "labels: one is 4294967297"),
        (dict(labels=[-5]), "labels: one is -5"),
        (dict(offsets=[0.0, 2.0]), "offsets are whole numbers"),
        (dict(duration="30"), "duration: .*30"),
    ):
        with pytest.raises(rg.UsageError, match=said):
            rg.Trials([1.0, 2.0], [0, 1], **{"duration": 10.0, **wrong})
    with pytest.raises(rg.UsageError, match="neurons: one is 8589934592"):
        rg.Trials([1.0], [2**33], duration=10.0)
    with pytest.raises(rg.UsageError, match=r"times has the shape \(2, 2\).*Trials.stack"):
        rg.Trials([[1.0, 3.0], [2.0, 4.0]], [[0, 1], [0, 1]], duration=30.0)
    with pytest.raises(rg.UsageError, match="Trials.stack"):
        rg.Trials([[1.0], [2.0, 4.0]], [0, 1, 1], duration=30.0)
    assert rg.Trial([1.0], [0], duration="0.02 s").durations.tolist() == [20.0]
    for rate in (0.0, -5.0, np.nan):
        with pytest.raises(rg.UsageError, match="max_rate is .*above 0"):
            rg.run(net, trials, max_rate=rate)
    for wrong in ([trials], 3, "file.toml"):
        with pytest.raises(rg.UsageError, match="a Trials is needed"):
            rg.run(net, wrong)
        with pytest.raises(rg.UsageError, match="a Network is needed"):
            rg.run(wrong, trials)


def test_trials_begin_as_the_scenario_says(retro) -> None:
    """Those of Python's own, too: v_init is V at 0 ms, the same for numbers and by draw, wherever a trial is."""

    def network(v_init: object) -> rg.Network:
        return rg.build(
            [dict(name="in", size=1, model="input"), dict(name="h", size=2, v_init=v_init)],
            [dict(from_="in", to="h", weight=4.0)],
        )

    own = rg.Trials([1.0, 5.0, 2.0], [0, 0, 0], [0, 2, 3], duration=50.0, labels=[0, 1])
    rest, fixed = network(0.0), network([0.9, 0.25])
    at = [rg.run(n, own, probes=rg.probe(n, "h", times=[0.0])) for n in (rest, fixed)]
    assert at[0].recording(1).v.tolist() == [[0.0], [0.0]] and at[1].recording(1).v.tolist() == [[0.9], [0.25]]
    assert rg.run(fixed, own).counts("h").sum() > rg.run(rest, own).counts("h").sum()
    loss = dict(kind="first_spike_cross_entropy", population="h")
    assert rg.gradient_of(fixed, own, loss).loss != rg.gradient_of(rest, own, loss).loss

    drawn = network(dict(distribution="uniform", low=0.0, high=0.9))
    v = lambda trials, k=0: rg.run(drawn, trials, probes=rg.probe(drawn, "h", times=[0.0])).recording(k).v.tolist()
    assert v(own, 0) != v(own, 1) and v(own[1]) == v(own, 1) == v(pickle.loads(pickle.dumps(own[1])))

    # And as the command line has them of the same spikes.
    text = fixed.scenario.text.replace('model = "input"', 'spikes = [["1 ms", "5 ms"]]')
    (retro.folder / "x.toml").write_text(text)
    theirs = retro.json("run", "x.toml", "--set", "scenario.duration=50 ms")
    assert theirs["fingerprint"] == rg.run(fixed, own).fingerprint()

    # A chip begins at rest, and says so whoever gives the trials.
    with pytest.raises(rg.RetrogradeError, match="begin"):
        rg.emulate(fixed, own, data=rg.Dataset(own), progress=False)


def test_a_scenario_runs_with_its_own_trials(retro) -> None:
    """As ``retro run`` does: its spikes, and its probes."""
    hello = rg.Scenario.read(rg.shipped("hello.toml"))
    done = rg.run(hello, probes=True)
    theirs = retro.json("run", str(rg.shipped("hello.toml")))
    assert done.fingerprint() == theirs["fingerprint"]
    assert rg.run(hello.network).fingerprint() == done.fingerprint()
    recording = done.recording()
    assert recording.population == "hidden" and recording.neurons.tolist() == [0, 1, 2] and recording.v.shape[0] == 3
    with pytest.raises(rg.UsageError, match=r"run with probes="):
        rg.run(hello).recording()
    with pytest.raises(IndexError, match="there are 1 probes, and no 1"):
        done.recording(probe=1)
    with pytest.raises(rg.UsageError, match=r"has \[data\]; take scenario.data"):
        rg.run(rg.Scenario.read(rg.shipped("yin_yang.toml")))


def test_stacked_trials_have_one_of_each() -> None:
    with pytest.raises(rg.UsageError, match="trial 0 has 2 times, 1 neurons"):
        rg.Trials.stack([([1.0, 2.0], [0]), ([3.0], [1, 2])], duration=50.0)
    with pytest.raises(rg.UsageError, match="trial 0 has 1 times, 1 neurons and 2 payloads"):
        rg.Trials.stack([([1.0], [0]), ([1.0, 2.0], [0, 1])], duration=50.0, payloads=[[1.0, 2.0], [3.0]])


def test_trials_are_joined(net: rg.Network, trials: rg.Trials) -> None:
    graded = rg.Trial([2.0, 1.0], [0, 1], duration=30.0, payloads=[3.0, 0.5])
    both = trials[:3] + graded
    assert len(both) == 4 and both.durations.tolist() == [60.0] * 3 + [30.0] and both.labels[3] == -1
    assert both.payloads.tolist() == [1.0] * trials[:3].times.size + [3.0, 0.5]
    done, alone = rg.run(net, both), rg.run(net, graded)
    assert done.fingerprint(3) == alone.fingerprint() != rg.run(net, rg.Trial([2.0, 1.0], [0, 1], duration=30.0)).fingerprint()
    plain = rg.run(net, trials[2])  # by the other scheduler: graded spikes go one by one
    assert np.allclose(done.times[done.slice_of(2)], plain.times, rtol=0, atol=1e-9)
    assert np.array_equal(done.neurons[done.slice_of(2)], plain.neurons)
    same = trials[:3] + trials[3:]
    assert [rg.run(net, same).fingerprint(k) for k in range(8)] == [rg.run(net, trials).fingerprint(k) for k in range(8)]
    stacked = rg.Trials.stack([(both.times[-2:], both.neurons[-2:])], duration=30.0, payloads=[[3.0, 0.5]])
    assert rg.run(net, stacked).fingerprint() == alone.fingerprint()


def test_an_empty_batch_keeps_its_shapes(net: rg.Network, trials: rg.Trials) -> None:
    done = rg.run(net, trials[:0], readout=dict(kind="voltage_integral", population="out"))
    assert done.integrals.shape == (0, 2) and done.counts("h").shape == (0, 3)
    back = done.backward(integrals=np.zeros((0, 2)))
    assert back.values.shape == net.values.shape and not back.values.any()


def test_spikes_as_a_table(net: rg.Network, trials: rg.Trials) -> None:
    pandas = pytest.importorskip("pandas")
    done = rg.run(net, trials)
    table = done.to_pandas()
    assert isinstance(table, pandas.DataFrame) and len(table) == done.times.size
    of_h = table[(table["population"] == "h") & (table["trial"] == 3)]
    times, local = done.spikes_of("h", 3)
    assert of_h["time_ms"].tolist() == times.tolist() and of_h["neuron"].tolist() == local.tolist()
    assert done.to_pandas("h").equals(table[table["population"] == "h"].reset_index(drop=True))


def test_probes_speak_as_scenarios_do(net: rg.Network, trials: rg.Trials) -> None:
    plain = rg.run(net, trials, probes=[rg.probe(net, "h", [0, 2])]).recording()
    # A thousandth of the longest trial of the scenario, to the end of this one.
    assert np.allclose(np.diff(plain.times), 1.0) and plain.times[-1] == 60.0 and plain.i.shape == plain.v.shape
    masked = rg.probe(net, "h", [True, False, True], record="v", from_="1 ms", to=2.0, interval="0.25 ms")
    some = rg.run(net, trials, probes=[masked]).recording()
    assert some.times.tolist() == [1.0, 1.25, 1.5, 1.75, 2.0] and some.v.shape == (2, 5) and some.i.size == 0
    at = rg.run(net, trials, probes=[rg.probe(net, "h", record=["threshold"], receptors=[1], times=[3.0, 1.0])]).recording()
    assert at.times.tolist() == [1.0, 3.0] and at.v.size == 0 and (at.threshold == 1.0).all()
    both = rg.run(net, trials, probes=[rg.probe(net, "h", receptors=[1])]).recording()
    assert np.array_equal(both.receptors[0], both.i) and both.i.any()
    for wrong, said in (
        (dict(interval=0.0), "its interval is above 0"),
        (dict(from_=3.0, to=1.0), "ends after"),
        (dict(times=[1.0], to=3.0), "leave from_, to and interval out"),
        (dict(record=["u"]), "lists v, i or threshold"),
        (dict(receptors=[0]), "receptors is 0; it is from 1 to 1"),
        (dict(neurons=[1.7]), "neurons of h are whole numbers"),
        (dict(neurons=[True]), "a mask of the shape"),
        (dict(neurons=[]), "a probe of no neuron"),
        (dict(from_=2000.0), "give to or interval"),
    ):
        with pytest.raises(rg.UsageError, match=said):
            rg.probe(net, "h", **wrong)
    with pytest.raises(rg.UsageError, match='device "tpu"'):
        rg.run(net, trials, probes=[rg.probe(net, "h")], device="tpu")
    with pytest.raises(rg.UsageError, match="inputs, which have no voltage"):
        rg.probe(net, "in")
    with pytest.raises(rg.UsageError, match="the scenario, which has none"):
        rg.run(net, trials, probes=True)


def test_runaway_activity_is_a_limit() -> None:
    wild = rg.build(
        [dict(name="in", size=1, model="input"), dict(name="h", size=2)],
        [dict(from_="in", to="h", weight=50.0), dict(from_="h", to="h", weight=50.0, delay="0.01 ms")],
    )
    with pytest.raises(rg.LimitError) as caught:
        rg.run(wild, rg.Trial([1.0], [0], duration=1000.0))
    assert caught.value.limit is not None and "h[" in str(caught.value)


def test_no_trials(net: rg.Network) -> None:
    none = rg.Trials.stack([], duration=10.0)
    run = rg.run(net, none)
    assert len(run) == 0 and run.times.shape == (0,) and run.offsets.tolist() == [0]
    with pytest.raises(rg.UsageError, match="no trial"):
        rg.gradient_of(net, none, dict(kind="voltage_cross_entropy", population="out"))

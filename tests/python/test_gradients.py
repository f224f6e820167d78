"""Gradients: against differences, against each other, and for losses of one's own."""

from __future__ import annotations

import numpy as np
import pytest

import retrograde as rg

LOSS = dict(kind="voltage_cross_entropy", population="out", weighting="constant", gain=2.0)


def differences(loss_of, values: np.ndarray, places: list[int], h: float = 1e-6) -> np.ndarray:
    """Central differences at some places."""
    result = []
    for k in places:
        step = np.zeros_like(values)
        step[k] = h
        result.append((loss_of(values + step) - loss_of(values - step)) / (2 * h))
    return np.array(result)


def places_of(net: rg.Network) -> list[int]:
    """One value of each name that differences can move both ways: not what lies at the end of its range."""
    lower, upper = net.bounds()
    middle = [b.begin + b.size // 2 for b in net.blocks if b.owner not in ("in", "out")]
    inside = [p for p in middle if lower[p] + 1e-3 < net.values[p] < upper[p] - 1e-3]
    # The recurrent weight, which is negative, the bias, and V after a spike are among them.
    names = {(b.owner, b.kind) for b in net.blocks if any(b.begin <= p < b.begin + b.size for p in inside)}
    assert names >= {("h->h", "weight"), ("h->h", "delay"), ("h", "bias"), ("h", "v_reset"), ("h", "tau_mem")}
    return inside


def test_built_in_loss_against_differences(net: rg.Network, trials: rg.Trials) -> None:
    g = rg.gradient_of(net, trials, LOSS)
    places = places_of(net)

    def loss_of(values: np.ndarray) -> float:
        return rg.evaluate(net.with_values(values), trials, LOSS)[0]

    numbers = differences(loss_of, net.values.copy(), places)
    exact = g.values[places]
    assert np.abs(exact).max() > 1e-3
    assert np.allclose(exact, numbers, rtol=1e-4, atol=1e-7)


def test_a_loss_of_ones_own_against_differences(net: rg.Network, trials: rg.Trials) -> None:
    target = np.random.default_rng(3).uniform(5.0, 30.0, (8, 3))

    def loss_and_derivative(run: rg.Run) -> tuple[float, np.ndarray]:
        index, first = run.first_spike_index("h"), run.first_spikes("h")
        fired = index >= 0
        error = np.where(fired, first - target, 0.0)
        derivative = np.zeros(run.times.size)
        derivative[index[fired]] = error[fired]
        return 0.5 * float((error**2).sum()), derivative

    run = rg.run(net, trials)
    _, derivative = loss_and_derivative(run)
    g = run.backward(times=derivative)
    places = places_of(net)
    numbers = differences(
        lambda v: loss_and_derivative(rg.run(net.with_values(v), trials))[0], net.values.copy(), places
    )
    assert np.abs(numbers).max() > 1e-2
    assert np.allclose(g.values[places], numbers, rtol=1e-4, atol=1e-6)
    with pytest.raises(rg.UsageError, match="yours"):
        g.loss


def test_integrals_and_maxima_against_differences(net: rg.Network, trials: rg.Trials) -> None:
    wanted = np.random.default_rng(4).normal(size=(8, 2))
    for kind, argument in (("voltage_integral", "integrals"), ("voltage_maximum", "maxima")):
        readout = dict(kind=kind, population="out")

        def loss_of(values: np.ndarray) -> float:
            run = rg.run(net.with_values(values), trials, readout=readout)
            return float((wanted * getattr(run, argument)).sum())

        g = rg.run(net, trials, readout=readout).backward(**{argument: wanted})
        places = places_of(net)
        numbers = differences(loss_of, net.values.copy(), places)
        assert np.abs(numbers).max() > 1e-2
        assert np.allclose(g.values[places], numbers, rtol=1e-4, atol=1e-5), kind


def test_the_built_in_loss_by_hand(net: rg.Network, trials: rg.Trials) -> None:
    """Softmax cross-entropy of mean voltages, written in NumPy: the derivatives of the readouts go in."""
    run = rg.run(net, trials, readout=dict(kind="voltage_integral", population="out"))
    mean = LOSS["gain"] * run.integrals / 60.0
    p = np.exp(mean - mean.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    hot = np.eye(2)[trials.labels]
    mine = run.backward(integrals=LOSS["gain"] * (p - hot) / 60.0 / 8)
    theirs = rg.gradient_of(net, trials, LOSS)
    assert theirs.loss == pytest.approx(-np.log(p[np.arange(8), trials.labels]).mean(), rel=1e-12)
    assert np.allclose(mine.values, theirs.values, rtol=1e-9, atol=1e-15)
    assert np.allclose(mine.input_times, theirs.input_times, rtol=1e-9, atol=1e-15)
    assert theirs.accuracy == np.mean(mean.argmax(axis=1) == trials.labels)


def test_input_times_against_differences(net: rg.Network) -> None:
    times, neurons = np.array([9.0, 2.0, 5.5, 14.0]), np.array([0, 1, 0, 1])

    def loss_of(t: np.ndarray) -> float:
        return rg.evaluate(net, rg.Trials(t, neurons, duration=60.0, labels=[1]), LOSS)[0]

    g = rg.gradient_of(net, rg.Trials(times, neurons, duration=60.0, labels=[1]), LOSS)
    numbers = differences(loss_of, times, list(range(4)))
    assert np.abs(numbers).max() > 1e-4
    assert np.allclose(g.input_times, numbers, rtol=1e-4, atol=1e-8)  # in the order that was given


def test_initial_v(net: rg.Network, trials: rg.Trials) -> None:
    g = rg.gradient_of(net, trials, LOSS, initial_v=True)
    assert g.initial_v.shape == (8, 7) and np.abs(g.initial_v[:, 2:]).max() > 0
    assert rg.gradient_of(net, trials, LOSS).initial_v.size == 0


def test_the_mean_is_of_its_trials(net: rg.Network, trials: rg.Trials) -> None:
    whole = rg.gradient_of(net, trials, LOSS)
    each = [rg.gradient_of(net, one, LOSS) for one in trials]
    assert np.allclose(whole.values, np.mean([g.values for g in each], axis=0), rtol=1e-12, atol=1e-16)
    assert whole.losses.tolist() == [g.loss for g in each]
    assert np.array_equal(whole.values, rg.gradient_of(net, trials, LOSS).values)  # bit for bit again


def test_by_name(net: rg.Network, trials: rg.Trials) -> None:
    g = rg.gradient_of(net, trials, LOSS)
    assert g["in -> h", "weight"].shape == (6,) and g["h", "tau_mem"].shape == (3,)
    assert g.matrix(("in -> h", "weight")).shape == (3, 2)
    assert np.isnan(np.diag(g.matrix(("h -> h", "weight")))).all()
    named = dict(g.items())
    assert np.array_equal(named["in->h", "weight"], g["in -> h", "weight"])
    with pytest.raises(rg.NetworkError, match="tau_mem"):
        g["h", "tau"]
    cheap = rg.gradient_of(net, trials, LOSS, neuron_parameters=False)
    assert (cheap["h", "tau_mem"] == 0).all()
    assert np.allclose(cheap["in -> h", "weight"], g["in -> h", "weight"], rtol=1e-12)
    pandas = pytest.importorskip("pandas")
    table = g.to_pandas()
    assert isinstance(table, pandas.DataFrame) and "accuracy" in repr(g)
    row = table[(table["owner"] == "in->h") & (table["kind"] == "weight") & (table["index"] == 4)].iloc[0]
    assert (row["value"], row["gradient"]) == (net["in -> h", "weight"][4], g["in -> h", "weight"][4])


def test_what_does_not_fit(net: rg.Network, trials: rg.Trials) -> None:
    run = rg.run(net, trials)
    with pytest.raises(rg.UsageError, match="one for each spike of the run"):
        run.backward(times=np.zeros(3))
    with pytest.raises(rg.UsageError, match="voltage_integral"):
        run.backward(integrals=np.zeros((8, 2)))
    derivatives = np.zeros(run.times.size)
    derivatives[7] = np.nan
    with pytest.raises(rg.UsageError, match="times: value 7 is nan"):
        run.backward(times=derivatives)
    with pytest.raises(rg.UsageError, match="give times, integrals or maxima"):
        run.backward()
    # As many values, and yet others.
    read = rg.run(net, trials[:3], readout=dict(kind="voltage_integral", population="out"))
    with pytest.raises(rg.UsageError, match=r"integrals has the shape \(2, 3\); it needs \(3, 2\)"):
        read.backward(integrals=np.zeros((2, 3)))
    with pytest.raises(rg.ScenarioError, match="kind"):
        rg.gradient_of(net, trials, dict(kind="cross", population="out"))
    with pytest.raises(rg.UsageError, match="there is no loss"):
        rg.gradient_of(net, trials)
    # A loss by classes of trials without labels.
    with pytest.raises(rg.ScenarioError, match="label"):
        rg.gradient_of(net, rg.Trial([1.0], [0], duration=20.0), LOSS)


def test_descent(net: rg.Network, trials: rg.Trials) -> None:
    """A loop of one's own, in NumPy alone."""
    losses = []
    for _ in range(20):
        g = rg.gradient_of(net, trials, LOSS)
        losses.append(g.loss)
        step = np.where(net.learned & np.isin(np.arange(g.values.size), _weights(net)), g.values, 0.0)
        net = net.with_values(net.values - 0.3 * step / np.abs(step).max())
    assert losses[-1] < 0.9 * losses[0]


def _weights(net: rg.Network) -> np.ndarray:
    return np.concatenate([np.arange(b.begin, b.begin + b.size) for b in net.blocks if b.kind == "weight"])

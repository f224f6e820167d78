"""Networks from dictionaries and arrays: the same as from files, values by name, and what is refused."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import retrograde as rg


def test_populations_and_projections(net: rg.Network) -> None:
    assert [p.name for p in net.populations] == ["in", "h", "out"]
    assert [p.model for p in net.populations] == ["input", "cuba_lif", "cuba_li"]
    assert [(p.first, p.size) for p in net.populations] == [(0, 2), (2, 3), (5, 2)]
    assert [(p.source, p.target, p.size) for p in net.projections] == [
        ("in", "h", 6),
        ("h", "h", 6),
        ("h", "out", 6),
    ]
    assert net.neuron_count == 7 and net.synapse_count == 18
    assert net.neurons("h", [0, 2]).tolist() == [2, 4]
    assert net.neuron_name(4) == "h[2]"


def test_matrices_have_targets_as_rows(net: rg.Network) -> None:
    w = np.array([[8.0, 4.0], [5.0, 6.0], [3.0, 9.0]])
    assert np.array_equal(net.matrix(("in -> h", "weight")), w)
    sources, targets = net.synapses("in -> h")
    assert np.array_equal(net["in -> h", "weight"], w[targets, sources])
    assert np.isnan(np.diag(net.matrix(("h -> h", "weight")))).all()


def test_values_by_name(net: rg.Network) -> None:
    assert net["h", "tau_mem"].tolist() == [20.0] * 3
    changed = net.with_values(
        {("h", "tau_mem"): [10.0, 11.0, 12.0], ("in -> h", "delay"): 2.0, ("h->out", "weight"): np.ones((2, 3))}
    )
    assert changed["h", "tau_mem"].tolist() == [10.0, 11.0, 12.0]
    assert (changed["in -> h", "delay"] == 2.0).all() and (changed["h -> out", "weight"] == 1.0).all()
    assert net["h", "tau_mem"].tolist() == [20.0] * 3  # stays as it was
    assert np.array_equal(net.with_values(changed.values).values, changed.values)


def test_what_is_learned(net: rg.Network) -> None:
    learned = net.learned
    for block in net.blocks:
        wanted = (block.owner, block.kind) in {
            ("in->h", "weight"),
            ("in->h", "delay"),
            ("h->out", "weight"),
            ("h", "tau_mem"),
        }
        assert learned[block.slice].all() if wanted else not learned[block.slice].any(), block
    lower, upper = net.bounds()
    assert lower[net.block("in -> h", "delay").slice].tolist() == [0.0] * 6
    assert (lower <= upper).all()


def test_sparse_and_nan_are_one_network() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    w = np.array([[8.0, np.nan], [np.nan, 6.0], [3.0, 9.0]])
    d = np.array([[1.0, 7.0], [7.0, 2.0], [3.0, 4.0]])
    matrix = sparse.coo_array((w[~np.isnan(w)], np.nonzero(~np.isnan(w))), shape=w.shape)
    delays = sparse.csr_array(np.where(np.isnan(w), 0.0, d))

    def network(weight: object, delay: object) -> rg.Network:
        return rg.build(
            [dict(name="in", size=2, model="input"), dict(name="h", size=3)],
            [dict(from_="in", to="h", weight=weight, delay=delay)],
        )

    first = network(w, d)
    assert first.synapse_count == 4
    assert np.array_equal(first.matrix(("in -> h", "weight")), w, equal_nan=True)
    assert np.array_equal(first.matrix(("in -> h", "delay")), np.where(np.isnan(w), np.nan, d), equal_nan=True)
    assert np.array_equal(network(matrix, d).values, first.values)
    assert np.array_equal(network(matrix, delays).values, first.values)
    listed = rg.build(
        [dict(name="in", size=2, model="input"), dict(name="h", size=3)],
        [
            dict(
                from_="in",
                to="h",
                synapses=dict(source=[0, 0, 1, 1], target=[0, 2, 1, 2], weight=[8.0, 3.0, 6.0, 9.0], delay=[1.0, 3.0, 2.0, 4.0]),
            )
        ],
    )
    assert np.array_equal(listed.values, first.values)


def test_matrices_with_holes_have_their_shape_too() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    whole = np.arange(1.0, 7.0).reshape(3, 2)
    holes = whole.copy()
    holes[0, 1] = np.nan

    def build(**keys: object) -> rg.Network:
        return rg.build(
            [dict(name="in", size=2, model="input"), dict(name="h", size=3)], [dict(from_="in", to="h", **keys)]
        )

    for weight in (holes.T, holes[:2], sparse.csr_array(whole.T), sparse.csr_array((2, 3)), sparse.csr_array(whole[:2])):
        with pytest.raises(rg.UsageError, match=r"has to be \(3, 2\): a row for each neuron of h, a column for each of in"):
            build(weight=weight)
    for delay in (np.ones((4, 5)), np.ones((2, 3)), sparse.csr_array(np.ones((2, 3)))):
        with pytest.raises(rg.UsageError, match=r"that of weight is \(3, 2\)"):
            build(weight=holes, delay=delay)
    for delay in (np.full((3, 2), 2.0), [[2.0, 2.0]] * 3, [["2 ms", "2 ms"]] * 3, "2 ms"):
        assert build(weight=holes, delay=delay)["in -> h", "delay"].tolist() == [2.0] * 5
    with pytest.raises(rg.UsageError, match="has no numbers"):
        build(weight=np.array([["a", "b"]] * 3, dtype=object))


def test_what_build_is_told_twice_or_in_vain() -> None:
    populations = [dict(name="in", size=2, model="input")]
    with pytest.raises(rg.UsageError, match="population: the first two arguments"):
        rg.build(populations, population=[dict(name="h", size=1)])
    with pytest.raises(rg.UsageError, match='nothing names "w"; write { file = "memory:w" }'):
        rg.Scenario({"scenario": {"duration": "9 ms"}, "population": populations}, arrays={"w": [1.0]})
    assert rg.build(populations, duration=50.0).scenario.duration == 50.0
    assert rg.build(populations, seed=2**64 - 1).scenario.seed == 2**64 - 1
    for wrong, said in ((dict(seed=-1), "seed is -1"), (dict(duration=[1]), "is no time"), (dict(seed=1.5), "seed is 1.5")):
        with pytest.raises(rg.UsageError, match=said):
            rg.build(populations, **wrong)
    with pytest.raises(rg.UsageError, match="epochs is -1"):
        rg.Scenario({"scenario": {"duration": "9 ms"}, "population": populations}, epochs=-1)


def test_neurons_by_mask(net: rg.Network) -> None:
    assert net.neurons("h", [True, False, True]).tolist() == [2, 4]
    for index, said in (([True], "a mask of the shape"), ([1.7], "whole numbers"), ([3], "one is 3; they are from 0 to 2")):
        with pytest.raises(rg.UsageError, match=said):
            net.neurons("h", index)
    assert [p.receptor for p in net.projections] == [1, 1, 1]
    with pytest.raises(rg.UsageError, match="two names, an owner and a kind"):
        net["h"]
    with pytest.raises(rg.UsageError, match=r"it is \(3,\), a value for each neuron"):
        net.with_values({("h", "tau_mem"): np.ones((3, 1))})


def test_arrays_are_as_if_they_were_written() -> None:
    tau = np.array([10.0, 20.0, 30.0])
    w = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])

    def network(tau_mem: object, weight: object, v_init: object) -> rg.Network:
        return rg.build(
            [dict(name="in", size=2, model="input"), dict(name="h", size=3, tau_mem=tau_mem, v_init=v_init)],
            [dict(from_="in", to="h", weight=weight)],
        )

    arrays = network(tau, w, np.array([0.1, 0.2, 0.3]))
    written = network([f"{t} ms" for t in tau], w.tolist(), [0.1, 0.2, 0.3])
    assert np.array_equal(arrays.values, written.values)
    assert set(arrays.scenario.arrays) == {"population_2_tau_mem", "projection_1_weight"}


def test_text_names_arrays() -> None:
    text = """
    scenario = { duration = "50 ms" }
    population = [{ name = "in", size = 2, model = "input" }, { name = "h", size = 1 }]
    projection = [{ from = "in", to = "h", weight = { file = "memory:w" }, delay = { file = "memory:all", array = "d" } }]
    """
    scenario = rg.Scenario(text, arrays={"w": [[3.0, 4.0]], "all": {"d": [[1.0, 2.0]]}})
    assert scenario.network["in -> h", "weight"].tolist() == [3.0, 4.0]
    assert scenario.network["in -> h", "delay"].tolist() == [1.0, 2.0]
    with pytest.raises(rg.ScenarioError, match="no array called w was given"):
        rg.Scenario(text, arrays={"all": {"d": [[1.0, 2.0]]}})


def test_options_of_the_command_line(tmp_path) -> None:
    file = tmp_path / "small.toml"
    file.write_text(
        'scenario = { duration = "50 ms" }\n'
        'population = [{ name = "in", size = 2, model = "input" }, { name = "h", size = 4 }]\n'
        'projection = [{ from = "in", to = "h", weight = { distribution = "normal", mean = 1.0, std = 0.5 } }]\n'
    )
    plain = rg.Scenario.read(file)
    assert plain.name == "small" and plain.seed == 1 and plain.duration == 50.0
    other = rg.Scenario.read(file, seed=2, set={"scenario.duration": "20 ms", "population.h.size": 3})
    assert other.seed == 2 and other.duration == 20.0 and other.network.population("h").size == 3
    assert not np.array_equal(plain.network["in -> h", "weight"][:6], other.network["in -> h", "weight"])


def test_errors_have_the_fields_of_cpp() -> None:
    with pytest.raises(rg.ScenarioError) as caught:
        rg.build([dict(name="h", size=0)])
    error = caught.value
    assert error.key == "population[0].size" and error.file == "python" and error.line > 0
    assert "size" in str(error) and error.message and error.message in str(error)
    assert isinstance(error, rg.RetrogradeError)

    with pytest.raises(rg.ScenarioError, match="tau_mme"):
        rg.build([dict(name="h", size=1, tau_mme="20 ms")])
    with pytest.raises(rg.IoError) as missing:
        rg.Scenario.read("/nowhere/at_all.toml")
    assert missing.value.file == "/nowhere/at_all.toml"


def test_names_that_are_not_there(net: rg.Network) -> None:
    with pytest.raises(rg.NetworkError, match="h->out"):
        net["in -> out", "weight"]
    with pytest.raises(rg.NetworkError, match="tau_mem"):
        net["h", "tau_man"]
    with pytest.raises(rg.UsageError, match="2 values for 3"):
        net.with_values({("h", "tau_mem"): [1.0, 2.0]})
    with pytest.raises(rg.UsageError, match=r"\(targets, sources\)"):
        net.with_values({("in -> h", "weight"): np.ones((2, 3))})
    with pytest.raises(rg.UsageError, match="values where there is no synapse"):
        net.with_values({("h -> h", "weight"): np.ones((3, 3))})
    assert net.with_values({("h -> h", "weight"): np.ones((3, 3)) - np.eye(3)}).synapse_count == net.synapse_count
    with pytest.raises(rg.NetworkError, match="tau_mem"):
        net.with_values({("h", "tau_mem"): -1.0})
    with pytest.raises(rg.UsageError, match="as many as values"):
        net.with_values(np.zeros(3))
    with pytest.raises(rg.UsageError, match="from 0 to 2"):
        net.neurons("h", [3])


def test_what_a_scenario_cannot_say() -> None:
    with pytest.raises(rg.UsageError, match="population_1.size: a object"):
        rg.build([dict(name="h", size=object())])
    with pytest.raises(rg.UsageError, match="duration is an argument"):
        rg.build([dict(name="h", size=1)], scenario=dict(duration="3 ms"))


def test_pickle(net: rg.Network) -> None:
    changed = net.with_values({("h", "tau_mem"): [10.0, 11.0, 12.0]})
    again = pickle.loads(pickle.dumps(changed))
    assert np.array_equal(again.values, changed.values)
    assert np.array_equal(again.learned, net.learned)
    scenario = pickle.loads(pickle.dumps(net.scenario))
    assert np.array_equal(scenario.network.values, net.values)

"""Networks on the chip: check, quantise, emulate, fit and forecast are those of the command line."""

from __future__ import annotations

import csv
import json
import sys
import types
import warnings

import numpy as np
import pytest

import retrograde as rg

LIBRARY = rg.shipped("hello.toml").parent
XOR = LIBRARY / "temporal_xor.toml"

# Little enough for every chip, and its hidden layer is dead from the beginning.
FOR_XYLO = """
[scenario]
duration = "60 ms"
[[population]]
name = "in"
size = 4
spikes = [["2 ms", "4 ms", "9 ms"], ["3 ms"], ["5 ms"], ["7 ms"]]
[[population]]
name = "hidden"
size = 8
tau_mem = "15.494625 ms"
tau_syn = "3.476059 ms"
[[population]]
name = "out"
size = 2
tau_mem = "15.494625 ms"
tau_syn = "3.476059 ms"
[[projection]]
from = "in"
to = "hidden"
weight = 4.0
[[projection]]
from = "hidden"
to = "out"
weight = 0.5
delay = "1 ms"
[loss]
kind = "first_spike_cross_entropy"
population = "out"
label = 0
[[event]]
do = "silence"
population = "hidden"
"""

pytestmark = pytest.mark.filterwarnings("ignore::retrograde.RetrogradeWarning")


@pytest.fixture(scope="module")
def checked() -> rg.Check:
    return rg.check(XOR, progress=False)


@pytest.fixture(scope="module")
def quantised() -> rg.Quantised:
    return rg.quantise(XOR, progress=False)


@pytest.fixture
def table(monkeypatch):
    """What to_pandas gives, whether pandas is there or not: its rows."""

    class DataFrame(list):
        def set_index(self, name):
            assert all(name in row for row in self)
            return self

    monkeypatch.setitem(sys.modules, "pandas", types.SimpleNamespace(DataFrame=DataFrame))


# ---- check ----


def test_check_is_that_of_the_command_line(retro, checked) -> None:
    theirs = retro.json_text("check", str(XOR))
    assert checked.to_json() == theirs
    assert str(checked) == retro("check", str(XOR))
    # The same in memory: a scenario, and a network with its values.
    scenario = rg.Scenario.read(XOR)
    assert rg.check(scenario, progress=False).to_json() == theirs
    assert rg.check(scenario.network, progress=False).to_json() == theirs


def test_check_says_what_the_document_says(checked) -> None:
    d = checked.to_dict()
    assert d["schema"] == "retrograde.check/1" and checked.fits and checked.verdict == d["chip"]["verdict"]
    assert checked.accuracy == {"exact": d["exact"]["accuracy"], "chip": d["chip"]["accuracy"]}
    assert checked.agreement == d["chip"]["agreement"] and checked.faithful
    assert [row["population"] for row in checked.layers] == ["hidden"]
    assert checked.budget == d["chip"]["error_budget"]["steps"] and len(checked.decisions) == 400
    assert checked.findings[0]["severity"] == "warning" and checked.registers and checked.cores
    assert "fits Loihi 2" in repr(checked) and "<table>" in checked._repr_html_()
    # From the exact accuracy to that on the chip.
    assert sum(checked.waterfall.values()) == pytest.approx(100.0 * d["chip"]["error_budget"]["steps"][-1]["added"]["accuracy"])


def test_check_takes_settings_chips_and_folders(retro, tmp_path) -> None:
    theirs = retro.json_text("check", str(XOR), "--set", "chip.step=0.5 ms", "--chip", "loihi1")
    made = rg.check(rg.Scenario.read(XOR).network, "loihi1", set={"chip.step": "0.5 ms"}, out=tmp_path / "c", progress=False)
    assert made.to_json() == theirs
    assert {p.name for p in (tmp_path / "c").iterdir()} >= {"check.json", "report.html"}
    assert (tmp_path / "c" / "check.json").read_text() == theirs
    xylo = rg.check(XOR, "xylo_audio3", progress=False)
    theirs = retro.json("check", str(XOR), "--chip", "xylo_audio3", status=0 if xylo.fits else 1)
    assert xylo.to_dict() == theirs and xylo.to_dict()["schema"] == "retrograde.chip_check/1"
    assert xylo.findings == theirs["verdict"]["findings"]


def test_check_of_integers_and_of_sparse_coding(retro, tmp_path, monkeypatch) -> None:
    rg.export(XOR, "chip", tmp_path / "x.chip", progress=False)
    text = XOR.read_text()
    text = text[: text.index("[[population]]")] + '[network]\nfile = "x.chip"\n' + text[text.index("[data]") : text.index("[train]")]
    (tmp_path / "integers.toml").write_text(text)
    ours = rg.check(tmp_path / "integers.toml", progress=False)
    assert ours.to_json() == retro.json_text("check", "integers.toml")
    assert ours.accuracy["exact"] is None and ours.to_dict()["schema"] == "retrograde.check_integers/1"
    in_memory = rg.Scenario.read(tmp_path / "integers.toml")
    assert rg.check(in_memory, progress=False).to_json() == ours.to_json()
    # Sparse coding.
    hello = LIBRARY / "pursuit_hello.toml"
    ours = rg.check(hello, trials=2, progress=False)
    assert ours.to_json() == retro.json_text("check", str(hello), "--trials", "2", status=0 if ours.fits else 1)
    assert not ours.fits and "no neuron of the chip has the norm of a group" in ours.to_dict()["refusal"]


def test_a_network_goes_there_with_the_values_that_it_has(net, trials) -> None:
    loss = dict(kind="voltage_cross_entropy", population="out", label=0)

    def built(weight) -> rg.Network:
        return rg.build(
            populations=[
                dict(name="in", size=2, model="input"),
                dict(name="h", size=3),
                dict(name="out", size=2, model="cuba_li"),
            ],
            projections=[
                dict(from_="in", to="h", weight=weight, delay="0.5 ms"),
                dict(from_="h", to="out", weight=np.array([[1.0, 0.5, 0.2], [0.1, 0.7, 0.9]]), delay="1 ms"),
            ],
            loss=loss,
            duration="60 ms",
        )

    weight = np.array([[8.0, 4.0], [5.0, 6.0], [3.0, 9.0]])
    base, wanted = built(weight), built(weight[::-1])
    other = base.with_values({("in -> h", "weight"): weight[::-1]})
    data = rg.Dataset(trials, trials[:0], trials)
    made = [rg.quantise(each, data=data, progress=False)["in -> h", "weight"] for each in (base, wanted, other)]
    assert np.array_equal(made[1], made[2]) and not np.array_equal(made[0], made[2])
    seen = rg.check(other, data=data, progress=False)
    assert seen.to_dict()["trials"] == 8 and len(seen.decisions) == 8
    run = rg.run(other, trials)  # with the readout of its loss
    assert [row["exact"] for row in seen.decisions] == run.decisions.tolist()


def test_what_happens_in_trials_happens_there_too(retro, tmp_path) -> None:
    """Dead neurons, on both sides; and who does not know of them says so."""
    text = XOR.read_text()
    text = text[: text.index("[study]")] if "[study]" in text else text
    text += '\n[[event]]\nname = "fault"\ndo = "silence"\npopulation = "hidden"\nshare = 0.4\n'
    (tmp_path / "x.toml").write_text(text)
    with pytest.warns(rg.RetrogradeWarning, match=r"\[\[event\]\] happens in the trials that are judged \(fault\)"):
        ours = rg.check(tmp_path / "x.toml", progress=False)
    assert ours.to_json() == retro.json_text("check", "x.toml")
    test = rg.Scenario.read(tmp_path / "x.toml").data().test
    emulation = rg.emulate(tmp_path / "x.toml", test, progress=False)
    assert emulation.decisions.tolist() == [row["chip"] for row in ours.decisions]
    silent = (emulation.counts("hidden").sum(axis=0) == 0).sum()
    assert silent >= 4
    with pytest.warns(rg.RetrogradeWarning, match="the comparison knows nothing of"):
        rg.diff(tmp_path / "x.toml", trial=0)
    # Another chip knows nothing of it, whatever it is asked.
    (tmp_path / "y.toml").write_text(FOR_XYLO)
    assert rg.check(rg.Scenario(FOR_XYLO[: FOR_XYLO.index("[[event]]")]), "xylo_audio3", progress=False).fits
    for verb in (rg.check, rg.fit, rg.forecast):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(rg.DeploymentError, match=r"things happen in it besides spikes \(\[\[event\]\]\)"):
                verb(tmp_path / "y.toml", "xylo_audio3", progress=False)


# ---- quantise ----


def test_quantised_integers_by_their_formulas(quantised) -> None:
    """docs/loihi2.md, and hardware/loihi2/deploy/quantize.hpp, once more."""
    net, q = rg.Scenario.read(XOR).network, quantised
    assert q.step == 1.0
    tau_mem, tau_syn = 5.0, 2.0
    du = round(4096 * (1 - np.exp(-1 / tau_syn))) - 1
    dv = round(4096 * (1 - np.exp(-1 / tau_mem)))
    assert set(q["hidden", "du"]) == {du} and set(q["hidden", "dv"]) == {dv}
    # The time constants for which the integers stand, and the weight that a step gives.
    a, b = -np.log(1 - dv / 4096), -np.log(1 - (du + 1) / 4096)
    gain = a * (np.exp(-a) - np.exp(-b)) / (b - a)
    stored = {row["projection"]: row for row in q.projections}
    for name in ("in -> hidden", "hidden -> hidden", "hidden -> out"):
        row = stored[name.replace(" ", "")]
        scale = q[row["to"], "scale"][q.synapses(name)[1]]
        source, target = net.synapses(name)
        assert np.array_equal(q.synapses(name)[0], source) and np.array_equal(q.synapses(name)[1], target)
        wanted = np.clip(np.round(gain * net[name, "weight"] / scale), -128, 127)
        held = q[name, "weight"] * 2.0 ** (row["weight_exponent"])
        bits = 2.0 ** (8 - row["weight_bits"])
        assert np.abs(held - wanted * 2.0 ** q.weight_exponent).max() <= bits
        assert (np.abs(held - wanted * 2.0 ** q.weight_exponent) == 0).mean() > 0.9
    # Spikes of neurons are taken to be a quarter of a step into theirs.
    delay = net["hidden -> hidden", "delay"]
    assert np.array_equal(q["hidden -> hidden", "delay"], np.clip(np.round(delay + 0.25 - 1), 0, 62))
    assert q["hidden", "refractory_delay"][0] == 30
    vth = q["hidden", "vth"] * q["hidden", "scale"] * 1.0
    assert np.allclose(vth, gain * 0 + 1.0, rtol=0.02)


def test_quantised_names_and_tables(quantised, table) -> None:
    q = quantised
    assert q["hidden -> hidden", "weight"].dtype == np.int32 and not q["hidden->hidden", "weight"].flags.writeable
    matrix = q.matrix(("in -> hidden", "weight"))
    assert matrix.shape == (10, 2)
    source, target = q.synapses("in -> hidden")
    assert np.array_equal(matrix[target, source], q["in -> hidden", "weight"])
    assert q.names("in -> hidden") == ["source", "target", "weight", "delay"]
    assert "5 of 20 weights are clipped" in q.warnings[0]
    assert [row["projection"] for row in q.to_pandas()] == ["in->hidden", "hidden->hidden", "hidden->out"]
    assert len(q.to_pandas("hidden")) == 10 and set(q.to_pandas("in->hidden")[0]) == {"source", "target", "weight", "delay"}
    with pytest.raises(rg.NetworkError, match='no "tau_mem" on the chip; there are scale, du, dv'):
        q["hidden", "tau_mem"]
    with pytest.raises(rg.NetworkError, match='no "hiden" with values'):
        q["hiden", "vth"]
    # Arrays outlive what they are of.
    weights = rg.quantise(XOR, progress=False)["in -> hidden", "weight"]
    assert np.array_equal(weights, q["in -> hidden", "weight"])


def test_it_says_what_is_clipped_as_python_warns() -> None:
    with pytest.warns(rg.RetrogradeWarning, match="5 of 20 weights are clipped"):
        rg.quantise(XOR, progress=False)


# ---- emulate ----


def test_emulation_is_the_trace_of_the_command_line(retro, quantised) -> None:
    test = rg.Scenario.read(XOR).data().test
    retro("run", str(XOR), "--trial", "3", "--chip", "--trace", "trace.csv")
    ours = rg.emulate(quantised, test[3:4], registers=True, progress=False)
    lines = [l for l in (retro.folder / "trace.csv").read_text().splitlines() if not l.startswith("#")]
    rows = list(csv.DictReader(lines))
    assert rows
    spikes = {(r["population"], int(r["neuron"]), int(r["step"])) for r in rows if r["spike"] not in ("", "0")}
    found = set()
    for name in ("in", "hidden", "out"):
        steps, local = ours.spikes_of(name)
        found |= {(name, int(n), int(s)) for s, n in zip(steps, local)}
    assert found == spikes
    registers = {name: ours.registers(name) for name in ("hidden", "out")}
    compared = 0
    for r in rows:
        if r["v"] == "":
            continue
        u, v = registers[r["population"]]
        assert (u[int(r["neuron"]), int(r["step"])], v[int(r["neuron"]), int(r["step"])]) == (int(r["u"]), int(r["v"]))
        compared += 1
    assert compared > 500


def test_emulation_of_a_part_decides_as_check_does(checked, quantised, table) -> None:
    scenario = rg.Scenario.read(XOR)
    test = scenario.data().test
    ours = rg.emulate(scenario.network, test, progress=False)
    assert ours.decisions.tolist() == [row["chip"] for row in checked.decisions]
    assert (ours.decisions == test.labels).mean() == checked.accuracy["chip"]
    again = rg.emulate(quantised, test, progress=False)
    assert np.array_equal(again.steps, ours.steps) and np.array_equal(again.neurons, ours.neurons)
    layer = checked.layers[0]
    assert ours.counts("hidden").sum() / len(test) == pytest.approx(layer["chip_spikes_per_trial"])
    counts = ours.counts("hidden")
    for k in range(len(test)):
        assert np.array_equal(counts[k], np.bincount(ours.spikes_of("hidden", k)[1], minlength=10))
    assert counts.shape == (400, 10) and ours.integrals.shape == (400, 2)
    assert np.array_equal(ours.integrals.argmax(axis=1), ours.decisions)
    register = {(r["population"], r["register"]): (r["min"], r["max"]) for r in checked.registers}
    for row in ours.activity:
        for name in ("a", "u", "v"):
            if row[name] is not None and row["population"] != "in":
                assert tuple(row[name]) == register[row["population"], name]
    rows = ours.to_pandas()
    assert len(rows) == ours.steps.size and rows[0].keys() == {"trial", "population", "neuron", "step", "time_ms", "payload"}
    assert ours.to_dict()["trials"] == 400 and "400 trials" in repr(ours)


def test_registers_that_nobody_asked_for(quantised) -> None:
    test = rg.Scenario.read(XOR).data().test
    ours = rg.emulate(quantised, test[:2], registers="hidden", progress=False)
    u, v = ours.registers("hidden", -1)
    assert u.shape == v.shape == (10, int(ours.lengths[1])) and u.dtype == np.int32
    with pytest.raises(rg.UsageError, match='emulate with registers=\\["out"\\]'):
        ours.registers("out")
    with pytest.raises(rg.NetworkError, match="no such population; there are in, hidden, out"):
        rg.emulate(quantised, test[:1], registers=["hiden"], progress=False)
    with pytest.raises(rg.UsageError, match="in is of inputs, which have none"):
        rg.emulate(quantised, test[:1], registers=["in"], progress=False)
    many = rg.Trials.stack([([1.0], [0])], duration=1e8)
    with pytest.raises(rg.LimitError) as refused:
        rg.emulate(quantised, many, registers=True, progress=False)
    assert refused.value.resource == "values of registers" and refused.value.wanted == pytest.approx(2.4e9)


# ---- fit and forecast ----


def test_fit_and_forecast_are_parts_of_a_check(checked, quantised, table) -> None:
    chip = checked.to_dict()["chip"]
    for what in (XOR, rg.Scenario.read(XOR).network, quantised):
        fit = rg.fit(what, progress=False)
        assert fit.fits and fit.cores == chip["cores"] and fit.verdict["cores"] == chip["verdict"]["cores"]
        assert fit.verdict["fidelity"] == "not seen" and "2 of 120 cores" in repr(fit)
        assert rg.forecast(what, progress=False).to_dict() == chip["forecast"] == checked.forecast.to_dict()
    forecast = rg.forecast(quantised, progress=False)
    assert forecast.time == chip["forecast"]["time_ms"] and forecast.energy == chip["forecast"]["energy_mj"]["total"]
    assert [r["figure"] for r in forecast.to_pandas()][:2] == ["time", "total energy"]
    assert [r["population"] for r in fit.to_pandas()] == ["hidden", "out"]
    assert fit.to_pandas("population")[0]["cores"] == 1 and fit.to_pandas("population")[0]["neurons"] == 10


def document(fields: dict) -> types.SimpleNamespace:
    """What the module returns, with a document of one's own."""
    return types.SimpleNamespace(json=json.dumps(fields), text="", verdict=True, warnings=[], picture="")


def test_parts_of_a_check_are_texts_as_well(checked, quantised) -> None:
    fit, forecast = rg.fit(quantised, progress=False), rg.forecast(quantised, progress=False)
    for part in (fit, forecast):
        assert json.loads(part.to_json()) == part.to_dict()
    assert "forecast" not in fit.to_dict()
    lines = str(forecast).splitlines()
    assert lines[0].split()[:3] == ["time", f"{forecast.time['value']:.4g}", "ms"] and len(lines) >= 2


def test_silence_proves_nothing(retro, tmp_path) -> None:
    silent = rg.build([dict(name="in", size=2, model="input"), dict(name="h", size=3)], [dict(from_="in", to="h", weight=1.0)])
    with pytest.warns(rg.RetrogradeWarning, match="no trial of the train part has an input spike"):
        rg.check(silent, progress=False)
    (tmp_path / "x.toml").write_text(silent.scenario.text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        heard = rg.Dataset(rg.Trial([1.0], [0], duration=9.0))
        rg.check(silent, data=heard, progress=False)


def test_a_population_with_several_cores() -> None:
    """The fullest of its cores counts, wherever it stands."""
    cores = [("h", 3), ("h", 7), ("h", 5), ("out", 2)]
    rows = [{"population": p, "router": 0, "uses": {"neurons": {"used": n, "limit": 8}}, "events": {}} for p, n in cores]
    fit = rg.Fit(document({"verdict": {"text": "fits", "findings": []}, "cores": rows}))
    assert fit._populations() == [
        {"population": "h", "cores": 3, "neurons": 7},
        {"population": "out", "cores": 1, "neurons": 2},
    ]


def test_a_waterfall_falls_from_exact_to_chip() -> None:
    """Steps are differences (%), and their sum with the exact accuracy is that of the chip."""
    steps = [{"step": name, "added": {"accuracy": a}} for name, a in (("time grid", 0.94), ("weights", 0.95))]
    budget = {"exact_accuracy": 0.97, "steps": steps, "fine_tuned": {"accuracy": 0.96}}
    check = rg.Check(document({"scenario": "x", "chip": {"error_budget": budget}}))
    assert list(check.waterfall) == ["exact", "time grid", "weights", "fine-tuning"]
    assert list(check.waterfall.values()) == pytest.approx([97.0, -3.0, 1.0, 1.0])


def test_fit_of_another_chip(table) -> None:
    fit, forecast = rg.fit(XOR, "xylo_audio3", progress=False), rg.forecast
    assert fit.uses and not fit.cores and fit.to_pandas()
    if fit.fits:
        made = forecast(XOR, "xylo_audio3", progress=False)
        assert made.to_dict() == rg.check(XOR, "xylo_audio3", progress=False).forecast.to_dict()
        assert made.energy["low"] <= made.energy["value"] <= made.energy["high"] and made.to_pandas()
    else:
        with pytest.raises(rg.DeploymentError, match="does not fit Xylo Audio 3"):
            forecast(XOR, "xylo_audio3", progress=False)


# ---- what is refused ----


def test_what_the_command_line_refuses(retro, tmp_path) -> None:
    with pytest.raises(rg.UsageError, match='--chip loihi3: no such chip'):
        rg.check(XOR, "loihi3", progress=False)
    with pytest.raises(rg.UsageError, match="--trials: it is for sparse coding"):
        rg.check(XOR, trials=3, progress=False)
    with pytest.raises(rg.UsageError, match="--last: .* is a scenario, whose network is untrained"):
        rg.check(XOR, last=True, progress=False)
    net = rg.Scenario.read(XOR).network
    with pytest.raises(rg.UsageError, match="--last: there is no run folder"):
        rg.check(net, last=True, progress=False)
    with pytest.raises(rg.UsageError, match="--set population.hidden.size: a network is given"):
        rg.check(net, set={"population.hidden.size": 3}, progress=False)
    with pytest.raises(rg.ScenarioError):
        rg.check(net, set={"chip.stepp": "1 ms"}, progress=False)
    with pytest.raises(rg.UsageError, match="float: a run folder"):
        rg.check(3.0, progress=False)  # type: ignore[arg-type]
    with pytest.raises(rg.IoError):
        rg.check(tmp_path / "nowhere.toml", progress=False)
    with pytest.raises(rg.UsageError, match="table"):
        rg.quantise(net, progress=False) and rg.check(net, progress=False).to_pandas("sums")
    with pytest.raises(rg.UsageError, match="leave data, set and last out"):
        rg.fit(rg.quantise(net, progress=False), set={"chip.step": "2 ms"})
    with pytest.raises(rg.UsageError, match="these are integers of Loihi 2"):
        rg.fit(rg.quantise(net, progress=False), "xylo_audio3", progress=False)


def test_what_the_chip_cannot_hold() -> None:
    net = rg.build(
        populations=[dict(name="in", size=1, model="input"), dict(name="h", size=1, v_reset=0.5)],
        projections=[dict(from_="in", to="h", weight=3.0)],
    )
    data = rg.Dataset(*(rg.Trials.stack([([1.0], [0])], duration=20.0) for _ in range(3)))
    with pytest.raises(rg.UsageError, match="this network cannot go on the chip: .*v_reset"):
        rg.check(net, data=data, progress=False)
    with pytest.raises(rg.DeploymentError, match="v_reset") as refused:
        rg.quantise(net, data=data, progress=False)
    assert refused.value.where == "h[0]" or refused.value.where == "h"


def test_there_is_no_forecast_of_what_does_not_fit(quantised, tmp_path) -> None:
    """It lies on the chip, but for a core that takes more than a core has."""
    profile = (LIBRARY.parent / "chips" / "loihi2.toml").read_text()
    tiny = tmp_path / "tiny.toml"
    tiny.write_text(profile.replace("[core.input_axons]\nvalue = 16000", "[core.input_axons]\nvalue = 1"))
    fit = rg.fit(quantised, str(tiny), progress=False)
    assert not fit.fits and fit.cores
    with pytest.raises(rg.DeploymentError, match="does not fit.*input axons"):
        rg.forecast(quantised, str(tiny), progress=False)


def test_a_training_is_not_lost_to_a_check(tmp_path) -> None:
    data = rg.Scenario.read(XOR).data()
    few = rg.Dataset(data.train[:32], data.validation[:8], data.test[:8])
    done = rg.train(rg.Scenario.read(XOR, epochs=1), data=few, out=tmp_path / "run", report=False, progress=False)
    before = sorted(p.name for p in (tmp_path / "run").iterdir())
    with pytest.raises(rg.UsageError, match="--out .*: that is the run itself"):
        rg.check(done, data=few, out=tmp_path / "run", progress=False)
    with pytest.raises(rg.UsageError):
        rg.check(XOR, out=tmp_path / "run", progress=False)
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == before


def test_pandas_is_named_where_it_is_missing(monkeypatch, checked) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(rg.UsageError, match="pip install pandas"):
        checked.to_pandas()


def test_tables_of_a_check(checked, table) -> None:
    for name in ("layers", "budget", "findings", "registers", "populations", "projections", "cores", "decisions"):
        assert len(checked.to_pandas(name)) > 0
    assert "added.accuracy" in checked.to_pandas("budget")[0]


def test_progress_is_told(capsys) -> None:
    told = []
    core = rg.checks._core.check(rg._subject.subject_of(XOR), "loihi2", None, "", "", False, lambda *row: told.append(row))
    assert core.verdict and all(len(row) == 3 and row[1] <= row[2] for row in told)


def test_a_run_folder_and_its_training(retro, tmp_path) -> None:
    data = rg.Scenario.read(XOR).data()
    few = rg.Dataset(data.train[:64], data.validation[:16], data.test[:32])
    done = rg.train(rg.Scenario.read(XOR, epochs=1), data=few, out=tmp_path / "run", report=False, progress=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rg.RetrogradeWarning)
        by_folder = rg.check(tmp_path / "run", progress=False)
        assert by_folder.to_json() == retro.json_text("check", "run")
    # It is told that these are not the trials it was trained with; those are none of it.
    with pytest.warns(rg.RetrogradeWarning, match="trained with other data"):
        rg.check(tmp_path / "run", progress=False)
    # What has trained it remembers them.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours = rg.check(done, progress=False)
    assert ours.to_dict()["trials"] == 32 and ours.to_json() == rg.check(tmp_path / "run", data=few, progress=False).to_json()
    # The network alone has no epoch, and else the same.
    alone = rg.check(done.network, progress=False).to_dict()
    assert alone.pop("epoch") is None and by_folder.to_dict()["epoch"] == 1
    assert alone == {k: v for k, v in by_folder.to_dict().items() if k != "epoch"}


IN_MEMORY = FOR_XYLO[: FOR_XYLO.index("[[event]]")].replace('spikes = [["2 ms", "4 ms", "9 ms"], ["3 ms"], ["5 ms"], ["7 ms"]]', 'model = "input"')
IN_MEMORY = IN_MEMORY.replace("weight = 0.5", 'weight = { distribution = "normal", mean = 0.5, std = 0.2 }\nlearn = ["weight"]') + "[train]\nepochs = 2\nbatch = 8\n"


def test_a_run_keeps_the_data_that_python_gave(retro, tmp_path) -> None:
    """Of a scenario without [data] nobody else has them; the command line judges by them, too."""
    random = np.random.default_rng(3)
    labels = np.arange(40) % 2
    spikes = [(np.sort(random.uniform(1.0, 20.0, 6)), random.integers(0, 2, 6) + 2 * label) for label in labels]
    trials = rg.Trials.stack(spikes, duration=60.0, labels=labels)
    data = rg.Dataset(trials[:20], trials[20:28], trials[28:], class_names=["left", "right"])
    scenario = rg.Scenario(IN_MEMORY)
    done = rg.train(scenario, data=data, out=tmp_path / "run", report=False, progress=False)
    ours = rg.check(done, progress=False)
    assert ours.to_dict()["trials"] == 12 and [row["label"] for row in ours.decisions] == data.test.labels.tolist()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert rg.check(tmp_path / "run", progress=False).to_json() == ours.to_json() == retro.json_text("check", "run")
    # Every verb looks at them, and a trial of them is not the inline one, which is silent.
    found = rg.diff(tmp_path / "run", trial=2, part="test", progress=False)
    assert found.to_json() == rg.diff(done, trial=2, part="test", progress=False).to_json()
    theirs = retro.json("diff", "run", "--trial", "2", status=0 if found.equal else 1)
    assert {**found.to_dict(), "a": None, "b": None} == {**theirs, "a": None, "b": None}
    ran = retro.json("run", "run", "--trial", "2")
    assert ran["fingerprint"] == rg.run(done.network, data.test[2]).fingerprint()
    assert "20 training, 8 validation, 12 test trials" in retro("info", "run")
    # Wherever the folder goes; and a training goes on with them.
    (tmp_path / "run").rename(tmp_path / "moved")
    assert retro.json_text("check", "moved") == ours.to_json()
    more = rg.train(resume=tmp_path / "moved", epochs=3, progress=False)
    assert len(more.history) == 3 and "right" in (tmp_path / "moved" / "report.html").read_text()
    # Another training in its place has nothing of them.
    spikes_inside = IN_MEMORY.replace('model = "input"', 'spikes = [["2 ms"], ["3 ms"], ["5 ms"], ["7 ms"]]')
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = rg.train(rg.Scenario(spikes_inside), out=tmp_path / "moved", overwrite=True, report=False, progress=False)
        assert rg.check(other, progress=False).to_dict()["trials"] == 1
    rg.train(scenario, data=data, out=tmp_path / "moved", overwrite=True, report=False, progress=False)
    # Without a folder the training has them.
    gone = rg.train(scenario, data=data, progress=False)
    assert rg.check(gone, progress=False).to_dict()["trials"] == 12
    assert rg.margins(gone, progress=False).radii.size == 12
    # What is no such file has no effect, and says so.
    (tmp_path / "x.toml").write_text(IN_MEMORY)
    for wrong in (tmp_path, tmp_path / "nowhere", tmp_path / "x.toml"):
        with pytest.raises(rg.UsageError, match=r"has no \[data\] that would read it"):
            rg.check(tmp_path / "moved", data=wrong, progress=False)
    assert "has no [data] that would read it" in retro.error("check", "moved", "--data", "nowhere")
    np.savez(tmp_path / "other.npz", a=np.ones(3))
    with pytest.raises(rg.FormatError, match="no file of trials"):
        rg.check(tmp_path / "moved", data=tmp_path / "other.npz", progress=False)


def test_nothing_fires_and_one_class_for_all_are_no_agreement(net, trials) -> None:
    loss = dict(kind="voltage_cross_entropy", population="out", label=0)
    tables = dict(
        populations=[dict(name="in", size=2, model="input"), dict(name="h", size=3), dict(name="out", size=2, model="cuba_li")],
        loss=loss,
    )

    def checked(weight: float, out: object) -> rg.Check:
        network = rg.build(
            projections=[dict(from_="in", to="h", weight=weight), dict(from_="h", to="out", weight=out)], **tables
        )
        return rg.check(network, data=rg.Dataset(trials, trials[:0], trials), progress=False)

    silent = checked(1e-3, np.ones((2, 3)))
    assert "nothing fires in 8 trials" in silent.findings[0]["message"] and silent.verdict["fidelity"] == "not seen"
    always = checked(8.0, np.array([[1.0] * 3, [0.0] * 3]))
    assert any("all 8 trials are decided for class 0" in f["message"] for f in always.findings)
    assert always.verdict["fidelity"] == "not seen" and "behaves" not in always.verdict["text"]

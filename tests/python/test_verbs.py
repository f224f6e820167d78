"""diff, margins and export are those of the command line."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest

import retrograde as rg

LIBRARY = rg.shipped("hello.toml").parent
XOR = LIBRARY / "temporal_xor.toml"

pytestmark = pytest.mark.filterwarnings("ignore::retrograde.RetrogradeWarning")


@pytest.fixture
def table(monkeypatch):
    class DataFrame(list):
        def set_index(self, name):
            return self

    monkeypatch.setitem(sys.modules, "pandas", types.SimpleNamespace(DataFrame=DataFrame))


# ---- diff ----


def test_diff_of_a_run_is_that_of_the_command_line(retro, table) -> None:
    theirs = retro.json_text("diff", str(XOR), "--trial", "0", status=1)
    ours = rg.diff(XOR, trial=0)
    assert ours.to_json() == theirs and not ours.equal
    assert str(ours) == retro("diff", str(XOR), "--trial", "0", status=1)
    assert ours.first["population"] == "hidden" and ours.svg.startswith("<svg")
    assert len(ours.to_pandas()) == len(ours.populations) and "differ first in hidden[" in repr(ours)
    # In memory, but for what the sides are called.
    again = rg.diff(rg.Scenario.read(XOR).network, trial=0).to_dict()
    expected = ours.to_dict()
    assert (again.pop("a"), again.pop("b")) == ("network exactly", "network on the chip")
    assert again == {k: v for k, v in expected.items() if k not in ("a", "b")}


def test_diff_of_traces(retro) -> None:
    retro("run", str(XOR), "--trial", "3", "--chip", "--trace", "a.csv")
    a = retro.folder / "a.csv"
    lines = a.read_text().splitlines()
    place = next(k for k, line in enumerate(lines) if ",hidden," in line and not line.endswith(",0"))
    parts = lines[place].split(",")
    parts[-1] = str(int(parts[-1]) + 64)  # v
    b = retro.folder / "b.csv"
    b.write_text("\n".join([*lines[:place], ",".join(parts), *lines[place + 1 :]]) + "\n")
    same = rg.diff(a, a)
    assert same.equal and same.first is None and "are equal" in repr(same)
    ours = rg.diff(a, b, network=XOR, trial=3)
    words = ("diff", str(a), str(b), "--network", str(XOR), "--trial", "3")
    assert ours.to_json() == retro.json_text(*words, status=1)
    assert ours.first["population"] == "hidden" and ours.first["v_differs"] and ours.first["wrong_b"]
    assert rg.diff(a, f"{XOR}:chip", trial=3).equal
    assert rg.diff(a, (rg.Scenario.read(XOR).network, "chip"), trial=3).equal


def test_what_diff_refuses(retro, tmp_path) -> None:
    retro("run", str(XOR), "--chip", "--trace", "a.csv")
    a = tmp_path / "a.csv"
    net = rg.Scenario.read(XOR).network
    with pytest.raises(rg.UsageError, match="one trace alone has nothing to differ from"):
        rg.diff(a)
    with pytest.raises(rg.UsageError, match="--trial: it is about a trial of a run, and no side is one"):
        rg.diff(a, a, trial=3)
    with pytest.raises(rg.UsageError, match="--tolerance: both sides are in whole steps"):
        rg.diff(a, a, tolerance="1 ms")
    with pytest.raises(rg.UsageError, match="--tolerance 1: "):
        rg.diff(XOR, tolerance="1")
    with pytest.raises(rg.UsageError, match="--population hiden: neither side has it"):
        rg.diff(XOR, populations=["hiden"])
    with pytest.raises(rg.UsageError, match="--trial 400: the test part has 400 trials"):
        rg.diff(net, trial=400)
    with pytest.raises(rg.UsageError, match="--part middle: train, validation or test"):
        rg.diff(net, part="middle")
    with pytest.raises(rg.UsageError, match="which side of it"):
        rg.diff(net, a)
    with pytest.raises(rg.UsageError, match='side "top": chip or exact'):
        rg.diff((net, "top"), a)
    with pytest.raises(rg.UsageError, match="one side alone"):
        rg.diff((net, "chip"))


# ---- margins ----


def test_margins_are_those_of_the_command_line(retro, table) -> None:
    scenario = LIBRARY / "yin_yang.toml"
    ours = rg.margins(scenario, 3, progress=False)
    assert ours.to_json() == retro.json_text("margins", str(scenario), "--trials", "3")
    assert rg.margins(rg.Scenario.read(scenario).network, 3, progress=False).to_json() == ours.to_json()
    assert ours.radii.tolist() == ours.to_dict()["radii"] and ours.svg.startswith("<svg")
    assert ours.share_above(0.0) == 1.0 and ours.share_above(2.0) == 0.0
    assert ours.median_radius == sorted(ours.radii)[ours.radii.size // 2]
    assert len(ours.to_pandas()) == ours.radii.size and "median radius" in repr(ours)
    with pytest.raises(rg.UsageError, match="trials is 0"):
        rg.margins(scenario, 0)
    with pytest.raises(rg.UsageError, match="has no loss that decides between classes"):
        rg.margins(LIBRARY / "hello.toml", progress=False)


# ---- export ----


@pytest.mark.parametrize("kind", ["netx", "nir", "lava", "chip", "npz", "csv"])
def test_exports_are_those_of_the_command_line(retro, tmp_path, kind) -> None:
    source = LIBRARY / "r1_voltage.toml" if kind in ("netx", "nir") else XOR
    words = ("--trial", "3") if kind == "lava" else ()
    options = dict(trial=3) if kind == "lava" else {}
    retro("export", str(source), "--format", kind, "--out", "theirs", *words)
    theirs = (tmp_path / "theirs").read_bytes()
    ours = rg.export(source, kind, tmp_path / "ours", progress=False, **options)
    assert ours == tmp_path / "ours" and ours.read_bytes() == theirs
    rg.export(rg.Scenario.read(source).network, kind, ours, overwrite=True, progress=False, **options)
    assert ours.read_bytes() == theirs


def test_export_warns_and_goes_into_the_run(tmp_path) -> None:
    with pytest.warns(rg.RetrogradeWarning, match="5 of 20 weights are clipped"):
        rg.export(XOR, "chip", tmp_path / "x.chip", progress=False)
    data = rg.Scenario.read(XOR).data()
    few = rg.Dataset(data.train[:32], data.validation[:8], data.test[:8])
    done = rg.train(rg.Scenario.read(XOR, epochs=1), data=few, out=tmp_path / "run", report=False, progress=False)
    path = rg.export(done, "npz", progress=False)
    assert path == tmp_path / "run" / "parameters.npz"
    arrays = np.load(path)
    assert np.array_equal(arrays["projection.hidden->out.weight"], done.network["hidden -> out", "weight"])


def test_what_export_refuses(tmp_path) -> None:
    there = tmp_path / "there"
    there.write_text("mine")
    with pytest.raises(rg.UsageError, match="is there already"):
        rg.export(XOR, "npz", there, progress=False)
    assert there.read_text() == "mine"
    with pytest.raises(rg.UsageError, match="--format onnx: it is none of netx"):
        rg.export(XOR, "onnx", there)
    with pytest.raises(rg.UsageError, match="--delays is for --format nir"):
        rg.export(XOR, "npz", there, delays="branches")
    with pytest.raises(rg.UsageError, match="--trial is for --format lava"):
        rg.export(XOR, "npz", there, trial=0)
    with pytest.raises(rg.UsageError, match="--delays twigs: metadata or branches"):
        rg.export(XOR, "nir", there, delays="twigs")
    copy = tmp_path / "x.toml"
    copy.write_text(XOR.read_text())
    with pytest.raises(rg.UsageError, match="this command reads it"):
        rg.export(copy, "npz", copy, overwrite=True, progress=False)
    assert copy.read_text() == XOR.read_text()
    # Nor what else it reads, in memory or not.
    with pytest.raises(rg.UsageError, match="this command reads it"):
        rg.export(rg.Scenario.read(copy), "npz", copy, overwrite=True, progress=False)
    np.save(tmp_path / "w.npy", np.ones((2, 2)))
    before = (tmp_path / "w.npy").read_bytes()
    named = """
scenario = { duration = "9 ms" }
population = [{ name = "in", size = 2, model = "input" }, { name = "h", size = 2 }]
projection = [{ from = "in", to = "h", weight = { file = "w.npy" } }]
"""
    scenario = rg.Scenario(named, file=str(tmp_path / "named.toml"))
    with pytest.raises(rg.UsageError, match="this command reads it"):
        rg.export(scenario, "npz", tmp_path / "w.npy", overwrite=True, progress=False)
    assert (tmp_path / "w.npy").read_bytes() == before

"""The package itself: its version, its stubs and types, its command."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import retrograde as rg
from retrograde import _machine

ROOT = Path(__file__).resolve().parents[2]


def test_the_version_is_one() -> None:
    if not (ROOT / "CMakeLists.txt").is_file():
        pytest.skip("not in a checkout")
    wanted = re.search(r"VERSION (\d+\.\d+\.\d+)", (ROOT / "CMakeLists.txt").read_text())
    assert wanted is not None and rg.__version__ == wanted.group(1)


def test_what_is_shipped_is_found() -> None:
    assert rg.Scenario.read(rg.shipped("hello.toml")).title == "Hello"
    with pytest.raises(rg.IoError, match="no_such.toml"):
        rg.shipped("no_such.toml")


def test_another_processor_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is loaded that it would stumble over."""
    monkeypatch.setattr(_machine, "ARCHITECTURE", "x86-64-v3")
    processors = tmp_path / "cpuinfo"
    processors.write_text("processor : 0\nflags : fpu sse2 avx avx2 bmi2 fma\n")
    _machine.refuse_others(processors)
    processors.write_text("processor : 0\nflags : fpu sse2 avx bmi2\n")
    with pytest.raises(ImportError, match="x86-64-v3, and this one lacks avx2, fma; build it here"):
        _machine.refuse_others(processors)
    monkeypatch.setattr(_machine, "ARCHITECTURE", "")
    _machine.refuse_others(processors)
    _machine.refuse_others(tmp_path / "not there")


def test_everything_that_is_exported_is_there_and_explained() -> None:
    for name in rg.__all__:
        thing = getattr(rg, name)
        if callable(thing) and name not in ("Probe",):
            assert thing.__doc__, name
            for inner, member in vars(thing).items() if isinstance(thing, type) else ():
                if not inner.startswith("_") and (callable(member) or isinstance(member, property)):
                    assert member.__doc__, f"{name}.{inner}"


def test_stubs_are_those_of_the_module(tmp_path: Path) -> None:
    pytest.importorskip("nanobind")
    kept = ROOT / "python/retrograde/_core.pyi"
    if not kept.is_file():
        pytest.skip("not in a checkout")
    made = tmp_path / "_core.pyi"
    done = subprocess.run(
        [sys.executable, "-m", "nanobind.stubgen", "-m", "retrograde._core", "-o", str(made)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert made.read_text() == kept.read_text(), (
        "python/retrograde/_core.pyi is old; make it again: "
        "python -m nanobind.stubgen -m retrograde._core -o python/retrograde/_core.pyi"
    )


def test_types_are_checked(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    if not (ROOT / "pyproject.toml").is_file():
        pytest.skip("not in a checkout")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path), "--config-file", "pyproject.toml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=dict(os.environ, PYTHONPATH=""),
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_heavy_is_imported() -> None:
    code = "import sys, retrograde; print([m for m in ('torch', 'matplotlib', 'pandas', 'scipy', 'tqdm') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr

"""What the tests share: small networks, and the command line beside them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import retrograde as rg


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int) -> None:
    """What is skipped as a whole is so to ctest as well, by name and reason."""
    if exitstatus != pytest.ExitCode.NO_TESTS_COLLECTED:
        return
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        terminalreporter.write_line("SKIPPED: " + reason.removeprefix("Skipped: "))


def pytest_sessionfinish(session: Any, exitstatus: int) -> None:
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = 77


class CommandLine:
    """The command retro, in a folder of its own."""

    def __init__(self, program: str, folder: Path) -> None:
        self.program, self.folder = program, folder

    def __call__(self, *words: str, status: int = 0) -> str:
        done = subprocess.run(
            [self.program, *words], cwd=self.folder, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == status, done.stderr
        return done.stdout

    def error(self, *words: str) -> str:
        """What a call says that is refused."""
        done = subprocess.run(
            [self.program, *words], cwd=self.folder, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 2, done.stderr
        return done.stderr

    def json_text(self, *words: str, status: int = 0) -> str:
        path = self.folder / "out.json"
        self(*words, "--json", str(path), "--overwrite", status=status)
        return path.read_text()

    def json(self, *words: str, status: int = 0) -> Any:
        return json.loads(self.json_text(*words, status=status))


@pytest.fixture
def retro(tmp_path: Path) -> CommandLine:
    from retrograde._command import command

    program = os.environ.get("RETROGRADE_CLI") or command()
    if program is None or not Path(program).is_file():
        pytest.skip("the command retro is not here; RETROGRADE_CLI names it")
    return CommandLine(str(program), tmp_path)


@pytest.fixture
def net() -> rg.Network:
    """Two inputs, three neurons that also excite each other, and two readouts."""
    return rg.build(
        populations=[
            dict(name="in", size=2, model="input"),
            dict(name="h", size=3, tau_mem="20 ms", tau_syn="5 ms", learn=["tau_mem"]),
            dict(name="out", size=2, model="cuba_li"),
        ],
        projections=[
            dict(
                from_="in",
                to="h",
                weight=np.array([[8.0, 4.0], [5.0, 6.0], [3.0, 9.0]]),
                delay="0.5 ms",
                learn=["weight", "delay"],
            ),
            dict(from_="h", to="h", weight=-0.5, delay="2 ms", allow_autapses=False),
            dict(
                from_="h",
                to="out",
                weight=np.array([[1.0, 0.5, 0.2], [0.1, 0.7, 0.9]]),
                delay="1 ms",
                learn=["weight"],
            ),
        ],
        train=dict(weight_rate=0.01),
    )


@pytest.fixture
def trials(net: rg.Network) -> rg.Trials:
    """Eight trials of the network above, with labels."""
    random = np.random.default_rng(1)
    spikes = []
    for _ in range(8):
        count = random.integers(4, 9)
        spikes.append((random.uniform(0.0, 30.0, count), random.integers(0, 2, count)))
    return rg.Trials.stack(spikes, duration=60.0, labels=np.arange(8) % 2)

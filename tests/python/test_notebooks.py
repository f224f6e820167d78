"""Notebooks: their cells run, one after the other, as those of a program. Each says by assertions of its own whether
what it shows holds; the website (`./retro docs`) runs them as notebooks, and draws their pictures."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from retrograde._command import command

FOLDER = Path(__file__).resolve().parents[2] / "docs/notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.md"))
HEAD = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# """


def code_of(text: str) -> str:
    """The cells of a notebook, every line where it stands there, so that errors name it."""
    lines, inside = [], False
    for line in text.splitlines():
        fence = line.startswith("```")
        if fence:
            inside = line.startswith("```{code-cell}") if not inside else False
        lines.append(line if inside and not fence else "")
    return "\n".join(lines) + "\n"


def test_the_notebooks_are_there() -> None:
    if not FOLDER.is_dir():
        pytest.skip("not in a checkout")
    assert len(NOTEBOOKS) == 6
    contents = (FOLDER.parent / "README.md").read_text()
    for notebook in NOTEBOOKS:
        assert f"(notebooks/{notebook.name})" in contents, notebook.name
        assert notebook.read_text().startswith(HEAD), f"{notebook.name}: Jupyter and the site know it by its first lines"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs(notebook: Path, tmp_path: Path) -> None:
    for package in ("matplotlib", "scipy", "pandas"):
        pytest.importorskip(package)
    program = tmp_path / "notebook.py"
    code = code_of(notebook.read_text())
    assert not re.search(r"^[%!]", code, re.M), "no commands of IPython: a cell is plain Python"
    program.write_text(code)
    place = os.environ.get("RETROGRADE_CLI") or command()
    path = [str(Path(place).parent)] if place else []
    # The script's own folder comes first on the path of Python, and there is nothing else in it.
    environment = dict(os.environ, MPLBACKEND="Agg", PATH=os.pathsep.join([*path, os.environ["PATH"]]))
    done = subprocess.run(
        [sys.executable, str(program)], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stderr

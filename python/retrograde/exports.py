"""Networks as files of other tools: ``retro export``."""

from __future__ import annotations

import os
from pathlib import Path

from . import _core
from ._progress import Progress
from ._subject import Data, Settings, What, subject_of, tell


def export(
    what: What,
    format: str,
    out: str | os.PathLike[str] | None = None,
    *,
    overwrite: bool = False,
    delays: str | None = None,
    exact: bool | None = None,
    part: str | None = None,
    trial: int | None = None,
    data: Data = "",
    last: bool = False,
    set: Settings = None,
    progress: bool = True,
) -> Path:
    """Writes a network for another tool, as ``retro export`` does, and warns
    (:class:`RetrogradeWarning`) of what that tool will not see. Returns the path of the file.

    ``format`` is ``"netx"``, ``"nir"``, ``"lava"``, ``"chip"``, ``"npz"`` or ``"csv"``
    (docs/exchange.md). ``out`` is the file, in the run folder or here unless it is given. Of ``"nir"``:
    ``delays="branches"`` for delays that every tool sees, ``exact=True`` without what the chip would
    hold. Of ``"lava"``: the ``trial`` of ``part`` that goes with it.

    Raises :class:`UsageError` for a network that cannot go there, or a file that is there already,
    :class:`IoError`, and what reading raises.
    """
    subject = subject_of(what, data, set, last)
    with Progress(progress) as told:
        path, warnings = _core.export(
            subject, format, None if out is None else os.fspath(out), overwrite, delays, exact, part, trial, told
        )
    tell(warnings)
    return Path(path)

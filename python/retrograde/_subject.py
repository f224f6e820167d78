"""What the verbs after training work on: run folders, files, scenarios, networks."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Union

from . import _core
from .errors import RetrogradeWarning, UsageError
from .network import Network
from .scenario import Dataset, Scenario, _settings
from .training import Training, data_of

What = Union[str, "os.PathLike[str]", Scenario, Network, Training]
"""A run folder, or the :class:`Training` that made it; a scenario file, a :class:`Scenario`, or a
:class:`Network` with the values that it has now, whose scenario says all else."""
Data = Union[Dataset, str, "os.PathLike[str]"]
"""The folder of the data set, as ``--data``, or a :class:`Dataset`; empty: that of the run or the
scenario."""
Settings = Union[Mapping[str, Any], None]
"""As ``--set``: ``{"chip.step": "0.5 ms"}``."""


def subject_of(what: What, data: Data = "", settings: Settings = None, last: bool = False) -> _core.Subject:
    if isinstance(what, Training) and what.data is not None and isinstance(data, (str, os.PathLike)) and not os.fspath(data):
        data = what.data
    given, folder = data_of(data)
    if isinstance(what, Training):
        what = what.network if what.folder is None else what.folder
    if isinstance(what, (str, os.PathLike)):
        return _core.subject_at(os.fspath(what), folder, given, last, _settings(settings))
    if last:
        raise UsageError("--last: there is no run folder, whose last values it would be; leave it out")
    if isinstance(what, Scenario):
        return _core.subject_of(what._core, None, folder, given, _settings(settings))
    if isinstance(what, Network):
        return _core.subject_of(what._core.scenario(), what._core, folder, given, _settings(settings))
    raise UsageError(
        f"{type(what).__name__}: a run folder, a Training, a scenario, a file of one, or a Network is needed"
    )


def tell(sentences: Sequence[str], stacklevel: int = 3) -> None:
    """Warns of each, at who called the function that calls this."""
    for sentence in sentences:
        warnings.warn(sentence, RetrogradeWarning, stacklevel=stacklevel)

"""What networks can run on here."""

from __future__ import annotations

import json
from typing import Any

from . import _core


def devices() -> dict[str, Any]:
    """The GPUs of this machine, as ``retro info --devices --json`` has them: ``gpus``, each with ``device`` (what
    :func:`run`, :func:`train` and :func:`check` are told), ``name``, ``memory_bytes``, ``free_bytes`` and
    ``unusable``, which says why it cannot be used; and ``problem``, which says why none can. ``None`` stands for
    nothing to tell.
    """
    document: dict[str, Any] = json.loads(_core.devices())
    return document

"""Progress of calls that take time, by tqdm where that is installed."""

from __future__ import annotations

import importlib.util
import sys
from types import TracebackType
from typing import Any, Callable, Union


def can_show(wanted: bool) -> bool:
    """Whether a bar is wanted and can be had: tqdm is there, and so is what it writes to."""
    return wanted and sys.stderr is not None and importlib.util.find_spec("tqdm") is not None


class Progress:
    """``with Progress(True) as told: _core.check(..., told)``; what is told is ``(what, done, of)``."""

    def __init__(self, wanted: bool) -> None:
        self._wanted = can_show(wanted)
        self._bar: Any = None
        self._what = ""

    def __enter__(self) -> Union[Callable[[str, int, int], None], None]:
        return self._tell if self._wanted else None

    def _tell(self, what: str, done: int, of: int) -> None:
        if self._bar is None:
            from tqdm.auto import tqdm

            self._bar = tqdm(desc=what, total=of, leave=False)
        elif what != self._what:
            self._bar.set_description_str(what, refresh=False)
            self._bar.reset(total=of)
        self._what = what
        self._bar.update(done - self._bar.n)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

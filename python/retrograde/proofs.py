"""Which decisions are proven to stay: ``retro margins``."""

from __future__ import annotations

import html
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core
from ._arguments import whole
from ._documents import Document, Row, frame, html_table
from ._progress import Progress
from ._subject import Data, Settings, What, subject_of, tell
from .errors import UsageError


class Margins(Document):
    """What ``retro margins`` found (docs/margins.md)."""

    @property
    def radii(self) -> npt.NDArray[np.float64]:
        """Of each trial the largest share by which all weights may be off before its decision is no
        longer proven, ``(trials,)``; 0: not even 1e-6."""
        return np.array(self._document["radii"], dtype=np.float64)

    @property
    def median_radius(self) -> float:
        """The larger middle one of :attr:`radii`."""
        sorted_radii = np.sort(self.radii)
        return float(sorted_radii[sorted_radii.size // 2]) if sorted_radii.size else 0.0

    def share_above(self, radius: float) -> float:
        """Share of trials that are proven for all weights within ``radius``."""
        return float((self.radii >= radius).mean()) if self.radii.size else 0.0

    def _share(self, key: str) -> float | None:
        count = self._document[key]
        return None if count is None or not self._document["trials"] else count / self._document["trials"]

    @property
    def certified_rounding(self) -> float | None:
        """Share of trials whose decision is proven for weights that round to the same 8 bits, with delays
        half a step off; ``None``: the network cannot go on the chip."""
        return self._share("certified_rounding")

    @property
    def certified_chip(self) -> float | None:
        """Share of trials whose decision is proven for all that the chip does."""
        return self._share("certified_chip")

    @property
    def fragile(self) -> list[Row]:
        """The neurons that proofs end with most often: ``neuron``, ``trials``, ``radius``, ``doubt``."""
        return list(self._document["fragile"])

    @property
    def svg(self) -> str:
        """The picture of the command line."""
        return self._core.picture

    def to_pandas(self, table: str = "trials") -> Any:
        """``"trials"`` with the ``radius`` of each, or ``"fragile"`` neurons."""
        if table == "trials":
            return frame([{"trial": k, "radius": r} for k, r in enumerate(self._document["radii"])], "trial")
        if table != "fragile":
            raise UsageError(f'table "{table}": choose one of trials, fragile')
        return frame(self.fragile, "neuron")

    def __repr__(self) -> str:
        trials = self._document["trials"]
        return f"<retrograde.Margins: {trials} trials, median radius {100 * self.median_radius:.3g} %>"

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(repr(self)[1:-1])}</p>{html_table('fragile', self.fragile)}{self.svg}"


def margins(
    what: What,
    trials: int = 200,
    *,
    data: Data = "",
    set: Settings = None,
    progress: bool = True,
) -> Margins:
    """Proves which decisions stay when weights change, as ``retro margins`` does, over the first
    ``trials`` of the test part.

    Raises :class:`UsageError` for a scenario without a decision, and what the proofs raise.
    """
    whole(trials, "trials", 1, 2**63 - 1)
    subject = subject_of(what, data, set)
    with Progress(progress) as told:
        core = _core.margins(subject, trials, told)
    tell(core.warnings)
    return Margins(core)

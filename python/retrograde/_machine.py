"""Whether this processor runs what is compiled here: otherwise it would end the process without a word."""

from __future__ import annotations

from pathlib import Path

from ._built_for import ARCHITECTURE

_NEEDED = {"x86-64-v3": {"avx2", "bmi2", "fma"}}


def refuse_others(processors: Path = Path("/proc/cpuinfo")) -> None:
    """Raises :class:`ImportError` where the processor lacks instructions that this build has."""
    try:
        text = processors.read_text()
    except OSError:
        return
    lines = [line for line in text.splitlines() if line.startswith("flags")]
    if not lines:
        return
    lacking = _NEEDED.get(ARCHITECTURE, set()) - set(lines[0].split())
    if lacking:
        raise ImportError(
            f"this build of retrograde is for processors of {ARCHITECTURE}, and this one lacks "
            f"{', '.join(sorted(lacking))}; build it here, with pip install . from the sources"
        )


refuse_others()

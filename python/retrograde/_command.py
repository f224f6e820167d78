"""The command retro of this package."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def command() -> Path | None:
    """The program: that of the package, or of the build tree that the package is in."""
    package = Path(__file__).absolute().parent
    for place in (package / "bin/retro", package.parent.parent / "bin/retro"):
        if place.is_file():
            return place
    return None


def main() -> None:
    program = command()
    if program is None:
        sys.exit("retro: this package came without the command; install it from a wheel")
    # Large pages, as ./retro asks for them, since weights are met in no order.
    os.environ.setdefault("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1")
    os.execv(program, [str(program), *sys.argv[1:]])

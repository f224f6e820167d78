"""``python -m retrograde``: where what C++ needs of this package is."""

from __future__ import annotations

import argparse
from pathlib import Path

from . import __version__


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m retrograde",
        description="Says where the CMake package of an installed retrograde is. The command line is retro.",
    )
    parser.add_argument("--version", action="version", version=f"retrograde {__version__}")
    parser.add_argument(
        "--cmake-dir",
        action="store_true",
        help="print the folder for -D retrograde_DIR=..., with which find_package(retrograde) finds it",
    )
    given = parser.parse_args()
    if not given.cmake_dir:
        parser.print_help()
        return
    folder = Path(__file__).absolute().parent / "lib/cmake/retrograde"
    if not folder.is_dir():
        parser.error(f"{folder} is not there: this package is that of a build tree; install a wheel")
    print(folder)


if __name__ == "__main__":
    main()

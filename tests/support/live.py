"""Tests that need a Python package which not every Python can have: they run in the one that an
environment variable names, and are skipped, exit status 77 and a line "SKIPPED: ...", without it."""

import importlib
import os
import sys

SKIPPED = 77


def use(variable, module, package):
    """Goes on in the Python that `variable` names, if it names another, and imports `module` of
    `package` there. Ends the program where that cannot be."""
    python = os.environ.pop(variable, None)
    if python and os.path.abspath(python) != os.path.abspath(sys.executable):
        if not os.access(python, os.X_OK):
            print(f"{variable} is {python}, which is no program", file=sys.stderr)
            sys.exit(2)
        os.execv(python, [python, *sys.argv])
    try:
        return importlib.import_module(module)
    except ImportError as error:
        print(f"SKIPPED: {package} is not importable ({error}); {variable} names a Python that has "
              "it")
        sys.exit(SKIPPED)

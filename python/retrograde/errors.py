"""The errors of Retrograde, with the fields that they have in C++.

``str(error)`` says what is wrong and what to do; the fields say where. A field that would not be true
is ``None`` or empty. Every one of them is a :class:`RetrogradeError`, but for :class:`InternalError`,
which is a bug of ours.
"""

from __future__ import annotations

__all__ = [
    "RetrogradeError",
    "ScenarioError",
    "NetworkError",
    "NumericalError",
    "TrainingError",
    "DeploymentError",
    "LimitError",
    "FormatError",
    "IoError",
    "DeviceError",
    "UsageError",
    "Interrupted",
    "InternalError",
    "RetrogradeWarning",
]


class RetrogradeWarning(UserWarning):
    """What the command line warns of. ``warnings.simplefilter("ignore", rg.RetrogradeWarning)`` silences
    it."""


class RetrogradeError(Exception):
    """What all errors of Retrograde have in common."""


class ScenarioError(RetrogradeError):
    """A scenario says something that cannot be meant."""

    file: str = ""
    """What was read; ``"python"`` for what Python described."""
    line: int = 0
    """1-based; 0: no position."""
    column: int = 0
    """1-based; 0: no position."""
    key: str = ""
    """Dotted path of the offending key; may be empty."""
    message: str = ""
    """The text without position and key."""


class NetworkError(RetrogradeError, ValueError):
    """A network that cannot exist, or a name or a trial that it has not."""

    where: str = ""
    """Name of the population or projection, with the index of the neuron or synapse."""


class NumericalError(RetrogradeError, ArithmeticError):
    """The simulation left the range in which its result would mean something."""

    neuron: int | None = None
    """Its id."""
    time: float | None = None
    """ms"""


class TrainingError(RetrogradeError):
    """A training that cannot go on."""

    epoch: int = 0
    """1-based"""
    batch: int = 0
    """1-based"""
    where: str = ""
    """What of the network it is about; may be empty."""


class DeploymentError(RetrogradeError):
    """A network that is possible but cannot go on this chip."""

    where: str = ""
    """Name of the population or projection, with the index of the neuron or synapse."""
    field: str = ""
    """What of the chip it fails on: ``"vth"``, ``"weight"``, ``"neuron model"``."""


class LimitError(RetrogradeError):
    """A guard: runaway activity, the largest file or trial."""

    resource: str = ""
    """What there is a limit of."""
    limit: float | None = None
    """In the unit that the message names."""
    wanted: float | None = None
    """How much it would have been."""


class FormatError(RetrogradeError, ValueError):
    """A file that is not what it claims to be."""

    file: str = ""
    """Which one."""
    offset: int | None = None
    """Bytes from the start of the (uncompressed) file."""
    path: str = ""
    """Where a file has names inside: ``"/node/edges"``."""


class IoError(RetrogradeError, OSError):
    """The operating system said no."""

    file: str = ""
    """Which one."""


class DeviceError(RetrogradeError):
    """A device that kernels run on failed, or there is none of that name."""

    device: str = ""
    """Its name."""


class UsageError(RetrogradeError, ValueError):
    """An argument that cannot be."""


class Interrupted(RetrogradeError):
    """Somebody asked to stop."""


class InternalError(RuntimeError):
    """A bug of ours. Please report it."""

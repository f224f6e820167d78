"""Retrograde: exact simulation and exact gradients of spiking networks, down to the chip.

A network is described with the words of a scenario file (docs/scenario.md), runs event by event without a
time step, and every gradient is exact::

    import retrograde as rg

    net = rg.build(
        populations=[dict(name="in", size=2, model="input"), dict(name="h", size=3)],
        projections=[dict(from_="in", to="h", weight=4.0, delay="1 ms")],
    )
    run = rg.run(net, rg.Trial([1.0, 3.0], [0, 1], duration=50.0))
    times, neurons = run.spikes_of("h")

Times are in ms, voltages and weights in units of V. docs/python.md is the manual.
"""

from __future__ import annotations

from . import _machine  # isort: skip  (before what it refuses to load)
from . import plot
from ._core import Probe
from ._core import version as __version__
from .checks import Check, Fit, Forecast, check, fit, forecast
from .devices import devices
from .diffs import Diff, diff
from .errors import (
    DeploymentError,
    DeviceError,
    FormatError,
    InternalError,
    Interrupted,
    IoError,
    LimitError,
    NetworkError,
    NumericalError,
    RetrogradeError,
    RetrogradeWarning,
    ScenarioError,
    TrainingError,
    UsageError,
)
from .exports import export
from .gradient import Gradient, evaluate, gradient_of
from .network import Block, Loss, Network, Population, Projection
from .onchip import Emulation, Quantised, emulate, quantise
from .proofs import Margins, margins
from .runs import Recording, Run, probe, run
from .scenario import Dataset, Scenario, build, shipped
from .training import Trainer, Training, train
from .trials import Trial, Trials

__all__ = [
    "Block",
    "Check",
    "Dataset",
    "DeploymentError",
    "DeviceError",
    "Diff",
    "Emulation",
    "Fit",
    "Forecast",
    "FormatError",
    "Gradient",
    "InternalError",
    "Interrupted",
    "IoError",
    "LimitError",
    "Loss",
    "Margins",
    "Network",
    "NetworkError",
    "NumericalError",
    "Population",
    "Probe",
    "Projection",
    "Quantised",
    "Recording",
    "RetrogradeError",
    "RetrogradeWarning",
    "Run",
    "Scenario",
    "ScenarioError",
    "Trainer",
    "Training",
    "TrainingError",
    "Trial",
    "Trials",
    "UsageError",
    "__version__",
    "build",
    "check",
    "devices",
    "diff",
    "emulate",
    "evaluate",
    "export",
    "fit",
    "forecast",
    "gradient_of",
    "margins",
    "plot",
    "probe",
    "quantise",
    "run",
    "shipped",
    "train",
]

"""Training: a whole run as ``retro train`` makes it, and loops of one's own."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Union

import numpy as np
import numpy.typing as npt

from . import _core
from ._arguments import instance, whole, word
from ._documents import frame
from ._progress import can_show
from .errors import RetrogradeWarning, UsageError
from .gradient import Gradient, _gradient_of, warn_of_events
from .network import Losses, Network
from .scenario import Dataset, Scenario
from .trials import Trials

Floats = npt.NDArray[np.float64]
Row = dict[str, Any]
Callback = Callable[[Row], Union[bool, None]]


@dataclass
class Training:
    """What a training has come to."""

    network: Network
    """With the values of its best epoch."""
    history: list[Row]
    """One dictionary per epoch: ``epoch``, ``train_loss``, ``train_accuracy``, ``validation_loss``,
    ``validation_accuracy``, ..."""
    finished: bool
    """``False``: it was stopped; the folder has all that is needed to go on."""
    early: bool
    """It finished because its patience was over."""
    best_epoch: int
    """From 1; 0: none is finished."""
    best_accuracy: float | None
    """Of its validation part, or of its training part where there is none, from 0 to 1; ``None`` without labels."""
    folder: str | None
    """The run folder; ``None``: there was a temporary one."""
    device: str
    """Where trials ran: ``"cpu"``, or the device by its name."""
    data: Dataset | None
    """What it was given, which the verbs after training take up again; ``None``: that of its scenario."""
    self_check: Row
    """What checking gradients by exact identities has come to, where ``self_check`` asked for it:
    ``trials`` that were checked, trials that were ``left_out`` because spikes graze too closely,
    identities that were ``violated``, and of the one that came closest to that its name (``worst``),
    ``neuron``, ``residual`` (of its terms), ``of_tolerance``, ``epoch`` and ``trial``."""

    def to_pandas(self) -> Any:
        """The history as a ``pandas.DataFrame``, by epoch."""
        return frame(self.history, "epoch")

    def to_dict(self) -> Row:
        """Everything but the network."""
        return {
            "history": self.history,
            "finished": self.finished,
            "early": self.early,
            "best_epoch": self.best_epoch,
            "best_accuracy": self.best_accuracy,
            "folder": self.folder,
            "device": self.device,
            "self_check": self.self_check,
        }

    def __repr__(self) -> str:
        return f"<retrograde.Training: {len(self.history)} epochs, the best is {self.best_epoch}>"


def _answer(callback: Callback | None, row: Row) -> bool | None:
    """What a callback says; NumPy's ``False`` is one."""
    said: Any = callback(row) if callback else None
    return False if isinstance(said, (bool, np.bool_)) and not said else None


class _Bar:
    """Progress by tqdm, where that is installed."""

    def __init__(self, wanted: bool, epochs: int, on_batch: Callback | None, on_epoch: Callback | None):
        self._on_batch, self._on_epoch = on_batch, on_epoch
        self._bar: Any = None
        if can_show(wanted):
            from tqdm.auto import tqdm

            self._bar = tqdm(total=epochs, unit="epoch")

    def batch(self, row: Row) -> bool | None:
        if self._bar is not None:
            self._show(row["epoch"] - 1 + row["share"], row["loss"], row["accuracy"])
        return _answer(self._on_batch, row)

    def epoch(self, row: Row) -> bool | None:
        if self._bar is not None:
            validated = row["validation_accuracy"] is not None
            best = row["validation_accuracy"] if validated else row["train_accuracy"]
            self._show(row["epoch"], row["train_loss"], best)
        return _answer(self._on_epoch, row)

    def _show(self, done: float, loss: float, accuracy: float | None) -> None:
        text = f"loss {loss:.4g}" + ("" if accuracy is None else f", accuracy {100 * accuracy:.2f} %")
        self._bar.set_postfix_str(text, refresh=False)
        self._bar.n = round(done, 2)
        self._bar.update(0)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def train(
    scenario: Scenario | Network | str | os.PathLike[str] | None = None,
    *,
    data: Dataset | str | os.PathLike[str] = "",
    out: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    resume: str | os.PathLike[str] | None = None,
    epochs: int | None = None,
    report: bool = True,
    self_check: int = 0,
    values_every: int = 0,
    tensorboard: bool = False,
    device: str = "",
    on_batch: Callback | None = None,
    on_epoch: Callback | None = None,
    progress: bool = True,
) -> Training:
    """Trains what a scenario says, as ``retro train`` does, with the same bits.

    ``scenario`` is one, or the file of one, or a :class:`Network` of :func:`build` with the values that it
    begins with. The run folder ``out`` is that of the command line, too: it, ``resume`` and every other verb take it.
    Without one there is a temporary folder, which goes; neither fine-tuning nor what goes into the folder alone
    (``values_every``, ``tensorboard``) can be had then. With ``report`` the network is judged by its test
    part and on the chip in the end, and report.html and run.json are written. ``data`` is the
    folder of the data set, or a :class:`Dataset` of your own. ``resume`` goes on with a run folder that
    was stopped, without a scenario. ``device`` says where trials run, forward and back, as for :func:`run`; it goes
    before ``device`` of ``[train]``.

    ``on_epoch`` is called after every epoch with a row of the history, ``on_batch`` after every batch
    but the last of an epoch with ``epoch``, ``share`` (of the epoch), ``loss``, ``accuracy``, ... so
    far; returning ``False`` stops. Both run in the thread that called. Ctrl-C stops as well: everything
    is saved, and ``KeyboardInterrupt`` is raised. ``progress`` shows a bar where tqdm is installed.

    Warns (:class:`RetrogradeWarning`) of what the scenario says in vain, of data that do not go together, and of
    populations that end without a spike, which nothing teaches.

    Raises :class:`UsageError` where there is nothing to learn or a folder is in the way,
    :class:`TrainingError` for a training that cannot go on, and what reading and running raise.
    """
    if (scenario is None) == (resume is None):
        raise UsageError("train takes a scenario, or resume with the folder to go on with")
    only_kept = {"values_every": values_every, "tensorboard": tensorboard, "overwrite": overwrite}
    for name, given in only_kept.items():
        if given and out is None and resume is None:
            raise UsageError(f"{name}: without out nothing is kept; name a folder, or leave {name} out")
    if resume is not None and (out is not None or overwrite):
        raise UsageError("resume goes on in its own folder; leave out and overwrite out")
    if scenario is not None and not isinstance(scenario, Scenario):
        scenario = _scenario_of(scenario)
    if resume is not None:
        out, known = resume, Scenario.read(os.path.join(resume, "scenario.toml"))
    else:
        assert scenario is not None
        known = scenario
    epochs = None if epochs is None else whole(epochs, "epochs")
    word(device, "device")
    for name, place in (("out", out), ("resume", resume)):
        if place is not None and not isinstance(place, (str, os.PathLike)):
            raise UsageError(f"{name} is {place!r}; the path of a folder is needed")
    given_data, folder_of_data = data_of(data)
    bar = _Bar(progress, known.epochs if epochs is None else epochs, on_batch, on_epoch)
    batch = bar.batch if on_batch is not None or bar._bar is not None else None
    temporary = tempfile.TemporaryDirectory() if out is None else None
    folder = os.path.join(temporary.name, "run") if temporary else os.fspath(out)  # type: ignore[arg-type]
    try:
        core = _core.train(
            None if scenario is None else scenario._core,
            given_data,
            folder_of_data,
            folder,
            temporary is None,
            overwrite,
            resume is not None,
            report and temporary is None,
            epochs,
            whole(self_check, "self_check"),
            whole(values_every, "values_every"),
            tensorboard,
            device,
            batch,
            bar.epoch,
        )
    finally:
        bar.close()
        if temporary:
            temporary.cleanup()
    check = core.self_check
    if check["violated"]:
        warnings.warn(
            f"self-check FAILED: {check['violated']} identities are violated in {check['trials']} trials, "
            f"the worst: {check['worst']} in trial {check['trial']} of epoch {check['epoch']}. The gradients "
            "are wrong: this is a bug of Retrograde; please report it with the scenario",
            RetrogradeWarning,
            stacklevel=2,
        )
    return Training(
        Network(core.network),
        core.history,
        core.finished,
        core.early,
        core.best_epoch,
        core.best_accuracy,
        None if temporary else core.folder,
        core.device,
        data if isinstance(data, Dataset) else None,
        check,
    )


def _scenario_of(what: Network | str | os.PathLike[str]) -> Scenario:
    if not isinstance(what, Network):
        if not isinstance(what, (str, os.PathLike)):
            raise UsageError(f"scenario is a {type(what).__name__}; a Scenario, the file of one, or a Network is needed")
        return Scenario.read(what)
    begins = what.scenario.network
    same_synapses = np.array_equal(begins._core.pairs(), what._core.pairs())
    if not same_synapses or not np.array_equal(begins.values, what.values):
        raise UsageError(
            "the network has other values than its scenario begins with, from which a training begins; build it with "
            "these values, or take steps from here by rg.Trainer"
        )
    return what.scenario


def data_of(data: Dataset | str | os.PathLike[str]) -> tuple[_core.Dataset | None, str]:
    """The data set that was given, or the folder of one."""
    if isinstance(data, Dataset):
        return data._as_core(), ""
    if not isinstance(data, (str, os.PathLike)):
        raise UsageError(f"data is a {type(data).__name__}; a Dataset or the folder of a data set is needed")
    return None, os.path.abspath(data) if os.fspath(data) else ""


Optimiser = Callable[[Floats, Floats], npt.ArrayLike]
"""From values and their gradient to the next values, all like :attr:`Network.values`."""


class Trainer:
    """Training step by step, for data and optimisers of your own::

        trainer = rg.Trainer(net, loss=dict(kind="voltage_cross_entropy", population="out"))
        for batch in trials.batches(32, seed=1):
            step = trainer.step(batch)          # a Gradient, with loss and accuracy
        net = trainer.network

    What is learned, and within which bounds, is what the scenario of the network says (``learn``). The
    optimiser is Adam with the learning rates of its ``[train]``; ``optimiser`` is another one: it is
    given values and gradient and returns the next values, of which those that are not learned stay as
    they were and the others are put into their bounds. ``device`` is that of :func:`gradient_of`.

    A step is that of the optimiser alone. Warns (:class:`RetrogradeWarning`) of what else ``[train]`` says,
    clipping, schedules or dropout, which :func:`train` has. Raises :class:`UsageError` where nothing is
    learned, and for a surrogate or a structure that is learned, which are for :func:`train`.
    """

    def __init__(
        self,
        network: Network,
        loss: Losses = None,
        *,
        optimiser: Optimiser | None = None,
        device: str = "",
    ) -> None:
        instance(network, Network, "network", "make it by build, or take scenario.network")
        scenario = network._core.scenario()
        for told, said in ((scenario.surrogate, 'method = "surrogate"'), (scenario.structured, "[structure]")):
            if told:
                raise UsageError(f"{said}: steps of one's own are exact ones of a network that stays; use rg.train")
        if optimiser is not None and not callable(optimiser):
            raise UsageError(f"optimiser is {optimiser!r}; it is a function of values and gradient, or left out for Adam")
        beyond = _core.beyond_steps(scenario)
        if beyond:
            warnings.warn(
                f"steps of a Trainer go without {', '.join(beyond)}, which the scenario says; rg.train has them",
                RetrogradeWarning,
                stacklevel=2,
            )
        if not network.learned.any():
            raise UsageError('nothing is learned; add learn=["weight"] to a projection')
        self.network = network
        """As it has been learned so far."""
        self._loss = loss
        self._optimiser = optimiser
        self._device = word(device, "device")
        self._learned = network.learned
        self._lower, self._upper = network.bounds()
        # Costly gradients are made only where they are learned.
        self._neurons = any(
            self._learned[b.slice].any() for b in network.blocks if b.kind not in ("weight", "delay")
        )
        self._adam = None
        if optimiser is None:
            self._adam = _core.Adam(network._core, scenario)

    def step(self, trials: Trials, *, factor: float = 1.0) -> Gradient:
        """One step over a batch, down the mean gradient, which is returned: it is that before the step.
        ``factor`` multiplies the learning rates of Adam. Warns as :func:`gradient_of`."""
        warn_of_events(trials, "the gradient")
        gradient = _gradient_of(self.network, trials, self._loss, self._neurons, False, None, None, self._device)
        self.apply(gradient, factor=factor)
        return gradient

    def apply(self, gradient: Gradient | npt.ArrayLike, *, factor: float = 1.0) -> None:
        """One step down a gradient of your own: a :class:`Gradient` of :meth:`Run.backward`, or an array like
        :attr:`Network.values`."""
        down = np.ascontiguousarray(gradient.values if isinstance(gradient, Gradient) else gradient, dtype=np.float64)
        old = self.network.values
        if down.shape != old.shape:
            raise UsageError(f"a gradient of the shape {down.shape}; it is that of Network.values, {old.shape}")
        if not np.isfinite(down).all():
            wrong = int(np.nonzero(~np.isfinite(down))[0][0])
            raise UsageError(f"gradient: value {wrong} is {down[wrong]}; a step needs finite ones")
        if self._adam is not None:
            self.network = self.network._like(self._adam.step(self.network._core, down, factor))
            return
        assert self._optimiser is not None
        if factor != 1.0:
            raise UsageError("factor multiplies the rates of Adam; an optimiser of yours has its own")
        said: Any = self._optimiser(old.copy(), down.copy())
        new = np.asarray(np.nan if said is None else said, dtype=np.float64)
        if new.shape != old.shape:
            raise UsageError(
                f"the optimiser returned {'nothing' if said is None else f'an array of the shape {new.shape}'}; it "
                f"returns the next values, {old.shape}"
            )
        new = np.clip(new, self._lower, self._upper)
        self.network = self.network.with_values(np.where(self._learned, new, old))

    def epoch(self, batches: Iterable[Trials]) -> float:
        """A step for each batch; returns the mean loss over their trials."""
        total, count = 0.0, 0
        for batch in batches:
            total += self.step(batch).loss * len(batch)
            count += len(batch)
        if count == 0:
            raise UsageError("there is no batch")
        return total / count

#!/usr/bin/env python3
"""Trains the shipped Yin-Yang network with PyTorch: data loader, loss and optimiser are torch's.

    python3 python/examples/yin_yang_torch.py --out runs/yin_yang_torch --chip
    python3 python/examples/yin_yang_torch.py --epochs 5 --compare

The learning rates are those of [train] in the scenario. After every epoch the validation part is judged,
and the values of the best epoch are kept; the test part is judged once, in the end. `--compare` trains the
same network as `retro train` does, too, with the same seed and as many epochs, and judges it by the same
test part. `--chip` puts what was learned onto the emulated Loihi 2, as `retro check` does. The same seed gives the
same numbers.
"""

from __future__ import annotations

import argparse
import copy
import csv
import pathlib
import sys
import time

import numpy as np
import torch

import retrograde as rg
import retrograde.torch as rt

SCENARIO = rg.shipped("yin_yang.toml")
WEIGHT_RATE, DELAY_RATE, RATE_DECAY, GAIN = 0.005, 0.3, 0.96, 10.0


class YinYang(torch.nn.Module):
    """The network of the scenario, and what its loss takes a softmax of: the mean voltages of the readouts."""

    def __init__(self, scenario: rg.Scenario) -> None:
        super().__init__()
        self.duration = scenario.duration
        readout = dict(kind="voltage_integral", population="out")
        self.spiking = rt.Network(scenario.network, duration=scenario.duration, readout=readout)

    def forward(self, inputs: rt.Inputs) -> torch.Tensor:
        return GAIN * self.spiking(inputs).readout / self.duration


def loader(trials: rg.Trials, batch: int, seed: int | None = None) -> torch.utils.data.DataLoader:
    """Batches of trials, shuffled where there is a seed."""
    random = None if seed is None else torch.Generator().manual_seed(seed)
    return torch.utils.data.DataLoader(
        rt.TrialsDataset(trials), batch, shuffle=seed is not None, generator=random, collate_fn=rt.collate
    )


def epoch(model: YinYang, batches: torch.utils.data.DataLoader, optimiser: torch.optim.Optimizer) -> float:
    """A step for each batch; returns the mean loss, each batch's before its step."""
    total, count = 0.0, 0
    for inputs, labels in batches:
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(inputs), labels)
        loss.backward()
        optimiser.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


def accuracy(model: YinYang, trials: rg.Trials) -> float:
    right = 0
    with torch.no_grad():
        for inputs, labels in loader(trials, 250):
            right += int((model(inputs).argmax(dim=1) == labels).sum())
    return right / len(trials)


def optimiser_of(model: YinYang) -> torch.optim.Optimizer:
    """Adam with a rate for weights and one for delays."""
    named = list(model.named_parameters())
    return torch.optim.Adam(
        [
            dict(params=[p for name, p in named if name.endswith(":weight")], lr=WEIGHT_RATE),
            dict(params=[p for name, p in named if name.endswith(":delay")], lr=DELAY_RATE),
        ]
    )


def train(model: YinYang, data: rg.Dataset, batch: int, epochs: int, seed: int) -> list[dict[str, float]]:
    """Trains it, and leaves it with the values of the epoch that did best on the validation part."""
    optimiser = optimiser_of(model)
    decay = torch.optim.lr_scheduler.ExponentialLR(optimiser, RATE_DECAY)
    batches = loader(data.train, batch, seed)
    history: list[dict[str, float]] = []
    best = (-1.0, copy.deepcopy(model.state_dict()))
    for number in range(1, epochs + 1):
        start = time.monotonic()
        loss = epoch(model, batches, optimiser)
        decay.step()
        judged = accuracy(model, data.validation)
        if judged > best[0]:
            best = (judged, copy.deepcopy(model.state_dict()))
        history.append(dict(epoch=number, loss=loss, validation=judged))
        seconds = time.monotonic() - start
        print(f"epoch {number:2}/{epochs}  loss {loss:.4f}  validation {100 * judged:.2f} %  {seconds:.1f} s", flush=True)
    model.load_state_dict(best[1])
    return history


def save(folder: pathlib.Path, model: YinYang, network: rg.Network, history: list[dict[str, float]]) -> None:
    """The module for torch, all values of the network for anybody, and the history as a table."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(model.state_dict(), folder / "module.pt")
    np.save(folder / "values.npy", network.values)
    with open(folder / "history.csv", "w", newline="") as file:
        table = csv.DictWriter(file, ["epoch", "loss", "validation"])
        table.writeheader()
        table.writerows(history)


def main(words: list[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", type=pathlib.Path, default=SCENARIO, help="yin_yang.toml, or one like it")
    parser.add_argument("--epochs", type=int, help="as many as the scenario says, unless it is given")
    parser.add_argument("--seed", type=int, default=1, help="of the first values and of the order of the trials")
    parser.add_argument("--trials", type=int, help="use so many of the trials to train with; all, unless it is given")
    parser.add_argument("--out", type=pathlib.Path, help="a folder for what was learned: module.pt, values.npy, history.csv")
    parser.add_argument("--chip", action="store_true", help="judge it on the emulated Loihi 2, too")
    parser.add_argument("--compare", action="store_true", help="train as `retro train` does, too")
    given = parser.parse_args(words)
    for name in ("epochs", "trials"):
        if getattr(given, name) is not None and getattr(given, name) < 1:
            parser.error(f"--{name} {getattr(given, name)}: give a number above 0")
    if given.out is not None and given.out.exists() and (not given.out.is_dir() or any(given.out.iterdir())):
        parser.error(f"--out {given.out}: something is there already; name a folder that is new or empty")

    torch.manual_seed(given.seed)
    torch.set_num_threads(1)  # its tensors are small, and the network has threads of its own
    scenario = rg.Scenario.read(given.scenario, seed=given.seed)
    data = scenario.data()
    if given.trials is not None:
        data.train = data.train[: given.trials]
    epochs = given.epochs or scenario.epochs

    model = YinYang(scenario)
    start = time.monotonic()
    history = train(model, data, scenario.batch, epochs, given.seed)
    result = dict(first_loss=history[0]["loss"], loss=history[-1]["loss"], seconds=time.monotonic() - start)
    result["accuracy"] = accuracy(model, data.test)
    print(f"torch: test {100 * result['accuracy']:.2f} %, {result['seconds']:.0f} s")
    network = model.spiking.network()
    if given.out is not None:
        save(given.out, model, network, history)

    if given.chip:
        check = rg.check(network, data=data, progress=False)
        result["chip_accuracy"], fits = float(check.accuracy["chip"] or 0.0), "fits" if check.fits else "does not fit"
        print(f"Loihi 2: {fits}, test {100 * result['chip_accuracy']:.2f} %")

    if given.compare:
        start = time.monotonic()
        theirs = rg.train(scenario, data=data, epochs=epochs, progress=False, report=False)
        result["their_seconds"] = time.monotonic() - start
        _, judged = rg.evaluate(theirs.network, data.test)
        result["their_accuracy"] = float(judged or 0.0)
        print(f"retro train: test {100 * result['their_accuracy']:.2f} %, {result['their_seconds']:.0f} s")
    return result


if __name__ == "__main__":
    main()
    sys.exit(0)

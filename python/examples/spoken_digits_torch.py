#!/usr/bin/env python3
"""Spoken digits: layers of torch turn a recording into spike times, and a spiking network tells the digit.

    python3 python/examples/spoken_digits_torch.py FOLDER --out runs/digits
    python3 python/examples/spoken_digits_torch.py FOLDER --leave-out theo --epochs 10

FOLDER holds the recordings of the Free Spoken Digit Dataset (https://github.com/Jakobovski/free-spoken-digit-dataset), DIGIT_SPEAKER_INDEX.wav,
or has a folder recordings/ that does. The log-mel spectrogram of a recording goes through a convolution and a
linear layer to the times of 40 spikes; a layer of spiking neurons with learned weights and delays, and a readout
by mean voltage, follow. The gradient of the loss goes exactly through the spikes, back to the convolution.

Everything is trained twice from the same first values: whole, and with the layers of torch left as they are. What
the whole network does better is what the gradient through the spikes brings. Of each speaker and digit recordings
0 to 4 are the test part, as the data set says, 5 to 9 validate, and the rest trains; `--leave-out` makes one speaker
the test part instead. The epoch is chosen by the validation part, and the test part is judged once. The same seed gives the same numbers.
"""

from __future__ import annotations

import argparse
import copy
import csv
import pathlib
import re
import sys
import time
import wave
from typing import NamedTuple

import numpy as np
import torch

import retrograde as rg
import retrograde.torch as rt

RATE, WINDOW, HOP, BANDS, FRAMES = 8000, 200, 80, 20, 24  # Hz, samples, samples
INPUTS, HIDDEN, FIRST, LAST, DURATION = 40, 64, 1.0, 25.0, 50.0  # and ms


class Digits(NamedTuple):
    features: torch.Tensor  # (recordings, BANDS, FRAMES)
    labels: torch.Tensor


# ---- recordings ----------------------------------------------------------------------------------


def mel_filters() -> np.ndarray:
    """Triangles that are even on the mel scale from 60 Hz to 3800 Hz, ``(BANDS, bins)``."""
    mel = np.linspace(*(2595.0 * np.log10(1.0 + np.array([60.0, 3800.0]) / 700.0)), BANDS + 2)
    edges = 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    bins = np.fft.rfftfreq(256, 1.0 / RATE)
    up = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    down = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    return np.maximum(0.0, np.minimum(up, down))


def spectrogram(sound: np.ndarray, filters: np.ndarray) -> np.ndarray:
    """Log-mel, as long as FRAMES whatever the recording's length, of mean 0 and deviation 1."""
    sound = np.pad(sound, (0, max(0, WINDOW - sound.size)))
    starts = np.arange(0, sound.size - WINDOW + 1, HOP)
    frames = sound[starts[:, None] + np.arange(WINDOW)] * np.hanning(WINDOW)
    mel = np.log(np.abs(np.fft.rfft(frames, 256)) ** 2 @ filters.T + 1e-6)
    at = np.linspace(0.0, len(mel) - 1.0, FRAMES)
    low = np.minimum(at.astype(int), max(len(mel) - 2, 0))
    high = np.minimum(low + 1, len(mel) - 1)
    even = mel[low] + (at - low)[:, None] * (mel[high] - mel[low])
    return ((even - even.mean()) / (even.std() + 1e-9)).T


def read(path: pathlib.Path) -> np.ndarray:
    """The samples of a WAV file, from -1 to 1."""
    try:
        with wave.open(str(path)) as file:
            if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (RATE, 1, 2):
                raise wave.Error(f"mono of 16 bits at {RATE} Hz is needed")
            return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32768.0
    except (wave.Error, EOFError) as error:
        raise SystemExit(f"{path}: {str(error) or 'the file ends too early'}") from None


def load(folder: pathlib.Path, leave_out: str | None) -> dict[str, Digits]:
    """The parts train, validation and test."""
    names = sorted((folder / "recordings" if (folder / "recordings").is_dir() else folder).glob("*.wav"))
    filters = mel_filters()
    rows: dict[str, list[tuple[np.ndarray, int]]] = dict(train=[], validation=[], test=[])
    for path in names:
        found = re.fullmatch(r"(\d)_(\w+)_(\d+)", path.stem)
        if not found:
            continue
        digit, speaker, index = int(found[1]), found[2], int(found[3])
        tests = index < 5 if leave_out is None else speaker == leave_out
        part = "test" if tests else "validation" if 5 <= index < 10 else "train"
        rows[part].append((spectrogram(read(path), filters), digit))
    for part, of in rows.items():
        if not of:
            raise SystemExit(
                f"{folder}: no recording DIGIT_SPEAKER_INDEX.wav for the {part} part. The data set is at"
                " https://github.com/Jakobovski/free-spoken-digit-dataset; name the folder of its recordings"
                + ("" if leave_out is None else f", and one of its speakers instead of {leave_out}")
            )
    return {
        part: Digits(
            torch.tensor(np.array([f for f, _ in of]), dtype=torch.float32), torch.tensor([d for _, d in of])
        )
        for part, of in rows.items()
    }


# ---- the model -----------------------------------------------------------------------------------


def spiking_network(seed: int) -> rg.Network:
    return rg.build(
        populations=[
            dict(name="in", size=INPUTS, model="input"),
            dict(name="hidden", size=HIDDEN, tau_mem="20 ms", tau_syn="5 ms"),
            dict(name="out", size=10, model="cuba_li", tau_mem="20 ms", tau_syn="5 ms"),
        ],
        projections=[
            dict(
                from_="in",
                to="hidden",
                weight=dict(distribution="normal", mean=0.4, std=0.8),
                delay=dict(distribution="uniform", low="0 ms", high="10 ms"),
                delay_max="20 ms",
                learn=["weight", "delay"],
            ),
            dict(
                from_="hidden",
                to="out",
                weight=dict(distribution="normal", mean=0.0, std=0.3),
                delay="0 ms",
                learn=["weight"],
            ),
        ],
        seed=seed,
        duration=f"{DURATION} ms",
    )


class Model(torch.nn.Module):
    """A spectrogram becomes latencies, these become voltages, and these what a softmax is taken of."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.front = torch.nn.Sequential(
            torch.nn.Conv1d(BANDS, 32, 5, padding=2),
            torch.nn.ReLU(),
            torch.nn.AvgPool1d(2),
            torch.nn.Flatten(),
            torch.nn.Linear(32 * FRAMES // 2, INPUTS),
        )
        readout = dict(kind="voltage_integral", population="out")
        self.spiking = rt.Network(spiking_network(seed), duration=DURATION, readout=readout)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        latencies = FIRST + (LAST - FIRST) * torch.sigmoid(4.0 * self.front(features))
        return 10.0 * self.spiking(latencies).readout / DURATION


# ---- training ------------------------------------------------------------------------------------


def accuracy(model: Model, part: Digits) -> float:
    with torch.no_grad():
        right = [
            (model(features).argmax(dim=1) == labels).sum().item()
            for features, labels in zip(part.features.split(250), part.labels.split(250))
        ]
    return sum(right) / len(part.labels)


def train(model: Model, parts: dict[str, Digits], epochs: int, seed: int, name: str) -> list[dict[str, float]]:
    """Trains it, and leaves it with the values of the epoch that did best on the validation part."""
    spiking = dict(model.spiking.named_parameters())
    optimiser = torch.optim.Adam(
        [
            dict(params=[p for p in model.front.parameters() if p.requires_grad], lr=0.002),
            dict(params=[p for key, p in spiking.items() if key.endswith(":weight")], lr=0.01),
            dict(params=[p for key, p in spiking.items() if key.endswith(":delay")], lr=0.1),
        ]
    )
    decay = torch.optim.lr_scheduler.ExponentialLR(optimiser, 0.93)
    batches = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(*parts["train"]), 50, shuffle=True, generator=torch.Generator().manual_seed(seed)
    )
    history: list[dict[str, float]] = []
    best = (-1.0, copy.deepcopy(model.state_dict()))
    for number in range(1, epochs + 1):
        start, total = time.monotonic(), 0.0
        for features, labels in batches:
            optimiser.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(features), labels)
            loss.backward()
            optimiser.step()
            total += loss.item() * len(labels)
        decay.step()
        judged = accuracy(model, parts["validation"])
        if judged > best[0]:
            best = (judged, copy.deepcopy(model.state_dict()))
        history.append(dict(epoch=number, loss=total / len(parts["train"].labels), validation=judged))
        print(
            f"{name:6}  epoch {number:2}/{epochs}  loss {history[-1]['loss']:.4f}  validation {100 * judged:.2f} %"
            f"  {time.monotonic() - start:.1f} s",
            flush=True,
        )
    model.load_state_dict(best[1])
    return history


def save(folder: pathlib.Path, model: Model, histories: dict[str, list[dict[str, float]]]) -> None:
    """The whole module for torch, the values of the spiking network for anybody, and the history as a table."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(model.state_dict(), folder / "module.pt")
    np.save(folder / "values.npy", model.spiking.network().values)
    with open(folder / "history.csv", "w", newline="") as file:
        table = csv.DictWriter(file, ["model", "epoch", "loss", "validation"])
        table.writeheader()
        for name, history in histories.items():
            table.writerows(dict(model=name, **row) for row in history)


def main(words: list[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="of the recordings")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1, help="of the first values and of the order of the recordings")
    parser.add_argument("--leave-out", metavar="SPEAKER", help="test with this speaker, who is not trained with")
    parser.add_argument("--out", type=pathlib.Path, help="a folder for what was learned: module.pt, values.npy, history.csv")
    given = parser.parse_args(words)
    if given.epochs < 1:
        parser.error(f"--epochs {given.epochs}: give a number above 0")
    if given.out is not None and given.out.exists() and (not given.out.is_dir() or any(given.out.iterdir())):
        parser.error(f"--out {given.out}: something is there already; name a folder that is new or empty")
    try:
        parts = load(given.folder, given.leave_out)
    except SystemExit as error:
        parser.error(str(error))
    print(", ".join(f"{len(part.labels)} recordings for {name}" for name, part in parts.items()), flush=True)

    torch.set_num_threads(1)  # its tensors are small, and the network has threads of its own
    result: dict[str, float] = {}
    histories = {}
    for name in ("frozen", "whole"):
        torch.manual_seed(given.seed)
        model = Model(given.seed)
        model.front.requires_grad_(name == "whole")
        histories[name] = train(model, parts, given.epochs, given.seed, name)
        result[name] = accuracy(model, parts["test"])
        result[name + "_first_loss"], result[name + "_loss"] = histories[name][0]["loss"], histories[name][-1]["loss"]
    if given.out is not None:
        save(given.out, model, histories)
    print(f"test: {100 * result['whole']:.2f} %, and {100 * result['frozen']:.2f} % with the layers of torch left as they were")
    return result


if __name__ == "__main__":
    main()
    sys.exit(0)

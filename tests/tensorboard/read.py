"""The event file that `retro train --tensorboard` writes, read by TensorBoard itself: every curve is
what metrics.csv says, and the histograms hold what is learned.

    read.py --retro PROGRAM --scratch FOLDER

Runs in the Python that RETROGRADE_TENSORBOARD_PYTHON names, if it names one. Exit status 77, with a
line "SKIPPED: ...", where tensorboard is not to be had.
"""

import argparse
import csv
import pathlib
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from live import use  # noqa: E402

SCENARIO = """
[scenario]
name = "curves"
duration = "280 ms"
seed = 3
[[population]]
name = "in"
size = 5
[[population]]
name = "hidden"
size = 12
tau_mem = "63.5 ms"
tau_syn = "15.5 ms"
[[population]]
name = "out"
size = 3
model = "cuba_li"
tau_mem = "63.5 ms"
tau_syn = "15.5 ms"
[[projection]]
from = "in"
to = "hidden"
weight = { distribution = "normal", mean = 2.5, std = 1.5 }
delay_max = "60 ms"
learn = ["weight", "delay"]
[[projection]]
from = "hidden"
to = "out"
weight = { distribution = "normal", mean = 0.0, std = 0.1 }
learn = ["weight"]
[data]
kind = "yin_yang"
population = "in"
t_early = "5 ms"
t_late = "200 ms"
bias_spike = "5 ms"
train = 100
test = 40
[loss]
kind = "voltage_cross_entropy"
population = "out"
gain = 10.0
[train]
epochs = 2
batch = 20
"""

# Tag, and its column of metrics.csv.
CURVES = {
    "loss/training": "train_loss",
    "loss/validation": "validation_loss",
    "accuracy/training": "train_accuracy",
    "accuracy/validation": "validation_accuracy",
    "activity/spikes_per_neuron": "spikes_per_neuron",
    "activity/silent_neurons": "silent_neurons",
    "activity/silent_per_batch": "silent_per_batch",
    "rate/factor": "rate_factor",
    "rate/delay_factor": "delay_rate_factor",
    "rate/neuron_factor": "neuron_rate_factor",
    "gradient/grazing_spikes": "grazing_spikes",
}
# Tag, steps, number of values.
HISTOGRAMS = {
    "weight/in->hidden": 60,
    "delay/in->hidden": 60,
    "weight/hidden->out": 36,
}


def as_float(text):
    """What is left of a double in an event file."""
    return struct.unpack("f", struct.pack("f", float(text)))[0]


def read(folder):
    """Tag -> {step: value}, and tag -> {step: histogram}, by TensorBoard's own reader."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0, "histograms": 0})
    events.Reload()
    tags = events.Tags()
    return ({tag: {e.step: e.value for e in events.Scalars(tag)} for tag in tags["scalars"]},
            {tag: {e.step: e.histogram_value for e in events.Histograms(tag)}
             for tag in tags["histograms"]})


def compare(folder):
    failures = 0
    with open(folder / "metrics.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    curves, histograms = read(folder)
    for tag, column in CURVES.items():
        expected = {int(row["epoch"]): as_float(row[column]) for row in rows}
        if curves.get(tag) != expected:
            print(f"{tag}: {curves.get(tag)}, metrics.csv says {expected}")
            failures += 1
    for tag, size in HISTOGRAMS.items():
        steps = histograms.get(tag, {})
        if not {0, len(rows)} <= set(steps) or any(
                h.num != size or abs(sum(h.bucket) - size) > 0 for h in steps.values()):
            print(f"{tag}: {steps}")
            failures += 1
    print(f"{len(rows)} epochs: {len(curves)} curves and {len(histograms)} histograms, "
          f"{failures} wrong")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--retro", required=True, help="the program")
    parser.add_argument("--scratch", type=pathlib.Path)
    arguments = parser.parse_args()
    use("RETROGRADE_TENSORBOARD_PYTHON", "tensorboard.backend.event_processing.event_accumulator",
        "tensorboard")

    def retro(*words):
        subprocess.run([arguments.retro, *words], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    with tempfile.TemporaryDirectory(dir=arguments.scratch) as scratch:
        folder = pathlib.Path(scratch)
        (folder / "curves.toml").write_text(SCENARIO)
        retro("train", "curves.toml", "--out", "run", "--tensorboard")
        failures = compare(folder / "run")
        # A record that a kill has cut, and two more epochs: --resume remembers --tensorboard.
        events = folder / "run" / "events.out.tfevents.retrograde"
        events.write_bytes(events.read_bytes()[:-9])
        retro("train", "--resume", "run", "--epochs", "4")
        failures += compare(folder / "run")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())

"""Runs what `retro export` writes where it is meant to run, and compares every u, v and spike with
the emulator.

    exchange.py netx --program LAVA_EXCHANGE     netX files in lava-dl (lava.lib.dl.netx)
    exchange.py script --program LAVA_EXCHANGE   Python scripts in Lava

Runs in the Python that RETROGRADE_LAVA_PYTHON names, if it names one. Exit status 77, with a line
"SKIPPED: ...", where lava-dl or lava-nc is not to be had.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from live import use  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["netx", "script"])
    parser.add_argument("--program", required=True, help="the program lava_exchange")
    parser.add_argument("--scratch", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.what == "netx":
        use("RETROGRADE_LAVA_PYTHON", "lava.lib.dl.netx.hdf5", "lava-dl")
    else:
        use("RETROGRADE_LAVA_PYTHON", "lava.proc.lif.process", "lava-nc")

    different = 0
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as scratch:
        folder = pathlib.Path(scratch)
        subprocess.run([arguments.program, folder], check=True)
        suffix, run = (".net", run_netx) if arguments.what == "netx" else (".py", run_script)
        for path in sorted(folder.glob("*" + suffix)):
            different += compare(path, run)
            sys.stdout.flush()
    return different != 0


def compare(path, run):
    """The number of values that differ."""
    import numpy as np
    case = json.loads(path.with_suffix(".json").read_text())
    ours = np.fromfile(path.with_suffix(".bin"), "<i4")
    at = values = different = messages = 0
    for k, theirs in sorted(run(path, case).items()):
        size = case["populations"][k]["size"]
        for key in ("u", "v", "spikes"):
            block = ours[at:at + size * case["steps"]].reshape(size, case["steps"])
            at += block.size
            # Before and after its trial a population does nothing in the emulator.
            lag = case["populations"][k]["lag"]
            there = theirs[key][:, lag:lag + case["trial_steps"]]
            block = block[:, lag:lag + case["trial_steps"]]
            values += block.size
            differs = np.argwhere(block != there)
            different += len(differs)
            messages += block.sum() if key == "spikes" else 0
            if len(differs):
                neuron, step = differs[0]
                print(f"{path.name}: population {k}, {key} of neuron {neuron} in step {step}: "
                      f"{block[neuron, step]}, there {there[neuron, step]}")
    assert at == len(ours), "populations are missing"
    print(f"{path.name}: {values} values, {messages} spikes, {different} values differ")
    if messages == 0:
        print(f"{path.name}: nothing fires; the comparison would mean little")
        return 1
    return different


def run_netx(path, case):
    """As a user loads it; a netX file is a chain, so population k is layer k - 1."""
    import numpy as np
    from lava.lib.dl.netx.hdf5 import Network
    from lava.magma.core.run_conditions import RunSteps
    from lava.magma.core.run_configs import Loihi2SimCfg
    from lava.proc.io.sink import Read, RingBuffer as Sink
    from lava.proc.io.source import RingBuffer as Source
    steps = case["steps"]
    data = np.zeros((case["populations"][0]["size"], steps), int)
    for _, step, neuron in case["input"]:
        data[neuron, step] = 1
    network = Network(str(path))
    Source(data=data).s_out.connect(network.inp)
    probes = {}
    for k, layer in enumerate(network.layers):
        u, v = Read(buffer=steps), Read(buffer=steps)
        u.connect_var(layer.neuron.u)
        v.connect_var(layer.neuron.v)
        spikes = Sink(shape=layer.neuron.s_out.shape, buffer=steps)
        layer.neuron.s_out.connect(spikes.a_in)
        probes[k + 1] = {"u": u, "v": v, "spikes": spikes}
    network.run(condition=RunSteps(num_steps=steps), run_cfg=Loihi2SimCfg(select_tag="fixed_pt"))
    results = {k: {key: probe.data.get() for key, probe in some.items()}
               for k, some in probes.items()}
    network.stop()
    return results


def run_script(path, case):
    import numpy as np
    trace = path.with_suffix(".npz")
    # The script itself compares its decision and its counts: status 0.
    subprocess.run([sys.executable, path, "--trace", trace], check=True)
    arrays = np.load(trace)
    return {k: {key: arrays[f"{key}{k}"] for key in ("u", "v", "spikes")}
            for k, p in enumerate(case["populations"]) if not p["input"]}


if __name__ == "__main__":
    sys.exit(main())

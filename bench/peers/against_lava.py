"""How much faster than Lava is the emulator? The same network in both, in one run.

    against_lava.py PROGRAM  PROGRAM is bench_lava; needs lava-nc (docs/loihi2.md)

700 inputs with 8,000 spikes in 1000 steps, 256 recurrent neurons, 20 readouts; without synaptic
delays, and with 0 to 62 steps on each synapse. Lava is timed after its first step, so that making
and compiling its processes does not count, and with nothing probed. Then both are compared bit by
bit over the same steps and the emulator is timed, its own reading of all registers off.
"""

import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests" / "lava"))

import numpy as np  # noqa: E402
from lava.magma.core.run_conditions import RunSteps  # noqa: E402
from lava.magma.core.run_configs import Loihi2SimCfg  # noqa: E402
from lava.proc.lif.process import LIF  # noqa: E402
from recorder import Recorder  # noqa: E402

INPUTS, HIDDEN, OUTPUTS, SPIKES, STEPS = 700, 256, 20, 8000, 1000


def keyword_network(delays, steps):
    r = Recorder("keyword", 1, steps)
    i = r.inputs(INPUTS, SPIKES / (INPUTS * STEPS))
    hidden = r.population("cuba_lif", HIDDEN, LIF(shape=(HIDDEN,), du=741, dv=200, vth=2048),
                          ("u", "v"), du=741, dv=200, vth=2048)
    out = r.population("cuba_li", OUTPUTS, LIF(shape=(OUTPUTS,), du=741, dv=200, vth=131071),
                       ("u", "v"), du=741, dv=200)
    for source, target, mean, deviation in ((i, hidden, 3, 14), (hidden, hidden, 0, 14),
                                            (hidden, out, 0, 10)):
        shape = (r.populations[target].size, r.populations[source].size)
        weights = np.clip(r.random.normal(mean, deviation, shape), -256, 254).astype(int)
        r.connect(source, target, weights, r.delays(target, source, 62) if delays else None)
    return r


def lava_seconds(delays, steps):
    """Per step."""
    runner = keyword_network(delays, STEPS).processes[-1]
    config = Loihi2SimCfg(select_tag="fixed_pt")
    runner.run(condition=RunSteps(num_steps=1), run_cfg=config)
    begin = time.perf_counter()
    runner.run(condition=RunSteps(num_steps=steps), run_cfg=config)
    seconds = time.perf_counter() - begin
    runner.stop()
    return seconds / steps


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    for delays, timed, compared in ((False, STEPS - 1, STEPS), (True, 40, 100)):
        print(f"{'delays 0 to 62' if delays else 'no delays'}:", flush=True)
        lava = lava_seconds(delays, timed)
        print(f"  Lava       {1e3 * lava:10.4f} ms a step, mean of {timed}")
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "keyword.run"
            keyword_network(delays, compared).record(path)
            done = subprocess.run([sys.argv[1], path], capture_output=True, text=True)
        if done.returncode != 0:
            print(done.stdout + done.stderr)
            return 1
        emulator, text = done.stdout.split(maxsplit=1)
        print(f"  emulator   {1e3 * float(emulator):10.6f} ms a step, {text.strip()}")
        print(f"  ratio      {lava / float(emulator):10.0f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

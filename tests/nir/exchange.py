"""NIR graphs between Retrograde and the Python package nir, both ways: files that `retro export`
wrote are read by nir.read, files that nir.write wrote are run by `retro run`, and the spike times are
those of NIR's equations (graph.py).

    exchange.py --retro PROGRAM --scratch FOLDER
    exchange.py --golden FOLDER      writes the small graph that is checked in, and its spikes

Runs in the Python that RETROGRADE_NIR_PYTHON names, if it names one. Exit status 77, with a line
"SKIPPED: ...", where nir is not to be had.
"""

import argparse
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from live import use  # noqa: E402

LARGEST = 1e-9  # ms, between spike times

# Inputs, recurrent neurons, delays of every kind that NIR has nodes for; readable by any tool.
OURS = """
[scenario]
duration = "40 ms"
[[population]]
name = "in"
size = 2
spikes = [["1 ms", "6 ms", "13 ms", "21 ms"], ["3 ms", "9 ms", "24 ms"]]
axonal_delay = ["0.3 ms", "0 ms"]
[[population]]
name = "hidden"
size = 3
tau_mem = ["10 ms", "12 ms", "17 ms"]
tau_syn = ["5 ms", "4 ms", "3 ms"]
v_threshold = [1.0, 0.9, 1.1]
v_reset = [0.0, -0.1, 0.2]
bias = [0.0, 0.2, 0.1]
[[population]]
name = "out"
size = 1
model = "cuba_li"
[[projection]]
from = "in"
to = "hidden"
weight = [[6.1, 1.7], [2.3, 7.0], [5.2, nan]]
delay = [["0.75 ms", "1 ms"], ["1 ms", "0.5 ms"], ["0.5 ms", ""]]
[[projection]]
from = "hidden"
to = "hidden"
weight = [[nan, 0.8, -1.0], [2.4, nan, 0.7], [1.2, -0.6, nan]]
delay = "2.5 ms"
[[projection]]
from = "hidden"
to = "out"
weight = 1.0
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--retro", help="the program")
    parser.add_argument("--scratch", type=pathlib.Path)
    parser.add_argument("--golden", type=pathlib.Path)
    arguments = parser.parse_args()
    nir = use("RETROGRADE_NIR_PYTHON", "nir", "nir")
    from graph import recurrent, simulate

    graph, spikes, duration = recurrent()
    expected = simulate(graph, spikes, duration)
    if arguments.golden:
        arguments.golden.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            path = pathlib.Path(scratch) / "recurrent.nir"
            nir.write(path, graph)
            packed = gzip.compress(path.read_bytes(), mtime=0)  # mostly zeros
        (arguments.golden / "recurrent.nir.gz").write_bytes(packed)
        document = {"source": f"nir {nir.version}, tests/nir/graph.py", "duration_ms": 1e3 * duration,
                    "input": [[1e3 * t, k] for t, k in spikes],
                    "spikes": [[1e3 * t, k] for t, _, k in expected]}
        (arguments.golden / "recurrent.json").write_text(json.dumps(document, indent=0) + "\n")
        return 0

    with tempfile.TemporaryDirectory(dir=arguments.scratch) as scratch:
        folder = pathlib.Path(scratch)
        retro = Retro(arguments.retro, folder)
        nir.write(folder / "theirs.nir", graph)
        scenario = "[scenario]\nduration = \"%r ms\"\n[network]\nfile = \"theirs.nir\"\n" % (
            1e3 * duration)
        times = [[f"{1e3 * t!r} ms" for t, k in spikes if k == n] for n in range(3)]
        scenario += f"[[population]]\nname = \"in\"\nspikes = {times}\n"
        failures = compare("written by nir", retro.spikes("theirs", scenario), expected, "hidden")

        (folder / "ours.toml").write_text(OURS)
        retro("export", "ours.toml", "--format", "nir", "--delays", "branches", "--out", "ours.nir")
        ours = nir.read(folder / "ours.nir")
        kinds = sorted({type(node).__name__ for node in ours.nodes.values()})
        print(f"read by nir: {len(ours.nodes)} nodes ({', '.join(kinds)}), {len(ours.edges)} edges")
        inputs = [(1e-3 * t, k) for k, some in enumerate([[1, 6, 13, 21], [3, 9, 24]])
                  for t in some]
        failures += compare("written by retro", retro.spikes("ours", OURS),
                            simulate(ours, inputs, 0.04), "hidden")
        # And back through Python, which packs what it writes.
        nir.write(folder / "back.nir", ours)
        back = OURS[:OURS.index("[[population]]")] + """[network]
file = "back.nir"
[[population]]
name = "in"
spikes = [["1 ms", "6 ms", "13 ms", "21 ms"], ["3 ms", "9 ms", "24 ms"]]
"""
        if retro.spikes("back", back) != retro.spikes("ours", OURS):
            print("spikes change on the way through Python")
            failures += 1
    return failures != 0


class Retro:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def __call__(self, *arguments):
        subprocess.run([self.program, *arguments], cwd=self.folder, check=True,
                       stdout=subprocess.DEVNULL)

    def spikes(self, name, scenario):
        """(time in ms, neuron) of the population hidden, in order of time."""
        (self.folder / f"{name}.toml").write_text(scenario)
        self("run", f"{name}.toml", "--overwrite", "--json", f"{name}.json")
        document = json.loads((self.folder / f"{name}.json").read_text())
        return sorted((t, k) for k, times in enumerate(document["spikes"]["hidden"])
                      for t in times)


def compare(name, ours, expected, population):
    theirs = [(1e3 * t, k) for t, node, k in expected if node == population]
    if [k for _, k in ours] != [k for _, k in theirs] or not ours:
        print(f"{name}: {len(ours)} spikes, {len(theirs)} expected: {ours}\n{theirs}")
        return 1
    worst = max(abs(a[0] - b[0]) for a, b in zip(ours, theirs))
    print(f"{name}: {len(ours)} spikes, times differ by at most {worst:.1e} ms")
    return int(worst > LARGEST)


if __name__ == "__main__":
    sys.exit(main())

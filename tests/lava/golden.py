"""Writes the golden vectors that need Lava or lava-dl, all of them, from fixed seeds.

    golden.py runs FOLDER       small networks in all models: FOLDER/NAME.run (networks.py)
    golden.py pursuit FOLDER    the same of sparse coding (pursuit.py), by lava-optimization
    golden.py vectors FOLDER    many more, to the edges of every field: FOLDER/NAME.runs (vectors.py)
    golden.py netx FOLDER       networks of lava-dl: FOLDER/NAME.net as lava-dl exported it, and
                                FOLDER/NAME.runs, what Lava made of it (slayer.py)
    --only NAME                 one network or family

Runs in the Python that RETROGRADE_LAVA_PYTHON names, if it names one. Exit status 77, with a line
"SKIPPED: ...", where the package is not to be had.
"""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from live import use  # noqa: E402

SEED = 20


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["runs", "pursuit", "vectors", "netx"])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--only")
    arguments = parser.parse_args()
    if arguments.what == "netx":
        use("RETROGRADE_LAVA_PYTHON", "lava.lib.dl.slayer", "lava-dl")
    elif arguments.what == "pursuit":
        use("RETROGRADE_LAVA_PYTHON", "lava.lib.optimization.solvers.lca.process",
            "lava-optimization")
    else:
        use("RETROGRADE_LAVA_PYTHON", "lava.proc.lif.process", "lava-nc")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    {"runs": write_runs, "pursuit": write_pursuit, "vectors": write_vectors,
     "netx": write_netx}[arguments.what](arguments)


def write_runs(arguments):
    from networks import ALL, tag_of
    record_all(arguments, ALL, tag_of)


def write_pursuit(arguments):
    from pursuit import ALL, tag_of
    record_all(arguments, ALL, tag_of)


def record_all(arguments, networks, tag_of):
    from recorder import Recorder
    for build, size, steps, _, _ in networks:
        if arguments.only not in (None, build.__name__):
            continue
        recorder = Recorder(build.__name__, SEED, steps, tag_of(build))
        build(recorder, size)
        path = arguments.folder / f"{build.__name__}.run"
        report(path, *recorder.record(path))


def write_vectors(arguments):
    from recorder import Recorder, pack
    from vectors import ALL, tag_of
    for build, networks, steps in ALL:
        if arguments.only not in (None, build.__name__):
            continue
        pieces, neuron_steps, messages = [], 0, 0
        for k in range(networks):
            recorder = Recorder(f"{build.__name__}{k}", [SEED, k], steps, tag_of(build))
            build(recorder, k)
            piece, *counts = recorder.packed()
            pieces.append(piece)
            neuron_steps += counts[0]
            messages += counts[1]
        path = arguments.folder / f"{build.__name__}.runs"
        pack(path, pieces)
        report(path, neuron_steps, messages)


def write_netx(arguments):
    import importlib.metadata
    import numpy as np
    from recorder import pack, piece
    from slayer import ALL, export, run
    for k, (build, steps, reset) in enumerate(ALL):
        name = build.__name__ + ("_reset" if reset else "")
        if arguments.only not in (None, name):
            continue
        path = arguments.folder / f"{name}.net"
        shape = export(build, path, SEED + k)
        given, layers = run(path, shape, steps, reset, SEED + k)
        description = {"name": name, "seed": SEED + k, "steps": steps, "reset": reset or [0, 0],
                       "layers": [len(u) for u, _, _ in layers],
                       "inputs": np.argwhere(given.T).tolist(),
                       "source": f"lava-dl {importlib.metadata.version('lava-dl')}"}
        pack(path.with_suffix(".runs"),
             [piece(description, [values for layer in layers for values in layer])])
        report(path.with_suffix(".runs"), steps * sum(len(u) for u, _, _ in layers),
               sum(int(s.sum()) for _, _, s in layers))
        for u, v, s in layers:
            print(f"  {len(u)} neurons, {s.sum()} spikes, u {u.min()} to {u.max()}, "
                  f"v {v.min()} to {v.max()}")


def report(path, neuron_steps, messages):
    print(f"{path}: {neuron_steps} neuron-steps, {messages} messages, {path.stat().st_size} bytes")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

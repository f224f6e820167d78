"""Compares the emulator with Lava on random networks: every u, v and message.

    compare.py --replay PROGRAM [--scratch FOLDER] [--only NAME] [--pursuit]

With --pursuit the networks are those of sparse coding, which need lava-optimization.
golden.py writes the recorded runs that are checked in.
Runs in the Python that RETROGRADE_LAVA_PYTHON names, if it names one. Exit status 77, with a line
"SKIPPED: ...", where lava-nc is not to be had.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from live import use  # noqa: E402

LEAST_NEURON_STEPS = 10_000_000
SEED = 21


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replay", required=True, help="the program lava_replay")
    parser.add_argument("--scratch", type=pathlib.Path)
    parser.add_argument("--only", help="one network")
    parser.add_argument("--pursuit", action="store_true")
    arguments = parser.parse_args()

    if arguments.pursuit:
        use("RETROGRADE_LAVA_PYTHON", "lava.lib.optimization.solvers.lca.process",
            "lava-optimization")
        from pursuit import ALL, tag_of
    else:
        use("RETROGRADE_LAVA_PYTHON", "lava.proc.lif.process", "lava-nc")
        from networks import ALL, tag_of
    from recorder import Recorder

    chosen = [entry for entry in ALL if arguments.only in (None, entry[0].__name__)]
    total = failures = 0
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as scratch:
        for build, _, _, size, steps in chosen:
            recorder = Recorder(build.__name__, SEED, steps, tag_of(build))
            build(recorder, size)
            path = pathlib.Path(scratch) / f"{build.__name__}.run"
            count, messages = recorder.record(path)
            if messages == 0 and build.__name__ != "integrator":
                print(f"{build.__name__}: nothing was sent; the comparison would mean little")
                failures += 1
            failures += subprocess.run([arguments.replay, path]).returncode != 0
            sys.stdout.flush()
            path.unlink()
            total += count
    print(f"{total} neuron-steps, {failures} networks that differ")
    if not arguments.only and not arguments.pursuit and total < LEAST_NEURON_STEPS:
        print(f"that is less than {LEAST_NEURON_STEPS}")
        return 1
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())

"""Compares the emulator with Lava on random networks: every u, v and message.

    compare.py --replay PROGRAM [--scratch FOLDER] [--only NAME]
    compare.py --golden FOLDER      writes the small recorded runs that are checked in

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
SEED = 20


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replay", help="the program lava_replay")
    parser.add_argument("--golden", type=pathlib.Path)
    parser.add_argument("--scratch", type=pathlib.Path)
    parser.add_argument("--only", help="one network")
    arguments = parser.parse_args()

    use("RETROGRADE_LAVA_PYTHON", "lava.proc.lif.process", "lava-nc")
    from networks import ALL
    from recorder import Recorder

    chosen = [entry for entry in ALL if arguments.only in (None, entry[0].__name__)]
    if arguments.golden:
        arguments.golden.mkdir(parents=True, exist_ok=True)
        for build, size, steps, _, _ in chosen:
            recorder = Recorder(build.__name__, SEED, steps, tag_of(build))
            build(recorder, size)
            path = arguments.golden / f"{build.__name__}.run"
            count, messages = recorder.record(path)
            print(f"{path}: {count} neuron-steps, {messages} messages, {path.stat().st_size} bytes")
        return 0

    total = failures = 0
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as scratch:
        for build, _, _, size, steps in chosen:
            recorder = Recorder(build.__name__, SEED + 1, steps, tag_of(build))
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
    if not arguments.only and total < LEAST_NEURON_STEPS:
        print(f"that is less than {LEAST_NEURON_STEPS}")
        return 1
    return failures != 0


def tag_of(build):
    return "floating_pt" if build.__name__ == "refractory" else "fixed_pt"


if __name__ == "__main__":
    sys.exit(main())

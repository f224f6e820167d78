#!/usr/bin/env python3
"""What Python costs: the mean gradient of a batch through Python beside the same in C++, and the time from
`import retrograde` to the first spike.

    PYTHONPATH=build/bench/python bench/peers/through_python.py build/bench/bin/bench_through_python

Both run in turns, each in processes of its own; the fastest round of each counts.
"""

import argparse
import pathlib
import statistics
import subprocess
import sys
import time

SCENARIO = pathlib.Path(__file__).parents[2] / "scenarios/library/yin_yang.toml"
BATCH, ROUNDS, TURNS = 256, 20, 5


def of_python() -> None:
    import retrograde as rg

    scenario = rg.Scenario.read(SCENARIO)
    data = scenario.data().train[:BATCH]
    trials = rg.Trials(data.times, data.neurons, data.offsets, duration=data.durations, labels=data.labels)
    net = scenario.network
    for _ in range(ROUNDS):
        # With other values it is another machine, as in a training and as C++ makes it.
        start = time.perf_counter()
        now = net.with_values(net.values)
        made = time.perf_counter()
        rg.gradient_of(now, trials)
        print(1e3 * (time.perf_counter() - made), 1e3 * (made - start))


def first_spike() -> None:
    start = time.perf_counter()
    import retrograde as rg

    net = rg.build(
        [dict(name="in", size=1, model="input"), dict(name="h", size=1)],
        [dict(from_="in", to="h", weight=20.0)],
    )
    times, _ = rg.run(net, rg.Trial([1.0], [0], duration=50.0)).spikes_of("h")
    assert len(times) > 0
    print(time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", nargs="?", help="bench_through_python")
    parser.add_argument("--child", choices=["batch", "first"])
    given = parser.parse_args()
    if given.child:
        return of_python() if given.child == "batch" else first_spike()

    def child(*words: str) -> list[float]:
        text = subprocess.run(words, check=True, capture_output=True, text=True).stdout
        return [float(line.split()[0]) for line in text.splitlines()]

    python = (sys.executable, __file__, "--child")
    firsts = [child(*python, "first")[0] for _ in range(TURNS)]
    print(f"import to the first spike: {min(firsts):.3f} s (median {statistics.median(firsts):.3f} s)")
    if given.program:
        ours, theirs = [], []
        for _ in range(TURNS):
            theirs += child(given.program, str(SCENARIO), str(BATCH), str(ROUNDS))
            ours += child(*python, "batch")
        ratio = min(ours) / min(theirs)
        print(f"gradient of {BATCH} trials: C++ {min(theirs):.2f} ms, Python {min(ours):.2f} ms: {100 * (ratio - 1):+.1f} %")


if __name__ == "__main__":
    main()

"""Other threads go on while a call takes its time, Ctrl-C ends it, and nothing is left behind."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np

import retrograde as rg

LIBRARY = Path(__file__).parents[2] / "scenarios" / "library"


def long_net() -> tuple[rg.Network, rg.Trials]:
    """A network that is busy for hours if it is let."""
    net = rg.build(
        [dict(name="in", size=1, model="input"), dict(name="h", size=400, bias=1.5, tau_mem="10 ms")],
        [
            dict(from_="in", to="h", weight=1.0),
            dict(from_="h", to="h", density=0.5, weight=dict(distribution="normal", mean=0.0, std=0.05), delay="1 ms"),
        ],
    )
    return net, rg.Trial([1.0], [0], duration=1e8)


def test_other_threads_run_during_a_call() -> None:
    """A second thread ends a run that would not end by itself before the test is over: it can, only if it
    runs meanwhile."""
    code = """
        import os, signal, threading, time
        import retrograde as rg
        from test_threads import long_net
        net, trials = long_net()
        def other():
            for k in range(5):
                time.sleep(0.02)
            print("other ran", flush=True)
            os.kill(os.getpid(), signal.SIGINT)
        threading.Thread(target=other).start()
        try:
            rg.run(net, trials)
        except KeyboardInterrupt:
            print("stopped", flush=True)
        # The interpreter is as it was.
        short = rg.run(net, rg.Trial([1.0], [0], duration=5.0))
        print("again", len(short), flush=True)
    """
    assert _run(code) == ["other ran", "stopped", "again 1"]


def test_ctrl_c_in_training_keeps_what_there_is() -> None:
    code = """
        import os, signal, tempfile
        import retrograde as rg
        from test_training import TEXT, few
        with tempfile.TemporaryDirectory() as folder:
            def stop(row):
                if row["epoch"] == 2:
                    os.kill(os.getpid(), signal.SIGINT)
            try:
                rg.train(rg.Scenario(TEXT), data=few(), out=folder + "/run", epochs=50, on_batch=stop, progress=False)
            except KeyboardInterrupt:
                print("stopped", flush=True)
            done = rg.train(resume=folder + "/run", data=few(), epochs=3, progress=False)
            print(done.finished, len(done.history), flush=True)
    """
    assert _run(code) == ["stopped", "True 3"]


def test_ctrl_c_ends_a_check_and_the_next_one_goes_on() -> None:
    code = f"""
        if True:
            import os, signal
            import retrograde as rg
            from retrograde import _core, _subject
            xor = rg.Scenario.read({str(LIBRARY / "temporal_xor.toml")!r})
            told = []
            def stop(*row):
                told.append(row)
                if len(told) == 1:
                    os.kill(os.getpid(), signal.SIGINT)
            subject = _subject.subject_of(xor)
            try:
                _core.check(subject, "loihi2", None, "", False, stop)
            except KeyboardInterrupt:
                print("stopped", flush=True)
            print(_core.check(subject, "loihi2", None, "", False, None).verdict, flush=True)
    """
    assert _run(code) == ["stopped", "True"]


def _run(code: str) -> list[str]:
    here = os.path.dirname(os.path.abspath(__file__))
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join([here, *environment.get("PYTHONPATH", "").split(os.pathsep)])
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_many_threads_share_a_network(net: rg.Network, trials: rg.Trials) -> None:
    wanted = rg.run(net, trials)
    results: list[bool] = []

    def work() -> None:
        for _ in range(20):
            run = rg.run(net, trials)
            g = run.backward(times=np.ones(run.times.size))
            results.append(np.array_equal(run.times, wanted.times) and bool(np.isfinite(g.values).all()))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 80 and all(results)


def _resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_ten_thousand_runs_leak_nothing(net: rg.Network, trials: rg.Trials) -> None:
    one = trials[:1]

    def work(times: int) -> None:
        for _ in range(times):
            run = rg.run(net, one)
            run.backward(times=np.ones(run.times.size)).values
            net.with_values(net.values)

    work(1000)
    gc.collect()
    before = _resident()
    work(10_000)
    gc.collect()
    grown = _resident() - before
    # 100 bytes a call would be a megabyte; an allocator that keeps pages is none of it.
    assert grown < 1_500_000, f"{grown} bytes more after 10,000 runs"

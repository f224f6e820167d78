"""Other threads go on while a call takes its time, Ctrl-C ends it, and nothing is left behind."""

from __future__ import annotations

import contextlib
import gc
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable

import numpy as np
import pytest

import retrograde as rg

LIBRARY = rg.shipped("hello.toml").parent


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
                _core.check(subject, "loihi2", None, "", "", False, stop)
            except KeyboardInterrupt:
                print("stopped", flush=True)
            print(_core.check(subject, "loihi2", None, "", "", False, None).verdict, flush=True)
    """
    assert _run(code) == ["stopped", "True"]


def test_a_forked_process_has_threads_of_its_own() -> None:
    """Those of its parent are not there, and it does not wait for them."""
    code = """
        import os
        import numpy as np
        import retrograde as rg
        from test_threads import long_net
        net, _ = long_net()
        trials = rg.Trials([1.0, 2.0], [0, 0], [0, 1, 2], duration=30.0)
        wanted = rg.run(net, trials).times
        child = os.fork()
        if child == 0:
            os._exit(0 if np.array_equal(rg.run(net, trials).times, wanted) else 1)
        print(os.waitpid(child, 0)[1], np.array_equal(rg.run(net, trials).times, wanted))
    """
    assert _run(code) == ["0 True"]


def test_a_forked_process_ends_while_its_parent_works() -> None:
    """It has none of the calls of its parent's threads, and waits for none."""
    code = """
        import os, sys, threading, time
        import retrograde as rg
        from test_training import TEXT
        scenario = rg.Scenario(TEXT)
        data = scenario.data()
        threading.Thread(target=lambda: [rg.run(scenario.network, data.train) for _ in range(10**6)], daemon=True).start()
        time.sleep(0.5)
        child = os.fork()
        if child == 0:
            sys.exit(0)
        begun = time.monotonic()
        while os.waitpid(child, os.WNOHANG)[0] == 0 and time.monotonic() - begun < 20:
            time.sleep(0.05)
        print(time.monotonic() - begun < 20)
    """
    assert _run(code) == ["True"]


def _run(code: str) -> list[str]:
    here = os.path.dirname(os.path.abspath(__file__))
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [here, environment.get("PYTHONPATH")]))
    # What runs in the background of a script may have been told to ignore it.
    heard = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    done = subprocess.run(
        [sys.executable, "-c", heard + textwrap.dedent(code)],
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


def leaks_nothing(work: Callable[[], object], times: int, allowed: int) -> None:
    """Memory after many calls beside that after the first tenth of them. It may grow by `allowed` bytes,
    which an allocator that keeps pages does not need."""
    for _ in range(times // 10):
        work()
    gc.collect()
    before = _resident()
    for _ in range(times):
        work()
    gc.collect()
    grown = _resident() - before
    assert grown < allowed, f"{grown} bytes more after {times} calls, {grown / times:.0f} in each"


# 100 bytes in each of 10,000 calls would be a megabyte.


def test_ten_thousand_runs_leak_nothing(net: rg.Network, trials: rg.Trials) -> None:
    one = trials[:1]

    def work() -> None:
        run = rg.run(net, one)
        run.backward(times=np.ones(run.times.size)).values
        net.with_values(net.values)

    leaks_nothing(work, 10_000, 1_000_000)


def test_ten_thousand_gradients_leak_nothing(net: rg.Network, trials: rg.Trials) -> None:
    """Losses, trials, and batches, which another thread runs."""
    loss = dict(kind="voltage_cross_entropy", population="out")

    def work() -> None:
        two = rg.Trials([1.0, 3.0, 2.0], [0, 1, 1], [0, 2, 3], duration=40.0, labels=[0, 1])
        g = rg.gradient_of(net, two[::-1], loss)
        assert g.loss > 0 and len(g.input_times) == 3

    leaks_nothing(work, 10_000, 1_000_000)


def test_ten_thousand_errors_leak_nothing(net: rg.Network) -> None:
    """What was made before an error goes with it."""
    run = rg.run(net, rg.Trial([1.0], [0], duration=40.0))

    def work() -> None:
        with contextlib.suppress(rg.NetworkError):
            rg.run(net, rg.Trial([50.0], [0], duration=40.0))
        with contextlib.suppress(rg.UsageError):
            run.backward(times=np.ones(run.times.size + 1))

    leaks_nothing(work, 10_000, 1_000_000)


@pytest.mark.parametrize("work", ["rg.train(scenario, data=data, epochs=100000, progress=False)", "[rg.run(net, data.train) for _ in range(10**6)]"])
def test_python_ends_while_a_thread_is_at_work(work: str, tmp_path) -> None:
    code = f"""
import sys, threading, time
sys.path.insert(0, {os.path.dirname(__file__)!r})
import retrograde as rg
from test_training import TEXT
scenario = rg.Scenario(TEXT); net = scenario.network; data = scenario.data()
threading.Thread(target=lambda: {work}, daemon=True).start()
time.sleep(0.7)
print("over")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stdout == "over\n", (done.returncode, done.stderr)

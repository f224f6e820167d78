"""Where networks run. The reference is the CPU: on one projection per layer, or dense ones, the emulated
kernels have its bits (docs/gpu.md)."""

from __future__ import annotations

import numpy as np
import pytest

import retrograde as rg
from test_training import TEXT, few

LOSS = dict(kind="voltage_cross_entropy", population="out")


def test_emulated_kernels_have_the_bits_of_the_cpu(net: rg.Network, trials: rg.Trials) -> None:
    here, there = rg.run(net, trials), rg.run(net, trials, device="emulated")
    assert (here.device, here.scheduler) == ("cpu", "automatic")
    assert there.device == "emulated" and there.scheduler == "device"
    assert here.times.size > trials.times.size
    assert np.array_equal(here.times, there.times) and np.array_equal(here.neurons, there.neurons)

    a = rg.gradient_of(net, trials, LOSS)
    b = rg.gradient_of(net, trials, LOSS, device="emulated")
    assert b.run is not None and b.run.device == there.device
    assert np.abs(a.values).max() > 0 and np.array_equal(a.values, b.values)
    assert rg.evaluate(net, trials, LOSS) == rg.evaluate(net, trials, LOSS, device="emulated")

    one, other = rg.Trainer(net, LOSS), rg.Trainer(net, LOSS, device="emulated")
    step = other.step(trials)
    assert step.run is not None and step.run.device == there.device
    one.step(trials)
    assert np.array_equal(one.network.values, other.network.values)


def test_probes_stay_on_the_cpu_and_say_so(net: rg.Network, trials: rg.Trials) -> None:
    done = rg.run(net, trials, probes=[rg.probe(net, "h", interval=1.0)], device="emulated")
    assert done.device == "cpu"
    assert np.array_equal(done.recording().v, rg.run(net, trials, probes=[rg.probe(net, "h", interval=1.0)]).recording().v)


def test_what_is_not_there_says_why(net: rg.Network, trials: rg.Trials) -> None:
    for call in (rg.run, rg.gradient_of, rg.evaluate):
        with pytest.raises(rg.UsageError, match='device "tpu": auto, cpu, gpu, gpu:N .* or emulated is needed'):
            call(net, trials, **({} if call is rg.run else {"loss": LOSS}), device="tpu")
    with pytest.raises(rg.DeviceError) as missing:
        rg.run(net, trials, device="gpu:99")
    assert missing.value.device == "gpu:99"
    # No kernel knows this model; asked again, after others found the device open.
    other = rg.build(
        [dict(name="in", size=1, model="input"), dict(name="h", size=2, model="qif")],
        [dict(from_="in", to="h", weight=3.0)],
    )
    few_spikes = rg.Trial([1.0], [0], duration=20.0)
    for _ in range(2):
        with pytest.raises(rg.UsageError, match="emulated: .* cannot go there: .*; choose the device cpu"):
            rg.run(other, few_spikes, device="emulated")
    assert rg.run(other, few_spikes, device="auto").device == "cpu"


def test_training_goes_where_the_scenario_or_the_argument_says() -> None:
    data = few()
    alone = {"train.batch_groups": 16}  # a trial each: then gradients have the same bits, too
    here = rg.train(rg.Scenario(TEXT, set=alone), data=data, progress=False)
    for there in (
        rg.train(rg.Scenario(TEXT, set=alone), data=data, device="emulated", progress=False),
        rg.train(rg.Scenario(TEXT, set={"train.device": "emulated", **alone}), data=data, progress=False),
    ):
        assert (here.device, there.device) == ("cpu", "emulated")
        assert np.array_equal(here.network.values, there.network.values)
        # What comes of it is a network like any other.
        assert rg.run(there.network, data.test).device == "cpu"
    back = rg.Scenario(TEXT, set={"train.device": "gpu:99"})
    with pytest.raises(rg.DeviceError, match="gpu:99"):
        rg.train(back, data=data, progress=False)
    assert rg.train(back, data=data, device="cpu", progress=False).device == "cpu"


def test_check_runs_the_exact_network_there() -> None:
    scenario = rg.Scenario(TEXT, set={"scenario.scheduler": "sequential"})
    with pytest.raises(rg.UsageError, match="sequential"):
        rg.check(scenario, data=few(), device="emulated", progress=False)
    a = rg.check(rg.Scenario(TEXT), data=few(), progress=False)
    b = rg.check(rg.Scenario(TEXT), data=few(), device="emulated", progress=False)
    assert a.to_dict() == b.to_dict()
    with pytest.raises(rg.UsageError, match="sparse coding runs on the CPU"):
        rg.check(rg.shipped("pursuit_lca.toml"), device="emulated", progress=False)


def test_devices_are_those_of_the_command_line(retro: object) -> None:
    there = retro.json("info", "--devices")  # type: ignore[attr-defined]
    here = rg.devices()
    assert here["schema"] == there["schema"] and here["cuda"] == there["cuda"]
    assert [gpu["device"] for gpu in here["gpus"]] == [gpu["device"] for gpu in there["gpus"]]
    assert here["gpus"] or here["problem"]

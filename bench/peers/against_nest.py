"""How fast is a network of the field here, in NEST and in Brian2?

    against_nest.py RETRO SCENARIO [--duration MS] [--rounds N] [--brian2]

RETRO is the program, SCENARIO a file of populations of cuba_lif or lif, Poisson inputs that go one to one, and
projections by fixed_total_number or fixed_indegree, such as microcircuit.toml, balanced.toml and brunel.toml
of scenarios/library. It is read here and built in NEST (iaf_psc_exp and iaf_psc_delta, which have the same
equations) and, with --brian2, in Brian2, by the same rules with random numbers of their own: the networks agree in their
statistics and not spike by spike. NEST and Brian2 are those of this Python: `pip install nest-simulator
brian2`.

All get one core. NEST has a grid of 0.1 ms and a Poisson generator, Brian2 runs as its manual recommends
(C++ standalone, exact integration, 0.1 ms). Build time is what comes before the run: of Retrograde what
`retro info` takes, and its run what `retro run` takes beyond that. A delivery is a synapse of a neuron
that spiked, or a spike of an input. They take turns; the fastest of each counts.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import tomllib

import numpy as np


def ms(text):
    number, unit = text.split()
    return float(number) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[unit]


def has_current(population):
    return population.get("model", "cuba_lif") == "cuba_lif"


def jump_unit(population):
    """What a weight of 1 is divided by in NEST: it counts currents where a capacity is 1, or jumps of V."""
    return ms(population["tau_mem"]) if has_current(population) else 1.0


def khz(text):
    number, unit = text.split()
    return float(number) * {"Hz": 1e-3, "kHz": 1.0}[unit]


class Net:
    """What both peers are built from."""

    def __init__(self, path):
        scenario = tomllib.loads(pathlib.Path(path).read_text())
        self.duration = ms(scenario["scenario"]["duration"])
        self.cells, self.inputs, self.synapses = {}, {}, []
        for p in scenario["population"]:
            if "spikes" in p:
                self.inputs[p["name"]] = {"rate": khz(p["spikes"]["rate"])}
            else:
                self.cells[p["name"]] = p
        for p in scenario["projection"]:
            if p["from"] in self.inputs:
                self.inputs[p["from"]] |= {"to": p["to"], "weight": p["weight"]}
                continue
            weight, delay = p["weight"], p.get("delay", "0 ms")
            mean, std = (weight, 0.0) if isinstance(weight, (int, float)) else (weight["mean"], weight["std"])
            d = (ms(delay), 0.0) if isinstance(delay, str) else (ms(delay["mean"]), ms(delay["std"]))
            sources, targets = self.cells[p["from"]]["size"], self.cells[p["to"]]["size"]
            total = p["total"] if p["connect"] == "fixed_total_number" else p["indegree"] * targets
            self.synapses.append({"from": p["from"], "to": p["to"], "total": total, "rule": p["connect"],
                                  "indegree": p.get("indegree"), "w": (mean, std), "d": d,
                                  "sources": sources, "targets": targets})

    def count(self):
        return sum(s["total"] for s in self.synapses)

    def deliveries(self, spikes, duration):
        """Of that many spikes per population, by the mean number of synapses that leave a neuron."""
        recurrent = sum(s["total"] / s["sources"] * spikes[s["from"]] for s in self.synapses)
        outside = sum(i["rate"] * duration * self.cells[i["to"]]["size"] for i in self.inputs.values())
        return recurrent + outside

    def result(self, spikes, duration, build, run):
        return {"build": build, "run": run, "deliveries": self.deliveries(spikes, duration),
                "rates": {p: 1e3 * n / duration / self.cells[p]["size"] for p, n in spikes.items()}}


def run_retro(program, path, net, duration):
    with tempfile.TemporaryDirectory() as folder:
        common = ["--set", f"scenario.duration={duration} ms", "--quiet"]
        begin = time.perf_counter()
        subprocess.run([program, "info", path, *common], check=True, stdout=subprocess.DEVNULL)
        build = time.perf_counter() - begin
        out = str(pathlib.Path(folder) / "spikes.npz")
        begin = time.perf_counter()
        subprocess.run([program, "run", path, "--spikes", out, *common], check=True,
                       stdout=subprocess.DEVNULL)
        run = time.perf_counter() - begin - build
        arrays = np.load(out, allow_pickle=False)
        spikes = {name: len(arrays[f"{name}/times"]) for name in net.cells}
    return net.result(spikes, duration, build, run)


def run_nest(net, duration):
    import nest
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.ResetKernel()
    nest.set(resolution=0.1, local_num_threads=1, rng_seed=1)
    begin = time.perf_counter()
    cells = {}
    for name, p in net.cells.items():
        v = p.get("v_init", {"mean": 0.0, "std": 0.0})
        model = {"E_L": 0.0, "V_th": 1.0, "V_reset": p.get("v_reset", 0.0), "C_m": 1.0,
                 "tau_m": ms(p["tau_mem"]), "t_ref": ms(p["t_ref"]),
                 "I_e": p.get("bias", 0.0) / ms(p["tau_mem"])}
        if has_current(p):
            model |= {"tau_syn_ex": ms(p["tau_syn"]), "tau_syn_in": ms(p["tau_syn"])}
        cells[name] = nest.Create("iaf_psc_exp" if has_current(p) else "iaf_psc_delta", p["size"], model)
        if "mean" in v:
            cells[name].V_m = nest.math.min(nest.random.normal(v["mean"], v["std"]), 0.999)
        else:
            cells[name].V_m = nest.random.uniform(v["low"], v["high"])
    for i in net.inputs.values():
        to = net.cells[i["to"]]
        noise = nest.Create("poisson_generator", params={"rate": 1e3 * i["rate"]})
        nest.Connect(noise, cells[i["to"]],
                     syn_spec={"weight": i["weight"] / jump_unit(to), "delay": 1.5})
    for s in net.synapses:
        tau = jump_unit(net.cells[s["to"]])
        rule = ({"rule": "fixed_total_number", "N": s["total"]} if s["rule"] == "fixed_total_number"
                else {"rule": "fixed_indegree", "indegree": s["indegree"], "allow_multapses": False})
        (w, w_std), (d, d_std) = s["w"], s["d"]
        delay = nest.math.redraw(nest.random.normal(d, d_std), min=0.1, max=1e3) if d_std else d
        weight = nest.random.normal(w / tau, w_std / tau) if w_std else w / tau
        nest.Connect(cells[s["from"]], cells[s["to"]], rule, {"weight": weight, "delay": delay})
    recorders = {}
    for name, group in cells.items():
        recorders[name] = nest.Create("spike_recorder")
        nest.Connect(group, recorders[name])
    nest.Prepare()
    build = time.perf_counter() - begin
    begin = time.perf_counter()
    nest.Run(duration)
    run = time.perf_counter() - begin
    nest.Cleanup()
    return net.result({n: r.n_events for n, r in recorders.items()}, duration, build, run)


def run_brian2(net, duration):
    import brian2 as b2
    random = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        b2.device.reinit()
        b2.device.activate()
        b2.set_device("cpp_standalone", build_on_run=False, directory=folder)
        b2.prefs.devices.cpp_standalone.openmp_threads = 0
        b2.prefs.devices.cpp_standalone.extra_make_args_unix = ["-j2"]  # else as many as there are files
        b2.defaultclock.dt = 0.1 * b2.ms
        begin = time.perf_counter()
        groups, objects, monitors = {}, [], {}
        for name, p in net.cells.items():
            values = {"tau_mem": ms(p["tau_mem"]) * b2.ms, "bias": p.get("bias", 0.0),
                      "v_reset": p.get("v_reset", 0.0)}
            flow = "dv/dt = (bias - v) / tau_mem : 1 (unless refractory)"
            if has_current(p):
                values["tau_syn"] = ms(p["tau_syn"]) * b2.ms
                flow = ("dv/dt = (bias - v + current) / tau_mem : 1 (unless refractory)\n"
                        "dcurrent/dt = -current / tau_syn : 1")
            group = b2.NeuronGroup(p["size"], flow, threshold="v > 1", reset="v = v_reset", method="exact",
                                   refractory=ms(p["t_ref"]) * b2.ms, namespace=values)
            v = p.get("v_init", {"low": 0.0, "high": 0.0})
            draw = (random.normal(v["mean"], v["std"], p["size"]) if "mean" in v
                    else random.uniform(v["low"], v["high"], p["size"]))
            group.v = np.minimum(draw, 0.999)
            groups[name] = group
            monitors[name] = b2.SpikeMonitor(group, record=False)
        def target(name):
            return "current" if has_current(net.cells[name]) else "v"

        for i in net.inputs.values():
            objects.append(b2.PoissonInput(groups[i["to"]], target(i["to"]), 1, 1e3 * i["rate"] * b2.Hz,
                                           weight=i["weight"]))
        for s in net.synapses:
            (w, w_std), (d, d_std) = s["w"], s["d"]
            on_pre = "current += w" if has_current(net.cells[s["to"]]) else "v += w * int(not_refractory)"
            links = b2.Synapses(groups[s["from"]], groups[s["to"]], "w : 1", on_pre=on_pre)
            links.connect(i=random.integers(0, s["sources"], s["total"]),
                          j=random.integers(0, s["targets"], s["total"]))
            links.w = random.normal(w, w_std, s["total"]) if w_std else w
            delays = np.full(s["total"], d) if not d_std else random.normal(d, d_std, s["total"])
            while (delays < 0.1).any():
                again = delays < 0.1
                delays[again] = random.normal(d, d_std, again.sum())
            links.delay = delays * b2.ms
            objects.append(links)
        network = b2.Network(*groups.values(), *objects, *monitors.values())
        network.run(duration * b2.ms)
        b2.device.build(run=False)
        build = time.perf_counter() - begin
        b2.device.run()
        run = b2.device._last_run_time
        spikes = {n: int(m.num_spikes) for n, m in monitors.items()}
    return net.result(spikes, duration, build, run)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("retro")
    parser.add_argument("scenario")
    parser.add_argument("--duration", type=float, help="ms; that of the scenario without it")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--brian2", action="store_true")
    given = parser.parse_args()
    os.sched_setaffinity(0, {0})
    net = Net(given.scenario)
    duration = given.duration or net.duration
    peers = {"retrograde": lambda: run_retro(given.retro, given.scenario, net, duration),
             "nest": lambda: run_nest(net, duration)}
    if given.brian2:
        peers["brian2"] = lambda: run_brian2(net, duration)
    best = {}
    for _ in range(given.rounds):
        for name, run in peers.items():
            result = run()
            if name not in best or result["run"] < best[name]["run"]:
                best[name] = result
    print(f"{given.scenario}: {net.count()} synapses, {duration:g} ms")
    for name, r in best.items():
        rates = "  ".join(f"{p} {x:.2f}" for p, x in r["rates"].items())
        print(f"{name:<11} build {r['build']:7.2f} s  run {r['run']:7.2f} s  "
              f"{r['deliveries'] / r['run'] / 1e6:7.2f} M deliveries/s  Hz: {rates}")
    print(json.dumps(best))


if __name__ == "__main__":
    main()

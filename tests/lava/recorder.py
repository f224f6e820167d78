"""A network in Lava, and what it did.

`Recorder` builds one network twice: as Lava processes, and as the description that the emulator
reads. `record` runs Lava and writes both, the run included, to one file:

    a line of JSON: steps, populations, projections, inputs
    zlib: int32, little-endian: for every population that is not an input, its registers one after
          the other (u, v), each [neuron][step], then the payloads of its messages, the same way

Steps count from 0; Lava's time_step is one more.
"""

import importlib.metadata
import json
import pathlib
import tempfile
import zlib

import numpy as np
from lava.magma.core.decorator import implements, requires
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyRefPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.ports.ports import InPort, RefPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.resources import CPU
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
from lava.proc.conv.process import Conv
from lava.proc.dense.process import DelayDense, Dense
from lava.proc.io.source import RingBuffer
from lava.proc.sparse.process import DelaySparse, Sparse
from lava.utils.weightutils import SignMode
from scipy.sparse import csr_matrix


class Tap(AbstractProcess):
    """Writes a variable to a file after each step; Lava's own monitor takes seconds for each
    hundred thousand values when it is read."""

    def __init__(self, variable, path, steps):
        super().__init__(path=str(path), steps=steps)
        self.port = RefPort(shape=variable.shape)
        self.port.connect_var(variable)


class MessageTap(AbstractProcess):
    """The same for the messages of a port."""

    def __init__(self, out, path, steps):
        super().__init__(path=str(path), steps=steps)
        self.port = InPort(shape=out.shape)
        out.connect(self.port)


class Writer(PyLoihiProcessModel):
    def __init__(self, proc_params):
        super().__init__(proc_params)
        self.file = None

    def write(self, values):
        if self.file is None:
            self.file = np.lib.format.open_memmap(
                self.proc_params["path"], mode="w+", dtype=float,
                shape=(self.proc_params["steps"], values.size))
        self.file[self.time_step - 1] = values


@implements(proc=Tap, protocol=LoihiProtocol)
@requires(CPU)
class TapModel(Writer):
    port: PyRefPort = LavaPyType(PyRefPort.VEC_DENSE, float)

    def post_guard(self):
        return True

    def run_post_mgmt(self):
        self.write(self.port.read())


@implements(proc=MessageTap, protocol=LoihiProtocol)
@requires(CPU)
class MessageTapModel(Writer):
    port: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)

    def run_spk(self):
        self.write(self.port.recv())


class Population:
    def __init__(self, size, out, ports=(), registers=(), scale=1):
        self.size, self.out, self.ports = size, out, ports
        self.registers = registers  # Lava's Vars for u and v; None: not compared
        self.scale = scale  # what u and v of the emulator are of Lava's


class Recorder:
    def __init__(self, name, seed, steps, tag="fixed_pt"):
        self.name, self.steps, self.tag = name, steps, tag
        self.random = np.random.default_rng(seed)
        self.populations, self.processes = [], []
        self.description = {"name": name, "seed": seed, "steps": steps, "populations": [],
                            "projections": [], "inputs": []}

    def _add(self, population, model, name, **parameters):
        parameters = {key: value.tolist() if isinstance(value, np.ndarray) else value
                      for key, value in parameters.items()}
        self.description["populations"].append(
            {"name": name, "model": model, "size": population.size, **parameters})
        self.populations.append(population)
        return len(self.populations) - 1

    def inputs(self, size, rate, payloads=(1, 1), until=None):
        """Random messages, `rate` a step and neuron, with payloads from low to high; none from step
        `until` on."""
        data = np.where(self.random.random((size, self.steps)) < rate,
                        self.random.integers(payloads[0], payloads[1] + 1, (size, self.steps)), 0)
        if until is not None:
            data[:, until:] = 0
        first = sum(p.size for p in self.populations)
        for step, neuron in zip(*np.nonzero(data.T)):
            self.description["inputs"].append(
                [int(step), int(first + neuron), int(data[neuron, step])])
        return self._add(Population(size, RingBuffer(data=data.astype(int)).s_out), "input",
                         f"input{len(self.populations)}")

    def population(self, model, size, process, registers, ports=("a_in",), scale=1, **parameters):
        self.processes.append(process)
        return self._add(
            Population(size, process.s_out, [getattr(process, port) for port in ports],
                       [getattr(process, r) if r else None for r in registers], scale),
            model, f"{model}{len(self.populations)}", **parameters)

    def connect(self, source, target, weights, delays=None, sparse=False, bits=8, exponent=0,
                message_bits=0, port=0, sign=None, nonzero=False, shift=0):
        """`weights` [target][source], as given to Lava: it clips them and drops low bits. With
        `sparse`, zeros are no synapses; with `nonzero`, only in the description. `sign` is "mixed", "excitatory" or "inhibitory"; Lava
        derives it from the weights otherwise. In Lava the exponent is `shift` less, which the
        target's own input_shift makes up for in the description."""
        options = {"num_message_bits": message_bits, "num_weight_bits": bits,
                   "weight_exp": exponent - shift}
        if sign:
            options["sign_mode"] = SignMode[sign.upper()]
        if sparse:
            matrix = csr_matrix(weights)
            if delays is None:
                process = Sparse(weights=matrix, **options)
            else:
                process = DelaySparse(weights=matrix, delays=csr_matrix(delays), **options)
        elif delays is None:
            process = Dense(weights=weights, **options)
        else:
            process = DelayDense(weights=weights, delays=delays, **options)
        self.populations[source].out.connect(process.s_in)
        process.a_out.connect(self.populations[target].ports[port])
        targets, sources = (np.nonzero(weights) if sparse or nonzero
                            else np.indices(weights.shape).reshape(2, -1))
        self._add_projection(source, target, targets, sources, weights[targets, sources],
                             None if delays is None else delays[targets, sources], bits=bits,
                             exponent=exponent, message_bits=message_bits, port=port,
                             **({"sign": sign} if sign else {}))

    def convolve(self, source, target, kernel, shape, stride, padding, dilation, groups,
                 message_bits=0):
        """`kernel` [channel out][x][y][channel in], `shape` (width, height, channels) of the
        source; pairs are (x, y). Lava's convolution neither clips weights nor drops their bits, so
        they have to be even, as the chip stores them. Neurons are numbered in C order of the
        shape."""
        process = Conv(weight=kernel, input_shape=shape, stride=stride, padding=padding,
                       dilation=dilation, groups=groups, num_message_bits=message_bits)
        self.populations[source].out.reshape(shape).connect(process.s_in)
        size = self.populations[target].size
        process.a_out.reshape((size,)).connect(self.populations[target].ports[0])
        width, height, channels = process.output_shape
        assert width * height * channels == size
        targets, sources, weights = [], [], []
        for x, y, out, kx, ky, k in np.ndindex(width, height, channels, *kernel.shape[1:]):
            from_x = x * stride[0] - padding[0] + kx * dilation[0]
            from_y = y * stride[1] - padding[1] + ky * dilation[1]
            if 0 <= from_x < shape[0] and 0 <= from_y < shape[1]:
                channel = out // (channels // groups) * kernel.shape[3] + k
                targets.append((x * height + y) * channels + out)
                sources.append((from_x * shape[1] + from_y) * shape[2] + channel)
                # A convolution, and not a correlation: its kernel is turned around.
                weights.append(kernel[out, kernel.shape[1] - 1 - kx, kernel.shape[2] - 1 - ky, k])
        self._add_projection(source, target, *map(np.array, (targets, sources, weights)), None,
                             bits=8, exponent=0, message_bits=message_bits, port=0, sign="mixed")

    def _add_projection(self, source, target, targets, sources, weights, delays, bits, exponent,
                        message_bits, port, **more):
        entry = {"source": source, "target": target, "bits": bits, "exponent": exponent,
                 "message_bits": message_bits, "port": port, **more, "sources": sources.tolist(),
                 "targets": targets.tolist(), "weights": weights.tolist()}
        if delays is not None:
            entry["delays"] = delays.tolist()
        self.description["projections"].append(entry)

    def weights(self, target, source, low, high, density=1.0):
        shape = (self.populations[target].size, self.populations[source].size)
        weights = self.random.integers(low, high + 1, shape)
        return np.where(self.random.random(shape) < density, weights, 0)

    def delays(self, target, source, longest):
        shape = (self.populations[target].size, self.populations[source].size)
        return self.random.integers(0, longest + 1, shape)

    def _run(self, folder):
        """Runs Lava; population, Var or port, values [neuron][step]."""
        taps = []
        for p in self.populations:
            for target in [*p.registers, p.out] if p.ports else []:
                if target is None:
                    continue
                path = folder / f"{len(taps)}.npy"
                (MessageTap if target is p.out else Tap)(target, path, self.steps)
                taps.append((p, target, path))
        self.processes[-1].run(condition=RunSteps(num_steps=self.steps),
                               run_cfg=Loihi2SimCfg(select_tag=self.tag))
        self.processes[-1].stop()
        return [(p, target, np.load(path).T) for p, target, path in taps]

    def _checked(self, population, target, values):
        """As the integers that they have to be; whether they are messages."""
        is_message = target is population.out
        if not is_message:
            values = values * population.scale
        whole = np.rint(values)
        assert np.array_equal(whole, values), f"{self.name}: Lava left the integers"
        return is_message, np.ascontiguousarray(whole, dtype="<i4")

    def run(self):
        """Runs Lava. The integers, population by population; the number of neuron-steps and of
        messages."""
        with tempfile.TemporaryDirectory() as folder:
            blocks = [self._checked(p, target, values)
                      for p, target, values in self._run(pathlib.Path(folder))]
        messages = sum(np.count_nonzero(values) for is_message, values in blocks if is_message)
        for entry, p in zip(self.description["populations"], self.populations):
            if p.ports:
                entry["compared"] = [r is not None for r in p.registers]
        self.description["inputs"].sort()
        self.description["source"] = f"lava-nc {importlib.metadata.version('lava-nc')}"
        neurons = sum(p.size for p in self.populations if p.ports)
        return [values for _, values in blocks], neurons * self.steps, messages

    def record(self, path):
        """Runs Lava, writes the file, returns the number of neuron-steps and of messages."""
        blocks, neuron_steps, messages = self.run()
        with open(path, "wb") as file:
            file.write(line(self.description))
            packer = zlib.compressobj(9 if sum(b.nbytes for b in blocks) < 1 << 20 else 1)
            for block in blocks:
                file.write(packer.compress(block.tobytes()))
            file.write(packer.flush())
        return neuron_steps, messages

    def packed(self):
        """Runs Lava. Its piece of a file of many runs; the number of neuron-steps and of
        messages."""
        blocks, neuron_steps, messages = self.run()
        return piece(self.description, blocks), neuron_steps, messages


def line(description):
    return json.dumps(description, separators=(",", ":"), default=int).encode() + b"\n"


def piece(description, blocks):
    values = np.concatenate([block.ravel() for block in blocks])
    planes = values.view("u1").reshape(-1, 4).T
    return line({**description, "values": len(values)}) + planes.tobytes()


def pack(path, pieces):
    path.write_bytes(zlib.compress(b"".join(pieces), 9))

"""Compares the published LCA example, step by step, with the solver that published it.

    lca.py --program PROGRAM [--scratch FOLDER]

Both go through 1,024 steps of one layer and two, in floating point and in fixed point, on the data that
RETROGRADE_DATA holds. PSNR and sparsity are compared in every step; in fixed point every message is, by
a sum that weighs each by its place.
Runs in the Python that RETROGRADE_LAVA_PYTHON names, if it names one. Exit status 77, with a line
"SKIPPED: ...", where lava-optimization or the data are not to be had.
"""

import argparse
import gzip
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from live import SKIPPED, use  # noqa: E402

MEAN, DEVIATION = 0.1307, 0.3081
STEPS, TAU, TAU_EXP, THRESHOLD, SCALE = 1024, 2.0 ** -7, -7, 0.1, 1 << 21
# The example multiplies weights in float32, we in double.
FLOAT_PSNR, FLOAT_ZEROS = 1e-4, 2
FILES = ("lca/mnist_pretrained_dictionary.npy", "mnist/t10k-images-idx3-ubyte.gz")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="the program lava_lca")
    parser.add_argument("--scratch", type=pathlib.Path)
    arguments = parser.parse_args()
    data = os.environ.get("RETROGRADE_DATA")
    for name in FILES:
        if not data or not (pathlib.Path(data) / name).exists():
            print(f"SKIPPED: RETROGRADE_DATA does not hold {name}")
            sys.exit(SKIPPED)
    use("RETROGRADE_LAVA_PYTHON", "lava.lib.optimization.solvers.lca.process", "lava-optimization")
    files = [pathlib.Path(data) / name for name in FILES]

    ours = {}
    out = subprocess.run([arguments.program, *files], check=True, capture_output=True, text=True)
    for line in out.stdout.splitlines():
        form, step, psnr, zeros, total = line.split()
        ours.setdefault(form, []).append((float(psnr), int(zeros), int(total)))
    failures = 0
    for form, (codes, scale) in lava(files, arguments.scratch).items():
        failures += compare(form, ours[form], codes, scale, files)
    return int(failures != 0)


def image_of(path):
    import numpy as np
    return np.frombuffer(gzip.open(path).read(), np.uint8)[16:16 + 784].astype(float)


def compare(form, ours, codes, scale, files):
    import numpy as np
    dictionary, image = np.load(files[0]).astype(float), image_of(files[1])
    fixed = form.startswith("fixed")
    worst_psnr = worst_zeros = different = 0
    for code, (psnr, zeros, total) in zip(codes, ours, strict=True):
        restored = ((dictionary.T @ (code / scale)) * DEVIATION + MEAN) * 255
        theirs = 10 * np.log10(255 ** 2 / ((restored - image) ** 2).mean())
        worst_psnr = max(worst_psnr, abs(psnr - theirs))
        worst_zeros = max(worst_zeros, abs(int((code == 0).sum()) - zeros))
        if fixed:
            different += int((code.astype(np.int64) * np.arange(1, 785)).sum()) != total
    psnr, zeros, _ = ours[-1]
    print(f"{form}: {len(codes)} steps, {psnr:.2f} dB and {100 * zeros / 784:.2f} % at the end; apart "
          f"by {worst_psnr:.2g} dB and {worst_zeros} coefficients at most"
          + (f", messages of {different} steps differ" if fixed else ""))
    if fixed:
        return bool(different > 0 or worst_zeros > 0 or worst_psnr > 1e-6)
    return bool(worst_psnr > FLOAT_PSNR or worst_zeros > FLOAT_ZEROS)


def lava(files, scratch):
    """The codes of every step, by form, and what they are to be divided by."""
    import numpy as np
    from lava.lib.optimization.solvers.lca.process import LCA1Layer, LCA2Layer
    from lava.lib.optimization.solvers.lca.util import get_1_layer_bias, get_1_layer_weights
    single, image = np.load(files[0]), image_of(files[1])
    double = single.astype(float)
    signal = (image / 255 - MEAN) / DEVIATION

    def mantissas(weights):
        exponent = int(np.frexp(np.max(np.abs(weights)))[1]) - 8
        return (weights * 2.0 ** -exponent).astype(np.int32), exponent

    one, one_exponent = mantissas(get_1_layer_weights(double, TAU))
    two, two_exponent = mantissas(double)
    threshold = int(THRESHOLD * SCALE)
    forms = {
        "float1": (LCA1Layer(get_1_layer_weights(single, TAU),
                             get_1_layer_bias(single, TAU, signal), threshold=THRESHOLD, tau=TAU),
                   1),
        "float2": (LCA2Layer(weights=single, input_vec=signal, threshold=THRESHOLD, tau=TAU,
                             spike_height=0), 1),
        "fixed1": (LCA1Layer(weights=one, weights_exp=one_exponent,
                             bias=(get_1_layer_bias(double, TAU, signal) * SCALE).astype(np.int32),
                             threshold=threshold, tau=1, tau_exp=TAU_EXP), SCALE),
        "fixed2": (LCA2Layer(weights=two, weights_exp=two_exponent,
                             input_vec=(signal * SCALE).astype(np.int32), threshold=threshold,
                             tau=1, tau_exp=TAU_EXP, spike_height=0), SCALE),
    }
    return {form: (messages(solver, form, scratch), scale)
            for form, (solver, scale) in forms.items()}


def messages(solver, form, scratch):
    import numpy as np
    from lava.magma.core.run_conditions import RunSteps
    from lava.magma.core.run_configs import Loihi1SimCfg
    from recorder import MessageTap
    tag = "fixed_pt" if form.startswith("fixed") else "floating_pt"
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        path = pathlib.Path(folder) / "codes.npy"
        MessageTap(solver.v1, path, STEPS)
        solver.run(condition=RunSteps(num_steps=STEPS),
                   run_cfg=Loihi1SimCfg(select_tag=tag, select_sub_proc_model=True))
        solver.stop()
        return np.load(path)


if __name__ == "__main__":
    sys.exit(main())

"""An erratum on compression: what noise makes of a unit that saturates."""

from __future__ import annotations

from itertools import pairwise

from .binned_entropy import noisy_linear, noisy_tanh, of_tanh
from .erratum import Erratum, Measured, Refutation, many_digits
from .picture import Picture

__all__ = ["COMPRESSION"]

GOLDFELD = (
    "Z. Goldfeld, E. van den Berg, K. Greenewald, I. Melnyk, N. Nguyen, B. Kingsbury and Y. "
    "Polyanskiy, Estimating information flow in deep neural networks, ICML 2019"
)

NOISE = 0.1


def noisy_compression() -> Refutation:
    weights = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0]
    tanh = [noisy_tanh(w, NOISE) for w in weights]
    line = [noisy_linear(w, NOISE) for w in weights]
    bins = [of_tanh(w) for w in weights]
    return Refutation(
        claimed=Measured("information through noise at $w = 16$ minus that at $w = 2$",
                         tanh[6] - tanh[3]),
        corrected=Measured("least of: the fall from $w = 2$ on, of tanh; the rise, without tanh",
                           min(tanh[3] - tanh[4], tanh[4] - tanh[5], tanh[5] - tanh[6],
                               *(b - a for a, b in pairwise(line)))),
        numbers=(
            Measured("$I(x; \\tanh(wx) + \\text{noise})$ in nats, $w = 2$", tanh[3]),
            Measured("the same, $w = 16$", tanh[6]),
            Measured("$\\log 2$, where two clusters are left", float(many_digits().log(2))),
            Measured("entropy of thirty bins without noise, $w = 2$", bins[3]),
            Measured("the same, $w = 16$", bins[6]),
        ),
        picture=Picture(
            "One unit whose weight grows: information through noise, and entropy of bins",
            ("weight w", "nats"),
            {
                "tanh(wx) and noise": tuple(zip(weights, tanh, strict=True)),
                "wx and noise": tuple(zip(weights, line, strict=True)),
                "tanh(wx) in thirty bins": tuple(zip(weights, bins, strict=True)),
            },
        ),
    )  # fmt: skip


COMPRESSION = Erratum(
    id="compression-and-noise",
    said="With noise of known size, networks show no compression",
    claim="That $I(x; T)$ falls late in training is an artefact of bins: inject noise of known "
    "size, estimate properly, and the compression disappears.",
    believed="Without noise it is an artefact: $I(x; T)$ is infinite, or constant, and only the "
    "entropy of bins moves.",
    corrected="With noise there is an information that can fall, and it does, where units "
    "saturate and inputs cluster. The paper that injected the noise says so: compression is "
    "driven by the clustering of representations, and bins had measured the same clustering. "
    "Units that do not saturate, as linear ones, show none as their weights grow.",
    instance="One unit, a standard normal input, noise of standard deviation one tenth, and a "
    "weight that grows. No network is trained.",
    counterexample=noisy_compression,
    theorems=("compression-phase",),
    references=(GOLDFELD,),
)

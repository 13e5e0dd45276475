r"""What every autoencoder with a code of k numbers owes, whatever its layers and however trained.

A code that is handed back is a function $f = g \circ e$ of one row, with an encoder $e$ into $k$
numbers and a decoder $g$.  It is known by what it returns only: by its values on rows in other
company, and by its Jacobian $J = \nabla g\,\nabla e$, whose rank is at most $k$ at every point.
Where the decoder is affine, reconstructions lie on a plane, and lose what the plane loses.

All numbers of a `Reconstruction` are in the unit of the data; `wobble` and `shaking` say how far
the code's own rounding moves them, in units of one roundoff, so that no claim is decided by that.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .covariance import Bottleneck, Moments, bottlenecks, moments, simpler
from .theorem import Claim, Family

__all__ = ["AUTOENCODER", "Reconstruction", "Widths", "oracle"]


class Reconstruction(NamedTuple):
    """What was seen of a code.

    `loss` is the mean squared error on the n rows that it was trained on, `again` the largest
    change when the same rows are handed over a second time, `company` the largest change of a row
    among other rows, `changed` the largest change of what was handed over, `bend` the largest
    distance of the reconstruction of a midpoint from the midpoint of the reconstructions.  `x_hat`
    (n, d) are the reconstructions, `cloud` (m, d) those of further points too, and `gradient` holds
    the Jacobians (m, d, d) there, or nothing where the code returns plain numbers or mixes rows.
    `symptoms` are the names of known errors that an experiment with the code points to.
    """

    loss: float
    again: float
    company: float
    changed: float
    bend: float
    wobble: float
    shaking: float
    x_hat: np.ndarray
    cloud: np.ndarray
    gradient: tuple[np.ndarray, ...] = ()
    symptoms: tuple[str, ...] = ()

    def shown(self, claim: str, truth: Widths) -> tuple[str, str]:
        """What the theorem says and what was seen, as far as a claim is concerned."""
        return {
            "repeatable": ("the same again", f"a change of {self.again:.6g}, each time"),
            "row by row": ("the same in any company", f"a change of {self.company:.6g}"),
            "data kept": ("rows as they were", f"rows changed by {self.changed:.6g}"),
            "rank": (f"at most {truth.rank:g} singular values", self.widest(int(truth.rank))),
            "plane": (f"a plane of {truth.rank:g} dimensions", _spread(self.cloud)),
            "floor": (f"{truth.floor:.9g} at least", f"{self.loss:.9g}"),
            "affine": ("midpoints go to midpoints", f"{self.bend:.6g} beside one"),
        }.get(claim, (f"{truth.constant:.9g} at most", f"{self.loss:.9g}"))

    def widest(self, k: int) -> str:
        """The singular values of the Jacobian of which most passes by."""
        if not self.gradient or not np.isfinite(self.gradient[0]).all():
            return "a Jacobian that is not finite"
        values = np.linalg.svd(self.gradient[0], compute_uv=False)
        worst = values[np.argmax(values[:, k])]
        return "a Jacobian with the singular values " + ", ".join(f"{v:.6g}" for v in worst)


def _spread(cloud: np.ndarray) -> str:
    if not np.isfinite(cloud).all():
        return "reconstructions that are not finite"
    values = np.linalg.svd(cloud - cloud.mean(axis=0), compute_uv=False)
    lengths = ", ".join(f"{v:.6g}" for v in values / math.sqrt(len(cloud)))
    return f"root mean square spreads {lengths}"


class Widths(NamedTuple):
    """The closed form: the `moments`, the `floor` of an affine decoder, the loss of the best
    `constant`, which is the mean, and the greatest `rank`."""

    moments: Moments
    floor: float
    constant: float
    rank: float


def oracle(problem: Bottleneck, **_: str) -> Widths:
    """Eigenvalues as the problem was made; an affine map has an offset, so they are centred."""
    found, k = moments(problem), problem.units
    values = found.values
    return Widths(found, float(values[k:].sum()), float(values.sum()), float(k))


def design() -> tuple[Bottleneck, ...]:
    """A dozen small probes: plain, turned, shifted; the circle; a line; flat and nearly flat
    spectra; one huge axis; every width of the code below four features."""
    return (
        Bottleneck((16, 8), (0,), (0, 0), 1),
        Bottleneck((16, 8), (2,), (8, -8), 1),
        Bottleneck((24, 16, 8), (1, -2), (0, 0, 0), 2),
        Bottleneck((24, 16, 8), (2, 1), (8, 16, -8), 1),
        Bottleneck((8, 8), (0,), (0, 0), 1),
        Bottleneck((24, 8, 8), (-1, 2), (8, 0, 0), 2),
        Bottleneck((16, 0), (2,), (8, 0), 1),
        Bottleneck((8, 8, 8), (2, 2), (4, 4, 4), 1),
        Bottleneck((33, 32, 8), (0, 2), (0, 8, 0), 1),
        Bottleneck((16, 8, 0), (1, 2), (0, 0, 8), 2),
        Bottleneck((4096, 16, 8), (1, 2), (0, 0, 0), 2),
        Bottleneck((24, 16, 8, 4), (1, -1, 2), (32, 0, -16, 8), 3),
    )


# -- units ----------------------------------------------------------------------------------------


def largest(array: np.ndarray) -> float:
    return float(np.max(np.abs(array), initial=0.0))


def unit(problem: Bottleneck, truth: Widths, code: Reconstruction) -> float:
    """One rounding error of a reconstruction."""
    return largest(code.cloud) + code.wobble


def plain_unit(problem: Bottleneck, truth: Widths, code: Reconstruction) -> float:
    """The same where nothing was computed otherwise: the size of the numbers, and the slopes that
    a first rounding meets."""
    slopes = max(map(largest, code.gradient), default=0.0)
    return largest(code.cloud) + slopes * math.sqrt(truth.moments.size)


def squared_unit(problem: Bottleneck, truth: Widths, code: Reconstruction) -> float:
    """One rounding error of the loss: of the numbers squared, and of the reconstruction."""
    size = math.sqrt(truth.moments.size) + float(np.linalg.norm(code.x_hat))
    slope = 2 * math.sqrt(max(code.loss, 0.0) * len(truth.moments.mean))
    return size**2 + slope * code.wobble


def spectral_unit(problem: Bottleneck, truth: Widths, code: Reconstruction) -> float:
    return max(map(largest, code.gradient), default=0.0) * problem.units + code.shaking


# -- claims ---------------------------------------------------------------------------------------


def repeatable(problem: Bottleneck, truth: Widths, code: Reconstruction) -> float:
    return -code.again


def alone(problem: Bottleneck, truth: Widths, code: Reconstruction) -> float:
    return -code.company


def kept(problem: Bottleneck, truth: Widths, code: Reconstruction) -> float:
    return -code.changed


def within_the_rank(problem: Bottleneck, truth: Widths, code: Reconstruction) -> float:
    r"""$-\sigma_{k+1}(J)$, the largest over all points; NaN where a Jacobian has one."""
    worst = 0.0
    for jacobians in code.gradient:
        if not np.isfinite(jacobians).all():
            return math.nan
        values = np.linalg.svd(jacobians, compute_uv=False)
        worst = max(worst, largest(values[:, problem.units :]))
    return -worst


def on_a_plane(problem: Bottleneck, truth: Widths, code: Reconstruction) -> float:
    """The root mean square distance of reconstructions from any plane of k dimensions, at least."""
    if not np.isfinite(code.cloud).all():
        return math.nan
    values = np.linalg.svd(code.cloud - code.cloud.mean(axis=0), compute_uv=False)
    return -largest(values[problem.units :]) / math.sqrt(len(code.cloud))


def straight(problem: Bottleneck, truth: Widths, code: Reconstruction) -> float:
    return -code.bend


def above_the_floor(problem: Bottleneck, truth: Widths, code: Reconstruction) -> float:
    return code.loss - truth.floor


def better_than_a_constant(problem: Bottleneck, truth: Widths, code: Reconstruction) -> float:
    return truth.constant - code.loss


FLAT = {"kind": ("linear decoder", "linear")}

CLAIMS = (
    Claim(
        name="repeatable",
        tex=r"f(x) = f(x)",
        why="nothing is drawn and nothing remembered: called twice on the same rows, it returns "
        "the same",
        slack=repeatable,
        unit=plain_unit,
    ),
    Claim(
        name="row by row",
        tex=r"f(X)_i = f(x_i)",
        why="a row is reconstructed from its own code: in any order, and beside any other rows",
        slack=alone,
        unit=unit,
    ),
    Claim(
        name="data kept",
        tex=r"X \text{ before} = X \text{ after}",
        why="the rows handed over are left as they were",
        slack=kept,
        unit=unit,
    ),
    Claim(
        name="rank",
        tex=r"\operatorname{rank}\,\nabla f(x) \le k",
        why="whatever the layers, only k numbers pass: the chain rule is a product through them",
        slack=within_the_rank,
        unit=spectral_unit,
        of_gradient=True,
    ),
    Claim(
        name="plane",
        tex=r"f(x) \in c + \operatorname{span}(a_1, \dots, a_k)",
        why="an affine decoder spans a plane of k dimensions",
        slack=on_a_plane,
        unit=unit,
        only=FLAT,
    ),
    Claim(
        name="floor",
        tex=r"\mathbb{E}\lVert x-f(x)\rVert^2 \ge \sum_{i>k}\lambda_i",
        why="whatever the encoder, a plane of k dimensions loses the other variances",
        slack=above_the_floor,
        unit=squared_unit,
        only=FLAT,
    ),
    Claim(
        name="affine",
        tex=r"f\bigl(\tfrac{a+b}{2}\bigr) = \tfrac12 f(a) + \tfrac12 f(b)",
        why="a linear encoder and decoder keep midpoints",
        slack=straight,
        unit=unit,
        only={"kind": ("linear",)},
    ),
    Claim(
        name="better than a constant",
        tex=r"\mathbb{E}\lVert x-f(x)\rVert^2 \le \sum_i \lambda_i",
        why="an output bias alone reaches the whole variance, so training has to get below it",
        slack=better_than_a_constant,
        unit=squared_unit,
        only={"trained": ("yes",)},
    ),
)

AUTOENCODER = Family(
    name="autoencoder",
    problem=Bottleneck,
    design=design,
    problems=bottlenecks,
    simpler=simpler,
    oracle=oracle,
    claims=CLAIMS,
)

r"""What principal components owe to Baldi and Hornik: an exact algorithm is at the optimum.

$C$ (k, d) has the components in its rows.  Orthonormal rows, an explained variance that no subspace
exceeds and a mean that is the mean are owed by every algorithm; that the rows are the top
eigenvectors, in order, only by one that is exact (a randomised or incremental one is not).
Signs, and the basis inside a tie, are free: no claim looks at them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .bottleneck import Spectrum, oracle
from .covariance import Bottleneck, bottlenecks, design, simpler
from .theorem import Claim, Family

__all__ = ["PCA", "Axes", "excess"]


class Axes(NamedTuple):
    """What the code returned: `components` (k, d), the `mean` (d) where it is reported, and whether
    the algorithm is exact, so that its answer is the optimum (`converged`)."""

    components: np.ndarray
    mean: np.ndarray | None
    converged: bool


def components_of(fit: Axes) -> np.ndarray:
    return np.asarray(fit.components, float)


def explained(truth: Spectrum, C: np.ndarray) -> np.ndarray:
    return np.asarray(C @ truth.moments.moment @ C.T)


def excess(truth: Spectrum, fit: Axes) -> float:
    """How far the reconstruction error of the projection onto the rows is above the floor."""
    Q = np.linalg.qr(components_of(fit).T)[0]
    total = float(np.trace(truth.moments.moment))
    return total - float(np.trace(explained(truth, Q.T))) - truth.floor


# -- claims ---------------------------------------------------------------------------------------


def orthonormal(problem: Bottleneck, truth: Spectrum, fit: Axes) -> float:
    C = components_of(fit)
    return -float(np.max(np.abs(C @ C.T - np.eye(len(C)))))


def below_the_ceiling(problem: Bottleneck, truth: Spectrum, fit: Axes) -> float:
    ceiling = float(truth.moments.values[: problem.units].sum())
    return ceiling - float(np.trace(explained(truth, components_of(fit))))


def centred(problem: Bottleneck, truth: Spectrum, fit: Axes) -> float:
    if fit.mean is None:
        return 0.0
    return -float(np.max(np.abs(fit.mean - truth.moments.mean)))


def at_the_ceiling(problem: Bottleneck, truth: Spectrum, fit: Axes) -> float:
    return -abs(below_the_ceiling(problem, truth, fit))


def invariant(problem: Bottleneck, truth: Spectrum, fit: Axes) -> float:
    C = components_of(fit)
    leaving = truth.moments.moment @ C.T - C.T @ explained(truth, C)
    return -float(np.linalg.norm(leaving))


def in_order(problem: Bottleneck, truth: Spectrum, fit: Axes) -> float:
    wanted = np.diag(truth.moments.values[: problem.units])
    return -float(np.max(np.abs(explained(truth, components_of(fit)) - wanted)))


def near_the_projector(problem: Bottleneck, truth: Spectrum, fit: Axes) -> float:
    C = components_of(fit)
    return -max(truth.gap, 0.0) * float(np.linalg.norm(C.T @ C - truth.projector))


def unit(problem: Bottleneck, truth: Spectrum, fit: Axes) -> float:
    """One rounding error of the explained variance."""
    return float(truth.moments.size * number(problem, truth, fit))


def length(problem: Bottleneck, truth: Spectrum, fit: Axes) -> float:
    """One rounding error of a mean: the root mean square of a row."""
    return float(truth.moments.size**0.5)


def number(problem: Bottleneck, truth: Spectrum, fit: Axes) -> float:
    """One rounding error of an inner product of rows, 2d times over: a decomposition's backward
    error grows with the size (on badly scaled rows with d = 5 LAPACK's was 4.4 of these units)."""
    wide = int(np.shape(fit.components)[1])
    return 2.0 * wide * float(1 + np.linalg.norm(fit.components) ** 2)


CLAIMS = (
    Claim(
        name="orthonormal rows",
        tex=r"CC^\top = I_k",
        why="components are unit vectors at right angles",
        slack=orthonormal,
        unit=number,
    ),
    Claim(
        name="ceiling",
        tex=r"\operatorname{tr} C\Sigma C^\top \le \sum_{i \le k}\lambda_i",
        why="no k orthonormal directions explain more (Ky Fan)",
        slack=below_the_ceiling,
        unit=unit,
    ),
    Claim(
        name="mean",
        tex=r"\hat\mu = \tfrac1n\sum_i x_i",
        why="the reported mean is the mean of the rows, or zero where nothing is subtracted",
        slack=centred,
        unit=length,
    ),
    Claim(
        name="reaches the ceiling",
        tex=r"\operatorname{tr} C\Sigma C^\top = \sum_{i \le k}\lambda_i",
        why="the top eigenvectors explain the most",
        slack=at_the_ceiling,
        unit=unit,
        binds="at the optimum",
    ),
    Claim(
        name="invariant subspace",
        tex=r"\Sigma C^\top = C^\top (C\Sigma C^\top)",
        why="eigenvectors stay in their span",
        slack=invariant,
        unit=unit,
        binds="at the optimum",
    ),
    Claim(
        name="principal axes",
        tex=r"C\Sigma C^\top = \operatorname{diag}(\lambda_1, \dots, \lambda_k)",
        why="the scores are uncorrelated, and their variances descend",
        slack=in_order,
        unit=unit,
        binds="at the optimum",
    ),
    Claim(
        name="nearness",
        tex=r"(\lambda_k-\lambda_{k+1})\,\lVert C^\top C-P\rVert_F = 0",
        why="without a tie at the cut the subspace is unique",
        slack=near_the_projector,
        unit=unit,
        binds="at the optimum",
    ),
)

PCA = Family(
    name="pca",
    problem=Bottleneck,
    design=design,
    problems=bottlenecks,
    simpler=simpler,
    oracle=oracle,
    claims=CLAIMS,
)

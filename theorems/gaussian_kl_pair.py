r"""The KL between two Gaussians with full covariances: definition, oracle, claims, problems.

$KL(N(\mu_0, S_0)\,\|\,N(\mu_1, S_1)) = \frac12[\operatorname{tr}S_1^{-1}S_0 +
(\mu_1-\mu_0)^\top S_1^{-1}(\mu_1-\mu_0) - d + \log\det S_1 - \log\det S_0]$, in nats.  Gradients in
the covariances are those along symmetric matrices.  The variant of diagonal covariances reads only
the problem's diagonals.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .covariance_tables import covariance, plainer_covariances, squared
from .lattice import Matrix, lattice, quarters
from .tables import fewer, plainer
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["GAUSSIAN_KL_PAIR", "Pair", "kl", "oracle", "pair_unit"]

FULL = {"covariance": ("full",)}


class Pair(NamedTuple):
    """Two Gaussians in d dimensions: means and covariance matrices."""

    mu0: tuple[float, ...]
    cov0: Matrix
    mu1: tuple[float, ...]
    cov1: Matrix


class Truth(NamedTuple):
    value: np.ndarray
    gradient: tuple[np.ndarray, ...]
    unit: float
    units: tuple[np.ndarray, ...]


# -- definition and oracle ------------------------------------------------------------------------


def kl(
    mu0: np.ndarray,
    cov0: np.ndarray,
    mu1: np.ndarray,
    cov1: np.ndarray,
    *,
    arithmetic: Arithmetic = FLOAT64,
) -> float:
    """In nats, a number of the arithmetic; nothing is inverted: the second covariance is solved
    against."""
    shift = mu1 - mu0
    ratio, scaled = arithmetic.solve(cov1, cov0), arithmetic.solve(cov1, shift)
    volumes = arithmetic.log_det(cov1) - arithmetic.log_det(cov0)
    form = arithmetic.dot(shift, scaled)
    value: float = arithmetic.number(0.5 * (np.trace(ratio) + form - len(mu0) + volumes))
    return value


def oracle(problem: Pair, covariance: str = "full", *, arithmetic: Arithmetic = FLOAT64) -> Truth:
    tables = _tables(problem, covariance, arithmetic)
    gradient = _gradient(*tables, arithmetic=arithmetic)
    if covariance == "diagonal":
        gradient = tuple(arithmetic.array(_diagonal(g)) if g.ndim == 2 else g for g in gradient)
    value = np.asarray(kl(*tables, arithmetic=arithmetic))
    return Truth(value, gradient, *_units(*_tables(problem, covariance)))


def _tables(
    problem: Pair, covariance: str, arithmetic: Arithmetic = FLOAT64
) -> tuple[np.ndarray, ...]:
    """Means and covariances, the latter without what the variant does not read."""
    mu0, cov0, mu1, cov1 = (arithmetic.array(x) for x in problem)
    if covariance == "diagonal":
        cov0, cov1 = (arithmetic.array(_diagonal(cov)) for cov in (cov0, cov1))
    return mu0, cov0, mu1, cov1


def _diagonal(matrix: np.ndarray) -> np.ndarray:
    return np.diag(np.diag(matrix))


def _gradient(
    mu0: np.ndarray, cov0: np.ndarray, mu1: np.ndarray, cov1: np.ndarray, *, arithmetic: Arithmetic
) -> tuple[np.ndarray, ...]:
    shift, precision, dot = mu1 - mu0, arithmetic.inverse(cov1), arithmetic.dot
    pull = dot(precision, shift)
    spread = dot(dot(precision, cov0 + np.outer(shift, shift)), precision)
    return (
        -pull, (precision - arithmetic.inverse(cov0)) / 2, pull, (precision - spread) / 2,
    )  # fmt: skip


def _units(
    mu0: np.ndarray, cov0: np.ndarray, mu1: np.ndarray, cov1: np.ndarray
) -> tuple[float, tuple[np.ndarray, ...]]:
    """One rounding error of the value, and of each gradient: the terms' sizes times the condition
    number of the matrix that is solved against."""
    d, shift = len(mu0), np.linalg.norm(mu1 - mu0)
    inverse = [np.linalg.norm(np.linalg.inv(cov), 2) for cov in (cov0, cov1)]
    worst = [float(np.linalg.cond(cov)) for cov in (cov0, cov1)]
    volumes = sum(abs(np.linalg.slogdet(cov)[1]) for cov in (cov0, cov1))
    terms = inverse[1] * (np.linalg.norm(cov0) * d**0.5 + shift**2)
    value = 0.5 * (worst[1] * terms + d * sum(worst) + volumes + d)
    pull = worst[1] * inverse[1] * (1 + shift)
    first = 0.5 * (worst[0] * inverse[0] + worst[1] * inverse[1])
    second = 0.5 * worst[1] * inverse[1] * (1 + terms)
    return float(value), tuple(np.asarray(d**0.5 * u) for u in (pull, first, pull, second))


def pair_unit(mu0: np.ndarray, cov0: np.ndarray, mu1: np.ndarray, cov1: np.ndarray) -> float:
    """One rounding error of `kl`."""
    return _units(mu0, cov0, mu1, cov1)[0]


# -- claims ---------------------------------------------------------------------------------------


def nonnegative(problem: Pair, truth: Truth, output: Evaluation) -> float:
    return float(output.value)


def equals(problem: Pair) -> tuple[Pair, Pair]:
    return problem._replace(mu1=problem.mu0, cov1=problem.cov0), problem._replace(
        mu0=problem.mu1, cov0=problem.cov1
    )


def zero_at_equals(
    problem: Pair, truth: Truth, output: Evaluation, first: Evaluation, second: Evaluation
) -> float:
    return -max(abs(float(first.value)), abs(float(second.value)))


def moved(problem: Pair, A: np.ndarray, shift: float) -> Pair:
    """Both Gaussians under x -> Ax + shift."""
    mus = [tuple((A @ np.asarray(mu) + shift).tolist()) for mu in (problem.mu0, problem.mu1)]
    covs = [tuple(map(tuple, (A @ np.asarray(c) @ A.T).tolist())) for c in
            (problem.cov0, problem.cov1)]  # fmt: skip
    return Pair(mus[0], covs[0], mus[1], covs[1])


def rescaled(problem: Pair) -> tuple[Pair]:
    """Each coordinate by its own power of two, in reverse order, and shifted."""
    d = len(problem.mu0)
    A = np.diag([2.0 ** ((i + 1) % 2) for i in range(d)])[::-1]
    return (moved(problem, A, 1.0),)


def sheared(problem: Pair) -> tuple[Pair]:
    """Each coordinate plus the one before."""
    return (moved(problem, np.eye(len(problem.mu0)) + np.eye(len(problem.mu0), k=-1), -1.0),)


def unchanged(problem: Pair, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -abs(float(output.value) - float(other.value))


def unit(problem: Pair, truth: Truth, *_: object) -> float:
    return truth.unit


def moved_unit(problem: Pair, truth: Truth, *_: object) -> float:
    """The mapped pair is worse conditioned: rescaling costs at most 4^2, a shear at most 3^4."""
    return max(oracle(other).unit for other in (problem, *rescaled(problem), *sheared(problem)))


def at_equals_unit(problem: Pair, truth: Truth, *_: object) -> float:
    return max(oracle(other).unit for other in equals(problem))


CLAIMS = (
    value_claim(
        r"KL = \tfrac12\bigl[\operatorname{tr}S_1^{-1}S_0 + \delta^\top S_1^{-1}\delta - d + "
        r"\log\tfrac{\det S_1}{\det S_0}\bigr],\ \delta = \mu_1 - \mu_0",
        unit,
    ),
    gradient_claim(
        r"\nabla_{\mu_1} = S_1^{-1}\delta,\ \nabla_{S_0} = \tfrac12(S_1^{-1} - S_0^{-1}),\ "
        r"\nabla_{S_1} = \tfrac12(S_1^{-1} - S_1^{-1}(S_0 + \delta\delta^\top)S_1^{-1})",
        lambda problem, truth: truth.units,
    ),
    Claim(
        name="nonnegative", tex=r"KL \ge 0", why="Gibbs' inequality", slack=nonnegative, unit=unit
    ),
    Claim(
        name="zero at equals", tex=r"KL(q\,\|\,q) = 0",
        why="a distribution is not apart from itself",
        slack=zero_at_equals, unit=at_equals_unit, related=equals,
    ),
    Claim(
        name="units of measurement", tex=r"KL(\Lambda x + b) = KL(x)",
        why="both distributions are measured in the same units",
        slack=unchanged, unit=moved_unit, related=rescaled,
    ),
    Claim(
        name="shear", tex=r"KL(Ax + b) = KL(x)", why="an invertible map loses no information",
        slack=unchanged, unit=moved_unit, related=sheared, only=FULL,
    ),
)  # fmt: skip


# -- problems -------------------------------------------------------------------------------------


def pair(d: int, salt: int) -> Pair:
    means = lattice(2, d, salt)
    return Pair(means[0], covariance(d, salt + 100), means[1], covariance(d, salt + 200))


def design() -> tuple[Pair, ...]:
    """24 probes: sizes; then equal means, equal covariances, nearly equal pairs, the prior."""
    plain = [pair(d, salt) for salt, d in enumerate((1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6))]
    near = [_near(pair(d, 20 + d), 2.0**-p) for d, p in ((1, 4), (2, 6), (3, 10))]
    same = [p._replace(mu1=p.mu0) for p in (pair(1, 30), pair(3, 31))]
    same += [p._replace(cov1=p.cov0) for p in (pair(2, 32), pair(3, 33))]
    prior = [Pair(p.mu0, p.cov0, (0.0,) * d, squared(np.eye(d)))
             for d, p in ((1, pair(1, 40)), (2, pair(2, 41)), (4, pair(4, 42)))]  # fmt: skip
    one = ((1.0,),)
    small = [Pair((1.0,), one, (0.0,), one), Pair((0.0,), ((4.0,),), (0.0,), one)]
    return (*plain, *near, *same, *prior, *small)


def _near(p: Pair, step: float) -> Pair:
    moved_mean = tuple(x + step for x in p.mu0)
    inflated = tuple(
        tuple(x + step * (i == j) for j, x in enumerate(row)) for i, row in enumerate(p.cov0)
    )
    return Pair(p.mu0, p.cov0, moved_mean, inflated)


def ranges() -> tuple[Pair, ...]:
    """Variances from 2^-10 to 2^20, means far apart, sixteen dimensions."""
    p = pair(2, 50)
    scaled = [moved(p, 2.0**e * np.eye(2), 0.0) for e in (-3, 10)]
    lopsided = [Pair((0.0,), ((2.0**e,),), (1.0,), ((1.0,),)) for e in (-10, 20)]
    far = [p._replace(mu1=tuple(x + 1024 for x in p.mu1))]
    wide = np.eye(16) + np.eye(16, k=-1) / 2
    flat = Pair((0.0,) * 16, squared(wide), (1.0,) * 16, squared(np.eye(16)))
    return (*scaled, *lopsided, *far, flat)


def problems() -> SearchStrategy[Pair]:
    """Values first and the size last, so that shrinking reaches one dimension."""
    from hypothesis import strategies as st

    mean = st.lists(quarters(), min_size=3, max_size=3)
    below = st.lists(quarters(4), min_size=3, max_size=3)
    diagonal = st.lists(st.sampled_from((1.0, 2.0, 0.5)), min_size=3, max_size=3)
    return st.builds(_cut, mean, mean, below, below, diagonal, diagonal, st.integers(1, 3))


def _cut(
    mu0: list[float], mu1: list[float], below0: list[float], below1: list[float],
    diagonal0: list[float], diagonal1: list[float], d: int,
) -> Pair:  # fmt: skip
    covs = []
    for below, diagonal in ((below0, diagonal0), (below1, diagonal1)):
        L = np.diag(diagonal)
        L[[1, 2, 2], [0, 0, 1]] = below
        covs.append(squared(L[:d, :d]))
    return Pair(tuple(mu0[:d]), covs[0], tuple(mu1[:d]), covs[1])


def simpler(problem: Any) -> Iterator[Pair]:
    """Fewer coordinates, identities for covariances, plainer entries; always definite."""
    for kept in fewer(len(problem.mu0)):
        mus = [tuple(mu[i] for i in kept) for mu in (problem.mu0, problem.mu1)]
        covs = [tuple(tuple(c[i][j] for j in kept) for i in kept) for c in
                (problem.cov0, problem.cov1)]  # fmt: skip
        yield Pair(mus[0], covs[0], mus[1], covs[1])
    for name in ("cov0", "cov1"):
        for cov in plainer_covariances(getattr(problem, name)):
            yield problem._replace(**{name: cov})
    for name in ("mu0", "mu1"):
        for rows in plainer((getattr(problem, name),)):
            yield problem._replace(**{name: rows[0]})


GAUSSIAN_KL_PAIR = Family(
    name="gaussian-kl-pair", problem=Pair, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS, ranges=ranges,
)  # fmt: skip

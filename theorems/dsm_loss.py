r"""The denoising score matching loss of an affine score: definition, oracle, claims, problems.

$L = \mathbb{E}\,\lVert s(x + \sigma\epsilon, \sigma) + \epsilon/\sigma\rVert^2$ with
$\epsilon \sim N(0, I)$: a mean over the n rows of x, a sum over the d features.  What is handed to
the code is $s(y, \sigma) = Ay + \sigma b$, under which L is a quadratic in the noise,

$L = \tfrac1n\sum_i\lVert Ax_i + \sigma b\rVert^2 + \lVert\sigma A + I/\sigma\rVert_F^2$.

It depends on the data through their mean $m$ and covariance $S$ alone.  So it is the explicit loss
of Gaussian data, $F = \mathbb{E}\,\lVert s(Y) + M^{-1}(Y - m)\rVert^2$ at $Y \sim N(m, M)$ with
$M = S + \sigma^2 I$, plus the constant $C = d/\sigma^2 - \operatorname{tr} M^{-1}$, below which no
affine score comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .lattice import Matrix, lattice, quarters
from .tables import simpler_tables
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["DSM_LOSS", "Noised", "Truth", "oracle"]


class Noised(NamedTuple):
    """n points in d dimensions, the affine score's matrix [d, d] and offset [d] (in units of
    1/sigma^2), and the standard deviation of the noise."""

    x: Matrix
    weight: Matrix
    offset: tuple[float, ...]
    sigma: float


class Truth(NamedTuple):
    """`explicit` is the distance F from the Gaussian's own score, `floor` the constant C; `unit`
    and `units` are the sizes of rounding errors of the value and of the gradient, `exact_unit`
    that of F and C, which go through an inverse."""

    value: np.ndarray
    gradient: tuple[np.ndarray, ...]
    explicit: float
    floor: float
    unit: float
    units: tuple[np.ndarray, ...]
    exact_unit: float


# -- definition and oracle ------------------------------------------------------------------------


def oracle(problem: Noised, *, arithmetic: Arithmetic = FLOAT64) -> Truth:
    """Value, and gradient in x, by hand."""
    sigma, n, d = arithmetic.number(problem.sigma), len(problem.x), len(problem.offset)
    x, A, offset = map(arithmetic.array, problem[:3])
    drift = arithmetic.dot(x, A.T) + sigma * offset
    spread = sigma * A + arithmetic.array(np.eye(d)) / sigma
    value = (drift**2).sum() / n + (spread**2).sum()
    explicit, floor, condition = _gaussian(problem)
    unit, slopes = _units(problem)
    return Truth(
        value=np.asarray(value), gradient=(2 * arithmetic.dot(drift, A) / n,),
        explicit=explicit, floor=floor, unit=unit, units=(slopes,), exact_unit=condition * unit,
    )  # fmt: skip


def _moments(problem: Noised) -> tuple[np.ndarray, np.ndarray]:
    """Mean [d] and covariance [d, d] of the noised data."""
    x = np.asarray(problem.x, float)
    centred = x - x.mean(axis=0)
    return x.mean(axis=0), centred.T @ centred / len(x) + problem.sigma**2 * np.eye(x.shape[1])


def _gaussian(problem: Noised) -> tuple[float, float, float]:
    """F and C, and the condition number of M."""
    mean, M = _moments(problem)
    A, P = np.asarray(problem.weight, float), np.linalg.inv(M)
    off = A + P
    drift = A @ mean + problem.sigma * np.asarray(problem.offset)
    explicit = float(np.trace(off @ M @ off.T) + drift @ drift)
    floor = float(len(mean) / problem.sigma**2 - np.trace(P))
    return explicit, floor, float(np.linalg.cond(M))


def _units(problem: Noised) -> tuple[float, np.ndarray]:
    """One rounding error of the value and, entry by entry, of the gradient [n, d].

    The largest terms on the way to a residual: the score's, the target's, and what is lost in
    y - x where the noise is read off the noised data.
    """
    sigma, x, A = problem.sigma, np.abs(problem.x), np.abs(problem.weight)
    terms = x @ A.T + sigma * np.abs(problem.offset) + sigma * A.sum(axis=1)
    reach = terms + x / sigma**2 + 1 / sigma
    return float((reach**2).sum()) / len(x), 2 * (reach @ A + reach / sigma**2) / len(x)


# -- claims ---------------------------------------------------------------------------------------


def explicit_plus_constant(problem: Noised, truth: Truth, output: Evaluation) -> float:
    return -abs(float(output.value) - truth.explicit - truth.floor)


def above_the_floor(problem: Noised, truth: Truth, output: Evaluation) -> float:
    return float(output.value) - truth.floor


def with_the_gaussians_score(problem: Noised) -> tuple[Noised]:
    """The best affine score: s(y) = -M^-1 (y - m)."""
    mean, M = _moments(problem)
    P = np.linalg.inv(M)
    offset = tuple((P @ mean / problem.sigma).tolist())
    return (problem._replace(weight=tuple(map(tuple, (-P).tolist())), offset=offset),)


def reached(problem: Noised, truth: Truth, output: Evaluation, best: Evaluation) -> float:
    return -abs(float(best.value) - truth.floor)


def reached_unit(problem: Noised, truth: Truth, output: Evaluation) -> float:
    (best,) = with_the_gaussians_score(problem)
    return oracle(best).exact_unit + truth.exact_unit


def silent(problem: Noised) -> tuple[Noised]:
    """The score that is zero everywhere."""
    d = len(problem.offset)
    return (problem._replace(weight=((0.0,) * d,) * d, offset=(0.0,) * d),)


def price_of_silence(problem: Noised, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -abs(float(other.value) - len(problem.offset) / problem.sigma**2)


def negated(problem: Noised) -> tuple[Noised]:
    """The score that points the other way."""
    weight = tuple(tuple(-e for e in row) for row in problem.weight)
    return (problem._replace(weight=weight, offset=tuple(-e for e in problem.offset)),)


def stein(problem: Noised, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    divergence = sum(row[i] for i, row in enumerate(problem.weight))
    return -abs(float(output.value) - float(other.value) - 4 * divergence)


def unit(problem: Noised, truth: Truth, *_: object) -> float:
    return truth.unit


def exact_unit(problem: Noised, truth: Truth, *_: object) -> float:
    return truth.exact_unit


CLAIMS = (
    value_claim(r"L = \mathbb{E}\,\lVert s(x + \sigma\epsilon) + \epsilon/\sigma\rVert^2", unit),
    gradient_claim(
        r"\nabla_x L = \tfrac2n(Ax + \sigma b)^\top A", lambda problem, truth: truth.units
    ),
    Claim(
        name="explicit plus a constant",
        tex=r"L = \mathbb{E}\,\lVert s(Y) - \nabla\log p_\sigma(Y)\rVert^2 + C",
        why="matching the noise's score is matching the noised data's score, up to a constant",
        slack=explicit_plus_constant, unit=exact_unit,
    ),
    Claim(
        name="floor", tex=r"L \ge C = d/\sigma^2 - \operatorname{tr}(S + \sigma^2 I)^{-1}",
        why="what no affine score can know of the noise", slack=above_the_floor, unit=exact_unit,
    ),
    Claim(
        name="floor reached", tex=r"s(y) = -(S + \sigma^2 I)^{-1}(y - m) \Rightarrow L = C",
        why="the score of Gaussian data leaves the constant alone", slack=reached,
        unit=reached_unit, related=with_the_gaussians_score,
    ),
    Claim(
        name="price of silence", tex=r"s = 0 \Rightarrow L = d/\sigma^2",
        why="what is left is the target's own size", slack=price_of_silence, unit=unit,
        related=silent,
    ),
    Claim(
        name="Stein", tex=r"L(s) - L(-s) = 4\,\mathbb{E}\operatorname{div} s(Y) = "
        r"4\operatorname{tr}A",
        why="a function's product with the noise has the mean of its divergence",
        slack=stein, unit=lambda problem, truth, output: 2 * truth.unit, related=negated,
    ),
)  # fmt: skip


# -- problems -------------------------------------------------------------------------------------

SIZES = ((1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (1, 3), (3, 2), (2, 3),
         (1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (1, 3), (1, 2), (2, 1))  # fmt: skip
LEVELS = (0.5, 1.0, 2.0)


def problem_of(n: int, d: int, sigma: float, salt: int) -> Noised:
    tables = lattice(n, d, salt), lattice(d, d, salt + 1000)
    return Noised(*tables, lattice(1, d, salt + 2000)[0], sigma)


def design() -> tuple[Noised, ...]:
    """24 probes: sizes and levels of noise; then a silent score, little and much noise, data far
    off, a score that knows the noise, and the smallest."""
    plain = [problem_of(*size, LEVELS[(i + i // 8) % 3], i) for i, size in enumerate(SIZES)]
    p, q = problem_of(2, 2, 0.25, 50), problem_of(2, 2, 4.0, 51)
    far = p._replace(x=tuple(tuple(16 * e for e in row) for row in p.x), sigma=1.0)
    one = Noised(((1.0,),), ((1.0,),), (0.0,), 2.0)
    return (
        *plain, *silent(p), *silent(q), p, q, far, one,
        one._replace(weight=((-4.0,),), offset=(0.5,), sigma=0.5),
        Noised(((1.0, -1.0),), ((0.0, 1.0), (-1.0, 0.0)), (0.0, 0.0), 0.5),
    )  # fmt: skip


def ranges() -> tuple[Noised, ...]:
    """Noise from 1/128 to 128, data far off, and a larger batch."""
    levels = [problem_of(2, 2, sigma, 60) for sigma in (2.0**-7, 2.0**-4, 16.0, 128.0)]
    p = problem_of(2, 2, 1.0, 61)
    far = p._replace(x=tuple(tuple(64 * e for e in row) for row in p.x))
    return (*levels, far, problem_of(4, 8, 0.5, 62))


def problems() -> SearchStrategy[Noised]:
    """Values first and sizes last, so that shrinking reaches the smallest sizes."""
    from hypothesis import strategies as st

    pool = st.lists(quarters(), min_size=4, max_size=4)
    levels = st.sampled_from((1.0, 2.0, 0.5, 4.0, 0.25))
    return st.builds(_cut, pool, pool, pool, levels, st.integers(1, 2), st.integers(1, 2))


def _cut(
    x: list[float], weight: list[float], offset: list[float], sigma: float, n: int, d: int
) -> Noised:
    def table(pool: list[float], rows: int) -> Matrix:
        return tuple(tuple(pool[2 * i : 2 * i + d]) for i in range(rows))

    return Noised(table(x, n), table(weight, d), tuple(offset[:d]), sigma)


def simpler(problem: Noised) -> Iterator[Noised]:
    """Fewer rows and features, a level of 1 or 2, plainer entries."""
    if problem.sigma not in (1.0, 2.0):
        yield from (problem._replace(sigma=sigma) for sigma in (1.0, 2.0))
    yield from simpler_tables(problem, {"x": "nd", "weight": "dd", "offset": "d"})


DSM_LOSS = Family(
    name="dsm-loss", problem=Noised, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS, ranges=ranges,
)  # fmt: skip

r"""The KL of a diagonal Gaussian from the standard normal: definition, oracle, claims, problems.

$KL(N(\mu, \operatorname{diag} e^v) \,\|\, N(0, I)) = \frac12\sum_j(\mu_j^2 + e^{v_j} - 1 - v_j)$,
one number per row, in nats.
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

__all__ = ["GAUSSIAN_KL_ROWS", "Rows", "kl_to_prior", "oracle", "prior_gradients", "prior_units"]


class Rows(NamedTuple):
    """n diagonal Gaussians in k dimensions: means, and logarithms of variances."""

    mu: Matrix
    logvar: Matrix


# -- definition and oracle ------------------------------------------------------------------------


def kl_to_prior(
    mu: np.ndarray, logvar: np.ndarray, *, arithmetic: Arithmetic = FLOAT64
) -> np.ndarray:
    """Per row, in nats; `expm1` keeps the digits near the prior."""
    return np.asarray(0.5 * (mu**2 + (arithmetic.expm1(logvar) - logvar)).sum(axis=-1))


def prior_gradients(
    mu: np.ndarray, logvar: np.ndarray, *, arithmetic: Arithmetic = FLOAT64
) -> tuple[np.ndarray, np.ndarray]:
    return mu, arithmetic.expm1(logvar) / 2


def prior_units(mu: np.ndarray, logvar: np.ndarray) -> np.ndarray:
    """One rounding error of a row's KL: half the sum of mu^2 + e^v (1 + |v|) + |v| + 1."""
    size = np.abs(logvar)
    return np.asarray(0.5 * (mu**2 + np.exp(logvar) * (1 + size) + size + 1).sum(axis=-1))


def oracle(problem: Rows, *, arithmetic: Arithmetic = FLOAT64) -> Evaluation:
    mu, logvar = _arrays(problem, arithmetic)
    return Evaluation(
        kl_to_prior(mu, logvar, arithmetic=arithmetic),
        prior_gradients(mu, logvar, arithmetic=arithmetic),
    )


def unit(problem: Rows, *_: object) -> float:
    return float(prior_units(*_arrays(problem)).sum())


def gradient_unit(problem: Rows, truth: Evaluation) -> tuple[np.ndarray, np.ndarray]:
    mu, logvar = _arrays(problem)
    return 1 + np.abs(mu), 0.5 * (np.exp(logvar) * (1 + np.abs(logvar)) + 1)


def _arrays(problem: Rows, arithmetic: Arithmetic = FLOAT64) -> tuple[np.ndarray, np.ndarray]:
    return arithmetic.array(problem.mu), arithmetic.array(problem.logvar)


# -- claims ---------------------------------------------------------------------------------------


def total(output: Evaluation) -> float:
    """Over the rows, whether the code has summed them or not."""
    return float(np.sum(output.value))


def nonnegative(problem: Rows, truth: Evaluation, output: Evaluation) -> float:
    return float(np.min(output.value))


def apart_from_prior(problem: Rows, truth: Evaluation, output: Evaluation) -> float:
    mu, logvar = _arrays(problem)
    return total(output) - 0.5 * float((mu**2 + logvar**2 / (2 + np.abs(logvar))).sum())


def prior(problem: Rows) -> tuple[Rows]:
    zero = tuple((0.0,) * len(row) for row in problem.mu)
    return (Rows(zero, zero),)


def zero_at_prior(problem: Rows, truth: Evaluation, output: Evaluation, there: Evaluation) -> float:
    return -float(np.max(np.abs(there.value)))


def parts(problem: Rows) -> tuple[Rows, ...]:
    """The first coordinate and the others; of one coordinate, the first row and the others."""
    mu, logvar = problem
    if len(mu[0]) > 1:
        ends = (slice(None, 1), slice(1, None))
        return tuple(Rows(*(tuple(row[e] for row in t) for t in (mu, logvar))) for e in ends)
    return (Rows(mu[:1], logvar[:1]), Rows(mu[1:], logvar[1:])) if len(mu) > 1 else ()


def additive(problem: Rows, truth: Evaluation, output: Evaluation, *others: Evaluation) -> float:
    return -abs(total(output) - sum(map(total, others))) if others else 0.0


def centred(problem: Rows) -> tuple[Rows]:
    return (problem._replace(mu=tuple((0.0,) * len(row) for row in problem.mu)),)


def price_of_the_mean(
    problem: Rows, truth: Evaluation, output: Evaluation, other: Evaluation
) -> float:
    half = 0.5 * float(np.square(problem.mu).sum())
    return -abs(total(output) - total(other) - half)


def turned(problem: Rows) -> tuple[Rows]:
    """Means negated, coordinates and rows in reverse order."""
    mu = tuple(tuple(-x for x in reversed(row)) for row in reversed(problem.mu))
    return (Rows(mu, tuple(tuple(reversed(row)) for row in reversed(problem.logvar))),)


def unchanged(problem: Rows, truth: Evaluation, output: Evaluation, other: Evaluation) -> float:
    return -abs(total(output) - total(other))


CLAIMS = (
    value_claim(r"KL = \tfrac12\sum_j(\mu_j^2 + e^{v_j} - 1 - v_j)", unit),
    gradient_claim(
        r"\partial KL/\partial\mu_j = \mu_j,\quad \partial KL/\partial v_j = \tfrac12(e^{v_j} - 1)",
        gradient_unit,
    ),
    Claim(
        name="nonnegative", tex=r"KL \ge 0", why="Gibbs' inequality", slack=nonnegative, unit=unit
    ),
    Claim(
        name="zero at the prior", tex=r"KL(0, 0) = 0",
        why="a distribution is not apart from itself",
        slack=zero_at_prior, unit=unit, related=prior,
    ),
    Claim(
        name="apart from the prior",
        tex=r"KL \ge \tfrac12\sum_j\bigl(\mu_j^2 + v_j^2/(2 + \lvert v_j\rvert)\bigr)",
        why="it vanishes nowhere else, and grows at least like this",
        slack=apart_from_prior, unit=unit,
    ),
    Claim(
        name="additive", tex=r"KL(q_1q_2\,\|\,p_1p_2) = KL(q_1\,\|\,p_1) + KL(q_2\,\|\,p_2)",
        why="independent coordinates, and rows, add", slack=additive, unit=unit, related=parts,
    ),
    Claim(
        name="price of the mean", tex=r"KL(\mu, v) - KL(0, v) = \tfrac12\lVert\mu\rVert^2",
        why="it is the prior's precision that weighs the mean, so the variance does not enter",
        slack=price_of_the_mean, unit=unit, related=centred,
    ),
    Claim(
        name="reflection and order", tex=r"KL(-\mu, v) = KL(\mu, v)",
        why="the prior has no preferred direction, and coordinates have no order",
        slack=unchanged, unit=unit, related=turned,
    ),
)  # fmt: skip


# -- problems -------------------------------------------------------------------------------------

SIZES = ((1, 1), (1, 2), (2, 1), (2, 2), (3, 2), (1, 5), (4, 3), (8, 4))


def design() -> tuple[Rows, ...]:
    """24 probes: all sizes; then near the prior, far from it, narrow and wide, and lopsided."""
    plain = [Rows(lattice(n, k, 2 * i), lattice(n, k, 2 * i + 1)) for i, (n, k) in
             enumerate(SIZES)]  # fmt: skip
    near = [_scaled(Rows(lattice(n, k, 40 + n), lattice(n, k, 50 + n)), 2.0**-p, 2.0**-p)
            for (n, k), p in (((1, 1), 3), ((2, 2), 5), ((3, 4), 8), ((2, 3), 12))]  # fmt: skip
    far = [_scaled(Rows(lattice(n, k, 60 + n), lattice(n, k, 70 + n)), m, v)
           for (n, k), m, v in (((1, 2), 8.0, 1.0), ((2, 2), 1.0, 4.0), ((3, 2), 16.0, 2.0),
                                ((2, 4), 0.5, 3.0))]  # fmt: skip
    table = lattice(2, 3, 80)
    zero, one = ((0.0,) * 3,) * 2, ((1.0,) * 3,) * 2
    special = [Rows(zero, zero), Rows(table, zero), Rows(zero, table), Rows(one, one),
               Rows(((1.0,),), ((0.0,),)), Rows(((0.0,),), ((1.0,),)),
               Rows(((0.0,),), ((-1.0,),)), Rows(((3.0, 0.0),), ((0.0, -5.0),))]  # fmt: skip
    return (*plain, *near, *far, *special)


def ranges() -> tuple[Rows, ...]:
    """What encoders put out when they diverge or collapse.

    Log-variances from -10 to 20: the clamps in use begin beyond, and below -10 the stabilisers in
    use take over, which is what they are for.
    """
    one = [Rows(((0.5,),), ((v,),)) for v in (-10.0, -5.0, 5.0, 10.0, 15.0, 20.0)]
    far = [Rows(((m, -m),), ((0.5, -0.5),)) for m in (64.0, 1024.0, 65536.0)]
    tiny = [_scaled(Rows(lattice(4, 3, 90), lattice(4, 3, 91)), 2.0**-p, 2.0**-p)
            for p in (10, 20, 40)]  # fmt: skip
    return (*one, *far, *tiny, Rows(lattice(64, 32, 92), lattice(64, 32, 93)))


def _scaled(rows: Rows, mean: float, logvar: float) -> Rows:
    return Rows(*(tuple(tuple(x * factor for x in row) for row in table)
                  for table, factor in zip(rows, (mean, logvar), strict=True)))  # fmt: skip


def problems() -> SearchStrategy[Rows]:
    """Values first and sizes last, so that shrinking reaches the smallest sizes."""
    from hypothesis import strategies as st

    pool = st.lists(quarters(12), min_size=9, max_size=9)
    return st.builds(_cut, pool, pool, st.integers(1, 3), st.integers(1, 3))


def _cut(mu: list[float], logvar: list[float], n: int, k: int) -> Rows:
    return Rows(*(tuple(tuple(t[3 * i : 3 * i + k]) for i in range(n)) for t in (mu, logvar)))


def simpler(problem: Rows) -> Iterator[Rows]:
    return simpler_tables(problem, {"mu": "nk", "logvar": "nk"})


GAUSSIAN_KL_ROWS = Family(
    name="gaussian-kl", problem=Rows, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS, ranges=ranges,
)  # fmt: skip

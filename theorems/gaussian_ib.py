r"""The information bottleneck of two Gaussian vectors: the curve, its oracle, claims and problems.

Of all descriptions $T$ of $x$ that see y through x alone, the best at $\beta$ has the least
$I(x;T) - \beta\,I(T;y)$.  With canonical correlations $\rho_i$ and over the directions that are
active, those with $\beta\rho_i^2 > 1$,

$I_x = \tfrac12\sum\log\frac{(\beta-1)\rho_i^2}{1-\rho_i^2},\qquad
I_y = I_x - \tfrac12\sum\log\beta\rho_i^2$ in nats.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import gaussian_mi
from .gaussian_mi import Correlated, mapped, pair, plain
from .lattice import Matrix
from .theorem import Claim, Evaluation, Family, value_claim

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["GAUSSIAN_IB", "Point", "Squeezed", "Truth", "correlated", "encoded", "frontier"]
__all__ += ["oracle"]


class Squeezed(NamedTuple):
    """The covariances of x in p and y in q dimensions, the one between them [p, q], and beta."""

    cov_x: Matrix
    cov_y: Matrix
    cov_xy: Matrix
    beta: float


class Point(NamedTuple):
    """Nats kept of x, and nats kept of y."""

    rate: float
    relevance: float


class Truth(NamedTuple):
    """`squares` are those of the canonical correlations, the largest first; `value` is the point
    as an array, `unit` one rounding error of it."""

    value: np.ndarray
    squares: np.ndarray
    unit: float


# -- definition and oracle ------------------------------------------------------------------------


def correlated(problem: Squeezed) -> Correlated:
    return Correlated(*problem[:3])


@lru_cache(maxsize=4096)  # claims compare with the same vectors at other betas
def canonical(problem: Correlated) -> tuple[np.ndarray, float]:
    """The squares of the canonical correlations, and one rounding error of them: a whitened
    covariance is known to the condition numbers of the matrices that whiten it."""
    x, y, xy = (np.asarray(part, float) for part in problem)
    half = np.linalg.solve(np.linalg.cholesky(x), xy)
    white = np.linalg.solve(np.linalg.cholesky(y), half.T)
    squares = np.linalg.svd(white, compute_uv=False) ** 2
    known_to = float(np.linalg.cond(x) ** 1.5 * np.linalg.cond(y))  # eigenvectors of no symmetric
    return np.clip(squares, 0.0, 1 - 2.0**-52), known_to * sum(xy.shape)


def oracle(problem: Squeezed) -> Truth:
    squares, known_to = canonical(correlated(problem))
    beta = problem.beta
    kept = squares[beta * squares > 1]
    rate = 0.5 * np.log((beta - 1) * kept / (1 - kept)).sum()
    relevance = rate - 0.5 * np.log(beta * kept).sum()
    near = squares[beta * squares > 0.5]  # rounding may switch on what is nearly active
    steep = 0.5 * (1 / near + 1 / (1 - near)).sum()
    unit = 1 + rate + float(known_to * steep)
    return Truth(np.array([rate, relevance]), squares, float(unit))


def frontier(squares: np.ndarray, rate: float) -> float:
    """The most that a description of `rate` nats can keep of y: water is filled into the canonical
    directions, the strongest first, until all that are active have one beta."""
    known = squares[squares > 2.0**-100]
    if not len(known) or not rate > 0:
        return 0.0 if rate == rate else float("nan")
    odds, places = np.log(known / (1 - known)), np.arange(1, len(known) + 1)
    log_beta = np.logaddexp(0.0, (2 * rate - np.cumsum(odds)) / places)
    n = max(int(np.count_nonzero(log_beta + np.log(known) > 0)), 1)
    return float(rate - 0.5 * (n * log_beta[n - 1] + np.log(known[:n]).sum()))


def encoded(problem: Correlated, A: np.ndarray) -> Point:
    """What T = Ax + noise of unit covariance keeps of both, by its volumes."""
    x, y, xy = (np.asarray(part, float) for part in problem)
    given = x - xy @ np.linalg.solve(y, xy.T)
    of_T, of_rest = (np.linalg.slogdet(np.eye(len(A)) + A @ c @ A.T)[1] for c in (x, given))
    return Point(float(of_T / 2), float((of_T - of_rest) / 2))


# -- claims ---------------------------------------------------------------------------------------


def unit(problem: Squeezed, truth: Truth, *_: object) -> float:
    return truth.unit


def nonnegative(problem: Squeezed, truth: Truth, output: Evaluation) -> float:
    return float(np.min(output.value))


def no_more_than_kept(problem: Squeezed, truth: Truth, output: Evaluation) -> float:
    return float(output.value[0] - output.value[1])


def no_more_than_known(problem: Squeezed, truth: Truth, output: Evaluation) -> float:
    return float(-0.5 * np.log1p(-truth.squares).sum() - output.value[1])


def below_the_frontier(problem: Squeezed, truth: Truth, output: Evaluation) -> float:
    rate, relevance = map(float, output.value)
    return frontier(truth.squares, rate) - relevance


def best_at_its_own(
    problem: Squeezed, truth: Truth, output: Evaluation, other: Evaluation
) -> float:
    paid, gained = map(float, other.value - output.value)
    return min(paid - problem.beta * gained, 2 * problem.beta * gained - paid)


def silent(problem: Squeezed, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -float(np.max(np.abs(other.value)))


def unchanged(problem: Squeezed, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -float(np.max(np.abs(output.value - other.value)))


def dearer(problem: Squeezed) -> tuple[Squeezed]:
    return (problem._replace(beta=2 * problem.beta),)


def cheap(problem: Squeezed) -> tuple[Squeezed]:
    return (problem._replace(beta=1.0),)


def rescaled(problem: Squeezed) -> tuple[Squeezed]:
    return (Squeezed(*gaussian_mi.rescaled(correlated(problem))[0], problem.beta),)


def sheared(problem: Squeezed) -> tuple[Squeezed]:
    return (Squeezed(*gaussian_mi.sheared(correlated(problem))[0], problem.beta),)


def uncorrelated(problem: Squeezed) -> tuple[Squeezed]:
    return (Squeezed(*gaussian_mi.uncorrelated(correlated(problem))[0], problem.beta),)


def _compared(name: str, tex: str, why: str, slack: Any, related: Any, price: Any = None) -> Claim:
    def both(problem: Squeezed, truth: Truth, *_: object) -> float:
        total = truth.unit + sum(oracle(other).unit for other in related(problem))
        return float(total * (price(problem) if price else 1.0))

    return Claim(name=name, tex=tex, why=why, slack=slack, unit=both, related=related)


CLAIMS = (
    value_claim(
        r"I_x = \tfrac12\sum_{\beta\rho_i^2>1}\log\frac{(\beta-1)\rho_i^2}{1-\rho_i^2},\ "
        r"I_y = I_x - \tfrac12\sum_{\beta\rho_i^2>1}\log\beta\rho_i^2",
        unit, why="equal to the closed form",
    ),
    Claim(
        name="nonnegative", tex=r"I_x \ge 0,\ I_y \ge 0", slack=nonnegative, unit=unit,
        why="no description keeps less than nothing",
    ),
    Claim(
        name="no more than kept", tex=r"I_y \le I_x", slack=no_more_than_kept, unit=unit,
        why="what is told of y went through the description of x",
    ),
    Claim(
        name="data processing", tex=r"I_y \le I(x;y)", slack=no_more_than_known, unit=unit,
        why="no description of x tells more of y than x does",
    ),
    Claim(
        name="frontier", slack=below_the_frontier, unit=unit,
        tex=r"I_y \le I_x - \tfrac n2\log\bigl(\prod\rho_i^{2/n} + e^{2I_x/n}"
        r"\prod(1-\rho_i^2)^{1/n}\bigr)",
        why="no description of that rate, Gaussian or not, keeps more",
    ),
    _compared(
        "best at its own beta",
        r"I_x - \beta I_y \le I_x' - \beta I_y',\ I_x' - 2\beta I_y' \le I_x - 2\beta I_y",
        "the best at beta is no worse there than the best at twice beta, and the other way round",
        best_at_its_own, dearer, lambda problem: 2 * problem.beta,
    ),
    _compared(
        "silence", r"\beta \le 1/\rho_1^2 \Rightarrow I_x = I_y = 0",
        "below the first critical beta nothing is worth its price; so it is at beta = 1",
        silent, cheap,
    ),
    _compared(
        "independence", r"S_{xy} = 0 \Rightarrow I_x = I_y = 0",
        "where x tells nothing of y, nothing of x is worth keeping", silent, uncorrelated,
    ),
    _compared(
        "units of measurement", r"(\Lambda x, \Lambda' y) \mapsto (I_x, I_y)",
        "the units in which x and y are measured change neither", unchanged, rescaled,
    ),
    _compared(
        "shear", r"(Ax, By) \mapsto (I_x, I_y)",
        "invertible maps of x and of y change neither", unchanged, sheared,
    ),
)  # fmt: skip


# -- problems -------------------------------------------------------------------------------------


def squeezed(problem: Correlated, beta: float) -> Squeezed:
    return Squeezed(*problem, beta)


def design() -> tuple[Squeezed, ...]:
    """24 probes: one coordinate below, at and above its critical beta of 4; correlations nearly
    none and nearly one; equal ones; two that become active at 4 and at 16, at both; sizes."""
    one, within = ((1.0, 0.0), (0.0, 1.0)), ((1.0, 0.25), (0.25, 1.0))
    across = Correlated(one, one, ((0.5, 0.0), (0.0, 0.25)))
    equal = across._replace(cov_xy=((0.0, 0.5), (-0.5, 0.0)))
    crosswise = Correlated(within, one, ((0.0, 0.5), (-0.75, 0.0)))
    units = mapped(pair(2, 1, 40), np.diag([4.0, 0.5]), np.eye(1))
    sizes = ((1, 1), (2, 1), (1, 2), (2, 2), (3, 1), (3, 2), (2, 3), (3, 3))
    betas = (3.0, 6.0, 12.0, 1.5)
    return (
        *(squeezed(plain(0.5), beta) for beta in (2.0, 4.0, 8.0, 256.0)),
        squeezed(plain(-0.9375), 2.0), squeezed(plain(0.03125), 2048.0),
        *(squeezed(across, beta) for beta in (3.0, 8.0, 16.0, 64.0)),
        squeezed(equal, 8.0), squeezed(equal, 4.0),
        squeezed(crosswise, 3.0), squeezed(crosswise, 24.0), squeezed(units, 5.0),
        *(squeezed(pair(p, q, 60 + i), betas[i % 4]) for i, (p, q) in enumerate(sizes)),
        squeezed(pair(4, 2, 71), 48.0),
    )  # fmt: skip


def problems() -> SearchStrategy[Squeezed]:
    from hypothesis import strategies as st

    betas = st.sampled_from((2.0, 4.0, 1.5, 8.0, 3.0, 1.25, 32.0))
    return st.builds(squeezed, gaussian_mi.problems(), betas)


def simpler(problem: Squeezed) -> Iterator[Squeezed]:
    """Simpler vectors at the same beta; then a beta of 2, 4, 8."""
    for candidate in gaussian_mi.simpler(correlated(problem)):
        yield squeezed(candidate, problem.beta)
    for beta in (2.0, 4.0, 8.0, 16.0):
        if beta == problem.beta:
            return
        yield problem._replace(beta=beta)


GAUSSIAN_IB = Family(
    name="gaussian-ib", problem=Squeezed, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS,
)  # fmt: skip

r"""The posterior of classes given a statistic: definition, oracle, claims.

Within class c, which has the prior $\pi_c$, the statistic is $N(\mu_c, \Sigma)$, with one $\Sigma$
for all classes: that is what a linear statistic $T = Ax$ of a Gaussian mixture with means $m_c$ and
covariance $S$ is, with $\mu_c = Am_c$ and $\Sigma = ASA^\top$.  By Bayes' rule

$p(c \mid t) = \pi_c\,N(t; \mu_c, \Sigma) / \sum_j \pi_j\,N(t; \mu_j, \Sigma)$.

Code may return probabilities, their logarithms, or logits, which are the logarithms up to a number
per row.  Probabilities add to one, so that the gradient of their total is zero and says nothing; of
logarithms the gradient that is compared is that of their total, for each row of t.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .posterior_problems import Observed, design, mapped, problems, ranges, simpler
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

__all__ = ["KEPT", "POSTERIOR", "Observed", "Truth", "one_number", "oracle"]

LOGARITHMS = ("log-probabilities", "logits")


class Truth(NamedTuple):
    """What is returned [n, C], the gradient of its total, the sizes of rounding errors, and one
    where logarithms are returned, else zero."""

    value: np.ndarray
    gradient: tuple[np.ndarray, ...]
    unit: float
    units: tuple[np.ndarray, ...]
    logarithms: float


# -- definition and oracle ------------------------------------------------------------------------


def oracle(
    problem: Observed, returns: str = "probabilities", *, arithmetic: Arithmetic = FLOAT64
) -> Truth:
    """Bayes' rule in logarithms, relative to the likeliest class of each row."""
    t, means, covariance, _ = (arithmetic.array(part) for part in problem)
    logs = _logarithms(problem, arithmetic)
    p = arithmetic.exp(logs)
    unit, units = _units(problem, returns)
    if returns not in LOGARITHMS:
        return Truth(p, (t * 0,), unit, units, 0.0)
    pulls = arithmetic.solve(covariance, means.T).T
    gradient = pulls.sum(0) - len(means) * arithmetic.dot(p, pulls)
    return Truth(logs, (gradient,), unit, units, 1.0)


def _logarithms(problem: Observed, arithmetic: Arithmetic) -> Any:
    """log p(c | t), [n, C]; nothing is inverted."""
    t, means, covariance, priors = (arithmetic.array(part) for part in problem)
    apart = t[:, None, :] - means
    flat = apart.reshape(-1, apart.shape[-1])
    scaled = arithmetic.solve(covariance, flat.T).T.reshape(apart.shape)
    joint = arithmetic.log(priors) - (apart * scaled).sum(-1) / 2
    joint = joint - joint.max(1)[:, None]
    return joint - arithmetic.log(arithmetic.exp(joint).sum(1))[:, None]


@lru_cache(maxsize=4096)  # every subject meets the same stored design
def _units(problem: Observed, returns: str) -> tuple[float, tuple[np.ndarray]]:
    """One rounding error of the value, and row by row of the gradient.

    A logit errs by the size of its terms, whichever way the quadratic form is expanded, times the
    condition of the covariance's factor; a probability by its own share of that, and of what the
    others that it is divided by err.
    """
    t, means, covariance, priors = (np.asarray(part, float) for part in problem)
    values = np.linalg.eigvalsh(covariance)
    steepest = float((values[-1] / values[0]) ** 0.5 / values[0])
    lengths = 1 + np.linalg.norm(t, axis=1)[:, None] + np.linalg.norm(means, axis=1)
    volume = abs(float(np.log(values).sum())) / 2 + len(covariance)
    terms = 1 + np.abs(np.log(priors)) + volume + steepest * lengths**2 / 2
    logs = _logarithms(problem, FLOAT64)
    p = np.exp(logs)
    shared = terms + (p * terms).sum(1)[:, None]
    sizes = shared + np.abs(logs) if returns in LOGARITHMS else p * (shared + 1)
    slopes = steepest * lengths
    gradient = len(priors) * ((p * slopes * (1 + terms)).sum(1) + slopes.max(1)) + 1
    return float(sizes.max()), (gradient[:, None],)


# -- claims ---------------------------------------------------------------------------------------


def shares(truth: Truth, output: Evaluation) -> np.ndarray:
    """What was returned, as probabilities."""
    value = np.asarray(output.value)
    return np.asarray(np.exp(value)) if truth.logarithms else value


def unit(problem: Observed, truth: Truth, *_: object) -> float:
    return truth.unit


def unit_of_a_product(
    factors: Callable[[Observed], tuple[Observed, ...]],
) -> Callable[..., float]:
    """One rounding error of a product of probabilities, each from one of these problems."""

    def unit(problem: Observed, *_: object) -> float:
        return sum(_units(factor, "probabilities")[0] + 1 for factor in factors(problem))

    return unit


def adds_to_one(problem: Observed, truth: Truth, output: Evaluation) -> float:
    return -float(np.max(np.abs(shares(truth, output).sum(-1) - 1)))


def _proportional(p: np.ndarray, q: np.ndarray) -> float:
    """How far p is from q times a number per row: no entry is divided by, none's logarithm taken,
    so that an error stays as small as it is."""
    crossed = p[:, :, None] * q[:, None, :]
    return -float(np.max(np.abs(crossed - np.swapaxes(crossed, 1, 2))))


def indifferent(problem: Observed) -> tuple[Observed]:
    return (problem._replace(priors=(1 / len(problem.priors),) * len(problem.priors)),)


def shifts_odds(problem: Observed, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    weighed = shares(truth, other) * np.asarray(problem.priors)
    return _proportional(shares(truth, output), weighed)


def between(problem: Observed) -> tuple[Observed]:
    """Each row mirrored in the first class's mean; last the middle of them all, that mean."""
    first = problem.means[0]
    mirrored = tuple(tuple(2 * m - x for m, x in zip(first, row, strict=True)) for row in problem.t)
    return (problem._replace(t=(*mirrored, first)),)


def affine(problem: Observed, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    """The odds at the middle, squared, are the product of those at the ends."""
    *mirrored, middle = shares(truth, other)
    ends = shares(truth, output) * np.asarray(mirrored)
    return _proportional(ends, np.asarray(middle)[None] ** 2)


def sheared(problem: Observed) -> tuple[Observed]:
    """Each coordinate plus the one before, the first doubled, all of it shifted."""
    k = len(problem.covariance)
    return (mapped(problem, np.eye(k) + np.eye(k, k=-1) + np.diag([1.0] + [0.0] * (k - 1)), 1.0),)


def unchanged(problem: Observed, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -float(np.max(np.abs(shares(truth, output) - shares(truth, other))))


def without_means(problem: Observed) -> tuple[Observed]:
    return (problem._replace(means=problem.means[:1] * len(problem.means)),)


def prior_back(problem: Observed, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -float(np.max(np.abs(shares(truth, other) - np.asarray(problem.priors))))


def one_number(problem: Observed) -> tuple[Observed]:
    r"""The first two classes alone, given $(\mu_2 - \mu_1)^\top\Sigma^{-1}t$ alone."""
    first, second = np.asarray(problem.means[:2])
    share = float(problem.priors[0] / (problem.priors[0] + problem.priors[1]))
    row = np.linalg.solve(np.asarray(problem.covariance), second - first)
    if not row.any():
        row[0] = 1.0
    pair = problem._replace(means=problem.means[:2], priors=(share, 1 - share))
    return (mapped(pair, row[None, :], 0.0),)


def sufficient(problem: Observed, truth: Truth, output: Evaluation, one: Evaluation) -> float:
    return _proportional(shares(truth, output)[:, :2], shares(truth, one))


CLAIMS = (
    value_claim(r"p(c \mid t) = \pi_c\,N(t; \mu_c, \Sigma) / \textstyle\sum_j "
                r"\pi_j\,N(t; \mu_j, \Sigma)", unit, why="Bayes' rule"),
    replace(
        gradient_claim(
            r"\nabla_t\sum_c\log p(c \mid t) = \Sigma^{-1}\textstyle\sum_c"
            r"(\mu_c - \sum_j p(j \mid t)\,\mu_j)",
            lambda problem, truth: truth.units,
            why="the gradient is the definition's; of probabilities, which add to one, the total "
            "has none",
        ),
        only={"returns": LOGARITHMS},
    ),
    Claim(
        name="normalised", tex=r"\textstyle\sum_c p(c \mid t) = 1",
        why="probabilities of all classes add to one", slack=adds_to_one,
        unit=unit_of_a_product(lambda problem: (problem,) * len(problem.priors)),
    ),
    Claim(
        name="sufficient",
        tex=r"p(1 \mid t)/p(2 \mid t) = p(1 \mid s)/p(2 \mid s),\ "
        r"s = (\mu_2 - \mu_1)^\top\Sigma^{-1}t",
        why="of two classes one number tells all, the direction of Fisher's discriminant; other "
        "classes do not enter their odds", slack=sufficient, related=one_number,
        unit=unit_of_a_product(lambda problem: (problem, *one_number(problem))),
    ),
    Claim(
        name="affine odds", tex=r"\log\tfrac{p(c \mid t)}{p(1 \mid t)} = w_c^\top t + b_c",
        why="with one covariance the squares cancel: odds at the middle are the geometric mean",
        slack=affine, related=between,
        unit=unit_of_a_product(lambda problem: (problem, *between(problem) * 3)),
    ),
    Claim(
        name="prior odds", tex=r"p_\pi(c \mid t) \propto \pi_c\,p_{1/C}(c \mid t)",
        why="a prior multiplies the odds, and nothing else", slack=shifts_odds,
        related=indifferent,
        unit=unit_of_a_product(lambda problem: (problem, *indifferent(problem))),
    ),
    Claim(
        name="no evidence", tex=r"\mu_1 = \dots = \mu_C \Rightarrow p(c \mid t) = \pi_c",
        why="what all classes predict alike tells nothing: the prior comes back", slack=prior_back,
        unit=unit_of_a_product(without_means), related=without_means,
    ),
    Claim(
        name="invertible maps", tex=r"p(c \mid At + b) = p(c \mid t)",
        why="an invertible map loses nothing", slack=unchanged, related=sheared,
        unit=unit_of_a_product(lambda problem: (problem, *sheared(problem))),
    ),
)  # fmt: skip


POSTERIOR = Family(
    name="posterior", problem=Observed, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS, ranges=ranges,
)  # fmt: skip

# Of these, what is said of statistics: what one direction, and any invertible map, keeps.
KEPT = replace(
    POSTERIOR, name="posterior, through a statistic",
    claims=tuple(c for c in CLAIMS if c.name in ("sufficient", "affine odds", "invertible maps")),
)  # fmt: skip

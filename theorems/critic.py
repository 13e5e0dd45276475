r"""A critic that was trained to tell a pair from strangers: what it owes to the InfoNCE bound.

A table $p$ [m, n] of X and Y and a number of keys K are given, and scores $s$ [m, n] come back.
Whatever they are, $\log K - \mathcal L_K(s) \le I_K$; and where training has converged, $s = \log r
+ c(x)$: with $v = \mathbb{E}_x\operatorname{Var}_y(s - \log r)$, near the minimum

$\mathcal L_K(s) - \mathcal L_K(\log r) \ge
\tfrac12\,\tfrac{K-1}{K}\,\tfrac{r_{\min}^2}{r_{\max}}\,v$,

because a variance under the posterior of the K keys is a sum over pairs of keys.  The loss is
convex in the scores, so that a gradient of norm g leaves no more to gain than g times the distance
of the scores from $\log r + c(x)$.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import inf, log
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .infonce_loss import best_critic, enumerated_loss
from .joint_table import Joint, table
from .joint_table import simpler as simpler_table
from .lattice import Matrix
from .theorem import Claim, Family

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["CRITIC", "Contrast", "Critic", "Truth", "oracle"]


class Contrast(NamedTuple):
    """Probabilities [m, n], all positive, of queries and keys; and the number of keys, of which one
    is the query's own."""

    joint: Matrix
    keys: int


class Critic(NamedTuple):
    """Scores [m, n]; the loss that the code reports, None if it reports none; whether it says that
    it has converged, and the norm of the gradient in the scores that it says is left."""

    scores: np.ndarray
    loss: float | None
    converged: bool
    slope: float = 0.0


class Truth(NamedTuple):
    """The best scores and their loss; the curvature of the loss there."""

    best: np.ndarray
    least: float
    curvature: float


# -- definition and oracle ------------------------------------------------------------------------


def oracle(problem: Contrast) -> Truth:
    joint, keys = np.asarray(problem.joint), problem.keys
    best = best_critic(joint)
    curvature = (keys - 1) / keys * np.exp(2 * best.min() - best.max())
    return Truth(best, _loss(problem, best.tobytes()), float(curvature))


@lru_cache(maxsize=4096)  # every claim asks for it
def _loss(problem: Contrast, scores: bytes) -> float:
    """By enumeration, which is right to the rounding."""
    joint = np.asarray(problem.joint)
    return enumerated_loss(joint, np.frombuffer(scores).reshape(joint.shape), problem.keys)


def reached(problem: Contrast, critic: Critic) -> float:
    """The population's loss at the scores; not a number where one of them is none."""
    scores = np.asarray(critic.scores, float)
    if not np.isfinite(scores).all():
        return float("nan")
    return _loss(problem, np.ascontiguousarray(scores).tobytes())


def unit(problem: Contrast, truth: Truth, critic: Critic) -> float:
    """One rounding error of the loss: the largest score, and the logarithm of a sum."""
    scores = np.asarray(critic.scores, float)
    size = np.abs(scores[np.isfinite(scores)]).max(initial=0.0)
    return float(1 + size + np.abs(truth.best).max() + log(problem.keys))


# -- claims ---------------------------------------------------------------------------------------


def honest(problem: Contrast, truth: Truth, critic: Critic) -> float:
    return inf if critic.loss is None else -abs(critic.loss - reached(problem, critic))


def bounded(problem: Contrast, truth: Truth, critic: Critic) -> float:
    found = reached(problem, critic) if critic.loss is None else critic.loss
    return found - truth.least


def optimal(problem: Contrast, truth: Truth, critic: Critic) -> float:
    return explained_by_slope(problem, truth, critic) + truth.least - reached(problem, critic)


def explained_by_slope(problem: Contrast, truth: Truth, critic: Critic) -> float:
    """What a gradient of the reported norm leaves to gain, as the loss is convex and as a number
    for each query changes nothing."""
    if not critic.slope:
        return 0.0
    apart = np.asarray(critic.scores, float) - truth.best
    return critic.slope * float(np.linalg.norm(apart - apart.mean(axis=1, keepdims=True)))


def the_log_ratio(problem: Contrast, truth: Truth, critic: Critic) -> float:
    """Half the curvature times the variance of what is not log r, over keys, for each query."""
    joint = np.asarray(problem.joint)
    apart, marginal = np.asarray(critic.scores, float) - truth.best, joint.sum(0)
    about = apart - (apart @ marginal)[:, None]
    missed = truth.curvature / 2 * float(joint.sum(1) @ about**2 @ marginal)
    return explained_by_slope(problem, truth, critic) - missed


CLAIMS = (
    Claim(
        name="honest", tex=r"L = \mathcal L_K(s)", slack=honest, unit=unit,
        why="the loss that is reported, if one is, is the population's at these scores",
    ),
    Claim(
        name="bound", tex=r"\log K - L \le I_K", slack=bounded, unit=unit,
        why="no critic says more than K keys can",
    ),
    Claim(
        name="optimum", tex=r"\mathcal L_K(s) = \log K - I_K", slack=optimal, unit=unit,
        why="the loss has one minimum, and training that has converged is there",
        binds="at the optimum",
    ),
    Claim(
        name="log-ratio", tex=r"s = \log r + c(x)", slack=the_log_ratio, unit=unit,
        why="the best scores are the log-ratio, up to a number for each query",
        binds="at the optimum",
    ),
)  # fmt: skip


# -- problems -------------------------------------------------------------------------------------

SIZES = ((2, 2), (2, 3), (3, 2), (3, 3), (2, 4), (4, 2), (2, 2), (3, 2), (2, 3), (3, 3))


def design() -> tuple[Contrast, ...]:
    """14 probes: sizes, with three to five keys; then a fair channel, independence, a rare row."""
    plain = [Contrast(table(m, n, salt + 70).p, 3 + salt % 3) for salt, (m, n) in enumerate(SIZES)]
    fair = ((0.375, 0.125), (0.125, 0.375))
    return (
        *plain, Contrast(fair, 3), Contrast(fair, 4), Contrast(((0.25, 0.25), (0.25, 0.25)), 3),
        Contrast(((0.4375, 0.4375), (0.03125, 0.09375)), 3),
    )  # fmt: skip


def problems() -> SearchStrategy[Contrast]:
    from hypothesis import strategies as st

    sizes = st.integers(2, 3)
    return st.builds(
        lambda m, n, salt, keys: Contrast(table(m, n, salt).p, keys),
        sizes, sizes, st.integers(0, 99), st.integers(3, 5),
    )  # fmt: skip


def simpler(problem: Contrast) -> Iterator[Contrast]:
    """Three keys; outcomes told apart no more, down to two of each; a plain table."""
    if problem.keys > 3:
        yield problem._replace(keys=3)
    for plainer in simpler_table(Joint(problem.joint)):
        if min(len(plainer.p), len(plainer.p[0])) > 1 and np.min(plainer.p) > 0:
            yield problem._replace(joint=plainer.p)


CRITIC = Family(
    name="critic", problem=Contrast, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS,
)  # fmt: skip

r"""The information bottleneck of finite tables: exact curves, claims and problems.

In general only a search finds the best description $T$ of $X$.  Two channels have exact curves.

* Symmetric: a fair bit whose flips have probability $\delta$.  With $g(b) = \log 2 - h\bigl(
  \tfrac{1-b}2\bigr)$, the curve is $(g(b), g((1-2\delta)b))$ for $0 \le b \le 1$, that is $I_y =
  \log 2 - h(\delta * h^{-1}(\log 2 - I_x))$.
* Erasing: $Y$ is $X$, or with probability $e$ nothing.  Every description has $I_y = (1-e)I_x$.

Outcomes of $X$ split into several that tell the same of $Y$ change neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import atanh, inf, log, log1p
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..deferred import Deferred
from .theorem import Claim, Family

if TYPE_CHECKING:
    from typing import Any

    from hypothesis.strategies import SearchStrategy

    optimize: Any
else:
    optimize = Deferred("scipy.optimize")

__all__ = ["DISCRETE_IB", "Channel", "Found", "Truth", "best", "curve", "oracle", "table"]

LAST = 1 - 2.0**-53
ENDED = 1e-6  # nats of x and of y: a search that stops says that no more is to be gained
TINY = 2.0**-60


class Channel(NamedTuple):
    """`channel` is "symmetric" or "erasing", `noise` the probability of a flip or an erasure,
    `shares` those of what is sent (halves, if symmetric); each outcome of X comes in `copies`."""

    channel: str
    noise: float
    shares: tuple[float, ...]
    copies: int
    beta: float


class Found(NamedTuple):
    """The nats kept of x and of y, and whether the code says that the search has ended."""

    value: np.ndarray
    converged: bool


class Truth(NamedTuple):
    """The least Lagrangian, what x tells of y, the entropy of x, and one rounding error of each."""

    least: float
    known: float
    entropy: float
    unit: float


# -- exact curves ---------------------------------------------------------------------------------


def table(problem: Channel) -> np.ndarray:
    """The joint table [m, n]: a row for each outcome of X."""
    sent, e = np.repeat(problem.shares, problem.copies) / problem.copies, problem.noise
    which = np.repeat(np.arange(len(problem.shares)), problem.copies)
    if problem.channel == "symmetric":
        rows = np.array([[1 - e, e], [e, 1 - e]])[which]
    else:
        arrived = (1 - e) * np.eye(len(problem.shares))[which]
        rows = np.column_stack([arrived, np.full(len(sent), e)]) if e else arrived
    return np.asarray(sent[:, None] * rows)


def told(b: float) -> float:
    """What a fair bit and a copy of it tell of each other, of correlation b."""
    return 0.5 * ((1 + b) * log1p(b) + ((1 - b) * log1p(-b) if b < 1 else 0.0))


def _entropy(shares: tuple[float, ...]) -> float:
    return -sum(p * log(p) for p in shares if p > 0)


def curve(problem: Channel, rate: float) -> float:
    """The most that a description of `rate` nats keeps of y."""
    if not rate > 0:
        return 0.0 if rate == rate else float("nan")
    if problem.channel == "erasing":
        return (1 - problem.noise) * min(rate, _entropy(problem.shares))
    b = 1.0
    if rate < told(1.0):
        b = float(optimize.brentq(lambda b: told(b) - rate, 0.0, 1.0, xtol=1e-18, rtol=1e-15))
    return told((1 - 2 * problem.noise) * b)


def best(problem: Channel) -> tuple[float, float]:
    """What the best description at beta keeps of x and of y."""
    beta, entropy = problem.beta, _entropy(problem.shares)
    if problem.channel == "erasing":
        rate = entropy if beta * (1 - problem.noise) > 1 else 0.0
        return rate, (1 - problem.noise) * rate
    c = 1 - 2 * problem.noise

    def rises(b: float) -> float:
        return atanh(b) - beta * c * atanh(min(LAST, c * b))

    if beta * c * c <= 1:
        return 0.0, 0.0
    if rises(LAST) <= 0:
        return told(1.0), told(c)
    low = min(0.5, ((beta * c * c - 1) / (beta * c * c)) ** 0.5 / 4)  # below the root
    while rises(low) >= 0 and low > TINY:
        low /= 2
    b = float(optimize.brentq(rises, low, LAST, xtol=1e-18, rtol=1e-15)) if low > TINY else 0.0
    return told(b), told(c * b)


@lru_cache(maxsize=4096)  # every subject meets the same stored design
def oracle(problem: Channel, *, search: str = "no") -> Truth:
    rate, relevance = best(problem)
    entropy = _entropy(problem.shares)
    return Truth(
        least=rate - problem.beta * relevance, known=curve(problem, inf),
        entropy=entropy + log(problem.copies), unit=4.0 * (1 + log(table(problem).size)),
    )  # fmt: skip


# -- claims ---------------------------------------------------------------------------------------


def unit(problem: Channel, truth: Truth, *_: object) -> float:
    return truth.unit


def priced(problem: Channel, truth: Truth, *_: object) -> float:
    """Of the Lagrangian, at twice beta too."""
    return truth.unit * 2 * (1 + 2 * problem.beta)


def nonnegative(problem: Channel, truth: Truth, found: Found) -> float:
    return float(np.min(found.value))


def no_more_than_kept(problem: Channel, truth: Truth, found: Found) -> float:
    return float(found.value[0] - found.value[1])


def no_more_than_there_is(problem: Channel, truth: Truth, found: Found) -> float:
    return truth.entropy - float(found.value[0])


def no_more_than_known(problem: Channel, truth: Truth, found: Found) -> float:
    return truth.known - float(found.value[1])


def below_the_curve(problem: Channel, truth: Truth, found: Found) -> float:
    rate, relevance = map(float, found.value)
    return curve(problem, rate) - relevance


def lagrangian(beta: float, found: Found) -> float:
    return float(found.value[0] - beta * found.value[1])


def at_the_optimum(problem: Channel, truth: Truth, found: Found) -> float:
    return truth.least + ENDED * (1 + problem.beta) - lagrangian(problem.beta, found)


def best_at_its_own(problem: Channel, truth: Truth, found: Found, other: Found) -> float:
    paid, gained = map(float, other.value - found.value)
    won = min(paid - problem.beta * gained, 2 * problem.beta * gained - paid)
    return won + ENDED * (1 + 2 * problem.beta)


def silent(problem: Channel, truth: Truth, found: Found, other: Found) -> float:
    return 3 * ENDED - float(np.max(np.abs(other.value)))  # half of the rate is lost at 1/2


def dearer(problem: Channel) -> tuple[Channel]:
    return (problem._replace(beta=2 * problem.beta),)


def worthless(problem: Channel) -> tuple[Channel]:
    return (problem._replace(beta=0.5),)


CLAIMS = (
    Claim(
        name="nonnegative", tex=r"I_x \ge 0,\ I_y \ge 0", slack=nonnegative, unit=unit,
        why="no description keeps less than nothing",
    ),
    Claim(
        name="no more than kept", tex=r"I_y \le I_x", slack=no_more_than_kept, unit=unit,
        why="what is told of y went through the description of x",
    ),
    Claim(
        name="no more than there is", tex=r"I_x \le H(X)", slack=no_more_than_there_is, unit=unit,
        why="no description keeps more than all",
    ),
    Claim(
        name="data processing", tex=r"I_y \le I(X;Y)", slack=no_more_than_known, unit=unit,
        why="no description of x tells more of y than x does",
    ),
    Claim(
        name="frontier", slack=below_the_curve, unit=unit,
        tex=r"I_y \le \log 2 - h(\delta * h^{-1}(\log 2 - I_x)),\quad I_y \le (1-e)I_x",
        why="no description of that rate keeps more: the first of a fair bit with flips, the other "
        "of what is erased",
    ),
    Claim(
        name="optimum", tex=r"I_x - \beta I_y \le \min_T I(X;T) - \beta I(T;Y) + (1+\beta)10^{-6}",
        why="a search that has ended at the best description, to a millionth of a nat",
        slack=at_the_optimum, unit=priced, binds="at the optimum",
    ),
    Claim(
        name="best at its own beta",
        tex=r"I_x - \beta I_y \le I_x' - \beta I_y',\ I_x' - 2\beta I_y' \le I_x - 2\beta I_y",
        why="the best at beta is no worse there than the best at twice beta, and the other way "
        "round", slack=best_at_its_own, unit=priced, related=dearer, binds="at the optimum",
    ),
    Claim(
        name="silence", tex=r"\beta \le \beta_c \Rightarrow I_x = I_y = 0",
        why="below the critical beta, which is at least one, nothing is worth its price; so it is "
        "at beta = 1/2", slack=silent, unit=priced, related=worthless, binds="at the optimum",
    ),
)  # fmt: skip


# -- problems -------------------------------------------------------------------------------------

FAIR = (0.5, 0.5)


def design() -> tuple[Channel, ...]:
    """Flips at betas below, near and far above the critical one; erasures of two, three and four
    outcomes, none of them too; outcomes split in two."""
    uneven, three, four = (0.75, 0.25), (0.5, 0.25, 0.25), (0.25, 0.25, 0.125, 0.375)
    return (
        Channel("symmetric", 0.125, FAIR, 1, 4.0), Channel("symmetric", 0.25, FAIR, 1, 3.0),
        Channel("erasing", 0.25, FAIR, 1, 4.0), Channel("symmetric", 0.25, FAIR, 1, 6.0),
        Channel("symmetric", 0.0625, FAIR, 1, 2.0), Channel("erasing", 0.5, uneven, 1, 5.0),
        Channel("symmetric", 0.125, FAIR, 2, 3.0), Channel("symmetric", 0.375, FAIR, 1, 32.0),
        Channel("erasing", 0.5, three, 1, 1.5), Channel("erasing", 0.125, three, 1, 3.0),
        Channel("symmetric", 0.03125, FAIR, 1, 1.5), Channel("erasing", 0.25, uneven, 2, 4.0),
        Channel("erasing", 0.0, uneven, 2, 3.0), Channel("erasing", 0.375, four, 1, 6.0),
    )  # fmt: skip


def problems() -> SearchStrategy[Channel]:
    from hypothesis import strategies as st

    shares = st.sampled_from((FAIR, (0.75, 0.25), (0.5, 0.25, 0.25)))
    noise = st.sampled_from((0.25, 0.125, 0.375, 0.0625))
    betas = st.sampled_from((4.0, 2.0, 8.0, 3.0, 1.5))
    symmetric = st.builds(
        Channel, st.just("symmetric"), noise, st.just(FAIR), st.integers(1, 2), betas
    )
    erasing = st.builds(Channel, st.just("erasing"), noise, shares, st.integers(1, 2), betas)
    return st.one_of(symmetric, erasing)


def simpler(problem: Channel) -> Iterator[Channel]:
    """One copy; two outcomes; noise of a quarter; a beta of two, four, eight."""
    if problem.copies > 1:
        yield problem._replace(copies=1)
    if problem.shares != FAIR:
        yield problem._replace(shares=FAIR)
    if problem.noise != 0.25:
        yield problem._replace(noise=0.25)
    for beta in (2.0, 4.0, 8.0):
        if beta == problem.beta:
            return
        yield problem._replace(beta=beta)


DISCRETE_IB = Family(
    name="information-bottleneck", problem=Channel, design=design, problems=problems,
    simpler=simpler, oracle=oracle, claims=CLAIMS,
)  # fmt: skip

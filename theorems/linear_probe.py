r"""Linear probes: what any linear decision keeps to, and Fisher's rule at rows that are clear.

A probe is fitted to features and labels, and names a class for each test row by the largest of
scores that are affine in the features.  Where it is linear discriminant analysis, the scores are

$\delta_c(x) = x^\top S^{-1}m_c - \tfrac12 m_c^\top S^{-1}m_c + \log\pi_c$,

with the means $m_c$ of the classes, their shares $\pi_c$, and the covariance S about the means of
their own classes, pooled over classes.  Code divides S by n or by n - C: rows on which the two
disagree, or whose two best scores are near to each other, are left out of the comparison.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .lattice import Matrix, lattice, without_column
from .theorem import Claim, Family

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["LINEAR_PROBE", "Predictions", "Samples", "Truth", "discriminants", "labels"]
__all__ += ["oracle", "samples", "shown"]

FAR = 4  # times the spread: where rows are shown on both sides of a class
CLEAR = 1e-3  # of a row's largest term: what the best score must be ahead by
SINGULAR = 1e6  # condition of a covariance with which no row is clear


class Samples(NamedTuple):
    """Class c has the samples `means[c] + spreads[c] * (plus or minus a row of `axes`)`, each
    `repeats[c]` times; `strangers` is how far out two further test rows lie.  `again` changes
    nothing: the same once more."""

    means: Matrix
    axes: Matrix
    spreads: tuple[float, ...]
    repeats: tuple[int, ...]
    strangers: float = 1.0
    again: int = 0


class Predictions(NamedTuple):
    """The class of each row that was shown, and whether the code says that it is at an optimum."""

    labels: np.ndarray
    converged: bool


class Truth(NamedTuple):
    """Fisher's classes of the rows that are shown, and which of them are `clear`."""

    labels: np.ndarray
    clear: np.ndarray


# -- the samples ----------------------------------------------------------------------------------


def labels(problem: Samples) -> np.ndarray:
    """The class of each sample: classes take turns, as far as they reach."""
    places = _places(problem)
    return np.array([c for _, c, _, _ in places])


def samples(problem: Samples) -> np.ndarray:
    """The training rows [n, d]."""
    means, axes = np.asarray(problem.means, float), np.asarray(problem.axes, float)
    rows = [
        means[c] + sign * problem.spreads[c] * axes[j] for _, c, j, sign in _places(problem)
    ]  # fmt: skip
    return np.array(rows)


def _places(problem: Samples) -> list[tuple[int, int, int, int]]:
    """Which copy, class, axis and sign each sample is."""
    return sorted(
        (copy, c, j, sign)
        for c in range(len(problem.means))
        for copy in range(problem.repeats[c])
        for j in range(len(problem.axes))
        for sign in (1, -1)
    )


class Shown(NamedTuple):
    """The test rows; which are a middle between two, as (end, middle, end); and which are twice as
    long as which."""

    rows: np.ndarray
    triples: tuple[tuple[int, int, int], ...]
    doubled: tuple[tuple[int, int], ...]


@lru_cache(maxsize=4096)  # every subject meets the same stored design
def _shown(problem: Samples) -> Shown:
    rows = list(samples(problem))
    means, axes = np.asarray(problem.means, float), np.asarray(problem.axes, float)
    first = len(rows)
    rows += list(means)
    triples = []
    reach = FAR * max(problem.spreads)
    for c, mean in enumerate(means):
        for axis in axes:
            triples.append((len(rows), first + c, len(rows) + 1))
            rows += [mean + reach * axis, mean - reach * axis]
    ends = np.asarray(lattice(6, means.shape[1], 7)) * np.abs(axes).max() + means[:2].mean(0)
    for one, other in zip(ends[::2], ends[1::2], strict=True):
        triples.append((len(rows), len(rows) + 1, len(rows) + 2))
        rows += [one, (one + other) / 2, other]
    once = [*range(first, first + len(means)), *range(len(rows) - len(ends) * 3 // 2, len(rows))]
    doubled = tuple((i, len(rows) + place) for place, i in enumerate(once))
    rows += [2 * rows[i] for i in once]
    away = problem.strangers * np.abs(axes).sum(0)
    rows += [means[0] + away, means[0] + 2 * away]
    return Shown(np.array(rows), tuple(triples), doubled)


def shown(problem: Samples) -> np.ndarray:
    """The test rows: the samples again; the means; rows far out on both sides of each mean; pairs
    and their middles; some of them doubled; and last the strangers."""
    return _shown(problem).rows


# -- oracle ---------------------------------------------------------------------------------------


class Rule(NamedTuple):
    """Affine scores: `rows @ pulls + offsets`."""

    pulls: np.ndarray  # [d, C]
    offsets: np.ndarray  # [C]


def discriminants(
    x: np.ndarray, y: np.ndarray, *, equal: bool = False, spare: bool = False
) -> Rule:
    """Fisher's rule of samples `x` [n, d] of the classes `y` (0 to C - 1); with `equal` chances of
    the classes, or with S divided by n - C for a `spare`.  Raises `LinAlgError` where S is as good
    as singular."""
    means = np.array([x[y == c].mean(0) for c in range(int(y.max()) + 1)])
    apart = x - means[y]
    pooled = apart.T @ apart / (len(x) - spare * len(means))
    if not np.linalg.cond(pooled) < SINGULAR:
        raise np.linalg.LinAlgError("Singular matrix")
    pulls = np.linalg.solve(pooled, means.T)
    offsets = -0.5 * np.sum(means.T * pulls, axis=0)
    return Rule(pulls, offsets + (0 if equal else np.log(np.bincount(y) / len(y))))


@lru_cache(maxsize=4096)
def oracle(
    problem: Samples,
    algorithm: str = "any",
    priors: str = "shares",
    features: str = "raw",
) -> Truth:
    """Fisher's rule, and where it is clear; by `algorithm` claims bind, not numbers."""
    x, y, rows = samples(problem), labels(problem), shown(problem)
    if features == "unit-rows":
        x, rows = _of_length_one(x), _of_length_one(rows)
    clear = np.ones(len(rows), bool)
    named = []
    for spare in (False, True):
        try:
            rule = discriminants(x, y, equal=priors == "equal", spare=spare)
        except np.linalg.LinAlgError:
            return Truth(np.zeros(len(rows), int), np.zeros(len(rows), bool))
        scores = rows @ rule.pulls + rule.offsets
        terms = (np.abs(rows) @ np.abs(rule.pulls) + np.abs(rule.offsets)).max(1)
        second, best = np.sort(scores, axis=1)[:, -2:].T
        clear &= best - second > CLEAR * terms
        named.append(scores.argmax(1))
    return Truth(named[0], clear & (named[0] == named[1]))


def _of_length_one(rows: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1))


# -- claims ---------------------------------------------------------------------------------------


def _named(output: Predictions) -> np.ndarray:
    """Whole numbers; what is none is no class."""
    with np.errstate(invalid="ignore"):
        whole = np.nan_to_num(np.rint(output.labels), nan=-1, posinf=-1, neginf=-1)
    return np.asarray(whole, int)


def _occur(problem: Samples, truth: Truth, output: Predictions) -> float:
    known = set(range(len(problem.means)))
    return -float(sum(label not in known for label in _named(output).tolist()))


def _elsewhere(problem: Samples) -> tuple[Samples, Samples, Samples]:
    other = problem._replace(strangers=-1024 * problem.strangers)
    return other, problem._replace(again=1), problem._replace(again=2)


def _alone(
    problem: Samples, truth: Truth, output: Predictions, other: Predictions, *again: Predictions
) -> float:
    """In classes that are lost: by code that named every clear sample of all classes rightly, three
    times, and no sample of this one where the strangers lie elsewhere.  So nothing is said of code
    that draws, and was not trained: it is not right as often, but for mirror images."""
    y = labels(problem)
    if balanced(problem):
        return 0.0
    clear = truth.clear[: len(y)] & (truth.labels[: len(y)] == y)
    if any(np.any(_named(run)[: len(y)][clear] != y[clear]) for run in (output, *again)):
        return 0.0
    after = _named(other)[: len(y)] == y
    return -float(sum(not after[clear & (y == c)].any() for c in set(y[clear].tolist())))


def _never_above_bayes(problem: Samples, truth: Truth, output: Predictions) -> float:
    """Counted in samples: at each point no answer is right for more than its commonest class."""
    y, own = labels(problem), _named(output)
    at: dict[tuple[float, ...], list[int]] = {}
    for row, label in zip(samples(problem).tolist(), y.tolist(), strict=True):
        at.setdefault(tuple(row), []).append(label)
    best = sum(max(found.count(c) for c in found) for found in at.values())
    return float(best - np.sum(own[: len(y)] == y))


def _convex(problem: Samples, truth: Truth, output: Predictions) -> float:
    """Of two classes; more may be told apart two by two, by votes."""
    if len(problem.means) > 2:
        return 0.0
    own = _named(output)
    return -float(sum(own[a] == own[b] != own[middle] for a, middle, b in _shown(problem).triples))


def _directions(problem: Samples, truth: Truth, output: Predictions) -> float:
    own = _named(output)
    return -float(sum(own[i] != own[twice] for i, twice in _shown(problem).doubled))


def balanced(problem: Samples) -> bool:
    """Two classes that are each other's mirror image in the origin."""
    means = np.asarray(problem.means)
    same = len(set(problem.spreads)) == len(set(problem.repeats)) == 1
    return len(means) == 2 and same and not np.any(means.sum(0))


def _means(problem: Samples, truth: Truth, output: Predictions) -> float:
    if not balanced(problem):
        return 0.0
    n = len(labels(problem))
    return -float(np.sum(_named(output)[n : n + 2] != np.arange(2)))


def _fisher(problem: Samples, truth: Truth, output: Predictions) -> float:
    return -float(np.sum(_named(output)[truth.clear] != truth.labels[truth.clear]))


def _one(*_: object) -> float:
    return 1.0


CLAIMS = (
    Claim(
        name="labels that occur", tex=r"\hat y(x) \in \{y_1, \dots, y_n\}",
        why="a probe has seen no other class", slack=_occur, unit=_one,
    ),
    Claim(
        name="each row alone", tex=r"\hat y(x;\,x') = \hat y(x;\,x'')",
        why="what a row is called does not depend on the rows that are tested beside it: no class "
        "is lost to two rows far away", slack=_alone, unit=_one,
        related=_elsewhere,
    ),
    Claim(
        name="never above Bayes",
        tex=r"\Pr(\hat y(x) = y) \le \mathbb{E}\max_c\Pr(c \mid x)",
        why="where samples of two classes coincide, no answer is right for both", unit=_one,
        slack=_never_above_bayes,
    ),
    Claim(
        name="convex regions", tex=r"\hat y(x) = \hat y(x') \Rightarrow \hat y(\tfrac{x+x'}2) = "
        r"\hat y(x)", why="two half spaces are told apart by an affine score, trained or not: of "
        "two classes", slack=_convex, unit=_one, only={"features": ("raw",)},
    ),
    Claim(
        name="directions", tex=r"\hat y(2x) = \hat y(x)",
        why="rows that are divided by their lengths have none", slack=_directions, unit=_one,
        only={"features": ("unit-rows",)},
    ),
    Claim(
        name="class means", tex=r"\hat y(m_c) = c",
        why="no convex loss of margins is least with the means on wrong sides: of two classes that "
        "are mirror images", slack=_means, unit=_one, binds="at the optimum",
        only={"features": ("raw",)},
    ),
    Claim(
        name="discriminant",
        tex=r"\hat y(x) = \arg\max_c\bigl(x^\top S^{-1}m_c-\tfrac12m_c^\top S^{-1}m_c+\log\pi_c"
        r"\bigr)", why="linear discriminant analysis, at clear rows", slack=_fisher, unit=_one,
        binds="at the optimum", only={"algorithm": ("lda",)},
    ),
)  # fmt: skip


# -- problems -------------------------------------------------------------------------------------

PLANE: Matrix = ((1.0, 0.5), (-0.25, 1.0))
SPACE: Matrix = ((2.0, 0.5, 0.0), (0.0, 0.5, 0.25), (0.5, 0.0, -1.0))


def design() -> tuple[Samples, ...]:
    """Mirror images, overlapping and apart; far from the origin; shares and spreads that differ;
    three classes and four; two dimensions and three."""
    return (
        Samples(((1.0, 0.5), (-1.0, -0.5)), PLANE, (1.0, 1.0), (1, 1)),
        Samples(((6.0, 9.0), (8.0, 9.5)), PLANE, (1.0, 0.5), (1, 3)),
        Samples(((2.0, 1.0, 0.5), (-2.0, -1.0, -0.5)), SPACE, (1.0, 1.0), (2, 2)),
        Samples(((0.0, 0.0), (3.0, 1.0), (1.0, 4.0)), PLANE, (1.0, 2.0, 0.5), (1, 2, 1)),
        Samples(((-5.0, 1.0), (-3.0, 1.0)), PLANE, (1.0, 0.5), (3, 1)),
        Samples(((0.0, 0.0), (2.0, 1.0)), PLANE, (0.25, 2.0), (1, 2)),
        Samples(((12.0, -4.0, 3.0), (13.0, -3.0, 3.5)), SPACE, (0.5, 1.0), (3, 1)),
        Samples(((0.0, 4.0), (4.0, 0.0), (-4.0, 0.0), (0.0, -4.0)), PLANE, (1.0,) * 4, (1,) * 4),
        Samples(((-0.25, 1.0), (0.25, -1.0)), PLANE, (1.0, 1.0), (2, 2)),
        Samples(((4.0, 4.0), (5.0, 6.0)), PLANE, (2.0, 0.5), (2, 1)),
        Samples(((3.0, 1.0, 2.0), (1.0, 0.0, 5.0), (0.0, 4.0, 3.0)), SPACE, (1.0,) * 3, (2, 1, 1)),
        Samples(((-0.5, 2.0), (0.5, -2.0)), PLANE, (0.5, 0.5), (1, 1)),
        Samples(((9.0, 2.0), (7.0, 1.0), (8.0, 5.0)), PLANE, (1.0, 0.5, 1.0), (1, 1, 4)),
    )


def problems() -> SearchStrategy[Samples]:
    from hypothesis import strategies as st

    def made(C: int, d: int, salt: int, spreads: list[float], repeats: list[int]) -> Samples:
        rows = np.asarray(lattice(C, d, salt)) + 4 * np.arange(C)[:, None]  # no two means near
        axes = np.asarray(lattice(d, d, salt + 1)) / 4 + 2 * np.eye(d)  # diagonally dominant
        return Samples(_tuples(rows), _tuples(axes), tuple(spreads[:C]), tuple(repeats[:C]))

    return st.builds(
        made, st.integers(2, 4), st.integers(2, 3), st.integers(0, 50),
        st.lists(st.sampled_from((1.0, 0.5, 2.0)), min_size=4, max_size=4),
        st.lists(st.integers(1, 3), min_size=4, max_size=4),
    )  # fmt: skip


def _tuples(rows: np.ndarray) -> Matrix:
    return tuple(tuple(map(float, row)) for row in rows)


def simpler(problem: Samples) -> Iterator[Samples]:
    """Fewer classes and dimensions; equal shares and spreads; axes at right angles."""
    C, d = len(problem.means), len(problem.axes)
    if C > 2:
        yield problem._replace(
            means=problem.means[:-1], spreads=problem.spreads[:-1], repeats=problem.repeats[:-1]
        )
    for j in reversed(range(d if d > 2 else 0)):
        means, axes = without_column(problem.means, j), without_column(problem.axes, j)
        if len(set(means)) == C:
            yield problem._replace(means=means, axes=_straight(axes[:j] + axes[j + 1 :]))
    if any(r > 1 for r in problem.repeats):
        yield problem._replace(repeats=(1,) * C)
    if any(s != 1.0 for s in problem.spreads):
        yield problem._replace(spreads=(1.0,) * C)
    if problem.axes != (straight := _straight(problem.axes)):
        yield problem._replace(axes=straight)


def _straight(axes: Matrix) -> Matrix:
    return _tuples(np.eye(len(axes)))


LINEAR_PROBE = Family(
    name="linear-probe", problem=Samples, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS,
)  # fmt: skip

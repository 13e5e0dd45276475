r"""MoCo's two updates: a moving average, and a queue of the last keys; oracles and claims.

The average is $t' = \beta t + (1 - \beta)\,o$ of a target $t$ and the online weights $o$.  The
queue $Q$ of $m$ rows is a ring: $n \le m$ keys take the rows $p, p+1, \dots$, counted modulo $m$,
and the pointer $p$ moves on by $n$.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .lattice import Matrix, lattice, quarters, simpler_entries, without_row
from .tables import simpler_tables
from .theorem import Claim, Family

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["EMA_UPDATE", "QUEUE_UPDATE", "Average", "Followed", "Held", "Ring", "average"]
__all__ += ["enqueued", "fitted"]


class Followed(NamedTuple):
    """Target and online weights [n, d], and the momentum, which is the target's share."""

    target: Matrix
    online: Matrix
    momentum: float


class Average(NamedTuple):
    """The new target [n, d]."""

    value: np.ndarray


class Ring(NamedTuple):
    """A queue [m, d], n <= m new keys [n, d], and the row at which they start."""

    queue: Matrix
    keys: Matrix
    pointer: int


class Held(NamedTuple):
    """The queue [m, d] after the update, and the row at which the next keys start."""

    queue: np.ndarray
    pointer: float


# -- oracles --------------------------------------------------------------------------------------


def average(problem: Followed) -> Average:
    """Term by term: both shares of both weights."""
    target, online = np.array(problem.target), np.array(problem.online)
    return Average(problem.momentum * target + (1 - problem.momentum) * online)


def enqueued(problem: Ring, batches: str = "any") -> Held:
    """Row by row: the row j holds the key that lies j - p rows on, if there is one."""
    queue, keys, pointer = fitted(problem, batches)
    m, n = len(queue), len(keys)
    places = [(j - pointer) % m for j in range(m)]
    rows = [keys[k] if k < n else queue[j] for j, k in enumerate(places)]
    return Held(np.array(rows), float((pointer + n) % m))


def fitted(problem: Ring, batches: str) -> Ring:
    """The problem with a batch that divides the queue, where batches must."""
    if batches == "any":
        return problem
    n = gcd(len(problem.queue), len(problem.keys))
    return problem._replace(keys=problem.keys[:n], pointer=problem.pointer // n * n)


# -- claims of the average ------------------------------------------------------------------------


def _size(problem: Any, *_: object) -> float:
    """The largest weight, which is what is rounded."""
    entries = np.concatenate([np.ravel(problem[0]), np.ravel(problem[1])])
    return float(np.max(np.abs(entries))) or 1.0


def _off(received: Any, expected: Any) -> float:
    return -float(np.max(np.abs(np.asarray(received) - np.asarray(expected)), initial=0.0))


def _contraction(problem: Followed, truth: Average, output: Average) -> float:
    online = np.array(problem.online)
    before = np.array(problem.target) - online
    return _off(np.abs(output.value - online), problem.momentum * np.abs(before))


def _between(problem: Followed, truth: Average, output: Average) -> float:
    target, online = np.array(problem.target), np.array(problem.online)
    below = output.value - np.minimum(target, online)
    return float(min(np.min(below), np.min(np.maximum(target, online) - output.value)))


def _moved(problem: Followed) -> tuple[Followed]:
    """Both a quarter further."""

    def further(table: Matrix) -> Matrix:
        return tuple(tuple(x + 0.25 for x in row) for row in table)

    return (Followed(further(problem.target), further(problem.online), problem.momentum),)


AVERAGE_CLAIMS = (
    Claim(
        name="value", tex=r"t' = \beta t + (1 - \beta)\,o", why="equal to the definition",
        slack=lambda problem, truth, output: _off(output.value, truth.value), unit=_size,
    ),
    Claim(
        name="contraction", tex=r"\lvert t' - o\rvert = \beta\,\lvert t - o\rvert",
        why="the distance to the online weights shrinks by exactly the momentum",
        slack=_contraction, unit=_size,
    ),
    Claim(
        name="between", tex=r"\min(t, o) \le t' \le \max(t, o)",
        why="the two shares are not negative and add to one", slack=_between, unit=_size,
    ),
    Claim(
        name="fixed point", tex=r"t = o \Rightarrow t' = o",
        why="where both agree, nothing moves",
        slack=lambda problem, truth, output, same: _off(same.value, problem.online), unit=_size,
        related=lambda problem: (problem._replace(target=problem.online),),
    ),
    Claim(
        name="shift", tex=r"t'(t + c, o + c) = t'(t, o) + c", why="the shares add to one",
        slack=lambda problem, truth, output, moved: _off(moved.value, output.value + 0.25),
        unit=lambda problem, *rest: _size(problem) + 0.25, related=_moved,
    ),
)  # fmt: skip

# -- claims of the queue --------------------------------------------------------------------------


def _untouched(problem: Ring, truth: Held, output: Held) -> float:
    """Rows that the truth leaves as they were."""
    queue = np.array(problem.queue)
    stay = np.all(truth.queue == queue, axis=1)
    return _off(output.queue[stay], queue[stay])


def _turned(problem: Ring) -> tuple[Ring]:
    """Queue and pointer one batch further round."""
    m, n = len(problem.queue), gcd(len(problem.queue), len(problem.keys))
    queue = problem.queue[-n:] + problem.queue[:-n]
    return (problem._replace(queue=queue, pointer=(problem.pointer + n) % m),)


def _turns_along(problem: Ring, truth: Held, output: Held, other: Held) -> float:
    n = gcd(len(problem.queue), len(problem.keys))
    return _off(np.roll(other.queue, -n, axis=0), output.queue)


QUEUE_CLAIMS = (
    Claim(
        name="value",
        tex=r"Q'_{(p+i)\text{ mod }m} = k_i,\ i < n,\text{ all others as they were}",
        why="the oldest rows make place for the keys, in their order",
        slack=lambda problem, truth, output: _off(output.queue, truth.queue), unit=_size,
    ),
    Claim(
        name="pointer", tex=r"p' = (p + n)\text{ mod }m",
        why="the next keys start where these end",
        slack=lambda problem, truth, output: -abs(output.pointer - truth.pointer),
        unit=lambda *_: 1.0,
    ),
    Claim(
        name="rows that stay", tex=r"Q'_j = Q_j,\ (j - p)\text{ mod }m \ge n",
        why="what is not among the oldest stays", slack=_untouched, unit=_size,
    ),
    Claim(
        name="ring", tex=r"Q'(\text{turned } Q, p) = \text{turned } Q'(Q, p)",
        why="no row is the first", slack=_turns_along, unit=_size, related=_turned,
    ),
)  # fmt: skip


# -- problems -------------------------------------------------------------------------------------

SHAPES = ((3, 2), (1, 1), (2, 3), (4, 1))
MOMENTA = (0.9, 0.99, 0.25, 0.999)
RINGS = ((4, 2, 0), (4, 2, 2), (6, 3, 3), (6, 2, 4), (5, 2, 4), (3, 3, 0), (7, 3, 5), (5, 1, 4),
         (8, 4, 4), (4, 3, 2), (3, 3, 1), (9, 6, 7))  # fmt: skip


def averages() -> tuple[Followed, ...]:
    """Sixteen probes: shapes by momenta."""
    return tuple(
        Followed(lattice(n, d, 900 + 2 * k), lattice(n, d, 901 + 2 * k), MOMENTA[(k + k // 4) % 4])
        for k, (n, d) in enumerate(SHAPES * 4)
    )


def rings() -> tuple[Ring, ...]:
    """Twelve probes: batches that fit, and that go round the end; the row tells where it was."""
    return tuple(
        Ring(
            tuple((-1.0 - i, *row) for i, row in enumerate(lattice(m, 1, 950 + k))),
            tuple((1.0 + i, *row) for i, row in enumerate(lattice(n, 1, 970 + k))),
            pointer,
        )
        for k, (m, n, pointer) in enumerate(RINGS)
    )


def drawn_averages() -> SearchStrategy[Followed]:
    from hypothesis import strategies as st

    table = st.lists(st.tuples(quarters(), quarters()), min_size=2, max_size=2).map(tuple)
    return st.builds(Followed, table, table, st.sampled_from((0.5, 0.25, 0.75, 0.9, 0.99)))


def drawn_rings() -> SearchStrategy[Ring]:
    """Sizes last, so that shrinking reaches the smallest."""
    from hypothesis import strategies as st

    pool = st.lists(st.tuples(quarters(), quarters()), min_size=10, max_size=10)

    def cut(pool: list[tuple[float, ...]], pointer: int, n: int, more: int) -> Ring:
        return Ring(tuple(pool[: n + more]), tuple(pool[6 : 6 + n]), pointer % (n + more))

    return st.builds(cut, pool, st.integers(0, 5), st.integers(1, 3), st.integers(0, 3))


def simpler_average(problem: Followed) -> Iterator[Followed]:
    """Smaller and plainer tables, and a momentum of a half."""
    yield from simpler_tables(problem, {"target": "nd", "online": "nd"})
    if problem.momentum != 0.5:
        yield problem._replace(momentum=0.5)


def simpler_ring(problem: Ring) -> Iterator[Ring]:
    """Fewer keys, fewer rows, an earlier pointer, plainer entries."""
    queue, keys, pointer = problem
    for i in range(len(keys)) if len(keys) > 1 else ():
        yield problem._replace(keys=without_row(keys, i))
    for i in range(len(queue)) if len(queue) > len(keys) else ():
        yield Ring(without_row(queue, i), keys, min(pointer, len(queue) - 2))
    if pointer:
        yield problem._replace(pointer=pointer - 1)
    for plainer in simpler_entries(queue):
        yield problem._replace(queue=plainer)
    for plainer in simpler_entries(keys):
        yield problem._replace(keys=plainer)


EMA_UPDATE = Family(
    name="ema-update", problem=Followed, design=averages, problems=drawn_averages,
    simpler=simpler_average, oracle=average, claims=AVERAGE_CLAIMS,
)  # fmt: skip
QUEUE_UPDATE = Family(
    name="queue-update", problem=Ring, design=rings, problems=drawn_rings, simpler=simpler_ring,
    oracle=enqueued, claims=QUEUE_CLAIMS,
)  # fmt: skip

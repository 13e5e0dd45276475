r"""The loss of masked reconstruction: definition, oracle, invariances.

Of n samples of p patches of d features, with $m_{ij} = 1$ where a patch was removed,

$L = \frac1{\sum_{ij}m_{ij}}\sum_{ij}m_{ij}\,\frac1d\lvert x_{ij} - \hat x_{ij}\rvert^2$.

Other code averages sample by sample, or divides by all patches, or counts all patches alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .batch_claims import unchanged, unit, units
from .lattice import Matrix, lattice, quarters, without_column, without_row
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["MASKED_LOSS", "Masked", "Truth", "oracle", "weights"]

Patches = tuple[Matrix, ...]
BLIND = ("removed", "removed by sample", "removed of all")  # what sees removed patches only


class Masked(NamedTuple):
    """Data [n, p, d], their reconstruction [n, p, d], and the mask [n, p], of which each sample has
    a one: a patch that was removed."""

    x: Patches
    x_hat: Patches
    mask: Matrix


class Truth(NamedTuple):
    value: np.ndarray
    gradient: tuple[np.ndarray]
    unit: float
    units: tuple[np.ndarray]


# -- definition and oracle ------------------------------------------------------------------------


def weights(mask: Any, patches: str, arithmetic: Arithmetic = FLOAT64) -> Any:
    """What a patch counts, [n, p]."""
    m = arithmetic.array(mask)
    n, p = m.shape
    if patches == "all":
        return (0 * m + 1) / (n * p)
    if patches == "removed of all":
        return m / (n * p)
    if patches == "removed by sample":
        return m / (n * m.sum(axis=1, keepdims=True))
    return m / m.sum()


def oracle(problem: Masked, patches: str = "removed", *, arithmetic: Arithmetic = FLOAT64) -> Truth:
    error = arithmetic.array(problem.x_hat) - arithmetic.array(problem.x)
    d = error.shape[2]
    share = weights(problem.mask, patches, arithmetic)[:, :, None] / d
    counted = np.asarray(share, float)
    size = np.abs(np.asarray(problem.x)) + np.abs(np.asarray(problem.x_hat))
    return Truth(
        value=np.asarray((share * error * error).sum()),
        gradient=(2 * share * error,),
        unit=2 * float((counted * size**2).sum()) + 2.0**-20,
        units=(2 * counted.max() * (size + 2.0**-10),),
    )


# -- claims ---------------------------------------------------------------------------------------


def _zero(problem: Masked, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -abs(float(other.value))


def _fourfold(problem: Masked, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -abs(float(output.value) - float(other.value) / 4)


def _elsewhere(problem: Masked) -> tuple[Masked]:
    """Another reconstruction of the patches that are seen."""
    changed = tuple(
        tuple(row if gone else tuple(3.0 - x for x in row) for row, gone in zip(*pair, strict=True))
        for pair in zip(problem.x_hat, problem.mask, strict=True)
    )
    return (problem._replace(x_hat=changed),)


def _copied(problem: Masked) -> tuple[Masked]:
    return (problem._replace(x_hat=problem.x),)


def _reordered(problem: Masked) -> tuple[Masked]:
    """Samples, patches and features each in the reverse order."""
    x, x_hat = (
        tuple(tuple(row[::-1] for row in sample[::-1]) for sample in table[::-1])
        for table in problem[:2]
    )
    return (Masked(x, x_hat, tuple(row[::-1] for row in problem.mask[::-1])),)


def _doubled(problem: Masked) -> tuple[Masked]:
    """Twice as large, which rounds nothing."""
    x, x_hat = (_each(table, lambda value: 2 * value) for table in problem[:2])
    return (Masked(x, x_hat, problem.mask),)


def _each(table: Patches, change: Callable[[float], float]) -> Patches:
    return tuple(tuple(tuple(map(change, row)) for row in sample) for sample in table)


CLAIMS = (
    value_claim(
        r"L = \tfrac1{\sum m}\textstyle\sum_{ij}m_{ij}\,\tfrac1d\lvert x_{ij} - "
        r"\hat x_{ij}\rvert^2", unit,
    ),
    gradient_claim(
        r"\nabla_{\hat x_{ij}} L = \tfrac{2m_{ij}}{d\sum m}(\hat x_{ij} - x_{ij})", units
    ),
    Claim(
        name="visible patches", tex=r"m_{ij} = 0 \Rightarrow L\text{ is free of }\hat x_{ij}",
        why="what the encoder was shown is no feat to reconstruct", slack=unchanged, unit=unit,
        related=_elsewhere, only={"patches": BLIND},
    ),
    Claim(
        name="copy", tex=r"L(x, x) = 0", why="the data are their own best reconstruction",
        slack=_zero, unit=unit, related=_copied,
    ),
    Claim(
        name="nonnegative", tex=r"L \ge 0", why="errors are squared",
        slack=lambda problem, truth, output: float(output.value), unit=unit,
    ),
    Claim(
        name="homogeneity", tex=r"L(2x, 2\hat x) = 4L(x, \hat x)", why="errors are squared",
        slack=_fourfold, unit=unit, related=_doubled,
    ),
    Claim(
        name="order", tex=r"L(x_\pi, \hat x_\pi, m_\pi) = L(x, \hat x, m)",
        why="samples, patches and features have no order", slack=unchanged, unit=unit,
        related=_reordered,
    ),
)  # fmt: skip


# -- problems -------------------------------------------------------------------------------------

SIZES = ((1, 2, 1), (2, 2, 2), (2, 3, 1), (3, 2, 2), (2, 4, 3), (1, 5, 4), (3, 4, 2), (4, 6, 5))


def _table(n: int, p: int, d: int, salt: int) -> Patches:
    rows = lattice(n * p, d, salt)
    return tuple(rows[i * p : (i + 1) * p] for i in range(n))


def _mask(n: int, p: int, salt: int) -> Matrix:
    """Samples of which one, two, ... patches are removed, never all unless there is but one."""
    counts = [1 + (i + salt) % max(p - 1, 1) for i in range(n)]
    return tuple(
        tuple(float((j + i + salt) % p < count) for j in range(p)) for i, count in enumerate(counts)
    )


def design() -> tuple[Masked, ...]:
    """24 probes: sizes by masks of as many and of different numbers of patches."""
    probes = [
        Masked(_table(n, p, d, 1200 + 2 * k), _table(n, p, d, 1201 + 2 * k), _mask(n, p, k))
        for k, (n, p, d) in enumerate(SIZES * 2)
    ]
    x, x_hat = _table(3, 4, 2, 1250), _table(3, 4, 2, 1251)
    masks: tuple[Matrix, ...] = (
        ((1.0,) * 4,) * 3, ((1.0, 0.0, 0.0, 0.0),) * 3, ((0.0, 1.0, 1.0, 1.0),) * 3,
        ((1.0, 1.0, 1.0, 1.0), (0.0, 0.0, 0.0, 1.0), (1.0, 0.0, 1.0, 0.0)),
    )  # fmt: skip
    probes += [Masked(x, x_hat, mask) for mask in masks]
    probes += [Masked(x, _each(x, lambda v: v + 0.25), mask) for mask in masks]
    return tuple(probes)


def ranges() -> tuple[Masked, ...]:
    """Many patches, small errors, large numbers."""
    x, x_hat = _table(2, 3, 4, 1300), _table(2, 3, 4, 1301)
    mask = _mask(2, 3, 1)
    near = _each(x, lambda v: v + 2.0**-12)
    large, far = (_each(table, lambda v: v * 2.0**10) for table in (x, x_hat))
    many = Masked(_table(4, 16, 12, 1302), _table(4, 16, 12, 1303), _mask(4, 16, 11))
    return (Masked(x, near, mask), Masked(large, far, mask), many)


def problems() -> SearchStrategy[Masked]:
    """Values first and sizes last, so that shrinking reaches one removed patch of one feature."""
    from hypothesis import strategies as st

    row = st.lists(quarters(), min_size=2, max_size=2)
    pool = st.lists(row, min_size=12, max_size=12)
    marks = st.lists(st.booleans(), min_size=6, max_size=6)
    return st.builds(
        _cut, pool, marks, st.integers(1, 2), st.integers(1, 3), st.integers(1, 2)
    )  # fmt: skip


def _cut(pool: list[list[float]], marks: list[bool], n: int, p: int, d: int) -> Masked:
    def table(start: int) -> Patches:
        return tuple(tuple(tuple(pool[start + i * p + j][:d]) for j in range(p)) for i in range(n))

    kept = [[float(not marks[i * p + j]) for j in range(p)] for i in range(n)]
    mask = tuple(tuple(row) if any(row) else (1.0, *row[1:]) for row in kept)
    return Masked(table(0), table(6), mask)


def simpler(problem: Masked) -> Iterator[Masked]:
    """Fewer samples, patches and features; data of zero; reconstructions of zero and one."""
    x, x_hat, mask = problem
    n, p, d = len(x), len(mask[0]), len(x[0][0])
    for i in range(n if n > 1 else 0):
        yield Masked(x[:i] + x[i + 1 :], x_hat[:i] + x_hat[i + 1 :], without_row(mask, i))
    for j in range(p if p > 1 else 0):
        fewer = without_column(mask, j)
        if all(map(any, fewer)):
            first, second = (tuple(without_row(s, j) for s in t) for t in (x, x_hat))
            yield Masked(first, second, fewer)
    for k in range(d if d > 1 else 0):
        first, second = (tuple(without_column(s, k) for s in t) for t in (x, x_hat))
        yield Masked(first, second, mask)
    for changed in _plainer(x, (0.0,)):
        yield problem._replace(x=changed)
    for changed in _plainer(x_hat, (0.0, 1.0)):
        yield problem._replace(x_hat=changed)


def _plainer(table: Patches, plain: tuple[float, ...]) -> Iterator[Patches]:
    """The table with one entry replaced by an earlier one of the `plain` numbers."""
    for place in np.ndindex(len(table), len(table[0]), len(table[0][0])):
        entries = np.array(table)
        entry = float(entries[place])
        for number in plain[: plain.index(entry) if entry in plain else len(plain)]:
            entries[place] = number
            yield tuple(tuple(tuple(row) for row in sample) for sample in entries.tolist())


MASKED_LOSS = Family(
    name="masked-reconstruction", problem=Masked, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS, ranges=ranges,
)  # fmt: skip

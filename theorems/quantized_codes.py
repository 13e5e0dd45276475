r"""Vector quantization: definition, oracle, claims.

Of rows $z_i$ in $\mathbb{R}^d$ and a codebook $e_1, \dots, e_K$: $k(i) = \arg\min_k\lvert z_i -
e_k\rvert$, $q_i = e_{k(i)}$, and $L = \frac1{nd}\sum_i\bigl(\lvert\bar z_i - q_i\rvert^2 +
\beta\lvert z_i - \bar q_i\rvert^2\bigr)$, where a bar stops the gradient.  What is returned in
place of $q_i$ has its value and hands its gradient to $z_i$ as it is (straight through).

What is compared is one vector, $(L, q, k)$, and the gradient of its sum.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .batch_claims import unit, units
from .lattice import Matrix, lattice, quarters, simpler_entries, times, without_column, without_row
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["VQ", "Codes", "Truth", "nearest", "oracle"]

CLEAR = 1 / 16  # a nearest code is nearer than the next by so much, in squared distance


class Codes(NamedTuple):
    """Rows [n, d], a codebook [K, d], and the weight of the commitment term; no row has two nearest
    codes."""

    z: Matrix
    codebook: Matrix
    beta: float


class Truth(NamedTuple):
    value: np.ndarray  # [1 + n d + n]
    gradient: tuple[np.ndarray, np.ndarray]
    unit: float
    units: tuple[np.ndarray, np.ndarray]


# -- definition and oracle ------------------------------------------------------------------------


def _distances(z: Any, codebook: Any) -> np.ndarray:
    gaps = np.asarray(z, float)[:, None] - np.asarray(codebook, float)
    return np.asarray((gaps * gaps).sum(axis=2))


def nearest(z: Any, codebook: Any) -> np.ndarray:
    """The index of each row's nearest code [n]."""
    return np.asarray(_distances(z, codebook).argmin(axis=1))


def oracle(
    problem: Codes, beta_on: str = "commitment", *, arithmetic: Arithmetic = FLOAT64
) -> Truth:
    """The commitment term pulls rows to codes, the other codes to rows; one of them by beta."""
    z, codebook = arithmetic.array(problem.z), arithmetic.array(problem.codebook)
    beta, one = arithmetic.number(problem.beta), arithmetic.number(1)
    n, d = z.shape
    index = nearest(problem.z, problem.codebook)
    gap = z - codebook[index]
    of_rows, of_codes = (beta, one) if beta_on == "commitment" else (one, beta)
    pull = 2 * gap / (n * d)
    codes = 0 * codebook
    for i, k in enumerate(index):
        codes[k] = codes[k] - of_codes * pull[i]
    loss = (one + beta) * (gap * gap).reshape(1, -1).sum(axis=1) / (n * d)
    parts = loss, codebook[index].ravel(), 0 * loss + index.astype(float)
    return Truth(
        value=np.concatenate(parts),
        gradient=(of_rows * pull + one, codes),
        **_rounding(problem, index),
    )


def _rounding(problem: Codes, index: np.ndarray) -> dict[str, Any]:
    """A row of the straight-through estimate is a sum of two that cancel."""
    z, codebook = np.abs(np.asarray(problem.z)), np.abs(np.asarray(problem.codebook))
    size, most = z + codebook[index], 1 + problem.beta
    n, d = z.shape
    each = 1 + 4 * most * size / (n * d)
    codes = np.zeros_like(codebook) + 2.0**-10
    np.add.at(codes, index, 4 * most * size / (n * d))
    return {
        "unit": float(2 * most * (size**2).mean() + 2 * size.max()), "units": (each, codes),
    }  # fmt: skip


# -- claims ---------------------------------------------------------------------------------------


def _parts(problem: Codes, output: Evaluation) -> tuple[np.ndarray, np.ndarray]:
    """The quantized rows and the indices, in the code's own numbers."""
    n, d = len(problem.z), len(problem.z[0])
    return output.value[1 : 1 + n * d].reshape(n, d), output.value[1 + n * d :]


def _nearest(problem: Codes, truth: Truth, output: Evaluation) -> float:
    """How much nearer the named codes could be, in the worst row."""
    _, index = _parts(problem, output)
    if not (np.isfinite(index).all() and ((index >= 0) & (index < len(problem.codebook))).all()):
        return -np.inf
    distances = _distances(problem.z, problem.codebook)
    named = distances[np.arange(len(index)), index.astype(int)]
    return -float(np.max(named - distances.min(axis=1)))


def _of_the_codebook(problem: Codes, truth: Truth, output: Evaluation) -> float:
    quantized, index = _parts(problem, output)
    if not np.isfinite(index).all():
        return -np.inf
    named = np.asarray(problem.codebook)[index.astype(int) % len(problem.codebook)]
    return -float(np.max(np.abs(quantized - named)))


def _balanced(problem: Codes, truth: Truth, output: Evaluation) -> float:
    """What pulls at the rows pulls at the codes the other way, each by its weight."""
    rows, codes = output.gradient
    return -float(np.max(np.abs((rows - 1).sum(axis=0) + problem.beta * codes.sum(axis=0))))


def _all_units(problem: Codes, truth: Truth, output: Evaluation) -> float:
    rows, codes = truth.units
    return float(rows.sum() + (1 + problem.beta) * codes.sum())


CLAIMS = (
    value_claim(
        r"L = \tfrac{1 + \beta}{nd}\textstyle\sum_i\lvert z_i - q_i\rvert^2,\quad q_i = e_{k(i)}",
        unit, why="loss, quantized rows and indices are the definition's",
    ),
    gradient_claim(
        r"\nabla_{z_i} L = \tfrac{2\beta}{nd}(z_i - q_i),\ \nabla_{e_k} L = \tfrac2{nd}"
        r"\textstyle\sum_{k(i) = k}(e_k - z_i),\ \partial q_i/\partial z_i = I", units,
        why="each term moves its own side, and the decoder's gradient passes straight through",
    ),
    Claim(
        name="nearest", tex=r"k(i) = \arg\min_k\lvert z_i - e_k\rvert",
        why="no other code is nearer", slack=_nearest, unit=unit,
    ),
    Claim(
        name="of the codebook", tex=r"q_i = e_{k(i)}", why="what is handed on is the code named",
        slack=_of_the_codebook, unit=unit,
    ),
    Claim(
        name="balance", tex=r"\textstyle\sum_i\nabla_{z_i} L = -\beta\sum_k\nabla_{e_k} L",
        why="both terms have one distance, seen from its two ends", slack=_balanced,
        unit=_all_units, of_gradient=True, only={"beta_on": ("commitment",)},
    ),
)  # fmt: skip


# -- problems -------------------------------------------------------------------------------------

SIZES = ((1, 2, 1), (2, 2, 1), (2, 3, 2), (3, 2, 2), (4, 3, 3), (3, 5, 2), (6, 4, 4), (5, 8, 3))
BETAS = (0.25, 1.0, 0.5, 2.0, 0.125)


def _clear(problem: Codes) -> bool:
    distances = np.sort(_distances(problem.z, problem.codebook), axis=1)
    return bool(np.all(distances[:, 1] - distances[:, 0] >= CLEAR))


def _probe(n: int, codes: int, d: int, salt: int, beta: float) -> Codes:
    """The first of the lattice's tables in which every row has one nearest code."""
    while True:
        problem = Codes(lattice(n, d, salt), lattice(codes, d, salt + 1), beta)
        if _clear(problem):
            return problem
        salt += 97


def design() -> tuple[Codes, ...]:
    """24 probes: sizes by weights; rows that are codes; one code for all; a codebook of which most
    is never used; rows far from any code."""
    probes = [
        _probe(*size, 1400 + 2 * k, BETAS[k % len(BETAS)]) for k, size in enumerate(SIZES * 2)
    ]
    square = ((1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0))
    near = tuple((x + 0.25, y - 0.125) for x, y in square)
    far = tuple((8 * x + 1, 8 * y) for x, y in square)
    uneven = ((1.0, 1.0), (3.0, 1.0), (-1.0, 1.0), (-1.0, -1.0))  # products are not angles
    books = (square, square, uneven, square)
    for k, (rows, book) in enumerate(zip((square, near, far, near[:1] * 3), books, strict=True)):
        probes += [Codes(rows, book, BETAS[k]), Codes(rows[:2], book[::-1], BETAS[k + 1])]
    return tuple(dict.fromkeys(probes))


def ranges() -> tuple[Codes, ...]:
    """Many codes, many features, large and small numbers."""
    many = _probe(16, 12, 8, 1500, 0.25)
    scaled = [
        Codes(times(many.z, factor), times(many.codebook, factor), 0.25)
        for factor in (2.0**-8, 2.0**8)
    ]
    return (many, *scaled)


def problems() -> SearchStrategy[Codes]:
    """Codes two apart, rows around them; values first and sizes last."""
    from hypothesis import strategies as st

    row = st.lists(quarters(), min_size=2, max_size=2)
    pool = st.lists(row, min_size=6, max_size=6)
    picks = st.lists(st.integers(0, 2), min_size=3, max_size=3)
    return st.builds(
        _cut, pool, picks, st.sampled_from(BETAS), st.integers(1, 3), st.integers(2, 3),
        st.integers(1, 2),
    )  # fmt: skip


def _cut(
    pool: list[list[float]], picks: list[int], beta: float, n: int, codes: int, d: int
) -> Codes:
    codebook = [
        (2.0 * k - 2.0 + first / 8, *rest)[:d] for k, (first, *rest) in enumerate(pool[:codes])
    ]
    rows = [
        tuple(c + x / 8 for c, x in zip(codebook[pick % codes], near, strict=False))
        for pick, near in zip(picks[:n], pool[3:], strict=False)
    ]
    return Codes(tuple(rows), tuple(codebook), beta)


def simpler(problem: Codes) -> Iterator[Codes]:
    """Fewer rows, codes and features, a weight of one, plainer entries; no tie ever comes up."""
    for candidate in _candidates(problem):
        if _clear(candidate):
            yield candidate


def _candidates(problem: Codes) -> Iterator[Codes]:
    z, codebook, beta = problem
    for i in range(len(z) if len(z) > 1 else 0):
        yield Codes(without_row(z, i), codebook, beta)
    for k in range(len(codebook) if len(codebook) > 2 else 0):
        yield Codes(z, without_row(codebook, k), beta)
    for j in range(len(z[0]) if len(z[0]) > 1 else 0):
        yield Codes(without_column(z, j), without_column(codebook, j), beta)
    if beta != 1.0:
        yield problem._replace(beta=1.0)
    for plainer in simpler_entries(z):
        yield Codes(plainer, codebook, beta)
    for plainer in simpler_entries(codebook):
        yield Codes(z, plainer, beta)


VQ = Family(
    name="vq", problem=Codes, design=design, problems=problems, simpler=simpler, oracle=oracle,
    claims=CLAIMS, ranges=ranges,
)  # fmt: skip

r"""Reconstruction losses: their definitions, and the bottleneck inequality that they obey.

## Definition

For rows $x_i$ and reconstructions $\hat x_i$ in $\mathbb{R}^d$, $i \le n$, the squared error is
$\frac1n \sum_{ij} (x_{ij} - \hat x_{ij})^2$; for $x_{ij} \in [0, 1]$ and $\hat x_{ij} \in (0, 1)$
the Bernoulli loss is $-\frac1n \sum_{ij} x_{ij}\log\hat x_{ij} + (1-x_{ij})\log(1-\hat x_{ij})$.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .lattice import Matrix, lattice, probabilities, without_column, without_row
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["RECONSTRUCTION_LOSS", "Reconstruction", "Truth", "bottleneck", "oracle"]


# -- definition and oracle ------------------------------------------------------------------------


class Reconstruction(NamedTuple):
    """Data (n, d) in [0, 1], and what was made of them (n, d) in (0, 1)."""

    x: Matrix
    x_hat: Matrix


class Truth(NamedTuple):
    """The `value` per row, already divided by n; the `gradient` in the reconstruction; the loss
    of the data as their own reconstruction (`floor`), and of the reconstruction as its own data
    (`perfect`); the `bottleneck` (0 for the Bernoulli loss); and the sizes of rounding errors."""

    value: np.ndarray
    gradient: tuple[np.ndarray, ...]
    floor: float
    perfect: float
    bottleneck: float
    unit: float
    gradient_unit: np.ndarray


def oracle(
    problem: Reconstruction, error: str = "squared", *, arithmetic: Arithmetic = FLOAT64
) -> Truth:
    definition = _squared if error == "squared" else _bernoulli
    further = _of_squared if error == "squared" else _of_bernoulli
    terms, slope = definition(
        arithmetic.array(problem.x), arithmetic.array(problem.x_hat), arithmetic
    )
    x, p, n = np.asarray(problem.x, float), np.asarray(problem.x_hat, float), len(problem.x)
    return Truth(
        value=terms.sum(axis=1) / n, gradient=(slope / n,), **further(x, p, terms.astype(float))
    )


def _squared(x: np.ndarray, p: np.ndarray, arithmetic: Arithmetic) -> tuple[np.ndarray, np.ndarray]:
    """The loss of each entry, and its slope; both are to be divided by n."""
    return (x - p) ** 2, 2 * (p - x)


def _bernoulli(
    x: np.ndarray, p: np.ndarray, arithmetic: Arithmetic
) -> tuple[np.ndarray, np.ndarray]:
    """The loss of each entry, and its slope; both are to be divided by n."""
    loss = -(x * arithmetic.log(p) + (1 - x) * arithmetic.log1p(-p))
    return loss, (p - x) / (p * (1 - p))


def _of_squared(x: np.ndarray, p: np.ndarray, terms: np.ndarray) -> dict[str, Any]:
    n, size = len(x), np.abs(x) + np.abs(p)
    return {
        "floor": 0.0, "perfect": 0.0, "bottleneck": bottleneck(x, p),
        "unit": float(((size + 1) ** 2).sum()) / n, "gradient_unit": 2 * (size + 2.0**-10) / n,
    }  # fmt: skip


def _of_bernoulli(x: np.ndarray, p: np.ndarray, terms: np.ndarray) -> dict[str, Any]:
    n, odds = len(x), np.abs(np.log(p) - np.log1p(-p))
    return {
        "floor": float(_entropy(x).sum()) / n, "perfect": float(_entropy(p).sum()) / n,
        "bottleneck": 0.0, "unit": float((terms + odds + 1).sum()) / n,
        "gradient_unit": (1 / (p * (1 - p)) + odds) / n,
    }  # fmt: skip


def _entropy(x: np.ndarray) -> np.ndarray:
    inside = (x > 0) & (x < 1)
    y = np.where(inside, x, 0.5)
    return np.where(inside, -(y * np.log(y) + (1 - y) * np.log1p(-y)), 0.0)


def bottleneck(x: np.ndarray, p: np.ndarray) -> float:
    r"""Mirsky's bound $\frac1n\sum_i (\sigma_i(HX) - \sigma_i(H\hat X))^2$, H the centring: at
    least $\sum_{i>k}\lambda_i$ where the reconstructions lie on a k-dimensional plane."""
    ours, theirs = (np.linalg.svd(m - m.mean(axis=0), compute_uv=False) for m in (x, p))
    return float(((ours - theirs) ** 2).sum()) / len(x)


def unit(problem: Reconstruction, truth: Truth, *_: object) -> float:
    """One rounding error of the loss: the sum of its largest terms on the way."""
    return truth.unit


# -- claims ---------------------------------------------------------------------------------------


def total(output: Evaluation) -> float:
    return float(np.sum(output.value))


def at_least_the_truths(problem: Reconstruction, truth: Truth, output: Evaluation) -> float:
    return total(output) - truth.floor


def perfect(problem: Reconstruction) -> tuple[Reconstruction]:
    return (Reconstruction(problem.x_hat, problem.x_hat),)


def at_the_truth(
    problem: Reconstruction, truth: Truth, output: Evaluation, other: Evaluation
) -> float:
    return -abs(total(other) - truth.perfect)


def shifted(problem: Reconstruction) -> tuple[Reconstruction]:
    """One added to every number, which rounds nothing."""

    def shift(matrix: Matrix) -> Matrix:
        return tuple(tuple(entry + 1 for entry in row) for row in matrix)

    return (Reconstruction(shift(problem.x), shift(problem.x_hat)),)


def flipped(problem: Reconstruction) -> tuple[Reconstruction]:
    """The photographic negatives."""

    def flip(matrix: Matrix) -> Matrix:
        return tuple(tuple(1 - entry for entry in row) for row in matrix)

    return (Reconstruction(flip(problem.x), flip(problem.x_hat)),)


def enlarged(problem: Reconstruction) -> tuple[Reconstruction]:
    """Everything 16 times as large, which rounds nothing: errors beyond one are met here only."""

    def enlarge(matrix: Matrix) -> Matrix:
        return tuple(tuple(16 * entry for entry in row) for row in matrix)

    return (Reconstruction(enlarge(problem.x), enlarge(problem.x_hat)),)


def permuted(problem: Reconstruction) -> tuple[Reconstruction]:
    """Rows and columns in the reverse order, in both alike."""
    return (Reconstruction(*(tuple(row[::-1] for row in m[::-1]) for m in problem)),)


def unchanged(
    problem: Reconstruction, truth: Truth, output: Evaluation, other: Evaluation
) -> float:
    return -abs(total(output) - total(other))


def in_proportion(
    problem: Reconstruction, truth: Truth, output: Evaluation, other: Evaluation
) -> float:
    return -abs(total(output) - total(other) / 256)


def through_the_bottleneck(problem: Reconstruction, truth: Truth, output: Evaluation) -> float:
    return total(output) - truth.bottleneck


SQUARED = {"error": ("squared",)}

CLAIMS = (
    value_claim(
        r"L = \tfrac1n\sum_{ij}(x_{ij}-\hat x_{ij})^2\ \text{ or }\ -\tfrac1n\sum_{ij}"
        r"x_{ij}\log\hat x_{ij}+(1-x_{ij})\log(1-\hat x_{ij})",
        unit,
    ),
    gradient_claim(
        r"\nabla_{\hat x} L = \tfrac2n(\hat x-x)\ \text{ or }\ "
        r"\tfrac1n\,\frac{\hat x-x}{\hat x(1-\hat x)}",
        lambda problem, truth: (truth.gradient_unit,),
    ),
    Claim(
        name="floor",
        tex=r"L(x,\hat x) \ge L(x, x)",
        why="no reconstruction is better than the data: 0, or the data's entropy (Gibbs)",
        slack=at_least_the_truths,
        unit=unit,
    ),
    Claim(
        name="perfect reconstruction",
        tex=r"L(\hat x,\hat x) = 0\ \text{ or }\ H(\hat x)",
        why="at the data themselves the floor is reached",
        slack=at_the_truth,
        unit=unit,
        related=perfect,
    ),
    Claim(
        name="translation",
        tex=r"L(x+c,\hat x+c) = L(x,\hat x)",
        why="only differences enter",
        slack=unchanged,
        unit=lambda problem, truth, output: 4 * truth.unit,
        related=shifted,
        only=SQUARED,
    ),
    Claim(
        name="negative",
        tex=r"L(1-x,1-\hat x) = L(x,\hat x)",
        why="black and white have no order",
        slack=unchanged,
        unit=lambda problem, truth, output: 4 * truth.unit,
        related=flipped,
    ),
    Claim(
        name="homogeneity",
        tex=r"L(16x,16\hat x) = 256\,L(x,\hat x)",
        why="errors count by their squares, the large ones too",
        slack=in_proportion,
        unit=lambda problem, truth, output: 2 * truth.unit,
        related=enlarged,
        only=SQUARED,
    ),
    Claim(
        name="order",
        tex=r"L(x_\pi,\hat x_\pi) = L(x,\hat x)",
        why="rows and features have no order",
        slack=unchanged,
        unit=unit,
        related=permuted,
    ),
    Claim(
        name="bottleneck",
        tex=r"L \ge \tfrac1n\sum_i(\sigma_i(HX)-\sigma_i(H\hat X))^2",
        why="reconstructions on a k-dimensional plane lose what principal components lose",
        slack=through_the_bottleneck,
        unit=unit,
        only=SQUARED,
    ),
)


# -- problems -------------------------------------------------------------------------------------

SIZES = ((1, 1), (2, 1), (1, 2), (2, 2), (3, 2), (2, 3), (4, 3), (3, 5), (8, 4), (5, 16))


def _data(n: int, d: int, salt: int) -> Matrix:
    """Sixteenths in [0, 1]."""
    return tuple(tuple((4 * v + 8) / 16 for v in row) for row in lattice(n, d, salt))


def design() -> tuple[Reconstruction, ...]:
    """24 probes: sizes, binary data, data as their own reconstruction, reconstructions all alike
    and on a line."""
    probes = [
        Reconstruction(_data(n, d, 2 * k), probabilities(n, d, 2 * k + 1))
        for k, (n, d) in enumerate(SIZES + SIZES[2:8])
    ]
    for k, (n, d) in enumerate(((3, 2), (4, 3), (6, 4), (2, 2))):
        x, made = _data(n, d, 100 + k), probabilities(n, d, 120 + k)
        binary = tuple(tuple(float(v > 0.5) for v in row) for row in x)
        line = tuple(tuple(1 / 4 + i / 16 for _ in range(d)) for i in range(n))
        probes += [
            Reconstruction(binary, made),
            Reconstruction(x, made[:1] * n if k % 2 else line)
            if k < 3
            else Reconstruction(made, made),
        ]
    return tuple(probes)


def ranges() -> tuple[Reconstruction, ...]:
    """Probabilities near 0 and 1, reconstructions close to the data, and a large batch."""
    small, tiny = 2.0**-12, 2.0**-20
    edge = ((small, 1 - small), (0.5, small))
    return (
        Reconstruction(((0.0, 1.0), (1.0, 0.0)), edge),
        Reconstruction(((1.0, 0.0), (0.5, 1.0)), edge),
        Reconstruction(((0.5, 0.25),), ((0.5 + tiny, 0.25 - tiny),)),
        Reconstruction(((1.0, 1.0, 1.0),), ((1 - tiny, 1 - tiny, 1 - tiny),)),
        Reconstruction(_data(64, 32, 200), probabilities(64, 32, 201)),
    )


def problems() -> SearchStrategy[Reconstruction]:
    """Values first and sizes last, so that shrinking reaches the smallest sizes."""
    from hypothesis import strategies as st

    def pool(entries: SearchStrategy[float]) -> SearchStrategy[list[list[float]]]:
        return st.lists(st.lists(entries, min_size=4, max_size=4), min_size=4, max_size=4)

    data = st.sampled_from((0.0, 1.0)) | st.integers(0, 8).map(lambda j: j / 8)
    made = st.just(0.5) | st.integers(1, 15).map(lambda j: j / 16)
    return st.builds(_sliced, pool(data), pool(made), st.integers(1, 4), st.integers(1, 4))


def _sliced(x: list[list[float]], made: list[list[float]], n: int, d: int) -> Reconstruction:
    return Reconstruction(*(tuple(tuple(row[:d]) for row in m[:n]) for m in (x, made)))


def simpler(problem: Reconstruction) -> Iterator[Reconstruction]:
    """Fewer rows, fewer columns, data and reconstructions of 0 and 1, else of one half: the
    Bernoulli loss is infinite at the ends, and nobody is held to it there."""
    x, made = problem
    for i in range(len(x) if len(x) > 1 else 0):
        yield Reconstruction(without_row(x, i), without_row(made, i))
    for j in range(len(x[0]) if len(x[0]) > 1 else 0):
        yield Reconstruction(without_column(x, j), without_column(made, j))
    for plainer in _plainer(x, (0.0, 1.0, 0.5)):
        yield problem._replace(x=plainer)
    for plainer in _plainer(made, (0.0, 1.0, 0.5, 0.25, 0.75)):
        yield problem._replace(x_hat=plainer)


def _plainer(matrix: Matrix, plain: tuple[float, ...]) -> Iterator[Matrix]:
    """The matrix with one entry replaced by an earlier one of the `plain` numbers."""
    for i, row in enumerate(matrix):
        for j, entry in enumerate(row):
            earlier = plain.index(entry) if entry in plain else len(plain)
            for number in plain[:earlier]:
                yield (*matrix[:i], (*row[:j], number, *row[j + 1 :]), *matrix[i + 1 :])


RECONSTRUCTION_LOSS = Family(
    name="reconstruction-loss",
    problem=Reconstruction,
    design=design,
    problems=problems,
    simpler=simpler,
    oracle=oracle,
    claims=CLAIMS,
    ranges=ranges,
)

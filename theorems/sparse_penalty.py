r"""The sparsity penalty: the divergence of mean activations from their target.

## Definition

For activations $a_{ij} \in (0, 1)$ of n rows and k units, their means $\hat\rho_j = \frac1n\sum_i
a_{ij}$ over the batch, a target $\rho \in (0, 1)$ and a weight $\beta$ the penalty is

$P = \beta\sum_j \rho\log\frac{\rho}{\hat\rho_j} + (1-\rho)\log\frac{1-\rho}{1-\hat\rho_j}$.

It is not defined for units that leave (0, 1), such as rectifiers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .lattice import Matrix, probabilities, without_column, without_row
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["SPARSE_PENALTY", "Truth", "Units", "oracle"]


# -- definition and oracle ------------------------------------------------------------------------


class Units(NamedTuple):
    """Activations (n, k) in (0, 1), the target of their means, and the weight of the penalty, which
    lives inside the code."""

    activations: Matrix
    rho: float
    beta: float = 1.0


class Truth(NamedTuple):
    """The `value` per unit; the `gradient` in the activations; the `means` of the units; and the
    sizes of rounding errors."""

    value: np.ndarray
    gradient: tuple[np.ndarray, ...]
    means: np.ndarray
    unit: float
    gradient_unit: np.ndarray


def oracle(problem: Units, *, arithmetic: Arithmetic = FLOAT64) -> Truth:
    """Not a number where an activation is not within (0, 1), as low precision may round it."""
    a, n = arithmetic.array(problem.activations), len(problem.activations)
    rho, beta = arithmetic.number(problem.rho), arithmetic.number(problem.beta)
    on, off = a.sum(axis=0) / n, (1 - a).sum(axis=0) / n  # apart, so that 1 - on cancels nothing
    value = rho * arithmetic.log(rho / on) + (1 - rho) * arithmetic.log((1 - rho) / off)
    if not all(0 < entry < 1 for row in problem.activations for entry in row):
        value = value * np.nan
    slope = ((1 - rho) / off - rho / on) / n
    gradient = beta * (0 * a + slope)
    unit, gradient_unit = _rounding(problem, np.asarray(slope, float))
    return Truth(beta * value, (gradient,), np.asarray(on, float), unit, gradient_unit)


def _rounding(problem: Units, slope: np.ndarray) -> tuple[float, np.ndarray]:
    """One rounding error of the value, and of each entry of the gradient.

    The means are rounded, be they of activations or of logits that are squashed first, and the
    logarithms pass this on by the slopes of their arguments.
    """
    a, n, rho = np.asarray(problem.activations, float), len(problem.activations), problem.rho
    on, off = a.mean(axis=0), (1 - a).mean(axis=0)
    odds = np.abs(np.log(a) - np.log1p(-a))
    means = on + (a * (1 - a) * odds).mean(axis=0)
    logs = rho * np.abs(np.log(on)) + (1 - rho) * np.abs(np.log(off)) + 2
    unit = float(np.sum(logs + means * (rho / on + (1 - rho) / off)))
    terms = rho / on + (1 - rho) / off + means * (rho / on**2 + (1 - rho) / off**2)
    gradient_unit = terms / n + np.abs(slope) * (a / (1 - a) + odds)
    return problem.beta * unit, problem.beta * gradient_unit


def unit(problem: Units, truth: Truth, *_: object) -> float:
    """One rounding error of the penalty: the sum of its largest terms on the way."""
    return truth.unit


def both_units(problem: Units, truth: Truth, *_: object) -> float:
    """The same for the activations and their complements together."""
    return truth.unit + oracle(complement(problem)[0]).unit + problem.beta * len(truth.means)


# -- claims ---------------------------------------------------------------------------------------


def total(output: Evaluation) -> float:
    return float(np.sum(output.value))


def nonnegative(problem: Units, truth: Truth, output: Evaluation) -> float:
    return total(output)


def at_the_target(problem: Units) -> tuple[Units]:
    """Every activation at rho."""
    rows, k = len(problem.activations), len(problem.activations[0])
    return (problem._replace(activations=((problem.rho,) * k,) * rows),)


def vanishes(problem: Units, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -abs(total(other))


def above_the_parabola(problem: Units, truth: Truth, output: Evaluation) -> float:
    """Pinsker's inequality: twice the squared distance."""
    return total(output) - problem.beta * 2 * float(np.sum((truth.means - problem.rho) ** 2))


def evened(problem: Units) -> tuple[Units]:
    """Other activations of the same means: the first two rows are replaced by their average."""
    first, *others = problem.activations
    if others:
        middle = tuple((a + b) / 2 for a, b in zip(first, others[0], strict=True))
        return (problem._replace(activations=(middle, middle, *others[1:])),)
    return (problem,)


def permuted(problem: Units) -> tuple[Units]:
    """Rows and units in the reverse order."""
    return (problem._replace(activations=tuple(r[::-1] for r in problem.activations[::-1])),)


def unchanged(problem: Units, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -abs(total(output) - total(other))


def complement(problem: Units) -> tuple[Units]:
    """Every unit on where it was off; the target stays, as it may live inside the code."""
    flipped = tuple(tuple(1 - a for a in row) for row in problem.activations)
    return (problem._replace(activations=flipped),)


def mirrored(problem: Units, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    """Both have the same terms, exchanged, so that their difference is linear in the log-odds."""
    odds = np.log1p(-truth.means) - np.log(truth.means)
    gap = problem.beta * (1 - 2 * problem.rho) * float(np.sum(odds))
    return -abs(total(output) + gap - total(other))


def halves(problem: Units) -> tuple[Units, Units]:
    """The complement, and what lies midway to it: every activation one half."""
    middle = tuple((0.5,) * len(row) for row in problem.activations)
    return (*complement(problem), problem._replace(activations=middle))


def below_the_chord(
    problem: Units, truth: Truth, output: Evaluation, other: Evaluation, middle: Evaluation
) -> float:
    return (total(output) + total(other)) / 2 - total(middle)


CLAIMS = (
    value_claim(
        r"P = \beta\sum_j \rho\log\tfrac{\rho}{\hat\rho_j} + "
        r"(1-\rho)\log\tfrac{1-\rho}{1-\hat\rho_j}",
        unit,
    ),
    gradient_claim(
        r"\frac{\partial P}{\partial a_{ij}} = \tfrac{\beta}{n}\Bigl(-\frac{\rho}{\hat\rho_j} + "
        r"\frac{1-\rho}{1-\hat\rho_j}\Bigr)",
        lambda problem, truth: (truth.gradient_unit,),
    ),
    Claim(
        name="nonnegative",
        tex=r"P \ge 0",
        why="Gibbs: no distribution is further from another than nothing, the wrong way",
        slack=nonnegative,
        unit=unit,
    ),
    Claim(
        name="zero at the target",
        tex=r"\hat\rho_j = \rho\ \forall j \Rightarrow P = 0",
        why="units that are as active as they should be cost nothing",
        slack=vanishes,
        unit=lambda problem, truth, output: truth.unit + unit_at_the_target(problem),
        related=at_the_target,
    ),
    Claim(
        name="parabola",
        tex=r"P \ge 2\beta\sum_j(\hat\rho_j-\rho)^2",
        why="Pinsker: a unit that is off by much cannot cost little",
        slack=above_the_parabola,
        unit=unit,
    ),
    Claim(
        name="means alone",
        tex=r"\hat\rho = \hat\rho' \Rightarrow P = P'",
        why="a unit may be fully on for some rows if it is off for the others: only means enter",
        slack=unchanged,
        unit=lambda problem, truth, output: 2 * truth.unit,
        related=evened,
    ),
    Claim(
        name="order",
        tex=r"P(a_{\pi\tau}) = P(a)",
        why="rows and units have no order",
        slack=unchanged,
        unit=unit,
        related=permuted,
    ),
    Claim(
        name="complement",
        tex=r"P(1-a) - P(a) = \beta(1-2\rho)\sum_j\log\frac{1-\hat\rho_j}{\hat\rho_j}",
        why="on and off exchange their terms, so that at a target of one half nothing changes",
        slack=mirrored,
        unit=both_units,
        related=complement,
    ),
    Claim(
        name="convexity",
        tex=r"P(\tfrac12 a + \tfrac12 (1-a)) \le \tfrac12 P(a) + \tfrac12 P(1-a)",
        why="on a segment the penalty lies below its chord: it has no false minima",
        slack=below_the_chord,
        unit=both_units,
        related=halves,
    ),
)


def unit_at_the_target(problem: Units) -> float:
    return oracle(at_the_target(problem)[0]).unit


# -- problems -------------------------------------------------------------------------------------

SIZES = ((1, 1), (2, 1), (1, 2), (2, 2), (3, 2), (2, 3), (4, 3), (3, 5), (8, 4), (4, 8))
TARGETS = (0.25, 0.0625, 0.5, 0.125, 0.03125, 0.75)


def design() -> tuple[Units, ...]:
    """24 probes: sizes and targets; units at the target, all alike, sparse, and nearly always on;
    half of the rows on and half off."""
    probes = [
        Units(probabilities(n, k, salt), TARGETS[salt % 6])
        for salt, (n, k) in enumerate(SIZES + SIZES[1:9])
    ]
    few = tuple(tuple(a / 16 for a in row) for row in probabilities(4, 3, 40))
    many = tuple(tuple(1 - a for a in row) for row in few)
    torn = ((0.9375, 0.0625), (0.0625, 0.9375))
    return (
        *probes, Units(few, 0.0625), Units(many, 0.0625), Units(torn, 0.25), Units(torn, 0.5),
        Units(((0.25, 0.5), (0.25, 0.5)), 0.25), Units(((0.75,), (0.25,)), 0.5),
    )  # fmt: skip


def ranges() -> tuple[Units, ...]:
    """Units nearly never and nearly always on, targets of a hundredth and less, a large batch."""
    small = 2.0**-16
    return (
        Units(((small, 1 - small), (small, 1 - small)), 0.0625),
        Units(((small,), (2 * small,)), 2.0**-10),
        Units(((1 - small,), (0.5,)), 0.96875),
        Units(((0.25 + 2.0**-20, 0.25),), 0.25),
        Units(probabilities(64, 32, 50), 0.0078125),
    )


def problems() -> SearchStrategy[Units]:
    """Values first and sizes last, so that shrinking reaches the smallest sizes."""
    from hypothesis import strategies as st

    entries = st.just(0.5) | st.integers(1, 15).map(lambda j: j / 16)
    pool = st.lists(st.lists(entries, min_size=4, max_size=4), min_size=4, max_size=4)
    size = st.integers(1, 4)
    return st.builds(_sliced, pool, st.sampled_from((0.5, 0.25, 0.125, 0.0625)), size, size)


def _sliced(pool: list[list[float]], rho: float, n: int, k: int) -> Units:
    return Units(tuple(tuple(row[:k]) for row in pool[:n]), rho)


def simpler(problem: Units) -> Iterator[Units]:
    """Fewer rows, fewer units, a target of one half, activations of a half, a quarter, three
    quarters: at 0 and 1 the penalty is infinite, and nobody is held to it there."""
    a = problem.activations
    for i in range(len(a) if len(a) > 1 else 0):
        yield problem._replace(activations=without_row(a, i))
    for j in range(len(a[0]) if len(a[0]) > 1 else 0):
        yield problem._replace(activations=without_column(a, j))
    plain = (0.5, 0.25, 0.75)
    for number in _before(problem.rho, plain[:2]):
        yield problem._replace(rho=number)
    for i, row in enumerate(a):
        for j, entry in enumerate(row):
            for number in _before(entry, plain):
                changed = (*row[:j], number, *row[j + 1 :])
                yield problem._replace(activations=(*a[:i], changed, *a[i + 1 :]))


def _before(number: float, plain: tuple[float, ...]) -> tuple[float, ...]:
    """The plain numbers that are plainer than this one."""
    return plain[: plain.index(number)] if number in plain else plain


SPARSE_PENALTY = Family(
    name="sparse-penalty",
    problem=Units,
    design=design,
    problems=problems,
    simpler=simpler,
    oracle=oracle,
    claims=CLAIMS,
    ranges=ranges,
)

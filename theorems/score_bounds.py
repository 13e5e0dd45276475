r"""Bounds on mutual information from a batch's table of scores: definitions, oracle, claims.

With $s_{ij}$ the critic's score of query i and key j of n pairs, $D = \frac1n\sum_i s_{ii}$:

* InfoNCE: $\log n + \frac1n\sum_i\bigl(s_{ii} - \log\sum_j e^{s_{ij}}\bigr)$, or the mean of both
  directions;
* Donsker and Varadhan (DV): $D - \log\operatorname{mean}e^{s_{ij}}$;
* Nguyen, Wainwright and Jordan (NWJ): $D - \operatorname{mean}e^{s_{ij} - 1}$,

the last two over the pairs $i \ne j$, or over all pairs.  What they bound is in `infonce_bound`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .lattice import Matrix, lattice, quarters
from .softmax_rows import cross_entropies
from .tables import simpler_tables
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["SCORE_BOUNDS", "Scores", "Truth", "oracle"]

CONTRASTIVE = ("InfoNCE", "InfoNCE both directions")
DV, NWJ = ("DV", "DV over all pairs"), ("NWJ", "NWJ over all pairs")
BOUNDED = (*CONTRASTIVE, DV[1], NWJ[1])


class Scores(NamedTuple):
    """The critic's scores [n, n], n >= 2, of queries (rows) and keys; pairs on the diagonal."""

    scores: Matrix


class Truth(NamedTuple):
    """The bound and its gradient; the most that a batch can say; DV's value where NWJ is asked for
    and the other way round; the size of rounding errors."""

    value: np.ndarray
    gradient: tuple[np.ndarray, ...]
    ceiling: float
    partner: float
    unit: float


# -- definition and oracle ------------------------------------------------------------------------


def oracle(
    problem: Scores, bound: str = "InfoNCE", *, arithmetic: Arithmetic = FLOAT64
) -> Truth:  # fmt: skip
    s = arithmetic.array(problem.scores)
    if bound in CONTRASTIVE:
        value, slope, partner = *_contrastive(s, bound, arithmetic), 0.0
    else:
        value, slope, other = _over_pairs(s, bound, arithmetic)
        partner = float(other)
    unit = _unit(np.asarray(problem.scores, float), bound)
    return Truth(np.asarray(value), (slope,), float(np.log(len(s))), partner, unit)


def _contrastive(s: Any, bound: str, arithmetic: Arithmetic) -> tuple[Any, Any]:
    n = len(s)
    own = np.arange(n)
    losses, pull = cross_entropies(s, own, arithmetic)
    if bound != "InfoNCE":
        others, back = cross_entropies(s.T, own, arithmetic)
        losses, pull = (losses + others) / 2, (pull + back.T) / 2
    return arithmetic.log(arithmetic.number(n)) - losses.sum() / n, -pull / n


def _over_pairs(s: Any, bound: str, arithmetic: Arithmetic) -> tuple[Any, Any, Any]:
    """Value and slope, and the value of the other of DV and NWJ."""
    n = len(s)
    counted = np.full((n, n), bound in (DV[1], NWJ[1])) | ~np.eye(n, dtype=bool)
    count, top = int(counted.sum()), s[counted].max()
    weights = np.where(counted, arithmetic.exp(np.where(counted, s - top, 0 * s)), 0 * s)
    mean, own, pairs = weights.sum() / count, np.trace(s) / n, np.eye(n, dtype=int)
    scale = arithmetic.exp(top - 1)
    dv, nwj = own - (arithmetic.log(mean) + top), own - mean * scale
    if bound in DV:
        return dv, (0 * s + pairs) / n - weights / weights.sum(), nwj
    return nwj, (0 * s + pairs) / n - weights * scale / count, dv


def _unit(s: np.ndarray, bound: str) -> float:
    """One rounding error of the value; a slope's is no larger."""
    size = float(1 + np.abs(s).max() + np.log(len(s)))
    return size * (1 + float(np.exp(s - 1).mean())) if bound in NWJ else size


# -- claims ---------------------------------------------------------------------------------------


def unit(problem: Scores, truth: Truth, *_: object) -> float:
    return truth.unit


def below_the_ceiling(problem: Scores, truth: Truth, output: Evaluation) -> float:
    return truth.ceiling - float(output.value)


def above_nwj(problem: Scores, truth: Truth, output: Evaluation) -> float:
    return float(output.value) - truth.partner


def below_dv(problem: Scores, truth: Truth, output: Evaluation) -> float:
    return truth.partner - float(output.value)


def unchanged(problem: Scores, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -abs(float(output.value) - float(other.value))


def vanishes(problem: Scores, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -abs(float(other.value))


def constant(problem: Scores) -> tuple[Scores]:
    """Every score is one."""
    n = len(problem.scores)
    return (Scores(((1.0,) * n,) * n),)


def shifted(problem: Scores) -> tuple[Scores]:
    """Every score plus a half."""
    return (Scores(tuple(tuple(x + 0.5 for x in row) for row in problem.scores)),)


def rows_shifted(problem: Scores) -> tuple[Scores]:
    """Each query's scores plus a number of its own."""
    rows = enumerate(problem.scores)
    return (Scores(tuple(tuple(x + 0.5 * (i % 3) for x in row) for i, row in rows)),)


def reordered(problem: Scores) -> tuple[Scores]:
    """The pairs in another order, queries and keys alike."""
    turned = [row[1:] + row[:1] for row in problem.scores]
    return (Scores((*turned[1:], turned[0])),)


def transposed(problem: Scores) -> tuple[Scores]:
    return (Scores(tuple(zip(*problem.scores, strict=True))),)


def _compared(name: str, tex: str, why: str, slack: Any, related: Any, *bounds: str) -> Claim:
    return Claim(
        name=name, tex=tex, why=why, slack=slack, related=related,
        only={"bound": bounds} if bounds else {},
        unit=lambda problem, truth, *_: truth.unit + 1,
    )  # fmt: skip


CLAIMS = (
    value_claim(
        r"\log n + \tfrac1n\sum_i\bigl(s_{ii} - \log\sum_j e^{s_{ij}}\bigr),\ D - \log\overline{"
        r"e^s},\ D - \overline{e^{s-1}}",
        unit,
    ),
    gradient_claim(
        r"\tfrac1n(\delta_{ij} - \operatorname{softmax}_{ij})\text{ of InfoNCE}",
        lambda problem, truth: (truth.unit,),
    ),
    Claim(
        name="ceiling", tex=r"\le \log n", slack=below_the_ceiling, unit=unit,
        why="the pair is one of the n that it is told from, however good the critic",
        only={"bound": BOUNDED},
    ),
    Claim(
        name="above NWJ", tex=r"DV \ge NWJ", slack=above_nwj, only={"bound": DV},
        why="a logarithm lies below its tangent: log t is at most t/e",
        unit=lambda problem, truth, *_: _unit(np.asarray(problem.scores), "NWJ"),
    ),
    Claim(
        name="below DV", tex=r"NWJ \le DV", slack=below_dv, unit=unit, only={"bound": NWJ},
        why="a logarithm lies below its tangent: log t is at most t/e",
    ),
    _compared("constant critic", r"s = 1 \Rightarrow 0", "a critic that tells nothing apart",
              vanishes, constant),
    _compared("shift", r"s + c \to s", "a number that all scores share tells nothing apart",
              unchanged, shifted, *CONTRASTIVE, *DV),
    _compared("row shift", r"s_{ij} + c_i \to s_{ij}", "what depends on the query alone drops out",
              unchanged, rows_shifted, "InfoNCE"),
    _compared("pair order", r"s_{\pi\pi} \to s", "pairs have no order", unchanged, reordered),
    _compared("transposition", r"s^\top \to s", "queries and keys may be exchanged",
              unchanged, transposed, CONTRASTIVE[1], *DV, *NWJ),
)  # fmt: skip


# -- problems -------------------------------------------------------------------------------------

SIZES = (2, 2, 2, 3, 3, 3, 4, 4, 5, 6, 8, 12)


def scaled(problem: Scores, factor: float, plus: float = 0.0) -> Scores:
    return Scores(tuple(tuple(factor * x + plus for x in row) for row in problem.scores))


def aligned(n: int, height: float) -> Scores:
    """Zero, but for the pairs."""
    return Scores(tuple(tuple(height * (i == j) for j in range(n)) for i in range(n)))


def design() -> tuple[Scores, ...]:
    """24 probes: sizes; scores small, large and shifted; aligned pairs, and the pairs alone low."""
    plain = [Scores(lattice(n, n, salt)) for salt, n in enumerate(SIZES)]
    two, three = (Scores(lattice(n, n, 40 + n)) for n in (2, 3))
    return (
        *plain, scaled(two, 0.0625), scaled(three, 0.0625), scaled(two, 4.0), scaled(three, 2.0),
        scaled(two, 1.0, 3.0), scaled(three, 1.0, -3.0), aligned(2, 1.0), aligned(3, 4.0),
        aligned(4, 8.0), aligned(3, -2.0), aligned(2, 0.5), scaled(aligned(3, 0.0), 1.0, 1.0),
    )  # fmt: skip


def ranges() -> tuple[Scores, ...]:
    """Scores of well-trained critics, beyond what an exponential carries in float32; large batches;
    differences far below the scores."""
    three = Scores(lattice(3, 3, 60))
    return (
        aligned(4, 16.0), aligned(4, 128.0), scaled(three, 2.0, 60.0), scaled(three, 1.0, -200.0),
        scaled(three, 1.0, 100.0), scaled(three, 2.0**-12), Scores(lattice(48, 48, 61)),
    )  # fmt: skip


def problems() -> SearchStrategy[Scores]:
    """Scores first and the size last, so that shrinking reaches two pairs."""
    from hypothesis import strategies as st

    return st.builds(_cut, st.lists(quarters(), min_size=16, max_size=16), st.integers(2, 4))


def _cut(scores: list[float], n: int) -> Scores:
    return Scores(tuple(tuple(scores[n * i : n * i + n]) for i in range(n)))


def simpler(problem: Scores) -> Iterator[Scores]:
    """Fewer pairs, down to two; plainer scores."""
    found = simpler_tables(problem, {"scores": "nn"})
    return (p for p in found if len(p.scores) >= 2)


SCORE_BOUNDS = Family(
    name="mi-bound", problem=Scores, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS, ranges=ranges,
)  # fmt: skip

r"""What a dictionary and its codes owe to the lasso, learnt or not.

## Definition

Rows $x_i$ in $\mathbb{R}^d$ are written as $D z_i$ with a dictionary $D$ (d, k) whose columns, the
atoms, have $\lVert d_j\rVert \le 1$.  What it costs is

$L = \frac1n\sum_i \tfrac12\lVert x_i - Dz_i\rVert^2 + \lambda\lVert z_i\rVert_1$.

With the residuals $r_i = x_i - Dz_i$, put $\theta_i = r_i\min(1, \lambda/\lVert D^\top
r_i\rVert_\infty)$.  Then $\Delta = \frac1n\sum_i \tfrac12\lVert x_i\rVert^2 - \tfrac12\lVert x_i -
\theta_i\rVert^2$ is below the cost of all codes for this dictionary, and $\eta = L - \Delta$, the
duality gap, bounds what better codes could save.  All slacks are in the unit of the loss.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .dictionary_problems import Signals, design, problems, simpler
from .theorem import Claim, Family

__all__ = ["DICTIONARY", "Coded", "Floors", "dual_value", "objective", "oracle", "slope_gap"]


# -- definition and oracle ------------------------------------------------------------------------


class Coded(NamedTuple):
    """What the code returned: the `dictionary` (d, k), the `codes` (n, k), the `loss` per row,
    whether it `converged`, and to what `tolerance`: the share of the mean of half the squared
    length of a row by which the loss may still exceed what its optimality conditions ask for."""

    dictionary: np.ndarray
    codes: np.ndarray
    loss: float
    converged: bool
    tolerance: float = 0.0


class Floors(NamedTuple):
    """No dictionary of k atoms costs less than the `floor`, the greater of two: each row with an
    atom to itself (`by_rows`), and the rows' matrix with its singular values shrunk (`by_rank`).
    `half` is the cost of codes that are all zero."""

    floor: float
    by_rows: float
    by_rank: float
    half: float


def oracle(problem: Signals, **_: str) -> Floors:
    x, k, penalty = np.array(problem.x, float), problem.atoms, problem.penalty
    lengths, values = np.linalg.norm(x, axis=1), np.linalg.svd(x, compute_uv=False)
    by_rows = float(shrunk_cost(lengths, penalty).mean())
    kept, lost = values[:k], values[k:]
    by_rank = float(shrunk_cost(kept, penalty).sum() + (lost**2).sum() / 2) / len(x)
    return Floors(max(by_rows, by_rank), by_rows, by_rank, float((x**2).sum()) / 2 / len(x))


def shrunk_cost(length: np.ndarray, penalty: float) -> np.ndarray:
    r"""$\min_t \tfrac12(s - t)^2 + \lambda t$ over $t \ge 0$: Huber's function."""
    return np.where(length > penalty, penalty * length - penalty**2 / 2, length**2 / 2)


# -- what is computed of the code's own numbers ---------------------------------------------------


def residuals(problem: Signals, coded: Coded) -> np.ndarray:
    return np.asarray(np.array(problem.x, float) - coded.codes @ coded.dictionary.T)


def objective(problem: Signals, coded: Coded) -> float:
    error = (residuals(problem, coded) ** 2).sum(axis=1) / 2
    absolute = np.abs(coded.codes).sum(axis=1)
    return float((error + problem.penalty * absolute).mean())


def correlations(problem: Signals, coded: Coded) -> np.ndarray:
    """The largest |d_j . r_i| of each row."""
    table = residuals(problem, coded) @ coded.dictionary
    return np.asarray(np.abs(table).max(axis=1))


def feasible(problem: Signals, coded: Coded) -> np.ndarray:
    """The residuals, shortened until no atom's correlation with one exceeds the penalty."""
    largest = correlations(problem, coded)
    shares = np.divide(problem.penalty, largest, out=np.ones_like(largest), where=largest > 0)
    return np.asarray(residuals(problem, coded) * np.minimum(1.0, shares)[:, None])


def dual_value(problem: Signals, coded: Coded) -> float:
    x, theta = np.asarray(problem.x, float), feasible(problem, coded)
    return float(((x * theta).sum(axis=1) - (theta**2).sum(axis=1) / 2).mean())


def longest(coded: Coded) -> float:
    return float(np.linalg.norm(coded.dictionary, axis=0).max())


def slope_gap(problem: Signals, coded: Coded) -> float:
    r"""What the loss, as a function of the dictionary alone, may still exceed its minimum by:
    $\frac1n\sum_j \lVert g_j\rVert - g_j \cdot d_j$ with $g_j = \sum_i z_{ij} r_i$."""
    slopes = residuals(problem, coded).T @ coded.codes
    along = (slopes * coded.dictionary).sum(axis=0)
    return float((np.linalg.norm(slopes, axis=0) - along).sum()) / len(problem.x)


def unit(problem: Signals, truth: Floors, coded: Coded) -> float:
    """One rounding error of the loss: the mean square of the largest numbers on the way to it."""
    lengths = np.linalg.norm(coded.dictionary, axis=0)
    absolute = np.abs(coded.codes)
    reach = np.linalg.norm(np.asarray(problem.x, float), axis=1) + absolute @ lengths
    return float((reach**2 + problem.penalty * absolute.sum(axis=1)).mean())


# -- claims ---------------------------------------------------------------------------------------


def honest(problem: Signals, truth: Floors, coded: Coded) -> float:
    return -abs(coded.loss - objective(problem, coded))


def within_the_ball(problem: Signals, truth: Floors, coded: Coded) -> float:
    return 1 - longest(coded) ** 2


def above_the_floor(problem: Signals, truth: Floors, coded: Coded) -> float:
    return coded.loss - truth.floor


def excess_terms(problem: Signals, coded: Coded) -> tuple[float, float]:
    """The duality gap, exactly, and none negative: a residual that correlates too much, and codes
    that are paid for without being called for."""
    theta, rest = feasible(problem, coded), residuals(problem, coded)
    made = np.asarray(problem.x, float) - rest
    paid = problem.penalty * np.abs(coded.codes).sum(axis=1)
    away = float(((rest - theta) ** 2).sum(axis=1).mean()) / 2
    return away, float((paid - (made * theta).sum(axis=1)).mean())


def decomposed(problem: Signals, truth: Floors, coded: Coded) -> float:
    return -abs(coded.loss - dual_value(problem, coded) - sum(excess_terms(problem, coded)))


def correlations_are_bounded(problem: Signals, truth: Floors, coded: Coded) -> float:
    over = np.maximum(correlations(problem, coded) - problem.penalty, 0) / max(1.0, longest(coded))
    return coded.loss - dual_value(problem, coded) - float((over**2).mean()) / 2


def solves_the_lasso(problem: Signals, truth: Floors, coded: Coded) -> float:
    return coded.tolerance * truth.half - (coded.loss - dual_value(problem, coded))


def best_for_the_codes(problem: Signals, truth: Floors, coded: Coded) -> float:
    return coded.tolerance * truth.half - slope_gap(problem, coded)


CLAIMS = (
    Claim(
        name="honesty",
        tex=r"\hat L = \tfrac1n\sum_i\tfrac12\lVert x_i-Dz_i\rVert^2+\lambda\lVert z_i\rVert_1",
        why="the reported loss is that of the dictionary and the codes that are returned",
        slack=honest,
        unit=unit,
    ),
    Claim(
        name="unit ball",
        tex=r"\lVert d_j\rVert \le 1",
        why="atoms that may grow make the penalty free: (cD, z/c) has the same error",
        slack=within_the_ball,
        unit=lambda problem, truth, coded: 1 + longest(coded) ** 2,
    ),
    Claim(
        name="floor",
        tex=r"\hat L \ge \tfrac1n\max\Bigl(\sum_i h(\lVert x_i\rVert),\ "
        r"\sum_{i\le k}h(\sigma_i)+\sum_{i>k}\tfrac12\sigma_i^2\Bigr)",
        why="no k atoms do better, learnt or not: h(s) is the least of half (s-t) squared and "
        "lambda t",
        slack=above_the_floor,
        unit=unit,
    ),
    Claim(
        name="excess",
        tex=r"\hat L - \Delta = \tfrac1n\sum_i\tfrac12\lVert r_i-\theta_i\rVert^2 + "
        r"(\lambda\lVert z_i\rVert_1 - \theta_i^\top Dz_i)",
        why="a residual that correlates too much, codes that pay for nothing: nothing else is lost",
        slack=decomposed,
        unit=unit,
    ),
    Claim(
        name="correlations",
        tex=r"\hat L - \Delta \ge \tfrac1{2n}\sum_i"
        r"(\lVert D^\top r_i\rVert_\infty-\lambda)_+^2",
        why="the nearer the codes are to the best, the less is left in the residual for an atom",
        slack=correlations_are_bounded,
        unit=unit,
    ),
    Claim(
        name="solves the lasso",
        tex=r"\hat L - \Delta \le 0:\quad d_j^\top r_i = \lambda\operatorname{sign}z_{ij}\ "
        r"(z_{ij} \ne 0),\ \lvert d_j^\top r_i\rvert \le \lambda",
        why="code that says it has converged has the best codes for its dictionary, to rounding or "
        "to the tolerance that it states: the duality gap is what better codes might save",
        slack=solves_the_lasso,
        unit=unit,
        binds="at the optimum",
    ),
    Claim(
        name="best for the codes",
        tex=r"\tfrac1n\sum_j\bigl(\lVert g_j\rVert - g_j^\top d_j\bigr) \le 0,\ "
        r"g_j = \sum_i z_{ij}r_i:\quad g_j = \lambda\lVert z_{\cdot j}\rVert_1\,d_j",
        why="no other atoms in the ball make less of an error with these codes; used atoms have "
        "length one",
        slack=best_for_the_codes,
        unit=unit,
        binds="at the optimum",
        only={"learns": ("both",)},
    ),
)

DICTIONARY = Family(
    name="dictionary",
    problem=Signals,
    design=design,
    problems=problems,
    simpler=simpler,
    oracle=oracle,
    claims=CLAIMS,
)

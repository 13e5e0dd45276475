r"""InfoNCE with negatives of their own, and MoCo's: definition, oracle, floor, invariances.

With $u_i$ the queries, $v_i$ their positives and $w_j$ the negatives, divided by their norms,

$L = \frac1n\sum_i\Bigl(\log\bigl(e^{u_i\cdot v_i/\tau} +
\sum_{j \in D_i} e^{u_i\cdot w_j/\tau}\bigr) - u_i\cdot v_i/\tau\Bigr)$,

where $D_i$ is all $M$ negatives, or the $M$ that are query $i$'s own.  MoCo's loss has the same
values, with keys for positives and a queue for negatives, and by definition no gradient in either.
"""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .batch_claims import (
    PAIR_ORDER,
    ROTATION,
    ROW_SCALE,
    TANGENCY,
    band_claim,
    floor_claim,
    temperature_claims,
    unit,
    units,
)
from .explicit_negatives_problems import Contrast, Queued, design, problems, ranges, simpler
from .nt_xent_problems import Batch
from .softmax_rows import Limits, cross_entropies, directions, limits, through_the_norms
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

__all__ = ["INFO_NCE_EXPLICIT", "MOCO", "Truth", "floor", "moco_oracle", "oracle"]


class Truth(NamedTuple):
    value: np.ndarray
    gradient: tuple[np.ndarray, np.ndarray, np.ndarray]
    floor: float
    constant: float  # the loss of a constant critic: the log of the number of keys
    band: float
    limits: Limits
    unit: float
    units: tuple[np.ndarray, np.ndarray, np.ndarray]


# -- definition and oracle ------------------------------------------------------------------------


def oracle(problem: Any, negatives: str = "shared", *, arithmetic: Arithmetic = FLOAT64) -> Truth:
    """Value and gradient by hand: the soft-max minus the positive, through the norms."""
    (u, u_norms), (v, v_norms), (w, w_norms) = (
        directions(arithmetic.array(z), arithmetic) for z in problem[:3]
    )
    tau, n, k = arithmetic.number(problem.temperature), len(u), len(w)
    own = (u * v).sum(axis=1)
    scores = np.concatenate([own[:, None], arithmetic.dot(u, w.T)], axis=1) / tau
    count, left_out = k, None
    if negatives == "per query":
        count = k // n
        others = np.repeat(np.arange(n), count) != np.arange(n)[:, None]
        left_out = np.concatenate([np.zeros((n, 1), bool), others], axis=1)
    losses, pull = cross_entropies(scores, np.zeros(n, int), arithmetic, left_out)
    pull = pull / (n * tau)
    towards, away = pull[:, :1], pull[:, 1:]
    return Truth(
        value=np.asarray(losses.mean()),
        gradient=(
            through_the_norms(towards * v + arithmetic.dot(away, w), u, u_norms),
            through_the_norms(towards * u, v, v_norms),
            through_the_norms(arithmetic.dot(away.T, u), w, w_norms),
        ),
        floor=floor(count, float(tau)),
        constant=float(np.log1p(count)),
        band=2 / problem.temperature,
        limits=limits(scores, scores[:, 0], 1 / problem.temperature, left_out),
        unit=_largest(problem),
        units=_units(problem, np.asarray(pull, float)),
    )


def moco_oracle(problem: Queued, *, arithmetic: Arithmetic = FLOAT64) -> Truth:
    """The same value; of the gradient, what the query encoder gets."""
    truth = oracle(problem, arithmetic=arithmetic)
    query, key, queue = truth.gradient
    return truth._replace(gradient=(query, 0 * key, 0 * queue))


def floor(negatives: int, temperature: float) -> float:
    """No batch has a smaller loss with so many negatives per query; reached by positives that are
    their queries' directions and negatives opposite to all queries."""
    return float(np.logaddexp(0.0, np.log(negatives) - 2 / temperature))


def _largest(problem: Any) -> float:
    """The size of the largest terms of one row's loss: S = 1/tau + ln(1 + k) + 1."""
    return float(1 / problem.temperature + np.log1p(len(problem[2])) + 1)


def _units(problem: Any, pull: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One rounding error of a row's gradient: S times all that pulls at it, and at least what one
    term of its own could, over its norm."""
    least, largest = 1 / (len(pull) * problem.temperature), _largest(problem)
    pulls = np.abs(pull).sum(axis=1), np.abs(pull[:, 0]), np.abs(pull[:, 1:]).sum(axis=0)
    query, positive, negatives = (
        largest * (least + pulled)[:, None] / np.linalg.norm(z, axis=1, keepdims=True)
        for pulled, z in zip(pulls, problem[:3], strict=True)
    )
    return query, positive, negatives


# -- claims ---------------------------------------------------------------------------------------


def _tangent(problem: Any, truth: Truth, output: Evaluation) -> float:
    """Of the three tables, each by itself."""
    parts = zip(problem[:3], output.gradient, truth.units, strict=True)
    return min(
        TANGENCY.slack((z,), SimpleNamespace(units=(size,)), Evaluation(output.value, (g,)))
        for z, g, size in parts
    )


def _through_pairs(claim: Claim, problem: Any) -> tuple[Any]:
    """What the claim about two views compares with, of queries with positives and negatives."""
    query, positive, negatives, temperature = problem
    (one,) = claim.related(Batch(query, positive, temperature))
    (other,) = claim.related(Batch(query, negatives, temperature))
    return (problem._make((one.z1, one.z2, other.z2, temperature)),)


def _permuted(problem: Any) -> tuple[Any]:
    """The queries in another order, with what belongs to each."""
    query, positive, negatives, temperature = problem
    each = len(negatives) // len(query)
    moved = query[1:] + query[:1], positive[1:] + positive[:1], negatives[each:] + negatives[:each]
    return (problem._make((*moved, temperature)),)


def _reversed(problem: Any) -> tuple[Any]:
    """Each query's own negatives from last to first."""
    query, positive, negatives, temperature = problem
    each = len(negatives) // len(query)
    blocks = [negatives[i : i + each][::-1] for i in range(0, len(negatives), each)]
    return (problem._make((query, positive, sum(blocks, ()), temperature)),)


def _leak(problem: Any, truth: Truth, output: Evaluation) -> float:
    """The largest gradient in keys and queue, in units of their rounding."""
    leaks = zip(output.gradient[1:], truth.units[1:], strict=True)
    return -float(np.max([np.max(np.abs(g) / size) for g, size in leaks]))


TEX = (
    r"L = \frac1n\sum_i\Bigl(\log\bigl(e^{s_i} + \sum_{j \in D_i} e^{s_{ij}}\bigr) - s_i\Bigr),"
    r"\quad s_i = u_i \cdot v_i/\tau,\ s_{ij} = u_i \cdot w_j/\tau"
)
GRADIENT = (
    r"\nabla_{u_i} L = \frac1{n\tau}\Bigl((p_i - 1)\,v_i + \sum_{j \in D_i} p_{ij}\,w_j\Bigr)"
)
SYMMETRIES = (
    replace(
        floor_claim(r"L \ge \log\bigl(1 + M\,e^{-2/\tau}\bigr)"),
        why="a positive is at most aligned, a negative at most opposite",
    ),
    replace(
        band_claim(r"\lvert L - \log(1 + M)\rvert \le 2/\tau"),
        why="cosines lie between -1 and 1, so no gap between scores exceeds 2/tau",
    ),
    *temperature_claims("(1 + M)"),
    replace(TANGENCY, slack=_tangent),
    replace(
        PAIR_ORDER, tex=r"L(u_\pi, v_\pi, w) = L(u, v, w)", related=_permuted,
        why="queries have no order",
    ),
    replace(
        PAIR_ORDER, name="order of negatives", tex=r"L(u, v, w_\pi) = L(u, v, w)",
        related=_reversed, why="negatives have no order, wherever in the queue they are",
    ),
    replace(ROTATION, related=lambda problem: _through_pairs(ROTATION, problem)),
    replace(ROW_SCALE, related=lambda problem: _through_pairs(ROW_SCALE, problem)),
)  # fmt: skip
STOP_GRADIENT = Claim(
    name="stop-gradient", tex=r"\nabla_v L = 0,\ \nabla_w L = 0",
    why="the key encoder follows by its moving average, and nothing flows back into the queue",
    slack=_leak, unit=lambda problem, truth, output: 1.0, of_gradient=True,
)  # fmt: skip

INFO_NCE_EXPLICIT = Family(
    name="info-nce-explicit", problem=Contrast, design=design, problems=problems, simpler=simpler,
    oracle=oracle, ranges=ranges,
    claims=(
        value_claim(TEX, unit),
        gradient_claim(GRADIENT + r",\text{ through the norms; likewise in } v, w", units),
        *SYMMETRIES,
    ),
)  # fmt: skip

MOCO = Family(
    name="moco", problem=Queued, design=lambda: design(Queued),
    problems=lambda: problems(Queued), simpler=simpler, oracle=moco_oracle,
    ranges=lambda: ranges(Queued),
    claims=(
        value_claim(TEX, unit),
        gradient_claim(
            GRADIENT + r",\text{ through the norms; } 0\text{ in keys and queue}", units,
            why="the gradient is the definition's, in every input: none in keys and queue",
        ),
        STOP_GRADIENT,
        *SYMMETRIES,
    ),
)  # fmt: skip

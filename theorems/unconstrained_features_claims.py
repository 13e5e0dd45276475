"""What a trained classifier with unconstrained features owes to the certificate of its minimum."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from .theorem import Claim, Family
from .unconstrained_features import (
    Features,
    Learnt,
    Optimum,
    Shortfalls,
    data_term,
    oracle,
    penalties,
    shortfalls,
    unit,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["UNCONSTRAINED_FEATURES", "at_the_threshold", "balanced", "reported", "without"]

# -- claims ---------------------------------------------------------------------------------------


def reported(problem: Features, optimum: Optimum, fit: Learnt) -> float:
    """The objective that the report comes to."""
    return fit.loss + (penalties(problem, fit) if optimum.report == "data" else 0.0)


def honest(problem: Features, optimum: Optimum, fit: Learnt) -> float:
    objective = data_term(optimum, fit) + penalties(problem, fit)
    return -abs(reported(problem, optimum, fit) - objective)


def above_the_floor(problem: Features, optimum: Optimum, fit: Learnt) -> float:
    return reported(problem, optimum, fit) - optimum.floor


def reached(problem: Features, optimum: Optimum, fit: Learnt) -> float:
    return fit.tolerance + optimum.floor - data_term(optimum, fit) - penalties(problem, fit)


def balanced(problem: Features, optimum: Optimum, fit: Learnt) -> float:
    W = problem.weight_decay_w * float(np.sum(np.asarray(fit.weights, float) ** 2))
    H = problem.weight_decay_h * float(np.sum(np.asarray(fit.features, float) ** 2))
    return fit.tolerance - 0.5 * (math.sqrt(W) - math.sqrt(H)) ** 2


def collapsed(problem: Features, optimum: Optimum, fit: Learnt) -> float:
    if optimum.rho == 1:
        return math.inf
    return fit.tolerance - (1 - optimum.rho) * penalties(problem, fit)


def without(lost: Callable[[Shortfalls], float]) -> Callable[..., float]:
    """The claim that nothing is lost by this term, beyond the tolerance."""

    def slack(problem: Features, optimum: Optimum, fit: Learnt) -> float:
        return fit.tolerance - lost(shortfalls(problem, optimum, fit))

    return slack


CLAIMS = (
    Claim(
        name="honesty",
        tex=r"\hat L = g(WH+b) + \tfrac{\lambda_W}2\lVert W\rVert^2"
        r" + \tfrac{\lambda_H}2\lVert H\rVert^2",
        why="the reported loss is that of the reported weights and features",
        slack=honest, unit=unit,
    ),
    Claim(
        name="floor", tex=r"\hat L \ge L^*",
        why="no weights and features lose less, trained or not, in however many dimensions",
        slack=above_the_floor, unit=unit,
    ),
    Claim(
        name="reaches the floor", tex=r"L = L^*",
        why="a run that has converged is at the floor: no run was seen to rest anywhere else",
        slack=reached, unit=unit, binds="at the optimum",
    ),
    Claim(
        name="within-class collapse",
        tex=r"\tfrac{\lambda_H}2\textstyle\sum_i\lVert h_i-\mu_{y_i}\rVert^2 \le L - L^*",
        why="NC1: the data term sees nothing of a spread that averages out, and the penalty does",
        slack=without(lambda lost: lost.within), unit=unit, binds="at the optimum",
    ),
    Claim(
        name="simplex of scores",
        tex=r"g(S)-g(S^*)-\langle\nabla g(S^*),S-S^*\rangle \le L-L^*,\ S^*=a(I-\tfrac1KJ)",
        why="NC2: every class is as far from every other, and as far as the penalties are worth",
        slack=without(lambda lost: lost.scores), unit=unit, binds="at the optimum",
    ),
    Claim(
        name="self-duality",
        tex=r"\tfrac12\lVert\sqrt{\lambda_W}W-\rho\sqrt{n\lambda_H}(M-1\mu^\top)\rVert^2 \le L-L^*",
        why="NC3: what a score gains by weights it gains by features at the same price",
        slack=without(lambda lost: lost.duality), unit=unit, binds="at the optimum",
    ),
    Claim(
        name="centred means", tex=r"\tfrac{\lambda_H}2N\lVert\mu\rVert^2 \le L-L^*",
        why="a mean that all features share tells no class from another",
        slack=without(lambda lost: lost.mean), unit=unit, binds="at the optimum",
    ),
    Claim(
        name="balance",
        tex=r"\tfrac12(\sqrt{\lambda_W}\lVert W\rVert-\sqrt{\lambda_H}\lVert H\rVert)^2 \le L-L^*",
        why="a factor moved from weights to features leaves the scores as they are",
        slack=balanced, unit=unit, binds="at the optimum",
    ),
    Claim(
        name="total collapse",
        tex=r"cK \ge 1 \Rightarrow (1-\rho)(\tfrac{\lambda_W}2\lVert W\rVert^2"
        r"+\tfrac{\lambda_H}2\lVert H\rVert^2) \le L-L^*",
        why="beyond the threshold the penalties cost more than any score is worth",
        slack=collapsed, unit=unit, binds="at the optimum",
    ),
)  # fmt: skip

# -- problems -------------------------------------------------------------------------------------


def design() -> tuple[Features, ...]:
    """A dozen probes: few and many classes, one sample and several, just enough dimensions and
    more; light, heavy and lopsided penalties, and some beyond the threshold."""
    return (
        Features(2, 2, 2, 0.125, 0.25),
        Features(3, 2, 3, 0.125, 0.03125),
        Features(3, 2, 2, 0.5, 0.5),
        Features(2, 1, 1, 0.125, 0.125),
        Features(4, 3, 3, 0.03125, 0.03125),
        Features(2, 1, 3, 1.0, 1.0),
        Features(3, 4, 2, 0.25, 0.015625),
        Features(4, 1, 4, 0.0625, 0.125),
        Features(5, 2, 6, 0.015625, 0.0625),
        Features(4, 1, 3, 0.25, 0.5),
        Features(3, 3, 4, 0.125, 0.125),
        Features(4, 2, 5, 0.015625, 0.015625),
    )


def at_the_threshold(problem: Features) -> bool:
    """Near cK = 1 the loss has no curvature about zero: a slope of 1e-9 says little of how far the
    minimum is, and who stops there has not trained wrongly."""
    K, n, _, decay_w, decay_h = problem
    return abs(K * math.sqrt(n * decay_w * decay_h) - 1) < 0.05


def problems() -> SearchStrategy[Features]:
    from hypothesis import strategies as st

    decays = st.sampled_from((0.25, 0.125, 0.0625, 0.03125, 0.5))

    def made(decay_w: float, decay_h: float, K: int, n: int, more: int) -> Features:
        return Features(K, n, K - 1 + more, decay_w, decay_h)

    sizes = st.integers(2, 4), st.integers(1, 3), st.integers(0, 2)
    return st.builds(made, decays, decays, *sizes).filter(lambda p: not at_the_threshold(p))


def simpler(problem: Features) -> Iterator[Features]:
    """Fewer classes, samples and dimensions; both penalties a quarter, or alike."""
    return (other for other in _simpler(problem) if not at_the_threshold(other))


def _simpler(problem: Features) -> Iterator[Features]:
    K, n, d, decay_w, decay_h = problem
    if K > 2:
        yield problem._replace(K=K - 1, d=max(1, d - 1))
    if n > 1:
        yield problem._replace(n=n - 1)
    if d > K - 1:
        yield problem._replace(d=d - 1)
    if decay_w != decay_h:
        yield problem._replace(weight_decay_h=decay_w)
    if decay_w == decay_h != 0.25:
        yield problem._replace(weight_decay_w=0.25, weight_decay_h=0.25)


UNCONSTRAINED_FEATURES = Family(
    name="unconstrained-features", problem=Features, design=design, problems=problems,
    simpler=simpler, oracle=oracle, claims=CLAIMS,
)  # fmt: skip

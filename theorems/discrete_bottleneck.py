r"""The information bottleneck of finite tables: what a search ends at, and how good it can be.

## Statement

For every finite table the curve of the most $I(T;Y)$ for each $I(X;T)$ is concave, of slope at
most one; the best description at $\beta$ is a fixed point of $p(t|x) \propto p(t)e^{-\beta
\operatorname{KL}(p(y|x)\|p(y|t))}$.  Of a fair bit with flips, and of erasures, it is known.

The problems, curves and claims are in `discrete_ib`, the proof is in `discrete_bottleneck_proof`.
"""

from __future__ import annotations

from math import log

from .discrete_bottleneck_proof import proof
from .discrete_ib import DISCRETE_IB, Channel, curve, oracle, told
from .theorem import Assumption, Theorem

__all__ = ["DISCRETE_BOTTLENECK"]

BIT = Channel("symmetric", 0.125, (0.5, 0.5), 1, 4.0)


# -- assumptions ----------------------------------------------------------------------------------


def _h(a: float) -> float:
    return -a * log(a) - (1 - a) * log(1 - a)


def with_a_label_that_is_y() -> float:
    """It keeps all of y, and of x only what y tells."""
    return told(0.75) - log(2)


def with_an_unfair_bit() -> float:
    """A copy of a bit that is one in ten times: the curve of the fair one is not its own."""
    kept = _h(0.1 * 0.875 + 0.9 * 0.125) - _h(0.125)
    return -abs(curve(BIT, _h(0.1)) - kept)


def with_a_search_that_starts_at_nothing() -> float:
    """A label that is independent of x is a fixed point, and not the best one."""
    return oracle(BIT).least


ASSUMPTIONS = (
    Assumption(
        words="T sees Y through X alone",
        fails="no more than kept: what sees y can keep it without x",
        without=with_a_label_that_is_y,
    ),
    Assumption(
        words="for the first curve: the bit is fair",
        fails="optimum: another bit has another curve",
        without=with_an_unfair_bit,
    ),
    Assumption(
        words="for the optimum: the fixed point is the best one, not just any",
        fails="optimum: a label that says nothing is a fixed point at every beta",
        without=with_a_search_that_starts_at_nothing,
    ),
)

DISCRETE_BOTTLENECK = Theorem(
    id="discrete-ib",
    title="The information bottleneck of finite tables",
    intuition="Sort the outcomes of X into labels, softly, so that the labels say much of Y and "
    "little else of X. Outcomes that say the same of Y may share a label at no loss. A search "
    "alternates between sorting and asking what each label says; it ends where nothing changes, "
    "which may be a poor place, but never above the curve.",
    statement=r"For every finite table and every T with $T - X - Y$ a Markov chain, $0 \le I(T;Y) "
    r"\le I(X;T) \le H(X)$ and $I(T;Y) \le I(X;Y)$. The best at $\beta$ satisfies $p(t|x) \propto "
    r"p(t)\,e^{-\beta\operatorname{KL}(p(y|x)\|p(y|t))}$; the curve is concave, and where it has a "
    r"slope, the best at $\beta$ sits at slope $1/\beta$. For a fair bit with flips of probability "
    r"$\delta$, $I_y \le \log 2 - h(\delta * h^{-1}(\log 2 - I_x))$ with equality by flips, and "
    r"nothing is kept for $\beta \le (1-2\delta)^{-2}$. Where Y is X or erased, $I_y = (1-e)I_x$.",
    proof_words="Data processing bounds what labels tell. The fixed point is where the Lagrangian "
    "has no slope. A coin kept with the label makes the curve concave. Erasures scale every "
    "divergence; of flips Mrs Gerber's lemma says that uneven labels lose more than even ones.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "N. Tishby, F. C. Pereira and W. Bialek, The information bottleneck method, 1999 "
            "(from memory)"
        ),
        (
            "H. S. Witsenhausen and A. D. Wyner, A conditional entropy bound for a pair of "
            "discrete random variables, 1975 (from memory)"
        ),
    ),
    proof=proof,
    families=(DISCRETE_IB,),
    uses=("mutual-information", "gibbs"),
    errata=(
        (
            "The curve is concave because descriptions can take turns, not because I(T;Y) were "
            "concave in p(t|x): it is convex. A copy and a swapped copy of a bit tell log 2 each, "
            "their even mixture nothing."
        ),
        (
            "Some packages report bits. Declare base=2."
        ),
    ),
)  # fmt: skip

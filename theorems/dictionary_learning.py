r"""Dictionary learning: what codes and atoms satisfy where no better ones are near.

## Statement

With $L(D, Z) = \frac1n\sum_i \frac12\lVert x_i - Dz_i\rVert^2 + \lambda\lVert z_i\rVert_1$ over
$\lVert d_j\rVert \le 1$, codes are the best for a dictionary exactly where $d_j^\top r_i =
\lambda\operatorname{sign}z_{ij}$ for $z_{ij} \ne 0$ and $\lvert d_j^\top r_i\rvert \le \lambda$
else; the dictionary is the best for the codes exactly where $g_j = \sum_i z_{ij}r_i$ points along
$d_j$, of length one, or vanishes.

The definition, floors and claims are in `dictionary`, the problems in `dictionary_problems`, the
proof in `dictionary_learning_proof`.
"""

from __future__ import annotations

import numpy as np

from .dictionary import (
    DICTIONARY,
    Coded,
    above_the_floor,
    best_for_the_codes,
    objective,
    oracle,
    solves_the_lasso,
)
from .dictionary_learning_proof import proof
from .dictionary_problems import Signals
from .theorem import Assumption, Theorem

__all__ = ["DICTIONARY_LEARNING"]


# -- assumptions ----------------------------------------------------------------------------------

ONE = Signals(((1.0,),), 1, 0.5)  # one number, one atom: the best code is 1/2, and costs 3/8
TWO = Signals(((2.0, 0.0), (1.0, 1.0)), 1, 0.5)


def reported(problem: Signals, dictionary: list[list[float]], codes: list[list[float]]) -> Coded:
    """An honest report of these numbers, which claims to be at the optimum."""
    coded = Coded(np.array(dictionary), np.array(codes), 0.0, True)
    return coded._replace(loss=objective(problem, coded))


def with_free_atoms() -> float:
    """An atom of length 10: the codes are ten times smaller, and so is the penalty."""
    return above_the_floor(ONE, oracle(ONE), reported(ONE, [[10.0]], [[0.1]]))


def lasso_slack(problem: Signals, code: float) -> float:
    return solves_the_lasso(problem, oracle(problem), reported(problem, [[1.0]], [[code]]))


def with_the_whole_squared_error() -> float:
    """The least of (1 - z)^2 + z/2 is at 3/4."""
    return lasso_slack(ONE, 0.75)


def with_squared_codes() -> float:
    """The least of (2 + z)^2/2 + z^2/2 is at -1; the lasso has -3/2."""
    return lasso_slack(ONE._replace(x=((-2.0,),)), -1.0)


def with_codes_of_one_sign() -> float:
    """A row of -1 is left uncoded."""
    return lasso_slack(ONE._replace(x=((-1.0,),)), 0.0)


def with_atoms_updated_last() -> float:
    """The atom turned to where its codes want it, and the codes not computed again."""
    before = reported(TWO, [[1.0], [0.0]], [[1.5], [0.5]])
    slope = np.array(TWO.x).T @ before.codes
    turned = slope / np.linalg.norm(slope)
    return solves_the_lasso(TWO, oracle(TWO), reported(TWO, turned.tolist(), [[1.5], [0.5]]))


def with_an_atom_that_is_not_learnt() -> float:
    """The best codes for the first axis, which is not the best atom."""
    return best_for_the_codes(TWO, oracle(TWO), reported(TWO, [[1.0], [0.0]], [[1.5], [0.5]]))


ASSUMPTIONS = (
    Assumption(
        words=r"atoms are bounded: $\lVert d_j\rVert \le 1$",
        fails="floor: longer atoms with shorter codes pay less for the same error, down to nothing",
        without=with_free_atoms,
    ),
    Assumption(
        words="half the squared error is weighed against the penalty",
        fails="solves the lasso: with the whole of it the threshold is half of lambda",
        without=with_the_whole_squared_error,
    ),
    Assumption(
        words="the penalty is on the codes' absolute values",
        fails="solves the lasso: squares shrink every code by a share, and none to zero",
        without=with_squared_codes,
    ),
    Assumption(
        words="codes may have either sign",
        fails="solves the lasso: rectified codes leave the rows opposite to an atom uncoded",
        without=with_codes_of_one_sign,
    ),
    Assumption(
        words="the codes belong to the dictionary that is returned",
        fails="solves the lasso: an update of the atoms at the end leaves the codes behind",
        without=with_atoms_updated_last,
    ),
    Assumption(
        words="the dictionary is learnt, and not only the codes (for its own condition)",
        fails="best for the codes: atoms that are given are not along their slopes",
        without=with_an_atom_that_is_not_learnt,
    ),
    Assumption(
        words=r"$\lambda > 0$",
        unknown="for $\\lambda = 0$ nothing is sparse and the atoms' lengths are free within the "
        "ball; every claim still holds",
    ),
)


# -- the theorem ----------------------------------------------------------------------------------

DICTIONARY_LEARNING = Theorem(
    id="dictionary-learning",
    title="Dictionary learning: the lasso's conditions, and the atoms' own",
    intuition="Every use of an atom has a price. At the best codes an atom that is used gains by "
    "one more unit of code exactly what that costs, and one that is not used would gain less. So "
    "the residual is left with a correlation of exactly lambda to each atom in use: shrinkage is "
    "the price, not an error. Atoms in turn point to where their codes' residuals do, and as "
    "longer atoms would make codes cheaper, all that are used have the greatest length allowed. "
    "Whether a better dictionary lies elsewhere nobody can tell quickly, but how far codes are "
    "from the best for their dictionary, and atoms from the best for their codes, can be "
    "certified.",
    statement=r"Let $L(D, Z) = \frac1n\sum_i\frac12\lVert r_i\rVert^2 + \lambda\lVert "
    r"z_i\rVert_1$ with $r_i = x_i - Dz_i$ and $\lVert d_j\rVert \le 1$. (1) For every Z and "
    r"$\theta_i = r_i\min(1, \lambda/\lVert D^\top r_i\rVert_\infty)$ the gap $\eta = L - \Delta "
    r"= \frac1n\sum_i\frac12\lVert r_i - \theta_i\rVert^2 + (\lambda\lVert z_i\rVert_1 - "
    r"\theta_i^\top Dz_i) \ge 0$ bounds what better codes save, and vanishes exactly where "
    r"$d_j^\top r_i = \lambda\operatorname{sign}z_{ij}$ ($z_{ij} \ne 0$), $\lvert d_j^\top "
    r"r_i\rvert \le \lambda$. (2) With $g_j = \sum_i z_{ij}r_i$, better atoms for the same codes "
    r"save at most $\frac1n\sum_j\lVert g_j\rVert - g_j^\top d_j$; where both vanish, $g_j = "
    r"\lambda\lVert z_{\cdot j}\rVert_1\,d_j$ and every used atom has length one. (3) With $h(s) "
    r"= \min_{t \ge 0}\frac12(s-t)^2 + \lambda t$ no dictionary of k atoms has $L$ below "
    r"$\frac1n\sum_i h(\lVert x_i\rVert)$, nor below $\frac1n(\sum_{i \le k}h(\sigma_i) + "
    r"\sum_{i>k}\frac12\sigma_i^2)$ for the singular values $\sigma$ of the data.",
    proof_words=r"For fixed D, Fenchel's dual of the lasso; expanding its value at the shortened "
    r"residual leaves a square and what the penalty pays beyond what $\theta$ collects. For fixed "
    r"Z, the loss is convex in D, so it lies above its tangent, whose least value over unit balls "
    r"is Cauchy and Schwarz's. For (3), codes are no shorter than what they make of atoms in the "
    r"ball, row by row and in the nuclear norm.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "R. Tibshirani, Regression shrinkage and selection via the lasso, Journal of the Royal "
            "Statistical Society B 58 (1996), 267-288 (from memory)"
        ),
        (
            "B. A. Olshausen and D. J. Field, Emergence of simple-cell receptive field properties "
            "by learning a sparse code for natural images, Nature 381 (1996) (from memory)"
        ),
        (
            "J. Mairal, F. Bach, J. Ponce and G. Sapiro, Online dictionary learning for sparse "
            "coding, ICML 2009: the constraint is that of length at most one "
            "(scikit-learn/scikit-learn#19210 quotes it)"
        ),
        (
            "the floors, and the gap as a sum of two terms, were derived here; no literature was "
            "searched for these forms"
        ),
    ),
    proof=proof,
    families=(DICTIONARY,),
    uses=("eckart-young",),
    errata=(
        (
            "Conditions are not optimality: the problem is not convex in D and Z together, and "
            "code that meets every condition may be at a poor dictionary. Only where the floor is "
            "reached, as for rows at right angles, is the optimum certified."
        ),
    ),
)

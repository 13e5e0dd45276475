r"""Nested dropout: a linear autoencoder of which only the first b units are kept, b being drawn.

## Statement

Let b be drawn from 1, ..., k with chances $p_b > 0$, and let $W_b = \sum_{j \le b}a_jb_j$ be the
map through the first b units.  Then $\sum_bp_b\,\mathbb{E}\lVert x - W_bx\rVert^2 \ge \sum_bp_b
\sum_{i>b}\lambda_i$.  Where $\lambda_1 > \dots > \lambda_{k+1}$ and $\lambda_k > 0$, equality holds
exactly where each unit is its own principal direction on the data, $a_bb_b = u_bu_b^\top$.

The claims on code are in `truncations`; the proof is in `nested_dropout_proof`.
"""

from __future__ import annotations

import numpy as np

from .bottleneck import LINEAR_AUTOENCODER, Fit, oracle
from .covariance import Bottleneck
from .nested_dropout_proof import proof
from .theorem import Assumption, Theorem
from .truncations import at_the_nested_floor, nested_excess, own_axes

__all__ = ["NESTED_DROPOUT", "of_units"]

THREE_AXES = Bottleneck((24, 16, 8), (1, -2), (0, 0, 0), 2)  # variances 3, 4/3 and 1/3
TIED = Bottleneck((16, 16, 8), (1, -2), (0, 0, 0), 2)


# -- assumptions ----------------------------------------------------------------------------------


def of_units(problem: Bottleneck, decoder: np.ndarray, encoder: np.ndarray) -> Fit:
    """The units as code would report them: columns of the decoder (d, k), rows of the encoder."""
    truth, residual = oracle(problem), np.eye(len(decoder)) - decoder @ encoder
    return Fit(decoder, encoder, None, float(np.sum((residual @ truth.moments.moment) * residual)),
               True)  # fmt: skip


def turned(problem: Bottleneck) -> Fit:
    """The two top axes, in a basis turned by the angle of the 3-4-5 triangle: still the floor."""
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    units = oracle(problem).moments.vectors[:, :2] @ turn
    return of_units(problem, units, units.T)


def with_a_width_left_out() -> float:
    """Both units are always kept: the turned basis loses nothing, and its units are no axes."""
    truth, fit = oracle(THREE_AXES), turned(THREE_AXES)
    assert abs(nested_excess(truth, fit, law=(0.0, 1.0))) < 1e-12
    return own_axes(THREE_AXES, truth, fit)


def with_a_tie() -> float:
    """Two equal variances: the turned basis is as good at every width, and not the oracle's."""
    truth, fit = oracle(TIED), turned(TIED)
    assert abs(nested_excess(truth, fit)) < 1e-12
    axis = truth.moments.vectors[:, 0]
    away = np.outer(fit.decoder[:, 0], fit.encoder[0]) - np.outer(axis, axis)
    return -float(np.sum(away**2))


def with_each_unit_on_its_own() -> float:
    """Only unit b is kept, not the first b: every unit learns the first axis."""
    first = oracle(THREE_AXES).moments.vectors[:, [0, 0]]
    return at_the_nested_floor(THREE_AXES, oracle(THREE_AXES), of_units(THREE_AXES, first, first.T))


def with_a_share_divided_out() -> float:
    """Divided by the share b/k that is kept, the axes are no minimum: unit 1 loses less at 3/5."""
    truth, axes = oracle(THREE_AXES), oracle(THREE_AXES).moments.vectors[:, :2]

    def lost(length: float) -> float:
        first = of_units(THREE_AXES, 2 * length * axes[:, :1], axes[:, :1].T)
        both = of_units(THREE_AXES, axes * np.array([length, 1.0]), axes.T)
        return (first.loss + both.loss) / 2

    assert abs(of_units(THREE_AXES, axes, axes.T).loss - truth.floor) < 1e-12
    return lost(0.6) - lost(1.0)


def with_a_bias_in_the_decoder_alone() -> float:
    """The mean, 8 along the second axis, passes through unit 2 and is lost at width 1: it is then
    better to exchange the two axes."""
    truth = oracle(THREE_AXES)
    axes = truth.moments.vectors[:, [1, 0]]
    return at_the_nested_floor(THREE_AXES, truth, of_units(THREE_AXES, axes, axes.T))


ASSUMPTIONS = (
    Assumption(
        words="every width has a chance: $p_b > 0$ for b = 1, ..., k",
        fails="each unit its own axis: between two widths that are drawn, units may be mixed",
        without=with_a_width_left_out,
    ),
    Assumption(
        words=r"for the directions, distinct eigenvalues: $\lambda_1 > \dots > \lambda_{k+1}$",
        fails="each unit its own axis: of two equal axes any mixture is as good",
        without=with_a_tie,
    ),
    Assumption(
        words="the first b units are kept, not b-th alone, nor each by a draw of its own",
        fails="reaches the nested floor: units that stand alone all learn the first axis",
        without=with_each_unit_on_its_own,
    ),
    Assumption(
        words="what is kept is not divided by the share that is kept",
        fails="reaches the nested floor: what is right for one width is too large for another, and "
        "the loss divided is least elsewhere",
        without=with_a_share_divided_out,
    ),
    Assumption(
        words="the data are centred, or both layers have a bias",
        fails="reaches the nested floor: with a bias in the decoder alone, the mean passes through "
        "units that are cut off",
        without=with_a_bias_in_the_decoder_alone,
    ),
    Assumption(
        words=r"for the factors, $\lambda_k > 0$",
        unknown="a unit beyond the data's dimensions is not determined; the floor holds",
    ),
)


# -- the theorem ----------------------------------------------------------------------------------

NESTED_DROPOUT = Theorem(
    id="nested-dropout",
    title="Nested dropout: the units of a linear autoencoder in order, each its own axis",
    intuition="A linear autoencoder finds the principal subspace and no axis in it: any basis of "
    "the code will do. Cut the code off after a random number of units, and the first unit must do "
    "as well as it can alone, the second as well as it can beside the first, and so on. All these "
    "wishes can be met at once, by the principal directions in their order; so all of them are, "
    "however often each width is drawn. What is left free is the length of each unit.",
    statement=r"Let b be drawn from $\{1, \dots, k\}$ with chances $p_b > 0$, and keep the first b "
    r"units: $W_b = \sum_{j\le b}a_jb_j$ with $a_j$ the decoder's columns and $b_j$ the encoder's "
    r"rows. Then $\sum_bp_b\operatorname{tr}(I-W_b)\Sigma(I-W_b)^\top \ge \sum_bp_b\sum_{i>b}"
    r"\lambda_i = \sum_i\lambda_i\Pr(b<i)$. Where $\Sigma \succ 0$ and $\lambda_1 > \dots > "
    r"\lambda_{k+1}$, equality holds exactly where $a_bb_b = u_bu_b^\top$ for every b: $a_b = "
    r"c_bu_b$ and $b_b = u_b^\top/c_b$ with $c_b \ne 0$. The minimisers do not depend on the law.",
    proof_words=r"Each width b has a loss of at least $\sum_{i>b}\lambda_i$ (`baldi-hornik`), so "
    r"the mean is at least the mean of these. The principal directions in their order reach all of "
    r"them together, since their projectors are nested. As every chance is positive, the mean is "
    r"at its floor only where every width is; where there are gaps $W_b$ is then the projector on "
    r"the top b eigenvectors, and unit b is the difference of two of them.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "O. Rippel, M. A. Gelbart and R. P. Adams, Learning ordered representations with "
            "nested dropout, Proceedings of the 31st International Conference on Machine Learning, "
            "PMLR 32(2) (2014), 1746-1754 (the proof here is another)"
        ),
    ),
    proof=proof,
    families=(LINEAR_AUTOENCODER,),
    uses=("baldi-hornik",),
)

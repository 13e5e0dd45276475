r"""Baldi--Hornik: a linear autoencoder is principal component analysis.

The definitions, oracles and claims are in `bottleneck` (autoencoders) and `principal_components`;
the proof is in `baldi_hornik_proof`, its landscape in `critical_points`.
"""

from __future__ import annotations

import math

import numpy as np

from .baldi_hornik_proof import proof
from .bottleneck import LINEAR_AUTOENCODER, Fit, above_the_floor, oracle, reached
from .covariance import Bottleneck
from .principal_components import PCA
from .theorem import Assumption, Theorem

__all__ = ["BALDI_HORNIK"]


# -- assumptions ----------------------------------------------------------------------------------

PLAIN = Bottleneck((16, 8), (0,), (0, 0), 1)  # variances 2 and 1/2


def best(problem: Bottleneck, *, loss: float | None = None) -> Fit:
    """The projector onto the top axes, with its own loss or another."""
    truth = oracle(problem)
    top = truth.moments.vectors[:, : problem.k]
    return Fit(top, top.T, None, truth.floor if loss is None else loss, True)


def distance_from_projector(problem: Bottleneck, fit: Fit) -> float:
    """The nearness claim at excess zero: minus the distance."""
    return -float(np.linalg.norm(fit.product - oracle(problem).projector))


def without_centring() -> float:
    """About zero, with no offset, the best linear map stays above the floor of the covariance."""
    shifted = PLAIN._replace(shift=(8, 8))
    about_zero = oracle(shifted, centring="no").floor
    return reached(shifted, oracle(shifted), best(shifted, loss=about_zero))


def without_full_rank() -> float:
    """On data in a line a map that does anything off the line is optimal too."""
    line = PLAIN._replace(semiaxes=(16, 0))
    return distance_from_projector(line, best(line)._replace(encoder=np.array([[1.0, 1.0]])))


def without_a_gap() -> float:
    """On a circle every line through the centre is optimal."""
    circle = PLAIN._replace(semiaxes=(8, 8))
    other = np.array([[0.0], [1.0]])
    return distance_from_projector(circle, Fit(other, other.T, None, 0.5, True))


def with_another_divisor() -> float:
    """The loss over n rows lies below the floor of the covariance over n - 1."""
    truth, n = oracle(PLAIN), 4
    unbiased = truth._replace(floor=truth.floor * n / (n - 1))
    return above_the_floor(PLAIN, unbiased, best(PLAIN))


def with_the_mean_over_features() -> float:
    fit = best(PLAIN)
    return above_the_floor(PLAIN, oracle(PLAIN), fit._replace(loss=fit.loss / 2))


def with_a_curved_decoder() -> float:
    """On a circle an angle decodes everything: the loss is 0, the linear floor is 1/2."""
    circle = PLAIN._replace(semiaxes=(8, 8))
    return above_the_floor(circle, oracle(circle), best(circle, loss=0.0))


def with_weight_decay() -> float:
    """Penalised by a quarter of the top variance, the minimiser shrinks its axis by a quarter."""
    fit = best(PLAIN)
    shrunk = math.sqrt(0.75)
    paid = fit.loss + (1 - shrunk**2) ** 2 * 2.0
    decayed = Fit(shrunk * fit.decoder, shrunk * fit.encoder, None, paid, True)
    return reached(PLAIN, oracle(PLAIN), decayed)


def with_a_start_at_zero() -> float:
    """The gradient vanishes at the origin, and the loss is the whole variance."""
    nothing = Fit(np.zeros((2, 1)), np.zeros((1, 2)), None, 2.5, True)
    return reached(PLAIN, oracle(PLAIN), nothing)


ASSUMPTIONS = (
    Assumption(
        words="the data are centred, or the map has an offset",
        fails="reaches the floor: about zero the second moment takes the covariance's place",
        without=without_centring,
    ),
    Assumption(
        words=r"$\Sigma \succ 0$ (for nearness and orbit; the floor needs nothing)",
        fails="nearness: with fewer independent rows than columns the map is free off the data",
        without=without_full_rank,
    ),
    Assumption(
        words=r"$\lambda_k > \lambda_{k+1}$ (for nearness; the floor needs nothing)",
        fails="nearness: with a tie at the cut the top subspace is not unique",
        without=without_a_gap,
    ),
    Assumption(
        words="the covariance has the divisor n, over the very rows of the loss",
        fails="floor: with n - 1 it lies above the loss of the best map",
        without=with_another_divisor,
    ),
    Assumption(
        words="squared errors are summed over features, not averaged",
        fails="floor: `mse_loss` is d times smaller",
        without=with_the_mean_over_features,
    ),
    Assumption(
        words="the decoder is linear (the encoder may be anything)",
        fails="floor: a curved decoder follows a circle",
        without=with_a_curved_decoder,
    ),
    Assumption(
        words="nothing else is minimised",
        fails="reaches the floor: weight decay shrinks every axis",
        without=with_weight_decay,
    ),
    Assumption(
        words="training does not start, or stop, at a saddle",
        fails="reaches the floor: at weights of zero the gradient vanishes",
        without=with_a_start_at_zero,
    ),
    Assumption(
        words=r"$k < d$",
        unknown="for $k \\ge d$ the floor is an empty sum and the identity reaches it; nothing "
        "fails, and nothing is said",
    ),
)

# -- the theorem ----------------------------------------------------------------------------------

BALDI_HORNIK = Theorem(
    id="baldi-hornik",
    title="Baldi--Hornik: a linear autoencoder is principal component analysis",
    intuition="Squeezed through k numbers and linearly unfolded again, data lie on a k-dimensional "
    "plane. The best plane is spanned by the k directions of greatest variance, what is lost is "
    "the variance of the others, and no amount of training can lose less. The landscape has many "
    "flat places but only one height at which it is flat without a way down.",
    statement=r"Let $\Sigma$ have eigenvalues $\lambda_1 \ge \dots \ge \lambda_d$, let $A \in "
    r"\mathbb{R}^{d \times k}$, $B \in \mathbb{R}^{k \times d}$, $L = \operatorname{tr}(I-AB)"
    r"\Sigma(I-AB)^\top$, $F = \sum_{i>k}\lambda_i$, $\eta = L - F$, and let $\Pi$ project onto "
    r"the range of $A$. Then (1) $L \ge F$, always, and $\eta = (\operatorname{tr}(I-\Pi)\Sigma - "
    r"F) + \lVert(\Pi-AB)\Sigma^{1/2}\rVert_F^2$; (2) with $P$ the projector onto the top-$k$ "
    r"eigenvectors, $\lVert AB-P\rVert_F \le \sqrt{2\eta/(\lambda_k-\lambda_{k+1})} + "
    r"\sqrt{\eta/\lambda_d}$; (3) a critical point with the axes $I$ kept, $\lvert I\rvert \le k$, "
    r"has $\#\{i \in I, j \notin I: \lambda_j > \lambda_i\} + (k-\lvert I\rvert)\,\#\{j \notin I: "
    r"\lambda_j > 0\}$ descending directions, so that the only one without any is at $F$. Only the "
    r"product is identified: $(AC^{-1}, CB)$ has the same loss for every invertible $C$.",
    proof_words=r"Hold $B$ fixed; $L$ is quadratic in $A$. Minimise, substitute, and what is left "
    r"is the trace of $\Sigma$ against a projector of rank $k$, which Ky Fan bounds by the top-$k$ "
    "sum; written with its remainder, the same identity bounds the distance of the projectors by "
    "the "
    r"gap. For (2), split $(AB-I)\Sigma^{1/2}$ orthogonally along the range of $A$. For (3), "
    "diagonalise; the Hessian's negative directions swap a kept axis for a longer one or use an "
    "idle unit.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "P. Baldi and K. Hornik, Neural networks and principal component analysis: learning "
            "from examples without local minima, Neural Networks 2 (1989), 53-58"
        ),
        (
            "H. Bourlard and Y. Kamp, Auto-association by multilayer perceptrons and singular "
            "value decomposition, Biological Cybernetics (1988)"
        ),
        (
            "K. Fan, On a theorem of Weyl concerning eigenvalues of linear transformations I, "
            "Proceedings of the National Academy of Sciences 35 (1949), 652-655"
        ),
        (
            "C. Eckart and G. Young, The approximation of one matrix by another of lower rank, "
            "Psychometrika 1 (1936), 211-218"
        ),
        (
            "D. Kunin, J. M. Bloom, A. Goeva and C. Seed, Loss landscapes of regularized linear "
            "autoencoders, 2019 (the variant with a penalty)"
        ),
        (
            "the index of every critical point, and the slope inequality of `no false summits`, "
            "were derived here; no literature was searched for these forms"
        ),
    ),
    proof=proof,
    families=(LINEAR_AUTOENCODER, PCA),
    errata=(
        (
            r"The usual description of the minimisers, unique up to an invertible $C$ with $AB = "
            r"P$, needs $\Sigma \succ 0$ and $\lambda_k > \lambda_{k+1}$; with a tie, or with "
            r"fewer rows than columns, it is false, and a check that compares AB with P alarms "
            r"falsely."
        ),
        (
            "The basis of the code is not a rotated one: any invertible matrix will do, orthogonal "
            "or not."
        ),
        (
            r"With $W_1 \in \mathbb{R}^{d \times k}$ the encoder is $W_1^\top x$; some texts write "
            "$W_1x$, whose sizes do not meet."
        ),
        (
            "On the circle one number does not reconstruct everything: a continuous encoder takes "
            "some two antipodes to the same number (Borsuk and Ulam), so its largest error is at "
            "least the radius; only the infimum of the mean square is zero."
        ),
    ),
)

r"""The linear autoencoder with a penalty on its weights: exact shrinkage, and exact collapse.

## Statement

For $\alpha > 0$ the least of $\operatorname{tr}(I-AB)\Sigma(I-AB)^\top + \alpha(\lVert A\rVert^2 +
\lVert B\rVert^2)$ is $\sum_{i \le k,\,\lambda_i > \alpha}(2\alpha - \alpha^2/\lambda_i)$ plus all
other eigenvalues; at the least, $A = B^\top$ and $AB$ has the eigenvalues $(1 -
\alpha/\lambda_i)_+$ on the top eigenvectors.

The definition and oracle are in `fitted_map`, the claims in `penalties`; the proof is in
`regularized_autoencoder_proof`.
"""

from __future__ import annotations

import numpy as np

from .bottleneck import LINEAR_AUTOENCODER, Fit, oracle, reached
from .covariance import Bottleneck
from .penalties import at_the_penalised_floor, penalised_floor
from .regularized_autoencoder_proof import proof
from .theorem import Assumption, Theorem

__all__ = ["REGULARIZED_LINEAR_AUTOENCODER", "shrunk"]

TWO_AXES = Bottleneck((24, 16, 8), (0, 0), (0, 0, 0), 2)  # variances 3, 4/3 and 1/3


# -- assumptions ----------------------------------------------------------------------------------


def shrunk(problem: Bottleneck, shares: np.ndarray) -> Fit:
    """Encoder and decoder each other's transpose, with these eigenvalues on the top axes."""
    truth, k = oracle(problem), problem.units
    decoder = truth.moments.vectors[:, :k] * np.sqrt(shares)
    lost = float((truth.moments.values[:k] * (1 - shares) ** 2).sum())
    return Fit(decoder, decoder.T, None, truth.floor + lost, True)


def with_a_free_encoder() -> float:
    """Only the decoder's weights are paid for: halve them, and double the encoder's."""
    truth, alpha = oracle(TWO_AXES), 0.5
    decoder = truth.moments.vectors[:, :2] / 2
    paid = truth.floor + alpha * float(np.sum(decoder**2))
    return paid - penalised_floor(truth, 2, alpha)


def with_a_penalty_on_the_product() -> float:
    """alpha |AB|^2 shrinks by lambda / (lambda + alpha), which no one alpha of ours does."""
    values = oracle(TWO_AXES).moments.values[:2]
    fit = shrunk(TWO_AXES, values / (values + 4))
    return at_the_penalised_floor(TWO_AXES, oracle(TWO_AXES), fit)


def with_weight_decay_for_alpha() -> float:
    """weight_decay 1/2 is an alpha of 1/4: held to the floor at alpha = 1/2, it is below."""
    truth, decay = oracle(TWO_AXES), 0.5
    fit = shrunk(TWO_AXES, 1 - decay / 2 / truth.moments.values[:2])
    paid = fit.loss + decay / 2 * 2 * float(np.sum(fit.decoder**2))
    return paid - penalised_floor(truth, 2, decay)


def without_a_penalty() -> float:
    """The shrunk map has not reached the floor of the loss alone."""
    values = oracle(TWO_AXES).moments.values[:2]
    return reached(TWO_AXES, oracle(TWO_AXES), shrunk(TWO_AXES, 1 - 0.25 / values))


def with_an_axis_too_short() -> float:
    """At alpha 2 the second axis, of variance 4/3, carries nothing; the formula without its cut
    gives it a negative share, and lies below what any map reaches."""
    truth, alpha = oracle(TWO_AXES), 2.0
    uncut = truth.floor + float((2 * alpha - alpha**2 / truth.moments.values[:2]).sum())
    return uncut - penalised_floor(truth, 2, alpha)


ASSUMPTIONS = (
    Assumption(
        words="both weights are penalised, by one alpha",
        fails="weights are paid for: what is left free carries what is paid for",
        without=with_a_free_encoder,
    ),
    Assumption(
        words=r"the penalty is on A and B, not on their product",
        fails="reaches the penalised floor: the product shrinks by another law",
        without=with_a_penalty_on_the_product,
    ),
    Assumption(
        words=r"alpha multiplies the squared weights, not half of them",
        fails="weights are paid for: an optimiser's weight decay is twice alpha",
        without=with_weight_decay_for_alpha,
    ),
    Assumption(
        words="the penalised loss is what is minimised",
        fails="reaches the floor: shrinkage costs reconstruction",
        without=without_a_penalty,
    ),
    Assumption(
        words=r"the formula is cut at $\lambda_i = \alpha$",
        fails="reaches the penalised floor: below alpha an axis would be paid for negative weights",
        without=with_an_axis_too_short,
    ),
    Assumption(
        words="the decay is part of the gradient, as in SGD, not decoupled from it, as in AdamW",
        unknown="decoupled decay has no loss of which it is the gradient; nothing is claimed of "
        "where it stops",
    ),
)


# -- the theorem ----------------------------------------------------------------------------------

REGULARIZED_LINEAR_AUTOENCODER = Theorem(
    id="regularized-linear-autoencoder",
    title="Linear autoencoders with weight decay: exact shrinkage and collapse",
    intuition="A weight that is paid for carries less. Each principal axis is shrunk by a share "
    "of its own, alpha over its variance: long axes hardly, short ones much, and an axis of "
    "variance alpha or less is dropped for good, whatever the number of units. What the penalty "
    "gives in return is that encoder and decoder share the work evenly, so that they are each "
    "other's transpose: the code's basis is fixed up to a rotation.",
    statement=r"Let $\Sigma \succ 0$ have eigenvalues $\lambda_1 \ge \dots \ge \lambda_d$, and "
    r"$\alpha > 0$. For all A, B with k units $\operatorname{tr}(I-AB)\Sigma(I-AB)^\top + \alpha("
    r"\lVert A\rVert^2 + \lVert B\rVert^2) \ge \sum_{i \le k}g(\lambda_i) + \sum_{i>k}\lambda_i$ "
    r"with $g(\lambda) = 2\alpha - \alpha^2/\lambda$ for $\lambda > \alpha$ and $\lambda$ else, "
    r"with equality for $A = B^\top = U_k\operatorname{diag}\bigl((1-\alpha/\lambda_i)_+^{1/2}"
    r"\bigr)O$, O orthogonal, and, where $\lambda_k > \lambda_{k+1}$ or $\lambda_k \le \alpha$, "
    r"only there. At every critical point $A^\top A = BB^\top$.",
    proof_words=r"For fixed B the decoder is a ridge regression on the code. What is left depends "
    r"on $C = B\Sigma^{1/2}$ through its squared singular values c and right singular vectors v; "
    r"$v^\top\Sigma^{-1}v \ge 1/v^\top\Sigma v$ makes it a sum of functions of one c and one s = "
    r"$v^\top\Sigma v$ each, least at $c = (s-\alpha)_+$. What an axis then saves is convex and "
    r"growing in s, so the top eigenvectors save most.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "D. Kunin, J. M. Bloom, A. Goeva and C. Seed, Loss landscapes of regularized linear "
            "autoencoders, 2019 (their transpose theorem; the proof here is another)"
        ),
    ),
    proof=proof,
    families=(LINEAR_AUTOENCODER,),
    uses=("baldi-hornik",),
)

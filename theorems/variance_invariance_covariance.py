r"""Variance, invariance, covariance: how near two views can be in white features.

## Notation

Views $x = u + \varepsilon$, $x' = u + \varepsilon'$ of one signal, with independent noises of one
law; $\rho_1 \ge \rho_2 \ge \dots$ are the eigenvalues of $\Sigma_x^{-1}\Sigma_u$.

VICReg's loss of a batch, its oracle and claims are in `vicreg_loss`, the proof in
`variance_invariance_covariance_proof`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .picture import Picture
from .theorem import Assumption, Theorem
from .variance_invariance_covariance_proof import proof
from .vicreg_loss import VICREG

__all__ = ["VARIANCE_INVARIANCE_COVARIANCE", "correlations", "least", "penalised"]


# -- the optimum ----------------------------------------------------------------------------------


def correlations(view: np.ndarray, signal: np.ndarray) -> np.ndarray:
    """The eigenvalues [d], largest first, of the covariance of the signal by that of a view."""
    inverse = np.linalg.inv(np.linalg.cholesky(view))
    return np.asarray(np.linalg.eigvalsh(inverse @ signal @ inverse.T)[::-1])


def least(rho: Sequence[float] | np.ndarray, k: int) -> float:
    """The least mean squared distance of two views in k white linear features."""
    return float(2 * (1 - np.sort(np.asarray(rho, float))[::-1][:k]).sum())


def penalised(rho: float, sim: float = 25.0, std: float = 25.0) -> float:
    """VICReg's least loss of a single feature, with eps = 0: below the hinge where that pays."""
    lost = 2 * sim * (1 - rho)
    length = min(1.0, std / (2 * lost)) if lost else 1.0
    return float(lost * length**2 + std * (1 - length))


# -- assumptions ----------------------------------------------------------------------------------

RHO = 0.25


def with_nothing() -> float:
    """Features that are zero agree entirely."""
    return 0.0 - least([RHO], 1)


def with_signs() -> float:
    """u is 1 or -1 and each view multiplies it by 1 or by 3: the signs of the views agree."""
    return 0.0 - least([0.8], 1)


def of_copies() -> float:
    """Two features, both the first direction."""
    return 2 * 2 * (1 - 0.9) - least([0.9, RHO], 2)


def of_views_that_differ() -> float:
    """The second view is what the first predicts of it: a part rho of the first."""
    return (1 - RHO) ** 2 - least([RHO], 1)


def of_a_penalty() -> float:
    """VICReg's own weights and a single weak feature: the hinge is not worth its price."""
    return penalised(RHO) - 25 * least([RHO], 1)


ASSUMPTIONS = (
    Assumption(
        words="every feature has unit variance",
        fails="least distance: nothing is nearer to itself than zero",
        without=with_nothing,
    ),
    Assumption(
        words="features do not correlate",
        fails="least distance: copies of the first direction are nearer",
        without=of_copies,
    ),
    Assumption(
        words="the encoder is linear",
        fails="least distance: a sign can agree where no linear feature does",
        without=with_signs,
    ),
    Assumption(
        words="both views have one law, and independent noises",
        fails="least distance: of a view and what is predicted from it",
        without=of_views_that_differ,
    ),
    Assumption(
        words="variances and covariances are constrained, not penalised",
        fails="least loss: a hinge is broken where that pays, and we know no closed form for what "
        "VICReg then reaches with several features",
        without=of_a_penalty,
    ),
)


# -- a picture ------------------------------------------------------------------------------------


def picture() -> Picture:
    """One feature: VICReg's least loss, by the constraint and by its penalty."""
    path = [k / 40 for k in range(41)]
    return Picture(
        title="where views agree too little, the penalty is not worth its constraint",
        axes=("correlation of the views", "VICReg's least loss of one feature"),
        series={
            "unit variance": tuple((r, 25 * least([r], 1)) for r in path),
            "penalised": tuple((r, penalised(r)) for r in path),
        },
    )


VARIANCE_INVARIANCE_COVARIANCE = Theorem(
    id="variance-invariance-covariance",
    title="Variance, invariance, covariance: how near two views can be in white features",
    intuition="If all that is asked of features is that two views agree, a constant does it. So "
    "every feature must vary, and no two may be the same. Then agreement has a price: the best "
    "features are the directions in which the views correlate most, one after another, and what "
    "each correlation lacks of one is lost, twice.",
    statement=r"Let $x = u + \varepsilon$ and $x' = u + \varepsilon'$ with independent noises of "
    r"one law, and $\rho_1 \ge \rho_2 \ge \dots$ the eigenvalues of $\Sigma_x^{-1}\Sigma_u$. The "
    r"least $\mathbb E\lVert Wx - Wx'\rVert^2$ over W [k, d] with $W\Sigma_xW^\top = I$ is "
    r"$2\sum_{i\le k}(1-\rho_i)$, at the k leading canonical directions, and more variance brings "
    r"nothing nearer. VICReg's loss of features that meet its two constraints is therefore at "
    r"least $\tfrac{2\lambda}{k}\sum_{i\le k}(1-\rho_i)$; it penalises what it does not "
    r"constrain, and of its penalised optimum no closed form is known to us. On a batch the loss "
    r"is never below its invariance and variance terms, zero where white views agree, and sees no "
    r"common origin, no order and no sign of features; only its invariance term is blind to a "
    r"rotation.",
    proof_words="Expand the squared distance; in whitened coordinates it is a constant less the "
    "trace of a matrix on a subspace, which Ky Fan's sum by parts bounds. Variance beyond one "
    "multiplies what is lost. The gradients are those of a root and of squared covariances.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "A. Bardes, J. Ponce and Y. LeCun, VICReg: Variance-invariance-covariance "
            "regularization for self-supervised learning, ICLR 2022, arXiv:2105.04906"
        ),
    ),
    proof=proof,
    families=(VICREG,),
    picture=picture,
    errata=(
        (
            "The paper's formula adds both views' hinges and sums squared distances over features; "
            "the authors' code halves the hinges and averages over features too. Its weights "
            "25, 25 and 1 are the code's."
        ),
    ),
)  # fmt: skip

r"""Barlow Twins: the least loss of a linear encoder, where both parts of the loss weigh the same.

## Notation

Views $x = u + \varepsilon$, $x' = u + \varepsilon'$ of one signal, with independent noises of one
law; $\rho_1 \ge \rho_2 \ge \dots$ are the eigenvalues of $\Sigma_x^{-1}\Sigma_u$, which are the
canonical correlations of the two views.

The loss of a batch, its oracle and claims are in `barlow_twins_loss`, the proof in
`barlow_twins_proof`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .barlow_twins_loss import BARLOW_TWINS as FAMILY
from .barlow_twins_proof import proof
from .picture import Picture
from .theorem import Assumption, Theorem

__all__ = ["BARLOW_TWINS", "least", "shares"]


# -- the optimum ----------------------------------------------------------------------------------


def shares(rho: Sequence[float] | np.ndarray) -> np.ndarray:
    """How the k features share the directions of the largest correlations `rho` [k], all positive:
    shares of sum k, with one price for all that are in use."""
    values = np.sort(np.asarray(rho, float))[::-1]
    k = len(values)
    for used in range(k, 0, -1):
        inverse = 1 / values[:used]
        price = (inverse.sum() - k) / (inverse**2).sum()
        found = (1 - price * inverse) * inverse
        if found[-1] >= 0:
            return np.concatenate([found, np.zeros(k - used)])
    raise AssertionError("one share is k, and not negative")


def least(rho: Sequence[float] | np.ndarray) -> float:
    """The least loss of k linear features at lambda = 1."""
    values = np.sort(np.asarray(rho, float))[::-1]
    return float(((1 - values * shares(values)) ** 2).sum())


def of_canonical_features(rho: Sequence[float] | np.ndarray) -> float:
    """What the canonical directions themselves lose: the naive answer."""
    return float(((1 - np.asarray(rho, float)) ** 2).sum())


# -- assumptions ----------------------------------------------------------------------------------

TWO = (0.9, 0.5)


def with_less_weight_on_redundancy() -> float:
    """At lambda = 0 both features follow the first direction."""
    return 2 * (1 - TWO[0]) ** 2 - least(TWO)


def with_signs() -> float:
    """u is 1 or -1 and each view multiplies it by 1 or by 3: the signs of the views agree."""
    rho = 2.0**2 / (1 + 9) * 2  # E[a]^2 / E[a^2]
    return 0.0 - least([rho])


def of_equal_lengths() -> float:
    """Of one feature without a deviation to divide by: a feature longer by 1/rho loses nothing."""
    return 0.0 - least([TWO[1]])


def of_views_that_differ() -> float:
    """The second view is the signal itself, so the views correlate by the root of rho."""
    return float((1 - np.sqrt(TWO[1])) ** 2) - least([TWO[1]])


ASSUMPTIONS = (
    Assumption(
        words="both parts of the loss weigh the same: lambda = 1",
        fails="least loss: with less weight on redundancy features may repeat one another; for "
        "other weights no closed form is known to us",
        without=with_less_weight_on_redundancy,
    ),
    Assumption(
        words="the encoder is linear",
        fails="least loss: a sign can agree where no linear feature does",
        without=with_signs,
    ),
    Assumption(
        words="features are divided by their standard deviations",
        fails="least loss: a longer feature makes up for noise",
        without=of_equal_lengths,
    ),
    Assumption(
        words="both views have the same noise, independent of the other's",
        fails="least loss: of a view without noise",
        without=of_views_that_differ,
    ),
    Assumption(
        words="the loss is that of the law, or of a batch as large",
        unknown="a batch has correlations of its own, which are not those of the law",
    ),
)


# -- a picture ------------------------------------------------------------------------------------


def picture() -> Picture:
    """Two features; the weaker direction grows."""
    path = [k / 80 for k in range(1, 25)]
    return Picture(
        title="the best share directions unequally, and leave a weak one out",
        axes=("second correlation; the first is 0.3", "loss of two features at lambda = 1"),
        series={
            "least loss": tuple((r, least((0.3, r))) for r in path),
            "the canonical features": tuple((r, of_canonical_features((0.3, r))) for r in path),
        },
    )


BARLOW_TWINS = Theorem(
    id="barlow-twins",
    title="Barlow Twins: the least loss of a linear encoder",
    intuition="Each feature of one view should tell its twin in the other, and nothing else of it. "
    "A linear encoder meets noise that it cannot remove, so no twin is exact. The obvious answer, "
    "one canonical direction per feature, is not the best: features that share the directions "
    "unequally lose less, and a direction that is too weak is left out altogether: the features "
    "are then linearly dependent, at the very minimum.",
    statement=r"Let $x = u + \varepsilon$ and $x' = u + \varepsilon'$ with independent noises of "
    r"one law, and $\rho_1 \ge \dots \ge \rho_k > 0$ the largest eigenvalues of "
    r"$\Sigma_x^{-1}\Sigma_u$. At $\lambda = 1$ the least Barlow Twins loss of k linear features "
    r"is $\min\sum_{i\le k}(1-\rho_ig_i)^2$ over $g \ge 0$ with $\sum g_i = k$: $g_i = (1-\mu/"
    r"\rho_i)/\rho_i$ where $\rho_i > \mu$, else zero. With all in use it is "
    r"$\frac{(\sum 1/\rho_i - k)^2}{\sum 1/\rho_i^2}$, which is less than the canonical features' "
    r"$\sum(1-\rho_i)^2$ unless all $\rho_i(1-\rho_i)$ agree.",
    proof_words="At equal weights the loss is a squared distance, and sees only the spectrum of "
    "the correlations. Unit rows fix the trace of the Gram matrix and nothing else of it. A "
    "spectrum costs least trace where its order is that of the correlations. What is left is a "
    "convex problem for k shares, with a certificate.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "J. Zbontar, L. Jing, I. Misra, Y. LeCun and S. Deny, Barlow Twins: Self-supervised "
            "learning via redundancy reduction, ICML 2021, arXiv:2103.03230"
        ),
    ),
    proof=proof,
    families=(FAMILY,),
    picture=picture,
    errata=(
        (
            "The linear optimum at lambda = 1 is not the sum of (1 - rho_i)^2 of the canonical "
            "directions."
        ),
        (
            "Features divided by the deviation over n - 1, which torch.std is, with correlations "
            "averaged over n, correlate (n - 1)/n with themselves: the loss cannot vanish. The "
            "authors' code has batch normalisation, with n in both."
        ),
    ),
)  # fmt: skip

r"""The denoising linear autoencoder: Gaussian noise, of one variance or of any, and masks.

## Statement

Let $\Sigma = \mathbb{E}xx^\top$, and let $\tilde x$ be a corruption of x with $C = \mathbb{E}x
\tilde x^\top$ and $M = \mathbb{E}\tilde x\tilde x^\top \succ 0$.  Over maps W of rank k at most,
$\min\mathbb{E}\lVert x - W\tilde x\rVert^2 = \operatorname{tr}\Sigma - \sum_{i \le k}\lambda_i(G)$
with $G = CM^{-1}C^\top$, reached by $W^* = VV^\top CM^{-1}$ for the top k eigenvectors V of G.

Noise of covariance N has C = Sigma and M = Sigma + N; masks that drop entries with chance q have $C
= (1-q)\Sigma$ and $M = (1-q)^2\Sigma + q(1-q)\operatorname{diag}\Sigma$.  The claims on trained
code, for noise of one variance, are in `penalties`; the proof is in `denoising_autoencoder_proof`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .bottleneck import LINEAR_AUTOENCODER, Fit, oracle
from .covariance import Bottleneck
from .denoising_autoencoder_proof import proof
from .penalties import at_the_noisy_floor, noisy_floor
from .theorem import Assumption, Theorem

__all__ = ["DENOISING_LINEAR_AUTOENCODER", "Corruption", "best_map", "gaussian", "masking", "paid"]


# -- definition and oracle ------------------------------------------------------------------------


class Corruption(NamedTuple):
    """Second moments (d, d): of the data, of the data with what is seen, and of what is seen."""

    data: np.ndarray
    cross: np.ndarray
    seen: np.ndarray


def gaussian(covariance: np.ndarray, noise: np.ndarray) -> Corruption:
    """Independent noise of the covariance `noise`, added."""
    return Corruption(covariance, covariance, covariance + noise)


def masking(covariance: np.ndarray, drop: float) -> Corruption:
    """Entries dropped to zero, each on its own with the chance `drop`; the data are centred."""
    keep = 1 - drop
    own = np.diag(np.diag(covariance))
    return Corruption(covariance, keep * covariance, keep**2 * covariance + drop * keep * own)


def best_map(corruption: Corruption, k: int) -> tuple[np.ndarray, float]:
    """The map (d, d) of rank k with the least loss, and that loss."""
    regression = np.linalg.solve(corruption.seen, corruption.cross.T).T
    explained, vectors = np.linalg.eigh(regression @ corruption.cross.T)
    top = vectors[:, len(vectors) - k :]
    least = float(np.trace(corruption.data) - explained[len(vectors) - k :].sum())
    return top @ top.T @ regression, least


def paid(corruption: Corruption, W: np.ndarray) -> float:
    """What a map loses, in expectation over data and corruption."""
    cross = float(np.sum(W * corruption.cross))
    return float(np.trace(corruption.data) - 2 * cross + np.sum((W @ corruption.seen) * W))


# -- assumptions ----------------------------------------------------------------------------------

PLAIN = Bottleneck((16, 8), (0,), (0, 0), 1)  # variances 2 and 1/2
TILTED = np.array([[2.0, 0.0], [0.0, 1.0]])


def with_noise_that_is_the_data() -> float:
    """x again in place of the noise: half of what is seen is x, and nothing is lost but axis 2."""
    truth = oracle(PLAIN)
    return truth.floor - noisy_floor(truth, 1, 2.0)


def with_the_noisy_target() -> float:
    """To reconstruct what is seen the axis must not be shrunk, as noise of variance 1 asks."""
    truth = oracle(PLAIN)
    axis = truth.moments.vectors[:, :1]
    found = paid(gaussian(truth.moments.moment, np.eye(2)), axis @ axis.T)
    return noisy_floor(truth, 1, 1.0) - found


def with_a_curved_denoiser() -> float:
    """Two points at -1 and 1, noise of deviation 1/2: tanh(4y) loses a third of a line's 1/5."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    y = 1 + nodes / 2  # from x = 1; the other point is its mirror image
    lost = float(weights @ (1 - np.tanh(4 * y)) ** 2 / weights.sum())
    return lost - 0.25 / 1.25


def with_principal_axes_under_uneven_noise() -> float:
    """Noise of variance 4 on the longer axis: the shorter one is worth more."""
    seen = gaussian(TILTED, np.diag([4.0, 0.0]))
    along = np.diag([TILTED[0, 0] / seen.seen[0, 0], 0.0])  # the longer axis, shrunk as it asks
    return best_map(seen, 1)[1] - paid(seen, along)


def with_a_loss_on_noisy_inputs() -> float:
    """The training loss, noise and all, reported as that on clean inputs."""
    truth = oracle(PLAIN)
    axis, share = truth.moments.vectors[:, :1], 2.0 / (2.0 + 1.0)
    fit = Fit(share * axis, axis.T, None, noisy_floor(truth, 1, 1.0), True)
    return at_the_noisy_floor(PLAIN, truth, fit)


ASSUMPTIONS = (
    Assumption(
        words="the noise has mean zero and knows nothing of the data",
        fails="noise is paid for: what goes along with the data is no noise",
        without=with_noise_that_is_the_data,
    ),
    Assumption(
        words="the target is the clean data",
        fails="reaches the floor under noise: a noisy target is copied, noise and all",
        without=with_the_noisy_target,
    ),
    Assumption(
        words="the map is linear",
        fails="noise is paid for: the best denoiser of two points is curved (see `tweedie`)",
        without=with_a_curved_denoiser,
    ),
    Assumption(
        words="for principal axes, the noise has one variance",
        fails="reaches the floor under noise: uneven noise makes other directions worth more",
        without=with_principal_axes_under_uneven_noise,
    ),
    Assumption(
        words="the loss is reported on clean inputs (a convention of the contract)",
        fails="reaches the floor under noise: what the noise costs is counted twice",
        without=with_a_loss_on_noisy_inputs,
    ),
    Assumption(
        words=r"what is seen spans all directions: $M \succ 0$",
        unknown="where it does not, only what the map does to what is seen is determined; the "
        "floor holds with a pseudo-inverse",
    ),
)


# -- the theorem ----------------------------------------------------------------------------------

DENOISING_LINEAR_AUTOENCODER = Theorem(
    id="denoising-linear-autoencoder",
    title="Denoising linear autoencoders: regression on what is seen, of rank k",
    intuition="Trained to undo noise, a linear autoencoder keeps of each axis the share that is "
    "signal: much of a long axis, little of a short one. Noise is a penalty in disguise, on the "
    "map as a whole, where weight decay is one on its two factors; and a mask is noise in "
    "disguise, as large on each feature as the feature itself. Where the noise is uneven the best "
    "directions are those best seen, not those of greatest variance.",
    statement=r"With $\Sigma = \mathbb{E}xx^\top$, $C = \mathbb{E}x\tilde x^\top$, $M = "
    r"\mathbb{E}\tilde x\tilde x^\top \succ 0$ and $G = CM^{-1}C^\top$, every W of rank at most k "
    r"has $\mathbb{E}\lVert x - W\tilde x\rVert^2 \ge \operatorname{tr}\Sigma - \sum_{i \le k}"
    r"\lambda_i(G)$, with equality for $W^* = VV^\top CM^{-1}$, V the top k eigenvectors of G. "
    r"Noise of covariance N: $C = \Sigma$, $M = \Sigma + N$; for $N = vI$ the V are those of "
    r"$\Sigma$, each axis is shrunk by $\lambda/(\lambda+v)$, and the least is $\sum_{i \le k}"
    r"\lambda_iv/(\lambda_i+v) + \sum_{i>k}\lambda_i$. Masks that drop with chance q: $C = "
    r"(1-q)\Sigma$, $M = (1-q)^2\Sigma + q(1-q)\operatorname{diag}\Sigma$, the same as noise of "
    r"covariance $\frac{q}{1-q}\operatorname{diag}\Sigma$ up to the map's scale.",
    proof_words=r"Complete the square in $WM^{1/2}$: what is left is to approximate $CM^{-1/2}$ by "
    r"a matrix of rank k, which Eckart and Young do. The moments of the corruptions are sums.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "P. Vincent, H. Larochelle, Y. Bengio and P.-A. Manzagol, Extracting and composing "
            "robust features with denoising autoencoders, ICML 2008 (from memory)"
        ),
        (
            "A. J. Izenman, Reduced-rank regression for the multivariate linear model, Journal of "
            "Multivariate Analysis 5 (1975) (from memory)"
        ),
    ),
    proof=proof,
    families=(LINEAR_AUTOENCODER,),
    uses=("eckart-young", "baldi-hornik", "tweedie"),
)

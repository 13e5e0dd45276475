"""Errata on denoising: which score a denoiser learns, which denoiser learns it, and which way the
noise is written."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from .erratum import Erratum, Measured, Refutation, many_digits

__all__ = ["DENOISING"]

VINCENT = (
    "P. Vincent, A connection between score matching and denoising autoencoders, Neural "
    "Computation 23 (2011)"
)
ALAIN_BENGIO = (
    "G. Alain and Y. Bengio, What regularized auto-encoders learn from the data-generating "
    "distribution, Journal of Machine Learning Research 15 (2014), 3743-3773"
)


def best_linear(variance: Fraction, noise: Fraction) -> Fraction:
    """The factor a of least E(ay - x)², y = x + n: E xy / E y²; for a normal x the best of all."""
    return variance / (variance + noise)


def score_of_the_data() -> Refutation:
    variance, noise, y = Fraction(1), Fraction(1), Fraction(1)
    learnt = (best_linear(variance, noise) * y - y) / noise
    of_data, of_noisy = -y / variance, -y / (variance + noise)
    return Refutation(
        claimed=Measured("minus the distance from the score of the data", -abs(learnt - of_data)),
        corrected=Measured(
            "minus the distance from the score of the noisy data", -abs(learnt - of_noisy)
        ),
        numbers=(
            Measured(r"$(D(y) - y)/\sigma^2$ of the best denoiser, at $y = 1$", learnt),
            Measured("score of the data there", of_data),
            Measured("score of the noisy data there", of_noisy),
        ),
    )


SCORE_OF_THE_DATA = Erratum(
    id="score-of-the-data",
    said="A denoising autoencoder learns the score of the data",
    claim=r"The best denoiser satisfies $D(y) - y = \sigma^2\,\nabla\log p(y)$, where $p$ is the "
    "density of the data.",
    believed=r"It is so in the limit of little noise, and $p$ is a short name for two densities.",
    corrected=r"$D(y) - y = \sigma^2\,\nabla\log p_\sigma(y)$, where $p_\sigma$ is the density of "
    "the data with the noise. It exists even where the data have no density.",
    instance=r"Data $N(0, 1)$ and noise $N(0, 1)$, for which the best denoiser is linear.",
    counterexample=score_of_the_data,
    theorems=("tweedie", "score-matching"),
    references=(VINCENT, ALAIN_BENGIO),
)

NOISE = Fraction(1, 4)  # the variance of the noise on two points, at 1 and -1


def likelihoods(y: Any) -> tuple[Any, Any]:
    """Of the points 1 and -1."""
    mp = many_digits()
    spread = 2 * mp.convert(NOISE)
    return mp.exp(-((y - 1) ** 2) / spread), mp.exp(-((y + 1) ** 2) / spread)


def restricted() -> Refutation:
    mp = many_digits()
    noise = mp.convert(NOISE)

    def bayes(y: Any) -> Any:
        a, b = likelihoods(y)
        return (a - b) / (a + b)

    def score(y: Any) -> Any:
        a, b = likelihoods(y)
        return -((y - 1) * a + (y + 1) * b) / (noise * (a + b))

    def squared_error(y: Any) -> Any:
        """Of the best denoiser, at the point 1; the other is its mirror image."""
        return (bayes(y) - 1) ** 2 * likelihoods(y)[0]

    step = mp.mpf(1) / 16  # the rule of rectangles is good to far more digits than are shown
    grid = [1 + step * k for k in range(-96, 97)]
    least = mp.fsum(map(squared_error, grid)) * step / mp.sqrt(2 * mp.pi * noise)
    affine = 1 - best_linear(Fraction(1), NOISE)
    apart = [abs(bayes(y) - y - noise * score(y)) for y in grid]
    return Refutation(
        claimed=Measured(
            "least error minus that of the best affine denoiser", least - mp.convert(affine)
        ),
        corrected=Measured(
            "minus the points at which the displacement of the best of all is not $\\sigma^2$ "
            "times the score, to forty digits",
            -sum(a > mp.mpf(10) ** -40 for a in apart),
        ),
        numbers=(
            Measured("mean squared error of the best affine denoiser", affine),
            Measured("of the best denoiser", least),
            Measured("points at which the score was compared", len(grid)),
        ),
    )


RESTRICTED = Erratum(
    id="score-by-any-denoiser",
    said="Every denoising autoencoder estimates the score",
    claim="Train an autoencoder to remove Gaussian noise, and its displacement is an estimate of "
    "the score, whatever its architecture.",
    believed="The theorem speaks of the minimiser, and a trained network minimises something.",
    corrected="The identity holds for the minimiser among all functions, the posterior mean. A "
    "linear map, or one through a bottleneck, minimises over fewer, and its displacement is "
    r"another function: its excess loss is $\sigma^4$ times its mean squared error as a score.",
    instance=r"Data at $1$ and $-1$, each half of the time, with noise of variance $\frac14$.",
    counterexample=restricted,
    theorems=("tweedie", "score-matching"),
    references=(VINCENT, ALAIN_BENGIO),
)


def direction_of_corruption() -> Refutation:
    clean = {0: Fraction(1, 4), 1: Fraction(3, 4)}
    flip = Fraction(1, 4)
    forward = {(y, x): flip if x != y else 1 - flip for x in (0, 1) for y in (0, 1)}
    noisy = {y: sum(forward[y, x] * clean[x] for x in (0, 1)) for y in (0, 1)}
    backward = {(x, y): forward[y, x] * clean[x] / noisy[y] for x in (0, 1) for y in (0, 1)}
    gap = max(abs(backward[a, b] - forward[a, b]) for a, b in forward)
    kept = max(abs(sum(backward[x, y] * noisy[y] for y in (0, 1)) - clean[x]) for x in (0, 1))
    return Refutation(
        claimed=Measured("minus the largest difference of the two conditional laws", -gap),
        corrected=Measured("minus what Bayes' rule between them leaves over", -kept),
        numbers=(
            Measured(r"$C(\tilde x = 0 \mid x = 1)$, the corruption", forward[0, 1]),
            Measured(r"$P(x = 1 \mid \tilde x = 0)$, the other way", backward[1, 0]),
            Measured(r"$P(\tilde x = 0)$, which the other way depends on", noisy[0]),
        ),
    )


DIRECTION = Erratum(
    id="direction-of-the-corruption",
    said=r"The corruption is $C(x \mid \tilde x)$",
    claim=r"The input $x$ is corrupted by drawing $\tilde x$ from a process $C(x \mid \tilde x)$.",
    believed="Both bars are read as “between”.",
    corrected=r"$\tilde x$ is drawn from $C(\tilde x \mid x)$. The other conditional law is the "
    "posterior that the denoiser is to learn; it depends on the data, as the corruption must not.",
    instance="One bit, 1 three times out of four, flipped one time out of four.",
    counterexample=direction_of_corruption,
    theorems=("tweedie",),
)

DENOISING = (SCORE_OF_THE_DATA, RESTRICTED, DIRECTION)

r"""What the temperature of a contrastive loss does: its slope, its ends, and where it would rest.

## Statement

Of scores $s_{ij} = \alpha c_{ij}$, $\alpha = 1/\tau$, with a positive $p(i)$ in each row and K
terms in its denominator, let L be the mean cross-entropy and $\bar H$ the mean entropy of the
soft-maxes.  Then $\partial L/\partial\log\alpha = L - \bar H$, and L is convex in $\alpha$.

## References

* C. Guo, G. Pleiss, Y. Sun, K. Weinberger, *On calibration of modern neural networks*, 2017 (a
  temperature that is fitted).
* A. Radford et al., *Learning transferable visual models from natural language supervision*, 2021
  (one that is learned).
"""

from __future__ import annotations

import numpy as np

from .arithmetic import FLOAT64
from .lattice import lattice
from .picture import Picture
from .softmax_rows import cross_entropies, directions, limits
from .temperature_proof import proof
from .theorem import Assumption, Theorem

__all__ = ["TEMPERATURE", "entropy"]


def entropy(scores: np.ndarray) -> float:
    """The mean entropy of the soft-maxes of the rows [n, m], in nats."""
    totals = np.logaddexp.reduce(scores, axis=1)
    shares = np.exp(scores - totals[:, None])
    return float((totals - (shares * scores).sum(axis=1)).mean())


# -- assumptions ----------------------------------------------------------------------------------


def with_long_vectors() -> float:
    """Scores of four and minus four: the loss passes the line of large temperatures by more than
    cosines may."""
    scores = np.array([[-4.0, 4.0]])
    losses, _ = cross_entropies(scores, np.zeros(1, int), FLOAT64)
    ends = limits(scores, scores[:, 0], 1.0)
    return float(ends.bend - (losses.mean() - np.log(2) - ends.warm))


def with_a_negative_temperature() -> float:
    """At tau = -1 the hardest key is the one with the smallest cosine: the loss is below the gap to
    the largest."""
    cosines = np.array([[1.0, -1.0]])
    losses, _ = cross_entropies(-cosines, np.zeros(1, int), FLOAT64)
    return float(losses.mean() * -1.0 - (cosines.max() - cosines[0, 0]))


def with_positives_inside_the_logarithm() -> float:
    """Two positives whose exponentials are averaged: the slope is no longer the loss less the
    entropy, as the positives have a soft-max of their own."""
    scores = np.array([[1.0, -1.0, 0.0]])

    def loss(alpha: float) -> float:
        return float(np.log(np.exp(alpha * scores).sum() / np.exp(alpha * scores[:, :2]).mean()))

    step = 2.0**-12
    slope = (loss(1 + step) - loss(1 - step)) / (2 * step)
    return -abs(slope - (loss(1.0) - entropy(scores)))


ASSUMPTIONS = (
    Assumption(
        words=r"$\tau > 0$",
        fails="small temperature: what is largest would be smallest",
        without=with_a_negative_temperature,
    ),
    Assumption(
        words="for the large temperature: no cosine passes one (embeddings have length one)",
        fails="large temperature: long vectors pass what may be missing",
        without=with_long_vectors,
    ),
    Assumption(
        words="positives enter outside the logarithm, one or the mean of several",
        fails="the slope: the mean of their exponentials has an entropy of its own",
        without=with_positives_inside_the_logarithm,
    ),
    Assumption(
        words="the embeddings stay where they are while the temperature moves",
        unknown="of the embeddings that another temperature would have trained nothing is said: "
        "there is no slack to compute",
    ),
)


# -- the theorem ----------------------------------------------------------------------------------


def picture() -> Picture:
    """The loss of eight noisy pairs, the entropy that it meets at its least, and its two ends."""
    u, v = (directions(np.array(z), FLOAT64)[0] for z in (lattice(8, 3, 6), lattice(8, 3, 7)))
    v = directions(u + v, FLOAT64)[0]
    own = np.arange(len(u))
    found: dict[str, list[tuple[float, float]]] = {}
    for tau in np.geomspace(0.1, 5, 35):
        scores = u @ v.T / tau
        ends = limits(scores, scores[own, own], 1 / tau)
        values = {
            "loss": float(cross_entropies(scores, own, FLOAT64)[0].mean()),
            "entropy of its soft-max": entropy(scores),
            "gap to the hardest key": ends.cold,
            "log K less the lead over the mean": float(np.log(len(u))) + ends.warm,
        }
        for name, value in values.items():
            if value >= 0:  # which the line of large temperatures is not at small ones
                found.setdefault(name, []).append((float(np.log10(tau)), value))
    return Picture(
        "A batch's loss is least at the temperature at which it meets the entropy",
        ("log10 of the temperature", "nats"),
        {name: tuple(points) for name, points in found.items()},
    )


TEMPERATURE = Theorem(
    id="temperature",
    title="The temperature of a soft-max: its slope, its two ends, and where it rests",
    intuition="A temperature says how sure to be. A batch's loss is least where the soft-max is as "
    "unsure as it is wrong: below that temperature it is over-confident, above it under-confident. "
    "Very cold, each row sees its hardest key alone; very warm, it sees the mean of all, and no "
    "key more than another.",
    statement=r"For scores $s_{ij} = c_{ij}/\tau$ with $\lvert c_{ij}\rvert \le 1$, a positive "
    r"$p$ in each row and $K$ terms in its denominator, the mean cross-entropy $L$ and the mean "
    r"entropy $\bar H$ of the soft-maxes have $\partial L/\partial\log\tau = \bar H - L$; $L$ is "
    r"convex in $1/\tau$, so that it is least where $L = \bar H$, and $\tau L$ never falls as "
    r"$\tau$ grows. The temperature is too small for the batch exactly if $L > \bar H$. With the "
    r"mean over rows written as a bar, $0 \le L - \overline{\max_j s_{ij} - s_{ip}} \le \log K$ "
    r"and $0 \le L - \log K - \overline{\bar s_i - s_{ip}} \le \frac{1}{2\tau^2}$: at small "
    r"temperatures only the hardest keys count, at large ones only means. A critic whose soft-max "
    r"is the posterior of which key is the positive has $\mathbb{E}L = \mathbb{E}H$.",
    proof_words="Differentiate in the scale: the slope is the mean score under the soft-max less "
    "the positive's, the curvature the variance. A sum of exponentials lies between its largest "
    "and K times that. The variance of what lies between -1 and 1 is one at most, and integrating "
    "it twice gives what the loss may be above its tangent at the scale zero.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "C. Guo, G. Pleiss, Y. Sun and K. Weinberger, On calibration of modern neural "
            "networks, ICML 2017 (from memory)"
        ),
        (
            "A. Radford et al., Learning transferable visual models from natural language "
            "supervision, ICML 2021"
        ),
    ),
    proof=proof,
    families=(),
    picture=picture,
)  # fmt: skip

r"""Epsilon-sufficiency: how much of what X tells of Y a statistic loses, in nats.

## Statement

Let Y - X - T be a Markov chain (T is made of X, perhaps with noise of its own) and I(X;Y) finite.
Then

$\varepsilon(T) := I(X;Y \mid T) = I(X;Y) - I(T;Y) =
\mathbb{E}\,KL(p(Y \mid X)\,\|\,p(Y \mid T)) \ge 0$,

and along a chain Y - X - T - S losses add: $\varepsilon(S) = \varepsilon(T) + I(T;Y \mid S)$.

Two closed forms.  Linear Gaussian: $\theta \sim N(0, P)$, $X = H\theta + N(0, R)$, $T = AX$:

$I(T;\theta) = \tfrac12\log\det(I + PH^\top A^\top(ARA^\top)^{-1}AH)$,

so that $\varepsilon = 0$ exactly if the rows of A span those of $H^\top R^{-1}$.  Gaussian classes
with one covariance: the log-odds are affine in x, $p(c \mid Ax)$ is the posterior of the mixture
with $(A\mu_c, A\Sigma A^\top)$, and the C - 1 directions $(\mu_c - \mu_1)^\top\Sigma^{-1}$ lose
nothing.

The proof is in `epsilon_sufficiency_proof`, the family in `posterior`.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import numpy as np
from scipy.special import logsumexp

from .epsilon_sufficiency_proof import proof
from .finite_models import Law, information
from .posterior import KEPT, Observed, oracle
from .posterior_problems import mapped
from .theorem import Assumption, Theorem

__all__ = ["EPSILON_SUFFICIENCY", "gaussian_information", "gaussian_loss", "mixture_information"]
__all__ += ["PLANE", "mixture_loss", "quadrature"]

NODES = 160  # of a quadrature, per direction that tells of the class


# -- closed forms ---------------------------------------------------------------------------------


def gaussian_information(
    prior: np.ndarray, channel: np.ndarray, noise: np.ndarray, statistic: np.ndarray
) -> float:
    """I(AX; theta) in nats, of prior P [m, m], channel H [d, m], noise R [d, d], statistic A
    [k, d] with ARA' definite."""
    seen = statistic @ channel
    pull = np.linalg.solve(statistic @ noise @ statistic.T, seen)
    return 0.5 * float(np.linalg.slogdet(np.eye(len(prior)) + prior @ seen.T @ pull)[1])


def gaussian_loss(
    prior: np.ndarray, channel: np.ndarray, noise: np.ndarray, statistic: np.ndarray
) -> float:
    """epsilon(AX) in nats."""
    everything = gaussian_information(prior, channel, noise, np.eye(len(noise)))
    return everything - gaussian_information(prior, channel, noise, statistic)


def mixture_information(mixture: Observed) -> float:
    """I(t; class) in nats, by Gauss--Hermite quadrature in each class: the entropy of the prior
    less the expected entropy of the posterior.  The C - 1 directions that tell of the class are
    used in place of t, so that the grid is as small as the classes allow (C at most 3).  What the
    mixture's observations are is of no matter."""
    means, covariance = np.asarray(mixture.means), np.asarray(mixture.covariance)
    priors = np.asarray(mixture.priors)
    white = np.linalg.solve(np.linalg.cholesky(covariance), (means - means[0]).T).T
    _, sizes, axes = np.linalg.svd(white)
    rank = int((sizes > 1e-12 * max(1.0, float(sizes.max(initial=0.0)))).sum())
    centres = white @ axes[:rank].T
    points, weights = _grid(rank, NODES)
    total = 0.0
    for c, share in enumerate(priors):
        apart = (points + centres[c])[:, None, :] - centres
        logs = np.log(priors) - (apart**2).sum(-1) / 2
        total += share * float(weights @ (logs[:, c] - logsumexp(logs, axis=1)))
    return float(total - priors @ np.log(priors))


def quadrature(mixture: Observed, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Points [m, k] and shares [m] that stand for the mixture: Gauss--Hermite in each class."""
    factor, means = np.linalg.cholesky(np.asarray(mixture.covariance)), np.asarray(mixture.means)
    points, weights = _grid(means.shape[1], nodes)
    clouds = [points @ factor.T + mean for mean in means]
    return np.concatenate(clouds), np.concatenate([p * weights for p in mixture.priors])


def _grid(rank: int, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes [m, rank] and weights of the standard normal."""
    line, weights = np.polynomial.hermite_e.hermegauss(nodes)
    points = np.array(list(product(line, repeat=rank)))
    shares = np.array(list(product(weights / weights.sum(), repeat=rank)))
    return points, shares.prod(axis=1)


def mixture_loss(mixture: Observed, statistic: np.ndarray) -> float:
    """epsilon(At) in nats, A [k, d]: zero if the rows of A span the discriminants."""
    kept = mixture_information(mapped(mixture, statistic, 0.0))
    return mixture_information(mixture) - kept


# -- assumptions ----------------------------------------------------------------------------------


def with_a_statistic_that_peeks() -> float:
    """X tells nothing of the fair coin Y, and T is Y itself: the difference is -log 2."""
    half, nothing = Fraction(1, 2), Fraction(0)
    blind: tuple[Law, ...] = ((half / 2, half / 2), (half / 2, half / 2))
    peeked: tuple[Law, ...] = ((half, nothing), (nothing, half))
    return information(blind) - information(peeked)


PLANE = Observed(
    ((1.0, 1.0),), ((0.0, 0.0), (2.0, 1.0)), ((1.0, 0.75), (0.75, 1.0)), (0.5, 0.5)
)  # fmt: skip


def with_mean_differences() -> float:
    """The direction from mean to mean, not weighed by the precision: nats are lost."""
    apart = np.array([[2.0, 1.0]])
    return -mixture_loss(PLANE, apart)


def with_unequal_spreads() -> float:
    """Variances 1 and 4 about one mean: the odds at 0 are not the geometric mean of those at -2
    and 2, so that no linear statistic of fewer numbers can be enough."""

    def log_odds(x: float) -> float:
        return x**2 / 2 - x**2 / 8 + math.log(0.5)

    return -abs((log_odds(-2.0) + log_odds(2.0)) / 2 - log_odds(0.0))


def with_the_prior_of_another_population() -> float:
    """The statistic's posterior under equal priors, the population's being 9 to 1."""
    skewed = PLANE._replace(priors=(0.9, 0.1))
    return -float(np.max(np.abs(oracle(skewed).value - oracle(PLANE).value)))


ASSUMPTIONS = (
    Assumption(
        words="Y - X - T is a Markov chain: T is made of X, and of noise that knows nothing of Y",
        fails="nonnegative: a statistic that peeks at Y tells more than X does",
        without=with_a_statistic_that_peeks,
    ),
    Assumption(
        words=r"$I(X;Y) < \infty$",
        unknown="where Y = X has a density both informations are infinite and their difference is "
        r"not defined, though $I(X;Y \mid T)$ is: no finite problem can break it",
    ),
    Assumption(
        words=r"directions are weighed by the precision: $(\mu_c - \mu_1)^\top\Sigma^{-1}$",
        fails="lossless: the plain difference of the means loses nats",
        without=with_mean_differences,
    ),
    Assumption(
        words="all classes have one covariance",
        fails="affine odds: with two the odds are quadratic, and linear statistics lose",
        without=with_unequal_spreads,
    ),
    Assumption(
        words="posterior and population have one prior",
        fails="value: under another prior the same observation has another posterior",
        without=with_the_prior_of_another_population,
    ),
)

EPSILON_SUFFICIENCY = Theorem(
    id="epsilon-sufficiency",
    title="How much a statistic loses: epsilon-sufficiency and its chain rule",
    intuition="A statistic loses just the nats by which the posterior given everything differs, on "
    "average, from the posterior given the statistic. Losses along a chain of summaries add up, "
    "so that nothing that was lost is found again. For Gaussian classes with one covariance the "
    "posterior is a softmax of a linear map: one direction fewer than there are classes keeps "
    "everything, whatever the dimension, if each is weighed by the precision.",
    statement=r"For a Markov chain Y - X - T with $I(X;Y) < \infty$: $\varepsilon(T) = "
    r"I(X;Y \mid T) = I(X;Y) - I(T;Y) = \mathbb{E}\,KL(p(Y \mid X)\,\|\,p(Y \mid T)) \ge 0$, and "
    r"$\varepsilon(S) = \varepsilon(T) + I(T;Y \mid S)$ along Y - X - T - S. For "
    r"$\theta \sim N(0, P)$, $X = H\theta + N(0, R)$ and $T = AX$: $I(T;\theta) = \tfrac12\log"
    r"\det(I + PH^\top A^\top(ARA^\top)^{-1}AH)$. For classes $N(\mu_c, \Sigma)$ the log-odds are "
    r"$(\mu_c - \mu_1)^\top\Sigma^{-1}x$ plus a constant, and $\varepsilon = 0$ for "
    r"$T = ((\mu_c - \mu_1)^\top\Sigma^{-1}x)_{c \ge 2}$.",
    proof_words="Write both informations as sums over one table: what is left of their difference "
    "is the average logarithm of p(y|x)/p(y|t), a mean of divergences. The chain rule telescopes. "
    "Gaussian posteriors have a covariance that does not depend on what was seen, so the mean "
    "divergence is half a log-ratio of determinants. For classes with one covariance the squares "
    "cancel in the odds.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "T. M. Cover and J. A. Thomas, Elements of Information Theory, 2nd edition (2006), "
            "chapter 2 (from memory)"
        ),
        (
            "R. A. Fisher, The use of multiple measurements in taxonomic problems, Annals of "
            "Eugenics 7 (1936), 179-188 (from memory)"
        ),
    ),
    proof=proof,
    families=(KEPT,),
    uses=("lehmann-scheffe", "gaussian-kl"),
)

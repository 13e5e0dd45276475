r"""Masking and salt-and-pepper corruption: what the best denoiser is.

## Statement

Let X be any random vector, and let each coordinate of Y be that of X, or with probability r,
independently of all else, be replaced: by zero (masking), or by 0 or 1 with probability 1/2 each
(salt-and-pepper).  Then $p(y \mid x)$ is a product over coordinates; of finitely many points $x_c$
with probabilities $w_c$ the best denoiser is

$\mathbb{E}[X \mid y] = \sum_c w_c\,\rho^{m_c}x_c/\sum_c w_c\,\rho^{m_c}$

over those that y is possible for, $m_c$ of whose coordinates differ from y, with $\rho = r$ or
$r/(2 - r)$; and the law of Y alone tells it, for r < 1, through the inverse of the channel
(Weissman et al. 2005), as the density of noisy points does in Tweedie's formula.  The names of the
corruptions are those of Vincent et al. 2010.

The oracle and claims are in `discrete_denoiser`, the problems in `discrete_denoiser_problems`, the
proof in `discrete_denoising_proof`.
"""

from __future__ import annotations

from .discrete_denoiser import DISCRETE_DENOISER, Corrupted, oracle
from .discrete_denoising_proof import proof
from .theorem import Assumption, Theorem

__all__ = ["DISCRETE_DENOISING"]


# -- assumptions ----------------------------------------------------------------------------------

PIXEL = Corrupted(((0.0,),), (0.5, 0.5), ((0.0,), (1.0,)), 0.5)  # off or on, and nothing seen


def _apart(problem: Corrupted, right: float) -> float:
    return -abs(float(oracle(problem).value[0, 0]) - right)


def with_a_fixed_number_of_masks() -> float:
    """One of two coordinates, each as likely: (0, 1) and (1, 1) are then seen as (0, 1) equally
    often; independent masks hide none of (0, 1) more often than one of (1, 1)."""
    pair = Corrupted(((0.0, 1.0),), (0.5, 0.5), ((0.0, 1.0), (1.0, 1.0)), 0.5)
    return _apart(pair, 1 / 2)


def with_masks_that_see_the_value() -> float:
    """One half is masked always and one never: a blank says that it is one half."""
    grey = Corrupted(((0.0,),), (0.5, 0.5), ((0.5,), (1.0,)), 0.5)
    return _apart(grey, 1 / 2)


def with_another_rate() -> float:
    """Masks with probability 1/10, the formula at 1/2."""
    return _apart(PIXEL, 1 / 11)


def with_masks_that_are_seen() -> float:
    """Who is told that the pixel was masked knows nothing of it."""
    return _apart(PIXEL, 1 / 2)


def with_absolute_errors() -> float:
    """A median is best, and off is the likelier."""
    return _apart(PIXEL, 0.0)


ASSUMPTIONS = (
    Assumption(
        words="coordinates are replaced independently of each other",
        fails="value: with a fixed number of masks, seeing one tells of the others",
        without=with_a_fixed_number_of_masks,
    ),
    Assumption(
        words="whether a coordinate is replaced does not depend on its value",
        fails="value: a mask that falls on some values alone tells which",
        without=with_masks_that_see_the_value,
    ),
    Assumption(
        words="the formula's r is the probability of being replaced",
        fails="value: at another rate it is another denoiser",
        without=with_another_rate,
    ),
    Assumption(
        words="the denoiser sees the corrupted vector, and not where it was corrupted",
        fails="value: a mask that is marked is told from a zero, and the rate drops out",
        without=with_masks_that_are_seen,
    ),
    Assumption(
        words="errors are squared",
        fails="value: of absolute errors the median is best",
        without=with_absolute_errors,
    ),
)

DISCRETE_DENOISING = Theorem(
    id="discrete-denoising",
    title="Masking, and salt and pepper: the best denoiser",
    intuition="What is neither black nor white was not salted or peppered, and what is not zero "
    "was not masked: it is right as it is. A zero may be a mask or a zero of the data's own. The "
    "more is masked, the less a zero tells; and where the data have none, every mask is seen as "
    "one, and how much is masked no longer matters. All that a denoiser needs is how often what is "
    "seen is seen: the corruption is undone on the level of laws, by inverting a small matrix.",
    statement=r"Let each coordinate of Y be that of X, or with probability r, independently, be "
    r"replaced: by zero (masking), or by 0 or 1, with probability 1/2 each (salt-and-pepper). If X "
    r"is $x_c$ with probability $w_c$, then $\mathbb{E}[X \mid y] = \sum_c w_c\,\rho^{m_c}x_c / "
    r"\sum_c w_c\,\rho^{m_c}$ over the points that y is possible for, where $m_c$ is the number of "
    r"coordinates in which $x_c$ and y differ, and $\rho = r$ for masking, $r/(2 - r)$ for "
    r"salt-and-pepper. From the law of Y alone, for r < 1: $p_X = (K^{-1} \otimes \dots \otimes "
    r"K^{-1})\,p_Y$; of masked data $\mathbb{E}[X_j \mid 0, y_{-j}] = \frac{r}{1 - r}\sum_{a \ne 0}"
    r"a\,p_Y(a, y_{-j})/p_Y(0, y_{-j})$. Every denoiser D has $\mathbb{E}\lVert X - D(Y)\rVert^2 = "
    r"\operatorname{mmse} + \mathbb{E}\lVert D(Y) - \mathbb{E}[X \mid Y]\rVert^2$. If no point has "
    r"a zero, masks are told from data: the rate drops out, and training on the masked coordinates "
    r"alone, or with any weights on them and the others, has the same minimiser. If points have "
    r"zeros, it need not have.",
    proof_words="The likelihood of a point is a sum over all masks, and factorises. Factors that "
    "all possible points share cancel; what is left is the odds of showing a value that is not "
    "one's own against one's own. The channel of one coordinate is (1 - r) times the identity plus "
    "r times the law of the replacement, so that its inverse takes that law off again. The rest is "
    "the square around a mean, with weights that are one number for given y, or are not.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "P. Vincent, H. Larochelle, Y. Bengio and P.-A. Manzagol, Extracting and composing "
            "robust features with denoising autoencoders, ICML 2008"
        ),
        (
            "P. Vincent, H. Larochelle, I. Lajoie, Y. Bengio and P.-A. Manzagol, Stacked denoising "
            "autoencoders: learning useful representations in a deep network with a local "
            "denoising criterion, Journal of Machine Learning Research 11 (2010), 3371-3408"
        ),
        (
            "T. Weissman, E. Ordentlich, G. Seroussi, S. Verdú and M. J. Weinberger, Universal "
            "discrete denoising: known channel, IEEE Transactions on Information Theory (2005)"
        ),
    ),
    proof=proof,
    families=(DISCRETE_DENOISER,),
    errata=(
        (
            "Training on the masked coordinates alone does change what is learnt, wherever the "
            "data have zeros of their own. Of a pixel that is on half the time and masked half the "
            "time, a zero says on with probability 1/3. A network that is trained on all "
            "coordinates learns that, and one that is trained where the mask fell learns 1/2, as "
            "of a zero that it knows to be a mask. The two agree where a mask is told from a zero, "
            "as by a mark of its own."
        ),
    ),
)

r"""The compression phase: bins of a saturating unit tell less and less as its weight grows.

## Statement

Of $T = \tanh(wX)$, X normal, the entropy of thirty bins rises from $\log 2$ and falls back to it as
w grows; of a rectifier it rises without bound; and the information itself is infinite throughout.

The entropies are in `binned_entropy`, the proof is in `compression_phase_proof`.

## References

* A. Saxe et al., *On the information bottleneck theory of deep learning*, ICLR 2018.
* Z. Goldfeld et al., *Estimating information flow in deep neural networks*, ICML 2019.
"""

from __future__ import annotations

from math import log

from .binned_entropy import noisy_linear, noisy_tanh, of_linear, of_relu, of_tanh
from .compression_phase_proof import proof
from .picture import Picture
from .theorem import Assumption, Theorem

__all__ = ["COMPRESSION_PHASE"]


# -- assumptions ----------------------------------------------------------------------------------


def with_a_rectifier() -> float:
    """By how much a rectifier's bins tell less at the weight 100 than at 1: they tell more."""
    return of_relu(1.0) - of_relu(100.0)


def with_cells_of_one_chance() -> float:
    """Thirty cells that follow the unit, each as likely as the others, tell log 30 at any weight;
    how near that is to the limit of fixed bins."""
    return -abs(log(30) - log(2))


def with_noise() -> float:
    """A linear unit with noise as large as itself: bins claim more than there is to know."""
    return noisy_linear(1.0, 1.0) - of_linear(2**0.5)


def with_a_coin() -> float:
    """An X of two values tells one bit of itself and no more, and not the log 3 of three cells."""
    return log(2) - log(3)


ASSUMPTIONS = (
    Assumption(
        words="the unit saturates on both sides, as tanh does",
        fails="fall: the bins of a unit that does not saturate fill up for ever",
        without=with_a_rectifier,
    ),
    Assumption(
        words="the bins are fixed in advance, of one width",
        fails="limit: cells that follow the unit's own quantiles tell the same at every weight",
        without=with_cells_of_one_chance,
    ),
    Assumption(
        words="T is a function of X, without noise",
        fails="infinite information: with noise it is finite, and less than fine bins make it",
        without=with_noise,
    ),
    Assumption(
        words="X has a density",
        fails="infinite information: a discrete X has no more to tell than its entropy",
        without=with_a_coin,
    ),
)


# -- a picture ------------------------------------------------------------------------------------


def picture() -> Picture:
    """By the logarithm of the weight: what bins say of three units, and what noise leaves."""
    steps = [k / 8 for k in range(-12, 17)]  # tens
    curves = {
        "bins of tanh": of_tanh,
        "bins of a rectifier": of_relu,
        "linear with noise: the information": noisy_linear,
        "tanh with noise: the information": noisy_tanh,
    }
    series = {name: tuple((t, of(10**t)) for t in steps) for name, of in curves.items()}
    series["log 2"] = tuple((t, log(2)) for t in steps)
    title = (
        "What thirty bins say of a unit as its weight grows, and what is to know of it with noise "
        "of one bin's deviation; without noise, the information is infinite everywhere"
    )
    return Picture(title, ("log10 of the weight", "nats"), series)


COMPRESSION_PHASE = Theorem(
    id="compression-phase",
    title="The compression phase is in the bins",
    intuition="Weights grow while a network is trained. A histogram of a tanh unit then spreads "
    "over more bins, until the unit saturates and all is piled up in the first and the last: the "
    "entropy of the bins rises and falls. A rectifier never saturates above, and its bins fill up "
    "for ever. Neither says what the unit knows of its input: without noise it passes on every "
    "digit of a real number, which is infinitely much, at every weight.",
    statement=r"Let $X \sim N(0,1)$, $T = f(wX)$ and $H(w)$ the entropy of T's bin, of the width "
    r"$h = 2/30$ with an edge at 0. For $f = \tanh$, $H \to \log 2$ for $w \to 0$ and for "
    r"$w \to \infty$, with $H(\frac1{10}) < 1.9$, $H(1) > 3.3$, $H(5) < 2$, $H(100) < 0.81$. For a "
    r"rectifier $H(2w) \ge H(w)$, without bound. For both $I(X;T) = \infty$ at every $w > 0$. With "
    r"noise, $I(X;wX+\sigma N) = \frac12\log(1+w^2/\sigma^2)$ rises with w.",
    proof_words=r"A bin's chance is a difference of two values of $\Phi$. In the limits the two "
    "bins at zero, or the two outermost, share everything; interval arithmetic encloses the four "
    "numbers. Doubling a rectifier's weight halves its bins, and cutting a bin adds the entropy of "
    "the cut. Cells of X of one chance are told apart by T, and there may be any number of them.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "A. M. Saxe, Y. Bansal, J. Dapello, M. Advani, A. Kolchinsky, B. D. Tracey and D. D. "
            "Cox, On the information bottleneck theory of deep learning, ICLR (2018)"
        ),
        (
            "Z. Goldfeld, E. van den Berg, K. Greenewald, I. Melnyk, N. Nguyen, B. Kingsbury and "
            "Y. Polyanskiy, Estimating information flow in deep neural networks, ICML (2019), "
            "PMLR 97, 2299-2308 (abstract)"
        ),
    ),
    proof=proof,
    picture=picture,
    uses=("mutual-information",),
    errata=(
        (
            "It is not so that compression disappears once noise makes the information finite. "
            "Goldfeld et al. say in their abstract that in networks with noise it is driven by "
            "clusters that form among the representations of one class, and that bins measure "
            "that clustering in networks without. The curve of tanh with noise falls as well."
        ),
        (
            "Nor do bins estimate an information here: the bins of a function of X have an "
            "entropy, which depends on their width, and the information does not."
        ),
    ),
)  # fmt: skip

r"""Fisher's discriminant: the direction that tells two classes best, and what it reaches.

## Statement

For class means $m_0, m_1$ and a common covariance S, $\Delta = m_1 - m_0$, the ratio $(w^\top
\Delta)^2/w^\top Sw$ is at most $J = \Delta^\top S^{-1}\Delta$, and reaches it just along $w \propto
S^{-1}\Delta$.  If classes are Gaussian and equally likely, no rule has a higher accuracy than
$\Phi(\sqrt J/2)$, which that direction has.

What every linear probe keeps to, and the rule of samples, are in `linear_probe`; the proof is
in `fisher_discriminant_proof`.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr

from .fisher_discriminant_proof import proof
from .linear_probe import LINEAR_PROBE
from .picture import Picture
from .theorem import Assumption, Theorem

__all__ = ["FISHER_DISCRIMINANT", "accuracy", "bayes_accuracy", "separation"]


# -- oracles --------------------------------------------------------------------------------------


def separation(means: np.ndarray, covariance: np.ndarray) -> float:
    r"""$J = \Delta^\top S^{-1}\Delta$ of two class means [2, d]."""
    apart = means[1] - means[0]
    return float(apart @ np.linalg.solve(covariance, apart))


def bayes_accuracy(means: np.ndarray, covariance: np.ndarray) -> float:
    """The highest accuracy of any rule, of two Gaussian classes that are equally likely."""
    return float(ndtr(math.sqrt(separation(means, covariance)) / 2))


def accuracy(w: np.ndarray, b: float, means: np.ndarray, covariance: np.ndarray) -> float:
    """That of the rule `w @ x + b > 0` for the second class, of the same two classes."""
    spread = math.sqrt(float(w @ covariance @ w))
    first, second = (float(w @ mean + b) for mean in means)
    return float(ndtr(second / spread) + ndtr(-first / spread)) / 2


# -- assumptions ----------------------------------------------------------------------------------


def with_covariances_that_differ() -> float:
    """One mean, and deviations of 1 and 3: within a threshold the narrow class is likelier, beyond
    it the wide one, and J is zero."""
    threshold = math.sqrt(2 * math.log(3) / (1 - 1 / 9))
    within, beyond = 2 * ndtr(threshold) - 1, 2 * ndtr(-threshold / 3)
    return 0.5 - float(within + beyond) / 2


def with_shares_that_differ() -> float:
    """Nine samples of ten of one class: to name it always is right nine times in ten."""
    return bayes_accuracy(np.array([[0.0], [1.0]]), np.eye(1)) - 0.9


def with_classes_that_are_no_bells() -> float:
    """Uniform between -1 and 0, and between 0 and 1: told apart without an error."""
    return bayes_accuracy(np.array([[-0.5], [0.5]]), np.eye(1) / 12) - 1.0


def with_the_direction_of_most_variance() -> float:
    """The first principal axis of the vignette: a nuisance of deviation 5, with nothing of the
    classes."""
    return accuracy(np.array([0.0, 1.0]), 0.0, MEANS, COVARIANCE) - bayes_accuracy(
        MEANS, COVARIANCE
    )


def with_errors_counted() -> float:
    """One class at 1, 1, 1 and -9, the other its mirror image: counted errors, which are not
    convex, are fewest along the positive axis, where the class mean is on the wrong side."""
    return float(np.mean([1.0, 1.0, 1.0, -9.0]))


def with_a_covariance_for_each_class() -> float:
    """Deviations of 1 and 3 about zero: at -4 and 4 the wide class is likelier, and between them
    the narrow one."""

    def wide(x: float) -> bool:
        return -(x**2) / 18 - math.log(3) > -(x**2) / 2

    return -float(wide(-4.0) and wide(4.0) and not wide(0.0))


MEANS = np.array([[-1.0, 0.0], [1.0, 0.0]])
COVARIANCE = np.diag([1.0, 25.0])

ASSUMPTIONS = (
    Assumption(
        words="classes have one covariance",
        fails="Bayes accuracy: classes of one mean are told apart by their spread",
        without=with_covariances_that_differ,
    ),
    Assumption(
        words="classes are equally likely",
        fails="Bayes accuracy: to name the commoner class always may be better than J allows",
        without=with_shares_that_differ,
    ),
    Assumption(
        words="classes are Gaussian",
        fails="Bayes accuracy: classes with edges may be told apart without an error",
        without=with_classes_that_are_no_bells,
    ),
    Assumption(
        words=r"the direction is $S^{-1}\Delta$, with S the covariance within classes",
        fails="Bayes accuracy is reached: the direction of most variance may know nothing",
        without=with_the_direction_of_most_variance,
    ),
    Assumption(
        words="of a converged probe: the loss is convex in the margins",
        fails="class means: of errors that are counted the fewest may leave a mean on the wrong "
        "side",
        without=with_errors_counted,
    ),
    Assumption(
        words="of any probe: scores are affine",
        fails="convex regions: with a covariance for each class a region lies on both sides of "
        "another",
        without=with_a_covariance_for_each_class,
    ),
)


# -- a picture ------------------------------------------------------------------------------------


def picture() -> Picture:
    """Classes a deviation from the origin either way, and a nuisance beside: the best accuracy by
    the direction that is looked along."""
    series = {}
    for nuisance in (1.0, 2.0, 5.0):
        curve = []
        for angle in map(float, np.linspace(0, 90, 46)):
            w = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
            spread = float(w @ np.diag([1.0, nuisance**2]) @ w)
            curve.append((angle, bayes_accuracy((MEANS @ w)[:, None], np.array([[spread]]))))
        series[f"nuisance of deviation {nuisance:g}"] = tuple(curve)
    return Picture(
        "Two classes, two deviations apart: what is left away from Fisher's direction",
        ("angle to Fisher's direction, degrees", "best accuracy along it"),
        series,
    )


# -- the theorem ----------------------------------------------------------------------------------

FISHER_DISCRIMINANT = Theorem(
    id="fisher-discriminant",
    title="Fisher's discriminant: what a linear probe can reach, and what every probe keeps to",
    intuition="A direction is good for telling two classes apart if their means are far apart "
    "along it, in units of the noise along it. So noise has to be divided out: directions of much "
    "noise count little, however far apart the means are there, and the direction of most variance "
    "may be the worst of all. Of Gaussian classes nothing is lost by looking along that one line. "
    "A probe that was fitted otherwise, or not to the end, still cuts space by planes: that much "
    "can be held against it whatever it was trained on.",
    statement=r"For $m_0 \ne m_1$ in $\mathbb{R}^d$, $S \succ 0$, $\Delta = m_1-m_0$: "
    r"$\frac{(w^\top\Delta)^2}{w^\top Sw} \le J = \Delta^\top S^{-1}\Delta$, with equality just "
    r"for $w \propto S^{-1}\Delta$; $J$ is the same after every invertible affine map. If classes "
    r"are $N(m_c, S)$ and equally likely, Bayes' rule is "
    r"$x^\top S^{-1}\Delta > \tfrac12(m_1^\top S^{-1}m_1 - m_0^\top S^{-1}m_0)$, and every rule "
    r"has an accuracy of at most $\Phi(\sqrt J/2)$. Affine scores have convex regions; a convex "
    r"loss of margins with $\ell'(0) < 0$, at its minimum on two classes that are mirror images in "
    r"the origin, has both class means on their own sides; and no rule is right oftener than "
    r"$\mathbb{E}\max_c\Pr(c \mid x)$.",
    proof_words="Complete the square about $S^{-1}\\Delta$. Of Gaussian classes the quadratic "
    "terms of the log-ratio cancel. Along one direction both classes are bells of one width, and "
    "the best threshold is halfway. The rest are Jensen's inequality, and counting.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "R. A. Fisher, The use of multiple measurements in taxonomic problems, Annals of "
            "Eugenics 7 (1936), 179-188"
        ),
        (
            "T. Hastie, R. Tibshirani and J. Friedman, The Elements of Statistical Learning, 2nd "
            "edition (2009), section 4.3 (from memory)"
        ),
    ),
    proof=proof,
    families=(LINEAR_PROBE,),
    picture=picture,
    errata=(
        (
            "That a probe on two principal axes loses to Fisher's direction is not shown by two "
            "classes one deviation off the origin with a nuisance of deviation five: the second "
            "axis is Fisher's direction, and both have 0.841. One principal axis has 0.5."
        ),
    ),
)  # fmt: skip

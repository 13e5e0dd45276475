"""Eckart--Young--Mirsky: what a reconstruction of low rank must lose, in any reconstruction loss.

The definitions, oracle and claims are in `reconstruction_loss`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .reconstruction_loss import RECONSTRUCTION_LOSS, Reconstruction, oracle
from .symbolic import sp
from .theorem import Assumption, Step, Theorem, cited, identity
from .words import identity_on, letter, rule, square, trace

__all__ = ["ECKART_YOUNG"]


# -- proof ----------------------------------------------------------------------------------------


def proof() -> Iterator[Step]:
    yield from _gradients()
    yield from _bottleneck()


def _gradients() -> Iterator[Step]:
    x, c = sp.symbols("x c", real=True)
    p = sp.Symbol("p", positive=True)
    yield identity(
        "the gradient of the squared error",
        sp.diff((x - p) ** 2, p), 2 * (p - x), slip=p - x, slip_words="the factor two forgotten",
        tex=r"\partial_{\hat x}(x-\hat x)^2 = 2(\hat x-x)", scope="per entry",
    )  # fmt: skip
    yield identity(
        "only differences enter the squared error",
        (x + c - (p + c)) ** 2, (x - p) ** 2,
        slip=(x + c - p) ** 2, slip_words="one of the two shifted",
        tex=r"(x+c-(\hat x+c))^2 = (x-\hat x)^2", scope="per entry",
    )  # fmt: skip
    loss = -(x * sp.log(p) + (1 - x) * sp.log(1 - p))
    yield identity(
        "the gradient of the Bernoulli loss: of the sign of the error, so the data are the minimum",
        sp.diff(loss, p), (p - x) / (p * (1 - p)),
        slip=p - x, slip_words="the gradient in the logit",
        tex=r"\partial_{\hat x} L = \frac{\hat x-x}{\hat x(1-\hat x)}", scope="per entry",
    )  # fmt: skip
    yield identity(
        "its curvature is a sum of nonnegative terms for data in the unit interval",
        sp.diff(loss, p, 2), x / p**2 + (1 - x) / (1 - p) ** 2,
        slip=1 / (p * (1 - p)), slip_words="the curvature at the minimum, taken for all",
        tex=r"\partial_{\hat x}^2 L = \frac{x}{\hat x^2}+\frac{1-x}{(1-\hat x)^2}",
        scope="per entry",
    )  # fmt: skip
    yield identity(
        "negatives have the same loss",
        loss.subs({x: 1 - x, p: 1 - p}, simultaneous=True), loss,
        slip=loss.subs(p, 1 - p), slip_words="only the reconstruction flipped",
        tex=r"L(1-x,1-\hat x) = L(x,\hat x)", scope="per entry",
    )  # fmt: skip


def _bottleneck() -> Iterator[Step]:
    X, Y, Z = (letter(name, "n", "d") for name in ("X", r"\hat X", "Z"))
    H, one = letter("H", "n", "n", symmetric=True), identity_on("n")
    yield identity(
        "centring loses the means' error and nothing else",
        square(Z).given(rule(H @ H, H)), square(H @ Z) + square((one - H) @ Z),
        slip=square(H @ Z) + square(Z), slip_words="the whole counted again",
        tex=r"\lVert Z\rVert^2 = \lVert HZ\rVert^2 + \lVert(I-H)Z\rVert^2", scope="every n and d",
    )  # fmt: skip
    yield identity(
        "the squared error is two squared norms less an inner product",
        square(X - Y), square(X) + square(Y) - 2 * trace(X.T @ Y),
        slip=square(X) - square(Y), slip_words="a difference of squares",
        tex=r"\lVert X-\hat X\rVert^2 = \lVert X\rVert^2+\lVert\hat X\rVert^2"
        r"-2\operatorname{tr}X^\top\hat X",
        scope="every n and d",
    )  # fmt: skip
    yield cited(
        "the inner product is at most that of the singular values (von Neumann), so that the "
        "squared error is at least the squared distance of the singular values",
        tex=r"\operatorname{tr}X^\top\hat X \le \sum_i\sigma_i(X)\,\sigma_i(\hat X)",
        source="J. von Neumann 1937; L. Mirsky 1960 (both from memory)",
    )  # fmt: skip


# -- assumptions ----------------------------------------------------------------------------------


def with_half_the_error() -> float:
    """Half the squared error lies below the bottleneck's bound."""
    truth = oracle(Reconstruction(((0.0,), (1.0,)), ((0.5,), (0.5,))))
    return float(truth.value.sum()) / 2 - truth.bottleneck


def with_data_outside() -> float:
    """Counts in place of probabilities: the Bernoulli loss falls below zero, and without bound."""
    return float(oracle(Reconstruction(((2.0,),), ((0.9375,),)), "bernoulli").value.sum())


def with_rows_exchanged() -> float:
    """Compared with the singular values of other data, the bound is false."""
    truth = oracle(Reconstruction(((0.0,), (1.0,)), ((0.25,), (0.75,))))
    other = np.array([[0.5], [0.5]])
    lost = float(np.var(np.array([[0.0], [1.0]]) - other))
    return float(truth.value.sum()) - lost


ECKART_YOUNG = Theorem(
    id="eckart-young",
    title="Eckart--Young--Mirsky: what a bottleneck must lose",
    intuition="If all reconstructions lie on a plane of k dimensions, then whatever made them, the "
    "squared error is at least the variance that the best such plane leaves out. More generally "
    "data and reconstruction are at least as far apart as their singular values.",
    statement=r"For $X, \hat X \in \mathbb{R}^{n \times d}$ and the centring $H$, $\lVert X-\hat X"
    r"\rVert_F^2 \ge \sum_i(\sigma_i(HX)-\sigma_i(H\hat X))^2$; if the rows of $\hat X$ lie on an "
    r"affine plane of dimension $k$, this is at least $n\sum_{i>k}\lambda_i$. The squared error is "
    r"never negative and zero at $\hat x = x$ only; the Bernoulli loss is never below the entropy "
    r"of $x \in [0,1]$, and reaches it at $\hat x = x$ only.",
    proof_words="Centring is a projector, so it only shortens. Expand the square and bound the "
    "inner product by that of the singular values. Entry by entry both losses are convex in the "
    "reconstruction with their minimum at the data.",
    assumptions=(
        Assumption(
            words="the error is squared, summed over features and averaged over rows, factor one",
            fails="bottleneck: half the squared error lies below it",
            without=with_half_the_error,
        ),
        Assumption(
            words=r"$x \in [0, 1]$ for the Bernoulli loss",
            fails="floor: the loss of counts is negative",
            without=with_data_outside,
        ),
        Assumption(
            words="the singular values are those of the very reconstructions in the loss",
            fails="bottleneck: another reconstruction has another bound",
            without=with_rows_exchanged,
        ),
        Assumption(
            words=r"$0 < \hat x < 1$ for the Bernoulli loss",
            unknown="outside, the logarithm is not defined; what code does there is set by its "
            "clamp",
        ),
    ),
    references=(
        (
            "C. Eckart and G. Young, The approximation of one matrix by another of lower rank, "
            "Psychometrika 1 (1936), 211-218"
        ),
        "L. Mirsky, Symmetric gauge functions and unitarily invariant norms, 1960 (from memory)",
    ),
    proof=proof,
    families=(RECONSTRUCTION_LOSS,),
)

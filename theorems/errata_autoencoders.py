"""Errata on linear autoencoders, their minimisers and their codes, and on sparse ones."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import numpy as np

from .erratum import Erratum, Measured, Refutation

__all__ = ["AUTOENCODERS"]

Exact = Any  # an array of fractions
KUNIN = (
    "D. Kunin, J. M. Bloom, A. Goeva and C. Seed, Loss landscapes of regularized linear "
    "autoencoders, 2019"
)


def exact(rows: Sequence[Sequence[Any]]) -> Exact:
    return np.array([[Fraction(x) for x in row] for row in rows], dtype=object)


def eye(size: int) -> Exact:
    return exact(np.eye(size, dtype=int).tolist())


def reconstruction_loss(product_: Exact, covariance: Exact) -> Fraction:
    """E|x - ABx|², of centred data, summed over the entries of x."""
    left = eye(len(covariance)) - product_
    return Fraction(np.trace(left @ covariance @ left.T))


def largest(entries: Exact) -> Fraction:
    return Fraction(max(abs(x) for x in entries.ravel()))


# -- minimisers -----------------------------------------------------------------------------------


def minimisers() -> Refutation:
    first = exact([[1, 0], [0, 0]])
    circle, line = eye(2), exact([[4, 0], [0, 0]])
    slanted = exact([[Fraction(9, 25), Fraction(12, 25)], [Fraction(12, 25), Fraction(16, 25)]])
    sheared = exact([[1, 1], [0, 0]])
    # product AB, covariance, its floor, the orthogonal projector on the range of AB
    cases = [(slanted, circle, 1, slanted), (sheared, line, 0, first)]
    excess = [reconstruction_loss(AB, S) - floor for AB, S, floor, _ in cases]
    apart = [np.sum((AB - first) ** 2) for AB, *_ in cases]
    free = [
        largest((AB - Q) @ S @ (AB - Q).T) + abs(np.trace((eye(2) - Q) @ S) - floor)
        for AB, S, floor, Q in cases
    ]
    return Refutation(
        claimed=Measured(
            r"minus $\lVert AB - P\rVert_F^2$ at a global minimum, the smaller of two", -min(apart)
        ),
        corrected=Measured(
            r"minus the largest residual of the loss, of $(AB - Q)\Sigma^{1/2} = 0$ and of "
            r"$\operatorname{tr}(I - Q)\Sigma = \sum_{i>k}\lambda_i$",
            -max(*excess, *free),
        ),
        numbers=(
            Measured("excess loss of a slanted line, data on a circle", excess[0]),
            Measured(r"its $\lVert AB - P\rVert_F^2$", apart[0]),
            Measured("excess loss of a shear, data in a line", excess[1]),
            Measured(r"its $\lVert AB - P\rVert_F^2$", apart[1]),
        ),
    )


MINIMISERS = Erratum(
    id="minimisers-unique-up-to-a-matrix",
    said="A linear autoencoder at its minimum projects on the top principal components",
    claim=r"At every global minimum $AB = P$, the projector on the top-$k$ eigenvectors of the "
    r"covariance: $B = CU_k^\top$ and $A = U_kC^{-1}$ for some invertible $C$.",
    believed="It is the theorem of Baldi and Hornik, with its assumptions left out.",
    corrected=r"It holds where $\Sigma$ has full rank and $\lambda_k > \lambda_{k+1}$. With a tie "
    "the top subspace is not unique; with fewer rows than columns the map is free off the data. "
    r"What holds always: $(AB - Q)\Sigma^{1/2} = 0$, where $Q$ projects on the range of $AB$ and "
    "loses no more than the floor. A test that compares $AB$ with $P$ alarms falsely elsewhere.",
    instance=r"In the plane, with $k = 1$ and $P$ on the first axis. Data on a circle, $\Sigma = "
    r"I$, and the projector on the line through $(3, 4)$; data in a line, $\Sigma = "
    r"\operatorname{diag}(4, 0)$, and $AB$ the map of $(x, y)$ to $(x + y, 0)$.",
    counterexample=minimisers,
    theorems=("baldi-hornik",),
    references=(
        (
            "P. Baldi and K. Hornik, Neural networks and principal component analysis: learning "
            "from examples without local minima, Neural Networks 2 (1989), 53-58"
        ),
    ),
)

SPREAD = exact([[4, 0, 0], [0, 2, 0], [0, 0, 1]])  # a covariance with its floor, at k = 2, of 1
TOP = exact([[1, 0, 0], [0, 1, 0]])
SHEAR = exact([[1, 1], [0, 1]])
STRETCH = exact([[1000, 0], [0, 1]])
TURN = exact([[Fraction(3, 5), Fraction(-4, 5)], [Fraction(4, 5), Fraction(3, 5)]])


def inverse(C: Exact) -> Exact:
    (a, b), (c, d) = C
    return exact([[d, -b], [-c, a]]) / (a * d - b * c)


def code_basis() -> Refutation:
    matrices = {"a shear": SHEAR, "a stretch": STRETCH, "a turn": TURN}
    off_unit, missed = {}, []
    for name, C in matrices.items():
        encoder, decoder = C @ TOP, TOP.T @ inverse(C)
        off_unit[name] = largest(encoder @ encoder.T - eye(2))
        missed.append(abs(reconstruction_loss(decoder @ encoder, SPREAD) - 1))
        missed.append(largest(encoder @ decoder - eye(2)))
    return Refutation(
        claimed=Measured(r"minus the largest entry of $\lvert BB^\top - I\rvert$, for a shear",
                         -off_unit["a shear"]),
        corrected=Measured("minus the excess of the loss, and minus $\\lvert BA - I\\rvert$, for "
                           "all three", -max(missed)),
        numbers=tuple(
            Measured(rf"largest entry of $\lvert BB^\top - I\rvert$ for {name}", value)
            for name, value in off_unit.items()
        ),
    )  # fmt: skip


CODE_BASIS = Erratum(
    id="rotated-basis-of-the-code",
    said="A linear autoencoder learns a rotated basis of the principal subspace",
    claim="The encoder of a linear autoencoder finds the principal components up to a rotation.",
    believed="Principal component analysis has orthonormal axes, and only the subspace is told to "
    "the autoencoder.",
    corrected=r"Up to any invertible matrix: $B = CU_k^\top$, $A = U_kC^{-1}$. Lengths and angles "
    "of codes mean nothing. A penalty on the squared weights leaves only the orthogonal ones.",
    instance=r"$\Sigma = \operatorname{diag}(4, 2, 1)$ and $k = 2$: a shear, a stretch by a "
    "thousand, and a turn through a right triangle's angle, all at the floor 1.",
    counterexample=code_basis,
    theorems=("baldi-hornik", "regularized-linear-autoencoder"),
    references=(KUNIN,),
)


def similar_codes() -> Refutation:
    encoder = STRETCH @ TOP
    project = TOP.T @ inverse(STRETCH) @ encoder
    points = [exact([p]).T for p in product((0, 1, 2), repeat=3)]

    def square(v: Exact) -> Fraction:
        return Fraction(np.sum(v**2))

    near, far = exact([[1, 0, 0]]).T, exact([[0, 2, 0]]).T
    shrinks = min(square(x - y) - square(project @ (x - y)) for x, y in combinations(points, 2))
    return Refutation(
        claimed=Measured("squared distance of the far pair's codes minus that of the near pair's",
                         square(encoder @ far) - square(encoder @ near)),
        corrected=Measured("the least by which a squared distance of inputs exceeds that of "
                           "reconstructions", shrinks),
        numbers=(
            Measured("excess loss", reconstruction_loss(project, SPREAD) - 1),
            Measured("squared distance of the near pair", square(near)),
            Measured("of its codes", square(encoder @ near)),
            Measured("squared distance of the far pair", square(far)),
            Measured("of its codes", square(encoder @ far)),
        ),
    )  # fmt: skip


SIMILAR_CODES = Erratum(
    id="similar-inputs-similar-codes",
    said="An autoencoder maps similar inputs to nearby codes",
    claim="Because it must compress, an autoencoder that reconstructs well puts similar inputs "
    "near to each other in the latent space.",
    believed="Plots of codes show it, for encoders that were trained from small weights and are "
    "smooth for reasons of their own.",
    corrected="Reconstruction says nothing of distances between codes: whatever invertible map is "
    "put after the encoder, its inverse before the decoder undoes it. What the linear minimum does "
    "give: reconstructions are never further apart than inputs.",
    instance=r"$\Sigma = \operatorname{diag}(4, 2, 1)$, $k = 2$, the minimiser stretched a "
    "thousandfold along its first axis. From the origin, the point $(1, 0, 0)$ is nearer than "
    "$(0, 2, 0)$.",
    counterexample=similar_codes,
    theorems=("baldi-hornik",),
    references=(KUNIN,),
)


def encoder_shape() -> Refutation:
    raised = {"W": 0, "W.T": 0}
    sizes = list(product(range(2, 6), range(1, 5)))
    wider = [(d, k) for d, k in sizes if k < d]
    for d, k in wider:
        W, x = np.ones((d, k)), np.ones(d)
        for name, encoder in (("W", W), ("W.T", W.T)):
            try:
                encoder @ x
            except ValueError:
                raised[name] += 1
    return Refutation(
        claimed=Measured("minus the shapes at which $Wx$ raises an error", -raised["W"]),
        corrected=Measured(r"minus those at which $W^\top x$ does", -raised["W.T"]),
        numbers=(Measured("shapes with $k < d$ tried", len(wider)),),
    )


ENCODER_SHAPE = Erratum(
    id="shape-of-the-encoder",
    said=r"With $W \in \mathbb{R}^{d \times k}$ the code is $a = Wx$",
    claim=r"An encoder from $d$ inputs to $k$ units has the weights $W \in \mathbb{R}^{d \times "
    r"k}$ and computes $a = f(Wx + b)$.",
    believed="Inputs first, outputs second is how the layer is spoken of; and rows of data, "
    "$XW$, have it so.",
    corrected=r"$W \in \mathbb{R}^{k \times d}$, or $a = f(W^\top x + b)$. PyTorch's `Linear` "
    r"stores $k \times d$.",
    instance="Every shape with $d$ up to 5 and $k < d$, as arrays of NumPy.",
    counterexample=encoder_shape,
)


# -- sparse codes ---------------------------------------------------------------------------------

PENALTY = Fraction(1, 2)


def sparse_loss(atom: Fraction, code: Fraction) -> Fraction:
    """One input, 1, one atom: (1 - atom·code)² + |code|/2."""
    return (1 - atom * code) ** 2 + PENALTY * abs(code)


def sparse_codes() -> Refutation:
    best = sparse_loss(Fraction(1), 1 - PENALTY / 2)
    longer = {c: sparse_loss(Fraction(c), Fraction(1, c)) for c in (1, 10, 1000)}
    grid = [Fraction(k, 16) for k in range(-32, 33)]
    on_grid = min(sparse_loss(d, z) for d, z in product(grid, grid) if abs(d) <= 1)
    return Refutation(
        claimed=Measured("loss with an atom of length 1000 minus the constrained minimum",
                         longer[1000] - best),
        corrected=Measured("least loss on a grid of atoms no longer than 1, minus that minimum",
                           on_grid - best),
        numbers=(
            Measured("minimum with atoms no longer than 1", best),
            *(Measured(f"loss with an atom of length {c}, its inverse the code", value)
              for c, value in longer.items()),
        ),
    )  # fmt: skip


SPARSE_CODES = Erratum(
    id="sparse-autoencoder-as-dictionary",
    said="A linear decoder with an $L_1$ penalty on the codes is dictionary learning",
    claim=r"Minimising $\lVert x - Dz\rVert^2 + \lambda\lVert z\rVert_1$ over codes and decoder is "
    "exactly the problem of dictionary learning.",
    believed="It is the objective that papers on dictionary learning print first; the constraint "
    "stands in the next line.",
    corrected=r"Dictionary learning constrains the atoms, $\lVert d_j\rVert \le 1$. Without that "
    "the problem has no minimum: $(cD, z/c)$ reconstructs the same for a penalty $c$ times "
    "smaller, so that in the limit the penalty costs nothing and asks for no zeros.",
    instance=r"One input, the number 1; one atom; $\lambda = \frac12$.",
    counterexample=sparse_codes,
    theorems=("dictionary-learning",),
    references=(
        (
            "J. Mairal, F. Bach, J. Ponce and G. Sapiro, Online learning for matrix factorization "
            "and sparse coding, Journal of Machine Learning Research 11 (2010), 19-60"
        ),
    ),
)

AUTOENCODERS = (MINIMISERS, CODE_BASIS, SIMILAR_CODES, ENCODER_SHAPE, SPARSE_CODES)

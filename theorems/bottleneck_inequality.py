r"""The bottleneck inequality: what any autoencoder with a code of k numbers can and cannot do.

The definitions and claims are in `autoencoder`, the proof in `bottleneck_inequality_proof`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .autoencoder import (
    AUTOENCODER,
    Reconstruction,
    above_the_floor,
    alone,
    better_than_a_constant,
    oracle,
    repeatable,
    within_the_rank,
)
from .bottleneck_inequality_proof import proof
from .covariance import Bottleneck, points
from .theorem import Assumption, Theorem

__all__ = ["BOTTLENECK_INEQUALITY"]


# -- assumptions ----------------------------------------------------------------------------------

CIRCLE = Bottleneck((8, 8), (0,), (0, 0), 1)  # four points, one in each direction
AWAY = Bottleneck((8, 8), (0,), (16, 0), 1)


def seen(problem: Bottleneck, x_hat: np.ndarray, **more: Any) -> Reconstruction:
    """A code that does nothing remarkable but return `x_hat` on the problem's rows."""
    loss = float(np.mean(np.sum((points(problem) - x_hat) ** 2, axis=1)))
    plain = Reconstruction(loss, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, x_hat, x_hat)
    return plain._replace(**more)


def with_a_connection_round() -> float:
    """The decoder is handed the row itself: the Jacobian is the identity."""
    x = points(CIRCLE)
    code = seen(CIRCLE, x, gradient=(np.eye(2)[None],))
    return within_the_rank(CIRCLE, oracle(CIRCLE), code)


def with_batch_statistics() -> float:
    """Normalised by the batch: the first two rows alone have other means than all four."""
    x = points(AWAY)
    apart = (x - x.mean(axis=0))[:2] - (x[:2] - x[:2].mean(axis=0))
    return alone(AWAY, oracle(AWAY), seen(AWAY, x, company=float(np.max(np.abs(apart)))))


def with_noise() -> float:
    """Each unit is dropped in one call and kept, doubled, in the next."""
    x = points(CIRCLE)
    code = seen(CIRCLE, x, again=float(np.max(np.abs(2 * x))))
    return repeatable(CIRCLE, oracle(CIRCLE), code)


def with_a_curved_decoder() -> float:
    """An angle decodes every point of the circle; the floor of a plane is a half."""
    return above_the_floor(CIRCLE, oracle(CIRCLE), seen(CIRCLE, points(CIRCLE)))


def with_a_jump() -> float:
    """The angle, which jumps at a half turn, reconstructs all points: the worst error is not the
    radius but zero."""
    x = points(CIRCLE)
    angle = np.arctan2(x[:, 1], x[:, 0])
    decoded = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return float(np.max(np.linalg.norm(x - decoded, axis=1))) - 1.0


def without_an_offset() -> float:
    """Far from zero, a map that is linear and starts at zero is worse than the mean."""
    return better_than_a_constant(AWAY, oracle(AWAY), seen(AWAY, np.zeros((4, 2))))


ASSUMPTIONS = (
    Assumption(
        words="the decoder is handed k numbers, and nothing else of the row",
        fails="rank: a connection round the bottleneck passes all d",
        without=with_a_connection_round,
    ),
    Assumption(
        words="each row is encoded and decoded by itself",
        fails="row by row: what is computed over a batch passes from row to row",
        without=with_batch_statistics,
    ),
    Assumption(
        words="nothing is drawn when a row is reconstructed",
        fails="repeatable: dropout, sampling and noise give another answer each time",
        without=with_noise,
    ),
    Assumption(
        words="encoder and decoder have a derivative (for the rank)",
        unknown="where layers have corners, automatic differentiation still multiplies through the "
        "code; a code that returns plain numbers is not asked; a continuous curve may fill a "
        "square, but no differentiable one does, and no network is one",
    ),
    Assumption(
        words="the decoder is affine (for plane and floor; the encoder may be anything)",
        fails="floor: a curved decoder follows a circle",
        without=with_a_curved_decoder,
    ),
    Assumption(
        words="the encoder is continuous (for opposite points)",
        fails="opposite points: the angle itself jumps, and reconstructs all of the circle",
        without=with_a_jump,
    ),
    Assumption(
        words="training has got below what an output bias alone reaches (for the constant)",
        fails="better than a constant: the map to zero is a legal autoencoder, and worse",
        without=without_an_offset,
    ),
)

# -- the theorem ----------------------------------------------------------------------------------

BOTTLENECK_INEQUALITY = Theorem(
    id="bottleneck-inequality",
    title="The bottleneck: what passes through k numbers",
    intuition="An autoencoder may be deep, convolutional, recurrent or full of attention: if its "
    "code is k numbers, then near every point the reconstruction can move in k directions only. "
    "With a flat decoder it loses at least what principal component analysis loses. With a curved "
    "one it may lose as little as it likes on average, and yet on a circle, with one number, some "
    "point is reconstructed on the wrong side.",
    statement=r"Let $f = g \circ e$ with $e: \mathbb{R}^d \to \mathbb{R}^k$, $g: \mathbb{R}^k \to "
    r"\mathbb{R}^d$, applied to each row. Then (1) $\operatorname{rank} \nabla f(x) \le k$ wherever"
    r" both are differentiable; (2) if $g$ is affine, $\mathbb{E}\lVert x-f(x)\rVert^2 \ge "
    r"\sum_{i>k}\lambda_i$, whatever $e$; (3) the best constant loses $\sum_i \lambda_i$, so "
    r"whatever was trained with an output bias should lose less; (4) if $e$ is continuous, some "
    r"$x$ on a sphere of radius $r$ in $k+1$ dimensions has $e(x) = e(-x)$, and $\lVert x-f(x)"
    r"\rVert \ge r$ there or at the opposite point; (5) yet the mean squared error on the circle "
    r"comes as near to 0 as one likes.",
    proof_words="(1) is the chain rule: a product through k numbers has no larger minor. (2) "
    "Centring loses only the means' error; along the decoder's range Pythagoras, and Ky Fan bounds "
    "what the range can explain. (3) is the same for a range of no dimensions. (4) The difference "
    "of the codes of opposite points is odd, so it vanishes somewhere, and one reconstruction is "
    "not near two opposite points. (5) An encoder that runs along the circle and hurries back over "
    "a short arc is wrong on that arc only.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "P. Baldi and K. Hornik, Neural networks and principal component analysis: learning "
            "from examples without local minima, Neural Networks 2 (1989), 53-58"
        ),
        (
            "K. Borsuk, Drei Sätze über die n-dimensionale euklidische Sphäre, Fundamenta "
            "Mathematicae 20 (1933), 177-190"
        ),
    ),
    proof=proof,
    families=(AUTOENCODER,),
    uses=("baldi-hornik",),
)

"""The information bottleneck of two Gaussian vectors: contract, honest codings, conventions.

The wrong ones are in `gaussian_ib_defects`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .canonical_correlations import canonical_squares, closed_form, directions, given_y, volumes
from .contract import Axis, Call, Contract, ContractError, Input, Option, plain
from .contrastive import scale_by
from .gaussian_ib_defects import DEFECTS
from .gaussian_kl import BASE
from .gaussian_mi import CROSS
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "GAUSSIAN_IB",
    "LAGRANGIAN",
    "by_correlations",
    "by_encoder",
    "by_noise",
    "read",
    "stabilised",
]

Kept = tuple[Any, Any]


# -- honest codings -------------------------------------------------------------------------------


def by_correlations(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Kept:
    """The closed form, from singular values of the whitened covariance."""
    return closed_form(canonical_squares(cov_x, cov_y, cov_xy), beta)


def by_encoder(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Kept:
    """As in the paper: a scaled eigenvector for each direction, and the volumes of what comes."""
    values, rows = directions(cov_x, cov_y, cov_xy)
    alpha = ((beta * (1 - values) - 1) / values).clamp(min=0).sqrt()
    return volumes(alpha[:, None] * rows, cov_x, cov_y, cov_xy)


def by_noise(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Kept:
    """NumPy, by the eigenvalues of the matrix that is not symmetric, one at a time."""
    x, y, xy = (np.asarray(part) for part in (cov_x, cov_y, cov_xy))
    given = x - xy @ np.linalg.inv(y) @ xy.T
    rate = relevance = 0.0
    for value in np.linalg.eigvals(given @ np.linalg.inv(x)).real:
        ratio = max((beta * (1 - value) - 1) / value, 0.0)
        rate += 0.5 * np.log1p(ratio)
        relevance += 0.5 * (np.log1p(ratio) - np.log1p(ratio * value))
    return rate, relevance


def stabilised(
    cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float, *,
    jitter: float = 0.0, eigenvalue: float = 0.0,
) -> Kept:  # fmt: skip
    """By signal-to-noise ratios with the small constants that people add, all zero by default."""
    x, y = (c + jitter * torch.eye(len(c), dtype=c.dtype) for c in (cov_x, cov_y))
    values = torch.linalg.eigvals(torch.linalg.solve(x, given_y(x, y, cov_xy))).real
    ratios = ((beta * (1 - values) - 1) / (values + eigenvalue)).clamp(min=0)
    rate = 0.5 * torch.log1p(ratios).sum()
    return rate, rate - 0.5 * torch.log1p(ratios * values).sum()


# -- reading --------------------------------------------------------------------------------------


def read(returned: Any, call: Call) -> Any:
    """Two numbers, as an array that keeps their precision."""
    if isinstance(returned, Mapping):
        raise ContractError(
            "a pair (I_x, I_y)", f"a dict with keys {', '.join(map(str, returned))}",
            "return the two numbers in this order; wrap the callable in a function that does",
        )  # fmt: skip
    if isinstance(returned, (tuple, list)) and len(returned) == 2:
        numbers = [np.asarray(plain(part)) for part in returned]
        if all(part.size == 1 and part.dtype.kind in "fiu" for part in numbers):
            return np.stack([part.reshape(()) for part in numbers])
    elif tuple(getattr(returned, "shape", ())) == (2,):
        return np.asarray(plain(returned))
    size = f" of {len(returned)}" if isinstance(returned, (tuple, list)) else ""
    shape = f" of shape {tuple(returned.shape)}" if hasattr(returned, "shape") else ""
    raise ContractError(
        "a pair of numbers (I_x, I_y): what is kept of x, and what is kept of y",
        f"{type(returned).__name__}{size}{shape}",
        "return both; wrap the callable in a function that does, such as lambda *a: f(*a)[:2]",
    )


# -- conventions ----------------------------------------------------------------------------------

LAGRANGIAN = Axis(
    name="lagrangian",
    options=(
        Option(name="I_x - beta I_y", words="beta is the price in nats of x of a nat of y"),
        scale_by(
            "beta", "I_y - beta I_x", "beta multiplies the rate: it is one over the other",
            lambda beta: 1 / beta, lambda beta: 1 / beta,
        ),
    ),
)  # fmt: skip

GAUSSIAN_IB = Contract(
    name="gaussian-ib",
    title="the information bottleneck of two jointly Gaussian vectors",
    inputs=(
        Input(name="cov_x", shape="p,p", differentiable=False),
        Input(name="cov_y", shape="q,q", differentiable=False),
        Input(name="cov_xy", shape="p,q", differentiable=False),
    ),
    parameters=("beta",),
    returns="(I_x, I_y)",
    axes=(LAGRANGIAN, CROSS, BASE),
    read=read,
    references={
        "canonical correlations": by_correlations,
        "the best encoder's volumes": by_encoder,
        "signal-to-noise ratios, in NumPy": by_noise,
    },
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        "jitter": "added to the diagonals of the covariances of x and y",
        "eigenvalue": "added to each eigenvalue, under the fraction",
    },
)

"""Mutual information of two Gaussian vectors: contract, honest codings, and what is added to them.

The wrong ones are in `gaussian_mi_defects`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .canonical_correlations import covariance_of_both
from .contract import Axis, Call, Contract, Input, Option
from .gaussian_kl import BASE
from .gaussian_mi_defects import DEFECTS
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["GAUSSIAN_MI", "by_volumes", "by_what_is_left", "stabilised"]


# -- honest codings -------------------------------------------------------------------------------


def by_volumes(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> Tensor:
    """Half the log-ratio of the determinants."""
    whole = covariance_of_both(cov_x, cov_y, cov_xy)
    return 0.5 * (torch.logdet(cov_x) + torch.logdet(cov_y) - torch.logdet(whole))


def by_what_is_left(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> Tensor:
    """H(Y) - H(Y|X), from the covariance of y given x."""
    left = cov_y - cov_xy.mT @ torch.linalg.solve(cov_x, cov_xy)
    of_y, of_left = (torch.linalg.cholesky(c).diagonal().log().sum() for c in (cov_y, left))
    return of_y - of_left


def stabilised(
    cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, *, jitter: float = 0.0, determinant: float = 0.0
) -> Tensor:
    """By volumes with the small constants that people add, all zero by default."""

    def volume(cov: Tensor) -> Tensor:
        one = torch.eye(len(cov), dtype=cov.dtype, device=cov.device)
        return ((cov + jitter * one).det() + determinant).log()

    return 0.5 * (volume(cov_x) + volume(cov_y) - volume(covariance_of_both(cov_x, cov_y, cov_xy)))


# -- conventions ----------------------------------------------------------------------------------


def _symmetric(call: Call) -> Call:
    """Covariances are symmetric matrices: gradients are those along symmetric ones."""
    x, y, xy = call.inputs
    return call._replace(inputs=((x + x.mT) / 2, (y + y.mT) / 2, xy))


def _as_one(call: Call) -> Call:
    x, y, xy = _symmetric(call).inputs
    return call._replace(inputs=(x, y, xy.mT))


def _from_yx(target: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, y, yx, **named: target(x, y, yx.mT, **named)


CROSS = Axis(
    name="cross",
    options=(
        Option(name="xy", words="the third is the covariance of x with y, [p, q]", call=_symmetric),
        Option(
            name="yx", words="the third is the covariance of y with x, [q, p]", call=_as_one,
            write=_from_yx,
        ),
    ),
)  # fmt: skip

GAUSSIAN_MI = Contract(
    name="gaussian-mi",
    title="the mutual information of two jointly Gaussian vectors",
    inputs=(
        Input(name="cov_x", shape="p,p", symmetric=True),
        Input(name="cov_y", shape="q,q", symmetric=True),
        Input(name="cov_xy", shape="p,q"),
    ),
    returns="float",
    axes=(CROSS, BASE),
    shapes=lambda call: ((),),
    references={
        "log-determinants": by_volumes,
        "what x leaves of y": by_what_is_left,
    },
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        "jitter": "added to the diagonals of the covariances",
        "determinant": "added to each determinant, under the logarithm",
    },
)

"""The KL between two Gaussians: the contract, honest codings, and what is added for stability.

The wrong ones are in `gaussian_kl_pair_defects`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .contract import Axis, Call, Contract, Input, Option
from .gaussian_kl import BASE
from .gaussian_kl_pair_defects import DEFECTS
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["GAUSSIAN_KL_PAIR", "by_cholesky", "by_inverse", "diagonal", "stabilised"]


# -- honest codings -------------------------------------------------------------------------------


def by_cholesky(mu0: Tensor, cov0: Tensor, mu1: Tensor, cov1: Tensor) -> Tensor:
    """Triangular factors and triangular solves."""
    L0, L1 = torch.linalg.cholesky(cov0), torch.linalg.cholesky(cov1)
    spread = torch.linalg.solve_triangular(L1, L0, upper=False)
    shift = torch.linalg.solve_triangular(L1, (mu1 - mu0)[:, None], upper=False)
    volumes = L1.diagonal().log().sum() - L0.diagonal().log().sum()
    return 0.5 * (spread.pow(2).sum() + shift.pow(2).sum() - len(mu0)) + volumes


def by_inverse(mu0: Tensor, cov0: Tensor, mu1: Tensor, cov1: Tensor) -> Tensor:
    """The formula as it is printed."""
    precision, shift = torch.linalg.inv(cov1), mu1 - mu0
    volumes = torch.logdet(cov1) - torch.logdet(cov0)
    return 0.5 * ((precision @ cov0).trace() + shift @ precision @ shift - len(mu0) + volumes)


def through_distributions(mu0: Tensor, cov0: Tensor, mu1: Tensor, cov1: Tensor) -> Tensor:
    """Left to torch.distributions."""
    of = torch.distributions
    return of.kl_divergence(of.MultivariateNormal(mu0, cov0), of.MultivariateNormal(mu1, cov1))


def diagonal(mu0: Tensor, var0: Tensor, mu1: Tensor, var1: Tensor) -> Tensor:
    """For diagonal covariances, given as vectors of variances."""
    of = torch.distributions
    q, p = of.Normal(mu0, var0.sqrt()), of.Normal(mu1, var1.sqrt())
    return of.kl_divergence(q, p).sum()


def stabilised(
    mu0: Tensor,
    cov0: Tensor,
    mu1: Tensor,
    cov1: Tensor,
    *,
    covariance: str = "full",
    jitter: float = 0.0,
    determinant: float = 0.0,
) -> Tensor:
    """The printed formula with the small constants that people add, all zero by default."""
    if covariance == "diagonal":
        cov0, cov1 = cov0.diag(), cov1.diag()
    one = jitter * torch.eye(len(mu0), dtype=cov0.dtype, device=cov0.device)
    cov0, cov1, shift = cov0 + one, cov1 + one, mu1 - mu0
    precision = torch.linalg.inv(cov1)
    volumes = (cov1.det() + determinant).log() - (cov0.det() + determinant).log()
    return 0.5 * ((precision @ cov0).trace() + shift @ precision @ shift - len(mu0) + volumes)


# -- conventions ----------------------------------------------------------------------------------


def _symmetric(call: Call) -> Call:
    """Covariances are symmetric matrices: gradients are those along symmetric ones."""
    mu0, cov0, mu1, cov1 = call.inputs
    return call._replace(inputs=(mu0, (cov0 + cov0.mT) / 2, mu1, (cov1 + cov1.mT) / 2))


def _diagonals(call: Call) -> Call:
    mu0, cov0, mu1, cov1 = call.inputs
    return call._replace(inputs=(mu0, cov0.diagonal(), mu1, cov1.diagonal()))


def _exchanged(call: Call) -> Call:
    return call._replace(inputs=(*call.inputs[2:], *call.inputs[:2]))


def _write_exchanged(target: Any) -> Any:
    return lambda mu1, cov1, mu0, cov0: target(mu0, cov0, mu1, cov1)


COVARIANCE = Axis(
    name="covariance",
    variant=True,
    options=(
        Option(name="full", words="covariances are matrices", call=_symmetric),
        Option(
            name="diagonal", words="covariances are diagonal, given as vectors of variances",
            call=_diagonals, write=lambda target: diagonal,
        ),
    ),
)  # fmt: skip

DIRECTION = Axis(
    name="direction",
    options=(
        Option(name="forward", words="the average is over the first Gaussian"),
        Option(
            name="reverse", words="the average is over the second Gaussian",
            call=_exchanged, write=_write_exchanged,
        ),
    ),
)  # fmt: skip

GAUSSIAN_KL_PAIR = Contract(
    name="gaussian-kl-pair",
    title="the KL divergence of one Gaussian from another",
    inputs=(
        Input(name="mu0", shape="d"),
        Input(name="cov0", shape="d,d", symmetric=True),
        Input(name="mu1", shape="d"),
        Input(name="cov1", shape="d,d", symmetric=True),
    ),
    returns="float",
    axes=(COVARIANCE, DIRECTION, BASE),
    shapes=lambda call: ((),),
    references={
        "Cholesky factors": by_cholesky,
        "inverse and log-determinant": by_inverse,
        "torch.distributions": through_distributions,
    },
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        "jitter": "added to the diagonals of both covariances",
        "determinant": "added to both determinants, under the logarithm",
    },
)

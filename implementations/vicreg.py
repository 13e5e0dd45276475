"""VICReg's loss: the contract, honest codings, and what is added to them for stability.

The weights are 25, 25 and 1, and 1e-4 is added to each variance, as in the authors' code, unless
declared.  The wrong codings are in `vicreg_defects`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Axis, Contract, Input, Option
from .paired_views import covariance, mask, off_diagonal, rewritten
from .tensors import torch
from .vicreg_defects import COV, DEFECTS, EPS, SIM, STD

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["VICREG", "as_published", "both_at_once", "stabilised"]


# -- honest codings -------------------------------------------------------------------------------


def as_published(z1: Tensor, z2: Tensor) -> Tensor:
    """As the paper's authors wrote it."""
    relu = torch.nn.functional.relu
    invariance = torch.nn.functional.mse_loss(z1, z2)
    deviations = [torch.sqrt(z.var(dim=0) + EPS) for z in (z1, z2)]
    variance = sum(torch.mean(relu(1 - s)) for s in deviations) / 2
    squares = [off_diagonal(covariance(z)).pow(2).sum().div(z.shape[1]) for z in (z1, z2)]
    return SIM * invariance + STD * variance + COV * sum(squares)


def both_at_once(z1: Tensor, z2: Tensor) -> Tensor:
    """Variances and covariances of both views from one product."""
    c = covariance(torch.stack([z1, z2]))
    variances = torch.diagonal(c, dim1=1, dim2=2)
    short = (1 - (variances + EPS).sqrt()).clamp(min=0)
    crossed = c.square().sum() - variances.square().sum()
    apart = (z1 - z2).square().mean()
    return SIM * apart + STD * short.mean() + COV * crossed / z1.shape[1]


def stabilised(
    z1: Tensor, z2: Tensor, *, invariance: str = "mean", variance: str = "halved",
    divisor: str = "n-1", root: str = "variance + eps",
    added: float = 0.0, norm: float = 0.0,
    sim_coeff: float = 25.0, std_coeff: float = 25.0, cov_coeff: float = 1.0, eps: float = 1e-4,
) -> Tensor:  # fmt: skip
    """The definition with the small constants that people add, all zero by default."""
    n, d = z1.shape
    over = n if divisor in ("n", "n for variances") else n - 1
    beside = n if divisor in ("n", "n for covariances") else n - 1
    added = added + (eps if root == "variance + eps" else 0.0)
    loss = sim_coeff * (z1 - z2).square().sum() / (n * d if invariance == "mean" else n)
    for z in (z1, z2):
        x = z - z.mean(dim=0)
        s = torch.sqrt(x.square().sum(dim=0) / over + added) + norm
        hinge = torch.nn.functional.relu(1 - s).mean()
        loss = loss + std_coeff * hinge / (2 if variance == "halved" else 1)
        c = x.mT @ x / beside
        loss = loss + cov_coeff * ((c * (1 - mask(c))) ** 2).sum() / d
    return loss


# -- conventions ----------------------------------------------------------------------------------

FACTOR = Axis(
    name="factor",
    options=(
        Option(name="1", words="weights of 25, 25 and 1"),
        Option(
            name="1/25", words="weights of 1, 1 and 1/25",
            output=lambda returned, call: returned * 25,
            write=lambda target: lambda z1, z2: target(z1, z2) / 25,
        ),
    ),
)  # fmt: skip

INVARIANCE = Axis(
    name="invariance",
    variant=True,
    options=(
        Option(name="mean", words="squared differences are averaged over samples and features"),
        Option(
            name="sum over features",
            words="squared differences are summed over features and averaged over samples",
            write=rewritten(stabilised, invariance="sum over features"),
        ),
    ),
)

VARIANCE = Axis(
    name="variance",
    variant=True,
    options=(
        Option(name="halved", words="half of both views' hinges"),
        Option(
            name="added", words="the sum of both views' hinges, as in the paper's formula",
            write=rewritten(stabilised, variance="added"),
        ),
    ),
)  # fmt: skip

DIVISOR = Axis(
    name="divisor",
    variant=True,
    options=(
        Option(name="n-1", words="variances and covariances over n - 1"),
        Option(
            name="n", words="variances and covariances over n",
            write=rewritten(stabilised, divisor="n"),
        ),
        Option(
            name="n for variances", words="variances over n, and covariances over n - 1",
            write=rewritten(stabilised, divisor="n for variances"),
        ),
        Option(
            name="n for covariances", words="variances over n - 1, and covariances over n",
            write=rewritten(stabilised, divisor="n for covariances"),
        ),
    ),
)  # fmt: skip

ROOT = Axis(
    name="root",
    variant=True,
    options=(
        Option(name="variance + eps", words="eps is added to each variance: 1e-4"),
        Option(
            name="variance", words="the deviation is the root of the variance",
            write=rewritten(stabilised, root="variance"),
        ),
    ),
)  # fmt: skip

VICREG = Contract(
    name="vicreg",
    title="VICReg's loss",
    inputs=(Input(name="z1", shape="n,d"), Input(name="z2", shape="n,d")),
    hidden={"sim_coeff": SIM, "std_coeff": STD, "cov_coeff": COV, "eps": EPS},
    returns="float",
    axes=(FACTOR, INVARIANCE, VARIANCE, DIVISOR, ROOT),
    shapes=lambda call: ((),),
    references={"as published": as_published, "both at once": both_at_once},
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        "added": "added to each variance, under the root",
        "norm": "added to each standard deviation",
    },
)

"""Barlow Twins' loss: the contract, honest codings, and what is added to them for stability.

The weight of the redundancy is 0.005 and the loss is not scaled, unless declared.  The wrong
codings are in `barlow_twins_defects`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .barlow_twins_defects import DEFECTS, LAMBDA
from .contract import Axis, Contract, Input, Option
from .contrastive import on_inputs
from .paired_views import mask, off_diagonal, rewritten, standardised
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["BARLOW_TWINS", "as_published", "by_cosines", "stabilised"]


EPS = 1e-5  # of torch's batch normalisation


# -- honest codings -------------------------------------------------------------------------------


def as_published(z1: Tensor, z2: Tensor) -> Tensor:
    """As the paper's authors wrote it, batch normalisation by hand."""
    c = standardised(z1).mT @ standardised(z2) / len(z1)
    on_diagonal = (torch.diagonal(c) - 1).square().sum()
    return on_diagonal + LAMBDA * off_diagonal(c).square().sum()


def by_cosines(z1: Tensor, z2: Tensor) -> Tensor:
    """From the cosines of centred features, which need no divisor."""
    x, y = (z - z.mean(dim=0) for z in (z1, z2))
    c = x.mT @ y / torch.outer(x.norm(dim=0), y.norm(dim=0))
    own = mask(c)
    return ((c - own).square() * (own + LAMBDA * (1 - own))).sum()


def stabilised(
    z1: Tensor, z2: Tensor, *, deviation: str = "n", weight: str = "lambda",
    root: str = "variance", variance: float = 0.0, norm: float = 0.0,
    lambd: float = LAMBDA, scale_loss: float = 1.0, eps: float = EPS,
) -> Tensor:  # fmt: skip
    """The definition with the small constants that people add, all zero by default."""
    n, d = z1.shape
    bessel = n / (n - 1) if deviation == "n-1" else 1.0
    variance = variance + (eps if root == "variance + eps" else 0.0)
    x, y = (z - z.mean(dim=0) for z in (z1, z2))
    a, b = (v / (torch.sqrt(bessel * v.square().mean(dim=0) + variance) + norm) for v in (x, y))
    c = a.mT @ b / n
    own, share = mask(c), lambd if weight == "lambda" else 1 / d
    return scale_loss * ((c - own).square() * (own + share * (1 - own))).sum()


# -- conventions ----------------------------------------------------------------------------------


STANDARDISES = Axis(
    name="standardises",
    options=(
        Option(name="yes", words="features are standardised inside"),
        Option(
            name="no", words="the caller hands over features of mean zero and variance one",
            call=on_inputs(lambda *views: tuple(map(standardised, views))),
        ),
    ),
)  # fmt: skip

DEVIATION = Axis(
    name="deviation",
    variant=True,
    options=(
        Option(name="n", words="standard deviations over n, as batch normalisation has them"),
        Option(
            name="n-1",
            words="standard deviations over n - 1, and correlations averaged over n",
            write=rewritten(stabilised, deviation="n-1"),
        ),
    ),
)

ROOT = Axis(
    name="root",
    variant=True,
    options=(
        Option(name="variance", words="the deviation is the root of the variance"),
        Option(
            name="variance + eps",
            words="eps is added to the variance, as batch normalisation does: 1e-5",
            write=rewritten(stabilised, root="variance + eps"),
        ),
    ),
)

WEIGHT = Axis(
    name="weight",
    variant=True,
    options=(
        Option(name="lambda", words="the redundancy is weighed by lambda"),
        Option(
            name="1/d", words="the redundancy is weighed by one over the number of features",
            write=rewritten(stabilised, weight="1/d"),
        ),
    ),
)  # fmt: skip

BARLOW_TWINS = Contract(
    name="barlow-twins",
    title="Barlow Twins' loss",
    inputs=(Input(name="z1", shape="n,d"), Input(name="z2", shape="n,d")),
    hidden={"lambd": LAMBDA, "scale_loss": 1.0, "eps": EPS},
    returns="float",
    axes=(STANDARDISES, DEVIATION, ROOT, WEIGHT),
    shapes=lambda call: ((),),
    references={"as published": as_published, "cosines": by_cosines},
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        "variance": "added to each variance, under the root",
        "norm": "added to each standard deviation",
    },
)

"""CLIP's loss: the contract, honest codings, and what is added to them for stability.

The wrong ones are in `clip_defects`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .added_constants import TO_NORMS, over_norms, plus
from .clip_defects import DEFECTS
from .contract import Axis, Contract, Input, Option
from .contrastive import reduction, scale_by, takes, units
from .logit_scale import exponential, logarithm, normalises
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["CLIP", "cross_entropies", "one_pass", "stabilised"]


# -- honest codings -------------------------------------------------------------------------------


def cross_entropies(image: Tensor, text: Tensor, logit_scale: float) -> Tensor:
    """As two classifications: image i belongs to text i, and text i to image i."""
    per_image, per_text = logit_scale * image @ text.T, logit_scale * text @ image.T
    labels = torch.arange(len(image), device=image.device)
    loss = torch.nn.functional.cross_entropy
    return (loss(per_image, labels) + loss(per_text, labels)) / 2


def one_pass(image: Tensor, text: Tensor, logit_scale: float) -> Tensor:
    """Two log-sum-exps of one table, by an einsum, less its diagonal."""
    scores = torch.einsum("id,jd->ij", image, text) * logit_scale
    totals = (scores.logsumexp(dim=0) + scores.logsumexp(dim=1)) / 2
    return (totals - scores.diagonal()).mean()


def stabilised(
    image: Tensor, text: Tensor, logit_scale: float, *, normalises: str = "no",
    norm: float = 0.0, squared_norm: float = 0.0, denominator: float = 0.0,
    probability: float = 0.0,
) -> Tensor:  # fmt: skip
    """The definition with the small constants that people add, all zero by default."""
    a, b = image, text
    if normalises != "no":
        a, b = (over_norms(z, norm, squared_norm) for z in (a, b))
    scores = logit_scale * (a @ b.T)
    loss = scores.new_zeros(())
    for dim in (0, 1):
        total = plus(scores.logsumexp(dim=dim), denominator)
        loss = loss - plus(scores.diagonal() - total, probability).mean() / 2
    return loss


# -- conventions ----------------------------------------------------------------------------------

SCALE = Axis(
    name="scale",
    options=(
        Option(name="factor", words="products are multiplied by the parameter"),
        scale_by(
            "logit_scale", "log", "products are multiplied by the parameter's exponential",
            logarithm, exponential,
        ),
        scale_by(
            "logit_scale", "temperature", "products are divided by the parameter",
            lambda s: 1 / s, lambda t: 1 / t,
        ),
        scale_by(
            "logit_scale", "log temperature",
            "products are divided by the parameter's exponential",
            lambda s: -logarithm(s), lambda t: exponential(-t),
        ),
    ),
)  # fmt: skip

TAKES = takes(
    "logit_scale",
    products=("products, each image by each text", lambda image, text: image @ text.mT),
    scores=("products times the scale, each image by each text", lambda table, s: s * table),
    features=lambda table: (table, units(table), 1.0),
)  # fmt: skip

DIRECTIONS = Axis(
    name="directions",
    options=(
        Option(name="mean", words="the mean of images picking texts and texts picking images"),
        Option(
            name="sum", words="the sum of the two directions",
            output=lambda returned, call: returned / 2,
            write=lambda target: lambda *inputs, **named: 2 * target(*inputs, **named),
        ),
    ),
)  # fmt: skip

CLIP = Contract(
    name="clip",
    title="CLIP's loss",
    inputs=(Input(name="image", shape="n,d"), Input(name="text", shape="n,d")),
    parameters=("logit_scale",),
    returns="float",
    axes=(
        normalises(),
        TAKES,
        SCALE,
        DIRECTIONS,
        reduction(lambda call: len(call.inputs[0]), each="pair", all_of_them="all n pairs"),
    ),
    shapes=lambda call: ((),),
    references={"cross-entropies": cross_entropies, "one pass": one_pass},
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        **TO_NORMS,
        "denominator": "added to the sums of exponentials",
        "probability": "added to the probabilities, under the logarithm",
    },
)

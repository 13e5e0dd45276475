"""Errors that people make in SigLIP's loss, each as the code that makes it.

The public threads named were read; some show the same error in a sibling loss of the same shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _labels(logits: Tensor) -> Tensor:
    return 2 * torch.eye(len(logits), dtype=logits.dtype) - 1


def _told(logits: Tensor) -> Tensor:
    """The log-probabilities of the right answers [n, n]."""
    return torch.nn.functional.logsigmoid(_labels(logits) * logits)


def _loss(logits: Tensor) -> Tensor:
    return -_told(logits).sum() / len(logits)


def averaged_twice(image: Tensor, text: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    return -_told(scale * image @ text.T + bias).mean() / len(image)


def both_directions_added(image: Tensor, text: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    return _loss(scale * image @ text.T + bias) + _loss(scale * text @ image.T + bias)


def labels_of_zero_and_one(image: Tensor, text: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    logits = scale * image @ text.T + bias
    own = torch.eye(len(image), dtype=logits.dtype)
    return -torch.nn.functional.logsigmoid(own * logits).sum() / len(image)


def signs_reversed(image: Tensor, text: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    return _loss(-(scale * image @ text.T + bias))


def true_pairs_and_others_balanced(
    image: Tensor, text: Tensor, scale: Tensor, bias: Tensor
) -> Tensor:
    told, n = _told(scale * image @ text.T + bias), len(image)
    true = told.diagonal().sum()
    return -true / n - (told.sum() - true) / (n * (n - 1))


def labels_shifted(image: Tensor, text: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    return _loss((scale * image @ text.T + bias).roll(-1, 1))


def bias_forgotten(image: Tensor, text: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    return _loss(scale * image @ text.T)


def bias_scaled(image: Tensor, text: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    return _loss(scale * (image @ text.T + bias))


def divided_by_the_scale(image: Tensor, text: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    return _loss(image @ text.T / scale + bias)


def scale_exponentiated(image: Tensor, text: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    return _loss(scale.exp() * image @ text.T + bias)


def exponential_forgotten(image: Tensor, text: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    return _loss(scale.log() * image @ text.T + bias)


def soft_max_in_place(image: Tensor, text: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    logits = scale * image @ text.T + bias
    totals = (logits.logsumexp(0) + logits.logsumexp(1)) / 2
    return (totals - logits.diagonal()).mean()


def texts_detached(image: Tensor, text: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    return _loss(scale * image @ text.detach().T + bias)


def scale_detached(image: Tensor, text: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    return _loss(scale.detach() * image @ text.T + bias)


def scale_and_bias_detached(image: Tensor, text: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    return _loss(scale.detach() * image @ text.T + bias.detach())


def bias_detached(image: Tensor, text: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    return _loss(scale * image @ text.T + bias.detach())


def not_normalised(image: Tensor, text: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    return _loss(scale * image @ text.T + bias)


def norm_detached(image: Tensor, text: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    a, b = (z / z.norm(dim=1, keepdim=True).detach() for z in (image, text))
    return _loss(scale * a @ b.T + bias)


def exponential_unguarded(image: Tensor, text: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    logits = scale * image @ text.T + bias
    return (-_labels(logits) * logits).exp().log1p().sum() / len(image)


def logarithm_of_the_sigmoid(image: Tensor, text: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    logits = scale * image @ text.T + bias
    return -(_labels(logits) * logits).sigmoid().log().sum() / len(image)


INSIDE = {"normalises": "yes"}

DEFECTS = (
    Defect(
        name="averaged twice", call=averaged_twice,
        why="a mean over all pairs is divided by n again", changes=r"\tfrac1N \to \tfrac1{N^3}",
        seen_in=("google-research/big_vision#115",),
    ),
    Defect(
        name="both directions added", call=both_directions_added,
        why="CLIP's two directions are carried over: here they are one and the same",
        changes=r"L \to 2L",
    ),
    Defect(
        name="labels of zero and one", call=labels_of_zero_and_one,
        why="the labels of a cross-entropy multiply the logits: others cost log 2 each, whatever "
        "they are", changes=r"y_{ij} = \delta_{ij}",
    ),
    Defect(
        name="signs reversed", call=signs_reversed,
        why="labels are one minus twice the identity, or the logarithm's sign is lost",
        changes=r"y_{ij} \to -y_{ij}",
    ),
    Defect(
        name="true pairs and others balanced", call=true_pairs_and_others_balanced,
        why="each kind is averaged by itself: the prior becomes one half, and the bias learns "
        "another number", changes=r"\pi = \tfrac1N \to \tfrac12",
    ),
    Defect(
        name="labels shifted", call=labels_shifted,
        why="labels of a gathered batch are offset by the rank where the scores are not",
        changes=r"s_{ii} \to s_{i,i+1}", seen_in=("lightly-ai/lightly#1177",),
    ),
    Defect(
        name="bias forgotten", call=bias_forgotten,
        why="CLIP has none: its soft-max cancels it, and a sigmoid does not",
        changes=r"\beta \to 0",
    ),
    Defect(
        name="bias scaled", call=bias_scaled,
        why="the bias is added before the scale multiplies",
        changes=r"s_{ij} = \alpha(a_i \cdot b_j + \beta)",
    ),
    Defect(
        name="divided by the scale", call=divided_by_the_scale,
        why="a logit scale is taken for a temperature",
        changes=r"s_{ij} = a_i \cdot b_j/\alpha + \beta",
    ),
    Defect(
        name="scale exponentiated again", call=scale_exponentiated,
        why="the scale is handed over as a factor, and taken for its logarithm",
        changes=r"\alpha \to e^\alpha",
    ),
    Defect(
        name="exponential of the scale forgotten", call=exponential_forgotten,
        why="the learned logarithm multiplies the products as it is",
        changes=r"\alpha \to \log\alpha", seen_in=("BAAI-DCAI/M3D#52",),
    ),
    Defect(
        name="soft-max in place of sigmoids", call=soft_max_in_place,
        why="CLIP's loss is taken for SigLIP's: the bias has no effect",
        changes=r"L \to \tfrac1{2N}\sum_i(\log\sum_j e^{s_{ij}} + \log\sum_j e^{s_{ji}} - 2s_{ii})",
    ),
    Defect(
        name="texts detached", call=texts_detached,
        why="texts from elsewhere carry no gradient", changes=r"\nabla_b L = 0",
        seen_in=("facebookresearch/SLIP#31",),
    ),
    Defect(
        name="scale detached", call=scale_detached,
        why="the scale is read as a number, and never learned", changes=r"\partial_\alpha L = 0",
    ),
    Defect(
        name="scale and bias detached", call=scale_and_bias_detached,
        why="both are read as numbers (.item(), float, no_grad); right of those that are never "
        "learned", changes=r"\partial_\alpha L = \partial_\beta L = 0",
    ),
    Defect(
        name="bias detached", call=bias_detached,
        why="the bias is read as a number, and never learned", changes=r"\partial_\beta L = 0",
    ),
    Defect(
        name="not normalised", call=not_normalised, convention=INSIDE,
        why="inner products are taken for cosines", changes=r"u_i \to a_i,\ v_j \to b_j",
        seen_in=("lucidrains/CoCa-pytorch#10",),
    ),
    Defect(
        name="norm detached", call=norm_detached, convention=INSIDE,
        why="the norm is computed under no_grad", changes=r"\nabla: (I - uu^\top) \to I",
    ),
    Defect(
        name="exponential not guarded", call=exponential_unguarded,
        why="log(1 + e^x) is written out; x beyond 88 leaves float32",
        changes=r"\zeta(x)\text{ without its maximum}", rounding=True,
    ),
    Defect(
        name="logarithm of the sigmoid", call=logarithm_of_the_sigmoid,
        why="log(sigmoid(x)) in place of logsigmoid(x); x below -88 is no longer seen in float32",
        changes=r"\log\sigma(x)\text{ of what vanished}", rounding=True,
    ),
)  # fmt: skip

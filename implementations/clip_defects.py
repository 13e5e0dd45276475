"""Errors that people make in CLIP's loss, each as the code that makes it.

The public threads named were read; some show the same error in a sibling loss of the same shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .info_nce_defects import picks, unit
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _both(scores: Tensor) -> Tensor:
    return (picks(scores) + picks(scores.T)) / 2


def images_pick_texts_only(image: Tensor, text: Tensor, logit_scale: float) -> Tensor:
    return picks(logit_scale * image @ text.T)


def texts_pick_images_only(image: Tensor, text: Tensor, logit_scale: float) -> Tensor:
    return picks(logit_scale * text @ image.T)


def directions_added(image: Tensor, text: Tensor, logit_scale: float) -> Tensor:
    return 2 * _both(logit_scale * image @ text.T)


def divided_by_the_scale(image: Tensor, text: Tensor, logit_scale: float) -> Tensor:
    return _both(image @ text.T / logit_scale)


def scale_exponentiated(image: Tensor, text: Tensor, logit_scale: float) -> Tensor:
    return _both(torch.tensor(logit_scale, dtype=image.dtype).exp() * image @ text.T)


def exponential_forgotten(image: Tensor, text: Tensor, logit_scale: float) -> Tensor:
    return _both(torch.tensor(logit_scale, dtype=image.dtype).log() * image @ text.T)


def scale_forgotten(image: Tensor, text: Tensor, logit_scale: float) -> Tensor:
    return _both(image @ text.T)


def scale_applied_twice(image: Tensor, text: Tensor, logit_scale: float) -> Tensor:
    return _both((logit_scale * image) @ (logit_scale * text).T)


def scale_on_one_direction(image: Tensor, text: Tensor, logit_scale: float) -> Tensor:
    scores = image @ text.T
    return (picks(logit_scale * scores) + picks(scores.T)) / 2


def scale_under_the_logarithm(image: Tensor, text: Tensor, logit_scale: float) -> Tensor:
    scale = torch.tensor(logit_scale, dtype=image.dtype)
    return _both(logit_scale * image @ text.T) + scale.log()


def labels_shifted(image: Tensor, text: Tensor, logit_scale: float) -> Tensor:
    labels = (torch.arange(len(image)) + 1) % len(image)
    scores, loss = logit_scale * image @ text.T, torch.nn.functional.cross_entropy
    return (loss(scores, labels) + loss(scores.T, labels)) / 2


def images_compared_with_images(image: Tensor, text: Tensor, logit_scale: float) -> Tensor:
    own = torch.eye(len(image), dtype=torch.bool)
    return _both(logit_scale * torch.where(own, image @ text.T, image @ image.T))


def texts_detached(image: Tensor, text: Tensor, logit_scale: float) -> Tensor:
    return _both(logit_scale * image @ text.detach().T)


def others_detached(image: Tensor, text: Tensor, logit_scale: float) -> Tensor:
    ours, theirs = image @ text.detach().T, text @ image.detach().T
    return (picks(logit_scale * ours) + picks(logit_scale * theirs)) / 2


def log_softmax_in_both_directions(image: Tensor, text: Tensor, logit_scale: float) -> Tensor:
    return _both((logit_scale * image @ text.T).log_softmax(1))


def positive_left_out(image: Tensor, text: Tensor, logit_scale: float) -> Tensor:
    scores = logit_scale * image @ text.T
    others = scores.masked_fill(torch.eye(len(image), dtype=torch.bool), -torch.inf)
    totals = (others.logsumexp(0) + others.logsumexp(1)) / 2
    return (totals - scores.diagonal()).mean()


def targets_from_similarities(image: Tensor, text: Tensor, logit_scale: float) -> Tensor:
    scores = logit_scale * image @ text.T
    targets = (logit_scale * (image @ image.T + text @ text.T) / 2).softmax(1)
    loss = torch.nn.functional.cross_entropy
    return (loss(scores, targets) + loss(scores.T, targets.T)) / 2


def not_normalised(image: Tensor, text: Tensor, logit_scale: float) -> Tensor:
    return _both(logit_scale * image @ text.T)


def texts_not_normalised(image: Tensor, text: Tensor, logit_scale: float) -> Tensor:
    (a,) = unit(image)
    return _both(logit_scale * a @ text.T)


def norm_detached(image: Tensor, text: Tensor, logit_scale: float) -> Tensor:
    a, b = (z / z.norm(dim=1, keepdim=True).detach() for z in (image, text))
    return _both(logit_scale * a @ b.T)


def exponentials_unshifted(image: Tensor, text: Tensor, logit_scale: float) -> Tensor:
    weights = (logit_scale * image @ text.T).exp()
    picked = [(weights.diagonal() / weights.sum(dim)).log().mean() for dim in (0, 1)]
    return -(picked[0] + picked[1]) / 2


INSIDE = {"normalises": "yes"}

DEFECTS = (
    Defect(
        name="images pick texts only", call=images_pick_texts_only,
        why="one cross-entropy is forgotten, or both are taken along the same axis",
        changes=r"L \to \tfrac1N\sum_i(\log\sum_j e^{s_{ij}} - s_{ii})",
        seen_in=("lucidrains/DALLE-pytorch#32",),
    ),
    Defect(
        name="texts pick images only", call=texts_pick_images_only,
        why="one cross-entropy is forgotten, or both are taken along the same axis",
        changes=r"L \to \tfrac1N\sum_i(\log\sum_j e^{s_{ji}} - s_{ii})",
    ),
    Defect(
        name="directions added", call=directions_added,
        why="the two cross-entropies are added and not halved", changes=r"L \to 2L",
    ),
    Defect(
        name="divided by the scale", call=divided_by_the_scale,
        why="a logit scale is taken for a temperature", changes=r"s_{ij} = a_i \cdot b_j/\alpha",
    ),
    Defect(
        name="scale exponentiated again", call=scale_exponentiated,
        why="the scale is handed over as a factor, and taken for its logarithm",
        changes=r"\alpha \to e^\alpha",
    ),
    Defect(
        name="exponential of the scale forgotten", call=exponential_forgotten,
        why="the learned logarithm multiplies the scores as it is",
        changes=r"\alpha \to \log\alpha",
        seen_in=("BAAI-DCAI/M3D#52",),
    ),
    Defect(
        name="scale forgotten", call=scale_forgotten,
        why="the parameter is accepted and never used", changes=r"\alpha \to 1",
        seen_in=("huiserwang/ContrastMask#4",),
    ),
    Defect(
        name="scale applied twice", call=scale_applied_twice,
        why="both features are scaled before their product", changes=r"\alpha \to \alpha^2",
    ),
    Defect(
        name="scale on one direction only", call=scale_on_one_direction,
        why="the two tables are written apart, and one is not scaled",
        changes=r"s_{ji} = b_j \cdot a_i\text{ below the texts}",
    ),
    Defect(
        name="scale under the logarithm", call=scale_under_the_logarithm,
        why="the temperature multiplies the probability in place of the loss",
        changes=r"L \to L + \log\alpha", seen_in=("drboog/Lafite#25",),
    ),
    Defect(
        name="labels shifted", call=labels_shifted,
        why="labels of a gathered batch are offset by the rank where the scores are not",
        changes=r"s_{ii} \to s_{i,i+1}", seen_in=("lightly-ai/lightly#1177",),
    ),
    Defect(
        name="images compared with images", call=images_compared_with_images,
        why="one modality's variable is used twice where the negatives are formed",
        changes=r"s_{ij} = \alpha\,a_i \cdot a_j\text{ for } j \ne i",
        seen_in=("microsoft/A-CLIP#4",),
    ),
    Defect(
        name="texts detached", call=texts_detached,
        why="one encoder is frozen by detaching its output", changes=r"\nabla_b L = 0",
    ),
    Defect(
        name="others detached", call=others_detached,
        why="features gathered from elsewhere carry no gradient, in either direction",
        changes=r"\nabla_b\text{ of images picking texts} = 0,\text{ and conversely}",
        seen_in=("facebookresearch/SLIP#31", "facebookresearch/vissl#123"),
    ),
    Defect(
        name="log-soft-max in both directions", call=log_softmax_in_both_directions,
        why="log-probabilities of the rows are transposed and classified again by columns",
        changes=r"s_{ij} \to s_{ij} - \log\sum_k e^{s_{ik}}",
    ),
    Defect(
        name="positive left out of the denominator", call=positive_left_out,
        why="the denominator is read as a sum over negatives", changes=r"\sum_j \to \sum_{j \ne i}",
    ),
    Defect(
        name="targets from similarities", call=targets_from_similarities,
        why="a tutorial's loss, whose targets are soft-maxes of the features' own similarities, is "
        "taken for CLIP's",
        changes=r"\delta_{ij} \to \operatorname{softmax}_j\alpha(a_i \cdot a_j + b_i \cdot b_j)/2",
        seen_in=("bowang-lab/BLEEP#5",),
    ),
    Defect(
        name="not normalised", call=not_normalised, convention=INSIDE,
        why="inner products are taken for cosines", changes=r"u_i \to a_i,\ v_j \to b_j",
        seen_in=("lucidrains/CoCa-pytorch#10",),
    ),
    Defect(
        name="texts not normalised", call=texts_not_normalised, convention=INSIDE,
        why="the text encoder's output is used as it is", changes=r"v_j \to b_j",
    ),
    Defect(
        name="norm detached", call=norm_detached, convention=INSIDE,
        why="the norm is computed under no_grad", changes=r"\nabla: (I - uu^\top) \to I",
    ),
    Defect(
        name="exponentials not shifted", call=exponentials_unshifted,
        why="exp and log are written out; scores beyond 88 leave float32",
        changes=r"\log\sum e^{s}\text{ without its maximum}",
        seen_in=("Lightning-Universe/lightning-bolts#811",), rounding=True,
    ),
)  # fmt: skip

"""The supervised contrastive loss: the contract, honest codings, and what is added to them.

The wrong ones are in `supcon_defects`, the ways to call it in `supcon_conventions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .added_constants import TO_NORMS, over_norms
from .contract import Contract, Input
from .contrastive import NORMALISES, TEMPERATURE
from .supcon_conventions import FACTOR, LAYOUT, REDUCTION, WITHOUT_POSITIVE, positives
from .supcon_defects import DEFECTS
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["SUPCON", "inside", "log_softmax", "one_anchor_at_a_time", "stabilised"]


# -- honest codings -------------------------------------------------------------------------------


def log_softmax(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    """The log-probabilities under a mask of positives, averaged over each anchor's own."""
    u = torch.nn.functional.normalize(features, dim=1)
    itself = torch.eye(len(u), dtype=torch.bool, device=u.device)
    same = (labels[:, None] == labels) & ~itself
    scores = (u @ u.T / temperature).masked_fill(itself, -torch.inf)
    logs = scores.log_softmax(dim=1).masked_fill(~same, 0.0)
    counts, anchors = same.sum(1), same.any(1)
    return -(logs.sum(1)[anchors] / counts[anchors]).mean()


def one_anchor_at_a_time(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    """A loop over the anchors: what the others' scores sum to, less the mean of its positives'."""
    u = features / features.norm(dim=1, keepdim=True)
    cosines, rows, losses = u @ u.T, torch.arange(len(u), device=u.device), []
    for i in range(len(u)):
        others = rows != i
        mine = others & (labels == labels[i])
        if mine.any():
            scores = cosines[i] / temperature
            losses.append(scores[others].logsumexp(0) - scores[mine].mean())
    return torch.stack(losses).mean()


def inside(features: Tensor, labels: Tensor, temperature: float) -> Tensor:
    """The variant with the mean over the positives inside the logarithm."""
    return stabilised(features, labels, temperature, positives="inside the log")


def stabilised(
    features: Tensor, labels: Tensor, temperature: float, *,
    positives: str = "outside the log", without_positive: str = "skipped", norm: float = 0.0,
    squared_norm: float = 0.0, denominator: float = 0.0, positive_count: float = 0.0,
) -> Tensor:  # fmt: skip
    """The definition with the small constants that people add, all zero by default."""
    u = over_norms(features, norm, squared_norm)
    itself = torch.eye(len(u), dtype=torch.bool, device=u.device)
    same = (labels[:, None] == labels) & ~itself
    anchors = same.any(1)
    scores, theirs = (u @ u.T / temperature)[anchors], same[anchors]
    total = scores.masked_fill(itself[anchors], -torch.inf).logsumexp(1)
    if denominator:
        top = scores.detach().amax(1)  # what is added is added to exponentials shifted by it
        total = top + torch.log((total - top).exp() + denominator)
    counts = theirs.sum(1).to(u.dtype) + positive_count
    if positives == "inside the log":
        losses = total - scores.masked_fill(~theirs, -torch.inf).logsumexp(1) + counts.log()
    else:
        losses = ((total[:, None] - scores) * theirs).sum(1) / counts
    return losses.sum() / (len(u) if without_positive == "zero" else len(losses))


# -- the contract ---------------------------------------------------------------------------------

SUPCON = Contract(
    name="supcon",
    title="the supervised contrastive loss",
    inputs=(
        Input(name="features", shape="n,d"),
        Input(name="labels", shape="n", differentiable=False, discrete=True),
    ),
    parameters=("temperature",),
    returns="float",
    axes=(
        FACTOR,  # before the scale: it means the temperature itself
        TEMPERATURE,
        NORMALISES,
        positives(inside),
        REDUCTION,
        WITHOUT_POSITIVE,
        LAYOUT,
    ),
    shapes=lambda call: ((),),
    references={"log-softmax": log_softmax, "one anchor at a time": one_anchor_at_a_time},
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        **TO_NORMS,
        "denominator": "added to the sum of shifted exponentials",
        "positive_count": "added to the number of positives",
    },
)

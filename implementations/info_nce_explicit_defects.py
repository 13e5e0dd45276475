"""Errors that people make in InfoNCE with explicit negatives, each as the code that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .info_nce_defects import unit
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS", "logits", "picks"]


def logits(query: Tensor, positive: Tensor, negatives: Tensor) -> Tensor:
    """Inner products: the own positive in column zero, then the negatives."""
    return torch.cat([(query * positive).sum(1, keepdim=True), query @ negatives.T], dim=1)


def picks(scores: Tensor) -> Tensor:
    """The cross-entropy of rows that each pick column zero."""
    return (scores.logsumexp(1) - scores[:, 0]).mean()


def _right(query: Tensor, positive: Tensor, negatives: Tensor, temperature: float) -> Tensor:
    return picks(logits(*unit(query, positive, negatives)) / temperature)


def temperature_forgotten(
    query: Tensor, positive: Tensor, negatives: Tensor, temperature: float
) -> Tensor:
    return _right(query, positive, negatives, 1.0)


def temperature_multiplied(
    query: Tensor, positive: Tensor, negatives: Tensor, temperature: float
) -> Tensor:
    return _right(query, positive, negatives, 1 / temperature)


def temperature_on_the_negatives_only(
    query: Tensor, positive: Tensor, negatives: Tensor, temperature: float
) -> Tensor:
    scores = logits(*unit(query, positive, negatives))
    return picks(torch.cat([scores[:, :1], scores[:, 1:] / temperature], dim=1))


def label_of_a_batch(
    query: Tensor, positive: Tensor, negatives: Tensor, temperature: float
) -> Tensor:
    scores = logits(*unit(query, positive, negatives)) / temperature
    labels = torch.arange(len(query)) % scores.shape[1]
    return torch.nn.functional.cross_entropy(scores, labels)


def all_positives_in_the_denominator(
    query: Tensor, positive: Tensor, negatives: Tensor, temperature: float
) -> Tensor:
    q, p, w = unit(query, positive, negatives)
    scores = torch.cat([q @ p.T, q @ w.T], dim=1) / temperature
    return (scores.logsumexp(1) - scores.diagonal()).mean()


def positive_left_out(
    query: Tensor, positive: Tensor, negatives: Tensor, temperature: float
) -> Tensor:
    scores = logits(*unit(query, positive, negatives)) / temperature
    return (scores[:, 1:].logsumexp(1) - scores[:, 0]).mean()


def negatives_averaged(
    query: Tensor, positive: Tensor, negatives: Tensor, temperature: float
) -> Tensor:
    scores = logits(*unit(query, positive, negatives)) / temperature
    mean = scores[:, 1:].logsumexp(1) - torch.tensor(float(len(negatives))).to(scores).log()
    return (torch.logaddexp(scores[:, 0], mean) - scores[:, 0]).mean()


def negatives_not_normalised(
    query: Tensor, positive: Tensor, negatives: Tensor, temperature: float
) -> Tensor:
    q, p = unit(query, positive)
    return picks(logits(q, p, negatives) / temperature)


def negatives_detached(
    query: Tensor, positive: Tensor, negatives: Tensor, temperature: float
) -> Tensor:
    return _right(query, positive, negatives.detach(), temperature)


def sum_in_place_of_mean(
    query: Tensor, positive: Tensor, negatives: Tensor, temperature: float
) -> Tensor:
    return _right(query, positive, negatives, temperature) * len(query)


DEFECTS = (
    Defect(
        name="temperature forgotten", call=temperature_forgotten,
        why="the parameter is accepted and stored, and never used",
        changes=r"s_{ij} = u_i \cdot w_j",
    ),
    Defect(
        name="temperature multiplied", call=temperature_multiplied,
        why="a logit scale and a temperature are each other's inverse",
        changes=r"s_{ij} = \tau\,u_i \cdot w_j",
    ),
    Defect(
        name="temperature on the negatives only", call=temperature_on_the_negatives_only,
        why="one of the two blocks of logits is divided before they are concatenated",
        changes=r"s_i = u_i \cdot v_i",
    ),
    Defect(
        name="label of a batch", call=label_of_a_batch,
        why="arange(n), the labels of in-batch negatives, is kept where the positive is column 0",
        changes=r"s_i \to s_{ii}\text{ above}",
    ),
    Defect(
        name="all positives in the denominator", call=all_positives_in_the_denominator,
        why="the other queries' positives are taken for negatives too",
        changes=r"\sum_{j \in D_i} e^{s_{ij}} + \sum_{l \ne i} e^{u_i \cdot v_l/\tau}",
    ),
    Defect(
        name="positive left out of the denominator", call=positive_left_out,
        why="the denominator is read as a sum over negatives",
        changes=r"e^{s_i} + \sum_j \to \sum_j",
    ),
    Defect(
        name="negatives averaged", call=negatives_averaged,
        why="a mean over the negatives, so that their number would not matter",
        changes=r"\sum_{j \in D_i} \to \tfrac1M\sum_{j \in D_i}",
    ),
    Defect(
        name="negatives not normalised", call=negatives_not_normalised,
        why="queries and positives are normalised together, and the negatives forgotten",
        changes=r"s_{ij} = u_i \cdot n_j/\tau",
    ),
    Defect(
        name="negatives detached", call=negatives_detached,
        why="the habit of a memory bank is carried over", changes=r"\nabla_w L = 0",
    ),
    Defect(
        name="sum in place of mean", call=sum_in_place_of_mean,
        why="the division by the number of queries is forgotten",
        changes=r"\tfrac1n\sum \to \sum",
    ),
)  # fmt: skip

"""Errors that people make in MoCo's loss, each as the code that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .info_nce_defects import unit
from .info_nce_explicit_defects import logits, picks
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _scores(query: Tensor, key: Tensor, queue: Tensor) -> Tensor:
    return logits(*unit(query, key.detach(), queue.detach()))


def keys_not_detached(query: Tensor, key: Tensor, queue: Tensor, temperature: float) -> Tensor:
    return picks(logits(*unit(query, key, queue.detach())) / temperature)


def queue_not_detached(query: Tensor, key: Tensor, queue: Tensor, temperature: float) -> Tensor:
    return picks(logits(*unit(query, key.detach(), queue)) / temperature)


def nothing_detached(query: Tensor, key: Tensor, queue: Tensor, temperature: float) -> Tensor:
    return picks(logits(*unit(query, key, queue)) / temperature)


def query_detached(query: Tensor, key: Tensor, queue: Tensor, temperature: float) -> Tensor:
    return picks(logits(*unit(query.detach(), key, queue.detach())) / temperature)


def positive_detached_whole(
    query: Tensor, key: Tensor, queue: Tensor, temperature: float
) -> Tensor:
    scores = _scores(query, key, queue) / temperature
    return picks(torch.cat([scores[:, :1].detach(), scores[:, 1:]], dim=1))


def temperature_multiplied(query: Tensor, key: Tensor, queue: Tensor, temperature: float) -> Tensor:
    return picks(_scores(query, key, queue) * temperature)


def label_of_a_batch(query: Tensor, key: Tensor, queue: Tensor, temperature: float) -> Tensor:
    scores = _scores(query, key, queue) / temperature
    labels = torch.arange(len(query)) % scores.shape[1]
    return torch.nn.functional.cross_entropy(scores, labels)


def batch_s_keys_among_the_negatives(
    query: Tensor, key: Tensor, queue: Tensor, temperature: float
) -> Tensor:
    return picks(_scores(query, key, torch.cat([queue, key])) / temperature)


def queue_not_normalised(query: Tensor, key: Tensor, queue: Tensor, temperature: float) -> Tensor:
    q, k = unit(query, key.detach())
    return picks(logits(q, k, queue.detach()) / temperature)


DEFECTS = (
    Defect(
        name="keys not detached", call=keys_not_detached,
        why="the key encoder is run outside no_grad, and only the queue is detached",
        changes=r"\nabla_v L \ne 0",
    ),
    Defect(
        name="queue not detached", call=queue_not_detached,
        why="the keys are detached, and the queue taken as it is",
        changes=r"\nabla_w L \ne 0",
    ),
    Defect(
        name="nothing detached", call=nothing_detached,
        why="the loss of in-batch negatives is taken over", changes=r"\nabla_{v,w} L \ne 0",
    ),
    Defect(
        name="query detached, not the keys", call=query_detached,
        why="detach is put on the wrong side of the product",
        changes=r"\nabla_u L = 0,\ \nabla_v L \ne 0",
    ),
    Defect(
        name="positive's score detached", call=positive_detached_whole,
        why="the product is detached where the key was meant: nothing pulls the pair together",
        changes=r"\nabla s_i = 0",
    ),
    Defect(
        name="temperature multiplied", call=temperature_multiplied,
        why="a logit scale and a temperature are each other's inverse",
        changes=r"s_{ij} = \tau\,u_i \cdot w_j",
    ),
    Defect(
        name="label of a batch", call=label_of_a_batch,
        why="arange(n), the labels of in-batch negatives, is kept where the key is in column 0",
        changes=r"s_i \to s_{ii}\text{ above}",
    ),
    Defect(
        name="own key among the negatives", call=batch_s_keys_among_the_negatives,
        why="the batch's keys enter the queue before the loss is taken",
        changes=r"\sum_{j \in D_i} e^{s_{ij}} + \sum_l e^{u_i \cdot v_l/\tau}",
    ),
    Defect(
        name="queue not normalised", call=queue_not_normalised,
        why="keys enter the queue before they are divided by their norms",
        changes=r"s_{ij} = u_i \cdot n_j/\tau",
    ),
)  # fmt: skip

"""MoCo's loss: the contract, honest codings, what is added for stability.

InfoNCE with a queue for negatives, of which the query encoder alone gets a gradient.  The wrong
ones are in `moco_defects`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import info_nce_explicit as explicit
from .contract import Axis, Contract, Input, Option
from .contrastive import FACTOR, NORMALISES, TEMPERATURE, on_inputs, reduction
from .moco_defects import DEFECTS
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["MOCO", "cross_entropy", "log_softmax", "stabilised"]


# -- honest codings -------------------------------------------------------------------------------


def cross_entropy(query: Tensor, key: Tensor, queue: Tensor, temperature: float) -> Tensor:
    """As a classification: the own key is in the column zero, the queue follows."""
    with torch.no_grad():
        k, bank = (torch.nn.functional.normalize(z, dim=1) for z in (key, queue))
    q = torch.nn.functional.normalize(query, dim=1)
    own = torch.einsum("nd,nd->n", q, k).unsqueeze(-1)
    logits = torch.cat([own, torch.einsum("nd,md->nm", q, bank)], dim=1) / temperature
    labels = torch.zeros(len(q), dtype=torch.long, device=q.device)
    return torch.nn.functional.cross_entropy(logits, labels)


def log_softmax(query: Tensor, key: Tensor, queue: Tensor, temperature: float) -> Tensor:
    """The own key's log-probability, of cosines by two matrix products."""
    q, k, bank = (z / z.norm(dim=1, keepdim=True) for z in (query, key.detach(), queue.detach()))
    scores = torch.hstack([(q * k).sum(dim=1, keepdim=True), q @ bank.T]) / temperature
    return -torch.log_softmax(scores, dim=1)[:, 0].mean()


def stabilised(
    query: Tensor, key: Tensor, queue: Tensor, temperature: float, *, norm: float = 0.0,
    squared_norm: float = 0.0, denominator: float = 0.0, probability: float = 0.0,
) -> Tensor:  # fmt: skip
    """The definition with the small constants that people add, all zero by default."""
    return explicit.stabilised(
        query, key.detach(), queue.detach(), temperature, norm=norm, squared_norm=squared_norm,
        denominator=denominator, probability=probability,
    )  # fmt: skip


# -- conventions ----------------------------------------------------------------------------------


def _detached(query: Tensor, key: Tensor, queue: Tensor) -> tuple[Tensor, ...]:
    return query, key.detach(), queue.detach()


DETACHES = Axis(
    name="detaches",
    by_gradient=True,
    options=(
        Option(name="yes", words="keys and queue are detached inside"),
        Option(
            name="no", words="the caller hands over keys and a queue that carry no gradient",
            call=on_inputs(_detached),
        ),
    ),
)  # fmt: skip


def _transposed(query: Tensor, key: Tensor, queue: Tensor) -> tuple[Tensor, ...]:
    return query, key, queue.T


QUEUE = Axis(
    name="queue",
    form=True,
    options=(
        Option(name="rows", words="a key of the queue is a row: [m, d]"),
        Option(
            name="columns", words="a key of the queue is a column: [d, m] (MoCo's own code)",
            call=on_inputs(_transposed),
            write=lambda target: lambda query, key, queue, **named: (
                target(query, key, queue.T, **named)
            ),
        ),
    ),
)  # fmt: skip

MOCO = Contract(
    name="moco",
    title="MoCo's loss: InfoNCE against a queue",
    inputs=(
        Input(name="query", shape="n,d"),
        Input(name="key", shape="n,d"),
        Input(name="queue", shape="m,d"),
    ),
    parameters=("temperature",),
    returns="float",
    axes=(
        FACTOR,  # before the scale: it means the temperature itself
        TEMPERATURE,
        NORMALISES,  # before the queue is turned: it sees tables of rows
        reduction(explicit.queries, each="query", all_of_them="all n queries"),
        DETACHES,
        QUEUE,
    ),
    shapes=lambda call: ((),),
    references={"cross-entropy": cross_entropy, "log-softmax": log_softmax},
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers=explicit.STABILISERS,
)
